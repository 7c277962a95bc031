package scope

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// testConfig is the configuration of most tests.
func testConfig(members ...string) string {
	return `{` + strings.Join(append(members, `"hierarchy":{"orders:admin":["orders:write"],"orders:write":["orders:read"],"all:*":["orders:*","reports:*"]}`), ",\n ") + `,
 "sources":[{"claim":"scope"},{"claim":"scp"},{"claim":"realm_access.roles","prefix":"role:"}],
 "identity":{"payload_in_metadata":["payload"]},
 "routes":[
  {"match":{"methods":["GET"],"path":{"template":"/orders/{id}"}},"all_of":["orders:read"]},
  {"match":{"methods":["POST"],"path":{"exact":"/orders"}},"any_of":["orders:write","orders:import"]},
  {"match":{"methods":["DELETE"],"path":{"prefix":"/orders"}},"all_of":["orders:write",{"any_of":["role:manager",{"all_of":["role:clerk","night"]}]}]},
  {"name":"back office","match":{"path":{"prefix":"/reports"}},"all_of":["reports:read"],"clients":["backoffice","auditor"]},
  {"name":"jobs","match":{"path":{"prefix":"/jobs"}},"grant_types":["client_credentials"]},
  {"match":{"path":{"exact":"/me"}},"authenticated":true},
  {"match":{"path":{"exact":"/healthz"}},"public":true},
  {"name":"trial","match":{"path":{"prefix":"/trial"}},"all_of":["trial"],"mode":"shadow"},
  {"name":"both","match":{"path":{"exact":"/both"}},"all_of":["orders:read","orders:write"],"any_of":["eu","us"]}]}`
}

