//go:build !wasip1

package scope

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/harness/replay/replaytest"
)

// recordedNow is 2026-11-20T09:00:00Z.
const recordedNow = 1795165200

// recordedConfig is the configuration of the recordings: members, such as
// `"mode":"shadow"`, are added in front.
func recordedConfig(members ...string) string {
	if !slices.ContainsFunc(members, func(m string) bool { return strings.HasPrefix(m, `"events"`) }) {
		members = append(members, `"events":"all"`)
	}
	return `{` + strings.Join(members, ",\n ") + `,
 "hierarchy":{"orders:admin":["orders:write"],"orders:write":["orders:read"],"orders:*":["orders:*"]},
 "sources":[{"claim":"scope"},{"claim":"scp"},{"claim":"realm_access.roles","prefix":"role:"}],
 "routes":[
  {"match":{"methods":["GET"],"path":{"template":"/orders/{id}"}},"all_of":["orders:read"]},
  {"match":{"methods":["POST"],"path":{"exact":"/orders"}},"any_of":["orders:write","orders:import"]},
  {"match":{"methods":["DELETE"],"path":{"template":"/orders/{id}"}},
   "all_of":["orders:write",{"any_of":["role:manager",{"all_of":["role:clerk","night"]}]}]},
  {"name":"reports","match":{"path":{"prefix":"/reports"}},"all_of":["reports:read"],"clients":["backoffice"]},
  {"name":"jobs","match":{"path":{"prefix":"/jobs"}},"grant_types":["client_credentials"]},
  {"match":{"path":{"exact":"/me"}},"authenticated":true},
  {"match":{"path":{"exact":"/healthz"}},"public":true},
  {"match":{"methods":["POST"],"path":{"prefix":"/shop.Orders"}},"all_of":["orders:read"]},
  {"name":"trial","match":{"path":{"prefix":"/trial"}},"all_of":["trial"],"mode":"shadow"},
  {"name":"back office","match":{"hosts":["back.example.com"],"path":{"prefix":"/office"},"headers":[{"name":"x-tier","exact":"gold"}]},
   "all_of":["office"]}]}
`
}

// exchange is one request of a recording.
type exchange struct {
	name     string
	method   string // GET if empty
	path     string // /orders/17 if empty
	host     string // api.example.com if empty
	identity string // none if empty
	// properties are "path: value".
	properties []string
	fields     []string
}

// with is an exchange of GET /orders/17 with members of an identity.
func with(name, members string) exchange { return exchange{name: name, identity: who(members)} }

const authnPath = "metadata.filter_metadata.envoy.filters.http.jwt_authn.payload"

