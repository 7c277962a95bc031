package jwtaudience

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

// oneIssuer is a configuration of one issuer with further members, and further
// members of the whole.
func oneIssuer(issuer string, members ...string) string {
	return `{` + strings.Join(append(members, `"issuers":[{"issuer":"`+testIssuer+`","audiences":["orders-api"],"jwks":`+
		josetest.Set(rsaKey, ecKey)+issuer+`}]`), ",") + `}`
}

func TestRequirements(t *testing.T) {
	route := func(members string) string {
		return oneIssuer("", `"routes":[{"name":"here","match":{"path":{"prefix":"/"}},`+members+`}]`)
	}
	authTime := fmt.Sprint(testNow - 100)
	tests := []struct {
		name, config, claims string
		want                 policy.Reason
	}{
		{"client that may", oneIssuer(`,"clients":["shop"]`), claims(), ReasonTokenAccepted},
		{"client that may not", oneIssuer(`,"clients":["other"]`), claims(), ReasonClientNotAllowed},
		{"client by azp", oneIssuer(`,"clients":["shop"]`), claims("client_id", "", "azp", `"shop"`), ReasonTokenAccepted},
		{"no client where one is asked for", oneIssuer(`,"clients":["shop"]`), claims("client_id", ""), ReasonClientNotAllowed},
		{"client that the issuer allows and the route does not", oneIssuer(`,"clients":["shop"]`, `"routes":[{"match":{"path":{"prefix":"/"}},"clients":["desk"]}]`), claims(), ReasonClientNotAllowed},
		{"claim that equals", route(`"claims":[{"claim":"tier","equals":"gold"}]`), claims("tier", `"gold"`), ReasonTokenAccepted},
		{"claim spelt with an escape", route(`"claims":[{"claim":"tier","equals":"gold"}]`), claims("tier", `"go\u006cd"`), ReasonTokenAccepted},
		{"claim of another type", route(`"claims":[{"claim":"level","equals":1}]`), claims("level", `"1"`), ReasonClaimMismatch},
		{"claim that is nested", route(`"claims":[{"claim":"realm_access.roles","contains":"admin"}]`), claims("realm_access", `{"roles":["user","admin"]}`), ReasonTokenAccepted},
		{"claim that is missing", route(`"claims":[{"claim":"realm_access.roles","contains":"admin"}]`), claims(), ReasonClaimMismatch},
		{"one of two claims", route(`"claims":[{"claim":"sub","present":true},{"claim":"tier","equals":"gold"}]`), claims(), ReasonClaimMismatch},
		{"young enough", oneIssuer(`,"max_age":"1m"`), claims(), ReasonTokenAccepted},
		{"too old", oneIssuer(`,"max_age":"1m"`), claims("iat", fmt.Sprint(testNow-200)), ReasonTokenTooOld},
		{"of no known age", oneIssuer(`,"max_age":"1m"`), claims("iat", ""), ReasonIssuedAtMissing},
		{"authenticated as asked for", route(`"authentication":{"acr_values":["mfa","pwd"],"max_age":"5m"}`), claims("acr", `"mfa"`, "auth_time", authTime), ReasonTokenAccepted},
		{"authenticated otherwise", route(`"authentication":{"acr_values":["mfa"]}`), claims("acr", `"pwd"`), ReasonAuthenticationInsufficient},
		{"no word on how", route(`"authentication":{"acr_values":["mfa"]}`), claims(), ReasonAuthenticationInsufficient},
		{"authenticated too long ago", route(`"authentication":{"max_age":"30s"}`), claims("auth_time", authTime), ReasonAuthenticationInsufficient},
		{"authenticated in the future", route(`"authentication":{"max_age":"30s"}`), claims("auth_time", fmt.Sprint(testNow+500)), ReasonAuthenticationInsufficient},
		{"no word on when", route(`"authentication":{"max_age":"30s"}`), claims(), ReasonAuthenticationInsufficient},
		{"ID token by a hash", oneIssuer(""), claims("at_hash", `"x"`), ReasonKindNotAccepted},
		{"ID token by its use", oneIssuer(""), claims("token_use", `"id"`), ReasonKindNotAccepted},
		{"refresh token by its type", oneIssuer(""), claims("typ", `"Refresh"`), ReasonKindNotAccepted},
		{"logout token", oneIssuer(""), claims("events", `{"http://schemas.openid.net/event/backchannel-logout":{}}`), ReasonKindNotAccepted},
		{"access token that says so", oneIssuer(""), claims("typ", `"Bearer"`, "token_use", `"access"`), ReasonTokenAccepted},
		{"ID token where others are accepted", oneIssuer(`,"accept_other_tokens":true`), claims("at_hash", `"x"`), ReasonTokenAccepted},
		{"RFC 9068", oneIssuer(`,"profile":"rfc9068"`), claims(), ReasonTokenAccepted},
		{"RFC 9068 without jti", oneIssuer(`,"profile":"rfc9068"`), claims("jti", ""), ReasonProfileNotFollowed},
		{"RFC 9068 with azp for the client", oneIssuer(`,"profile":"rfc9068"`), claims("client_id", "", "azp", `"shop"`), ReasonProfileNotFollowed},
		{"all audiences", route(`"audiences":["a","b"],"audience_match":"all"`), claims("aud", `["b","c","a"]`), ReasonTokenAccepted},
		{"one of all audiences", route(`"audiences":["a","b"],"audience_match":"all"`), claims("aud", `["b","c"]`), ReasonAudienceMismatch},
		{"revoked by jti", oneIssuer("", `"revocation":{"list":{"jti":["7b1c"]}}`), claims(), ReasonTokenRevoked},
		{"revoked by subject", oneIssuer("", `"revocation":{"list":{"issuers":{"`+testIssuer+`":{"sub":["user-17"]}}}}`), claims(), ReasonTokenRevoked},
		{"issued before everything was revoked", oneIssuer("", `"revocation":{"list":{"issued_before":1999999980}}`), claims(), ReasonTokenRevoked},
		{"issued after it", oneIssuer("", `"revocation":{"list":{"issued_before":1999999800}}`), claims(), ReasonTokenAccepted},
		{"not the one that is revoked", oneIssuer("", `"revocation":{"list":{"jti":["7b1d"]}}`), claims(), ReasonTokenAccepted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			engine := newEngine(t, tt.config)
			for _, again := range []string{"at first", "again, from memory"} {
				d := engine.Decide(request("GET", "/orders", "Bearer "+rsaKey.Token(tt.claims)))
				if d.Reason != tt.want {
					t.Errorf("%s: %s, want %s", again, d.Reason, tt.want)
				}
			}
		})
	}
}

