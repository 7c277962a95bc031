//go:build istio

package docs_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/cluster"
	"gatehouse/harness/envoy"
)

// mesh is what the guide expects to be there: a gateway, and an API behind it.
const mesh = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: orders, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: %d, name: http, protocol: HTTP}, bind: 127.0.0.1, hosts: ["*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orders, namespace: istio-system}
spec:
  hosts: ["*"]
  gateways: [orders]
  http: [{route: [{destination: {host: orders.example.test}}]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: orders, namespace: istio-system}
spec:
  hosts: [orders.example.test]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: %d}]
  endpoints: [{address: 127.0.0.1}]
`

// TestFirstHourInIstio does all steps of the guide, those of the mesh in front of a real
// Kubernetes API and Istio. The log of the gateway is that of a process instead of a pod.
func TestFirstHourInIstio(t *testing.T) {
	c, err := cluster.Start(t.Context(), cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}()
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	port := cluster.FreePort()
	if err := c.Apply(t.Context(), fmt.Sprintf(mesh, port, netip.MustParseAddrPort(upstream.Address()).Port())); err != nil {
		t.Fatal(err)
	}
	proxy, err := c.StartProxy(t.Context(), cluster.ProxyOptions{Kind: cluster.Gateway, Name: "ingressgateway", Namespace: "istio-system", Labels: map[string]string{"istio": "ingressgateway"}})
	if err != nil {
		t.Fatal(err)
	}
	gateway := fmt.Sprintf("127.0.0.1:%d", port)
	dir := checkout(t)
	config, err := c.Kubectl(t.Context(), "", "config", "view", "--raw")
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	environment := []string{"KUBECONFIG=" + kubeconfig, "GATEWAY=" + gateway, "REGISTRY=" + c.Registry(), "PATH=" + filepath.Join(dir, ".cache", "bin") + ":" + os.Getenv("PATH")}

	// ask returns how a request without a token is answered, "" if it is not.
	ask := func(path string) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		m, err := envoy.Do(ctx, gateway, harness.Message{Headers: []harness.Header{
			{Name: ":method", Value: "GET"}, {Name: ":path", Value: path}, {Name: ":authority", Value: "api.example.com"}}})
		if err != nil {
			return ""
		}
		for _, h := range m.Headers {
			if h.Name == ":status" {
				return h.Value
			}
		}
		return ""
	}
	logged := func() string { return strings.Join(proxy.Lines(), "\n") + "\n" }
	// inForce tells whether the gateway has the policy that was applied.
	inForce := map[string]func() bool{
		"1-shadow.json": func() bool { return ask("/probe") == "200" && strings.Contains(logged(), `"path":"/probe"`) },
		"2-tuned.json": func() bool {
			stats, err := proxy.Stats("anonymous_allowed")
			return ask("/healthz") == "200" && err == nil && len(stats) == 1 && total(stats) > 0
		},
		"3-enforce.json": func() bool { return ask("/probe") == "401" },
	}
	wait := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: not after two minutes\n%s", what, c.Logs(30))
			}
		}
	}
	wait("the gateway answers", func() bool { return ask("/") == "200" })
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(logged())
		}
	})
	applied := 0
	for _, s := range steps(t, "first-hour.md") {
		if s.where == "istio-log" {
			if err := os.WriteFile(filepath.Join(dir, "dist", "gateway.log"), []byte(logged()), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		run(t, dir, s, environment...)
		if strings.Contains(s.command, "kubectl apply") {
			for file, done := range inForce {
				if strings.Contains(s.command, file) {
					wait(file+" is in force", done)
					applied++
				}
			}
		}
	}
	if applied != len(inForce) {
		t.Errorf("%d policies applied, want %d", applied, len(inForce))
	}
}

func total(stats map[string]uint64) uint64 {
	n := uint64(0)
	for _, v := range stats {
		n += v
	}
	return n
}
