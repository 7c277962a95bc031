package event

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

const key = "a key that is long enough for HMAC"

// denied is an event with every field.
func denied() Event {
	return Event{
		Time: time.UnixMilli(1795500000123), Class: Authentication, Status: 401, IncidentID: "inc-1",
		Outcome: policy.Deny, Reason: "audience_mismatch", Route: "admin",
		Identity: policy.Identity{Issuer: "https://idp.example.com", Subject: "alice", ClientID: "web"},
		Method:   "GET", Host: "api.example.com:8443", Path: "/orders/17", RequestID: "req-1",
		TraceID: "0af7651916cd43dd8448eb211c80319c", ParentID: "b7ad6b7169203331", Source: "192.0.2.7:4711",
	}
}

// TestGolden holds what operators build on: change it only with a reason.
func TestGolden(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		event  func(e *Event)
		want   string
	}{
		{"a denied token", Config{}, func(*Event) {},
			`{"time":1795500000123,"category_uid":3,"class_uid":3002,"activity_id":99,"activity_name":"Token Validation","type_uid":300299,"severity_id":3,"action_id":2,"disposition_id":2,"status_id":2,"status_code":"audience_mismatch","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"jwt-audience"}},"profiles":["security_control"],"uid":"inc-1","correlation_uid":"0af7651916cd43dd8448eb211c80319c"},"auth_protocol_id":6,"user":{"uid":"alice"},"service":{"name":"api.example.com:8443"},"actor":{"user":{"uid":"alice"},"app_uid":"web","session":{"issuer":"https://idp.example.com"}},"src_endpoint":{"ip":"192.0.2.7","port":4711},"http_request":{"http_method":"GET","uid":"req-1","url":{"hostname":"api.example.com:8443","path":"/orders/17"}},"http_response":{"code":401},"unmapped":{"plugin":"jwt-audience","mode":"enforce","outcome":"deny","reason":"audience_mismatch","route":"admin","parent_span_id":"b7ad6b7169203331"}}`},
		{"a denial in shadow mode", Config{}, func(e *Event) { e.Mode = policy.Shadow; e.Status = 0; e.Class = APIActivity },
			`{"time":1795500000123,"category_uid":6,"class_uid":6003,"activity_id":2,"type_uid":600302,"severity_id":3,"action_id":3,"disposition_id":17,"status_id":2,"status_code":"audience_mismatch","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"jwt-audience"}},"profiles":["security_control","trace"],"uid":"inc-1","correlation_uid":"0af7651916cd43dd8448eb211c80319c"},"api":{"operation":"GET"},"trace":{"uid":"0af7651916cd43dd8448eb211c80319c"},"actor":{"user":{"uid":"alice"},"app_uid":"web","session":{"issuer":"https://idp.example.com"}},"src_endpoint":{"ip":"192.0.2.7","port":4711},"http_request":{"http_method":"GET","uid":"req-1","url":{"hostname":"api.example.com:8443","path":"/orders/17"}},"unmapped":{"plugin":"jwt-audience","mode":"shadow","outcome":"deny","reason":"audience_mismatch","route":"admin","parent_span_id":"b7ad6b7169203331"}}`},
		{"an allowed request of nobody", Config{}, func(e *Event) {
			*e = Event{Time: e.Time, Class: APIActivity, Outcome: policy.Allow, Reason: "anonymous", Method: "PATCH", Path: "/x"}
		},
			`{"time":1795500000123,"category_uid":6,"class_uid":6003,"activity_id":3,"type_uid":600303,"severity_id":1,"action_id":1,"disposition_id":1,"status_id":1,"status_code":"anonymous","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"jwt-audience"}},"profiles":["security_control","trace"]},"api":{"operation":"PATCH"},"actor":{"user":{"name":"unknown"}},"src_endpoint":{"name":"unknown"},"http_request":{"http_method":"PATCH","url":{"path":"/x"}},"unmapped":{"plugin":"jwt-audience","mode":"enforce","outcome":"allow","reason":"anonymous"}}`},
		{"an allowed request that is worth telling, and the limit that it comes near", Config{}, func(e *Event) {
			*e = Event{Time: e.Time, Class: APIActivity, Outcome: policy.Allow, Reason: "near_limit", Policy: "per-client", Method: "GET", Path: "/x"}
		},
			`{"time":1795500000123,"category_uid":6,"class_uid":6003,"activity_id":2,"type_uid":600302,"severity_id":1,"action_id":1,"disposition_id":1,"status_id":1,"status_code":"near_limit","policy":{"name":"per-client"},"metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"jwt-audience"}},"profiles":["security_control","trace"]},"api":{"operation":"GET"},"actor":{"user":{"name":"unknown"}},"src_endpoint":{"name":"unknown"},"http_request":{"http_method":"GET","url":{"path":"/x"}},"unmapped":{"plugin":"jwt-audience","mode":"enforce","outcome":"allow","reason":"near_limit"}}`},
		{"an attack found", Config{Identity: "omit"}, func(e *Event) {
			e.Class, e.Title, e.Severity, e.Source, e.Host = DetectionFinding, "SQL injection", High, "[2001:db8::1]:443", ""
		},
			`{"time":1795500000123,"category_uid":2,"class_uid":2004,"activity_id":1,"type_uid":200401,"severity_id":4,"action_id":2,"disposition_id":2,"status_id":1,"status_code":"audience_mismatch","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"jwt-audience"}},"profiles":["security_control"],"uid":"inc-1","correlation_uid":"0af7651916cd43dd8448eb211c80319c"},"finding_info":{"title":"SQL injection","uid":"inc-1"},"evidences":[{"actor":{"user":{"name":"unknown"},"session":{"issuer":"https://idp.example.com"}},"src_endpoint":{"ip":"2001:db8::1","port":443},"http_request":{"http_method":"GET","uid":"req-1","url":{"path":"/orders/17"}},"http_response":{"code":401}}],"unmapped":{"plugin":"jwt-audience","mode":"enforce","outcome":"deny","reason":"audience_mismatch","route":"admin","parent_span_id":"b7ad6b7169203331"}}`},
		{"the second denial in shadow mode, with what was found", Config{}, func(e *Event) {
			*e = Event{Time: e.Time, Class: DetectionFinding, Mode: policy.Shadow, Reason: "anomaly_score", IncidentID: "inc-1", Denial: 2, Score: 10,
				Method: "POST", Path: "/login", Source: "192.0.2.7:4711",
				Findings: []policy.Finding{
					{ID: 942100, Severity: "CRITICAL", Message: "SQL Injection Attack Detected via libinjection", Tags: []string{"attack-sqli", "paranoia-level/1"}, Target: "ARGS"},
					{ID: 920350, Severity: "warning", Message: "Host header is a numeric IP address", Target: "REQUEST_HEADERS"},
					{ID: 1},
				}}
		},
			`{"time":1795500000123,"category_uid":2,"class_uid":2004,"activity_id":1,"type_uid":200401,"severity_id":5,"action_id":3,"disposition_id":17,"status_id":1,"status_code":"anomaly_score","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"jwt-audience"}},"profiles":["security_control"],"uid":"inc-1"},"finding_info":{"title":"SQL Injection Attack Detected via libinjection","uid":"inc-1","analytic":{"name":"SQL Injection Attack Detected via libinjection","uid":"942100","type_id":1},"related_analytics":[{"name":"Host header is a numeric IP address","uid":"920350","type_id":1},{"uid":"1","type_id":1}]},"risk_score":10,"evidences":[{"actor":{"user":{"name":"unknown"}},"src_endpoint":{"ip":"192.0.2.7","port":4711},"http_request":{"http_method":"POST","url":{"path":"/login"}}}],"unmapped":{"plugin":"jwt-audience","mode":"shadow","outcome":"deny","reason":"anomaly_score","denial":2,"findings":[{"id":942100,"severity":"CRITICAL","target":"ARGS","tags":["attack-sqli","paranoia-level/1"]},{"id":920350,"severity":"warning","target":"REQUEST_HEADERS"},{"id":1}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := denied()
			tt.event(&e)
			got := string(NewWriter(&tt.config, "jwt-audience", "1.2.3", new(Redactor)).Append(nil, &e))
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			checkOCSF(t, []byte(got))
		})
	}
}

// required are the attributes that OCSF 1.6.0 marks as required in each class,
// and one group of which at least one must be there.
var required = map[Class]struct {
	all, one []string
}{
	Authentication: {
		[]string{"activity_id", "category_uid", "class_uid", "metadata.product", "metadata.version", "severity_id", "time", "type_uid", "user"},
		[]string{"service.name", "dst_endpoint"}},
	APIActivity: {
		[]string{"activity_id", "category_uid", "class_uid", "metadata.product", "metadata.version", "severity_id", "time", "type_uid", "actor.user", "api.operation", "src_endpoint"},
		[]string{"src_endpoint.ip", "src_endpoint.name"}},
	DetectionFinding: {
		[]string{"activity_id", "category_uid", "class_uid", "metadata.product", "metadata.version", "severity_id", "time", "type_uid", "finding_info.uid"},
		[]string{"finding_info.title"}},
	DataSecurityFinding: {
		[]string{"activity_id", "category_uid", "class_uid", "metadata.product", "metadata.version", "severity_id", "time", "type_uid", "finding_info.uid", "finding_info.title"},
		[]string{"data_security.category_id", "data_security.confidentiality_id"}},
}

// checkOCSF decodes an event and holds it against the schema's requirements.
func checkOCSF(t *testing.T, data []byte) {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	has := func(path string) bool {
		var v any = e
		for _, key := range strings.Split(path, ".") {
			m, ok := v.(map[string]any)
			if !ok {
				return false
			}
			if v, ok = m[key]; !ok {
				return false
			}
		}
		return true
	}
	number := func(key string) int { n, _ := e[key].(float64); return int(n) }
	want := required[Class(number("class_uid"))]
	if len(want.all) == 0 {
		t.Fatalf("no such class in %s", data)
	}
	for _, path := range want.all {
		if !has(path) {
			t.Errorf("no %s in %s", path, data)
		}
	}
	found := false
	for _, path := range want.one {
		found = found || has(path)
	}
	if !found {
		t.Errorf("want one of %v in %s", want.one, data)
	}
	if number("type_uid") != number("class_uid")*100+number("activity_id") || number("category_uid") != number("class_uid")/1000 {
		t.Errorf("type_uid, class_uid and category_uid do not agree in %s", data)
	}
	if number("activity_id") == 99 && !has("activity_name") {
		t.Errorf("activity_id 99 without a name in %s", data)
	}
}

func TestHostileRequestsStayOneLine(t *testing.T) {
	hostile := strings.Repeat("\"\\\n\r\x00\x1b[31m\x7f\u0085\u2028\u202e\xff\xc0\xaf😀é", 400)
	for _, class := range []Class{Authentication, APIActivity, DetectionFinding, DataSecurityFinding} {
		e := Event{Class: class, Method: hostile, Host: hostile, Path: hostile, RequestID: hostile, Source: hostile, IncidentID: hostile,
			Route: hostile, Policy: hostile, Title: hostile, TraceID: hostile, ParentID: hostile, Reason: policy.Reason(hostile),
			Identity: policy.Identity{Issuer: hostile, Subject: hostile, ClientID: hostile}}
		got := NewWriter(&Config{}, hostile, hostile, new(Redactor)).Append(nil, &e)
		for i, c := range got {
			if c < 0x20 || c > 0x7e {
				t.Fatalf("byte %#x at %d", c, i)
			}
		}
		if len(got) > 16<<10 {
			t.Errorf("%d bytes, want at most 16 KiB", len(got))
		}
		checkOCSF(t, got)
	}
}

func TestTextIsBoundedAtACharacter(t *testing.T) {
	tests := []struct {
		s    string
		most int
		want string
	}{
		{"abc", 3, `"k":"abc"`},
		{"abcd", 3, `"k":"abc\u2026"`},
		{"aé", 2, `"k":"a\u2026"`},
		{"😀", 4, `"k":"\ud83d\ude00"`},
		{"a\xff", 4, `"k":"a\ufffd"`},
		{"\x80\x80\x80", 2, `"k":"\u2026"`},
		{"", 3, ""},
	}
	for _, tt := range tests {
		var l line
		l.text("k", tt.s, tt.most)
		if got := string(l.b); got != tt.want {
			t.Errorf("text(%q, %d) = %s, want %s", tt.s, tt.most, got, tt.want)
		}
	}
}

func TestPseudonyms(t *testing.T) {
	name := func(config Config, kind, issuer, id string) string {
		return NewWriter(&config, "p", "", new(Redactor)).name(kind, issuer, id)
	}
	c := Config{Identity: "pseudonym", PseudonymKey: key}
	a := name(c, "subject", "i", "alice")
	if len(a) != 24 || !strings.HasPrefix(a, "p:") || strings.Contains(a, "alice") {
		t.Errorf("pseudonym %q", a)
	}
	if a != name(c, "subject", "i", "alice") {
		t.Error("two pseudonyms for one subject")
	}
	for what, other := range map[string]string{
		"another subject": name(c, "subject", "i", "bob"), "another issuer": name(c, "subject", "j", "alice"),
		"a client id": name(c, "client", "i", "alice"), "a moved border": name(c, "subject", "ia", "lice"),
		"another key": name(Config{Identity: "pseudonym", PseudonymKey: key + "!"}, "subject", "i", "alice"),
	} {
		if a == other {
			t.Errorf("%s has the same pseudonym", what)
		}
	}
	if got := name(Config{Identity: "omit"}, "subject", "i", "alice"); got != "" {
		t.Errorf("omitted subject written as %q", got)
	}
	if got := name(c, "subject", "i", ""); got != "" {
		t.Errorf("nobody written as %q", got)
	}
	e := denied()
	if line := NewWriter(&c, "p", "", new(Redactor)).Append(nil, &e); bytes.Contains(line, []byte("alice")) || bytes.Contains(line, []byte(`"web"`)) || bytes.Contains(line, []byte(key)) {
		t.Errorf("written in plain text: %s", line)
	}
}

func TestConfig(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"nothing", `{}`, ""},
		{"a word", `"all"`, ""},
		{"another word", `"deny"`, `config: want "denied", "all" or "none" (line 1, column 1)`},
		{"a boolean", `true`, `config: want an object, got boolean (line 1, column 1)`},
		{"everything", `{"write":"all","identity":"pseudonym","pseudonym_key":"` + key + `"}`, ""},
		{"pseudonyms without a key", `{"identity":"pseudonym"}`, `config: pseudonym_key: required when identity is "pseudonym" (line 1, column 1)`},
		{"a key without pseudonyms", `{"pseudonym_key":"` + key + `"}`, `config: pseudonym_key: has no use, want identity to be "pseudonym" or no key (line 1, column 18)`},
		{"a short key", `{"identity":"pseudonym","pseudonym_key":"secret"}`, `config: pseudonym_key: 6 characters, want at least 32 (line 1, column 41)`},
		{"an unknown word", `{"write":"deny"}`, `config: write: want "denied", "all" or "none" (line 1, column 10)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Config
			got := ""
			if err := config.Decode([]byte(tt.data), &c); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	var c struct {
		Events Config `json:"events"`
	}
	if err := config.Decode([]byte(`{}`), &c); err != nil || c.Events != (Config{Write: "denied", Identity: "plain", Source: "plain"}) {
		t.Errorf("defaults %+v, %v", c.Events, err)
	}
	if err := config.Decode([]byte(`{"events":"all"}`), &c); err != nil || c.Events != (Config{Write: "all", Identity: "plain", Source: "plain"}) {
		t.Errorf("a word: %+v, %v", c.Events, err)
	}
	deny, allow, notable := &policy.Decision{}, &policy.Decision{Outcome: policy.Allow}, &policy.Decision{Outcome: policy.Allow, Notable: true}
	for write, want := range map[string][3]bool{"": {true, false, true}, "denied": {true, false, true}, "all": {true, true, true}, "none": {false, false, false}} {
		c := Config{Write: write}
		if got := [3]bool{c.Wants(deny), c.Wants(allow), c.Wants(notable)}; got != want {
			t.Errorf("write %q: wants %v, want %v", write, got, want)
		}
	}
}

func TestNewReadsTheRequest(t *testing.T) {
	now := time.UnixMilli(1795500000000)
	r := &policy.Request{Now: now, Headers: policy.Headers{
		{Name: ":method", Value: "GET"}, {Name: ":authority", Value: "h"}, {Name: ":path", Value: "/a?token=s3cr3t#x"}, {Name: "authorization", Value: "Bearer s3cr3t"},
		{Name: "cookie", Value: "s3cr3t"}, {Name: "x-request-id", Value: "r"}, {Name: "traceparent", Value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}},
		Attributes: source("192.0.2.1:80")}
	d := &policy.Decision{Outcome: policy.Deny, Reason: "x", Route: "r1", Policy: "per-client", Response: policy.Response{Status: 401, Body: []byte("s3cr3t")}}
	e := New(r, d)
	e.Class = APIActivity
	want := Event{Time: now, Class: APIActivity, Status: 401, Reason: "x", Route: "r1", Policy: "per-client", Method: "GET", Host: "h", Path: "/a", RequestID: "r",
		TraceID: "0af7651916cd43dd8448eb211c80319c", ParentID: "b7ad6b7169203331", Source: "192.0.2.1:80"}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got  %+v\nwant %+v", e, want)
	}
	if line := NewWriter(&Config{}, "p", "", new(Redactor)).Append(nil, &e); bytes.Contains(line, []byte("s3cr3t")) {
		t.Errorf("a secret in %s", line)
	}
	d.Mode = policy.Shadow
	if e := New(r, d); e.Status != 0 {
		t.Errorf("status %d of a request that went on", e.Status)
	}
	r.Headers = append(r.Headers, policy.Header{Name: "traceparent", Value: "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	if e := New(r, d); e.TraceID != "" || e.ParentID != "" {
		t.Errorf("trace %q of two traceparents", e.TraceID)
	}
}

// source is a proxy that knows the client's address only.
type source string

func (s source) Attribute(path ...string) ([]byte, bool) {
	return []byte(s), strings.Join(path, ".") == "source.address"
}

func TestOfATargetOnlyThePathIsShown(t *testing.T) {
	tests := []struct{ name, target, want string }{
		{"a path", "/orders/17", "/orders/17"},
		{"an encoded path", "/%61/b", "/%61/b"},
		{"a query", "/a?token=secret/x", "/a"},
		{"an encoded query", "/a%3Ftoken=secret/x", "/a"},
		{"a fragment", "/a#secret", "/a"},
		{"an encoded fragment", "/a%23secret", "/a"},
		{"a path parameter", "/a;jsessionid=secret/b;v=1", "/a;/b;"},
		{"an encoded path parameter", "/a%3bjsessionid=secret;x=%3bsecret/b", "/a%3b/b"},
		{"a query after a path parameter", "/a;x=secret?secret/b", "/a;"},
		{"an encoded query after a path parameter", "/a;x%3fsecret/secret", "/a;"},
		{"a dot segment with a parameter", "/..;/admin", "/..;/admin"},
		{"a percent sign at the end", "/a%3", "/a%3"},
		{"the target of OPTIONS", "*", "*"},
		{"a whole URI", "http://user:secret@host/a", ""},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &policy.Request{Headers: policy.Headers{{Name: ":path", Value: test.target}}}
			if e := New(r, &policy.Decision{}); e.Path != test.want {
				t.Errorf("path = %q, want %q", e.Path, test.want)
			}
		})
	}
}

