package envoyconfigs_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

// reliedOn are the settings of a connection manager that plugins, routes and upstream
// need to mean the same by one request, by their path in its configuration.
var reliedOn = map[string]any{
	"use_remote_address":               true,
	"normalize_path":                   true,
	"merge_slashes":                    true,
	"path_with_escaped_slashes_action": "REJECT_REQUEST",
	"strip_any_host_port":              true,
	"strip_trailing_host_dot":          true,
	"common_http_protocol_options.headers_with_underscores_action": "REJECT_REQUEST",
}

// withPort are the configurations that need the port a client asked for, and why.
var withPort = map[string]string{
	"mtls": "a DPoP proof names it",
	"oidc": "redirect_uri has it",
}

// leftAlone are settings whose default is the safe one.
var leftAlone = []string{
	"http_protocol_options", "preserve_external_request_id", "server_header_transformation", "skip_xff_append",
	"max_request_headers_kb", "internal_address_config", "path_normalization_options", "proxy_100_continue", "upgrade_configs",
}

// setting returns what a connection manager has at a dotted path, nil for nothing.
func setting(manager map[string]any, path string) any {
	var value any = manager
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// managers returns the connection managers in a bootstrap that have more than a router.
func managers(value any) (found []map[string]any) {
	switch value := value.(type) {
	case map[string]any:
		if filters, _ := value["http_filters"].([]any); len(filters) > 1 && value["stat_prefix"] != nil {
			found = append(found, value)
		}
		for _, v := range value {
			found = append(found, managers(v)...)
		}
	case []any:
		for _, v := range value {
			found = append(found, managers(v)...)
		}
	}
	return found
}

// TestNormalizationEverywhere holds every envoy.yaml to the settings that plugins rely
// on: a user takes any one of them to begin with.
func TestNormalizationEverywhere(t *testing.T) {
	for _, folder := range slices.Concat(slices.Collect(maps.Keys(scenarios)), ownTests) {
		file := filepath.Join(folder, "envoy.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var bootstrap map[string]any
		if err := yaml.Unmarshal(text, &bootstrap); err != nil {
			t.Fatal(err)
		}
		all := managers(bootstrap)
		if len(all) != 1 {
			t.Errorf("%s: %d connection managers with plugins, want 1", file, len(all))
		}
		for _, manager := range all {
			for path, want := range reliedOn {
				if _, ok := withPort[folder]; ok && path == "strip_any_host_port" {
					want = nil
				}
				if got := setting(manager, path); got != want {
					t.Errorf("%s: %s = %v, want %v", file, path, got, want)
				}
			}
			for _, name := range leftAlone {
				if value, ok := manager[name]; ok && folder != "limits" {
					t.Errorf("%s: %s = %v, want its default", file, name, value)
				}
			}
		}
	}
}

// TestNormalization shows what each setting is for: the same request on the listener as
// it stands, and on one that lacks the setting.
func TestNormalization(t *testing.T) {
	text, err := os.ReadFile("normalization/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// read returns a new copy each time, so that one can be changed.
	read := func() (bootstrap, listener map[string]any) {
		if err := yaml.Unmarshal(text, &bootstrap); err != nil {
			t.Fatal(err)
		}
		return bootstrap, bootstrap["static_resources"].(map[string]any)["listeners"].([]any)[0].(map[string]any)
	}
	bootstrap, listener := read()
	listeners := []any{listener}
	for path := range reliedOn {
		_, listener := read()
		listener["name"] = "without " + path
		manager := managers(listener)[0]
		if parent, name, ok := strings.Cut(path, "."); ok {
			delete(manager[parent].(map[string]any), name)
		} else {
			delete(manager, path)
		}
		if setting(manager, path) != nil {
			t.Fatalf("%s is still there", path)
		}
		listeners = append(listeners, listener)
	}
	bootstrap["static_resources"].(map[string]any)["listeners"] = listeners
	edited, err := yaml.Marshal(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{}
	for _, name := range []string{"waf", "quota"} {
		module := filepath.Join(t.TempDir(), name+".wasm")
		if err := os.WriteFile(module, replaytest.Build(t, "../plugins/"+name+"/wasm"), 0o600); err != nil {
			t.Fatal(err)
		}
		modules["dist/"+name+".wasm"] = module
	}
	upstream := plainUpstream(t)
	p, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: edited, Endpoints: map[string]string{"upstream": upstream.Address()}, Replace: modules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)

	const attack = "?id=1%27%20OR%20%271%27=%271"
	// plain is a request that nothing hides in: it shows that the rule is in force.
	tests := []struct {
		name, setting        string
		plain, hidden        []string // path and headers
		refused, seen, reads string   // status with the setting; what the upstream gets without it, and takes it for
	}{
		{"dots lead out of a route without plugins", "normalize_path",
			[]string{"/orders" + attack}, []string{"/uploads/../orders" + attack}, "403", ":path=/uploads/../orders" + attack, "/orders"},
		{"escaped dots do", "normalize_path",
			[]string{"/orders" + attack}, []string{"/uploads/%2e%2e/orders" + attack}, "403", ":path=/uploads/%2e%2e/orders" + attack, "/orders"},
		{"two slashes are no /internal", "merge_slashes",
			[]string{"/internal/users"}, []string{"//internal/users"}, "403", ":path=//internal/users", "/internal/users"},
		{"escaped slashes lead out of it", "path_with_escaped_slashes_action",
			[]string{"/orders" + attack}, []string{"/uploads%2F..%2Forders" + attack}, "400", ":path=/uploads%2F..%2Forders" + attack, "/orders"},
		{"escaped backslashes do", "path_with_escaped_slashes_action",
			[]string{"/orders" + attack}, []string{"/uploads%5C..%5Corders" + attack}, "400", ":path=/uploads%5C..%5Corders" + attack, "/orders"},
		{"a port is another host", "strip_any_host_port",
			[]string{"/users", ":authority", "admin.example.com"}, []string{"/users", ":authority", "admin.example.com:8443"}, "403", ":authority=admin.example.com:8443", "admin.example.com"},
		{"a dot is another host", "strip_trailing_host_dot",
			[]string{"/users", ":authority", "admin.example.com"}, []string{"/users", ":authority", "admin.example.com."}, "403", ":authority=admin.example.com.", "admin.example.com"},
		{"an underscore hides a header that is removed", "common_http_protocol_options.headers_with_underscores_action",
			nil, []string{"/orders", "x_role", "admin"}, "400", "x_role=admin", "x-role"},
	}
	ask := func(listener string, request []string) (string, string) {
		t.Helper()
		upstream.Requests()
		headers := append([]string{"user-agent", "shop/2.1", "accept", "*/*"}, request[1:]...)
		status := header(get(t, p.Address(listener), request[0], headers...), ":status")
		var seen []string
		for _, r := range upstream.Requests() {
			for _, h := range r.Headers {
				seen = append(seen, h.Name+"="+h.Value)
			}
		}
		return status, "\n" + strings.Join(seen, "\n") + "\n"
	}
	covered := map[string]bool{"use_remote_address": true} // below
	for _, tt := range tests {
		covered[tt.setting] = true
		t.Run(tt.name, func(t *testing.T) {
			without := "without " + tt.setting
			for _, listener := range []string{"ingress", without} {
				if tt.plain == nil {
					continue
				}
				if status, seen := ask(listener, tt.plain); status != "403" || seen != "\n\n" {
					t.Errorf("%s, not hidden: status %s, at the upstream%swant 403 and nothing", listener, status, seen)
				}
			}
			if status, seen := ask("ingress", tt.hidden); status != tt.refused || seen != "\n\n" {
				t.Errorf("with the setting: status %s, at the upstream%swant %s and nothing", status, seen, tt.refused)
			}
			if status, seen := ask(without, tt.hidden); status != "200" || !strings.Contains(seen, "\n"+tt.seen+"\n") {
				t.Errorf("without the setting: status %s, at the upstream%swant 200 and %s, which reads as %s: else the setting is for nothing", status, seen, tt.seen, tt.reads)
			}
		})
	}
	t.Run("a client that names its own address", func(t *testing.T) {
		login := func(listener string) (refused int) {
			for i := range 10 {
				status := header(send(t, p.Address(listener), "POST", "/login", "user-agent", "shop/2.1", "accept", "*/*",
					"content-length", "0", "x-forwarded-for", fmt.Sprintf("203.0.113.%d", i)), ":status")
				if status == "429" {
					refused++
				} else if status != "200" {
					t.Errorf("%s: status %s, want 200 or 429", listener, status)
				}
			}
			return refused
		}
		if n := login("ingress"); n != 5 {
			t.Errorf("with the setting %d of 10 are refused, want the 5 over the limit", n)
		}
		if n := login("without use_remote_address"); n != 0 {
			t.Errorf("without the setting %d of 10 are refused, want none: else it is for nothing", n)
		}
	})
	if len(covered) != len(reliedOn) {
		t.Errorf("%v are shown, want every one of %v", covered, reliedOn)
	}

	// What is good passes, and reads the same at the upstream.
	for _, tt := range []struct{ request, want []string }{
		{[]string{"/orders/1?q=blue+shoes"}, []string{":path=/orders/1?q=blue+shoes", ":authority=api.example.com"}},
		{[]string{"/orders/%7Eada/%20x"}, []string{":path=/orders/~ada/%20x"}},
		{[]string{"/a/../orders", ":authority", "api.example.com.:10000"}, []string{":path=/orders", ":authority=api.example.com"}},
	} {
		status, seen := ask("ingress", tt.request)
		if status != "200" || slices.ContainsFunc(tt.want, func(h string) bool { return !strings.Contains(seen, "\n"+h+"\n") }) {
			t.Errorf("%v: status %s, at the upstream%swant 200 and %v", tt.request, status, seen, tt.want)
		}
	}
	if status, seen := ask("ingress", []string{"/orders", "x-role", "admin"}); status != "200" || strings.Contains(seen, "x-role") {
		t.Errorf("x-role: status %s, at the upstream%swant 200 without it", status, seen)
	}
}
