//go:build !wasip1

package plugins_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/jose/josetest"
)

// canary is data that must not get into anything that a plugin writes.
type canary struct {
	name, text string
	// shapeless is data that nobody can tell from other text: a password or a cookie. It
	// is never in the path, in a host or in an id, which are written where nothing is
	// found in them.
	shapeless bool
}

var canaries = []canary{
	{name: "a card", text: "5425233430109903"},
	{name: "a card in groups", text: "4929-4212-3460-0821"},
	{name: "an e-mail address", text: "canary.jane@roost.example.org"},
	{name: "a phone", text: "+4915205551234"},
	{name: "a social security number", text: "536-90-4399"},
	{name: "an IBAN", text: "GB33BUKB20201555555555"},
	{name: "a token", text: josetest.Encode(`{"alg":"HS256","typ":"JWT"}`) + "." + josetest.Encode(`{"sub":"canary in a token"}`) + "." + josetest.Encode("the signature of a canary")},
	{name: "a key of a service", text: "AKIA" + "QYLPMN5HFIQR7XYA"},
	{name: "a private key", text: "-----BEGIN PRIVATE KEY-----MC4CAQAwBQYDK2VwBCIEIJ3nYxN8SyZ0bqWxkqH1-----END PRIVATE KEY-----"},
	{name: "a password", text: "hunter2-Canary-9Zq", shapeless: true},
	{name: "a cookie", text: "s3ss10n-canary-77ab41", shapeless: true},
}

// spellings are the ways in which a text may be written, of which three quarters are
// enough, its beginning or its end: as it is, with percent signs, escaped, in hexadecimal
// digits, and in base64 wherever in a longer text it stands.
func spellings(text string) []string {
	var all []string
	for _, s := range []string{text[:len(text)*3/4], text[len(text)/4:]} {
		var percent, unicode strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&percent, "%%%02x", s[i])
			fmt.Fprintf(&unicode, `\u%04x`, s[i])
		}
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s), strings.ReplaceAll(s, "@", "%40"), strings.ReplaceAll(s, "@", `\u0040`),
			percent.String(), unicode.String(), hex.EncodeToString([]byte(s)))
		for shift := range 3 {
			padded := append(bytes.Repeat([]byte{0}, shift), s...)
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				// Of the first and the last group a neighbour decides.
				all = append(all, encoding.EncodeToString(padded[:len(padded)/3*3])[(shift*8+5)/6:])
			}
		}
	}
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// search looks for canaries in what was written.
type search struct {
	canaries  []canary
	spellings [][][]byte
}

func newSearch() *search {
	s := &search{canaries: canaries}
	for _, c := range canaries {
		var all [][]byte
		for _, spelling := range spellings(c.text) {
			all = append(all, []byte(spelling))
		}
		s.spellings = append(s.spellings, all)
	}
	return s
}

// in returns what is found in a text, "" if nothing is.
func (s *search) in(text string) string {
	lower := bytes.ToLower([]byte(text))
	for i, all := range s.spellings {
		for _, spelling := range all {
			if bytes.Contains(lower, spelling) {
				return s.canaries[i].name + " as " + string(spelling)
			}
		}
	}
	return ""
}

// hold fails the test if a canary is in a text.
func (s *search) hold(t *testing.T, what, text string) {
	t.Helper()
	if found := s.in(text); found != "" {
		t.Errorf("%s: %s in %.1500s", what, found, text)
	}
}

