package envoyconfigs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
)

// TestChain runs all five plugins of one module in one VM, attached one by one and as a
// pipeline.
func TestChain(t *testing.T) {
	for _, folder := range []string{"chain", "pipeline"} {
		t.Run(folder, func(t *testing.T) { testChain(t, folder) })
	}
}

func testChain(t *testing.T, folder string) {
	bootstrap, err := os.ReadFile(folder + "/envoy.yaml")
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

// TestPipelineHasThePoliciesOfTheChain holds one file to the other.
func TestPipelineHasThePoliciesOfTheChain(t *testing.T) {
	var pipeline struct {
		Pipeline []struct {
			Plugin string `json:"plugin"`
			Config any    `json:"config"`
		} `json:"pipeline"`
	}
	if err := json.Unmarshal(inEnvoy(t, "pipeline", 0), &pipeline); err != nil {
		t.Fatal(err)
	}
	if len(pipeline.Pipeline) != 5 {
		t.Fatalf("%d plugins, want 5", len(pipeline.Pipeline))
	}
	for i, name := range []string{"waf", "jwt-audience", "scope", "quota", "redact"} {
		var want any
		if err := json.Unmarshal(inEnvoy(t, "chain", i), &want); err != nil {
			t.Fatal(err)
		}
		if p := pipeline.Pipeline[i]; p.Plugin != name || !reflect.DeepEqual(p.Config, want) {
			t.Errorf("%s with %v, want %s with %v", p.Plugin, p.Config, name, want)
		}
	}
}

// TestChainOfTheDemo sends the recording of `make demo` through envoy.yaml, with the
// key that signed its tokens: each plugin shows what it does.
func TestChainOfTheDemo(t *testing.T) {
	bootstrap, err := os.ReadFile("chain/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "gatehouse.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "../plugins/gatehouse/wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	// What the demo changes of the policies of envoy.yaml: its key, how long a recorded
	// token is good, and a limit that is met at once.
	changes := strings.NewReplacer(
		placeholder, "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw", `"max_lifetime": "1h"`, `"max_lifetime": "14610d"`,
		`{"requests": 600, "per": "1m"}`, `{"requests": 3, "per": "1h"}`)
	options := envoy.Options{Bootstrap: bootstrap, Concurrency: 2}
	var pipeline struct {
		Pipeline []struct {
			Plugin string `json:"plugin"`
			Config any    `json:"config"`
		} `json:"pipeline"`
	}
	text, err := os.ReadFile("chain/demo/pipeline.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &pipeline); err != nil {
		t.Fatal(err)
	}
	if len(pipeline.Pipeline) != 5 {
		t.Fatalf("%d plugins in pipeline.json, want 5", len(pipeline.Pipeline))
	}
	for i, name := range []string{"waf", "jwt-audience", "scope", "quota", "redact"} {
		configuration, err := os.ReadFile(filepath.Join("chain/demo", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(configuration, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(changes.Replace(string(inEnvoy(t, "chain", i)))), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s.json is not the policy of envoy.yaml, want %v", name, want)
		}
		if p := pipeline.Pipeline[i]; p.Plugin != name || !reflect.DeepEqual(p.Config, want) {
			t.Errorf("pipeline.json has %s with %v, want %s with %v", p.Plugin, p.Config, name, want)
		}
		options.Plugins = append(options.Plugins, envoy.Plugin{Wasm: module, Configuration: configuration})
	}
	text, err = os.ReadFile("chain/demo/orders.txtar")
	if err != nil {
		t.Fatal(err)
	}
	recording, err := traffic.Read("orders.txtar", text)
	if err != nil {
		t.Fatal(err)
	}
	sent := envoy.Recording{Listener: "ingress"}
	for _, x := range recording.Exchanges {
		sent.Exchanges = append(sent.Exchanges, x.Exchange)
	}
	results, err := envoy.Replay(t.Context(), options, "upstream", []envoy.Recording{sent})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ details, status, body string }{
		{"via_upstream", "200", `{"status":"up"}`},
		{"via_upstream", "200", `{"id":17,"item":"blue shoes","email":"a**************","paid":{"card":"**** **** **** 1111"}}`},
		{"via_upstream", "200", `{"id":17,"item":"blue shoes","email":"ada@example.com","paid":{"card":"**** **** **** 1111"}}`},
		{"gatehouse.jwt-audience.token_missing", "401", ""},
		{"gatehouse.jwt-audience.token_expired", "401", ""},
		{"gatehouse.jwt-audience.audience_mismatch", "401", ""},
		{"gatehouse.jwt-audience.signature_invalid", "401", ""},
		{"gatehouse.scope.insufficient_scope", "403", ""},
		{"via_upstream", "201", `{"id":18}`},
		{"gatehouse.scope.route_unknown", "403", ""},
		{"gatehouse.waf.inbound_anomaly_score", "403", ""},
		{"gatehouse.waf.inbound_anomaly_score", "403", ""},
		{"via_upstream", "200", `{"id":20}`},
		{"via_upstream", "200", `{"id":21}`},
		{"gatehouse.quota.limit_exceeded", "429", ""},
		{"gatehouse.quota.limit_exceeded", "429", ""},
	}
	if len(results[0]) != len(want) {
		t.Fatalf("%d exchanges, want %d", len(results[0]), len(want))
	}
	for i, result := range results[0] {
		name, body := sent.Exchanges[i].Name, strings.TrimSpace(string(bytes.Join(result.Response.Body, nil)))
		if w := want[i]; result.Details != w.details || header(result.Response, ":status") != w.status || w.body != "" && body != w.body {
			t.Errorf("%s: %s %s %s, want %v", name, header(result.Response, ":status"), result.Details, body, w)
		}
		if reached := result.Upstream.Reached; reached != (want[i].details == "via_upstream") {
			t.Errorf("%s: at the upstream = %v", name, reached)
		}
	}
}