func TestStepUpTellsWhatToAskFor(t *testing.T) {
	const route = `"routes":[{"match":{"path":{"prefix":"/"}},"authentication":{"acr_values":["mfa","hwk"],"max_age":"5m"}}]`
	tests := []struct {
		name, config, want string
	}{
		{"the route asks", oneIssuer("", route), `acr_values="mfa hwk", max_age="300"`},
		{"the issuer asks", oneIssuer(`,"authentication":{"acr_values":["phr"],"max_age":"1m"}`), `acr_values="phr", max_age="60"`},
		{"both ask", oneIssuer(`,"authentication":{"acr_values":["phr","hwk"],"max_age":"1m"}`, route), `acr_values="hwk", max_age="60"`},
		{"both ask for what nobody has", oneIssuer(`,"authentication":{"acr_values":["phr"],"max_age":"1h"}`, route), `acr_values="mfa hwk", max_age="300"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newEngine(t, tt.config).Decide(request("GET", "/orders", "Bearer "+rsaKey.Token(claims())))
			challenge, _ := d.Response.Headers.First("www-authenticate")
			want := `Bearer realm="api", error="insufficient_user_authentication", error_description="a different or more recent authentication is required", ` + tt.want
			if d.Response.Status != 401 || challenge != want {
				t.Errorf("%d %s, want 401 %s", d.Response.Status, challenge, want)
			}
		})
	}
}

func TestTenants(t *testing.T) {
	config := func(more string) string {
		return `{"issuers":[{"issuer":"https://login.example.com/{tenant}/v2.0","audiences":["orders-api"],"jwks":` + josetest.Set(rsaKey) + more + `}]}`
	}
	tests := []struct {
		name, config, issuer string
		want                 policy.Reason
	}{
		{"any tenant", config(""), "https://login.example.com/acme-1/v2.0", ReasonTokenAccepted},
		{"no tenant", config(""), "https://login.example.com//v2.0", ReasonIssuerUnknown},
		{"tenant with a slash", config(""), "https://login.example.com/a/b/v2.0", ReasonIssuerUnknown},
		{"tenant with a question mark", config(""), "https://login.example.com/a?/v2.0", ReasonIssuerUnknown},
		{"the placeholder itself", config(""), "https://login.example.com/{tenant}/v2.0", ReasonIssuerUnknown},
		{"more behind it", config(""), "https://login.example.com/acme/v2.0/", ReasonIssuerUnknown},
		{"tenant that is listed", config(`,"tenants":["acme","b"]`), "https://login.example.com/acme/v2.0", ReasonTokenAccepted},
		{"tenant that is not", config(`,"tenants":["acme","b"]`), "https://login.example.com/c/v2.0", ReasonIssuerUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newEngine(t, tt.config).Decide(request("GET", "/orders", "Bearer "+rsaKey.Token(claims("iss", `"`+tt.issuer+`"`))))
			if d.Reason != tt.want {
				t.Errorf("%s, want %s", d.Reason, tt.want)
			}
		})
	}
}

func TestSourcesAndHeaders(t *testing.T) {
	engine := newEngine(t, oneIssuer("", `"forward_token":false`,
		`"token_sources":[{"header":"authorization"},{"cookie":"access"},{"query":"access_token"}]`,
		`"claims_to_headers":[{"name":"X-User","claim":"sub"},{"name":"x-roles","claim":"realm_access.roles"}]`,
		`"routes":[{"match":{"path":{"prefix":"/open"}},"allow_anonymous":true}]`))
	token := rsaKey.Token(claims("realm_access", `{"roles":["a","b"]}`))
	with := func(path string, headers ...policy.Header) *policy.Request {
		r := request("GET", path)
		r.Headers = append(r.Headers, headers...)
		return r
	}
	tests := []struct {
		name        string
		request     *policy.Request
		want        policy.Reason
		remove, set string
	}{
		{"header", with("/a", policy.Header{Name: "authorization", Value: "Bearer " + token}), ReasonTokenAccepted, "authorization", "x-user=user-17 x-roles=a,b"},
		{"cookie", with("/a", policy.Header{Name: "cookie", Value: "a=1; access=" + token + "; b=2"}), ReasonTokenAccepted, "", "cookie=a=1; b=2 x-user=user-17 x-roles=a,b"},
		{"query", with("/a?x=1&access_token=" + token), ReasonTokenAccepted, "", ":path=/a?x=1 x-user=user-17 x-roles=a,b"},
		{"two places", with("/a?access_token="+token, policy.Header{Name: "authorization", Value: "Bearer " + token}), ReasonAuthorizationRepeated, "", ""},
		{"forged header with a token", with("/a", policy.Header{Name: "authorization", Value: "Bearer " + token}, policy.Header{Name: "x-user", Value: "root"}), ReasonTokenAccepted, "authorization x-user", "x-user=user-17 x-roles=a,b"},
		{"forged header without a token", with("/open", policy.Header{Name: "x-user", Value: "root"}, policy.Header{Name: "x-roles", Value: "admin"}), ReasonAnonymousAllowed, "x-user x-roles", ""},
		{"nothing", with("/a"), ReasonTokenMissing, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := engine.Decide(tt.request)
			var set []string
			for _, h := range d.SetHeaders {
				set = append(set, h.Name+"="+h.Value)
			}
			if d.Reason != tt.want || strings.Join(d.RemoveHeaders, " ") != tt.remove || strings.Join(set, " ") != tt.set {
				t.Errorf("%s, remove %q, set %q; want %s, %q, %q", d.Reason, d.RemoveHeaders, set, tt.want, tt.remove, tt.set)
			}
		})
	}
}

func TestTheCacheIsBoundedAndForgetsNothingThatMatters(t *testing.T) {
	engine := newEngine(t, oneIssuer("", `"token_cache":{"entries":4}`))
	verified := 0
	tokens := make([]string, 20)
	for i := range tokens {
		tokens[i] = rsaKey.Token(claims("jti", fmt.Sprintf("%q", fmt.Sprint(i))))
	}
	for range 3 {
		for _, token := range tokens {
			if d := engine.Decide(request("GET", "/a", "Bearer "+token)); d.Reason != ReasonTokenAccepted {
				t.Fatal(d.Reason)
			}
			verified++
		}
	}
	if len(engine.cache.at) != 4 || len(engine.cache.entries) != 4 {
		t.Errorf("%d tokens in %d entries, want 4", len(engine.cache.at), len(engine.cache.entries))
	}
	last := request("GET", "/a", "Bearer "+tokens[19])
	if engine.cache.find(tokens[19]) == nil {
		t.Error("the last token is not remembered")
	}
	last.Now = time.Unix(testNow+700, 0)
	if d := engine.Decide(last); d.Reason != ReasonTokenExpired {
		t.Errorf("a remembered token that ended: %s", d.Reason)
	}
	last.Now = time.Unix(testNow, 0)
	changed := tokens[19][:len(tokens[19])-2] + "AA"
	if d := engine.Decide(request("GET", "/a", "Bearer "+changed)); d.Reason != ReasonSignatureInvalid && d.Reason != ReasonTokenMalformed {
		t.Errorf("a remembered token with another signature: %s", d.Reason)
	}
	if engine.cache.find(changed) != nil {
		t.Error("a token that nobody signed is remembered")
	}
}

func TestGRPCAndPreflightAndMetadata(t *testing.T) {
	engine := newEngine(t, oneIssuer("", `"allow_cors_preflight":true`,
		`"resource_metadata":{"resource":"https://api.example.com/","authorization_servers":["`+testIssuer+`"]}`))
	grpc := request("POST", "/orders.Orders/Get")
	grpc.Headers = append(grpc.Headers, policy.Header{Name: "content-type", Value: "application/grpc"})
	d := engine.Decide(grpc)
	if status, _ := d.Response.Headers.First("grpc-status"); d.Response.Status != 200 || status != "16" {
		t.Errorf("gRPC: %d with grpc-status %q, want 200 and 16", d.Response.Status, status)
	}
	preflight := request("OPTIONS", "/orders")
	preflight.Headers = append(preflight.Headers, policy.Header{Name: "origin", Value: "https://a.example"}, policy.Header{Name: "access-control-request-method", Value: "GET"})
	if d := engine.Decide(preflight); d.Reason != ReasonPreflightAllowed || d.Outcome != policy.Allow {
		t.Errorf("preflight: %s", d.Reason)
	}
	d = engine.Decide(request("GET", "/.well-known/oauth-protected-resource"))
	if d.Response.Status != 200 || !strings.Contains(string(d.Response.Body), `"authorization_servers":["`+testIssuer+`"]`) {
		t.Errorf("metadata: %d %s", d.Response.Status, d.Response.Body)
	}
	d = engine.Decide(request("GET", "/orders"))
	if challenge, _ := d.Response.Headers.First("www-authenticate"); !strings.Contains(challenge, `resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"`) {
		t.Errorf("challenge %s names no metadata", challenge)
	}
}
