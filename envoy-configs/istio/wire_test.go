//go:build istio

package istio_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/cluster"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/tokentest"
)

// digests are those of the images of all modules, once they are in the registry.
var digests map[string]string

func images(t *testing.T) map[string]string {
	t.Helper()
	if digests == nil {
		all := map[string]string{}
		for name, plugin := range modules {
			_, all[name] = push(t, "gatehouse/"+name, "v1", plugin)
		}
		digests = all
	}
	return digests
}

// front is a proxy in a namespace of its own, with an upstream behind it.
type front struct {
	namespace string
	address   string
	proxy     *cluster.Proxy
	upstream  *envoy.Upstream
}

// order is what the upstream answers with.
const order = `{"id":17,"email":"ada@example.com","card":"4111111111111111"}`

// own makes a namespace and an upstream.
func own(t *testing.T) *front {
	t.Helper()
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{
			Headers: []harness.Header{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/json"}},
			Body:    [][]byte{[]byte(order)},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { upstream.Close() })
	return &front{namespace: namespace(t), upstream: upstream}
}

// ingress starts an ingress gateway in front of the upstream.
func ingress(t *testing.T, environment ...string) *front {
	t.Helper()
	f := own(t)
	f.address = f.listen(t, "orders")
	f.start(t, cluster.ProxyOptions{Labels: map[string]string{"istio": "ingressgateway"}, Environment: environment})
	return f
}

// listen has the gateways of the namespace listen at an address, and send all that comes
// there to the upstream.
func (f *front) listen(t *testing.T, name string) (address string) {
	t.Helper()
	port := cluster.FreePort()
	f.apply(t, fmt.Sprintf(`
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: %[1]s, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: %[2]d, name: http, protocol: HTTP}
    bind: 127.0.0.1
    hosts: ["*"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %[1]s, namespace: istio-system}
spec:
  hosts: ["*"]
  gateways: [%[1]s]
  http:
  - route:
    - destination: {host: %[1]s.example.test, port: {number: 80}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: %[1]s, namespace: istio-system}
spec:
  hosts: [%[1]s.example.test]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports:
  - {number: 80, name: http, protocol: HTTP, targetPort: %[3]s}
  endpoints:
  - address: 127.0.0.1
`, name, port, portOf(t, f.upstream.Address())))
	return fmt.Sprintf("127.0.0.1:%d", port)
}

func (f *front) start(t *testing.T, o cluster.ProxyOptions) {
	t.Helper()
	o.Namespace = f.namespace
	f.proxy = start(t, o)
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// apply applies manifests in the namespace of the front, whichever they are written for.
func (f *front) apply(t *testing.T, documents string) {
	t.Helper()
	apply(t, f.here(documents))
}

// here moves documents into the namespace of the front.
func (f *front) here(documents string) string {
	return strings.NewReplacer("namespace: istio-system", "namespace: "+f.namespace, "namespace: default", "namespace: "+f.namespace).Replace(documents)
}

// manifest returns a file as a user would change it for this cluster: images of its
// registry, the key of the tests' issuer, and pairs of old and new text, each of which
// has to be there.
func manifest(t *testing.T, path string, changes ...string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	document := strings.NewReplacer(
		"registry.example.com", control.Registry(),
		strings.Repeat("0", 64), images(t)["gatehouse"],
		placeholder, tokentest.PublicKey,
	).Replace(string(text))
	for n := 0; n < len(changes); n += 2 {
		if !strings.Contains(document, changes[n]) {
			t.Fatalf("%s: no %q in it", path, changes[n])
		}
		document = strings.ReplaceAll(document, changes[n], changes[n+1])
	}
	return document
}

// placeholder is the key that the manifests name.
const placeholder = "RV38dCgz0SXvZ9RXdm89csbt7uEFv1b3d55NMuksDVw"

// jwks is the issuer's key set.
func jwks() string {
	return fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"example","alg":"EdDSA","use":"sig","x":%q}]}`, tokentest.PublicKey)
}

// bearer is the header with a good token that has further claims.
func bearer(t *testing.T, claims map[string]any) harness.Header {
	t.Helper()
	all := map[string]any{"aud": "orders-api", "sub": "user-17"}
	maps.Copy(all, claims)
	return harness.Header{Name: "authorization", Value: tokentest.Bearer(t, all)}
}

// step is a request and the status that it is answered with, sooner or later: what was
// applied takes its time to get to the proxy.
type step struct {
	name    string
	method  string // default GET
	path    string
	headers []harness.Header
	body    string
	status  string
	// reason is the end of the access log's response code details. Optional.
	reason string
	// holds is a part of the answer's body. Optional.
	holds string
	// hides is what the answer's body must not have. Optional.
	hides string
}

func (f *front) ask(t *testing.T, s step) (harness.Message, error) {
	t.Helper()
	if s.method == "" {
		s.method = "GET"
	}
	request := harness.Message{Headers: append([]harness.Header{
		{Name: ":method", Value: s.method}, {Name: ":path", Value: s.path}, {Name: ":authority", Value: "api.example.com"},
		{Name: "user-agent", Value: "shop/2.1"}, {Name: "accept", Value: "*/*"},
	}, s.headers...)}
	if s.body != "" {
		request.Headers = append(request.Headers, harness.Header{Name: "content-type", Value: "application/json"})
		request.Body = [][]byte{[]byte(s.body)}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return envoy.Do(ctx, f.address, request)
}

// compiling is how long V8 may take for a module on a machine that is busy. Envoy does
// nothing else on its main thread meanwhile.
const compiling = 3 * patience

// walk sends the requests of each step until it is answered as it says.
func (f *front) walk(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		end := time.Now().Add(compiling)
		for {
			printed := len(f.proxy.Lines())
			answer, err := f.ask(t, s)
			got := "no answer"
			if err == nil && len(answer.Headers) > 0 {
				got = answer.Headers[0].Value
				body := string(bytes.Join(answer.Body, nil))
				if got == s.status && strings.Contains(body, s.holds) && (s.hides == "" || !strings.Contains(body, s.hides)) {
					if s.reason == "" || f.logged(s.reason, printed) {
						break
					}
					got += ", and another reason than " + s.reason
				} else {
					got += ": " + body
				}
			} else if err != nil {
				got = err.Error()
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %s, want %s", s.name, got, s.status)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// logged tells whether the access log names a reason in what is printed from line n on.
// Envoy writes it a moment after the answer.
func (f *front) logged(reason string, n int) bool {
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		lines := f.proxy.LinesFrom(n)
		for _, line := range lines {
			if strings.Contains(line, " "+reason+" ") {
				return true
			}
			// The access log of Istio begins with the time in brackets.
			if strings.HasPrefix(line, "[20") && strings.Contains(line, "HTTP/1.1\"") {
				return false
			}
		}
	}
	return false
}

func TestManifestsAreValid(t *testing.T) {
	checked := 0
	for path := range manifests {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := cluster.Validate(t.Context(), string(text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		checked++
	}
	if checked < 22 {
		t.Errorf("%d files, want 22 at least", checked)
	}
}

// TestMisspeltFieldsAreRefused: by kubectl as it is, and not by one that is told to
// ignore them, nor by anybody in what is inside pluginConfig.
func TestMisspeltFieldsAreRefused(t *testing.T) {
	f := own(t)
	for _, tt := range []struct{ path, right, wrong string }{
		{"gateway/wasmplugin.yaml", "failStrategy:", "failStrategie:"},
		{"gateway/trafficextension.yaml", "imagePullPolicy:", "imagePulPolicy:"},
		{"services/serviceentry.yaml", "subjectAltNames:", "subjectAltName:"},
		{"authorization-policy/authorizationpolicy.yaml", "rules:", "rule:"},
		{"request-authentication/requestauthentication.yaml", "jwksUri:", "jwksUrl:"},
		{"waypoint/wasmplugin.yaml", "targetRefs:", "targetReferences:"},
	} {
		t.Run(filepath.Dir(tt.path), func(t *testing.T) {
			err := control.Apply(t.Context(), f.here(manifest(t, tt.path, tt.right, tt.wrong)))
			if err == nil || !strings.Contains(err.Error(), "unknown field") || !strings.Contains(err.Error(), strings.TrimSuffix(tt.wrong, ":")) {
				t.Errorf("applied with %q: %v, want it refused as an unknown field", tt.wrong, err)
			}
		})
	}
	text := f.here(manifest(t, "authorization-policy/wasmplugin.yaml", "failStrategy: FAIL_RELOAD", "failStrategie: FAIL_CLOSE"))
	if _, err := control.Kubectl(t.Context(), text, "apply", "--validate=ignore", "-f", "-"); err != nil {
		t.Errorf("kubectl apply --validate=ignore: %v, want it to take anything", err)
	}
	t.Cleanup(func() { control.Delete(context.Background(), text) })
	kept, err := control.Kubectl(t.Context(), "", "-n", f.namespace, "get", "wasmplugin", "jwt-audience", "-o", "yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(kept, "\n  failStrateg") {
		t.Errorf("what was kept:\n%s\nwant the misspelt field gone", kept)
	}
}

// TestPlugins applies the WasmPlugin of each plugin's own folder.
func TestPlugins(t *testing.T) {
	f := ingress(t, environment)
	for name, steps := range map[string][]step{
		"jwt-audience": {
			{name: "no token", path: "/orders", status: "401", reason: "gatehouse.jwt-audience.token_missing"},
			{name: "a good token", path: "/orders", headers: []harness.Header{bearer(t, nil)}, status: "200"},
			{name: "a token for others", path: "/orders", headers: []harness.Header{bearer(t, map[string]any{"aud": "other"})},
				status: "401", reason: "gatehouse.jwt-audience.audience_mismatch"},
			{name: "health", path: "/healthz", status: "200"},
		},
		"scope": {
			{name: "no identity", path: "/orders/17", status: "401", reason: "gatehouse.scope.identity_missing"},
			{name: "no route", path: "/other", status: "403", reason: "gatehouse.scope.route_unknown"},
			{name: "health", path: "/healthz", status: "200"},
		},
		"waf": {
			{name: "an attack", path: "/orders?id=1%27%20OR%20%271%27=%271", status: "403", reason: "gatehouse.waf.inbound_anomaly_score"},
			{name: "an attack in a body", method: "POST", path: "/orders", body: `{"id":"1' OR '1'='1"}`, status: "403"},
			{name: "an order", path: "/orders?q=blue+shoes", status: "200"},
		},
		"redact": {
			{name: "a card in a request", method: "POST", path: "/partners", body: `{"card":"4111111111111111"}`, status: "403", reason: "gatehouse.redact.blocked"},
			{name: "a customer", path: "/customers/17", status: "200", holds: `"email":"psn:k1:`, hides: "4111111111111111"},
		},
		"quota": {
			{name: "under the limit", path: "/orders", status: "200"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f.apply(t, manifest(t, "../"+name+"/wasmplugin.yaml"))
			f.walk(t, steps)
			if name == "quota" {
				f.flood(t, step{path: "/orders"})
			}
		})
	}
}

