package redact

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// secret is a key of tests.
const secret = "0123456789abcdef0123456789abcdef"

type attributes map[string]string

func (a attributes) Attribute(path ...string) ([]byte, bool) {
	value, ok := a[strings.Join(path, ".")]
	return []byte(value), ok
}

// host lends randomness.
type host struct{ n uint64 }

func (*host) Get(string) ([]byte, uint32, bool) { return nil, 0, false }
func (*host) Set(string, []byte, uint32) bool   { return false }
func (h *host) Random() uint64                  { h.n++; return h.n }
func (*host) Now() time.Time                    { return time.Unix(1_800_000_000, 0) }
func (*host) VerifySignature(string, []byte, []byte, []byte) (valid, answered bool) {
	return false, false
}

func inspector(t testing.TB, document string) *Inspector {
	t.Helper()
	i, err := New([]byte(document))
	if err == nil {
		err = i.UseEnvironment(func(name string) (string, bool) { return secret, name == "GATEHOUSE_KEY_K1" })
	}
	if err != nil {
		t.Fatal(err)
	}
	i.UseHost(&host{})
	return i
}

// exchange is one stream with a response.
type exchange struct {
	identity string
	path     string
	asks     []string // fields of the request, "name: value"
	fields   []string // of the response, "name: value"
	body     string
	// cut is where the body is cut in two; 0 for not at all.
	cut int
}

// outcome is what came of it.
type outcome struct {
	body              string
	request, response policy.Decision
	refusal           *policy.Decision
	done              policy.Decision
}

// fields reads "name: value".
func fields(list []string) (h policy.Headers) {
	for _, field := range list {
		name, value, _ := strings.Cut(field, ": ")
		h = append(h, policy.Header{Name: name, Value: value})
	}
	return h
}

func run(i *Inspector, x exchange) outcome {
	var o outcome
	known := attributes{}
	if x.identity != "" {
		known["gatehouse.identity"] = x.identity
	}
	if x.path == "" {
		x.path = "/customers/1"
	}
	r := &policy.Request{Now: time.Unix(1_800_000_000, 0), IncidentID: "incident-1", Attributes: known, Headers: policy.Headers{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: x.path}, {Name: ":authority", Value: "api.example.com"}, {Name: "accept-encoding", Value: "br, gzip"}, {Name: "range", Value: "bytes=1-"},
	}}
	r.Headers = append(r.Headers, fields(x.asks)...)
	s := i.Inspect().(*inspection)
	if o.request = s.RequestHeaders(r, true); o.request.Outcome == policy.Allow && !o.request.NoResponse {
		head := &policy.ResponseHead{Now: r.Now, Status: 200, Attributes: known, Headers: fields(x.fields)}
		o.response = s.ResponseHeaders(head, x.body == "")
		if o.response.Body == policy.BodyStream {
			var out []byte
			for n, piece := range []string{x.body[:x.cut], x.body[x.cut:]} {
				if out, o.refusal = s.RewriteResponse(out, []byte(piece), n == 1); o.refusal != nil {
					break
				}
			}
			o.body = string(out)
		} else if o.response.Outcome == policy.Allow {
			o.body = x.body
		}
	}
	o.done = s.Done()
	return o
}

const customers = `{"responses":[{"match":{"path":{"prefix":"/customers"}},
	"fields":[
		{"path":"customer.email","action":{"pseudonym":{"key":"k1"}}},
		{"path":"**.cvv","action":{"drop":true}},
		{"path":"**.pin","action":{"null":true}},
		{"path":"**.birthDate","action":{"date":"year"}},
		{"path":"**.address","action":{"mask":{"fixed":3}}},
		{"path":"**.salary","action":{"range":10000},"unless":{"claim":"roles","one_of":["hr"]}}],
	"detectors":[
		{"type":"card","action":{"mask":{"keep_last":4}},"unless":{"scope":"cards:read"}},
		{"type":"email","action":{"replace":"[e-mail]"}},
		{"name":"case","pattern":"CASE-[0-9]{4}","action":{"drop":true}}]}],
	"keys":{"k1":{"env":"GATEHOUSE_KEY_K1"}}}`

