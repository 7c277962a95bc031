//go:build !wasip1

package jwtaudience

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"gatehouse/harness/traffic"
	"gatehouse/plugins/internal/jose/josetest"
)

var regenerate = flag.Bool("regenerate", false, "write the recordings of testdata, but for their want sections")

// The tokens of the recordings are good for thirty years, so that a real Envoy,
// whose clock cannot be set, answers a recording as the harness does.
const (
	recordedIssue  = 1793491200 // 2026-11-01T00:00:00Z
	recordedNow    = 1795165200 // 2026-11-20T09:00:00Z
	recordedExpiry = 2740176000 // 2056-10-31T00:00:00Z
	recordedPast   = 1767225600 // 2026-01-01T00:00:00Z
)

// recordedClaims returns the claims of a good token with some replaced, as
// claims does.
func recordedClaims(change ...string) string {
	return claims(append([]string{"exp", fmt.Sprint(recordedExpiry), "iat", fmt.Sprint(recordedIssue)}, change...)...)
}

// recordedConfig is the configuration of the recordings: members, such as
// `"mode":"shadow"`, are added in front.
func recordedConfig(members ...string) string {
	jwks := func(keys ...*josetest.Key) string {
		return strings.NewReplacer(`[{`, "[\n    {", `},{`, "},\n    {").Replace(josetest.Set(keys...))
	}
	return `{` + strings.Join(append(members, `"events":"all"`), ",\n ") + `,
 "issuers":[
  {"issuer":"` + testIssuer + `","audiences":["orders-api"],
   "algorithms":["RS256","ES256"],"clock_skew":"60s","max_lifetime":"14610d","token_types":["at+jwt","jwt"],
   "jwks":` + jwks(rsaKey, ecKey, edKey) + `},
  {"issuer":"https://partner.example.com/","audiences":["partner-api","orders-api"],"token_types":["at+jwt"],
   "jwks":` + jwks(partner) + `}],
 "routes":[
  {"match":{"path":{"prefix":"/admin"}},"audiences":["admin-api"]},
  {"match":{"path":{"exact":"/healthz"}},"allow_anonymous":true},
  {"name":"preflight","allow_anonymous":true,
   "match":{"path":{"prefix":"/orders"},"methods":["OPTIONS"],"headers":[{"name":"access-control-request-method","present":true}]}},
  {"name":"trial","match":{"path":{"prefix":"/trial"}},"mode":"shadow"},
  {"name":"back office","audiences":["reports-api"],
   "match":{"hosts":["back.example.com"],"path":{"prefix":"/reports"},"headers":[{"name":"x-tier","exact":"gold"}]}}]}
`
}

// exchange is one request of a recording.
type exchange struct {
	name   string
	method string // GET if empty
	path   string // /orders if empty
	host   string // api.example.com if empty
	fields []string
	body   string
}

func bearerField(token string) string { return "Authorization: Bearer " + token }

// with is an exchange of GET /orders with a token.
func with(name, token string) exchange {
	return exchange{name: name, fields: []string{bearerField(token)}}
}

