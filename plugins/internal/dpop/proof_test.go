package dpop

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/slot"
)

// memory is a Store for one thread.
type memory map[string]struct {
	value   []byte
	version uint32
}

func (m memory) Get(key string) ([]byte, uint32, bool) {
	v, ok := m[key]
	return v.value, v.version, ok
}

func (m memory) Set(key string, value []byte, version uint32) bool {
	v, ok := m[key]
	if ok && version != 0 && version != v.version {
		return false
	}
	v.value, v.version = append([]byte(nil), value...), v.version+1
	m[key] = v
	return true
}

func seen(t testing.TB, slots, entries int) *slot.Table {
	t.Helper()
	table, err := slot.New(memory{}, slot.Config{Prefix: "jti", Slots: slots, Entries: entries})
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Start([16]byte{1}); err != nil {
		t.Fatal(err)
	}
	return table
}

const token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"

var (
	now     = time.Unix(1_562_262_618, 0)
	client  = josetest.New("ES256", "client")
	another = josetest.New("ES256", "another")
)

func thumbprint(key *josetest.Key) string {
	set, err := jose.ParseKeySet(josetest.Set(key))
	if err != nil {
		panic(err)
	}
	return set.Keys()[0].Thumbprint()
}

func header(key *josetest.Key) string {
	return fmt.Sprintf(`{"typ":"dpop+jwt","alg":%q,"jwk":%s}`, key.Algorithm, key.BareJWK())
}

func payload(id string, issued time.Time) string {
	return fmt.Sprintf(`{"jti":%q,"htm":"GET","htu":"https://api.example.com/orders","iat":%d,"ath":%q}`, id, issued.Unix(), Hash(token))
}

// proof signs a good proof after replacing parts of it, in pairs of what is there
// and what is to be, the same ones in header and payload.
func proof(key *josetest.Key, id string, replace ...string) string {
	r := strings.NewReplacer(replace...)
	return key.Sign(r.Replace(header(key)), r.Replace(payload(id, now)))
}

func want() *Want {
	return &Want{
		Method: "GET", URI: "https://api.example.com/orders?page=2", AccessToken: token, Thumbprint: thumbprint(client),
		Now: now, MaxAge: time.Minute, ClockSkew: 5 * time.Second, Algorithms: jose.AllAlgorithms(),
	}
}

// TestRFC9449Examples verifies the proofs that the RFC prints, and that none is
// good with one character changed, for every seventh character.
func TestRFC9449Examples(t *testing.T) {
	const jwk = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
	const jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" // Section 6.1
	tests := []struct {
		name, proof, method, uri string
		issued                   int64
		// bound says that the proof came with an access token.
		bound bool
	}{
		{"Section 5: token request", jwk + ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
			"POST", "https://server.example.com/token", 1562262616, false},
		{"Section 5: refresh request", jwk + ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjY1Mjk2fQ.pAqut2IRDm_De6PR93SYmGBPXpwrAk90e8cP2hjiaG5QsGSuKDYW7_X620BxqhvYC8ynrrvZLTk41mSRroapUA",
			"POST", "https://server.example.com/token", 1562265296, false},
		{"Section 7.1: protected resource", jwk + ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
			"GET", "https://resource.example.org/protectedresource", 1562262618, true},
	}
	if len(tests) != 3 {
		t.Fatalf("%d examples, want 3", len(tests))
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := want()
			w.Method, w.URI, w.Thumbprint, w.Now = test.method, test.uri, jkt, time.Unix(test.issued, 0)
			w.Algorithms = jose.Algorithms(0).With(jose.ES256)
			if test.bound {
				if got, reason := Verify(test.proof, w); got != jkt || reason != "" {
					t.Errorf("Verify = %q, %q, want %q", got, reason, jkt)
				}
			} else {
				// Without an access token there is no hash of it to hold it against.
				if _, reason := Verify(test.proof, w); reason != ReasonClaims {
					t.Errorf("Verify = %q, want %q", reason, ReasonClaims)
				}
				signed, key, err := jose.ParseProof(test.proof)
				if err != nil {
					t.Fatal(err)
				}
				if err := signed.VerifyKey(key, w.Algorithms, nil); err != nil || key.Thumbprint() != jkt {
					t.Errorf("VerifyKey = %v, thumbprint %q, want %q", err, key.Thumbprint(), jkt)
				}
			}
			for i := 0; i < len(test.proof); i += 7 {
				other := byte('A')
				if test.proof[i] == other {
					other = 'B'
				}
				if _, reason := Verify(test.proof[:i]+string(other)+test.proof[i+1:], w); reason == "" {
					t.Fatalf("accepted with character %d changed", i)
				}
			}
		})
	}
}

