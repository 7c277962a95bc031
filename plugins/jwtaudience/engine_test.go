package jwtaudience

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

const (
	testIssuer = "https://idp.example.com"
	// testNow is when the requests of the tests arrive.
	testNow = 2000000000
)

var (
	rsaKey  = josetest.New("RS256", "rsa")
	ecKey   = josetest.New("ES256", "ec")
	edKey   = josetest.New("EdDSA", "ed")
	partner = josetest.New("EdDSA", "partner")
	stolen  = josetest.New("EdDSA", "stolen")
)

// testConfig is the configuration of most tests: the one of the documentation
// with keys, a second issuer and a few more routes.
func testConfig() string {
	return `{"mode":"enforce",
 "issuers":[
  {"issuer":"` + testIssuer + `","audiences":["orders-api"],"jwks":` + josetest.Set(rsaKey, ecKey, edKey) + `,
   "algorithms":["RS256","ES256"],"clock_skew":"60s","max_lifetime":"1h","token_types":["at+jwt","jwt"]},
  {"issuer":"https://partner.example.com/","audiences":["partner-api","orders-api"],"jwks":` + josetest.Set(partner) + `,"token_types":["application/AT+JWT"]}],
 "routes":[
  {"match":{"path":{"prefix":"/admin"}},"audiences":["admin-api"]},
  {"match":{"path":{"exact":"/healthz"}},"allow_anonymous":true},
  {"name":"trial","match":{"path":{"prefix":"/trial"}},"mode":"shadow"}]}`
}