// TestTheSearchFindsCanaries is what gives the others a meaning: however a canary is
// written into a line, it is found there, and nothing is found in a line without one.
func TestTheSearchFindsCanaries(t *testing.T) {
	s := newSearch()
	for _, c := range canaries {
		for _, line := range []string{
			c.text, "a " + c.text + " b", url.QueryEscape(c.text), `{"a":"` + c.text + `"}`, hex.EncodeToString([]byte("x" + c.text)), strings.ToUpper(hex.EncodeToString([]byte(c.text))),
			base64.StdEncoding.EncodeToString([]byte(c.text)), base64.StdEncoding.EncodeToString([]byte("a" + c.text)), base64.URLEncoding.EncodeToString([]byte("ab" + c.text + "c")),
			base64.URLEncoding.EncodeToString([]byte(`{"sub":"` + c.text + `"}`)), c.text[:len(c.text)-2], c.text[2:],
		} {
			if s.in(line) == "" {
				t.Errorf("%s is not found in %q", c.name, line)
			}
		}
	}
	if found := s.in(`{"time":1795500000123,"class_uid":3002,"path":"/customers/[email]","uid":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}`); found != "" {
		t.Errorf("%s in a line without one", found)
	}
}

// canaryKey signs the tokens of the tests.
var canaryKey = josetest.New("EdDSA", "ed")

// The chain of the tests, in front to behind: configurations with events for all
// decisions, which let much through or observe it, so that each plugin sees as much as
// can be. MODE is one of the two.
var canaryChain = []struct{ name, folder, configuration string }{
	{"waf", "waf", `{"mode":"MODE","events":"all","crs":{"paranoia_level":4,"inbound_threshold":MOST,"variables":{"allowed_methods":"GET POST PUT"}},
		"rules":["SecRule ARGS|REQUEST_HEADERS|REQUEST_BODY|RESPONSE_BODY \"@rx .{3}\" \"id:1,phase:4,pass,log,capture,` +
		`msg:'seen %{MATCHED_VAR}',logdata:'%{TX.0} %{MATCHED_VAR}',tag:'of %{MATCHED_VAR_NAME}',severity:ERROR\"",
			"SecRule ARGS|REQUEST_HEADERS \"@contains refuse-me\" \"id:2,phase:2,deny,status:403,log,msg:'%{MATCHED_VAR}',logdata:'%{MATCHED_VAR}'\""]}`},
	{"jwt-audience", "jwtaudience", `{"mode":"MODE","events":"all","issuers":[{"issuer":"https://idp.example.com","audiences":["api"],"jwks":KEYS}],
		"routes":[{"match":{"path":{"prefix":"/open"}},"allow_anonymous":true}],"identity_claims":["scope","email"]}`},
	{"scope", "scope", `{"mode":"MODE","events":"all","default":"deny","routes":[{"match":{"path":{"prefix":"/open"}},"public":true},
		{"match":{"path":{"prefix":"/scoped"}},"all_of":["orders:read"]},
		{"match":{},"authenticated":true}],"allow_cors_preflight":true}`},
	{"quota", "quota", `{"mode":"MODE","events":"all","limits":[{"name":"once","key":["header:x-key"],"missing":"skip","rate":{"requests":1,"per":"1h"},"near_percent":1},
		{"name":"subject","key":["subject","client_id"],"missing":"skip","rate":{"requests":3,"per":"1h"}}],"answer":{"fields":"both","fields_on":"all"}}`},
	{"redact", "redact", `{"mode":"MODE","events":"all","profile":["pci","hipaa","gdpr"],
		"responses":[{"match":{"path":{"prefix":"/blocked"}},"detectors":[{"type":"card","action":{"block":true}},{"type":"email","action":{"block":true}}]}],
		"requests":[{"match":{},"profile":["pci","gdpr"],"fields":[{"path":"**.password","action":{"drop":true}}]}]}`},
}

// A configuration of events that lets subjects be: whoever asks for it gets it, and the
// tests have to notice.
const unredactedEvents = `"events":{"write":"all","identity":"unredacted"}`

// configured is a configuration of the chain in a mode.
func configured(configuration, mode string) []byte {
	most := "1000" // in enforce mode what is suspicious goes on to the others
	if mode == "shadow" {
		most = "5"
	}
	return []byte(strings.NewReplacer("MODE", mode, "MOST", most, "KEYS", josetest.Set(canaryKey)).Replace(configuration))
}

// canaryToken is a good token with some claims more.
func canaryToken(claims string) string {
	return canaryKey.Token(`{"iss":"https://idp.example.com","aud":"api","exp":4102444800,"iat":1700000000` + claims + `}`)
}