func TestOfAnAuthorityOnlyTheHostIsShown(t *testing.T) {
	for authority, want := range map[string]string{"h": "h", "h:80": "h:80", "user:secret@h": "h", "a@user:secret@h": "h", "secret@": ""} {
		r := &policy.Request{Headers: policy.Headers{{Name: ":authority", Value: authority}}}
		if e := New(r, &policy.Decision{}); e.Host != want {
			t.Errorf("host of %q = %q, want %q", authority, e.Host, want)
		}
	}
}

func TestTraceparent(t *testing.T) {
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	good := "00-" + trace + "-" + parent + "-01"
	tests := []struct {
		name, value string
		ok          bool
	}{
		{"the current version", good, true},
		{"a later version", "01" + good[2:], true},
		{"a later version with more fields", "cc" + good[2:] + "-more", true},
		{"nothing", "", false},
		{"the current version with more fields", good + "-more", false},
		{"a later version with a longer flag", "01" + good[2:] + "0", false},
		{"the version that is invalid", "ff" + good[2:], false},
		{"capitals", strings.ToUpper(good), false},
		{"a trace id of zeros", "00-" + strings.Repeat("0", 32) + "-" + parent + "-01", false},
		{"a parent id of zeros", "00-" + trace + "-" + strings.Repeat("0", 16) + "-01", false},
		{"a short trace id", "00-" + trace[1:] + "-" + parent + "-01", false},
		{"another separator", strings.ReplaceAll(good, "-", "_"), false},
		{"no flags", good[:len(good)-3], false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b, ok := Traceparent(tt.value)
			if ok != tt.ok || ok && (a != trace || b != parent) || !ok && a+b != "" {
				t.Errorf("Traceparent(%q) = %q, %q, %v, want %v", tt.value, a, b, ok, tt.ok)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	tests := []struct {
		source, ip string
		port       int
	}{
		{"192.0.2.1:80", "192.0.2.1", 80}, {"192.0.2.1", "192.0.2.1", 0}, {"[2001:db8::1]:443", "2001:db8::1", 443}, {"2001:db8::1", "2001:db8::1", 0},
		{"[2001:db8::1]", "2001:db8::1", 0}, {"", "", 0}, {":", "", 0}, {"[", "", 0}, {"[:", ":", 0}, {"a:99999", "a", 0}, {"a:-1", "a", 0},
	}
	for _, tt := range tests {
		if ip, port := address(tt.source); ip != tt.ip || port != tt.port {
			t.Errorf("address(%q) = %q, %d, want %q, %d", tt.source, ip, port, tt.ip, tt.port)
		}
	}
}

// reasons is an engine with one reason an outcome.
type reasons struct{}

func (reasons) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"token_valid"}
	}
	return []policy.Reason{"expired:x"}
}