// recordings are the files of testdata/replay, by their names.
var recordings = []struct {
	file      string
	why       string
	config    string
	exchanges []exchange
}{
	{"good-token", "A token of each kind that the configuration names reaches the upstream with the request unchanged,\nand the identity is handed on as filter state.", recordedConfig(), []exchange{
		with("RS256", rsaKey.Token(recordedClaims())),
		with("ES256", ecKey.Token(recordedClaims())),
		with("EdDSA, of the other issuer", partner.Token(recordedClaims("iss", `"https://partner.example.com/"`))),
		with("no kid: keys that fit the algorithm are tried", rsaKey.Sign(`{"alg":"RS256","typ":"at+jwt"}`, recordedClaims())),
		with("audience in a list", ecKey.Token(recordedClaims("aud", `["billing-api","orders-api"]`))),
		with("dates with fractions", ecKey.Token(recordedClaims("exp", fmt.Sprint(recordedExpiry)+".5", "iat", fmt.Sprint(recordedIssue)+".25"))),
		{name: "with a body", method: "POST", fields: []string{"authorization: bearer " + ecKey.Token(recordedClaims()), "Content-Type: application/json"}, body: `{"item":"teapot","quantity":2}`},
	}},
	{"no-token", "Without credentials the challenge has no error code (RFC 6750, Section 3.1), whatever the route:\nwhat no route matches is protected too.", recordedConfig(), []exchange{
		{name: "no Authorization"},
		{name: "another scheme", fields: []string{"Authorization: Basic dXNlcjpwYXNz"}},
		{name: "path that no one configured", path: "/"},
		{name: "below an anonymous path", path: "/healthz/live"},
		{name: "anonymous path with a slash more", path: "/healthz/"},
		{name: "body that nobody reads", method: "POST", body: strings.Repeat("x", 3000)},
	}},
	{"head-has-no-body", "The answer to HEAD is that to GET without its body (RFC 9110, Section 9.3.2).", recordedConfig(), []exchange{
		{name: "no token", method: "HEAD"},
		{name: "ambiguous path", method: "HEAD", path: "/orders%2f17"},
	}},
	{"credentials-repeated", "Two sets of credentials are a bad request, not a choice, however they arrive: which one the upstream\nreads is anyone's guess.", recordedConfig(), []exchange{
		{name: "two good tokens", fields: []string{bearerField(ecKey.Token(recordedClaims())), bearerField(ecKey.Token(recordedClaims()))}},
		{name: "a good token after another scheme", fields: []string{"Authorization: Basic dXNlcjpwYXNz", bearerField(ecKey.Token(recordedClaims()))}},
		{name: "joined by a proxy before", fields: []string{bearerField(ecKey.Token(recordedClaims())) + ", Bearer abc"}},
	}},
	{"token-malformed", "What two readers could take for different tokens is no token.", recordedConfig(), []exchange{
		{name: "scheme without a token", fields: []string{"Authorization: Bearer"}},
		{name: "two words", fields: []string{"Authorization: Bearer abc def"}},
		with("no JWT", "abc"),
		with("padding", ecKey.Token(recordedClaims())+"="),
		with("four parts", ecKey.Token(recordedClaims())+".AAAA"),
		with("no signature", strings.Join(strings.Split(ecKey.Token(recordedClaims()), ".")[:2], ".")+"."),
		with("two audiences, the first a decoy", ecKey.Token(`{"aud":"orders-api",`+recordedClaims("aud", `"billing-api"`)[1:])),
		with("bytes after the claims", ecKey.Token(recordedClaims()+`{}`)),
		with("invalid UTF-8", ecKey.Token(recordedClaims("sub", "\"\xff\""))),
		with("encrypted token", "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.AAAA.AAAA.AAAA.AAAA"),
	}},
	{"token-too-large", "A token over 16 KiB is refused before it is decoded.", recordedConfig(), []exchange{
		with("17000 bytes of claims", ecKey.Token(recordedClaims("x", `"`+strings.Repeat("x", 17000)+`"`))),
	}},
	{"header-critical", "No extension is understood, so none that is critical can be (RFC 7515, Section 4.1.11).", recordedConfig(), []exchange{
		with("crit", ecKey.Sign(`{"alg":"ES256","kid":"ec","typ":"at+jwt","crit":["exp"],"exp":1}`, recordedClaims())),
		with("unencoded payload", ecKey.Sign(`{"alg":"ES256","kid":"ec","typ":"at+jwt","b64":false,"crit":["b64"]}`, recordedClaims())),
	}},
	{"algorithm-unsupported", "RFC 8725, Section 2.1: neither no signature nor one keyed with a public key is a signature.", recordedConfig(), []exchange{
		with("none", ecKey.Sign(`{"alg":"none","kid":"ec","typ":"at+jwt"}`, recordedClaims())),
		with("NoNe", ecKey.Sign(`{"alg":"NoNe","kid":"ec","typ":"at+jwt"}`, recordedClaims())),
		with("HS256", ecKey.Sign(`{"alg":"HS256","kid":"rsa","typ":"at+jwt"}`, recordedClaims())),
	}},
	{"algorithm-not-allowed", "The issuer has an EdDSA key, but its entry allows RS256 and ES256 only.", recordedConfig(), []exchange{
		with("EdDSA", edKey.Token(recordedClaims())),
	}},
	{"claim-malformed", "A claim of another type is not converted: dates are numbers, audiences strings.", recordedConfig(), []exchange{
		with("expiry as a string", ecKey.Token(recordedClaims("exp", fmt.Sprintf(`"%d"`, recordedExpiry)))),
		with("expiry as null", ecKey.Token(recordedClaims("exp", `null`))),
		with("expiry that overflows", ecKey.Token(recordedClaims("exp", `1e400`))),
		with("audience as an object", ecKey.Token(recordedClaims("aud", `{"orders-api":true}`))),
		with("number among the audiences", ecKey.Token(recordedClaims("aud", `["orders-api",1]`))),
		with("issuer as a list", ecKey.Token(recordedClaims("iss", `["`+testIssuer+`"]`))),
	}},
	{"issuer-missing", "Without an issuer there is no telling whose keys to use.", recordedConfig(), []exchange{
		with("no iss", ecKey.Token(recordedClaims("iss", ""))),
		with("empty iss", ecKey.Token(recordedClaims("iss", `""`))),
	}},
	{"issuer-unknown", "Issuers are compared byte for byte.", recordedConfig(), []exchange{
		with("another issuer", ecKey.Token(recordedClaims("iss", `"https://attacker.example"`))),
		with("a slash more", ecKey.Token(recordedClaims("iss", `"https://idp.example.com/"`))),
		with("capitals", ecKey.Token(recordedClaims("iss", `"https://IDP.example.com"`))),
	}},
	{"key-unknown", "A token that names a key is held to that name, and to the algorithm the key is for.", recordedConfig(), []exchange{
		with("kid that the set does not have", ecKey.Sign(`{"alg":"ES256","kid":"2019","typ":"at+jwt"}`, recordedClaims())),
		with("kid of an RSA key", ecKey.Sign(`{"alg":"ES256","kid":"rsa","typ":"at+jwt"}`, recordedClaims())),
		with("kid that is a path", ecKey.Sign(`{"alg":"ES256","kid":"../../etc/passwd","typ":"at+jwt"}`, recordedClaims())),
		with("key of one issuer for a token of another", ecKey.Token(recordedClaims("iss", `"https://partner.example.com/"`))),
	}},
	{"signature-invalid", "Only the issuer's keys can sign for it: not keys that the token brings along or points to (RFC 8725,\nSection 3.10), and a signature is for one payload.", recordedConfig(), []exchange{
		with("signed by another key", josetest.New("ES256", "stolen").Sign(`{"alg":"ES256","kid":"ec","typ":"at+jwt"}`, recordedClaims())),
		with("key in the header", josetest.New("ES256", "stolen").Sign(`{"alg":"ES256","typ":"at+jwt","jwk":`+josetest.New("ES256", "stolen").JWK()+`}`, recordedClaims())),
		with("key set in the header", josetest.New("ES256", "stolen").Sign(`{"alg":"ES256","kid":"ec","typ":"at+jwt","jku":"https://attacker.example/jwks.json"}`, recordedClaims())),
		with("payload of another token", swapped(ecKey.Token(recordedClaims("aud", `"billing-api"`)), ecKey.Token(recordedClaims()))),
	}},
	{"type-not-accepted", "RFC 8725, Section 3.11: a token for another purpose is no access token. The partner's entry accepts\nat+jwt only, so neither a plain JWT nor one without a type.", recordedConfig(), []exchange{
		with("logout token", ecKey.Sign(`{"alg":"ES256","kid":"ec","typ":"logout+jwt"}`, recordedClaims())),
		with("JWT where at+jwt is wanted", partner.Sign(`{"alg":"EdDSA","kid":"partner","typ":"JWT"}`, recordedClaims("iss", `"https://partner.example.com/"`))),
		with("no type where at+jwt is wanted", partner.Sign(`{"alg":"EdDSA","kid":"partner"}`, recordedClaims("iss", `"https://partner.example.com/"`))),
	}},
	{"type-accepted", "Case and \"application/\" do not matter (RFC 7515, Section 4.1.9), and a token without a type counts as\njwt.", recordedConfig(), []exchange{
		with("capitals", ecKey.Sign(`{"alg":"ES256","kid":"ec","typ":"AT+JWT"}`, recordedClaims())),
		with("whole media type", ecKey.Sign(`{"alg":"ES256","kid":"ec","typ":"application/at+jwt"}`, recordedClaims())),
		with("JWT", ecKey.Sign(`{"alg":"ES256","kid":"ec","typ":"JWT"}`, recordedClaims())),
		with("no type", ecKey.Sign(`{"alg":"ES256","kid":"ec"}`, recordedClaims())),
	}},
	{"expiry-missing", "A token that never ends is not accepted.", recordedConfig(), []exchange{
		with("no exp", ecKey.Token(recordedClaims("exp", ""))),
	}},
	{"token-expired", "The event names who the token was for, because its issuer did sign it.", recordedConfig(), []exchange{
		with("ended in January", ecKey.Token(recordedClaims("exp", fmt.Sprint(recordedPast), "iat", fmt.Sprint(recordedPast-600)))),
		with("ended before 1970", ecKey.Token(recordedClaims("exp", "-1", "iat", "-600"))),
	}},
	{"not-yet-valid", "nbf is honoured where a token has it.", recordedConfig(), []exchange{
		with("valid from 2056", ecKey.Token(recordedClaims("nbf", fmt.Sprint(recordedExpiry-600)))),
	}},
	{"issued-in-future", "A time of issue to come means that a clock is wrong, or a lifetime is stretched.", recordedConfig(), []exchange{
		with("issued in 2056", ecKey.Token(recordedClaims("iat", fmt.Sprint(recordedExpiry-600)))),
	}},
	{"issued-at-missing", "Where the lifetime is bounded it must be known.", recordedConfig(), []exchange{
		with("no iat", ecKey.Token(recordedClaims("iat", ""))),
	}},
	{"lifetime-too-long", "The bound is 14610 days from iat to exp; the partner's entry has none.", recordedConfig(), []exchange{
		with("issued in 1970", ecKey.Token(recordedClaims("iat", "0"))),
		with("issued in 1970 by the partner", partner.Token(recordedClaims("iat", "0", "iss", `"https://partner.example.com/"`))),
	}},
	{"audience-missing", "RFC 8725, Section 3.9: a token for nobody in particular is not for this API.", recordedConfig(), []exchange{
		with("no aud", ecKey.Token(recordedClaims("aud", ""))),
		with("empty list", ecKey.Token(recordedClaims("aud", `[]`))),
	}},
	{"audience-mismatch", "Audiences are compared byte for byte, with those of the token's own issuer.", recordedConfig(), []exchange{
		with("another API", ecKey.Token(recordedClaims("aud", `"billing-api"`))),
		with("capitals", ecKey.Token(recordedClaims("aud", `"Orders-API"`))),
		with("longer name", ecKey.Token(recordedClaims("aud", `["orders-api-v2","orders"]`))),
		with("two names in one string", ecKey.Token(recordedClaims("aud", `"billing-api orders-api"`))),
		with("audience of the other issuer", ecKey.Token(recordedClaims("aud", `"partner-api"`))),
	}},
	{"audience-per-route", "The audiences of a route replace those of the issuer, for that route only.", recordedConfig(), []exchange{
		{name: "audience of the route", path: "/admin/users", fields: []string{bearerField(ecKey.Token(recordedClaims("aud", `"admin-api"`)))}},
		{name: "audience of the issuer", path: "/admin/users", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "path that begins like the route", path: "/administrator", fields: []string{bearerField(ecKey.Token(recordedClaims("aud", `"admin-api"`)))}},
		{name: "audience of the route elsewhere", fields: []string{bearerField(ecKey.Token(recordedClaims("aud", `"admin-api"`)))}},
	}},
	{"route-in-other-spellings", "Every spelling that the upstream reads as /admin is /admin to the plugin; the path goes on as it came.", recordedConfig(), []exchange{
		{name: "encoded letter", path: "/%61dmin/users", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "two slashes", path: "//admin", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "dot segments", path: "/x/../admin", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "dot segment for the same place", path: "/./admin", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "query that looks like another path", path: "/admin?path=/../healthz", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "let through as it was spelt", path: "//admin/./%75sers", fields: []string{bearerField(ecKey.Token(recordedClaims("aud", `"admin-api"`)))}},
	}},
	{"path-ambiguous", "A path that two readings could take apart is refused before anything else is looked at, with a good\ntoken or none.", recordedConfig(), []exchange{
		{name: "encoded slash", path: "/orders%2f..%2fadmin", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "encoded dots", path: "/orders/%2e%2e/admin", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "parameter beside dots", path: "/healthz/..;/admin"},
		{name: "encoded backslash", path: "/healthz%5c..%5cadmin"},
		{name: "encoded NUL", path: "/healthz%00.html"},
		{name: "overlong slash", path: "/healthz%c0%af..%c0%afadmin"},
		{name: "double encoding", path: "/healthz%252f..%252fadmin"},
	}},
	{"path-allowed-by-name", "An operator whose upstream keeps encoded slashes can say so, by the form's name; other forms stay refused.", recordedConfig(`"paths":{"allow":["encoded_slash"]}`), []exchange{
		{name: "encoded slash", path: "/orders/a%2fb", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "encoded backslash", path: "/orders/a%5cb", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
	}},
	{"host-ambiguous", "Where a route depends on the host, a host that can be read in two ways is refused.", recordedConfig(), []exchange{
		{name: "user before the host", host: "api.example.com@back.example.com", path: "/reports", fields: []string{"X-Tier: gold", bearerField(ecKey.Token(recordedClaims()))}},
	}},
	{"header-ambiguous", "Where a route depends on a header, a client cannot choose the route by sending it twice.", recordedConfig(), []exchange{
		{name: "once", host: "back.example.com:8443", path: "/reports", fields: []string{"X-Tier: gold", bearerField(ecKey.Token(recordedClaims("aud", `"reports-api"`)))}},
		{name: "twice", host: "back.example.com", path: "/reports", fields: []string{"X-Tier: gold", "X-Tier: iron", bearerField(ecKey.Token(recordedClaims()))}},
	}},
	{"anonymous", "A route that allows anonymous requests lets every request through. A good token is handed on as the\nidentity, and any other is as none.", recordedConfig(), []exchange{
		{name: "no token", path: "/healthz"},
		{name: "good token", path: "/healthz?verbose", fields: []string{bearerField(ecKey.Token(recordedClaims()))}},
		{name: "expired token", path: "/healthz", fields: []string{bearerField(ecKey.Token(recordedClaims("exp", fmt.Sprint(recordedPast))))}},
		{name: "no JWT", path: "/healthz", fields: []string{bearerField("abc")}},
		{name: "two tokens", path: "/healthz", fields: []string{bearerField("abc"), bearerField("def")}},
		{name: "preflight", method: "OPTIONS", fields: []string{"Origin: https://shop.example.com", "Access-Control-Request-Method: POST"}},
		{name: "OPTIONS that is no preflight", method: "OPTIONS"},
	}},
	{"shadow", "In shadow mode every denial is recorded and none takes effect: the upstream sees the request as it came,\nand nothing is handed on.", recordedConfig(`"mode":"shadow"`), []exchange{
		{name: "no token"},
		with("expired token", ecKey.Token(recordedClaims("exp", fmt.Sprint(recordedPast), "iat", fmt.Sprint(recordedPast-600)))),
		with("another audience", ecKey.Token(recordedClaims("aud", `"billing-api"`))),
		{name: "two tokens", fields: []string{bearerField("abc"), bearerField("def")}},
		{name: "ambiguous path", path: "/orders%2f17"},
		with("good token", ecKey.Token(recordedClaims())),
	}},
	{"shadow-on-one-route", "A new route can be tried out alone.", recordedConfig(), []exchange{
		{name: "route in shadow mode", path: "/trial/x"},
		{name: "ambiguous path, which has no route", path: "/trial/%2f"},
		{name: "elsewhere"},
	}},
	{"token-stays-at-the-gateway", "With forward_token false no bearer token, good or bad, reaches the upstream; other credentials do.", recordedConfig(`"forward_token":false`), []exchange{
		with("good token", ecKey.Token(recordedClaims())),
		{name: "bad token on an anonymous route", path: "/healthz", fields: []string{bearerField("abc")}},
		{name: "other credentials on an anonymous route", path: "/healthz", fields: []string{"Authorization: Basic dXNlcjpwYXNz"}},
	}},
	{"realm", "The challenge names the realm of the configuration.", recordedConfig(`"realm":"Orders of Example Ltd."`), []exchange{
		{name: "no token"},
	}},
}

// generated returns the text of a recording without its want sections.
func generated(why, document string, exchanges []exchange) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n-- config.json --\n%s", why, document)
	at := time.Unix(recordedNow, 0).UTC()
	for i, x := range exchanges {
		method, path, host := x.method, x.path, x.host
		if method == "" {
			method = "GET"
		}
		if path == "" {
			path = "/orders"
		}
		if host == "" {
			host = "api.example.com"
		}
		fmt.Fprintf(&b, "-- exchange --\nname: %s\n", x.name)
		if i == 0 {
			fmt.Fprintf(&b, "at: %s\n", at.Format(time.RFC3339))
		} else {
			fmt.Fprintf(&b, "after: 1s\n")
		}
		fmt.Fprintf(&b, "-- request --\n%s %s HTTP/1.1\nHost: %s\nX-Request-Id: recorded-%d\n", method, path, host, i+1)
		for _, field := range x.fields {
			fmt.Fprintln(&b, field)
		}
		fmt.Fprintf(&b, "\n")
		if x.body != "" {
			fmt.Fprintln(&b, x.body)
		}
		fmt.Fprintf(&b, "-- upstream --\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n")
		if method != "HEAD" {
			fmt.Fprintf(&b, "{\"orders\":[]}\n")
		}
	}
	return b.Bytes()
}