// flood sends requests, several at a time, until quota refuses one.
func (f *front) flood(t *testing.T, s step) {
	t.Helper()
	var refused atomic.Bool
	var all sync.WaitGroup
	for end := time.Now().Add(compiling); !refused.Load() && time.Now().Before(end); all.Wait() {
		for range 32 {
			all.Go(func() {
				if answer, err := f.ask(t, s); err == nil && field(answer, ":status") == "429" {
					refused.Store(true)
				}
			})
		}
	}
	if !refused.Load() {
		t.Error("quota refused nothing, want it to refuse what is over the limit of an address")
	}
}

// environment is that of the gateway's container, with the key of pseudonyms.
const environment = "GATEHOUSE_KEY_K1=base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// chain are requests through all five plugins, by a client whose quota is not used up.
func chain(t *testing.T, client, hides string) []step {
	reader := bearer(t, map[string]any{"scope": "orders:read", "client_id": client})
	return []step{
		{name: "the waf refuses an attack", path: "/healthz?id=1%27%20OR%20%271%27=%271", status: "403", reason: "gatehouse.waf.inbound_anomaly_score"},
		{name: "jwt-audience refuses who has no token", path: "/orders/17", status: "401", reason: "gatehouse.jwt-audience.token_missing"},
		{name: "scope refuses who has no scope", path: "/orders/17", status: "403", reason: "gatehouse.scope.insufficient_scope",
			headers: []harness.Header{bearer(t, map[string]any{"scope": "other", "client_id": "poor"})}},
		{name: "scope refuses what is no route", path: "/other", status: "403", reason: "gatehouse.scope.route_unknown", headers: []harness.Header{bearer(t, nil)}},
		{name: "redact hides", path: "/healthz", status: "200", hides: "4111111111111111"},
		{name: "all let an order pass", path: "/orders/17", status: "200", holds: `"id":17`, hides: hides, headers: []harness.Header{reader}},
		{name: "quota refuses the sixth within the hour", path: "/orders/17", status: "429", reason: "gatehouse.quota.limit_exceeded", headers: []harness.Header{reader}},
	}
}