func newEngine(t testing.TB, document string) *Engine {
	t.Helper()
	engine, err := New([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// attributes are what the proxy knows, by path joined with "|".
type attributes map[string]string

func (a attributes) Attribute(path ...string) ([]byte, bool) {
	value, ok := a[strings.Join(path, "|")]
	return []byte(value), ok
}

// request makes a request with an identity, none if that is empty. Fields are
// names and values in turn.
func request(method, path, document string, fields ...string) *policy.Request {
	r := &policy.Request{
		Now:        time.Unix(2000000000, 0),
		IncidentID: "1f0a-77",
		Headers: policy.Headers{{Name: ":method", Value: method}, {Name: ":path", Value: path},
			{Name: ":authority", Value: "api.example.com"}, {Name: ":scheme", Value: "https"}, {Name: "accept", Value: "*/*"}},
	}
	for i := 0; i < len(fields); i += 2 {
		r.Headers = append(r.Headers, policy.Header{Name: fields[i], Value: fields[i+1]})
	}
	if document != "" {
		r.Attributes = attributes{"gatehouse.identity": document}
	}
	return r
}

// who is an identity with further members.
func who(members string) string {
	if members != "" {
		members = "," + members
	}
	return `{"iss":"https://idp.example.com","sub":"user-17","client_id":"shop","aud":["orders-api"]` + members + `}`
}

// decisionTests name every rule.
var decisionTests = []struct {
	name         string
	method, path string
	document     string
	want         policy.Reason
}{
	{"the scope itself", "GET", "/orders/17", who(`"scope":"orders:read"`), ReasonAccessGranted},
	{"one of several", "GET", "/orders/17", who(`"scope":"openid orders:read profile"`), ReasonAccessGranted},
	{"several spaces", "GET", "/orders/17", who(`"scope":"  openid   orders:read "`), ReasonAccessGranted},
	{"a scope that covers it", "GET", "/orders/17", who(`"scope":"orders:write"`), ReasonAccessGranted},
	{"a scope that covers it through another", "GET", "/orders/17", who(`"scope":"orders:admin"`), ReasonAccessGranted},
	{"a declared wildcard", "GET", "/orders/17", who(`"scope":"all:*"`), ReasonAccessGranted},
	{"a wildcard nobody declared", "GET", "/orders/17", who(`"scope":"orders:*"`), ReasonInsufficientScope},
	{"a star alone", "GET", "/orders/17", who(`"scope":"*"`), ReasonInsufficientScope},
	{"an entry of a hierarchy taken for a scope", "GET", "/reports/x", strings.Replace(who(`"scope":"reports:*"`), "shop", "auditor", 1), ReasonInsufficientScope},
	{"a list of scopes", "GET", "/orders/17", who(`"scope":["openid","orders:read"]`), ReasonAccessGranted},
	{"two scopes in one entry of a list", "GET", "/orders/17", who(`"scope":["openid orders:read"]`), ReasonInsufficientScope},
	{"scp as a string", "GET", "/orders/17", who(`"scp":"openid orders:read"`), ReasonAccessGranted},
	{"scp as a list", "GET", "/orders/17", who(`"scp":["orders:read"]`), ReasonAccessGranted},
	{"scope and scp together", "DELETE", "/orders/17", who(`"scope":"orders:write night","scp":[],"claims":{"realm_access":{"roles":["clerk"]}}`), ReasonAccessGranted},
	{"scopes written with escapes", "GET", "/orders/17", who(`"scope":"\u006frders:re\u0061d"`), ReasonAccessGranted},
	{"a tab in place of a space", "GET", "/orders/17", who(`"scope":"openid\torders:read"`), ReasonInsufficientScope},
	{"another case", "GET", "/orders/17", who(`"scope":"Orders:Read"`), ReasonInsufficientScope},
	{"the beginning of a scope", "GET", "/orders/17", who(`"scope":"orders:rea"`), ReasonInsufficientScope},
	{"a longer scope", "GET", "/orders/17", who(`"scope":"orders:read.all"`), ReasonInsufficientScope},
	{"no scope", "GET", "/orders/17", who(``), ReasonInsufficientScope},
	{"an empty scope", "GET", "/orders/17", who(`"scope":""`), ReasonInsufficientScope},
	{"a narrower scope", "POST", "/orders", who(`"scope":"orders:read"`), ReasonInsufficientScope},
	{"the first alternative", "POST", "/orders", who(`"scope":"orders:write"`), ReasonAccessGranted},
	{"the second alternative", "POST", "/orders", who(`"scope":"orders:import"`), ReasonAccessGranted},

	{"nested: the first alternative", "DELETE", "/orders/17", who(`"scope":"orders:write","claims":{"realm_access":{"roles":["manager"]}}`), ReasonAccessGranted},
	{"nested: both of the second", "DELETE", "/orders/17", who(`"scope":"orders:admin night","claims":{"realm_access":{"roles":["clerk"]}}`), ReasonAccessGranted},
	{"nested: one of the second", "DELETE", "/orders/17", who(`"scope":"orders:admin","claims":{"realm_access":{"roles":["clerk"]}}`), ReasonInsufficientScope},
	{"nested: the alternatives only", "DELETE", "/orders/17", who(`"scope":"night","claims":{"realm_access":{"roles":["clerk","manager"]}}`), ReasonInsufficientScope},
	{"a role in the top level", "DELETE", "/orders/17", who(`"scope":"orders:write","realm_access":{"roles":["manager"]}`), ReasonAccessGranted},
	{"a scope that is called like a role", "DELETE", "/orders/17", who(`"scope":"orders:write role:manager"`), ReasonInsufficientScope},
	{"a role that is called like a scope", "GET", "/orders/17", who(`"claims":{"realm_access":{"roles":["orders:read"]}}`), ReasonInsufficientScope},
	{"a role with its prefix", "DELETE", "/orders/17", who(`"scope":"orders:write","claims":{"realm_access":{"roles":["role:manager"]}}`), ReasonInsufficientScope},
	{"all of one list, none of the other", "GET", "/both", who(`"scope":"orders:write"`), ReasonInsufficientScope},
	{"both lists", "GET", "/both", who(`"scope":"orders:write us"`), ReasonAccessGranted},

	{"an allowed client", "GET", "/reports/x", strings.Replace(who(`"scope":"reports:read"`), "shop", "auditor", 1), ReasonAccessGranted},
	{"an allowed client by azp", "GET", "/reports/x", strings.Replace(who(`"scope":"reports:read","azp":"auditor"`), `"client_id":"shop",`, ``, 1), ReasonAccessGranted},
	{"azp beside another client_id", "GET", "/reports/x", who(`"scope":"reports:read","azp":"auditor"`), ReasonClientNotAllowed},
	{"another client", "GET", "/reports/x", who(`"scope":"reports:read"`), ReasonClientNotAllowed},
	{"no client", "GET", "/reports/x", strings.Replace(who(`"scope":"reports:read"`), `"client_id":"shop",`, ``, 1), ReasonClientNotAllowed},
	{"an allowed client without the scope", "GET", "/reports/x", strings.Replace(who(``), "shop", "auditor", 1), ReasonInsufficientScope},
	{"the grant by its claim", "GET", "/jobs/1", who(`"claims":{"gty":"client_credentials"}`), ReasonAccessGranted},
	{"another grant", "GET", "/jobs/1", who(`"claims":{"gty":"authorization_code"}`), ReasonGrantTypeNotAllowed},
	{"another grant and the client as subject", "GET", "/jobs/1", strings.Replace(who(`"gty":"password"`), "user-17", "shop", 1), ReasonGrantTypeNotAllowed},
	{"the client as subject", "GET", "/jobs/1", strings.Replace(who(``), "user-17", "shop", 1), ReasonAccessGranted},
	{"a person", "GET", "/jobs/1", who(``), ReasonGrantTypeNotAllowed},
	{"neither subject nor client", "GET", "/jobs/1", `{"iss":"https://idp.example.com"}`, ReasonGrantTypeNotAllowed},
	{"two grants", "GET", "/jobs/1", who(`"gty":["client_credentials","password"]`), ReasonClaimMalformed},
	{"a grant that is a number", "GET", "/jobs/1", who(`"gty":1`), ReasonClaimMalformed},

	{"any identity", "GET", "/me", who(``), ReasonAccessGranted},
	{"no identity where any will do", "GET", "/me", "", ReasonIdentityMissing},
	{"no identity", "GET", "/orders/17", "", ReasonIdentityMissing},
	{"no identity on a public route", "GET", "/healthz", "", ReasonRoutePublic},
	{"an identity on a public route", "GET", "/healthz", who(``), ReasonRoutePublic},
	{"a malformed identity on a public route", "GET", "/healthz", "x", ReasonRoutePublic},

	{"an identity that is no JSON", "GET", "/orders/17", "orders:read", ReasonIdentityMalformed},
	{"an identity that is a list", "GET", "/orders/17", `[` + who(`"scope":"orders:read"`) + `]`, ReasonIdentityMalformed},
	{"bytes after the identity", "GET", "/orders/17", who(`"scope":"orders:read"`) + `{}`, ReasonIdentityMalformed},
	{"scope twice", "GET", "/orders/17", who(`"scope":"openid","scope":"orders:read"`), ReasonIdentityMalformed},
	{"scope twice, once escaped", "GET", "/orders/17", who(`"scope":"openid","sc\u006fpe":"orders:read"`), ReasonIdentityMalformed},
	{"an identity of nobody", "GET", "/orders/17", `{"scope":"orders:read"}`, ReasonIdentityMalformed},
	{"an empty object", "GET", "/me", `{}`, ReasonIdentityMalformed},
	{"a subject that is a number", "GET", "/me", `{"iss":"https://idp.example.com","sub":17}`, ReasonIdentityMalformed},
	{"a client that is a list", "GET", "/me", `{"iss":"https://idp.example.com","client_id":["shop"]}`, ReasonIdentityMalformed},
	{"claims that are a list", "GET", "/me", who(`"claims":[]`), ReasonIdentityMalformed},
	{"a scope that is a number", "GET", "/orders/17", who(`"scope":1`), ReasonClaimMalformed},
	{"a scope that is null", "GET", "/orders/17", who(`"scope":null`), ReasonClaimMalformed},
	{"a scope that is an object", "GET", "/orders/17", who(`"scope":{"orders:read":true}`), ReasonClaimMalformed},
	{"a number among the scopes", "GET", "/orders/17", who(`"scope":["orders:read",1]`), ReasonClaimMalformed},
	{"a list among the scopes", "GET", "/orders/17", who(`"scope":[["orders:read"]]`), ReasonClaimMalformed},
	{"one good claim beside a bad one", "GET", "/orders/17", who(`"scope":"orders:read","scp":7`), ReasonClaimMalformed},
	{"roles of a wrong type", "GET", "/orders/17", who(`"scope":"orders:read","claims":{"realm_access":{"roles":{"admin":1}}}`), ReasonClaimMalformed},
	{"no roles where they could be", "GET", "/orders/17", who(`"scope":"orders:read","claims":{"realm_access":{}}`), ReasonAccessGranted},
	{"a text where an object could be", "GET", "/orders/17", who(`"scope":"orders:read","claims":{"realm_access":"x"}`), ReasonAccessGranted},

	{"a path nobody configured", "GET", "/x", who(`"scope":"orders:admin"`), ReasonRouteUnknown},
	{"a method nobody configured", "PUT", "/orders/17", who(`"scope":"orders:admin"`), ReasonRouteUnknown},
	{"HEAD where GET is configured", "HEAD", "/orders/17", who(`"scope":"orders:read"`), ReasonRouteUnknown},
	{"a path that is not the public one", "GET", "/healthz/", "", ReasonRouteUnknown},
	{"an encoded letter", "GET", "/%6frders/17", who(``), ReasonInsufficientScope},
	{"dot segments", "GET", "/healthz/../me", "", ReasonIdentityMissing},
	{"an encoded slash", "GET", "/healthz%2f..%2forders", who(`"scope":"orders:admin"`), "path_ambiguous"},
	{"a preflight", "OPTIONS", "/orders", "", ReasonRouteUnknown},
}

func TestDecide(t *testing.T) {
	if len(decisionTests) < 70 {
		t.Errorf("%d tests, want at least 70", len(decisionTests))
	}
	engine := newEngine(t, testConfig())
	for _, test := range decisionTests {
		t.Run(test.name, func(t *testing.T) {
			decision := engine.Decide(request(test.method, test.path, test.document))
			if decision.Reason != test.want {
				t.Fatalf("reason = %s, want %s", decision.Reason, test.want)
			}
			allowed := slices.Contains(engine.Reasons(policy.Allow), test.want)
			if (decision.Outcome == policy.Allow) != allowed || allowed == slices.Contains(engine.Reasons(policy.Deny), test.want) {
				t.Errorf("outcome = %s of %s", decision.Outcome, test.want)
			}
			if (decision.Response.Status == 0) != allowed {
				t.Errorf("status = %d", decision.Response.Status)
			}
		})
	}
}

// TestDecideAgain holds one engine, whose memory is used again, to engines made
// anew, in another order of requests.
func TestDecideAgain(t *testing.T) {
	used := newEngine(t, testConfig())
	for i := range decisionTests {
		for _, j := range []int{i, len(decisionTests) - 1 - i, i * 7 % len(decisionTests)} {
			test := &decisionTests[j]
			if got := used.Decide(request(test.method, test.path, test.document)).Reason; got != test.want {
				t.Errorf("%s: reason = %s, want %s", test.name, got, test.want)
			}
		}
	}
	if slices.ContainsFunc(used.names[:cap(used.names)], func(s string) bool { return s != "" }) {
		t.Errorf("the engine keeps names of a request: %q", used.names[:cap(used.names)])
	}
}

func TestIdentityInDecision(t *testing.T) {
	engine := newEngine(t, testConfig())
	want := policy.Identity{Issuer: "https://idp.example.com", Subject: "user-17", ClientID: "shop"}
	for _, document := range []string{who(`"scope":"orders:read"`), who(``)} {
		if got := engine.Decide(request("GET", "/orders/17", document)); got.Identity != want || got.Route != "routes[0]" {
			t.Errorf("identity %+v of route %q, want %+v of routes[0]", got.Identity, got.Route, want)
		}
	}
	if got := engine.Decide(request("GET", "/orders/17", `{"iss":"https://idp.example.com","sub":1}`)); got.Identity != (policy.Identity{}) {
		t.Errorf("identity %+v of a malformed document", got.Identity)
	}
}

func TestFilterStateByItsOtherName(t *testing.T) {
	r := request("GET", "/orders/17", "")
	r.Attributes = attributes{"filter_state|wasm.gatehouse.identity": who(`"scope":"orders:read"`)}
	if got := newEngine(t, testConfig()).Decide(r).Reason; got != ReasonAccessGranted {
		t.Errorf("reason = %s, want %s", got, ReasonAccessGranted)
	}
}

// packed is what Envoy makes of a list or an object.
func packed(namesAndValues ...string) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(namesAndValues)/2))
	for _, s := range namesAndValues {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	}
	for _, s := range namesAndValues {
		b = append(append(b, s...), 0)
	}
	return string(b)
}

