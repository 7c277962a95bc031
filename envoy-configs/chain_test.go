package envoyconfigs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

// TestChain runs all five plugins of one module in one VM.
func TestChain(t *testing.T) {
	bootstrap, err := os.ReadFile("chain/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "gatehouse.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "../plugins/gatehouse/wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{
			Headers: []harness.Header{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/json"}},
			Body:    [][]byte{[]byte(`{"status":"up","card":"4111111111111111"}`)},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: bootstrap,
		Endpoints: map[string]string{"upstream": upstream.Address()},
		Replace:   map[string]string{"dist/gatehouse.wasm": module},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	var client envoy.Client
	for _, tt := range []struct{ name, method, path, status, want string }{
		{"all let it pass, and redact hides the card", "GET", "/healthz", "200", `{"status":"up","card":"************1111"}`},
		{"the waf refuses an attack", "GET", "/healthz?id=1%27%20OR%20%271%27=%271", "403", ""},
		{"jwt-audience refuses who has no token", "GET", "/orders/17", "401", ""},
		{"scope refuses what is no route", "GET", "/healthz/live", "403", ""},
	} {
		answer, err := client.Do(t.Context(), p.Address("ingress"), harness.Message{Headers: append([]harness.Header{
			{Name: ":method", Value: tt.method}, {Name: ":path", Value: tt.path}, {Name: ":authority", Value: "api.example.com"},
		}, browser...)})
		if err != nil {
			t.Fatal(err)
		}
		if got := answer.Headers[0].Value; got != tt.status {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.status)
		}
		if body := bytes.Join(answer.Body, nil); tt.want != "" && string(body) != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, body, tt.want)
		}
	}
	for n := range 1000 {
		answer, err := client.Do(t.Context(), p.Address("ingress"), harness.Message{Headers: append([]harness.Header{
			{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/healthz"}, {Name: ":authority", Value: "api.example.com"},
		}, browser...)})
		if err != nil {
			t.Fatal(err)
		}
		if answer.Headers[0].Value == "429" {
			t.Logf("quota refused request %d", n)
			return
		}
	}
	t.Error("quota refused none of 1000 requests at once, want one at least")
}