// TestRules breaks the rules of RFC 9449, Section 4.3 one after the other.
func TestRules(t *testing.T) {
	rsaKey := josetest.New("PS256", "rsa")
	large := fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, josetest.Encode("\x80"+strings.Repeat("\x01", 512)))
	tests := []struct {
		name  string
		proof string
		edit  func(*Want)
		want  policy.Reason
	}{
		{"a good proof", proof(client, "1"), nil, ""},
		{"2: nothing", "", nil, ReasonMalformed},
		{"2: no JWT", "proof", nil, ReasonMalformed},
		{"2: two proofs in one field", proof(client, "1") + "," + proof(client, "2"), nil, ReasonMalformed},
		{"2: padding", proof(client, "1") + "=", nil, ReasonMalformed},
		{"2: two members of one name", proof(client, "1", `"htm":`, `"htm":"GET","htm":`), nil, ReasonMalformed},
		{"2: two keys", proof(client, "1", `"jwk":`, `"jwk":{},"jwk":`), nil, ReasonMalformed},
		{"2: critical extension", proof(client, "1", `"typ":`, `"crit":["exp"],"typ":`), nil, ReasonMalformed},
		{"2: payload that is no object", client.Sign(header(client), `"jti"`), nil, ReasonMalformed},
		{"2: larger than a proof can be", proof(client, strings.Repeat("1", MaxProofSize)), nil, ReasonTooLarge},
		{"3: no jti", proof(client, "1", `"jti"`, `"x"`), nil, ReasonClaims},
		{"3: empty jti", proof(client, ""), nil, ReasonClaims},
		{"3: jti that is a number", proof(client, "1", `"jti":"1"`, `"jti":1`), nil, ReasonClaims},
		{"3: no htm", proof(client, "1", `"htm"`, `"x"`), nil, ReasonClaims},
		{"3: no htu", proof(client, "1", `"htu"`, `"x"`), nil, ReasonClaims},
		{"3: htu that is a list", proof(client, "1", `"https://api.example.com/orders"`, `["https://api.example.com/orders"]`), nil, ReasonClaims},
		{"3: no iat", proof(client, "1", `"iat"`, `"x"`), nil, ReasonClaims},
		{"3: iat that is a string", proof(client, "1", "1562262618", `"1562262618"`), nil, ReasonClaims},
		{"3: no ath", proof(client, "1", `"ath"`, `"x"`), nil, ReasonClaims},
		{"3: nonce that is a number", proof(client, "1", `"jti"`, `"nonce":1,"jti"`), nil, ReasonClaims},
		{"4: no typ", proof(client, "1", `"typ":"dpop+jwt",`, ``), nil, ReasonType},
		{"4: typ of any JWT", proof(client, "1", `dpop+jwt`, `JWT`), nil, ReasonType},
		{"4: typ of an access token", proof(client, "1", `dpop+jwt`, `at+jwt`), nil, ReasonType},
		{"5: none", proof(client, "1", `"ES256"`, `"none"`), nil, ReasonAlgorithm},
		{"5: none without a signature", josetest.Encode(strings.Replace(header(client), "ES256", "none", 1)) + "." + josetest.Encode(payload("1", now)) + ".", nil, ReasonMalformed},
		{"5: symmetric", proof(client, "1", `"ES256"`, `"HS256"`), nil, ReasonAlgorithm},
		{"5: one that is not allowed", proof(client, "1"), func(w *Want) { w.Algorithms = jose.Algorithms(0).With(jose.PS256) }, ReasonAlgorithm},
		{"6: no key", proof(client, "1", `"jwk":`, `"x":`), nil, ReasonKey},
		{"6: key of another algorithm", client.Sign(fmt.Sprintf(`{"typ":"dpop+jwt","alg":"ES256","jwk":%s}`, rsaKey.BareJWK()), payload("1", now)), nil, ReasonKey},
		{"6: RSA key beyond the bound", client.Sign(fmt.Sprintf(`{"typ":"dpop+jwt","alg":"PS256","jwk":%s}`, large), payload("1", now)), nil, ReasonKey},
		{"6: signed with another key", another.Sign(header(client), payload("1", now)), nil, ReasonSignature},
		{"7: private key", client.Sign(fmt.Sprintf(`{"typ":"dpop+jwt","alg":"ES256","jwk":%s}`, client.BareJWK(`"d":"AAAA"`)), payload("1", now)), nil, ReasonPrivateKey},
		{"7: symmetric key", client.Sign(`{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"oct","k":"AAAA"}}`, payload("1", now)), nil, ReasonPrivateKey},
		{"8: another method", proof(client, "1", `"GET"`, `"POST"`), nil, ReasonMethod},
		{"8: method in another case", proof(client, "1", `"GET"`, `"get"`), nil, ReasonMethod},
		{"9: another path", proof(client, "1", `/orders`, `/orders/1`), nil, ReasonURI},
		{"9: another host", proof(client, "1", `api.example`, `www.example`), nil, ReasonURI},
		{"9: another scheme", proof(client, "1", `https:`, `http:`), nil, ReasonURI},
		{"9: another port", proof(client, "1", `.com/`, `.com:8443/`), nil, ReasonURI},
		{"9: only a path", proof(client, "1", `https://api.example.com`, ``), nil, ReasonURI},
		{"9: spelt otherwise, with a query", proof(client, "1", `https://api.example.com/orders`, `HTTPS://API.example.com:443/x/../%6frders?q=1#f`), nil, ""},
		{"11: as old as may be", client.Sign(header(client), payload("1", now.Add(-time.Minute))), nil, ""},
		{"11: too old", client.Sign(header(client), payload("1", now.Add(-time.Minute-time.Second))), nil, ReasonTime},
		{"11: as far ahead as may be", client.Sign(header(client), payload("1", now.Add(5*time.Second))), nil, ""},
		{"11: too far ahead", client.Sign(header(client), payload("1", now.Add(6*time.Second))), nil, ReasonTime},
		{"11: beyond any date", proof(client, "1", "1562262618", "1e300"), nil, ReasonClaims},
		{"12: another access token", proof(client, "1"), func(w *Want) { w.AccessToken = "other" }, ReasonToken},
		{"12: no access token", proof(client, "1"), func(w *Want) { w.AccessToken = "" }, ReasonToken},
		{"12: hash in another case", proof(client, "1", Hash(token), strings.ToUpper(Hash(token))), nil, ReasonToken},
		{"12: token of another key", proof(another, "1"), nil, ReasonBinding},
		{"12: token of no key", proof(client, "1"), func(w *Want) { w.Thumbprint = "" }, ReasonBinding},
		{"12: RSA key", proof(rsaKey, "1"), func(w *Want) { w.Thumbprint = thumbprint(rsaKey) }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := want()
			if test.edit != nil {
				test.edit(w)
			}
			got, reason := Verify(test.proof, w)
			if reason != test.want {
				t.Errorf("Verify = %q, want %q", reason, test.want)
			}
			if (got != "") != (reason == "") {
				t.Errorf("thumbprint %q with reason %q", got, reason)
			}
		})
	}
	if large := new(big.Int).SetBytes([]byte("\x80" + strings.Repeat("\x01", 512))); large.BitLen() != 4104 {
		t.Errorf("the large key has %d bits", large.BitLen())
	}
}

