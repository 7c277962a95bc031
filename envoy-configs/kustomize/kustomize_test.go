//go:build istio

// Package kustomize_test renders every overlay of this folder with kubectl, holds it to
// what it was, and applies it to a real Kubernetes API with a real Istio behind it.
package kustomize_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"gatehouse/harness"
	"gatehouse/harness/cluster"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

// The control plane of all tests.
var control *cluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(cluster.Run(cluster.Options{}, func(c *cluster.Cluster) int {
		control = c
		return m.Run()
	}))
}

// overlays are the names of those that there are.
func overlays(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("overlays")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if want := []string{"gateway-enforce", "gateway-shadow", "sidecar", "waypoint"}; !slices.Equal(names, want) {
		t.Fatalf("overlays %q, want %q", names, want)
	}
	return names
}

// render is kubectl kustomize of a folder.
func render(t *testing.T, folder string) string {
	t.Helper()
	text, err := control.Kubectl(t.Context(), "", "kustomize", folder)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wasmPlugin has the fields of extensions.istio.io/v1alpha1 that are used here.
type wasmPlugin struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec struct {
		Selector *struct {
			MatchLabels map[string]string `json:"matchLabels"`
		} `json:"selector"`
		TargetRefs []struct {
			Group string `json:"group"`
			Kind  string `json:"kind"`
			Name  string `json:"name"`
		} `json:"targetRefs"`
		Match []struct {
			Mode string `json:"mode"`
		} `json:"match"`
		URL             string          `json:"url"`
		ImagePullPolicy string          `json:"imagePullPolicy"`
		PluginName      string          `json:"pluginName"`
		Phase           string          `json:"phase"`
		Priority        int             `json:"priority"`
		FailStrategy    string          `json:"failStrategy"`
		PluginConfig    json.RawMessage `json:"pluginConfig"`
	} `json:"spec"`
}

