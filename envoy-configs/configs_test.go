// Package envoyconfigs_test loads every configuration of this folder: each
// envoy.yaml into a real Envoy, as it stands, and each wasmplugin.yaml's
// pluginConfig into the plugin.
package envoyconfigs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/certtest"
	"gatehouse/harness/replay/replaytest"
)

// scenario is a folder of this one.
type scenario struct {
	// plugin is the name that wasmplugin.yaml and dist/ have, pkg its package.
	plugin, pkg string
	// before are the plugins in front of it in envoy.yaml, by name, with their
	// packages.
	before [][2]string
	// envoyOnly is a key of the configuration that Istio has no use for.
	envoyOnly string
	// unused are clusters besides "upstream" that the requests do not get to.
	unused []string
	// requests are sent through envoy.yaml; want is status and, for an answer of
	// the proxy, "!".
	requests []request
}

type request struct {
	method, path string
	headers      []harness.Header
	want         string
}

// browser are the headers without which CRS takes a client for a tool.
var browser = []harness.Header{{Name: "user-agent", Value: "shop/2.1"}, {Name: "accept", Value: "*/*"}}

var scenarios = map[string]scenario{
	"jwt-audience": {"jwt-audience", "../plugins/jwtaudience/wasm", nil, "", nil, []request{
		{"GET", "/healthz", nil, "200"},
		{"GET", "/orders", nil, "401!"},
		{"GET", "/admin/users", []harness.Header{{Name: "authorization", Value: "Bearer abc"}}, "401!"},
		{"GET", "/healthz/%2e%2e/admin", nil, "401!"},
	}},
	"mtls": {"jwt-audience", "../plugins/jwtaudience/wasm", nil, "", nil, []request{
		{"GET", "/healthz", nil, "200"},
		{"GET", "/partners", nil, "401!"},
		{"GET", "/orders", []harness.Header{{Name: "authorization", Value: "Bearer abc"}}, "401!"},
	}},
	"oidc": {"jwt-audience", "../plugins/jwtaudience/wasm", nil, "", []string{"idp"}, []request{
		{"GET", "/healthz", nil, "200"},
		{"GET", "/orders", nil, "302!"},
		{"GET", "/oauth2/callback?code=abc&state=abc", nil, "401!"},
		{"GET", "/api/orders", nil, "401!"},
		{"GET", "/api/orders", []harness.Header{{Name: "authorization", Value: "Bearer abc"}}, "401!"},
	}},
	"quota": {"quota", "../plugins/quota/wasm", [][2]string{{"jwt-audience", "../plugins/jwtaudience/wasm"}}, "", []string{"ratelimit"}, []request{
		{"GET", "/healthz", nil, "200"},
		{"GET", "/orders", nil, "401!"},
		{"GET", "/public", nil, "200"},
		{"GET", "/healthz%2f..%2fpublic", nil, "400!"},
	}},
	"scope": {"scope", "../plugins/scope/wasm", [][2]string{{"jwt-audience", "../plugins/jwtaudience/wasm"}}, "", nil, []request{
		{"GET", "/healthz", nil, "200"},
		{"GET", "/healthz/live", nil, "403!"},
		{"GET", "/orders/17", nil, "401!"},
		{"GET", "/healthz/%2e%2e/orders/17", nil, "401!"},
	}},
	"redact": {"redact", "../plugins/redact/wasm", [][2]string{{"jwt-audience", "../plugins/jwtaudience/wasm"}}, "", nil, []request{
		{"GET", "/customers/17", nil, "200"},
		{"GET", "/customers/17", []harness.Header{{Name: "authorization", Value: "Bearer abc"}}, "200"},
		{"GET", "/partners/17", []harness.Header{{Name: "x-note", Value: "4111 1111 1111 1111"}}, "403!"},
		{"GET", "/partners%2f17", nil, "400!"},
	}},
	"waf": {"waf", "../plugins/waf/wasm", nil, "hold_headers", nil, []request{
		{"GET", "/orders?q=blue+shoes", browser, "200"},
		{"DELETE", "/orders/17", browser, "200"},
		{"GET", "/orders?id=1%27%20OR%20%271%27=%271", browser, "403!"},
		{"GET", "/files?name=../../../etc/passwd", browser, "403!"},
		{"GET", "/orders", []harness.Header{{Name: "user-agent", Value: "${jndi:ldap://x/a}"}, {Name: "accept", Value: "*/*"}}, "403!"},
	}},
}

