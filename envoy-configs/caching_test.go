package envoyconfigs_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/load"
	"gatehouse/harness/envoy/tokentest"
	"gatehouse/harness/replay/replaytest"
)

// placeholder is the public key in the configurations, of which there is no private half.
const placeholder = "RV38dCgz0SXvZ9RXdm89csbt7uEFv1b3d55NMuksDVw"

// bearer returns an Authorization value for a subject.
func bearer(t *testing.T, subject string) string {
	t.Helper()
	return tokentest.Bearer(t, map[string]any{"aud": "orders-api", "sub": subject, "jti": subject})
}

// behindTokens starts the configuration of a folder, with jwt-audience as its one
// plugin and tokentest's key in the place of the placeholder. edit, if not nil,
// changes the bootstrap.
func behindTokens(t *testing.T, folder, upstream string, edit func([]byte) []byte, o envoy.Options) *envoy.Process {
	t.Helper()
	bootstrap, err := os.ReadFile(filepath.Join(folder, "envoy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		bootstrap = edit(bootstrap)
	}
	configuration := inEnvoy(t, folder, 0)
	if !bytes.Contains(configuration, []byte(placeholder)) {
		t.Fatalf("%s: the placeholder of the provider's key is not in the configuration", folder)
	}
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "../plugins/jwtaudience/wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Bootstrap = bootstrap
	endpoints := map[string]string{"upstream": upstream}
	maps.Copy(endpoints, o.Endpoints)
	o.Endpoints = endpoints
	o.Plugins = []envoy.Plugin{{Wasm: module, Configuration: bytes.ReplaceAll(configuration, []byte(placeholder), []byte(tokentest.PublicKey))}}
	p, err := envoy.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// get sends a GET with headers given as name, value, name, value.
func get(t *testing.T, address, path string, headers ...string) harness.Message {
	t.Helper()
	return send(t, address, "GET", path, headers...)
}

func send(t *testing.T, address, method, path string, headers ...string) harness.Message {
	t.Helper()
	request := harness.Message{Headers: []harness.Header{
		{Name: ":method", Value: method}, {Name: ":path", Value: path}, {Name: ":authority", Value: "api.example.com"},
	}}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == ":authority" {
			request.Headers[2].Value = headers[i+1]
			continue
		}
		request.Headers = append(request.Headers, harness.Header{Name: headers[i], Value: headers[i+1]})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	response, err := envoy.Do(ctx, address, request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// header returns the first header of a name, "" if there is none.
func header(m harness.Message, name string) string {
	for _, h := range m.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

func body(m harness.Message) string { return string(bytes.Join(m.Body, nil)) }

// counting is an upstream whose every answer names the request it is for, so that an
// answer which comes twice came from the cache. The path's last part says how it is to
// be kept: see TestCachingNeverMixesUsers.
func counting(t *testing.T, kept map[string][]harness.Header) *envoy.Upstream {
	t.Helper()
	var n atomic.Int64
	upstream, err := envoy.NewUpstream(func(request harness.Message) harness.Message {
		path, _, _ := strings.Cut(header(request, ":path"), "?")
		text := fmt.Appendf(nil, "%d user=%s cookie=%s language=%s host=%s", n.Add(1),
			header(request, "authorization"), header(request, "cookie"), header(request, "accept-language"), header(request, ":authority"))
		return harness.Message{
			Headers: slices.Concat([]harness.Header{
				{Name: ":status", Value: "200"},
				{Name: "date", Value: time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")},
				{Name: "content-length", Value: strconv.Itoa(len(text))},
			}, kept[path[strings.LastIndexByte(path, '/')+1:]]),
			Body: [][]byte{text},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	return upstream
}

// TestCachingNeverMixesUsers asks for one resource as Ada, then as Bob. An answer
// that is the same for both came out of the cache.
func TestCachingNeverMixesUsers(t *testing.T) {
	control := func(value string, more ...harness.Header) []harness.Header {
		return append([]harness.Header{{Name: "cache-control", Value: value}}, more...)
	}
	const public = "public, max-age=60"
	vary := func(value string) harness.Header { return harness.Header{Name: "vary", Value: value} }
	expires := harness.Header{Name: "expires", Value: time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}
	kept := map[string][]harness.Header{
		"public":       control(public),
		"maxage":       control("max-age=60"),
		"private":      control("private, max-age=60"),
		"both":         control("public, private, max-age=60"),
		"nostore":      control("public, no-store, max-age=60"),
		"nocache":      control("public, no-cache"),
		"named":        control(`max-age=60, ext="public"`),
		"two":          control(public, harness.Header{Name: "cache-control", Value: "private"}),
		"silent":       nil,
		"expires":      {expires},
		"cookie":       control(public, harness.Header{Name: "set-cookie", Value: "session=ada"}),
		"language":     control(public, vary("Accept-Language")),
		"authvary":     control(public, vary("Authorization")),
		"cookievary":   control(public, vary("Cookie")),
		"anythingvary": control(public, vary("*")),
		"mixedvary":    control(public, vary("Accept-Language, X-User")),
		"twovary":      control(public, vary("Accept-Language"), vary("X-User")),
	}
	upstream := counting(t, kept)
	p := behindTokens(t, "caching", upstream.Address(), nil, envoy.Options{})
	address := p.Address("ingress")
	ada, bob := bearer(t, "ada"), bearer(t, "bob")
	tests := []struct {
		name, path string
		ada, bob   []string
		shared     bool
	}{
		{"a public answer is shared", "/catalog/public", nil, nil, true},
		{"the upstream is not told who asks", "/catalog/7/public", []string{"cookie", "session=ada"}, []string{"cookie", "session=bob"}, true},
		{"no answer of a route that does not ask for it", "/orders/public", nil, nil, false},
		{"nor of one that only begins like it", "/catalogue/public", nil, nil, false},
		{"max-age without public is not for a shared cache", "/catalog/maxage", nil, nil, false},
		{"private", "/catalog/private", nil, nil, false},
		{"public and private", "/catalog/both", nil, nil, false},
		{"public inside another directive's value", "/catalog/named", nil, nil, false},
		{"two headers, one private", "/catalog/two", nil, nil, false},
		{"no-store", "/catalog/nostore", nil, nil, false},
		{"no-cache is asked again", "/catalog/nocache", nil, nil, false},
		{"nothing said", "/catalog/silent", nil, nil, false},
		{"expires alone", "/catalog/expires", nil, nil, false},
		{"Set-Cookie, although public", "/catalog/cookie", nil, nil, false},
		{"another host is another resource", "/catalog/9/public", nil, []string{":authority", "other.example.com"}, false},
		{"Vary: the same language", "/catalog/language", []string{"accept-language", "de"}, []string{"accept-language", "de"}, false},
		{"Vary: another language", "/catalog/2/language", []string{"accept-language", "de"}, []string{"accept-language", "fr"}, false},
		{"Vary: Authorization", "/catalog/authvary", nil, nil, false},
		{"Vary: Cookie", "/catalog/cookievary", nil, nil, false},
		{"Vary: *", "/catalog/anythingvary", nil, nil, false},
		{"Vary: one allowed, one not", "/catalog/mixedvary", nil, nil, false},
		{"Vary in two headers", "/catalog/twovary", nil, nil, false},
		{"no client asks past the cache", "/catalog/8/public", nil, []string{"cache-control", "no-cache, no-store", "pragma", "no-cache", "if-none-match", `"a"`, "range", "bytes=0-3"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first := get(t, address, tt.path, append([]string{"authorization", ada}, tt.ada...)...)
			upstream.Requests()
			second := get(t, address, tt.path, append([]string{"authorization", bob}, tt.bob...)...)
			asked := len(upstream.Requests())
			if header(first, ":status") != "200" || header(second, ":status") != "200" {
				t.Fatalf("status %s and %s, want 200", header(first, ":status"), header(second, ":status"))
			}
			if got := body(first) == body(second); got != tt.shared || asked == 1 == tt.shared {
				t.Errorf("shared = %v with %d requests of the second at the upstream, want %v\nada: %s\nbob: %s",
					got, asked, tt.shared, body(first), body(second))
			}
			// In a cached resource a token or cookie is nobody's.
			if strings.HasPrefix(tt.path, "/catalog/") && (!strings.Contains(body(first), "user= cookie= ") || !strings.Contains(body(second), "user= cookie= ")) {
				t.Errorf("the upstream was told who asks: %s, %s", body(first), body(second))
			}
			upstream.Requests()
			for name, headers := range map[string][]string{"no token": nil, "a bad token": {"authorization", ada + "A"}} {
				answer := get(t, address, tt.path, headers...)
				if header(answer, ":status") != "401" || strings.Contains(body(answer), "user=") || len(upstream.Requests()) != 0 {
					t.Errorf("%s: %s %q, want 401 of the proxy: the cache is behind the check", name, header(answer, ":status"), body(answer))
				}
			}
			if strings.HasSuffix(tt.path, "/cookie") && header(second, "set-cookie") == "" {
				t.Error("set-cookie did not reach its user")
			}
		})
	}
	if one, two := get(t, address, "/catalog/5/public?a=1", "authorization", ada), get(t, address, "/catalog/5/public?a=2", "authorization", ada); body(one) == body(two) {
		t.Error("another query got the same answer")
	}
}

// TestCachingHandsNobodyTheAnswerItWaitedFor asks many times at once: the cache has the
// others wait for the first answer, and has to ask again if that may not be shared.
func TestCachingHandsNobodyTheAnswerItWaitedFor(t *testing.T) {
	const users = 40
	upstream := counting(t, map[string][]harness.Header{
		"private": {{Name: "cache-control", Value: "private, max-age=60"}},
		"cookie":  {{Name: "cache-control", Value: "public, max-age=60"}, {Name: "set-cookie", Value: "session=1"}},
		"vary":    {{Name: "cache-control", Value: "public, max-age=60"}, {Name: "vary", Value: "accept-language"}},
	})
	p := behindTokens(t, "caching", upstream.Address(), nil, envoy.Options{Concurrency: 2})
	for _, name := range []string{"private", "cookie", "vary"} {
		t.Run(name, func(t *testing.T) {
			upstream.Requests()
			var all sync.WaitGroup
			answers := make([]string, users)
			for i := range users {
				token := bearer(t, fmt.Sprint("user-", i))
				all.Go(func() {
					answer, err := envoy.Do(t.Context(), p.Address("ingress"), harness.Message{Headers: []harness.Header{
						{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/catalog/" + name}, {Name: ":authority", Value: "api.example.com"},
						{Name: "authorization", Value: token},
					}})
					if err != nil {
						t.Error(err)
						return
					}
					answers[i] = header(answer, ":status") + " " + body(answer)
				})
			}
			all.Wait()
			slices.Sort(answers)
			for _, answer := range answers {
				if !strings.HasPrefix(answer, "200 ") {
					t.Errorf("answer %q, want 200", answer)
				}
			}
			if different := len(slices.Compact(answers)); different != users || len(upstream.Requests()) != users {
				t.Errorf("%d different answers for %d users", different, users)
			}
		})
	}
}

// TestCachingRelievesTheBackend floods one resource, with the cache and without it.
func TestCachingRelievesTheBackend(t *testing.T) {
	const flood, connections = 500, 50
	upstream := counting(t, map[string][]harness.Header{"public": {{Name: "cache-control", Value: "public, max-age=60"}}})
	p := behindTokens(t, "caching", upstream.Address(), nil, envoy.Options{Concurrency: 2})
	measure := func(path string, warm bool) int {
		if warm {
			get(t, p.Address("ingress"), path, "authorization", bearer(t, "ada"))
		}
		upstream.Requests()
		client, err := load.Dial(t.Context(), p.Address("ingress"), connections)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		request := load.Request("GET " + path + " HTTP/1.1\r\nhost: api.example.com\r\nauthorization: " + bearer(t, "bob") + "\r\n\r\n")
		var bad sync.Map
		if _, err := client.Send(t.Context(), []load.Request{request}, flood, func(status int) error {
			if status != 200 {
				bad.Store(status, true)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		bad.Range(func(status, _ any) bool { t.Errorf("%s: status %v in the flood, want 200", path, status); return true })
		return len(upstream.Requests())
	}
	without := measure("/orders/public", false)
	cold := measure("/catalog/public", false)
	warm := measure("/catalog/1/public", true)
	t.Logf("requests at the backend for %d of the clients: %d without the cache, %d with it cold, %d warm", flood, without, cold, warm)
	if without != flood || cold > connections || warm != 0 {
		t.Errorf("requests at the backend = %d without the cache, %d with it cold, %d warm, want %d, at most one a connection (%d), 0",
			without, cold, warm, flood, connections)
	}
}
