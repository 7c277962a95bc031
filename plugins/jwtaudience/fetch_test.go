package jwtaudience

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/dpop"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

// world stands for the proxy: shared memory, and what it knows of a connection.
type world struct {
	values map[string][]byte
	count  map[string]uint32
	random uint64
	known  map[string]string
}

func newWorld() *world {
	return &world{values: map[string][]byte{}, count: map[string]uint32{}, known: map[string]string{"request.scheme": "https"}}
}

func (w *world) Get(key string) ([]byte, uint32, bool) {
	value, ok := w.values[key]
	return value, w.count[key], ok
}

func (w *world) Set(key string, value []byte, version uint32) bool {
	if _, ok := w.values[key]; version != 0 && ok && w.count[key] != version {
		return false
	}
	w.values[key] = append([]byte(nil), value...)
	w.count[key]++
	return true
}

func (w *world) VerifySignature(string, []byte, []byte, []byte) (valid, answered bool) {
	return false, false
}

func (w *world) Random() uint64 { w.random++; return w.random }
func (w *world) Now() time.Time { return time.Unix(testNow, 0) }

func (w *world) Attribute(path ...string) ([]byte, bool) {
	value, ok := w.known[strings.Join(path, ".")]
	return []byte(value), ok
}

// inWorld is an engine in a world.
func inWorld(t *testing.T, document string) (*Engine, *world) {
	t.Helper()
	w := newWorld()
	e := newEngine(t, document)
	e.UseHost(w)
	return e, w
}

func answered(id uint64, status int, body string) *policy.Answer {
	return &policy.Answer{ID: id, Headers: policy.Headers{{Name: ":status", Value: fmt.Sprint(status)}, {Name: "content-type", Value: "application/json"}}, Body: []byte(body), Size: len(body)}
}

// fetched is a configuration of one issuer whose keys are fetched.
func fetched(members string) string {
	return `{"max_wait":"2s","issuers":[{"issuer":"` + testIssuer + `","audiences":["orders-api"],` + members + `}]}`
}

const jwksURI = `"jwks_uri":{"uri":"` + testIssuer + `/keys","cluster":"idp","max_stale":"1h"}`

// TestKeysAreFetched goes through the life of an issuer's keys.
func TestKeysAreFetched(t *testing.T) {
	engine, _ := inWorld(t, fetched(jwksURI))
	good := request("GET", "/orders", "Bearer "+rsaKey.Token(claims()))
	ask := func(r *policy.Request, after time.Duration) policy.Decision {
		r.Now = time.Unix(testNow, 0).Add(after)
		return engine.Decide(r)
	}

	d := ask(good, 0)
	if d.Outcome != policy.Wait || d.WaitAtMost != 2*time.Second || len(d.Work.Calls) != 1 {
		t.Fatalf("before the first fetch: %s with %d calls, want to wait with one", d.Outcome, len(d.Work.Calls))
	}
	call := d.Work.Calls[0]
	path, _ := call.Headers.First(":path")
	authority, _ := call.Headers.First(":authority")
	if call.Cluster != "idp" || path != "/keys" || authority != "idp.example.com" {
		t.Errorf("call = %+v", call)
	}
	if d := ask(good, 0); d.Outcome != policy.Wait || len(d.Work.Calls) != 0 {
		t.Errorf("second request: %s with %d calls, want to wait with none", d.Outcome, len(d.Work.Calls))
	}
	engine.Answer(good.Now, answered(call.ID, 200, josetest.Set(rsaKey)))
	if d := ask(good, time.Second); d.Reason != ReasonTokenAccepted {
		t.Errorf("after the fetch: %s", d.Reason)
	}

	// Another key is asked for once, whoever asks.
	other := request("GET", "/orders", "Bearer "+ecKey.Token(claims()))
	d = ask(other, 40*time.Second)
	if d.Outcome != policy.Wait || len(d.Work.Calls) != 1 {
		t.Fatalf("unknown key: %s with %d calls, want to wait with one", d.Outcome, len(d.Work.Calls))
	}
	engine.Answer(other.Now, answered(d.Work.Calls[0].ID, 200, josetest.Set(rsaKey, edKey)))
	for range 3 {
		if d := ask(other, 41*time.Second); d.Reason != ReasonKeyUnknown || len(d.Work.Calls) != 0 {
			t.Errorf("key that is not there: %s with %d calls, want key_unknown with none", d.Reason, len(d.Work.Calls))
		}
	}

	// The issuer takes the first key back: what was verified with it is no more.
	d = ask(other, 100*time.Second)
	if len(d.Work.Calls) != 1 {
		t.Fatalf("%d calls after the interval, want one", len(d.Work.Calls))
	}
	engine.Answer(other.Now, answered(d.Work.Calls[0].ID, 200, josetest.Set(ecKey)))
	if d := ask(other, 101*time.Second); d.Reason != ReasonTokenAccepted {
		t.Errorf("new key: %s", d.Reason)
	}
	if d := ask(good, 101*time.Second); d.Reason != ReasonKeyUnknown {
		t.Errorf("remembered token whose key is gone: %s", d.Reason)
	}
}