func TestResponses(t *testing.T) {
	const agent = `{"iss":"https://idp.example.com","sub":"agent-1","client_id":"desk"`
	tests := []struct {
		name, identity, contentType, body, want string
	}{
		{"fields and data", "", "application/json",
			`{"customer": {"email":"a@example.com","cvv":123,"pin":"0000","birth_date":"1970-05-17","address":{"street":"Main St 1","zip":"12345"}}, "salary":52000, "note":"paid with 4111 1111 1111 1111, ask b@example.org about CASE-1234"}`,
			`{"customer": {"email":"PSEUDONYM","pin":null,"birth_date":"1970","address":{"street":"***","zip":"***"}}, "salary":"[50000,60000)", "note":"paid with ***************1111, ask [e-mail] about "}`},
		{"a card as a number", "", "application/json", `{"pan":4111111111111111,"order":4111111111111112}`, `{"pan":"************1111","order":4111111111111112}`},
		{"a card with an exponent", "", "application/json", `{"a":4.111111111111111e15,"b":4111111111111111.0,"c":4111111111111111e0,"d":20.00,"e":1e99,"f":4.111111111111112e15}`,
			`{"a":"************1111","b":"************1111","c":"************1111","d":20.00,"e":1e99,"f":4.111111111111112e15}`},
		{"JSON that is called text", "", "text/plain", `{"cvv":1,"x":"a@example.com"}`, `{"x":"[e-mail]"}`},
		{"JSON that is called HTML", "", "text/html; charset=utf-8", `{"cvv":1,"x":"a@example.com"}`, `{"x":"[e-mail]"}`},
		{"names that are paths", "", "application/x-www-form-urlencoded", "card[cvv]=1&card%5Bcvv%5D=2&x=3", "x=3"},
		{"who may see cards", agent + `,"scope":"orders:read cards:read"}`, "application/json", `{"note":"4111111111111111 a@example.com"}`, `{"note":"4111111111111111 [e-mail]"}`},
		{"who may see salaries", agent + `,"claims":{"roles":["hr"]}}`, "application/json", `{"salary":52000}`, `{"salary":52000}`},
		{"who may not", agent + `,"claims":{"roles":["it"]}}`, "application/json", `{"salary":52000}`, `{"salary":"[50000,60000)"}`},
		{"an identity that cannot be read", `{`, "application/json", `{"note":"4111111111111111"}`, `{"note":"************1111"}`},
		{"escapes", "", "application/json", `{"n":"\u0034111111111111111","\u0063vv":1}`, `{"n":"************1111"}`},
		{"names of members", "", "application/json", `{"a@example.com":1}`, `{"[e-mail]":1}`},
		{"a date that is none", "", "application/json", `{"birthDate":"soon"}`, `{"birthDate":"***"}`},
		{"encoded JSON", "", "application/json", `{"payload":"{\"cvv\":1,\"x\":2}"}`, `{"payload":"{\"x\":2}"}`},
		{"events", "", "text/event-stream", "data: {\"cvv\":1,\"x\":\"a@example.com\"}\n\ndata: [DONE]\n\n", "data: {\"x\":\"[e-mail]\"}\n\ndata: [DONE]\n\n"},
		{"a text in pieces", "", "text/event-stream", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"pay with 4111 11\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"11 1111 1111 now\"}}]}\n\ndata: [DONE]\n\n",
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"pay with ***************1111\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" now\"}}]}\n\ndata: [DONE]\n\n"},
		{"text", "", "text/plain; charset=utf-8", "card 4111-1111-1111-1111\nend", "card ***************1111\nend"},
		{"a form", "", "application/x-www-form-urlencoded", "cvv=123&mail=a%40example.com&x=1", "mail=%5Be-mail%5D&x=1"},
		{"nothing of it", "", "application/json", `{"a":[1, 2.50, true, null, "x"]}`, `{"a":[1, 2.50, true, null, "x"]}`},
	}
	i := inspector(t, customers)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := exchange{identity: tt.identity, fields: []string{"content-type: " + tt.contentType}, body: tt.body}
			whole := run(i, x)
			got := whole.body
			if at := strings.Index(got, `"psn:`); at >= 0 {
				end := strings.IndexByte(got[at+1:], '"')
				got = got[:at+1] + "PSEUDONYM" + got[at+1+end:]
			}
			if got != tt.want || whole.refusal != nil {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
			if changed := tt.body != whole.body; changed != (whole.done.Reason == ReasonRedacted) || changed != (len(whole.done.Count) > 0) {
				t.Errorf("%s, counts %v", whole.done.Reason, whole.done.Count)
			}
			for x.cut = range tt.body {
				if o := run(i, x); o.body != whole.body {
					t.Fatalf("cut at %d: %s", x.cut, o.body)
				}
			}
			// Twice is once, but for ranges, which are no numbers any more.
			x.cut, x.body = 0, whole.body
			if o := run(i, x); o.body != whole.body && !strings.Contains(tt.body, "salary") && !strings.Contains(tt.body, "soon") {
				t.Errorf("twice: %s", o.body)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	o := run(inspector(t, customers), exchange{fields: []string{"content-type: application/json", "etag: \"a\"", "content-length: 9"}, body: `{"a":"b"}`})
	if set := o.request.SetHeaders; !slices.Equal(set, policy.Headers{{Name: "accept-encoding", Value: "gzip"}}) || !slices.Equal(o.request.RemoveHeaders, []string{"range"}) {
		t.Errorf("the upstream is asked with %v without %v", set, o.request.RemoveHeaders)
	}
	if !slices.Contains(o.response.RemoveHeaders, "etag") || !slices.Contains(o.response.RemoveHeaders, "content-digest") {
		t.Errorf("the response goes on without %v", o.response.RemoveHeaders)
	}
	if o := run(inspector(t, customers), exchange{path: "/orders"}); !o.request.NoResponse || o.request.SetHeaders != nil || o.done.Reason != ReasonUntouched {
		t.Errorf("another path: %+v", o.request)
	}
}

func TestWhatCannotBeReadDoesNotPass(t *testing.T) {
	tests := []struct {
		name, fields, body string
		reason             policy.Reason
	}{
		{"no type", "x: y", "4111111111111111", ReasonUnread},
		{"another type", "content-type: application/octet-stream", "4111111111111111", ReasonUnread},
		{"another coding", "content-type: application/json|content-encoding: br", "{}", ReasonUnread},
		{"two types", "content-type: application/json|content-type: image/png", "{}", ReasonUnread},
		{"a part of a whole", "content-type: application/json|content-range: bytes 1-2/3", "{}", ReasonUnread},
		{"broken JSON", "content-type: application/json", `{"pan":4111111111111111,`, ReasonMalformed},
		{"broken gzip", "content-type: application/json|content-encoding: gzip", `{"pan":4111111111111111}`, ReasonMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := run(inspector(t, customers), exchange{fields: strings.Split(tt.fields, "|"), body: tt.body})
			d := o.response
			if o.refusal != nil {
				d = *o.refusal
			}
			if d.Outcome != policy.Deny || d.Reason != tt.reason || d.Response.Status != 502 || strings.Contains(o.body, "4111111111111111") {
				t.Errorf("%s %s %d: %s", d.Outcome, d.Reason, d.Response.Status, o.body)
			}
			passing := strings.Replace(customers, `"fields"`, `"unread":"pass","fields"`, 1)
			if o := run(inspector(t, passing), exchange{fields: strings.Split(tt.fields, "|"), body: tt.body}); (o.done.Reason == ReasonPassedUnread) != (tt.reason == ReasonUnread) {
				t.Errorf("with unread \"pass\": %s", o.done.Reason)
			}
		})
	}
	for name, x := range map[string]exchange{
		"an event that is no JSON": {fields: []string{"content-type: text/event-stream"}, body: "data: {\"cvv\":123,\n\n"},
		"JSON in a string, too long to be read": {fields: []string{"content-type: application/json"},
			body: `{"payload":"{\"cvv\":123,\"x\":\"` + strings.Repeat("x", 2<<20) + `\"}"}`},
	} {
		if o := run(inspector(t, customers), x); o.refusal == nil || o.refusal.Reason != ReasonBlocked || strings.Contains(o.body, "123") {
			t.Errorf("%s passes: %.40s", name, o.body)
		}
	}
	shadow := inspector(t, strings.Replace(customers, "{", `{"mode":"shadow",`, 1)).Inspect().(*inspection)
	shadow.RequestHeaders(&policy.Request{Headers: fields([]string{":method: GET", ":path: /customers", ":authority: api.example.com"})}, true)
	shadow.ResponseHeaders(&policy.ResponseHead{Headers: fields([]string{"content-type: application/json"})}, false)
	for n, piece := range []string{"}}}}}}}}", "}", "{"} {
		if _, refusal := shadow.RewriteResponse(nil, []byte(piece), n == 2); (refusal != nil) != (n == 0) {
			t.Errorf("piece %d of what is broken: %+v", n, refusal)
		}
	}
	blocked := inspector(t, `{"responses":[{"match":{},"detectors":[{"type":"card","action":{"block":true}}]}]}`)
	if o := run(blocked, exchange{fields: []string{"content-type: application/json"}, body: `{"pan":4111111111111111}`}); o.refusal == nil || o.refusal.Reason != ReasonBlocked {
		t.Errorf("a card passes: %s", o.body)
	}
}

// changed returns headers as a decision changes them.
func changed(h policy.Headers, d *policy.Decision) []string {
	var out []string
	for _, f := range h {
		if !slices.Contains(d.RemoveHeaders, f.Name) {
			out = append(out, f.Name+": "+f.Value)
		}
	}
	for _, f := range d.SetHeaders {
		out = append(out, f.Name+": "+f.Value)
	}
	slices.Sort(out)
	return out
}

const headerRules = `{"responses":[{"match":{},
	"headers":[
		{"name":"X-Customer-*","action":{"mask":{}},"unless":{"scope":"customers:read"}},
		{"name":"x-debug","action":{"drop":true}}],
	"detectors":[
		{"type":"card","action":{"mask":{"keep_last":4}}},
		{"type":"email","action":{"drop":true},"unless":{"scope":"customers:read"}},
		{"type":"jwt","action":{"replace":"[token]"}}]}],
	"requests":[{"match":{"path":{"prefix":"/partner"}},"detectors":[{"type":"card","action":{"block":true}}]}]}`

func TestHeaderFields(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	const reader = `{"iss":"https://idp.example.com","sub":"agent-1","scope":"customers:read"}`
	tests := []struct {
		name, identity string
		fields, want   []string
	}{
		{"by name", "", []string{"x-customer-name: Doe", "x-customers: 7", "x-debug: 1"}, []string{"x-customer-name: ***", "x-customers: 7"}},
		{"by name, for who may see it", reader, []string{"x-customer-name: Doe", "x-customer-mail: a@example.com"}, []string{"x-customer-mail: a@example.com", "x-customer-name: Doe"}},
		{"by what is found", "", []string{"location: /pay?card=4111111111111111&x=1", "x-mail: a@example.com"}, []string{"location: /pay?card=************1111&x=1"}},
		{"percent-encoded", "", []string{"location: /pay?card=%341111111111+11111&mail=a%40example.com"}, []string{"location: /pay?card=%341111111111+11111&mail="}},
		{"percent-encoded card", "", []string{"location: /pay?card=%34111%201111+1111%201111#x"}, []string{"location: /pay?card=*********************1111#x"}},
		{"several of a name", "", []string{"set-cookie: a=1; Path=/", "x: y", "set-cookie: mail=a@example.com"}, []string{"set-cookie: a=1; Path=/", "set-cookie: mail=", "x: y"}},
		{"credentials where they belong", "", []string{"set-cookie: s=" + token, "x-token: " + token, "x-log: got " + token}, []string{"set-cookie: s=" + token, "x-log: got [token]", "x-token: [token]"}},
		{"what HTTP works with", "", []string{"etag: \"4111111111111111\"", "date: 4111111111111111"}, []string{"date: 4111111111111111", "etag: \"4111111111111111\""}},
	}
	i := inspector(t, headerRules)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := run(i, exchange{identity: tt.identity, fields: tt.fields})
			if got := changed(fields(tt.fields), &o.response); !slices.Equal(got, tt.want) {
				t.Errorf("%q\nwant %q", got, tt.want)
			}
		})
	}
	if o := run(i, exchange{path: "/partner", asks: []string{"x-note: 4111111111111111"}}); o.request.Outcome != policy.Deny || o.request.Response.Status != 403 {
		t.Errorf("a request with a card: %+v", o.request)
	}
	s := i.Inspect().(*inspection)
	s.RequestHeaders(&policy.Request{Headers: fields([]string{":method: GET", ":path: /", ":authority: api.example.com"})}, true)
	s.ResponseHeaders(&policy.ResponseHead{Headers: fields([]string{"content-type: text/plain"})}, false)
	trailers := fields([]string{"grpc-status: 3", "grpc-message: no such card%3A 4111 1111 1111 1111"})
	d := s.ResponseTrailers(trailers)
	if got, want := changed(trailers, &d), []string{"grpc-message: no such card%3A ***************1111", "grpc-status: 3"}; !slices.Equal(got, want) {
		t.Errorf("trailers %q, want %q", got, want)
	}
	if done := s.Done(); len(done.Sightings) != 1 || done.Sightings[0].Place != "response.trailers" {
		t.Errorf("sightings in trailers: %+v", done.Sightings)
	}
	shadow := inspector(t, strings.Replace(headerRules, "{", `{"mode":"shadow",`, 1))
	if o := run(shadow, exchange{fields: []string{"x-debug: 1"}}); o.response.Mode != policy.Shadow || !o.done.Notable || len(o.done.Sightings) != 1 {
		t.Errorf("in shadow mode: %+v, %+v", o.response, o.done)
	}
}

