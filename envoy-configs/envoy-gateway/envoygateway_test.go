//go:build istio

// Package envoygateway_test applies every manifest of this folder to a real Envoy
// Gateway, which fetches the plugins from a registry and hands them to a real Envoy.
package envoygateway_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/cluster"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/tokentest"
	"gatehouse/harness/replay/replaytest"
)

// gateway is where gateway.yaml listens: the network is the tests' own.
const gateway = "127.0.0.1:10080"

// The one Envoy Gateway of all tests, its upstream, and the digests of its images.
var (
	control  *cluster.EnvoyGateway
	upstream *envoy.Upstream
	digests  = map[string]string{}
)

const customer = `{"id":17,"email":"ada@example.com","iban":"DE89370400440532013000"}`

func TestMain(m *testing.M) {
	os.Exit(cluster.AloneWithEnvoyGateway(func() int {
		code, err := run(m)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}))
}

func run(m *testing.M) (code int, err error) {
	upstream, err = envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{
			Headers: []harness.Header{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/json"}, {Name: "content-length", Value: fmt.Sprint(len(customer))}},
			Body:    [][]byte{[]byte(customer)},
		}
	})
	if err != nil {
		return 1, err
	}
	defer upstream.Close()
	text, err := os.ReadFile("gateway.yaml")
	if err != nil {
		return 1, err
	}
	control, err = cluster.StartEnvoyGateway(context.Background(), here(string(text)), "GATEHOUSE_KEY_K1=a secret of tests, which nobody uses")
	if err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := control.Stop(); err == nil {
			err = stopErr
		}
	}()
	if err := control.Ready(context.Background()); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// here exchanges what a manifest says of other places for what stands for it here.
func here(text string) string {
	if control != nil {
		text = strings.ReplaceAll(text, "registry.example.com", control.Registry())
	}
	_, port, _ := strings.Cut(upstream.Address(), ":")
	text = strings.ReplaceAll(text, "port: 8080}", "port: "+port+"}")
	return strings.ReplaceAll(text, "RV38dCgz0SXvZ9RXdm89csbt7uEFv1b3d55NMuksDVw",
		tokentest.PublicKey)
}

// manifests returns files of this folder as one text, for use here.
func manifests(t *testing.T, files ...string) string {
	t.Helper()
	var texts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, here(string(text)))
	}
	return strings.Join(texts, "\n---\n")
}

// exchange replaces the one place of a text where from is.
func exchange(t *testing.T, text, from, to string) string {
	t.Helper()
	if n := strings.Count(text, from); n != 1 {
		t.Fatalf("%q is %d times in the manifest, want 1", from, n)
	}
	return strings.Replace(text, from, to, 1)
}

// apply puts gateway.yaml and manifests in force, until the test ends.
func apply(t *testing.T, text string) {
	t.Helper()
	base := manifests(t, "gateway.yaml")
	if err := control.Apply(base + "\n---\n" + text); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(control.Tail(60))
		}
		if err := control.Apply(base); err != nil {
			t.Error(err)
		}
		turns(t, "/orders", "", "200")
	})
}

var pushing sync.Mutex

// push has the image of a plugin be in the registry, as NAME:v1, and returns its digest.
func push(t *testing.T, plugin string) string {
	t.Helper()
	pushing.Lock()
	defer pushing.Unlock()
	if digest, ok := digests[plugin]; ok {
		return digest
	}
	digest, err := control.Push(t.Context(), "gatehouse/"+plugin, "v1", module(t, plugin))
	if err != nil {
		t.Fatal(err)
	}
	digests[plugin] = digest
	return digest
}

func module(t *testing.T, plugin string) []byte {
	t.Helper()
	return replaytest.Build(t, "../../plugins/"+strings.ReplaceAll(plugin, "-", "")+"/wasm")
}

// bearer is a token with a scope that the placeholder's issuer could have made.
func bearer(t *testing.T, scope string) string {
	t.Helper()
	return tokentest.Bearer(t, map[string]any{"aud": "orders-api", "sub": "ada", "scope": scope})
}

// get asks for a path and returns the status, with "!" behind it if the upstream was not
// asked, and the body.
func get(path, token string) (status, body string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request := harness.Message{Headers: []harness.Header{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: path}, {Name: ":authority", Value: "api.example.com"},
		{Name: "user-agent", Value: "shop/2.1"}, {Name: "accept", Value: "*/*"},
	}}
	if token != "" {
		request.Headers = append(request.Headers, harness.Header{Name: "authorization", Value: token})
	}
	upstream.Requests()
	response, err := envoy.Do(ctx, gateway, request)
	if err != nil {
		return err.Error(), ""
	}
	status = response.Headers[0].Value
	if len(upstream.Requests()) == 0 {
		status += "!"
	}
	return status, string(bytes.Join(response.Body, nil))
}

// turns waits until a request is answered with a status, and returns how long it took.
func turns(t *testing.T, path, token, want string) time.Duration {
	t.Helper()
	start, last := time.Now(), ""
	for time.Since(start) < 3*time.Minute {
		if last, _ = get(path, token); last == want {
			return time.Since(start)
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s = %s, want %s\n%s", path, last, want, control.Tail(60))
	return 0
}