// recordings are the files of testdata/replay, by their names.
var recordings = []struct {
	file      string
	why       string
	config    string
	exchanges []exchange
}{
	{"access-granted", "What a route needs may be in scope or scp, as a string or a list, or in roles under their prefix, and\nthe request goes on as it came.", recordedConfig(), []exchange{
		with("scope", `"scope":"openid orders:read"`),
		with("scope as a list", `"scope":["openid","orders:read"]`),
		with("scp", `"scp":"orders:read"`),
		{name: "an alternative", method: "POST", path: "/orders", identity: who(`"scope":"orders:import"`)},
		{name: "scope and role", method: "DELETE", identity: who(`"scope":"orders:write","claims":{"realm_access":{"roles":["manager"]}}`)},
		{name: "scopes and another role", method: "DELETE", identity: who(`"scope":"orders:write night","claims":{"realm_access":{"roles":["clerk"]}}`)},
		{name: "any identity", path: "/me", identity: who(``)},
	}},
	{"hierarchy", "A scope covers what the hierarchy declares, through as many steps as it takes, and nothing by its\nspelling: \"orders:*\" is a wildcard because an entry says so.", recordedConfig(), []exchange{
		with("one step", `"scope":"orders:write"`),
		with("two steps", `"scope":"orders:admin"`),
		with("the declared wildcard", `"scope":"orders:*"`),
		with("a wildcard nobody declared", `"scope":"order*"`),
		with("all there is", `"scope":"*"`),
		{name: "downwards only", method: "POST", path: "/orders", identity: who(`"scope":"orders:read"`)},
	}},
	{"route-public", "A public route needs no identity, and does not look at one.", recordedConfig(), []exchange{
		{name: "no identity", path: "/healthz"},
		{name: "an identity", path: "/healthz?verbose", identity: who(``)},
		{name: "a malformed identity", path: "/healthz", identity: "x"},
	}},
	{"route-unknown", "What no route matches is refused, whoever asks.", recordedConfig(), []exchange{
		{name: "a path nobody configured", path: "/metrics", identity: who(`"scope":"orders:admin"`)},
		{name: "a method nobody configured", method: "PUT", identity: who(`"scope":"orders:admin"`)},
		{name: "HEAD is not GET", method: "HEAD", identity: who(`"scope":"orders:read"`)},
		{name: "a slash more", path: "/healthz/"},
		{name: "below a public path", path: "/healthz/live"},
	}},
	{"default-allowed", "An operator who protects some routes only says so by name.", recordedConfig(`"default":"allow"`), []exchange{
		{name: "a path nobody configured", path: "/metrics"},
		{name: "a route that needs a scope"},
	}},
	{"identity-missing", "Where nobody verified who the request is from, no scope is believed. The challenge names the scope that\nis needed and no error (RFC 6750, Section 3.1).", recordedConfig(), []exchange{
		{name: "no identity"},
		{name: "a token that nobody verified", fields: []string{"Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzY29wZSI6Im9yZGVyczpyZWFkIn0."}},
		{name: "headers that look like one", fields: []string{"gatehouse.identity: {\"iss\":\"x\",\"scope\":\"orders:read\"}", "x-scope: orders:read"}},
		{name: "where any identity will do", path: "/me"},
		{name: "alternatives: the first is named", method: "POST", path: "/orders"},
	}},
	{"identity-malformed", "What two readers could take for different identities is none.", recordedConfig(), []exchange{
		{name: "no JSON", identity: "orders:read"},
		{name: "a scope twice", identity: who(`"scope":"openid","scope":"orders:read"`)},
		{name: "bytes behind it", identity: who(`"scope":"orders:read"`) + `{}`},
		{name: "nobody", identity: `{"scope":"orders:read"}`},
		{name: "a subject that is a number", identity: `{"iss":"https://idp.example.com","sub":17,"scope":"orders:read"}`},
	}},
	{"claim-malformed", "A claim that scopes are read from is a string or a list of strings, whatever the other claims hold.", recordedConfig(), []exchange{
		with("a number", `"scope":7`),
		with("an object", `"scope":{"orders:read":true}`),
		with("a number in a list", `"scope":["orders:read",7]`),
		with("roles that are a number", `"scope":"orders:read","claims":{"realm_access":{"roles":7}}`),
	}},
	{"insufficient-scope", "The challenge names scopes that would be enough: of alternatives the first, and none that another of\nthem covers.", recordedConfig(), []exchange{
		with("no scope", ``),
		with("another scope", `"scope":"openid"`),
		with("another case", `"scope":"Orders:Read"`),
		with("a longer name", `"scope":"orders:readonly"`),
		with("a role that is called like the scope", `"claims":{"realm_access":{"roles":["orders:read"]}}`),
		{name: "alternatives", method: "POST", path: "/orders", identity: who(`"scope":"orders:read"`)},
		{name: "a scope that is called like a role", method: "DELETE", identity: who(`"scope":"orders:write role:manager"`)},
		{name: "one of two", method: "DELETE", identity: who(`"scope":"orders:write night"`)},
	}},
	{"client-not-allowed", "A route may be for some clients only, whatever scopes others hold.", recordedConfig(), []exchange{
		{name: "another client", path: "/reports/2026", identity: who(`"scope":"reports:read"`)},
		{name: "no client", path: "/reports/2026", identity: `{"iss":"https://idp.example.com","sub":"user-17","scope":"reports:read"}`},
		{name: "the client", path: "/reports/2026", identity: `{"iss":"https://idp.example.com","sub":"user-17","client_id":"backoffice","scope":"reports:read"}`},
		{name: "the client without the scope", path: "/reports/2026", identity: `{"iss":"https://idp.example.com","sub":"user-17","client_id":"backoffice"}`},
	}},
	{"grant-type-not-allowed", "A route may be for machines only. A token that does not say how it was granted counts as one of a\nmachine if its subject is its client (RFC 9068, Section 2.2).", recordedConfig(), []exchange{
		{name: "a person", path: "/jobs/7", identity: who(``)},
		{name: "another grant", path: "/jobs/7", identity: who(`"claims":{"gty":"authorization_code"}`)},
		{name: "the grant", path: "/jobs/7", identity: who(`"claims":{"gty":"client_credentials"}`)},
		{name: "the client as subject", path: "/jobs/7", identity: `{"iss":"https://idp.example.com","sub":"batch","client_id":"batch"}`},
	}},
	{"jwt-authn", "The payload that Envoy's jwt_authn left in dynamic metadata is as good as what jwt-audience left.", recordedConfig(`"identity":{"payload_in_metadata":["payload"]}`), []exchange{
		{name: "a scope", properties: []string{authnPath + ".iss: https://idp.example.com", authnPath + ".sub: user-17", authnPath + ".azp: shop", authnPath + ".scope: openid orders:read"}},
		{name: "too little", properties: []string{authnPath + ".iss: https://idp.example.com", authnPath + ".sub: user-17", authnPath + ".azp: shop", authnPath + ".scope: openid"}},
		{name: "a number", properties: []string{authnPath + ".iss: https://idp.example.com", authnPath + ".scope:int: 7"}},
		{name: "no payload"},
	}},
	{"identity-ambiguous", "Two verified identities are one too many: which of them the upstream believes is anyone's guess.", recordedConfig(`"identity":{"payload_in_metadata":["payload"]}`), []exchange{
		{name: "both", identity: who(`"scope":"orders:read"`), properties: []string{authnPath + ".iss: https://idp.example.com", authnPath + ".scope: orders:read"}},
	}},
	{"identity-of-one-filter", "Who is not asked is not believed.", recordedConfig(`"identity":{"jwt_audience":false,"payload_in_metadata":["payload"]}`), []exchange{
		{name: "of jwt-audience", identity: who(`"scope":"orders:read"`)},
	}},
	{"path-ambiguous", "A path that two readings could take apart is refused before anything else is looked at.", recordedConfig(), []exchange{
		{name: "encoded slash", path: "/healthz%2f..%2forders", identity: who(`"scope":"orders:admin"`)},
		{name: "parameter beside dots", path: "/healthz/..;/orders/17"},
		{name: "another spelling of one path", path: "/x/../%6frders/17", identity: who(`"scope":"openid"`)},
	}},
	{"host-ambiguous", "Where a route depends on the host, a host that can be read in two ways is refused.", recordedConfig(), []exchange{
		{name: "user before the host", host: "api.example.com@back.example.com", path: "/office", fields: []string{"X-Tier: gold"}, identity: who(`"scope":"office"`)},
	}},
	{"header-ambiguous", "Where a route depends on a header, a client cannot choose the route by sending it twice.", recordedConfig(), []exchange{
		{name: "once", host: "back.example.com", path: "/office", fields: []string{"X-Tier: gold"}, identity: who(`"scope":"office"`)},
		{name: "twice", host: "back.example.com", path: "/office", fields: []string{"X-Tier: gold", "X-Tier: iron"}, identity: who(`"scope":"office"`)},
	}},
	{"preflight-allowed", "A preflight brings no credentials. Where the configuration lets it through it has to ask about a request\nthat has a route.", recordedConfig(`"allow_cors_preflight":true`), []exchange{
		{name: "about a route", method: "OPTIONS", path: "/orders", fields: []string{"Origin: https://shop.example.com", "Access-Control-Request-Method: POST"}},
		{name: "about none", method: "OPTIONS", path: "/orders", fields: []string{"Origin: https://shop.example.com", "Access-Control-Request-Method: PATCH"}},
		{name: "OPTIONS that is no preflight", method: "OPTIONS", path: "/orders", fields: []string{"Origin: https://shop.example.com"}},
	}},
	{"preflight-refused", "Without the setting a preflight is a request like any other.", recordedConfig(), []exchange{
		{name: "about a route", method: "OPTIONS", path: "/orders", fields: []string{"Origin: https://shop.example.com", "Access-Control-Request-Method: POST"}},
	}},
	{"head-has-no-body", "The answer to HEAD is that to GET without its body (RFC 9110, Section 9.3.2).", recordedConfig(), []exchange{
		{name: "no identity", method: "HEAD", path: "/me"},
		{name: "no route", method: "HEAD", path: "/x"},
	}},
	{"grpc", "A gRPC client gets status and message the way its library reads them: 16 for no identity, 7 for too\nlittle.", recordedConfig(), []exchange{
		{name: "no identity", method: "POST", path: "/shop.Orders/Get", fields: []string{"Content-Type: application/grpc"}},
		{name: "too little", method: "POST", path: "/shop.Orders/Get", fields: []string{"Content-Type: application/grpc+proto"}, identity: who(`"scope":"openid"`)},
		{name: "no route", method: "POST", path: "/shop.Prices/Get", fields: []string{"Content-Type: application/grpc"}, identity: who(`"scope":"orders:admin"`)},
		{name: "granted", method: "POST", path: "/shop.Orders/Get", fields: []string{"Content-Type: application/grpc"}, identity: who(`"scope":"orders:read"`)},
	}},
	{"resource-metadata", "A client that has no token learns where to get one (RFC 9728, Section 5.1).", recordedConfig(`"realm":"Orders of Example Ltd."`, `"resource_metadata_uri":"https://api.example.com/.well-known/oauth-protected-resource"`), []exchange{
		{name: "no identity"},
		with("too little", ``),
		{name: "no route", path: "/x"},
	}},
	{"pseudonyms", "Who is refused is in the event as the configuration wants it.", recordedConfig(`"events":{"write":"denied","identity":"pseudonym","pseudonym_key":"an example, thirty-two characters"}`), []exchange{
		with("too little", ``),
		with("granted", `"scope":"orders:read"`),
	}},
	{"shadow", "In shadow mode every denial is recorded and none takes effect.", recordedConfig(`"mode":"shadow"`), []exchange{
		{name: "no identity"},
		with("too little", ``),
		{name: "no route", path: "/x"},
		{name: "ambiguous path", path: "/orders%2f17"},
		with("granted", `"scope":"orders:read"`),
	}},
	{"shadow-on-one-route", "A new rule can be tried out alone.", recordedConfig(), []exchange{
		{name: "route in shadow mode", path: "/trial/x", identity: who(``)},
		{name: "no identity on it", path: "/trial/x"},
		{name: "ambiguous path, which has no route", path: "/trial/%2f"},
		{name: "elsewhere"},
	}},
}