// quoted is a text as a JSON string.
func quoted(text string) string { return strconv.Quote(text) }

// probe is a request with a canary in it, and what is answered to it.
type probe struct {
	name     string
	exchange harness.Exchange
}

// probes are requests that have a canary in one place each.
func probes(c canary) []probe {
	var all []probe
	text := c.text
	plain := canaryToken(`,"sub":"alice","client_id":"web","scope":"orders:read"`)
	ok := message(200, "application/json", `{"ok":true}`)
	add := func(name, method, target, token, body, contentType string, response harness.Message, fields ...string) {
		request := asked(method, target)
		for i := 0; i+1 < len(fields); i += 2 {
			if fields[i] == ":authority" {
				request.Headers[2].Value = fields[i+1] // asked puts it there
				continue
			}
			request.Headers = append(request.Headers, harness.Header{Name: fields[i], Value: fields[i+1]})
		}
		if token != "" {
			request.Headers = append(request.Headers, harness.Header{Name: "authorization", Value: "Bearer " + token})
		}
		if body != "" {
			request.Headers = append(request.Headers, harness.Header{Name: "content-type", Value: contentType}, harness.Header{Name: "content-length", Value: strconv.Itoa(len(body))})
			request.Body = [][]byte{[]byte(body)}
		}
		all = append(all, probe{c.name + " in " + name, harness.Exchange{Request: request, Response: response}})
	}
	get := func(name, target, token string, fields ...string) {
		add(name, "GET", target, token, "", "", ok, fields...)
	}
	post := func(name, contentType, body string) {
		add(name, "POST", "/open/orders", "", body, contentType, ok)
		add(name+" with a token", "POST", "/scoped/orders", plain, body, contentType, ok, "x-key", text)
	}
	answer := func(name, target string, response harness.Message) { add(name, "GET", target, plain, "", "", response) }

	// What is not written at all.
	for _, name := range []string{"password", "token", "q", "card", "access_token", "api_key", "id"} {
		get("the query as "+name, "/open/x?"+name+"="+url.QueryEscape(text), "")
		get("the query as "+name+" with a token", "/scoped/x?a=1&"+name+"="+url.QueryEscape(text), plain)
	}
	get("the query, refused by a rule", "/open/x?q=refuse-me+"+url.QueryEscape(text), "")
	get("the query, an attack", "/open/x?q="+url.QueryEscape("1' or '1'='1' union select '"+text+"' -- "), "")
	get("the name of a parameter", "/open/x?"+url.QueryEscape(text)+"=1", "")
	get("a path parameter", "/open/x;sid="+url.PathEscape(text)+"/y", "")
	get("a fragment", "/open/x%23"+url.PathEscape(text), "")
	for _, name := range []string{"x-note", "referer", "user-agent", "cookie", "x-api-key", "x-key", "dpop", "origin", "x-forwarded-host", "accept",
		"accept-language", "if-match", "range", "x-original-url"} {
		value := text
		if name == "cookie" {
			value = "a=1; sid=" + text + "; access_token=" + text
		}
		get("the header "+name, "/open/x", "", name, value)
		get("the header "+name+" with a token", "/scoped/x", plain, name, value, "x-key", text)
	}
	get("an attack in a header", "/open/x", "", "x-note", "<script>alert('"+text+"')</script> refuse-me")
	get("basic authentication", "/api/x", "", "authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("jane:"+text)))
	get("another scheme", "/api/x", "", "authorization", "Digest username="+quoted(text))
	get("two credentials", "/api/x", plain, "authorization", "Bearer "+text)
	get("what is no token", "/api/x", text)
	get("what is no token, of gRPC", "/orders.v1.Orders/Get", text, "content-type", "application/grpc", "te", "trailers")
	get("a header of gRPC", "/orders.v1.Orders/Get", plain, "content-type", "application/grpc", "grpc-timeout", text, "x-note", text+" refuse-me")
	get("what is hardly a token", "/api/x", "a."+josetest.Encode(text)+".c")
	get("a preflight", "/api/x", "", "origin", "https://"+hostOf(text), "access-control-request-method", "GET", "access-control-request-headers", "x-"+hostOf(text))
	add("a preflight's method", "OPTIONS", "/scoped/x", "", "", "", ok, "origin", "https://a.example.com", "access-control-request-method", text)

	// Tokens, good and bad.
	for _, claim := range []string{"email", "jti", "name", "azp", "nonce", "phone_number", "scope"} {
		get("the claim "+claim, "/scoped/x", canaryToken(`,"sub":"alice","client_id":"web",`+quoted(claim)+":"+quoted(text)))
	}
	get("the audience", "/api/x", canaryKey.Token(`{"iss":"https://idp.example.com","sub":"alice","aud":`+quoted(text)+`,"exp":4102444800}`))
	get("a claim of a wrong type", "/api/x", canaryToken(`,"sub":["`+text+`"]`))
	get("the issuer", "/api/x", canaryKey.Token(`{"iss":"https://`+text+`","sub":"alice","aud":"api","exp":4102444800}`))
	for _, header := range []string{`{"alg":"EdDSA","kid":` + quoted(text) + `}`, `{"alg":` + quoted(text) + `,"kid":"ed"}`, `{"alg":"EdDSA","kid":"ed","typ":` + quoted(text) + `}`,
		`{"alg":"EdDSA","kid":"ed","crit":[` + quoted(text) + `]}`, `{"alg":"EdDSA","kid":"ed","x":` + text} {
		get("the header of a token "+header, "/api/x", canaryKey.Sign(header, `{"iss":"https://idp.example.com","sub":"alice","aud":"api","exp":4102444800}`))
	}
	get("the signature", "/api/x", plain[:strings.LastIndexByte(plain, '.')+1]+josetest.Encode(text))

	// Bodies.
	form := "user=jane&password=" + url.QueryEscape(text) + "&note=" + url.QueryEscape("refuse-me "+text)
	post("a form", "application/x-www-form-urlencoded", form)
	post("JSON", "application/json", `{"password":`+quoted(text)+`,"card":{"number":`+quoted(text)+`},`+quoted(text)+`:1}`)
	post("broken JSON", "application/json", `{"password":`+quoted(text)+`,"card":`+text)
	post("text", "text/plain", "my password="+text+" refuse-me")
	post("XML", "application/xml", "<a b="+quoted(text)+"><password>"+text+"</password></b>")
	post("parts", "multipart/form-data; boundary=b", "--b\r\ncontent-disposition: form-data; name=\"a\"; filename="+quoted(text)+"\r\n\r\n"+text+"\r\n--b--\r\n")
	post("broken parts", "multipart/form-data; boundary="+hostOf(text), "--b\r\ncontent-disposition: form-data; name="+text+"\r\n\r\n"+text)
	post("a body of another type", "application/"+hostOf(text), text)

	// Responses.
	for _, target := range []string{"/open/x", "/scoped/x", "/blocked/x"} {
		answer("a response in JSON", target, message(200, "application/json", `{"customer":{"password":`+quoted(text)+`,"a":[`+quoted(text)+`],`+quoted(text)+`:2}}`))
		answer("a response in broken JSON", target, message(200, "application/json", `{"customer":`+quoted(text)+`,"a":`+text))
		answer("a response in text", target, message(200, "text/plain", "password="+text+" and "+text))
		answer("an error", target, message(500, "text/html", "<p>stack trace: "+text+" at line 1, ORA-01756: quoted string not properly terminated</p>"))
		answer("a response of another type", target, message(200, "application/"+hostOf(text), text))
		answer("a redirect", target, message(302, "text/plain", text,
			"location", "https://a.example.com/?password="+url.QueryEscape(text), "set-cookie", "sid="+text, "x-note", text, "etag", quoted(text)))
	}

	if c.shapeless {
		return all
	}
	// What is written, but for what is found in it.
	segment := url.PathEscape(text)
	signs := strings.NewReplacer("-", "%2D", ".", "%2e").Replace(url.QueryEscape(text))
	for _, path := range []string{segment, text, signs, url.PathEscape(segment), hexed(text), url.PathEscape(hexed(text))} {
		if strings.ContainsRune(path, ' ') {
			continue
		}
		for _, target := range []string{"/open/" + path, "/scoped/customers/" + path + "/orders", "/blocked/" + path, "/open//../" + path} {
			get("the path "+target, target, "")
			get("the path "+target+" with a token", target, plain, "x-key", "1")
		}
	}
	if hostOf(text) == text {
		get("the host", "/open/x", "", ":authority", text+".example.com")
		get("user information", "/open/x", "", ":authority", "jane:"+text+"@api.example.com")
	}
	get("an expired token", "/api/x", canaryKey.Token(`{"iss":"https://idp.example.com","sub":`+quoted(text)+`,"aud":"api","exp":1700000000}`))
	get("the request's id", "/api/x", "", "x-request-id", text)
	get("the subject", "/scoped/x", canaryToken(`,"client_id":"web","scope":"orders:read","sub":`+quoted(text)), "x-key", "2")
	get("the subject of somebody without a scope", "/scoped/x", canaryToken(`,"client_id":"web","sub":`+quoted("idp|"+text)))
	get("the client", "/scoped/x", canaryToken(`,"sub":"alice","client_id":`+quoted(text)))
	for range 5 {
		get("the subject over a limit", "/other/x", canaryToken(`,"client_id":"web","sub":`+quoted(text)))
	}
	if strings.IndexFunc(text, func(r rune) bool { return r == '@' || r == ' ' || r == '/' }) < 0 {
		add("the method", text, "/open/x", "", "", "", ok)
	}
	return all
}

// hostOf is a text as a token of HTTP that may be the name of a host.
func hostOf(text string) string {
	return strings.NewReplacer("@", ".", "+", "", " ", "-", "/", "-", "_", "-").Replace(text)
}

// hexed is a text with each byte percent-encoded.
func hexed(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}

// asked is a request without a body.
func asked(method, target string, fields ...harness.Header) harness.Message {
	return harness.Message{Headers: append([]harness.Header{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "api.example.com"}, {Name: ":path", Value: target}}, fields...)}
}

