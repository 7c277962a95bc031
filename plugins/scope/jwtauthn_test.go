//go:build !wasip1

package scope

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/jose/josetest"
)

// jwtAuthnBootstrap is an Envoy whose jwt_authn verifies tokens, as Istio
// configures it for a RequestAuthentication, in front of the plugin.
const jwtAuthnBootstrap = `
static_resources:
  listeners:
  - name: ingress
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: ""}, route: {cluster: upstream}}]
          http_filters:
          - name: jwt_authn
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
              providers:
                idp:
                  issuer: https://idp.example.com
                  local_jwks: {inline_string: JWKS}
                  payload_in_metadata: payload
                  normalize_payload_in_metadata: {space_delimited_claims: [permission]}
                partner:
                  issuer: https://partner.example.com
                  local_jwks: {inline_string: JWKS}
                  payload_in_metadata: https://partner.example.com
                  from_headers: [{name: x-partner-token}]
              rules:
              - match: {prefix: /}
                requires:
                  requires_all: {requirements: [
                    {requires_any: {requirements: [{provider_name: idp}, {allow_missing_or_failed: {}}]}},
                    {requires_any: {requirements: [{provider_name: partner}, {allow_missing_or_failed: {}}]}}]}
          - name: scope
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config: {vm_config: {runtime: envoy.wasm.runtime.v8}}
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: upstream
    type: STATIC
`