// certificates are what clients of a scenario connect with, by their URI.
var certificates = map[string]string{"mtls": "spiffe://partners.example.com/shop"}

// documents are what the upstream of a scenario answers with and what its client is to
// get of it, the pseudonym that a key makes left out.
var documents = map[string][2]string{"redact": {
	`{"email":"ada@example.com","birth_date":"1970-05-17","iban":"DE89370400440532013000","card":{"number":"4111111111111111","cvv":"123"},"note":"ask bob@example.org"}`,
	`{"email":"","birth_date":"1970","iban":"DE******************00","card":{"number":"************1111"},"note":"ask [e-mail]"}`,
}}

var pseudonym = regexp.MustCompile(`psn:k1:[A-Za-z0-9_-]{32}`)

// ownTests are the folders that are about Envoy rather than a plugin: a test of their
// own drives each, and they have no WasmPlugin.
var ownTests = []string{"access-logs", "caching", "chain", "dynamic", "limits", "normalization", "pipeline", "tls", "tracing"}

// otherProxies are the folders for what runs Envoy rather than for Envoy itself: their
// tests are in them.
var otherProxies = []string{"admission", "envoy-gateway", "istio", "kustomize"}

// TestEveryFolderIsAScenario keeps a configuration from being decoration.
func TestEveryFolderIsAScenario(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, entry := range entries {
		if !entry.IsDir() || slices.Contains(otherProxies, entry.Name()) {
			continue
		}
		found++
		files := []string{"README.md", "envoy.yaml"}
		if _, ok := scenarios[entry.Name()]; ok {
			files = append(files, "wasmplugin.yaml")
		} else if !slices.Contains(ownTests, entry.Name()) {
			t.Errorf("%s: no scenario loads it", entry.Name())
		}
		for _, name := range files {
			if _, err := os.Stat(filepath.Join(entry.Name(), name)); err != nil {
				t.Error(err)
			}
		}
	}
	if want := len(scenarios) + len(ownTests); found != want {
		t.Errorf("%d folders, want the %d that are tested", found, want)
	}
}

func TestEnvoyConfigurations(t *testing.T) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			bootstrap, err := os.ReadFile(filepath.Join(name, "envoy.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			modules := map[string]string{}
			for _, plugin := range append(s.before, [2]string{s.plugin, s.pkg}) {
				module := filepath.Join(t.TempDir(), "plugin.wasm")
				if err := os.WriteFile(module, replaytest.Build(t, plugin[1]), 0o600); err != nil {
					t.Fatal(err)
				}
				modules["dist/"+plugin[0]+".wasm"] = module
			}
			upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
				answer := harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}}
				if document, ok := documents[name]; ok {
					answer.Headers = append(answer.Headers, harness.Header{Name: "content-type", Value: "application/json"})
					answer.Body = [][]byte{[]byte(document[0])}
				}
				return answer
			})
			if err != nil {
				t.Fatal(err)
			}
			defer upstream.Close()
			endpoints := map[string]string{"upstream": upstream.Address()}
			for _, cluster := range s.unused {
				endpoints[cluster] = "127.0.0.1:1" // where nobody listens
			}
			var client envoy.Client
			if uri, ok := certificates[name]; ok {
				authority := certtest.New(t)
				modules["envoy-configs/mtls/clients.yaml"] = clients(t, t.TempDir(), exchanged(t, "certs/clients.pem", authority.File))
				modules["certs/server.pem"], modules["certs/server.key"] = authority.Server(t, "api.example.com")
				client.TLS, _ = authority.Client(t, "api.example.com", uri)
			}
			p, err := envoy.Start(t.Context(), envoy.Options{
				Bootstrap: bootstrap,
				Endpoints: endpoints,
				Replace:   modules,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Stop()
			for _, r := range s.requests {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				response, err := client.Do(ctx, p.Address("ingress"), harness.Message{Headers: append([]harness.Header{
					{Name: ":method", Value: r.method}, {Name: ":path", Value: r.path}, {Name: ":authority", Value: "api.example.com"},
				}, r.headers...)})
				cancel()
				if err != nil {
					t.Fatal(err)
				}
				got := response.Headers[0].Value
				if len(upstream.Requests()) == 0 {
					got += "!"
				}
				if got != r.want {
					t.Errorf("%s %s = %s, want %s (! is an answer of the proxy)", r.method, r.path, got, r.want)
				}
				if body := pseudonym.ReplaceAll(bytes.Join(response.Body, nil), nil); got == "200" && string(body) != documents[name][1] {
					t.Errorf("%s %s: %s, want %s", r.method, r.path, body, documents[name][1])
				}
			}
		})
	}
}