func TestKeysThatCannotBeHad(t *testing.T) {
	engine, _ := inWorld(t, fetched(jwksURI))
	r := request("GET", "/orders", "Bearer "+rsaKey.Token(claims()))
	call := engine.Decide(r).Work.Calls[0]
	w := engine.Answer(r.Now, &policy.Answer{ID: call.ID, Failed: true})
	if len(w.Messages) != 1 || w.Messages[0] != "issuers[0]: keys: unreachable, failures in a row: 1" || len(w.Count) != 1 {
		t.Errorf("work = %+v, want a message and a count", w)
	}
	d := engine.Decide(r)
	if after, _ := d.Response.Headers.First("retry-after"); d.Reason != ReasonKeysUnavailable || d.Response.Status != 503 || after == "" {
		t.Errorf("%s, %d, retry-after %q; want keys_unavailable, 503 and a time", d.Reason, d.Response.Status, after)
	}

	late, _ := inWorld(t, fetched(jwksURI))
	late.Decide(r)
	r.Overdue = true
	if d := late.Decide(r); d.Reason != ReasonKeysUnavailable {
		t.Errorf("overdue: %s", d.Reason)
	}
}

func TestInlineKeysNeedNoFetch(t *testing.T) {
	engine, _ := inWorld(t, fetched(`"jwks":`+josetest.Set(rsaKey)+`,`+jwksURI))
	if d := engine.Decide(request("GET", "/orders", "Bearer "+rsaKey.Token(claims()))); d.Reason != ReasonTokenAccepted {
		t.Errorf("%s", d.Reason)
	}
}

func TestDiscovery(t *testing.T) {
	engine, _ := inWorld(t, fetched(`"discovery":{"cluster":"idp"}`))
	r := request("GET", "/orders", "Bearer "+rsaKey.Token(claims()))
	call := engine.Decide(r).Work.Calls[0]
	if path, _ := call.Headers.First(":path"); path != "/.well-known/openid-configuration" {
		t.Errorf("path = %s", path)
	}
	w := engine.Answer(r.Now, answered(call.ID, 200, `{"issuer":"`+testIssuer+`","jwks_uri":"`+testIssuer+`/k"}`))
	if len(w.Calls) != 1 {
		t.Fatalf("%d calls after the metadata, want one: %v", len(w.Calls), w.Messages)
	}
	engine.Answer(r.Now, answered(w.Calls[0].ID, 200, josetest.Set(rsaKey)))
	if d := engine.Decide(r); d.Reason != ReasonTokenAccepted {
		t.Errorf("%s", d.Reason)
	}
}