// metadata puts the members of a payload where jwt_authn does.
func metadata(members ...string) attributes {
	a := attributes{"metadata|filter_metadata|envoy.filters.http.jwt_authn|payload": "\x01\x00\x00\x00"}
	for i := 0; i < len(members); i += 2 {
		a["metadata|filter_metadata|envoy.filters.http.jwt_authn|payload|"+members[i]] = members[i+1]
	}
	return a
}

func TestPayloadInMetadata(t *testing.T) {
	const number = "\x00\x00\x00\x00\x00\x00\xf0\x3f"
	tests := []struct {
		name    string
		members attributes
		want    policy.Reason
	}{
		{"a string", metadata("sub", "u", "scope", "openid orders:read"), ReasonAccessGranted},
		{"a list", metadata("sub", "u", "scope", packed("openid", "", "orders:read", ""), "scope|0", "openid"), ReasonAccessGranted},
		{"an empty list", metadata("sub", "u", "scope", packed()), ReasonInsufficientScope},
		{"an empty string", metadata("sub", "u", "scope", ""), ReasonInsufficientScope},
		{"two scopes in one entry", metadata("sub", "u", "scope", packed("openid orders:read", ""), "scope|0", "openid orders:read"), ReasonInsufficientScope},
		{"no scope", metadata("iss", "https://idp.example.com"), ReasonInsufficientScope},
		{"a number", metadata("sub", "u", "scope", number), ReasonClaimMalformed},
		{"a boolean", metadata("sub", "u", "scope", "\x01"), ReasonClaimMalformed},
		{"an object", metadata("sub", "u", "scope", packed("orders:read", "")), ReasonClaimMalformed},
		{"an object with an entry 0", metadata("sub", "u", "scope", packed("0", "x", "orders:read", ""), "scope|0", "x"), ReasonClaimMalformed},
		{"a list with a number", metadata("sub", "u", "scope", packed("orders:read", "", number, ""), "scope|0", "orders:read"), ReasonClaimMalformed},
		{"a list with a list", metadata("sub", "u", "scope", packed(packed("orders:read", ""), ""), "scope|0", packed("orders:read", "")), ReasonClaimMalformed},
		{"a list that is cut off", metadata("sub", "u", "scope", packed("orders:read", "")[:20], "scope|0", "orders:read"), ReasonClaimMalformed},
		{"a list of too many", metadata("sub", "u", "scope", "\xff\xff\xff\xff\xff\xff\xff\xff", "scope|0", "orders:read"), ReasonClaimMalformed},
		{"a subject that is a number", metadata("sub", number, "scope", "orders:read"), ReasonIdentityMalformed},
		{"nobody", metadata("scope", "orders:read"), ReasonIdentityMalformed},
		{"no payload", attributes{}, ReasonIdentityMissing},
		{"two identities", func() attributes {
			a := metadata("sub", "u", "scope", "orders:read")
			a["gatehouse.identity"] = who(`"scope":"orders:read"`)
			return a
		}(), ReasonIdentityAmbiguous},
	}
	engine := newEngine(t, testConfig())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := request("GET", "/orders/17", "")
			r.Attributes = test.members
			if got := engine.Decide(r).Reason; got != test.want {
				t.Errorf("reason = %s, want %s", got, test.want)
			}
		})
	}
}