// generated returns the text of a recording without its want sections.
func generated(why, document string, exchanges []exchange) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n-- config.json --\n%s", why, document)
	at := time.Unix(recordedNow, 0).UTC()
	for i, x := range exchanges {
		fmt.Fprintf(&b, "-- exchange --\nname: %s\n", x.name)
		if i == 0 {
			fmt.Fprintf(&b, "at: %s\n", at.Format(time.RFC3339))
		} else {
			fmt.Fprintf(&b, "after: 1s\n")
		}
		if x.identity != "" {
			fmt.Fprintf(&b, "property gatehouse.identity: %s\n", x.identity)
		}
		for _, p := range x.properties {
			fmt.Fprintf(&b, "property %s\n", p)
		}
		method := or(x.method, "GET")
		fmt.Fprintf(&b, "-- request --\n%s %s HTTP/1.1\nHost: %s\nX-Request-Id: recorded-%d\n", method, or(x.path, "/orders/17"), or(x.host, "api.example.com"), i+1)
		for _, field := range x.fields {
			fmt.Fprintln(&b, field)
		}
		fmt.Fprintf(&b, "\n-- upstream --\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n")
		if method != "HEAD" {
			fmt.Fprintf(&b, "{\"id\":17}\n")
		}
	}
	return b.Bytes()
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// TestRecordingsAreGenerated holds the files of testdata/replay to the tables
// above, and wants one with every reason. "go test -run TestRecordings
// -regenerate" writes them; want sections are written by "go test -run TestReplay
// -update" afterwards.
func TestRecordingsAreGenerated(t *testing.T) {
	count := 0
	var all bytes.Buffer
	for _, r := range recordings {
		all.Write(replaytest.Generated(t, filepath.Join("testdata", "replay", r.file+".txtar"), generated(r.why, r.config, r.exchanges), len(r.exchanges)))
		count += len(r.exchanges)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "replay", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(recordings) || len(files) < 25 {
		t.Errorf("%d recordings in testdata/replay, want the %d of the table, at least 25", len(files), len(recordings))
	}
	if count < 85 {
		t.Errorf("%d exchanges, want at least 85", count)
	}
	for _, reason := range slices.Concat(allowReasons, denyReasons) {
		if !bytes.Contains(all.Bytes(), []byte(`"reason":"`+string(reason)+`"`)) {
			t.Errorf("no recording of %s", reason)
		}
	}
}