func TestIntrospection(t *testing.T) {
	engine, _ := inWorld(t, fetched(`"jwks":`+josetest.Set(rsaKey)+`,"introspection":{"endpoint":"`+testIssuer+`/introspect","cluster":"idp","client_id":"gw","client_secret":"s3cret"}`))
	tests := []struct {
		name, token, answer string
		want                policy.Reason
	}{
		{"active", "opaque-1", `{"active":true,"aud":"orders-api","sub":"user-17","client_id":"shop","scope":"orders:read"}`, ReasonTokenAccepted},
		{"inactive", "opaque-2", `{"active":false}`, ReasonTokenInactive},
		{"for another audience", "opaque-3", `{"active":true,"aud":"billing-api"}`, ReasonAudienceMismatch},
		{"of another issuer", "opaque-4", `{"active":true,"aud":"orders-api","iss":"https://other.example.com"}`, ReasonIssuerUnknown},
		{"a refresh token", "opaque-5", `{"active":true,"aud":"orders-api","token_use":"refresh_token"}`, ReasonKindNotAccepted},
		{"garbage", "opaque-6", `{"active":"true"}`, ReasonIntrospectionFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request("GET", "/orders", "Bearer "+tt.token)
			d := engine.Decide(r)
			if d.Outcome != policy.Wait || len(d.Work.Calls) != 1 {
				t.Fatalf("%s with %d calls, want to wait with one", d.Outcome, len(d.Work.Calls))
			}
			engine.Answer(r.Now, answered(d.Work.Calls[0].ID, 200, tt.answer))
			if d := engine.Decide(r); d.Reason != tt.want {
				t.Errorf("%s, want %s", d.Reason, tt.want)
			}
		})
	}
	if d := engine.Decide(request("GET", "/orders", "Bearer "+rsaKey.Token(claims()))); d.Reason != ReasonTokenAccepted {
		t.Errorf("a JWT beside it: %s", d.Reason)
	}
}

func TestARevocationListIsWaitedFor(t *testing.T) {
	engine, _ := inWorld(t, oneIssuer("", `"revocation":{"fetch":[{"uri":"https://idp.example.com/revoked","cluster":"idp"}]}`))
	r := request("GET", "/orders", "Bearer "+rsaKey.Token(claims()))
	d := engine.Decide(r)
	if d.Outcome != policy.Wait || len(d.Work.Calls) != 1 {
		t.Fatalf("%s with %d calls, want to wait with one", d.Outcome, len(d.Work.Calls))
	}
	engine.Answer(r.Now, answered(d.Work.Calls[0].ID, 200, `{"jti":["7b1c"]}`))
	if d := engine.Decide(r); d.Reason != ReasonTokenRevoked {
		t.Errorf("%s", d.Reason)
	}
	overdue, _ := inWorld(t, oneIssuer("", `"revocation":{"fetch":[{"uri":"https://idp.example.com/revoked","cluster":"idp"}]}`))
	r.Overdue = true
	if d := overdue.Decide(r); d.Reason != ReasonRevocationUnknown || d.Response.Status != 503 {
		t.Errorf("%s, %d", d.Reason, d.Response.Status)
	}
}

// boundTo are the claims of a token that is bound.
func boundTo(member, value string) string { return claims("cnf", `{"`+member+`":"`+value+`"}`) }

func TestCertificateBinding(t *testing.T) {
	sum := sha256.Sum256([]byte("a certificate"))
	thumbprint := base64.RawURLEncoding.EncodeToString(sum[:])
	other := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	tests := []struct {
		name, config, claims string
		certificate          bool
		want                 policy.Reason
	}{
		{"bound to the certificate", oneIssuer(""), boundTo("x5t#S256", thumbprint), true, ReasonTokenAccepted},
		{"bound to another", oneIssuer(""), boundTo("x5t#S256", other), true, ReasonCertificateMismatch},
		{"no certificate", oneIssuer(""), boundTo("x5t#S256", thumbprint), false, ReasonCertificateMismatch},
		{"not bound, not asked for", oneIssuer(""), claims(), true, ReasonTokenAccepted},
		{"not bound, asked for", oneIssuer(`,"binding":"mtls"`), claims(), true, ReasonBindingMissing},
		{"bound, asked for", oneIssuer(`,"binding":"mtls"`), boundTo("x5t#S256", thumbprint), true, ReasonTokenAccepted},
		{"bound, any asked for", oneIssuer(`,"binding":"any"`), boundTo("x5t#S256", thumbprint), true, ReasonTokenAccepted},
		{"a number for a thumbprint", oneIssuer(""), claims("cnf", `{"x5t#S256":1}`), true, ReasonClaimMalformed},
		{"a confirmation that is text", oneIssuer(""), claims("cnf", `"x"`), true, ReasonClaimMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			engine, w := inWorld(t, tt.config)
			if tt.certificate {
				w.known["connection.sha256_peer_certificate_digest"] = hex.EncodeToString(sum[:])
			}
			r := request("GET", "/orders", "Bearer "+rsaKey.Token(tt.claims))
			r.Attributes = w
			if d := engine.Decide(r); d.Reason != tt.want {
				t.Errorf("%s, want %s", d.Reason, tt.want)
			}
		})
	}
}