// TestGateway runs all five plugins as five filters of one image, then moves from one
// kind to the other without a moment in which there is neither.
func TestGateway(t *testing.T) {
	f := ingress(t, environment)
	f.either(t, "gateway", nil, func(kind string) []step { return chain(t, "shop-of-"+kind, "ada@example.com") })
}

// TestPipeline runs all five plugins as one filter.
func TestPipeline(t *testing.T) {
	f := ingress(t)
	f.either(t, "pipeline", nil, func(kind string) []step { return chain(t, "shop-of-"+kind, "4111111111111111") })
}

// either walks with the WasmPlugins of a folder, then with its TrafficExtensions.
func (f *front) either(t *testing.T, folder string, changes []string, steps func(kind string) []step) {
	t.Helper()
	plugins := manifest(t, folder+"/wasmplugin.yaml", changes...)
	f.apply(t, plugins)
	f.walk(t, steps("wasmplugin"))
	f.apply(t, manifest(t, folder+"/trafficextension.yaml", changes...))
	until(t, "the extensions beside the plugins", func() bool {
		// Both say which proxy they are in by the names of their filters.
		dump, err := f.proxy.Admin(http.MethodGet, "/config_dump?resource=ecds_filters")
		return err == nil && bytes.Count(dump, []byte(`"ecds_filter"`)) == 2*len(read(t, folder+"/wasmplugin.yaml"))
	})
	if err := control.Delete(t.Context(), f.here(plugins)); err != nil {
		t.Fatal(err)
	}
	f.walk(t, steps("trafficextension"))
}