// TestOverlays holds each rendered overlay to its golden file, to istioctl, to the
// Kubernetes API with Istio's definitions, and each pluginConfig to the plugin itself.
func TestOverlays(t *testing.T) {
	module := replaytest.Build(t, "../../plugins/gatehouse/wasm")
	for _, ns := range []string{"istio-system", "orders"} {
		if err := control.Apply(t.Context(), "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+ns+"}\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range overlays(t) {
		t.Run(name, func(t *testing.T) {
			text := render(t, filepath.Join("overlays", name))
			golden := filepath.Join("testdata", name+".yaml")
			if update := flag.Lookup("update"); update.Value.String() == "true" { // of replaytest
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("the overlay is not %s: see what changed, then run the test with -update", golden)
			}
			if err := cluster.Validate(t.Context(), text); err != nil {
				t.Error(err)
			}
			if _, err := control.Kubectl(t.Context(), text, "apply", "--dry-run=server", "--validate=strict", "-f", "-"); err != nil {
				t.Error(err)
			}
			mode, namespace := "enforce", "istio-system"
			if strings.HasSuffix(name, "-shadow") {
				mode = "shadow"
			}
			if !strings.HasPrefix(name, "gateway-") {
				namespace = "orders"
			}
			var names []string
			for _, document := range strings.Split(text, "\n---\n") {
				var p wasmPlugin
				if err := yaml.UnmarshalStrict([]byte(document), &p); err != nil {
					t.Fatal(err)
				}
				if p.APIVersion != "extensions.istio.io/v1alpha1" || p.Kind != "WasmPlugin" || p.Metadata.Name != p.Spec.PluginName || p.Metadata.Namespace != namespace {
					t.Errorf("%s %s %+v of plugin %s, want an extensions.istio.io/v1alpha1 WasmPlugin of its plugin's name in %s", p.APIVersion, p.Kind, p.Metadata, p.Spec.PluginName, namespace)
				}
				if (p.Spec.Selector == nil) == (len(p.Spec.TargetRefs) == 0) || p.Spec.FailStrategy != "FAIL_RELOAD" || p.Spec.URL != "oci://registry.example.com/gatehouse/gatehouse:v1" {
					t.Errorf("%s: %+v", p.Metadata.Name, p.Spec)
				}
				var configuration struct{ Mode string }
				if err := json.Unmarshal(p.Spec.PluginConfig, &configuration); err != nil || configuration.Mode != mode {
					t.Errorf("%s: mode %q, %v, want %s", p.Metadata.Name, configuration.Mode, err, mode)
				}
				names = append(names, p.Metadata.Name)
				proxy, err := harness.Start(t.Context(), []harness.Plugin{{
					Name: p.Metadata.Name, RootID: p.Spec.PluginName, Wasm: module, Configuration: p.Spec.PluginConfig,
				}}, harness.Options{})
				if err != nil {
					t.Errorf("%s: %v", p.Metadata.Name, err)
					continue
				}
				if err := proxy.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if want := []string{"jwt-audience", "quota", "redact", "scope", "waf"}; !slices.Equal(names, want) {
				t.Errorf("plugins %q, want %q", names, want)
			}
		})
	}
}

// TestShadowThenEnforce walks the way that README.md describes, on a gateway: the place
// that is the user's own is changed, the shadow overlay applied, then the enforcing one,
// then none.
func TestShadowThenEnforce(t *testing.T) {
	digest, err := control.Push(t.Context(), "gatehouse/gatehouse", "v2", replaytest.Build(t, "../../plugins/gatehouse/wasm"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	site := filepath.Join(dir, "site/kustomization.yaml")
	text, err := os.ReadFile(site)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		"namespace: istio-system": "namespace: edge",
		"registry.example.com":    control.Registry(),
		"newTag: v1":              "digest: sha256:" + digest,
	} {
		if bytes.Count(text, []byte(from)) != 1 {
			t.Fatalf("%q is not once in site/kustomization.yaml", from)
		}
		text = bytes.Replace(text, []byte(from), []byte(to), 1)
	}
	if err := os.WriteFile(site, text, 0o600); err != nil {
		t.Fatal(err)
	}
	address := ingress(t, "edge")
	attack := "/orders?id=1%27%20OR%20%271%27=%271"
	step := func(what, want string, args ...string) {
		t.Helper()
		start := time.Now()
		if _, err := control.Kubectl(t.Context(), "", args...); err != nil {
			t.Fatal(err)
		}
		turns(t, address, attack, want)
		t.Logf("%s: %s after %v", what, want, time.Since(start))
	}
	if got := status(address, attack); got != "200" {
		t.Fatalf("without plugins %s = %s, want 200", attack, got)
	}
	shadow, enforce := filepath.Join(dir, "overlays/gateway-shadow"), filepath.Join(dir, "overlays/gateway-enforce")
	if _, err := control.Kubectl(t.Context(), "", "apply", "-k", shadow); err != nil {
		t.Fatal(err)
	}
	until(t, "an event of the waf in shadow mode", func() bool {
		// The virtual machine may still be on its way, and the gateway then refuses.
		if got := status(address, attack); got != "200" {
			return false
		}
		events := strings.Join(proxy.Lines(), "\n")
		return strings.Contains(events, "gatehouse.waf") || strings.Contains(events, "inbound_anomaly_score")
	})
	if got := status(address, "/orders/17"); got != "200" {
		t.Errorf("in shadow mode /orders/17 without a token = %s, want 200", got)
	}
	step("enforce", "403", "apply", "-k", enforce)
	until(t, "all plugins in force", func() bool { return status(address, "/orders/17") == "401" && status(address, "/healthz") == "200" })
	step("back to shadow", "200", "apply", "-k", shadow)
	step("enforce again", "403", "apply", "-k", enforce)
	step("gone", "200", "delete", "-k", enforce)
	until(t, "no plugin left", func() bool { return status(address, "/orders/17") == "200" })
}

var proxy *cluster.Proxy

// ingress starts an ingress gateway in a namespace of its own that sends everything to a
// backend.
func ingress(t *testing.T, namespace string) string {
	t.Helper()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) }))
	t.Cleanup(backend.Close)
	_, target, _ := strings.Cut(strings.TrimPrefix(backend.URL, "http://"), ":")
	port := cluster.FreePort()
	documents := fmt.Sprintf(`apiVersion: v1
kind: Namespace
metadata: {name: %[1]s}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gateway, namespace: %[1]s}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: %[2]d, name: http, protocol: HTTP}, bind: 127.0.0.1, hosts: ["*"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: gateway, namespace: %[1]s}
spec:
  hosts: ["*"]
  gateways: [gateway]
  http:
  - route: [{destination: {host: backend.example.test, port: {number: 80}}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: backend, namespace: %[1]s}
spec:
  hosts: [backend.example.test]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: %[3]s}]
  endpoints: [{address: 127.0.0.1}]
`, namespace, port, target)
	if err := control.Apply(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	var err error
	proxy, err = control.StartProxy(t.Context(), cluster.ProxyOptions{
		Kind: cluster.Gateway, Name: "gateway", Namespace: namespace, Labels: map[string]string{"istio": "ingressgateway"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		proxy.Stop()
		if t.Failed() {
			lines := proxy.Lines()
			lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "via_upstream") })
			t.Log(strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	turns(t, address, "/healthz", "200")
	return address
}

// status is that of the answer to a request without a token, or the error.
func status(address, path string) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answer, err := envoy.Do(ctx, address, harness.Message{Headers: []harness.Header{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: path}, {Name: ":authority", Value: "api.example.com"},
		{Name: "user-agent", Value: "shop/2.1"}, {Name: "accept", Value: "*/*"},
	}})
	if err != nil {
		return err.Error()
	}
	return answer.Headers[0].Value
}

func turns(t *testing.T, address, path, want string) {
	t.Helper()
	until(t, path+" = "+want, func() bool { return status(address, path) == want })
}

func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !met(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 2 minutes", what)
		}
	}
}
