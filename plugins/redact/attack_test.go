package redact

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

// attacked is what is to be hidden in these tests, in both directions.
const attacked = `{"responses":[` + attackedRule + `],"requests":[` + attackedRule + `]}`

const attackedRule = `{"match":{},
	"headers":[{"name":"x-customer-*","action":{"drop":true}}],
	"fields":[{"path":"**.cvv","action":{"drop":true}}],
	"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}},{"type":"email","action":{"replace":"[e-mail]"}}]}`

// head is what the headers of a request and of the response to it become.
func head(i *Inspector, request []string, requestEnds bool, status int, response []string, responseEnds bool) (s *inspection, up, down policy.Decision) {
	s = i.Inspect().(*inspection)
	up = s.RequestHeaders(&policy.Request{Headers: fields(append([]string{":authority: api.example.com", ":path: /"}, request...))}, requestEnds)
	if up.Outcome == policy.Allow {
		down = s.ResponseHeaders(&policy.ResponseHead{Status: status, Headers: fields(response)}, responseEnds)
	}
	return s, up, down
}

// TestTunnels asserts that the bytes of a tunnel, which nobody reads, do not pass as the
// body that its headers say they are.
func TestTunnels(t *testing.T) {
	const unread = `"unread":"pass",`
	tests := []struct {
		name     string
		request  []string
		ends     bool
		status   int
		response []string
		// refused and passing are the reasons with rules for both directions, and with
		// unread "pass".
		refused, passing policy.Reason
	}{
		{"an upgrade", []string{":method: GET", "connection: upgrade", "upgrade: websocket"}, false, 101, nil, ReasonUnread, ReasonPassedUnread},
		{"an upgrade that says it is JSON", []string{":method: GET", "connection: upgrade", "upgrade: websocket", "content-type: application/json"}, false, 101, nil, ReasonUnread, ReasonPassedUnread},
		{"an answer that says it is JSON", []string{":method: GET"}, true, 101, []string{"content-type: application/json"}, ReasonUnread, ReasonPassedUnread},
		{"an answer that says it is a text", []string{":method: GET"}, true, 101, []string{"content-type: text/plain"}, ReasonUnread, ReasonPassedUnread},
		{"CONNECT", []string{":method: CONNECT", "content-type: application/json"}, false, 200, nil, ReasonUnread, ReasonPassedUnread},
		{"an answer to CONNECT", []string{":method: CONNECT"}, true, 200, []string{"content-type: application/json"}, ReasonUnread, ReasonPassedUnread},
		{"CONNECT that is refused", []string{":method: CONNECT"}, true, 403, []string{"content-type: application/json"}, ReasonUntouched, ReasonUntouched},
		{"an upgrade that is a body", []string{":method: POST", "connection: upgrade", "upgrade: websocket", "content-type: application/json"}, false, 200, []string{"content-type: application/json"}, ReasonUntouched, ReasonUntouched},
	}
	for _, tt := range tests {
		for rules, want := range map[string]policy.Reason{attacked: tt.refused, strings.ReplaceAll(attacked, `"fields"`, unread+`"fields"`): tt.passing} {
			_, up, down := head(inspector(t, rules), tt.request, tt.ends, tt.status, tt.response, false)
			got := up
			if up.Outcome == policy.Allow {
				got = down
			}
			if got.Reason != want || (got.Outcome == policy.Deny) != (want == ReasonUnread) || want == ReasonPassedUnread && got.Body == policy.BodyStream {
				t.Errorf("%s: %s, %s, want %s", tt.name, got.Outcome, got.Reason, want)
			}
		}
	}
	// A type that passes unread is no word for a tunnel.
	images := strings.ReplaceAll(attacked, `"fields"`, `"unread_types":["image/*"],"fields"`)
	if _, _, down := head(inspector(t, images), []string{":method: GET"}, true, 101, []string{"content-type: image/png"}, false); down.Reason != ReasonUnread {
		t.Errorf("a tunnel that says it is a picture: %s", down.Reason)
	}
}