func newEngine(t testing.TB, document string) *Engine {
	t.Helper()
	engine, err := New([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// request makes a request at testNow. Each authorization is one field.
func request(method, path string, authorization ...string) *policy.Request {
	r := &policy.Request{
		Now:        time.Unix(testNow, 0),
		IncidentID: "1f0a-77",
		Headers: policy.Headers{{Name: ":method", Value: method}, {Name: ":path", Value: path},
			{Name: ":authority", Value: "api.example.com"}, {Name: ":scheme", Value: "https"}, {Name: "accept", Value: "*/*"}},
	}
	for _, value := range authorization {
		r.Headers = append(r.Headers, policy.Header{Name: "authorization", Value: value})
	}
	return r
}

// claims returns the claims of a good token with some replaced; a value of ""
// leaves the claim out.
func claims(change ...string) string {
	members := [][2]string{
		{"iss", `"` + testIssuer + `"`}, {"sub", `"user-17"`}, {"aud", `"orders-api"`}, {"client_id", `"shop"`},
		{"exp", fmt.Sprint(testNow + 600)}, {"iat", fmt.Sprint(testNow - 60)}, {"jti", `"7b1c"`}, {"scope", `"orders:read orders:write"`},
	}
	for i := 0; i < len(change); i += 2 {
		found := false
		for j := range members {
			if members[j][0] == change[i] {
				members[j][1], found = change[i+1], true
			}
		}
		if !found {
			members = append(members, [2]string{change[i], change[i+1]})
		}
	}
	var b strings.Builder
	for _, m := range members {
		if m[1] != "" {
			fmt.Fprintf(&b, `,%q:%s`, m[0], m[1])
		}
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func at(seconds int) string { return fmt.Sprint(testNow + seconds) }

// decisionTests name every rule. The token is for GET /orders unless path says
// otherwise.
var decisionTests = []struct {
	name  string
	path  string
	token string
	want  policy.Reason
}{
	{"good RS256 token", "", rsaKey.Token(claims()), ReasonTokenAccepted},
	{"good ES256 token", "", ecKey.Token(claims()), ReasonTokenAccepted},
	{"good token without kid", "", rsaKey.Sign(`{"alg":"RS256","typ":"at+jwt"}`, claims()), ReasonTokenAccepted},
	{"good token of the other issuer", "", partner.Token(claims("iss", `"https://partner.example.com/"`)), ReasonTokenAccepted},

	{"no JWT", "", "abc", ReasonTokenMalformed},
	{"padding", "", rsaKey.Token(claims()) + "=", ReasonTokenMalformed},
	{"four parts", "", rsaKey.Token(claims()) + ".AAAA", ReasonTokenMalformed},
	{"payload that is no JSON", "", rsaKey.Token(`hello`), ReasonTokenMalformed},
	{"payload that is a list", "", rsaKey.Token(`[` + claims() + `]`), ReasonTokenMalformed},
	{"bytes after the payload", "", rsaKey.Token(claims() + `{}`), ReasonTokenMalformed},
	{"two audiences claims", "", rsaKey.Token(`{"aud":"orders-api",` + claims("aud", `"admin-api"`)[1:]), ReasonTokenMalformed},
	{"nested token", "", rsaKey.Token(rsaKey.Token(claims())), ReasonTokenMalformed},
	{"token over the bound", "", rsaKey.Token(claims("x", `"`+strings.Repeat("x", 17000)+`"`)), ReasonTokenTooLarge},
	{"crit", "", rsaKey.Sign(`{"alg":"RS256","kid":"rsa","crit":["exp"]}`, claims()), ReasonHeaderCritical},
	{"algorithm none", "", rsaKey.Sign(`{"alg":"none","kid":"rsa"}`, claims()), ReasonAlgorithmUnsupported},
	{"algorithm HS256", "", rsaKey.Sign(`{"alg":"HS256","kid":"rsa"}`, claims()), ReasonAlgorithmUnsupported},
	{"algorithm the issuer is not allowed", "", edKey.Token(claims()), ReasonAlgorithmNotAllowed},
	{"algorithm of another issuer", "", rsaKey.Token(claims("iss", `"https://partner.example.com/"`)), ReasonKeyUnknown},

	{"no issuer", "", rsaKey.Token(claims("iss", "")), ReasonIssuerMissing},
	{"empty issuer", "", rsaKey.Token(claims("iss", `""`)), ReasonIssuerMissing},
	{"issuer with a slash more", "", rsaKey.Token(claims("iss", `"https://idp.example.com/"`)), ReasonIssuerUnknown},
	{"issuer in another case", "", rsaKey.Token(claims("iss", `"https://IDP.example.com"`)), ReasonIssuerUnknown},
	{"issuer written with an escape", "", rsaKey.Token(claims("iss", `"https:\/\/idp\u002eexample.com"`)), ReasonTokenAccepted},
	{"issuer that is a list", "", rsaKey.Token(claims("iss", `["`+testIssuer+`"]`)), ReasonClaimMalformed},
	{"issuer that is not that of the key", "", partner.Token(claims()), ReasonAlgorithmNotAllowed},

	{"unknown kid", "", rsaKey.Sign(`{"alg":"RS256","kid":"other","typ":"at+jwt"}`, claims()), ReasonKeyUnknown},
	{"kid of a key of another type", "", rsaKey.Sign(`{"alg":"RS256","kid":"ec","typ":"at+jwt"}`, claims()), ReasonKeyUnknown},
	{"signed by another key", "", stolen.Sign(`{"alg":"ES256","kid":"ec","typ":"at+jwt"}`, claims()), ReasonSignatureInvalid},
	{"signed by the key it brings along", "", stolen.Sign(`{"alg":"ES256","typ":"at+jwt","jwk":`+stolen.JWK()+`}`, claims()), ReasonSignatureInvalid},
	{"claims of another token", "", swapped(rsaKey.Token(claims("aud", `"x"`)), rsaKey.Token(claims())), ReasonSignatureInvalid},

	{"type in another case", "", rsaKey.Sign(`{"alg":"RS256","typ":"AT+jwt"}`, claims()), ReasonTokenAccepted},
	{"type as a whole media type", "", rsaKey.Sign(`{"alg":"RS256","typ":"Application/At+JWT"}`, claims()), ReasonTokenAccepted},
	{"type JWT", "", rsaKey.Sign(`{"alg":"RS256","typ":"JWT"}`, claims()), ReasonTokenAccepted},
	{"no type", "", rsaKey.Sign(`{"alg":"RS256"}`, claims()), ReasonTokenAccepted},
	{"no type where only at+jwt will do", "", partner.Sign(`{"alg":"EdDSA"}`, claims("iss", `"https://partner.example.com/"`)), ReasonTypeNotAccepted},
	{"type JWT where only at+jwt will do", "", partner.Sign(`{"alg":"EdDSA","typ":"JWT"}`, claims("iss", `"https://partner.example.com/"`)), ReasonTypeNotAccepted},
	{"type of a logout token", "", rsaKey.Sign(`{"alg":"RS256","typ":"logout+jwt"}`, claims()), ReasonTypeNotAccepted},
	{"type with a parameter", "", rsaKey.Sign(`{"alg":"RS256","typ":"at+jwt; v=1"}`, claims()), ReasonTypeNotAccepted},
	{"empty type", "", rsaKey.Sign(`{"alg":"RS256","typ":""}`, claims()), ReasonTypeNotAccepted},
	{"application only", "", rsaKey.Sign(`{"alg":"RS256","typ":"application/"}`, claims()), ReasonTypeNotAccepted},

	{"no expiry", "", rsaKey.Token(claims("exp", "")), ReasonExpiryMissing},
	{"expiry that is a string", "", rsaKey.Token(claims("exp", `"`+at(600)+`"`)), ReasonClaimMalformed},
	{"expiry that is null", "", rsaKey.Token(claims("exp", `null`)), ReasonClaimMalformed},
	{"expiry with a fraction", "", rsaKey.Token(claims("exp", at(600)+".75")), ReasonTokenAccepted},
	{"expiry with an exponent", "", rsaKey.Token(claims("exp", "20000006e2")), ReasonTokenAccepted},
	{"expiry beyond all numbers", "", rsaKey.Token(claims("exp", "1e999")), ReasonClaimMalformed},
	{"expiry beyond the year 9999", "", rsaKey.Token(claims("exp", "1e12")), ReasonClaimMalformed},
	{"expired", "", rsaKey.Token(claims("exp", at(-600))), ReasonTokenExpired},
	{"expired long ago", "", rsaKey.Token(claims("exp", "-5")), ReasonTokenExpired},
	{"expires as the skew ends", "", rsaKey.Token(claims("exp", at(-60))), ReasonTokenExpired},
	{"expires a moment before the skew ends", "", rsaKey.Token(claims("exp", at(-60)+".001")), ReasonTokenAccepted},
	{"expired within the skew", "", rsaKey.Token(claims("exp", at(-59))), ReasonTokenAccepted},

	{"valid from now", "", rsaKey.Token(claims("nbf", at(0))), ReasonTokenAccepted},
	{"valid from within the skew", "", rsaKey.Token(claims("nbf", at(60))), ReasonTokenAccepted},
	{"valid from beyond the skew", "", rsaKey.Token(claims("nbf", at(61))), ReasonNotYetValid},
	{"valid from a moment beyond the skew", "", rsaKey.Token(claims("nbf", at(60)+".5")), ReasonNotYetValid},
	{"start that is a string", "", rsaKey.Token(claims("nbf", `"1"`)), ReasonClaimMalformed},
	{"issued within the skew", "", rsaKey.Token(claims("iat", at(60))), ReasonTokenAccepted},
	{"issued beyond the skew", "", rsaKey.Token(claims("iat", at(61))), ReasonIssuedInFuture},
	{"time of issue that is a string", "", rsaKey.Token(claims("iat", `"1"`)), ReasonClaimMalformed},
	{"no time of issue", "", rsaKey.Token(claims("iat", "")), ReasonIssuedAtMissing},
	{"no time of issue where any lifetime will do", "", partner.Token(claims("iss", `"https://partner.example.com/"`, "iat", "", "exp", "9e9")), ReasonTokenAccepted},
	{"longest lifetime", "", rsaKey.Token(claims("iat", at(-60), "exp", at(3540))), ReasonTokenAccepted},
	{"lifetime a second too long", "", rsaKey.Token(claims("iat", at(-60), "exp", at(3541))), ReasonLifetimeTooLong},
	{"lifetime counted from long ago", "", rsaKey.Token(claims("iat", "0")), ReasonLifetimeTooLong},

	{"no audience", "", rsaKey.Token(claims("aud", "")), ReasonAudienceMissing},
	{"empty list of audiences", "", rsaKey.Token(claims("aud", `[]`)), ReasonAudienceMissing},
	{"audience that is null", "", rsaKey.Token(claims("aud", `null`)), ReasonClaimMalformed},
	{"audience that is a number", "", rsaKey.Token(claims("aud", `1`)), ReasonClaimMalformed},
	{"audience that is an object", "", rsaKey.Token(claims("aud", `{"orders-api":true}`)), ReasonClaimMalformed},
	{"list of audiences with a number", "", rsaKey.Token(claims("aud", `["orders-api",1]`)), ReasonClaimMalformed},
	{"list of lists of audiences", "", rsaKey.Token(claims("aud", `[["orders-api"]]`)), ReasonClaimMalformed},
	{"audience in a list", "", rsaKey.Token(claims("aud", `["x","orders-api"]`)), ReasonTokenAccepted},
	{"another audience", "", rsaKey.Token(claims("aud", `"billing-api"`)), ReasonAudienceMismatch},
	{"audience in another case", "", rsaKey.Token(claims("aud", `"Orders-API"`)), ReasonAudienceMismatch},
	{"audience that begins like it", "", rsaKey.Token(claims("aud", `"orders-api-v2"`)), ReasonAudienceMismatch},
	{"audiences in one string", "", rsaKey.Token(claims("aud", `"x orders-api"`)), ReasonAudienceMismatch},
	{"empty audience", "", rsaKey.Token(claims("aud", `""`)), ReasonAudienceMismatch},
	{"audience of the issuer on a route with its own", "/admin/users", rsaKey.Token(claims()), ReasonAudienceMismatch},
	{"audience of the route", "/admin/users", rsaKey.Token(claims("aud", `"admin-api"`)), ReasonTokenAccepted},
	{"audience of the route elsewhere", "/administrator", rsaKey.Token(claims("aud", `"admin-api"`)), ReasonAudienceMismatch},
	{"audience of the other issuer", "", rsaKey.Token(claims("aud", `"partner-api"`)), ReasonAudienceMismatch},

	{"route spelt with an encoded letter", "/%61dmin", rsaKey.Token(claims()), ReasonAudienceMismatch},
	{"route spelt with two slashes", "//admin", rsaKey.Token(claims()), ReasonAudienceMismatch},
	{"route spelt with dot segments", "/x/../admin", rsaKey.Token(claims()), ReasonAudienceMismatch},
	{"route spelt with a query", "/admin?x=/orders", rsaKey.Token(claims()), ReasonAudienceMismatch},
	{"encoded slash", "/orders%2f..%2fadmin", rsaKey.Token(claims()), "path_ambiguous"},
	{"parameter beside dots", "/orders/..;/admin", rsaKey.Token(claims()), "path_ambiguous"},
	{"anonymous route with a good token", "/healthz", rsaKey.Token(claims()), ReasonTokenAccepted},
	{"anonymous route with a bad token", "/healthz", rsaKey.Token(claims("exp", at(-600))), ReasonAnonymousAllowed},
	{"anonymous route with a token for another audience", "/healthz", rsaKey.Token(claims("aud", `"x"`)), ReasonAnonymousAllowed},
	{"below an anonymous route", "/healthz/x", rsaKey.Token(claims("exp", at(-600))), ReasonTokenExpired},
}

// swapped returns the first token with the payload of the second.
func swapped(a, b string) string {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	return as[0] + "." + bs[1] + "." + as[2]
}

func TestDecide(t *testing.T) {
	engine := newEngine(t, testConfig())
	for _, test := range decisionTests {
		t.Run(test.name, func(t *testing.T) {
			path := test.path
			if path == "" {
				path = "/orders"
			}
			decision := engine.Decide(request("GET", path, "Bearer "+test.token))
			if decision.Reason != test.want {
				t.Fatalf("reason = %s, want %s", decision.Reason, test.want)
			}
			allowed := test.want == ReasonTokenAccepted || test.want == ReasonAnonymousAllowed
			if (decision.Outcome == policy.Allow) != allowed {
				t.Errorf("outcome = %s", decision.Outcome)
			}
			if (len(decision.Properties) == 1) != (test.want == ReasonTokenAccepted) {
				t.Errorf("properties = %q", decision.Properties)
			}
			if !allowed {
				checkAnswer(t, decision, test.token)
			}
		})
	}
}

// checkAnswer holds an answer to what every answer must be.
func checkAnswer(t *testing.T, decision policy.Decision, token string) {
	t.Helper()
	want := 401
	switch decision.Reason {
	case "path_ambiguous", ReasonAuthorizationRepeated:
		want = 400
	}
	r := decision.Response
	if r.Status != want {
		t.Errorf("status = %d, want %d", r.Status, want)
	}
	challenge, _ := r.Headers.First("www-authenticate")
	code := `error="invalid_token"`
	switch decision.Reason {
	case "path_ambiguous":
		if challenge != "" {
			t.Errorf("challenge = %s, want none", challenge)
		}
		code = ""
	case ReasonAuthorizationRepeated:
		code = `error="invalid_request"`
	case ReasonTokenMissing:
		code = `realm="api"`
		if strings.Contains(challenge, "error") {
			t.Errorf("challenge = %s, want no error code", challenge)
		}
	}
	if !strings.Contains(challenge, code) {
		t.Errorf("challenge = %s, want %s", challenge, code)
	}
	if control, _ := r.Headers.First("cache-control"); control != "no-store" {
		t.Errorf("cache-control = %q", control)
	}
	var problem struct {
		Type, Title, Detail string
		Status              int
		IncidentID          string `json:"incident_id"`
	}
	if err := json.Unmarshal(r.Body, &problem); err != nil {
		t.Fatalf("body %s: %v", r.Body, err)
	}
	if problem.Status != want || problem.IncidentID != "1f0a-77" || problem.Detail == "" {
		t.Errorf("body = %s", r.Body)
	}
	// The answer does not say which rule was broken, nor anything of the token,
	// the keys or the configuration.
	text := fmt.Sprint(r.Headers, string(r.Body))
	for _, secret := range []string{string(decision.Reason), testIssuer, "partner", "orders-api", "admin-api", "user-17", "RS256", "kid"} {
		if strings.Contains(text, secret) {
			t.Errorf("answer %s says %q", text, secret)
		}
	}
	if len(token) > 8 && strings.Contains(text, token) {
		t.Errorf("answer %s has the token", text)
	}
}

func TestDecideWithoutOneToken(t *testing.T) {
	engine := newEngine(t, testConfig())
	good := rsaKey.Token(claims())
	tests := []struct {
		name   string
		path   string
		fields []string
		want   policy.Reason
	}{
		{"no credentials", "/orders", nil, ReasonTokenMissing},
		{"another scheme", "/orders", []string{"Basic dXNlcjpwYXNz"}, ReasonTokenMissing},
		{"no token after the scheme", "/orders", []string{"Bearer"}, ReasonTokenMalformed},
		{"two words", "/orders", []string{"Bearer " + good + " x"}, ReasonTokenMalformed},
		{"quoted token", "/orders", []string{`Bearer "` + good + `"`}, ReasonTokenMalformed},
		{"the same token twice", "/orders", []string{"Bearer " + good, "Bearer " + good}, ReasonAuthorizationRepeated},
		{"a good token after another scheme", "/orders", []string{"Basic dXNlcjpwYXNz", "Bearer " + good}, ReasonAuthorizationRepeated},
		{"two tokens joined", "/orders", []string{"Bearer " + good + ",Bearer " + good}, ReasonAuthorizationRepeated},
		{"scheme in another case", "/orders", []string{"bEARER " + good}, ReasonTokenAccepted},
		{"anonymous route", "/healthz", nil, ReasonAnonymousAllowed},
		{"anonymous route with two tokens", "/healthz", []string{"Bearer " + good, "Bearer " + good}, ReasonAnonymousAllowed},
		{"anonymous route with no token after the scheme", "/healthz", []string{"Bearer"}, ReasonAnonymousAllowed},
		{"anonymous route, trailing slash", "/healthz/", nil, ReasonTokenMissing},
		{"anonymous route, another case", "/Healthz", nil, ReasonTokenMissing},
		{"route that no one configured", "/", nil, ReasonTokenMissing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decision := engine.Decide(request("GET", test.path, test.fields...))
			if decision.Reason != test.want {
				t.Fatalf("reason = %s, want %s", decision.Reason, test.want)
			}
			if decision.Outcome == policy.Deny {
				checkAnswer(t, decision, good)
			}
		})
	}
}

func TestHeadAnswersHaveNoBody(t *testing.T) {
	engine := newEngine(t, testConfig())
	for _, path := range []string{"/orders", "/a%2fb"} {
		decision := engine.Decide(request("HEAD", path))
		if decision.Outcome != policy.Deny || decision.Response.Status < 400 || len(decision.Response.Body) != 0 {
			t.Errorf("HEAD %s: %+v", path, decision)
		}
	}
}

func TestIdentityIsHandedOn(t *testing.T) {
	tests := []struct {
		name   string
		claims string
		want   string
	}{
		{"every member", claims(),
			`{"iss":"https://idp.example.com","sub":"user-17","client_id":"shop","aud":["orders-api"],"exp":2000000600,"iat":1999999940,"jti":"7b1c","scope":"orders:read orders:write"}`},
		{"least members", claims("sub", "", "client_id", "", "jti", "", "scope", ""),
			`{"iss":"https://idp.example.com","aud":["orders-api"],"exp":2000000600,"iat":1999999940}`},
		{"client by azp, scopes as a list", claims("client_id", "", "azp", `"web"`, "scope", "", "scp", `["a", "b"]`, "aud", `["orders-api","x"]`),
			`{"iss":"https://idp.example.com","sub":"user-17","client_id":"web","aud":["orders-api","x"],"exp":2000000600,"iat":1999999940,"jti":"7b1c","scp":["a", "b"]}`},
		{"client_id before azp", claims("azp", `"web"`, "jti", "", "scope", ""),
			`{"iss":"https://idp.example.com","sub":"user-17","client_id":"shop","aud":["orders-api"],"exp":2000000600,"iat":1999999940}`},
		{"text that must be escaped", claims("sub", `"a\"\u0000\u2028"`, "client_id", `5`, "jti", "", "scope", ""),
			`{"iss":"https://idp.example.com","sub":"a\"\u0000` + "\u2028" + `","aud":["orders-api"],"exp":2000000600,"iat":1999999940}`},
	}
	engine := newEngine(t, testConfig())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decision := engine.Decide(request("GET", "/orders", "Bearer "+rsaKey.Token(test.claims)))
			if len(decision.Properties) != 1 || decision.Properties[0].Name != "gatehouse.identity" {
				t.Fatalf("decision = %+v", decision)
			}
			if got := string(decision.Properties[0].Value); got != test.want || !json.Valid([]byte(got)) {
				t.Errorf("identity = %s, want %s", got, test.want)
			}
			if decision.Identity.Issuer != testIssuer || decision.SetHeaders != nil || decision.RemoveHeaders != nil {
				t.Errorf("decision = %+v", decision)
			}
		})
	}
}

// TestIdentityIsVerified checks that an event names someone only if the issuer
// signed for it.
func TestIdentityIsVerified(t *testing.T) {
	engine := newEngine(t, testConfig())
	who := policy.Identity{Issuer: testIssuer, Subject: "user-17", ClientID: "shop"}
	tests := []struct {
		name  string
		path  string
		token string
		want  policy.Identity
	}{
		{"good token", "/orders", rsaKey.Token(claims()), who},
		{"expired token", "/orders", rsaKey.Token(claims("exp", at(-600))), who},
		{"token for another audience", "/orders", rsaKey.Token(claims("aud", `"x"`)), who},
		{"token of another type", "/orders", rsaKey.Sign(`{"alg":"RS256","typ":"x"}`, claims()), who},
		{"token signed by another", "/orders", stolen.Sign(`{"alg":"ES256"}`, claims()), policy.Identity{}},
		{"unknown issuer", "/orders", rsaKey.Token(claims("iss", `"https://x"`)), policy.Identity{}},
		{"malformed claim", "/orders", rsaKey.Token(claims("exp", `"x"`)), policy.Identity{}},
		{"bad token on an anonymous route", "/healthz", rsaKey.Token(claims("exp", at(-600))), policy.Identity{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decision := engine.Decide(request("GET", test.path, "Bearer "+test.token))
			if decision.Identity != test.want {
				t.Errorf("identity = %+v, want %+v", decision.Identity, test.want)
			}
		})
	}
}

func TestModes(t *testing.T) {
	shadow := newEngine(t, strings.Replace(testConfig(), `"mode":"enforce",`, `"mode":"shadow",`, 1))
	enforce := newEngine(t, testConfig())
	tests := []struct {
		name   string
		engine *Engine
		path   string
		mode   policy.Mode
		route  string
	}{
		{"enforce", enforce, "/orders", policy.Enforce, ""},
		{"enforce on a route", enforce, "/admin", policy.Enforce, "routes[0]"},
		{"shadow on one route", enforce, "/trial/x", policy.Shadow, "trial"},
		{"ambiguous path", enforce, "/trial/%2f", policy.Enforce, ""},
		{"shadow", shadow, "/orders", policy.Shadow, ""},
		{"shadow on a route", shadow, "/admin", policy.Shadow, "routes[0]"},
		{"ambiguous path in shadow", shadow, "/trial/%2f", policy.Shadow, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decision := test.engine.Decide(request("GET", test.path))
			if decision.Outcome != policy.Deny || decision.Mode != test.mode || decision.Route != test.route {
				t.Errorf("outcome %s, mode %s, route %q, want deny, %s, %q", decision.Outcome, decision.Mode, decision.Route, test.mode, test.route)
			}
		})
	}
	back := newEngine(t, strings.NewReplacer(`"mode":"enforce",`, `"mode":"shadow",`, `"mode":"shadow"}`, `"mode":"enforce"}`).Replace(testConfig()))
	if decision := back.Decide(request("GET", "/trial")); decision.Mode != policy.Enforce {
		t.Errorf("a route that enforces under shadow: mode %s", decision.Mode)
	}
	for _, path := range []string{"/trial;x", "/x%2f..%2ftrial", "/%2e%2e/trial", "/x\\..\\trial"} {
		if decision := back.Decide(request("GET", path)); decision.Outcome != policy.Deny || decision.Mode != policy.Enforce {
			t.Errorf("%s leads around a route that enforces under shadow: %s, mode %s", path, decision.Outcome, decision.Mode)
		}
	}
	open := newEngine(t, strings.NewReplacer(`"mode":"enforce",`, `"mode":"shadow",`, `"allow_anonymous":true`, `"allow_anonymous":true,"mode":"enforce"`).Replace(testConfig()))
	if decision := open.Decide(request("GET", "/trial;x")); decision.Mode != policy.Shadow {
		t.Errorf("an ambiguous path where only an open route enforces: mode %s, want shadow", decision.Mode)
	}
}