// wants returns the want sections of an archive, and the archive without them.
func wants(data []byte) (texts []string, rest []byte) {
	archive := txtar.Parse(data)
	var files []txtar.File
	for _, file := range archive.Files {
		if file.Name == "want" {
			texts = append(texts, string(file.Data))
		} else {
			files = append(files, file)
		}
	}
	archive.Files = files
	return texts, txtar.Format(archive)
}

// TestRecordingsAreGenerated holds the files of testdata/replay to the tables
// above. "go test -run TestRecordings -regenerate" writes them; want sections
// are written by "go test -run TestReplay -update" afterwards.
func TestRecordingsAreGenerated(t *testing.T) {
	count := 0
	for _, r := range recordings {
		path := filepath.Join("testdata", "replay", r.file+".txtar")
		want := generated(r.why, r.config, r.exchanges)
		count += len(r.exchanges)
		data, err := os.ReadFile(path)
		texts, rest := wants(data)
		if err == nil && bytes.Equal(rest, want) {
			continue
		}
		if !*regenerate {
			t.Errorf("%s is not as generated (%v), write it with go test -run TestRecordings -regenerate", path, err)
			continue
		}
		if len(texts) == len(r.exchanges) {
			want = traffic.SetWants(want, texts)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "replay", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(recordings) || len(files) < 25 {
		t.Errorf("%d recordings in testdata/replay, want the %d of the table", len(files), len(recordings))
	}
	if count < 100 {
		t.Errorf("%d exchanges, want at least 100", count)
	}
}
