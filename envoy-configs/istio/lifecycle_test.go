//go:build istio

package istio_test

import (
	"fmt"
	"strings"
	"testing"
)

// kinds are the resources that attach a plugin to proxies: WasmPlugin, and TrafficExtension that is to
// follow it and has the plugin's part in a field of its own.
var kinds = []string{"WasmPlugin", "TrafficExtension"}

// extension is a resource of either kind. where has the fields that say what it is attached
// to, plugin those of the plugin, both indented by two.
func extension(kind, ns, name, where, plugin string) string {
	text := fmt.Sprintf("apiVersion: extensions.istio.io/v1alpha1\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec:\n  phase: AUTHN\n%s", kind, name, ns, where)
	if kind == "WasmPlugin" {
		return text + plugin
	}
	var inner strings.Builder
	for line := range strings.Lines(plugin) {
		inner.WriteString("  " + line)
	}
	return text + "  wasm:\n" + inner.String()
}

// tokens is the configuration of jwt-audience in which one audience is allowed.
func tokens(audience string) string {
	return fmt.Sprintf(`  pluginConfig:
    issuers:
    - issuer: https://idp.example.com
      audiences: [%s]
      algorithms: [EdDSA]
      jwks: {keys: [{kty: OKP, crv: Ed25519, kid: example, alg: EdDSA, use: sig, x: %s}]}
    routes:
    - {match: {path: {exact: /healthz}}, allow_anonymous: true}
`, audience, publicKey)
}

// selected attaches a plugin to proxies with a label.
func selected(label string) string { return "  selector: {matchLabels: {istio: " + label + "}}\n" }

// TestPluginAnswers loads a plugin through a manifest and sees what it answers, and
// what the operator is told.
func TestPluginAnswers(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			ns := namespace(t)
			p, address := gateway(t, ns, map[string]string{"istio": "ingressgateway"})
			apply(t, extension(kind, ns, "jwt-audience", selected("ingressgateway"),
				"  url: "+url+"\n  sha256: "+sha256+"\n  failStrategy: FAIL_CLOSE\n"+tokens("orders-api")))
			turns(t, address, "/orders", "401")
			before := len(p.Lines())
			answer, err := send(address, "/orders")
			if err != nil {
				t.Fatal(err)
			}
			if got, want := field(answer, ":status")+" "+field(answer, "www-authenticate"), "401 Bearer"; !strings.HasPrefix(got, want) {
				t.Errorf("an answer to no token = %s, want %s", got, want)
			}
			t.Log(printed(t, p, before, "jwt-audience", "token_missing"))
			t.Log(printed(t, p, before, "GET /orders", "401"))
			for who, want := range map[string]string{"orders-api": "200", "another-api": "401"} {
				if got := status(address, "/orders", "authorization", signed(t, map[string]any{"aud": who, "sub": "ada"})); got != want {
					t.Errorf("a token for %s = %s, want %s", who, got, want)
				}
			}
			if got := status(address, "/healthz"); got != "200" {
				t.Errorf("/healthz without a token = %s, want 200", got)
			}
		})
	}
}