func TestTokenIsForwarded(t *testing.T) {
	keep := newEngine(t, testConfig())
	drop := newEngine(t, `{"forward_token":false,`+testConfig()[1:])
	good := "Bearer " + rsaKey.Token(claims())
	tests := []struct {
		name   string
		engine *Engine
		path   string
		fields []string
		want   []string
	}{
		{"kept by default", keep, "/orders", []string{good}, nil},
		{"good token removed", drop, "/orders", []string{good}, []string{"authorization"}},
		{"bad token on an anonymous route removed", drop, "/healthz", []string{"Bearer x"}, []string{"authorization"}},
		{"two tokens on an anonymous route removed", drop, "/healthz", []string{good, good}, []string{"authorization"}},
		{"credentials of another scheme stay", drop, "/healthz", []string{"Basic abc"}, nil},
		{"nothing to remove", drop, "/healthz", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decision := test.engine.Decide(request("GET", test.path, test.fields...))
			if decision.Outcome != policy.Allow || !slices.Equal(decision.RemoveHeaders, test.want) {
				t.Errorf("outcome %s, removed %q, want allow, %q", decision.Outcome, decision.RemoveHeaders, test.want)
			}
		})
	}
}

// allReasons are those of both outcomes.
func allReasons() []policy.Reason { return slices.Concat(allowReasons, denyReasons) }