// message is what an upstream answers.
func message(status int, contentType, body string, fields ...string) harness.Message {
	m := harness.Message{Body: [][]byte{[]byte(body)}, Headers: []harness.Header{
		{Name: ":status", Value: strconv.Itoa(status)}, {Name: "content-type", Value: contentType}, {Name: "content-length", Value: strconv.Itoa(len(body))}}}
	for i := 0; i+1 < len(fields); i += 2 {
		m.Headers = append(m.Headers, harness.Header{Name: fields[i], Value: fields[i+1]})
	}
	return m
}

// ours tells whether an answer is a plugin's.
func ours(details string) bool { return strings.Contains(details, "gatehouse.") }

// textOf is a message as one text.
func textOf(m *harness.Message) string {
	var b strings.Builder
	for _, h := range m.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	for _, chunk := range m.Body {
		b.Write(chunk)
	}
	return b.String()
}

// TestNoCanaryIsWritten sends canaries through all plugins in the harness, and looks
// through every line of the log, every event, every metric and every answer of their own.
func TestNoCanaryIsWritten(t *testing.T) {
	s := newSearch()
	for _, mode := range []string{"enforce", "shadow"} {
		t.Run(mode, func(t *testing.T) {
			var chain []harness.Plugin
			for _, p := range canaryChain {
				chain = append(chain, harness.Plugin{Name: p.name, Wasm: replaytest.Build(t, "./"+p.folder+"/wasm"), Configuration: configured(p.configuration, mode)})
			}
			proxy, err := harness.Start(t.Context(), chain, harness.Options{Now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close(t.Context())
			for _, entry := range proxy.Logs() {
				s.hold(t, "a line of the start", entry.Message)
			}
			sent, events, answers := 0, map[string]int{}, 0
			for _, c := range canaries {
				for _, p := range probes(c) {
					result, err := proxy.Exchange(t.Context(), 0, p.exchange)
					if err != nil {
						t.Fatalf("%s: %v", p.name, err)
					}
					sent++
					for _, entry := range result.Logs {
						s.hold(t, p.name, entry.Plugin+": "+entry.Message)
						if strings.HasPrefix(entry.Message, "{") {
							events[entry.Plugin]++
						}
					}
					s.hold(t, p.name, result.Details+" "+result.Flags)
					if ours(result.Details) {
						answers++
						s.hold(t, p.name+", answered", textOf(&result.Response))
					}
					for name, value := range result.FilterState {
						if name != "wasm.gatehouse.identity" {
							s.hold(t, p.name, name+" "+string(value))
						}
					}
					for _, failure := range result.Failures {
						t.Errorf("%s: %v", p.name, failure)
					}
				}
			}
			for name := range proxy.Metrics() {
				s.hold(t, "a metric", name)
			}
			t.Logf("%d requests, %d answers of plugins, events %v", sent, answers, events)
			if sent < 1000 {
				t.Errorf("%d requests, want at least 1000", sent)
			}
			for _, p := range canaryChain {
				if events[p.name] < 100 {
					t.Errorf("%d events of %s, want at least 100", events[p.name], p.name)
				}
			}
			if mode == "enforce" && answers < 300 {
				t.Errorf("%d answers of plugins, want at least 300", answers)
			}
		})
	}
}

// TestNoCanaryIsInWhatIsWrongWithAConfiguration has configurations that hold secrets and
// do not start.
func TestNoCanaryIsInWhatIsWrongWithAConfiguration(t *testing.T) {
	s := newSearch()
	broken := map[string][]string{
		"jwtaudience": {
			`{"issuers":[{"issuer":CANARY,"audiences":["a"],"jwks":{"keys":[]}}]}`, `{"issuers":[{"issuer":"https://jane:RAW@idp.example.com/","audiences":["a"],"jwks":KEYS}]}`,
			`{"issuers":[{"issuer":"https://a.example","audiences":["a"],"jwks":{"keys":[{"kty":"oct","k":CANARY,"kid":CANARY}]}}]}`,
			`{"issuers":[{"issuer":"https://a.example","audiences":["a"],"jwks":{"keys":[{"kty":CANARY,"d":CANARY}]}}]}`,
			`{"issuers":[{"issuer":"https://a.example","audiences":["a"],"introspection":{"cluster":CANARY,"client_id":CANARY,"client_secret":[CANARY]}}]}`,
			`{"issuers":[{"issuer":"https://a.example","audiences":["a"],"jwks":KEYS,"algorithms":[CANARY]}],"events":CANARY,"mode":CANARY}`,
			`{"issuers":[{"issuer":"https://a.example","audiences":["a"],"jwks":KEYS}],"events":{"pseudonym_key":CANARY,"identity":"pseudonym"}}`,
			`{"issuers":[{"issuer":"https://a.example","audiences":["a"],"jwks":KEYS}],"routes":[{"match":{"path":{"prefix":CANARY}}}]}`,
			`{"issuers":[{"issuer":"https://a.example","audiences":["a"],"jwks_uri":{"uri":CANARY,"cluster":"idp"}}]}`,
		},
		"scope": {`{"hierarchy":{"a":[CANARY,CANARY]},"routes":[]}`, `{"routes":[{"match":{"hosts":[CANARY]},"all_of":[" "]}],"events":{"pseudonym_key":CANARY}}`, `{"routes":CANARY}`},
		"quota": {`{"limits":[{"name":CANARY,"key":[CANARY],"rate":{"requests":CANARY,"per":CANARY}}]}`,
			`{"limits":[{"name":"a","key":["header:x"],"rate":{"requests":1,"per":"1s"}}],"plans":{"default":CANARY}}`,
			`{"limits":[],"global":{"cluster":CANARY,"secret":CANARY}}`},
		"redact": {
			`{"responses":[{"match":{},"detectors":[{"type":CANARY,"action":{"mask":{}}}]}]}`,
			`{"responses":[{"match":{},"fields":[{"path":"a","action":{"pseudonym":{"key":CANARY}}}]}],"keys":{"k":{"secret":CANARY}}}`,
			`{"responses":[{"match":{},"detectors":[{"name":"x","literals":[CANARY,CANARY],"action":{"mask":{}}}]}],"keys":{"k1":{"secret":CANARY},"k2":{"env":CANARY}}}`, `{"profile":CANARY}`,
			`{"responses":[{"match":{},"detectors":[{"name":"x","pattern":CANARY,"action":{"replace":[CANARY]}}]}]}`,
		},
		"waf": {`{"crs":{"paranoia_level":CANARY}}`, `{"rules":["SecRule ARGS \"@beginWith RAW\" \"id:1,phase:1,deny\""]}`, `{"rules":["SecRule ARGS \"@rx (RAW\" \"id:1,phase:1,deny\""]}`,
			`{"rules":["SecAction \"id:1,phase:1,pass,setvar:RAW,msg:'RAW\""]}`, `{"crs":{"variables":{"a":[CANARY]}}}`},
	}
	everywhere := []string{`{"mode":CANARY`, `CANARY`, `{"key":CANARY}{`, `{"mode":"enforce","mode":CANARY}`, `{CANARY:1}`, "{\"a\":\"RAW\n\"}"}
	count := 0
	for _, p := range canaryChain {
		module := replaytest.Build(t, "./"+p.folder+"/wasm")
		for _, configuration := range append(broken[p.folder], everywhere...) {
			for _, c := range []canary{canaries[0], canaries[2], canaries[7], canaries[9]} {
				if c.shapeless && (configuration == `{CANARY:1}` || strings.Contains(configuration, `"rules"`)) {
					continue // names, and words of rules, are told
				}
				text := strings.NewReplacer("CANARY", quoted(c.text), "RAW", c.text, "KEYS", josetest.Set(canaryKey)).Replace(configuration)
				proxy, err := harness.Start(t.Context(), []harness.Plugin{{Name: p.name, Wasm: module, Configuration: []byte(text)}}, harness.Options{})
				if err == nil {
					for _, entry := range proxy.Logs() {
						s.hold(t, p.name, entry.Message)
					}
					proxy.Close(t.Context())
					continue
				}
				var refused *harness.ConfigurationError
				if !errors.As(err, &refused) {
					t.Fatalf("%s: %v", p.name, err)
				}
				count++
				for _, entry := range refused.Logs {
					s.hold(t, p.name+" with "+configuration, entry.Message)
				}
			}
		}
	}
	if count < 180 {
		t.Errorf("%d configurations were refused, want at least 180", count)
	}
}

// TestUnredactedIdentitiesAreFound has a plugin write a canary, which its configuration asks
// for by name, and wants the search to notice.
func TestUnredactedIdentitiesAreFound(t *testing.T) {
	p := canaryChain[1]
	configuration := bytes.Replace(configured(p.configuration, "enforce"), []byte(`"events":"all"`), []byte(unredactedEvents), 1)
	proxy, err := harness.Start(t.Context(), []harness.Plugin{{Name: p.name, Wasm: replaytest.Build(t, "./"+p.folder+"/wasm"), Configuration: configuration}}, harness.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close(t.Context())
	s := newSearch()
	for _, c := range canaries {
		request := asked("GET", "/x", harness.Header{Name: "authorization", Value: "Bearer " + canaryToken(`,"sub":`+quoted(c.text))})
		_, err := proxy.Exchange(t.Context(), 0, harness.Exchange{Request: request, Response: message(200, "text/plain", "ok")})
		if err != nil {
			t.Fatal(err)
		}
		lines := proxy.Logs()
		if last := lines[len(lines)-1].Message; s.in(last) == "" {
			t.Errorf("%s is not found in %s", c.name, last)
		}
	}
}
