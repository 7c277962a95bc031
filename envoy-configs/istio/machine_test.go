//go:build istio

package istio_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/harness"
)

// document returns the one of a file's documents that has a name.
func document(t *testing.T, text, name string) string {
	t.Helper()
	for one := range strings.SplitSeq(text, "\n---\n") {
		if strings.Contains(one, "\n  name: "+name+"\n") {
			return one
		}
	}
	t.Fatalf("no document with the name %s", name)
	return ""
}

// withoutEnvironment leaves vmConfig out.
func withoutEnvironment(t *testing.T, text string) string {
	t.Helper()
	from, to := strings.Index(text, "  vmConfig:"), strings.Index(text, "  pluginConfig:")
	if from < 0 || to < from {
		t.Fatal("no vmConfig in front of a pluginConfig")
	}
	return text[:from] + text[to:]
}

// TestMachineHasOneEnvironment is why all WasmPlugins of one image have the same
// vmConfig: Envoy gives one with another environment a machine of its own.
func TestMachineHasOneEnvironment(t *testing.T) {
	f := ingress(t, environment)
	all := manifest(t, "gateway/wasmplugin.yaml")
	f.apply(t, withoutEnvironment(t, document(t, all, "jwt-audience")))
	f.walk(t, []step{{name: "the first", path: "/orders/17", status: "401", reason: "gatehouse.jwt-audience.token_missing"}})
	one := f.machines(t)
	f.apply(t, withoutEnvironment(t, document(t, all, "scope")))
	f.walk(t, []step{{name: "the second", path: "/orders/17", status: "403", reason: "gatehouse.scope.insufficient_scope", headers: []harness.Header{bearer(t, nil)}}})
	two := f.machines(t)
	f.apply(t, document(t, all, "redact"))
	f.walk(t, []step{{name: "the third", path: "/orders/17", status: "200", holds: "psn:k1:", headers: []harness.Header{bearer(t, map[string]any{"scope": "orders:read"})}}})
	three := f.machines(t)
	if one != two || two >= three {
		t.Errorf("machines: %d for one plugin, %d for two of one image, %d for three of which one has another environment; want it to have one of its own", one, two, three)
	}
}

// TestPortsHaveTheirOwnPolicies attaches one image twice, with a policy for each of two
// ports of one gateway. What passes a gateway counts as a client's.
func TestPortsHaveTheirOwnPolicies(t *testing.T) {
	f := ingress(t)
	orders, partners := f.address, f.listen(t, "partners")
	policy := withoutEnvironment(t, document(t, manifest(t, "gateway/wasmplugin.yaml"), "jwt-audience"))
	for address, audience := range map[string]string{orders: "orders-api", partners: "partners-api"} {
		f.apply(t, strings.NewReplacer(
			"  name: jwt-audience\n", "  name: "+audience+"\n",
			"  phase: AUTHN\n", "  phase: AUTHN\n  match: [{mode: CLIENT, ports: [{number: "+portOf(t, address)+"}]}]\n",
			"[orders-api]", "["+audience+"]",
		).Replace(policy))
	}
	for _, at := range []struct{ address, good, bad string }{{orders, "orders-api", "partners-api"}, {partners, "partners-api", "orders-api"}} {
		f.address = at.address
		f.walk(t, []step{
			{name: "no token", path: "/orders/17", status: "401", reason: "gatehouse.jwt-audience.token_missing"},
			{name: "a token for the other port", path: "/orders/17", status: "401", reason: "gatehouse.jwt-audience.audience_mismatch",
				headers: []harness.Header{bearer(t, map[string]any{"aud": at.bad})}},
			{name: "a token for this port", path: "/orders/17", status: "200", headers: []harness.Header{bearer(t, map[string]any{"aud": at.good})}},
		})
	}
}

// machines is how many the proxy has. Those in which a configuration is tried come and
// go, so it is a number that stays.
func (f *front) machines(t *testing.T) (n uint64) {
	t.Helper()
	same := 0
	until(t, "a number of machines that stays", func() bool {
		stats, err := f.proxy.Stats("wasm.envoy.wasm.runtime.v8.active")
		if err != nil || len(stats) != 1 {
			t.Fatalf("machines: %v, %v, want one gauge", stats, err)
		}
		before := n
		for _, n = range stats {
		}
		if same++; n != before {
			same = 0
		}
		return same == 50
	})
	return n
}

// TestPolicyIsTriedFirst takes a pluginConfig out of a manifest as README.md says, and has
// the plugin read it.
func TestPolicyIsTriedFirst(t *testing.T) {
	text, err := os.ReadFile("pipeline/wasmplugin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "wasmplugin.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	configuration, err := control.Kubectl(t.Context(), "", "create", "-f", path, "--dry-run=client", "-o", "jsonpath={.spec.pluginConfig}")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, configuration string
		want                string
	}{
		{"as it is", configuration, ""},
		{"with a misspelt field", strings.Replace(configuration, `"audiences"`, `"audience"`, 1), `unknown field "audience", did you mean "audiences"?`},
	} {
		proxy, err := harness.Start(t.Context(), []harness.Plugin{{
			Name: "gatehouse", RootID: "pipeline", Wasm: build(t, "gatehouse"), Configuration: []byte(tt.configuration),
		}}, harness.Options{})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if err == nil {
			proxy.Close(t.Context())
		}
	}
}