func TestDenialsAreAnswered(t *testing.T) {
	engine := newEngine(t, testConfig(`"realm":"Orders"`, `"resource_metadata_uri":"https://api.example.com/.well-known/oauth-protected-resource"`))
	const resource = `, resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"`
	tests := []struct {
		name         string
		method, path string
		document     string
		status       int
		challenge    string
		detail       string
	}{
		{"no identity", "GET", "/orders/17", "", 401, `Bearer realm="Orders", scope="orders:read"` + resource, "an access token is required"},
		{"no identity where any will do", "GET", "/me", "", 401, `Bearer realm="Orders"` + resource, "an access token is required"},
		{"malformed identity", "GET", "/orders/17", "x", 401, `Bearer realm="Orders", error="invalid_token", error_description="the access token cannot be used here"` + resource, "the access token cannot be used here"},
		{"too little", "GET", "/orders/17", who(``), 403, `Bearer realm="Orders", error="insufficient_scope", error_description="the access token lacks a scope that is needed", scope="orders:read"` + resource, "the access token lacks a scope that is needed"},
		{"first of alternatives", "POST", "/orders", who(``), 403, `Bearer realm="Orders", error="insufficient_scope", error_description="the access token lacks a scope that is needed", scope="orders:write"` + resource, "the access token lacks a scope that is needed"},
		{"nested", "DELETE", "/orders/17", who(``), 403, `Bearer realm="Orders", error="insufficient_scope", error_description="the access token lacks a scope that is needed", scope="orders:write role:manager"` + resource, "the access token lacks a scope that is needed"},
		{"a scope that another covers is not named", "GET", "/both", who(``), 403, `Bearer realm="Orders", error="insufficient_scope", error_description="the access token lacks a scope that is needed", scope="orders:write eu"` + resource, "the access token lacks a scope that is needed"},
		{"another client", "GET", "/reports", who(``), 403, "", "this client is not allowed to make this request"},
		{"another grant", "GET", "/jobs", who(``), 403, "", "an access token of this kind is not allowed for this request"},
		{"no route", "GET", "/x", "", 403, "", "this request is not allowed"},
		{"ambiguous", "GET", "/x%2f", "", 400, "", "the request can be read in more than one way"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decision := engine.Decide(request(test.method, test.path, test.document))
			r := decision.Response
			challenge, _ := r.Headers.First("www-authenticate")
			if r.Status != test.status || challenge != test.challenge {
				t.Errorf("%d %s\nwant %d %s", r.Status, challenge, test.status, test.challenge)
			}
			var body map[string]any
			if err := json.Unmarshal(r.Body, &body); err != nil || body["detail"] != test.detail || body["incident_id"] != "1f0a-77" || body["status"] != float64(test.status) {
				t.Errorf("body %s (%v)", r.Body, err)
			}
			if cache, _ := r.Headers.First("cache-control"); cache != "no-store" {
				t.Errorf("cache-control = %q", cache)
			}

			head := engine.Decide(request("HEAD", "/nowhere", ""))
			if len(head.Response.Body) != 0 || head.Response.Status != 403 {
				t.Errorf("HEAD: %d with %q", head.Response.Status, head.Response.Body)
			}
			grpc := engine.Decide(request(test.method, test.path, test.document, "content-type", "application/grpc+proto")).Response
			status, _ := grpc.Headers.First("grpc-status")
			message, _ := grpc.Headers.First("grpc-message")
			if want := map[int]string{400: "3", 401: "16", 403: "7"}[test.status]; status != want || message != test.detail+" (incident 1f0a-77)" || grpc.Status != 200 || len(grpc.Body) != 0 {
				t.Errorf("gRPC: %d with %s %q, want %s", grpc.Status, status, message, want)
			}
		})
	}
}