// TestDigestsOfWhatDoesNotCome asserts that nobody is told the digest of what is hidden:
// a card's check value has a thousand values to try.
func TestDigestsOfWhatDoesNotCome(t *testing.T) {
	speaks := []string{"content-digest: sha-256=:YQ==:", "repr-digest: sha-256=:YQ==:", "digest: sha-256=YQ==", "content-md5: YQ==", "content-length: 17", "etag: \"abc\""}
	tests := []struct {
		name    string
		method  string
		asks    string
		status  int
		kind    string
		removed string // of the response's headers
	}{
		{"HEAD", "HEAD", "", 200, "application/json", "content-digest,repr-digest,digest,content-md5,content-length,etag"},
		{"HEAD of a picture", "HEAD", "", 200, "image/png", ""},
		{"HEAD without a type", "HEAD", "", 200, "", "content-digest,repr-digest,digest,content-md5,content-length,etag"},
		{"304", "GET", "if-none-match: *", 304, "", "content-digest,repr-digest,digest,content-md5,content-length,etag"},
		{"304 of what the client has", "GET", `if-none-match: "x", "abc"`, 304, "", "content-digest,repr-digest,digest,content-md5,content-length"},
		{"nothing", "GET", "", 200, "application/json", ""},
	}
	for _, tt := range tests {
		response := slices.Clone(speaks)
		if tt.kind != "" {
			response = append(response, "content-type: "+tt.kind)
		}
		_, _, down := head(inspector(t, attacked), []string{":method: " + tt.method, tt.asks}, true, tt.status, response, true)
		var removed []string
		for _, f := range fields(speaks) {
			if slices.Contains(down.RemoveHeaders, f.Name) {
				removed = append(removed, f.Name)
			}
		}
		if got := strings.Join(removed, ","); got != tt.removed {
			t.Errorf("%s: without %s, want without %s", tt.name, got, tt.removed)
		}
	}
	// Trailers have digests of what has been rewritten, and of what has not.
	for kind, want := range map[string]bool{"application/json": true, "image/png": false} {
		i := inspector(t, strings.ReplaceAll(attacked, `"fields"`, `"unread_types":["image/*"],"fields"`))
		s, _, _ := head(i, []string{":method: GET"}, true, 200, []string{"content-type: " + kind}, false)
		if d := s.ResponseTrailers(fields(speaks)); slices.Contains(d.RemoveHeaders, "content-digest") != want || slices.Contains(d.RemoveHeaders, "etag") != want {
			t.Errorf("trailers of %s leave without %v", kind, d.RemoveHeaders)
		}
	}
}

// TestConfigurationsOfOthers asserts that what people write who know another product is
// refused with a word that helps, and does not stand there without effect.
func TestConfigurationsOfOthers(t *testing.T) {
	rule := func(text string) string { return `{"responses":[{"match":{},` + text + `}]}` }
	tests := []struct{ name, document, want string }{
		{"a pointer", rule(`"fields":[{"path":"/customer/email","action":{"drop":true}}]`), `responses[0].fields[0].path: begins with "/", want names joined by dots`},
		{"pointers", rule(`"fields":[{"path":["a","/b"],"action":{"drop":true}}]`), `responses[0].fields[0].path[1]: begins with "/"`},
		{"a query of gjson", rule(`"fields":[{"path":"items.#(kind==\"card\").number","action":{"drop":true}}]`), `responses[0].fields[0].path: "#(" is a query`},
		{"a filter of JSONPath", rule(`"fields":[{"path":"$.items[?(@.kind==1)].number","action":{"drop":true}}]`), "responses[0].fields[0].path: [?("},
		{"a recognizer of Presidio", rule(`"detectors":[{"type":"EMAIL_ADDRESS","action":{"drop":true}}]`), `no detector of this name, did you mean "email"?`},
		{"a name that is like none", rule(`"detectors":[{"type":"CREDIT_CARD","action":{"drop":true}}]`), "no detector of this name, want card, iban, "},
		{"an operator of Presidio", rule(`"fields":[{"path":"a","action":{"redact":{}}}]`), `unknown field "redact"`},
		{"an action as a word", rule(`"fields":[{"path":"a","action":"mask"}]`), "responses[0].fields[0].action: want an object, got string"},
		{"a look ahead", rule(`"detectors":[{"name":"x","pattern":"(?=a)b","action":{"drop":true}}]`), "responses[0].detectors[0]: pattern: "},
	}
	for _, tt := range tests {
		i, err := New([]byte(tt.document))
		if err == nil {
			err = i.UseEnvironment(func(string) (string, bool) { return "", false })
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	// "/" has no meaning behind a backslash, or in quotes.
	for _, path := range []string{`\/a`, `$['/a']`, "a/b"} {
		i := inspector(t, rule(`"fields":[{"path":"`+strings.ReplaceAll(path, `\`, `\\`)+`","action":{"drop":true}}]`))
		if o := run(i, exchange{fields: []string{"content-type: application/json"}, body: `{"/a":1,"a/b":1}`}); len(o.body) > len(`{"/a":1}`)+1 {
			t.Errorf("%s: %s", path, o.body)
		}
	}
}