// TestPayloadsOfJWTAuthn reads what a real Envoy makes of claims of every type.
func TestPayloadsOfJWTAuthn(t *testing.T) {
	key := josetest.New("ES256", "ec")
	quoted, err := json.Marshal(josetest.Set(key))
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "scope.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: []byte(strings.ReplaceAll(jwtAuthnBootstrap, "JWKS", string(quoted))),
		Timeout:   3 * time.Minute,
		Endpoints: map[string]string{"upstream": upstream.Address()},
		Plugins: []envoy.Plugin{{Wasm: module, Configuration: []byte(`{
 "identity":{"payload_in_metadata":["payload","https://partner.example.com"]},
 "sources":[{"claim":"scope"},{"claim":"scp"},{"claim":"permission"},{"claim":"realm_access.roles","prefix":"role:"},{"claim":"groups.#.name","prefix":"group:"},
  {"claim":"urn:example:projects.@keys","prefix":"project:"},{"claim":"https://example\\.com/roles.0","prefix":"first:"}],
 "routes":[{"match":{"path":{"exact":"/"}},"all_of":["orders:read"]},
  {"match":{"path":{"exact":"/role"}},"all_of":["role:manager"]},
  {"match":{"path":{"exact":"/group"}},"all_of":["group:a","group:b"]},
  {"match":{"path":{"exact":"/project"}},"all_of":["project:p1","project:p2"]},
  {"match":{"path":{"exact":"/first"}},"all_of":["first:one"]},
  {"match":{"path":{"exact":"/shop"}},"clients":["shop"]},
  {"match":{"path":{"exact":"/jobs"}},"grant_types":["client_credentials"]}]}`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	claims := func(members string) string {
		if members != "" {
			members = "," + members
		}
		return `{"iss":"https://idp.example.com","exp":2740176000` + members + `}`
	}
	tests := []struct {
		name, path string
		claims     string
		want       string
	}{
		{"no token", "/", "", "401"},
		{"a token that is not verified", "/", claims(`"nbf":2740176000,"scope":"orders:read"`), "401"},
		{"a scope", "/", claims(`"scope":"openid orders:read"`), "200"},
		{"too little", "/", claims(`"scope":"openid"`), "403 insufficient_scope"},
		{"no scope", "/", claims(``), "403 insufficient_scope"},
		{"an empty scope", "/", claims(`"scope":""`), "403 insufficient_scope"},
		{"a list", "/", claims(`"scope":["openid","orders:read"]`), "200"},
		{"a list of one", "/", claims(`"scp":["orders:read"]`), "200"},
		{"an empty list", "/", claims(`"scp":[]`), "403 insufficient_scope"},
		{"a string that Envoy makes a list", "/", claims(`"permission":"openid orders:read"`), "200"},
		{"null", "/", claims(`"scope":null`), "403 insufficient_scope"},
		{"a number", "/", claims(`"scope":7`), "401 invalid_token"},
		{"a boolean", "/", claims(`"scope":true`), "401 invalid_token"},
		{"an object", "/", claims(`"scope":{"orders:read":""}`), "401 invalid_token"},
		{"an empty object", "/", claims(`"scope":{}`), "403 insufficient_scope"},
		{"a number in a list", "/", claims(`"scope":["orders:read",7]`), "401 invalid_token"},
		{"a list in a list", "/", claims(`"scope":[["orders:read"]]`), "401 invalid_token"},
		{"an object in a list", "/", claims(`"scope":[{"orders:read":""}]`), "401 invalid_token"},
		{"characters beyond ASCII", "/", claims(`"scope":"caf\u00e9 orders:read"`), "200"},
		{"a control character", "/", claims(`"scope":"\u0001 orders:read"`), "401 invalid_token"},
		{"a path", "/role", claims(`"realm_access":{"roles":["clerk","manager"]}`), "200"},
		{"a path to a string", "/role", claims(`"realm_access":{"roles":"manager"}`), "200"},
		{"a path to nothing", "/role", claims(`"realm_access":{}`), "403 insufficient_scope"},
		{"a path through a string", "/role", claims(`"realm_access":"roles"`), "403 insufficient_scope"},
		{"members of a list's entries", "/group", claims(`"groups":[{"name":"a"},{"x":1},{"name":"b"}]`), "200"},
		{"names of members", "/project", claims(`"urn:example:projects":{"p1":{"o":"x"},"p2":{"o":"y"}}`), "200"},
		{"an entry of a list, by its place", "/first", claims(`"https://example.com/roles":["one","two"]`), "200"},
		{"the other place", "/first", claims(`"https://example.com/roles":["two","one"]`), "403 insufficient_scope"},
		{"a client", "/shop", claims(`"azp":"shop"`), "200"},
		{"another client", "/shop", claims(`"client_id":"stop","azp":"shop"`), "403"},
		{"a client that is a number", "/shop", claims(`"client_id":7`), "401 invalid_token"},
		{"a machine", "/jobs", claims(`"client_id":"shop","sub":"shop"`), "200"},
		{"a person", "/jobs", claims(`"client_id":"shop","sub":"user-17"`), "403"},
		{"a grant", "/jobs", claims(`"gty":"client_credentials"`), "200"},
		{"the other provider", "/", strings.Replace(claims(`"scope":"orders:read"`), "idp", "partner", 1), "200"},
		{"both providers", "/", "both", "400 invalid_request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			headers := []harness.Header{{Name: ":method", Value: "GET"}, {Name: ":path", Value: test.path}, {Name: ":authority", Value: "api.example.com"}}
			scoped := claims(`"scope":"orders:read"`)
			switch {
			case test.claims == "both":
				headers = append(headers, harness.Header{Name: "authorization", Value: "Bearer " + key.Token(scoped)},
					harness.Header{Name: "x-partner-token", Value: key.Token(strings.Replace(scoped, "idp", "partner", 1))})
			case strings.Contains(test.claims, "partner"):
				headers = append(headers, harness.Header{Name: "x-partner-token", Value: key.Token(test.claims)})
			case test.claims != "":
				headers = append(headers, harness.Header{Name: "authorization", Value: "Bearer " + key.Token(test.claims)})
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			answer, err := envoy.Do(ctx, p.Address("ingress"), harness.Message{Headers: headers})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, h := range answer.Headers {
				if h.Name == ":status" {
					got = h.Value
				}
				if _, rest, ok := strings.Cut(h.Value, `error="`); ok && h.Name == "www-authenticate" {
					code, _, _ := strings.Cut(rest, `"`)
					got += " " + code
				}
			}
			if reached := len(upstream.Requests()) > 0; got != test.want || reached != (got == "200") {
				t.Errorf("answer %s, want %s; upstream reached: %t", got, test.want, reached)
			}
		})
	}
}