// TestWasmPluginsCarryTheSamePolicy holds each WasmPlugin to the API it is for,
// which no offline validation does, and its pluginConfig to the configuration in
// envoy.yaml, which a plugin of its own then has to accept.
func TestWasmPluginsCarryTheSamePolicy(t *testing.T) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(name, "wasmplugin.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			// The fields of extensions.istio.io/v1alpha1 that are used here.
			var resource struct {
				APIVersion string `json:"apiVersion"`
				Kind       string `json:"kind"`
				Metadata   struct {
					Name      string `json:"name"`
					Namespace string `json:"namespace"`
				} `json:"metadata"`
				Spec struct {
					Selector struct {
						MatchLabels map[string]string `json:"matchLabels"`
					} `json:"selector"`
					URL          string `json:"url"`
					Phase        string `json:"phase"`
					FailStrategy string `json:"failStrategy"`
					Priority     int    `json:"priority"`
					VMConfig     struct {
						Env []struct {
							Name      string `json:"name"`
							ValueFrom string `json:"valueFrom"`
						} `json:"env"`
					} `json:"vmConfig"`
					PluginConfig json.RawMessage `json:"pluginConfig"`
				} `json:"spec"`
			}
			if err := yaml.UnmarshalStrict(text, &resource); err != nil {
				t.Fatal(err)
			}
			if resource.APIVersion != "extensions.istio.io/v1alpha1" || resource.Kind != "WasmPlugin" || resource.Metadata.Name != s.plugin {
				t.Errorf("%s %s %s, want extensions.istio.io/v1alpha1 WasmPlugin %s", resource.APIVersion, resource.Kind, resource.Metadata.Name, s.plugin)
			}
			if resource.Spec.FailStrategy != "FAIL_CLOSE" {
				t.Errorf("failStrategy = %s, want FAIL_CLOSE", resource.Spec.FailStrategy)
			}
			if len(resource.Spec.Selector.MatchLabels) == 0 || resource.Spec.URL == "" || resource.Spec.Phase == "" {
				t.Errorf("spec = %+v, want a selector, a url and a phase", resource.Spec)
			}
			want := decoded(t, inIstio(inEnvoy(t, name, len(s.before))))
			delete(want, s.envoyOnly)
			if got := decoded(t, resource.Spec.PluginConfig); !reflect.DeepEqual(got, want) {
				t.Errorf("pluginConfig = %v, want that of envoy.yaml: %v", got, want)
			}
			environment := map[string]string{}
			for _, variable := range resource.Spec.VMConfig.Env {
				if variable.ValueFrom != "HOST" {
					t.Errorf("%s: value from %s, want the proxy's environment (HOST): no secret stands in here", variable.Name, variable.ValueFrom)
				}
				environment[variable.Name] = "a secret of tests, which nobody uses"
			}
			proxy, err := harness.Start(t.Context(), []harness.Plugin{{
				Name: s.plugin, Wasm: replaytest.Build(t, s.pkg), Configuration: resource.Spec.PluginConfig, Environment: environment,
			}}, harness.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := proxy.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// inIstio exchanges the name of a cluster for that which Istio gives it.
func inIstio(configuration []byte) []byte {
	configuration = bytes.ReplaceAll(configuration, []byte(`"cluster": "idp"`), []byte(`"cluster": "outbound|443||idp.example.com"`))
	return bytes.ReplaceAll(configuration, []byte(`"cluster": "ratelimit"`), []byte(`"cluster": "outbound|8081||ratelimit.default.svc.cluster.local"`))
}

func decoded(t *testing.T, document []byte) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// inEnvoy returns the plugin configuration of a scenario's envoy.yaml that comes
// after others.
func inEnvoy(t *testing.T, name string, others int) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(name, "envoy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	marker := []byte(`"configuration":{"@type":"type.googleapis.com/google.protobuf.StringValue","value":`)
	rest := document
	for range others + 1 {
		var ok bool
		if _, rest, ok = bytes.Cut(rest, marker); !ok {
			t.Fatalf("%s: no plugin configuration", name)
		}
	}
	var value string
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&value); err != nil {
		t.Fatal(err)
	}
	return []byte(value)
}
