//go:build istio

package istio_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/cluster"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

// control is the control plane that all tests of this package share. Each test has a
// namespace of its own in it.
var control *cluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(cluster.Run(cluster.Options{}, func(c *cluster.Cluster) int {
		control = c
		return m.Run()
	}))
}

// patience is how long a change may take until it is seen.
const patience = 2 * time.Minute

// until polls until what is waited for is there.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !met(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// apply is kubectl apply of documents, which go when the test ends.
func apply(t *testing.T, documents string) {
	t.Helper()
	t.Cleanup(func() {
		if err := control.Delete(context.Background(), documents); err != nil {
			t.Error(err)
		}
	})
	change(t, documents)
}

// change is kubectl apply of documents that are there already.
func change(t *testing.T, documents string) {
	t.Helper()
	if err := control.Apply(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
}

var namespaces atomic.Int64

// namespace makes one. Nothing removes namespaces here, for that is work of a controller: what is
// applied into it is deleted by itself.
func namespace(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("test-%d", namespaces.Add(1))
	change(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+name+"}\n")
	return name
}

// start starts a proxy that ends with the test. What it printed is shown if the test fails.
func start(t *testing.T, o cluster.ProxyOptions) *cluster.Proxy {
	t.Helper()
	p, err := control.StartProxy(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			lines := p.Lines()
			t.Logf("%s/%s printed last:\n%s", o.Namespace, o.Name, strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
	})
	return p
}

// backend starts an upstream that answers 200 to everything, and returns its port.
func backend(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) }))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// gateway starts an ingress gateway with labels in a namespace. It listens on the address and sends
// everything to a backend of its own.
func gateway(t *testing.T, ns string, labels map[string]string) (p *cluster.Proxy, address string) {
	t.Helper()
	name := fmt.Sprintf("gateway-%d", namespaces.Add(1))
	all := map[string]string{"gatehouse-test": name}
	for k, v := range labels {
		all[k] = v
	}
	port := cluster.FreePort()
	apply(t, fmt.Sprintf(`apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  selector: {gatehouse-test: %[1]s}
  servers:
  - {port: {number: %[3]d, name: http, protocol: HTTP}, bind: 127.0.0.1, hosts: ["*"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  hosts: ["*"]
  gateways: [%[1]s]
  http:
  - route: [{destination: {host: %[1]s.example.test, port: {number: 80}}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  hosts: [%[1]s.example.test]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: %[4]s}]
  endpoints: [{address: 127.0.0.1}]
`, name, ns, port, backend(t)))
	p = start(t, cluster.ProxyOptions{Kind: cluster.Gateway, Name: name, Namespace: ns, Labels: all})
	address = fmt.Sprintf("127.0.0.1:%d", port)
	turns(t, address, "/healthz", "200")
	return p, address
}

// send sends one request on a connection of its own. headers are names and values in turn.
func send(address, path string, headers ...string) (harness.Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request := harness.Message{Headers: []harness.Header{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: path}, {Name: ":authority", Value: "api.example.com"},
	}}
	for i := 0; i < len(headers); i += 2 {
		request.Headers = append(request.Headers, harness.Header{Name: headers[i], Value: headers[i+1]})
	}
	return envoy.Do(ctx, address, request)
}

// status is that of an answer, or the error instead.
func status(address, path string, headers ...string) string {
	answer, err := send(address, path, headers...)
	if err != nil {
		return err.Error()
	}
	return field(answer, ":status")
}

// turns waits until the status of an answer is want.
func turns(t *testing.T, address, path, want string, headers ...string) {
	t.Helper()
	var last string
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if last = status(address, path, headers...); last == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s = %s, want %s within %v", path, last, want, patience)
		}
	}
}

// field is the value of the first header with that name.
func field(m harness.Message, name string) string {
	for _, h := range m.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// printed waits for a line of a proxy, of those from the nth on, that has all of the words.
func printed(t *testing.T, p *cluster.Proxy, n int, words ...string) (line string) {
	t.Helper()
	until(t, fmt.Sprintf("a line with %q", words), func() bool {
		i := slices.IndexFunc(p.LinesFrom(n), func(line string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
		})
		if i >= 0 {
			line = p.LinesFrom(n)[i]
		}
		return i >= 0
	})
	return line
}

// build compiles the module of a plugin, such as "jwtaudience".
func build(t *testing.T, plugin string) []byte {
	t.Helper()
	return replaytest.Build(t, "../../plugins/"+plugin+"/wasm")
}

// push packs the module of a plugin, such as "jwtaudience", as an image and pushes it. It returns what url and
// sha256 of a WasmPlugin want.
func push(t *testing.T, repository, tag, plugin string) (url, sha256 string) {
	t.Helper()
	return pushModule(t, repository, tag, build(t, plugin))
}

func pushModule(t *testing.T, repository, tag string, module []byte) (url, sha256 string) {
	t.Helper()
	sha256, err := control.Push(t.Context(), repository, tag, module)
	if err != nil {
		t.Fatal(err)
	}
	return "oci://" + control.Registry() + "/" + repository + ":" + tag, sha256
}