func (reasons) Decide(*policy.Request) policy.Decision { return policy.Decision{} }

func TestMetrics(t *testing.T) {
	var got []string
	for _, m := range Metrics(reasons{}) {
		got = append(got, m.Name("jwt-audience"))
	}
	want := []string{
		"gatehouse.jwt_audience.allow.token_valid",
		"gatehouse.jwt_audience.deny.expired_x", "gatehouse.jwt_audience.shadow_deny.expired_x",
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, d := range []policy.Decision{
		{Outcome: policy.Allow, Reason: "token_valid"}, {Outcome: policy.Allow, Mode: policy.Shadow, Reason: "token_valid"},
		{Reason: "expired:x"}, {Mode: policy.Shadow, Reason: "expired:x"},
	} {
		if m := MetricOf(&d); !slices.Contains(Metrics(reasons{}), m) {
			t.Errorf("%+v is counted by %+v, which is not defined", d, m)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	short, long := denied(), denied()
	long.Path = "/v1/customers/alice%40example.com/payment-methods/4111111111111111/authorizations/550e8400-e29b-41d4-a716-446655440000"
	long.Identity.Subject, long.RequestID = "alice@example.com", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	for _, bb := range []struct {
		name   string
		config Config
		event  Event
	}{
		{"plain", Config{}, short}, {"pseudonym", Config{Identity: "pseudonym", PseudonymKey: key}, short}, {"with data to hide", Config{}, long},
	} {
		e := bb.event
		b.Run(bb.name, func(b *testing.B) {
			w := NewWriter(&bb.config, "jwt-audience", "1.2.3", new(Redactor))
			buf := make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				buf = w.Append(buf[:0], &e)
			}
			if !bytes.HasSuffix(buf, []byte("}}")) {
				b.Fatalf("wrote %s", buf)
			}
		})
	}
}