// TestSidecar runs two plugins in the sidecar of a workload.
func TestSidecar(t *testing.T) {
	f := own(t)
	port := cluster.FreePort()
	f.address = fmt.Sprintf("127.0.0.1:%d", port)
	f.apply(t, fmt.Sprintf(`
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: orders, namespace: default}
spec:
  workloadSelector: {labels: {app: orders}}
  ingress:
  - port: {number: %d, protocol: HTTP, name: http}
    bind: 127.0.0.1
    captureMode: NONE
    defaultEndpoint: %s
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: plain, namespace: default}
spec:
  mtls: {mode: DISABLE}
`, port, f.upstream.Address()))
	f.start(t, cluster.ProxyOptions{Kind: cluster.Sidecar, Name: "orders", Labels: map[string]string{"app": "orders"}})
	f.either(t, "sidecar", []string{"number: 8080", fmt.Sprintf("number: %d", port)}, func(string) []step { return readers(t) })
}

// readers are requests through jwt-audience and scope.
func readers(t *testing.T) []step {
	return []step{
		{name: "no token", path: "/orders/17", status: "401", reason: "gatehouse.jwt-audience.token_missing"},
		{name: "no scope", path: "/orders/17", status: "403", reason: "gatehouse.scope.insufficient_scope", headers: []harness.Header{bearer(t, nil)}},
		{name: "a good token", path: "/orders/17", status: "200", headers: []harness.Header{bearer(t, map[string]any{"scope": "orders:read"})}},
		{name: "health", path: "/healthz", status: "200"},
	}
}

// TestAuthorizationPolicy decides by a header that jwt-audience writes.
func TestAuthorizationPolicy(t *testing.T) {
	f := ingress(t)
	f.apply(t, manifest(t, "authorization-policy/wasmplugin.yaml"))
	f.apply(t, manifest(t, "authorization-policy/authorizationpolicy.yaml"))
	forged := harness.Header{Name: "x-tenant", Value: "acme"}
	f.walk(t, []step{
		{name: "no token", path: "/orders/17", status: "401", reason: "gatehouse.jwt-audience.token_missing"},
		{name: "another tenant", path: "/orders/17", status: "403", holds: "RBAC", headers: []harness.Header{bearer(t, map[string]any{"tenant": "globex"})}},
		{name: "no tenant, and a forged header", path: "/orders/17", status: "403", holds: "RBAC", headers: []harness.Header{bearer(t, nil), forged}},
		{name: "another tenant, and a forged header", path: "/orders/17", status: "403", holds: "RBAC",
			headers: []harness.Header{bearer(t, map[string]any{"tenant": "globex"}), forged}},
		{name: "a tenant", path: "/orders/17", status: "200", headers: []harness.Header{bearer(t, map[string]any{"tenant": "acme"})}},
		{name: "health", path: "/healthz", status: "200"},
	})
}