func TestSightings(t *testing.T) {
	i := inspector(t, `{"responses":[{"match":{},
		"fields":[{"path":["customer","a.b"],"action":{"mask":{}},"clause":"C 1"}],
		"detectors":[{"type":"card","action":{"mask":{"keep_last":4}},"clause":"PCI DSS v4.0.1, 3.4.1"}]}]}`)
	x := exchange{fields: []string{"content-type: application/json", "x-pan: 4111111111111111"},
		body: `{"customer":{"name":"Doe","mail":["a","b"]},"cards":[{"pan":4111111111111111},{"pan":"4111111111111111, 5555555555554444"}],"a@example.com":{"John Smith":"4111111111111111"}}`}
	want := []policy.Sighting{
		{Kind: "card", Place: "response.headers", Path: "x-pan", Action: "mask", Clauses: []string{"PCI DSS v4.0.1, 3.4.1"}, Count: 1},
		{Kind: "field", Place: "response.body", Path: "customer.name", Action: "mask", Clauses: []string{"C 1"}, Count: 1},
		{Kind: "field", Place: "response.body", Path: "customer.mail[*]", Action: "mask", Clauses: []string{"C 1"}, Count: 2},
		{Kind: "card", Place: "response.body", Path: "cards[*].pan", Action: "mask", Clauses: []string{"PCI DSS v4.0.1, 3.4.1"}, Count: 3},
		{Kind: "card", Place: "response.body", Path: "*.*", Action: "mask", Clauses: []string{"PCI DSS v4.0.1, 3.4.1"}, Count: 1},
	}
	for n := range 3 {
		o := run(i, x)
		if !reflect.DeepEqual(o.done.Sightings, want) {
			t.Fatalf("%+v\nwant %+v", o.done.Sightings, want)
		}
		if o.done.Notable != (n == 0) {
			t.Errorf("stream %d: notable is %v, want it at the first sight", n, o.done.Notable)
		}
	}
	x.body = `{"other":"4111111111111111"}`
	if o := run(i, x); !o.done.Notable {
		t.Error("a card in a new field is not told of")
	}
	var many strings.Builder
	for n := range 200 {
		fmt.Fprintf(&many, `"%s":4111111111111111,`, strings.Repeat("n", n%40+1)+strings.Repeat("m", n/40))
	}
	x.body = "{" + many.String() + `"end":1}`
	o := run(i, x)
	total := 0
	for _, s := range o.done.Sightings {
		total += s.Count
	}
	if len(o.done.Sightings) > maxSightings+1 || total != 201 {
		t.Errorf("%d sightings of %d values", len(o.done.Sightings), total)
	}
}