// TestAttacks goes through RFC 9449, Section 11, each class as far as a resource
// server can do something about it. 11.4 (code in the client's own context),
// 11.9 and 11.11 (the authorization server) are not among them.
func TestAttacks(t *testing.T) {
	nonces, err := NewNonces([32]byte{1}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	with := func(nonce string) []string { return []string{`"jti":`, `"nonce":"` + nonce + `","jti":`} }
	type step struct {
		proof string
		edit  func(*Want)
		want  policy.Reason
	}
	later := func(d time.Duration) func(*Want) { return func(w *Want) { w.Now = w.Now.Add(d) } }
	nonce := func(w *Want) { w.Nonces = nonces }
	tests := []struct {
		name  string
		steps []step
	}{
		{"11.1 replay", []step{{proof(client, "1"), nil, ""}, {proof(client, "1"), nil, ReasonReplayed}, {proof(client, "2"), nil, ""}}},
		{"11.1 replay at the last moment", []step{{proof(client, "1"), nil, ""}, {proof(client, "1"), later(time.Minute), ReasonReplayed}, {proof(client, "1"), later(time.Minute + 1), ReasonTime}}},
		{"11.1 replay of a proof from a fast clock", []step{
			{client.Sign(header(client), payload("1", now.Add(5*time.Second))), nil, ""},
			{client.Sign(header(client), payload("1", now.Add(5*time.Second))), later(65 * time.Second), ReasonReplayed},
		}},
		{"11.1 replay with another signature of the same id", []step{{proof(client, "1"), nil, ""}, {proof(client, "1", `"htm"`, `"x":1,"htm"`), nil, ReasonReplayed}}},
		{"11.1 one client's id does not use up another's", []step{{proof(client, "1"), nil, ""}, {proof(another, "1"), func(w *Want) { w.Thumbprint = thumbprint(another) }, ""}}},
		{"11.1 a proof that is refused uses up nothing", []step{{proof(client, "1"), func(w *Want) { w.Method = "POST" }, ReasonMethod}, {proof(client, "1"), nil, ""}}},
		{"11.2 proof made in advance", []step{{client.Sign(header(client), payload("1", now.Add(time.Hour))), nil, ReasonTime}}},
		{"11.2 proof made in advance, without the nonce of its time", []step{
			{proof(client, "1", with(nonces.Issue(now.Add(-2*time.Minute)))...), nonce, ReasonNonce},
			{proof(client, "1", with(nonces.Issue(now.Add(time.Minute)))...), nonce, ReasonNonce},
			{proof(client, "1", with(nonces.Issue(now))...), nonce, ""},
			{proof(client, "2", with(nonces.Issue(now.Add(-time.Minute)))...), nonce, ""},
		}},
		{"11.3 nonce left out", []step{{proof(client, "1"), nonce, ReasonNonce}}},
		{"11.3 nonce made up", []step{{proof(client, "1", with("made-up")...), nonce, ReasonNonce}}},
		{"11.5 access token for a proof", []step{{client.Token(payload("1", now)), nil, ReasonKey}}},
		{"11.5 another JWT of the client's", []step{{proof(client, "1", "dpop+jwt", "client-authentication+jwt"), nil, ReasonType}}},
		{"11.6 symmetric signature keyed with the public key", []step{{proof(client, "1", `"ES256"`, `"HS256"`), nil, ReasonAlgorithm}}},
		{"11.7 request changed in method and path", []step{
			{proof(client, "1"), func(w *Want) { w.Method = "DELETE" }, ReasonMethod},
			{proof(client, "1"), func(w *Want) { w.URI = "https://api.example.com/orders/1" }, ReasonURI},
		}},
		{"11.8 proof with a token that is bound to the same key", []step{{proof(client, "1"), func(w *Want) { w.AccessToken = "other" }, ReasonToken}}},
		{"11.8 stolen token with the thief's proof", []step{{proof(another, "1"), nil, ReasonBinding}}},
		{"11.10 hash of another function", []step{{proof(client, "1", Hash(token), josetest.Encode(strings.Repeat("h", 64))), nil, ReasonToken}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			table := seen(t, 4, 8)
			for i, step := range test.steps {
				w := want()
				w.Seen = table
				if step.edit != nil {
					step.edit(w)
				}
				if _, reason := Verify(step.proof, w); reason != step.want {
					t.Errorf("step %d: %q, want %q", i, reason, step.want)
				}
			}
		})
	}
}

// TestMemoryOfProofs: what cannot be remembered is refused.
func TestMemoryOfProofs(t *testing.T) {
	w := want()
	w.Seen = seen(t, 1, 2)
	for i, reason := range []policy.Reason{"", "", ReasonReplayUnknown, ReasonReplayUnknown} {
		if _, got := Verify(proof(client, fmt.Sprint(i)), w); got != reason {
			t.Errorf("proof %d: %q, want %q", i, got, reason)
		}
	}
	if _, got := Verify(proof(client, "1"), w); got != ReasonReplayed {
		t.Errorf("replay in a full table: %q, want %q", got, ReasonReplayed)
	}
	w.Now = now.Add(62 * time.Second)
	if _, got := Verify(client.Sign(header(client), payload("4", w.Now)), w); got != "" {
		t.Errorf("after the others are forgotten: %q", got)
	}
	var err error
	if w.Seen, err = slot.New(memory{}, slot.Config{Prefix: "jti", Slots: 1, Entries: 1}); err != nil {
		t.Fatal(err)
	}
	if _, got := Verify(client.Sign(header(client), payload("5", w.Now)), w); got != ReasonReplayUnknown {
		t.Errorf("table that was not started: %q, want %q", got, ReasonReplayUnknown)
	}
}

func TestFind(t *testing.T) {
	field := func(values ...string) (h policy.Headers) {
		h = policy.Headers{{Name: ":method", Value: "GET"}}
		for _, v := range values {
			h = append(h, policy.Header{Name: "dpop", Value: v})
		}
		return h
	}
	tests := []struct {
		name    string
		headers policy.Headers
		proof   string
		reason  policy.Reason
	}{
		{"none", field(), "", ReasonMissing},
		{"one", field("a.b.c"), "a.b.c", ""},
		{"one with white space around it", field(" a.b.c\t"), "a.b.c", ""},
		{"empty", field(""), "", ""},
		{"two", field("a.b.c", "a.b.c"), "", ReasonRepeated},
		{"one and an empty one", field("a.b.c", ""), "", ReasonRepeated},
		{"list", field("a.b.c, d.e.f"), "", ReasonRepeated},
		{"list of one", field("a.b.c,"), "", ReasonRepeated},
	}
	for _, test := range tests {
		if proof, reason := Find(test.headers); proof != test.proof || reason != test.reason {
			t.Errorf("%s: %q, %q, want %q, %q", test.name, proof, reason, test.proof, test.reason)
		}
	}
}

func TestConfirmation(t *testing.T) {
	jkt := thumbprint(client)
	tests := []struct {
		name, claims, want string
		good               bool
	}{
		{"no cnf", `{}`, "", true},
		{"RFC 9449, Section 6.1", `{"sub":"someone@example.com","cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}`, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", true},
		{"bound otherwise", `{"cnf":{"x5t#S256":"A"}}`, "", true},
		{"bound twice", `{"cnf":{"x5t#S256":"A","jkt":"` + jkt + `"}}`, jkt, true},
		{"cnf that is null", `{"cnf":null}`, "", false},
		{"cnf that is a string", `{"cnf":"` + jkt + `"}`, "", false},
		{"jkt that is null", `{"cnf":{"jkt":null}}`, "", false},
		{"jkt that is empty", `{"cnf":{"jkt":""}}`, "", false},
		{"jkt of another length", `{"cnf":{"jkt":"` + jkt + `A"}}`, "", false},
	}
	for _, test := range tests {
		o, err := jose.ParseObject(test.claims)
		if err != nil {
			t.Fatal(err)
		}
		if got, good := Confirmation(o); got != test.want || good != test.good {
			t.Errorf("%s: %q, %v, want %q, %v", test.name, got, good, test.want, test.good)
		}
	}
}

func TestNonces(t *testing.T) {
	if _, err := NewNonces([32]byte{}, time.Second-1); err == nil {
		t.Error("a period below a second is accepted")
	}
	one, _ := NewNonces([32]byte{1}, time.Minute)
	two, _ := NewNonces([32]byte{1}, time.Minute)
	other, _ := NewNonces([32]byte{2}, time.Minute)
	longer, _ := NewNonces([32]byte{1}, 2*time.Minute)
	at := time.Unix(1_700_000_040, 0) // the start of a minute
	nonce := one.Issue(at)
	if len(nonce) != 24 || strings.ContainsAny(nonce, `"\ `) {
		t.Errorf("nonce %q, want 24 characters of RFC 9449, Section 8.1", nonce)
	}
	for _, seconds := range []int{0, 59, 60, 119} {
		if !two.accepts(at.Add(time.Duration(seconds)*time.Second), nonce) {
			t.Errorf("refused after %d s by another thread", seconds)
		}
	}
	for _, seconds := range []int{-60, -1, 120, 3600} {
		if two.accepts(at.Add(time.Duration(seconds)*time.Second), nonce) {
			t.Errorf("accepted after %d s", seconds)
		}
	}
	for name, n := range map[string]*Nonces{"another key": other, "another period": longer} {
		if n.accepts(at, nonce) {
			t.Errorf("accepted under %s", name)
		}
	}
	if one.accepts(at, "") {
		t.Error("no nonce is accepted")
	}
	if one.Issue(at.Add(30*time.Second)) != nonce || one.Issue(at.Add(60*time.Second)) == nonce {
		t.Error("a nonce does not last for its period")
	}
}