func TestPreflights(t *testing.T) {
	allowing := newEngine(t, testConfig(`"allow_cors_preflight":true`))
	refusing := newEngine(t, testConfig())
	tests := []struct {
		name   string
		method string
		path   string
		fields []string
		want   policy.Reason
	}{
		{"a preflight", "OPTIONS", "/orders", []string{"origin", "https://shop.example.com", "access-control-request-method", "POST"}, ReasonPreflightAllowed},
		{"about a method without a route", "OPTIONS", "/orders", []string{"origin", "https://shop.example.com", "access-control-request-method", "PUT"}, ReasonRouteUnknown},
		{"about a path without a route", "OPTIONS", "/x", []string{"origin", "https://shop.example.com", "access-control-request-method", "GET"}, ReasonRouteUnknown},
		{"about an ambiguous path", "OPTIONS", "/orders%2f17", []string{"origin", "https://shop.example.com", "access-control-request-method", "GET"}, "path_ambiguous"},
		{"about a route of any method", "OPTIONS", "/me", []string{"origin", "https://shop.example.com", "access-control-request-method", "GET"}, ReasonPreflightAllowed},
		{"no origin", "OPTIONS", "/orders", []string{"access-control-request-method", "POST"}, ReasonRouteUnknown},
		{"no method asked about", "OPTIONS", "/orders", []string{"origin", "https://shop.example.com"}, ReasonRouteUnknown},
		{"an empty method asked about", "OPTIONS", "/orders", []string{"origin", "https://shop.example.com", "access-control-request-method", ""}, ReasonRouteUnknown},
		{"two methods asked about", "OPTIONS", "/orders", []string{"origin", "https://shop.example.com", "access-control-request-method", "POST", "access-control-request-method", "GET"}, ReasonRouteUnknown},
		{"no OPTIONS", "POST", "/orders", []string{"origin", "https://shop.example.com", "access-control-request-method", "POST"}, ReasonIdentityMissing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := allowing.Decide(request(test.method, test.path, "", test.fields...)).Reason; got != test.want {
				t.Errorf("reason = %s, want %s", got, test.want)
			}
			if got := refusing.Decide(request(test.method, test.path, "", test.fields...)); got.Outcome != policy.Deny {
				t.Errorf("without the setting: %s", got.Reason)
			}
		})
	}
	if slices.ContainsFunc(allowing.asked[:cap(allowing.asked)], func(h policy.Header) bool { return h.Name != "" }) {
		t.Error("the engine keeps headers of a request")
	}
}