func TestWhichFieldDecides(t *testing.T) {
	const agent = `{"iss":"https://idp.example.com","sub":"agent-1","scope":"all"}`
	tests := []struct{ name, rule, identity, body, want string }{
		{"the first of two", `"fields":[{"path":"a.b","action":{"replace":"1"}},{"path":"a","action":{"replace":"2"}}]`, "", `{"a":{"b":"x","c":"x"}}`, `{"a":{"b":"1","c":"2"}}`},
		{"a container before what is in it", `"fields":[{"path":"a","action":{"replace":"2"}},{"path":"a.b","action":{"drop":true}}]`, "", `{"a":{"b":"x","c":["x",{"d":1}]},"e":{"b":"x"}}`, `{"a":{"b":"2","c":["2",{"d":"2"}]},"e":{"b":"x"}}`},
		{"containers in containers", `"fields":[{"path":"a.b","action":{"replace":"1"}},{"path":"a","action":{"replace":"2"}}]`, "", `{"a":{"b":{"c":["x",{}],"d":"x"},"e":"x"},"f":"x"}`, `{"a":{"b":{"c":["1",{}],"d":"1"},"e":"2"},"f":"x"}`},
		{"one that is open", `"fields":[{"path":"**.b","action":{"drop":true},"unless":{"scope":"all"}},{"path":"**.*","action":{"replace":"2"}}]`, agent, `{"b":"x","c":"x"}`, `{"b":"x","c":"2"}`},
		{"one that is open holds others", `"fields":[{"path":"a","action":{"drop":true},"unless":{"scope":"all"}},{"path":"**.c","action":{"replace":"2"}}]`, agent, `{"a":{"c":"x"},"c":"x"}`, `{"a":{"c":"x"},"c":"2"}`},
		{"one that is open, with a find", `"fields":[{"path":"a","action":{"drop":true},"unless":{"scope":"all"}}],"detectors":[{"type":"card","action":{"replace":"[card]"}}]`, agent, `{"a":"4111111111111111"}`, `{"a":"[card]"}`},
		{"in encoded JSON", `"fields":[{"path":"a","action":{"replace":"2"}}]`, "", `{"a":"{\"b\":\"x\"}","b":"x"}`, `{"a":"{\"b\":\"2\"}","b":"x"}`},
		{"a profile behind the rule", `"profile":"pci","fields":[{"path":"**.cvv","action":{"null":true}}],"detectors":[{"type":"card","action":{"replace":"[card]"}}]`, "", `{"cvv":1,"cvc":1,"n":4111111111111111}`, `{"cvv":null,"n":"[card]"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := run(inspector(t, `{"responses":[{"match":{},`+tt.rule+`}]}`), exchange{identity: tt.identity, fields: []string{"content-type: application/json"}, body: tt.body})
			if o.body != tt.want {
				t.Errorf("%s\nwant %s", o.body, tt.want)
			}
		})
	}
}

func TestProfiles(t *testing.T) {
	x := exchange{path: "/anything", fields: []string{"content-type: application/json"}, body: `{"pan":"4111111111111111","cvv":"123"}`}
	for name, tt := range map[string]struct{ document, want string }{
		"for all responses":             {`{"profile":"pci"}`, `{"pan":"************1111"}`},
		"for those of no rule":          {`{"profile":["pci"],"responses":[{"match":{"path":{"prefix":"/other"}},"profile":[]}]}`, `{"pan":"************1111"}`},
		"for those of a rule":           {`{"profile":["pci"],"responses":[{"match":{}}]}`, `{"pan":"************1111"}`},
		"not for a rule with none":      {`{"profile":["pci"],"responses":[{"match":{},"profile":[]}]}`, x.body},
		"for a rule that names another": {`{"responses":[{"match":{},"profile":"pci"}]}`, `{"pan":"************1111"}`},
	} {
		if o := run(inspector(t, tt.document), x); o.body != tt.want {
			t.Errorf("%s: %s, want %s", name, o.body, tt.want)
		}
	}
}

func TestUnreadTypes(t *testing.T) {
	i := inspector(t, `{"responses":[{"match":{},"unread_types":["image/*","application/pdf"],"detectors":[{"type":"card","action":{"drop":true}}]}]}`)
	for mediaType, passes := range map[string]bool{"image/png": true, "Image/SVG; x=y": true, "application/pdf": true, "application/pdfx": false, "video/mp4": false, "imag": false} {
		o := run(i, exchange{fields: []string{"content-type: " + mediaType}, body: "4111111111111111"})
		if (o.response.Outcome == policy.Allow) != passes || passes && o.done.Reason != ReasonPassedUnread {
			t.Errorf("%s: %s %s", mediaType, o.response.Outcome, o.done.Reason)
		}
	}
}

func TestFaultyConfigurations(t *testing.T) {
	tests := []struct{ name, document, want string }{
		{"no rules", `{}`, "want profile, responses or requests"},
		{"no key", `{"responses":[{"match":{},"fields":[{"path":"a","action":{"token":{"key":"k9"}}}]}]}`, "responses[0].fields[0].action: no key of this id in keys"},
		{"a secret that is short", `{"responses":[{"match":{}}],"keys":{"k1":{"secret":"short"}}}`, "keys.k1.secret: "},
		{"a variable that is not there", `{"responses":[{"match":{}}],"keys":{"k1":{"env":"NONE"}}}`, "keys.k1.env: no such variable"},
		{"a path that is none", `{"responses":[{"match":{},"fields":[{"path":"a..[","action":{"drop":true}}]}]}`, "responses[0].fields[0].path: "},
		{"a detector that is none", `{"responses":[{"match":{},"detectors":[{"type":"crad","action":{"drop":true}}]}]}`, `responses[0].detectors[0].type: no detector of this name, did you mean "card"?`},
		{"a detector twice", `{"responses":[{"match":{},"detectors":[{"type":"card","action":{"drop":true}},{"type":"card","action":{"null":true}}]}]}`, "responses[0].detectors[1]: named twice"},
		{"a pattern that is none", `{"responses":[{"match":{},"detectors":[{"name":"x","pattern":"(","action":{"drop":true}}]}]}`, "responses[0].detectors[0]: "},
		{"a header that is none", `{"responses":[{"match":{},"headers":[{"name":"a b","action":{"drop":true}}]}]}`, "responses[0].headers[0].name: want the name of a header field"},
		{"a header's action", `{"requests":[{"match":{},"headers":[{"name":"a","action":{"token":{"key":"k9"}}}]}]}`, "requests[0].headers[0].action: no key of this id in keys"},
		{"a profile that is none", `{"profile":"pcl"}`, `profile: want "pci", "hipaa" or "gdpr", did you mean "pci"?`},
		{"a profile of a rule twice", `{"responses":[{"match":{},"profile":["pci","pci"]}]}`, "responses[0].profile[1]: named twice"},
		{"the second of two paths", `{"responses":[{"match":{},"fields":[{"path":["a","b..["],"action":{"drop":true}}]}]}`, "responses[0].fields[0].path: "},
		{"no path", `{"responses":[{"match":{},"fields":[{"path":[],"action":{"drop":true}}]}]}`, "responses[0].fields[0].path: want 1 to 256 paths"},
		{"a media type that is none", `{"responses":[{"match":{},"unread_types":["*/*"]}]}`, "responses[0].unread_types[0]: want a media type"},
		{"two actions", `{"responses":[{"match":{},"fields":[{"path":"a","action":{"drop":true,"null":true}}]}]}`, "responses[0].fields[0].action: "},
		{"an action that does nothing", `{"responses":[{"match":{},"fields":[{"path":"a","action":{"drop":false}}]}]}`, "responses[0].fields[0].action.drop: want true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i, err := New([]byte(tt.document))
			if err == nil {
				err = i.UseEnvironment(func(string) (string, bool) { return "", false })
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "short") {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// BenchmarkUnread is a stream that a rule is for and whose body passes unread.
func BenchmarkUnread(b *testing.B) {
	i := inspector(b, `{"responses":[{"match":{},"unread_types":["image/*"],"fields":[{"path":"**.cvv","action":{"drop":true}}],
		"detectors":[{"type":"card","action":{"mask":{}}},{"type":"iban","action":{"mask":{}}},{"type":"email","action":{"mask":{}}},{"type":"phone","action":{"mask":{}}},{"type":"us_ssn","action":{"mask":{}}}]}]}`)
	r := &policy.Request{Now: time.Unix(1_800_000_000, 0), IncidentID: "incident-1", Headers: fields([]string{":method: GET", ":path: /a/b/c", ":authority: api.example.com",
		"accept: */*", "user-agent: curl/8", "x-request-id: 2b0b6f0e-8a5b-4a0e-9d0e-7d5a4e7d1c55", "x-forwarded-proto: https"})}
	h := &policy.ResponseHead{Status: 200, Headers: fields([]string{":status: 200", "content-type: image/png", "content-length: 5000",
		"date: Thu, 26 Nov 2026 06:00:00 GMT", "server: envoy", "x-envoy-upstream-service-time: 12", "cache-control: no-store", "etag: \"abc\""})}
	s := i.Inspect()
	b.ReportAllocs()
	for b.Loop() {
		s.RequestHeaders(r, true)
		if d := s.ResponseHeaders(h, false); d.Outcome != policy.Allow || d.Body != policy.BodyNone {
			b.Fatalf("%+v", d)
		}
		s.Done()
	}
}