// proofOf makes a proof by DPoP for GET https://api.example.com/orders.
func proofOf(key *josetest.Key, token string, change ...string) string {
	members := map[string]string{
		"jti": `"1"`, "htm": `"GET"`, "htu": `"https://api.example.com/orders"`, "iat": fmt.Sprint(testNow), "ath": `"` + dpop.Hash(token) + `"`,
	}
	for i := 0; i < len(change); i += 2 {
		members[change[i]] = change[i+1]
	}
	payload := "{"
	for _, name := range []string{"jti", "htm", "htu", "iat", "ath", "nonce"} {
		if members[name] != "" {
			payload += `"` + name + `":` + members[name] + ","
		}
	}
	return key.Sign(`{"typ":"dpop+jwt","alg":"ES256","jwk":`+key.BareJWK()+`}`, strings.TrimSuffix(payload, ",")+"}")
}

func TestKeyBinding(t *testing.T) {
	client := josetest.New("ES256", "client")
	thumbprint := thumbprintOf(t, client)
	token := rsaKey.Token(boundTo("jkt", thumbprint))
	tests := []struct {
		name, config, authorization, proof string
		want                               policy.Reason
	}{
		{"with a proof", oneIssuer(`,"binding":"dpop"`), "DPoP " + token, proofOf(client, token), ReasonTokenAccepted},
		{"without", oneIssuer(`,"binding":"dpop"`), "DPoP " + token, "", dpop.ReasonMissing},
		{"as a bearer token", oneIssuer(`,"binding":"dpop"`), "Bearer " + token, proofOf(client, token), ReasonDPoPScheme},
		{"as a bearer token where nothing is asked for", oneIssuer(""), "Bearer " + token, "", ReasonDPoPScheme},
		{"proof by another key", oneIssuer(`,"binding":"dpop"`), "DPoP " + token, proofOf(josetest.New("ES256", "thief"), token), dpop.ReasonBinding},
		{"proof for another token", oneIssuer(`,"binding":"dpop"`), "DPoP " + token, proofOf(client, "other"), dpop.ReasonToken},
		{"proof for another path", oneIssuer(`,"binding":"dpop"`), "DPoP " + token, proofOf(client, token, "htu", `"https://api.example.com/admin"`), dpop.ReasonURI},
		{"old proof", oneIssuer(`,"binding":"dpop"`), "DPoP " + token, proofOf(client, token, "iat", fmt.Sprint(testNow-100)), dpop.ReasonTime},
		{"a bearer token where proofs are asked for", oneIssuer(`,"binding":"dpop"`), "Bearer " + rsaKey.Token(claims()), "", ReasonBindingMissing},
		{"an unbound token with the scheme", oneIssuer(`,"binding":"any"`), "DPoP " + rsaKey.Token(claims()), "", ReasonBindingMissing},
		{"no nonce", oneIssuer(`,"binding":"dpop"`, `"dpop":{"require_nonce":true}`), "DPoP " + token, proofOf(client, token), dpop.ReasonNonce},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			engine, w := inWorld(t, tt.config)
			r := request("GET", "/orders", tt.authorization)
			r.Attributes = w
			if tt.proof != "" {
				r.Headers = append(r.Headers, policy.Header{Name: "dpop", Value: tt.proof})
			}
			d := engine.Decide(r)
			if d.Reason != tt.want {
				t.Fatalf("%s, want %s", d.Reason, tt.want)
			}
			if tt.want == ReasonTokenAccepted {
				if d := engine.Decide(r); d.Reason != dpop.ReasonReplayed {
					t.Errorf("the same proof again: %s, want dpop_replayed", d.Reason)
				}
			}
			if tt.want != dpop.ReasonNonce {
				return
			}
			nonce, _ := d.Response.Headers.First("dpop-nonce")
			r.Headers[len(r.Headers)-1].Value = proofOf(client, token, "nonce", `"`+nonce+`"`)
			if d := engine.Decide(r); nonce == "" || d.Reason != ReasonTokenAccepted {
				t.Errorf("with the nonce %q: %s", nonce, d.Reason)
			}
		})
	}
}

func thumbprintOf(t *testing.T, key *josetest.Key) string {
	t.Helper()
	set, err := jose.ParseKeySet(josetest.Set(key))
	if err != nil {
		t.Fatal(err)
	}
	return set.Keys()[0].Thumbprint()
}