func TestModes(t *testing.T) {
	const routes = `"routes":[{"match":{"path":{"prefix":"/a"}},"all_of":["a"]%s},{"match":{"path":{"prefix":"/b"}},"public":true}]}`
	tests := []struct {
		name, document string
		path           string
		want           policy.Mode
	}{
		{"enforce by default", `{` + strings.Replace(routes, "%s", "", 1), "/a", policy.Enforce},
		{"shadow", `{"mode":"shadow",` + strings.Replace(routes, "%s", "", 1), "/a", policy.Shadow},
		{"shadow for what no route matches", `{"mode":"shadow",` + strings.Replace(routes, "%s", "", 1), "/x", policy.Shadow},
		{"a route in earnest", `{"mode":"shadow",` + strings.Replace(routes, "%s", `,"mode":"enforce"`, 1), "/a", policy.Enforce},
		{"an ambiguous path beside a route in earnest", `{"mode":"shadow",` + strings.Replace(routes, "%s", `,"mode":"enforce"`, 1), "/b%2f", policy.Enforce},
		{"an ambiguous path where all is tried out", `{"mode":"shadow",` + strings.Replace(routes, "%s", "", 1), "/b%2f", policy.Shadow},
		{"an ambiguous path where the rest is in earnest", `{` + strings.Replace(routes, "%s", `,"mode":"shadow"`, 1), "/b%2f", policy.Enforce},
		{"an ambiguous path where the rest is open", `{"default":"allow",` + strings.Replace(routes, "%s", `,"mode":"shadow"`, 1), "/b%2f", policy.Shadow},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decision := newEngine(t, test.document).Decide(request("GET", test.path, ""))
			if decision.Outcome != policy.Deny || decision.Mode != test.want {
				t.Errorf("%s %s (%s), want deny in %s", decision.Outcome, decision.Mode, decision.Reason, test.want)
			}
		})
	}
	open := newEngine(t, `{"default":"allow",`+strings.Replace(routes, "%s", "", 1))
	if got := open.Decide(request("GET", "/x", "")); got.Reason != ReasonDefaultAllowed || got.Outcome != policy.Allow {
		t.Errorf("default allow: %s %s", got.Outcome, got.Reason)
	}
}
