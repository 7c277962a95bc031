//go:build !wasip1

package scope

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/jose/josetest"
)

// attackBootstrap is an Envoy as open-minded about requests as it can be: no
// normalisation of paths, CONNECT and every version of HTTP. jwt-audience is in
// front of scope.
const attackBootstrap = `
static_resources:
  listeners:
  - name: ingress
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          http_protocol_options: {accept_http_10: true, default_host_for_http_10: api.example.com, allow_chunked_length: true}
          http2_protocol_options: {allow_connect: true}
          upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: CONNECT}]
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - {match: {connect_matcher: {}}, route: {cluster: upstream, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}}
              - {match: {prefix: ""}, route: {cluster: upstream}}
          http_filters:
          - name: jwt-audience
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config: {vm_config: {runtime: envoy.wasm.runtime.v8}}
          - name: scope
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config: {vm_config: {runtime: envoy.wasm.runtime.v8}}
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: upstream
    type: STATIC
`

// attackPolicy lets everybody read /public, readers read orders, writers write
// them, managers see /admin, and batch run /jobs. jwt-audience in front of it lets
// requests without a good token through below /public and /open.
const attackPolicy = `{
 "hierarchy":{"orders:write":["orders:read"]},
 "sources":[{"claim":"scope"},{"claim":"realm_access.roles","prefix":"role:"}],
 "routes":[
  {"match":{"methods":["GET"],"path":{"prefix":"/orders"}},"all_of":["orders:read"]},
  {"match":{"methods":["POST"],"path":{"prefix":"/orders"}},"all_of":["orders:write"]},
  {"match":{"path":{"prefix":"/admin"}},"all_of":["role:manager"]},
  {"match":{"path":{"prefix":"/jobs"}},"clients":["batch"],"grant_types":["client_credentials"]},
  {"match":{"path":{"prefix":"/open"}},"authenticated":true},
  {"match":{"hosts":["office.example.com"],"path":{"exact":"/office"}},"all_of":["office"]},
  {"match":{"path":{"exact":"/office"}},"public":true},
  {"match":{"methods":["GET"],"path":{"exact":"/public"}},"public":true}]}`

// fromUpstream is the status of all that the upstream answers.
const fromUpstream = "299"

// attacks are requests none of which may reach the upstream. Each is raw HTTP/1
// up to its empty line; <READER>, <WRITER> and so on are tokens.
var attacks = []struct{ name, request string }{
	{"writing with a scope to read", "POST /orders HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nAuthorization: Bearer <READER>\r\n"},
	{"reading without a scope", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"reading without a token", "GET /orders HTTP/1.1\r\nHost: h\r\n"},
	{"an identity where jwt-audience lets anyone through", "GET /open HTTP/1.1\r\nHost: h\r\n"},
	{"a bad token where jwt-audience lets anyone through", "GET /open HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <UNSIGNED>\r\n"},
	{"an identity in header fields", "GET /open HTTP/1.1\r\nHost: h\r\ngatehouse.identity: {\"iss\":\"x\",\"sub\":\"root\",\"scope\":\"orders:write\"}\r\nwasm.gatehouse.identity: x\r\nx-envoy-filter-state: x\r\nx-jwt-payload: e30\r\n"},
	{"a scope in a header field", "GET /orders HTTP/1.1\r\nHost: h\r\nscope: orders:read\r\nx-scope: orders:read\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"a scope in the query", "GET /orders?scope=orders:read HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"a wildcard of one's own", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <STAR>\r\n"},
	{"a scope called like a role", "GET /admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <ROLE-AS-SCOPE>\r\n"},
	{"a role called like a scope", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <SCOPE-AS-ROLE>\r\n"},
	{"a role in a claim of another name", "GET /admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <ROLE-ELSEWHERE>\r\n"},
	{"claims of one's own in the token", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <CLAIMS>\r\n"},
	{"scopes with a tab between them", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <TAB>\r\n"},
	{"scopes with a NUL between them", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NUL>\r\n"},
	{"scopes with a no-break space between them", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NBSP>\r\n"},
	{"scopes in one entry of a list", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <LIST>\r\n"},
	{"a scope in capitals", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <CAPITALS>\r\n"},
	{"a scope that is an object", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <OBJECT>\r\n"},
	{"a scope twice", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <TWICE>\r\n"},
	{"jobs by another client", "GET /jobs HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <READER>\r\n"},
	{"jobs by the client for a person", "GET /jobs HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <BATCH-PERSON>\r\n"},
	{"jobs by azp beside another client_id", "GET /jobs HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <AZP>\r\n"},

	{"orders by another spelling", "POST /%6frders HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nAuthorization: Bearer <READER>\r\n"},
	{"orders after slashes", "POST //orders HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nAuthorization: Bearer <READER>\r\n"},
	{"orders after dot segments", "GET /public/../orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"orders after encoded dot segments", "GET /public/%2e%2e/orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"orders with an encoded slash", "GET /public%2f..%2forders HTTP/1.1\r\nHost: h\r\n"},
	{"orders with a backslash", "GET /public\\..\\orders HTTP/1.1\r\nHost: h\r\n"},
	{"orders with a parameter", "GET /public/..;/orders HTTP/1.1\r\nHost: h\r\n"},
	{"orders by an absolute URI", "GET http://h/orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"below the public path", "GET /public/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <WRITER>\r\n"},
	{"the public path with a slash", "GET /public/ HTTP/1.1\r\nHost: h\r\n"},
	{"the public path with a parameter", "GET /public;x HTTP/1.1\r\nHost: h\r\n"},
	{"writing to the public path", "POST /public HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n"},
	{"a method in another case", "get /public HTTP/1.1\r\nHost: h\r\n"},
	{"a method of one's own", "READ /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <WRITER>\r\n"},
	{"a method override", "GET /orders HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: POST\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"HEAD", "HEAD /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <WRITER>\r\n"},
	{"a preflight", "OPTIONS /orders HTTP/1.1\r\nHost: h\r\nOrigin: https://x\r\nAccess-Control-Request-Method: GET\r\nAuthorization: Bearer <WRITER>\r\n"},
	{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n"},
	{"CONNECT", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n"},
	{"an upgrade", "GET /orders HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"HTTP/1.0", "GET /orders HTTP/1.0\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"an original path of Envoy's", "GET /orders HTTP/1.1\r\nHost: h\r\nx-envoy-original-path: /public\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"the office host with a port", "GET /office HTTP/1.1\r\nHost: office.example.com:80\r\nAuthorization: Bearer <READER>\r\n"},
	{"the office host with a dot", "GET /office HTTP/1.1\r\nHost: office.example.com.\r\nAuthorization: Bearer <READER>\r\n"},
	{"the office host in another case", "GET /office HTTP/1.1\r\nHost: OFFICE.example.com\r\nAuthorization: Bearer <READER>\r\n"},
	{"the office host after user information", "GET /office HTTP/1.1\r\nHost: h@office.example.com\r\nAuthorization: Bearer <READER>\r\n"},
	{"the office host in a list", "GET /office HTTP/1.1\r\nHost: h, office.example.com\r\nAuthorization: Bearer <READER>\r\n"},
	{"a second request behind a good one", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n\r\nGET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"gRPC in name", "POST /orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\nAuthorization: Bearer <READER>\r\n"},
}

// passes are requests that do reach the upstream: without them the table of
// attacks would hold for an Envoy that serves nothing.
var passes = []struct{ name, request string }{
	{"reading", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <READER>\r\n"},
	{"reading with a scope to write", "GET /orders/17?x=y HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <WRITER>\r\n"},
	{"writing", "POST /orders HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nAuthorization: Bearer <WRITER>\r\n"},
	{"a role", "GET /admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <MANAGER>\r\n"},
	{"jobs", "GET /jobs/1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <BATCH>\r\n"},
	{"any identity", "GET /open HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"the public path", "GET /public HTTP/1.1\r\nHost: h\r\n"},
	{"the office of another host", "GET /office HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NOTHING>\r\n"},
	{"the office", "GET /office HTTP/1.1\r\nHost: office.example.com\r\nAuthorization: Bearer <OFFICE>\r\n"},
}

// attackTokens are what stands for <NAME> in the requests of an attack. All but
// <UNSIGNED> are good for jwt-audience.
func attackTokens(key *josetest.Key) *strings.Replacer {
	token := func(members string) string {
		return key.Token(`{"iss":"https://idp.example.com","aud":"orders-api","exp":2740176000` + members + `}`)
	}
	person := `,"sub":"user-17","client_id":"shop"`
	reader := token(person + `,"scope":"openid orders:read"`)
	parts := strings.Split(reader, ".")
	return strings.NewReplacer(
		"<READER>", reader,
		"<WRITER>", token(person+`,"scope":"orders:write"`),
		"<NOTHING>", token(person),
		"<OFFICE>", token(person+`,"scope":["office"]`),
		"<MANAGER>", token(person+`,"realm_access":{"roles":["clerk","manager"]}`),
		"<BATCH>", token(`,"sub":"batch","client_id":"batch"`),
		"<BATCH-PERSON>", token(`,"sub":"user-17","client_id":"batch"`),
		"<AZP>", token(`,"sub":"batch","client_id":"shop","azp":"batch"`),
		"<UNSIGNED>", josetest.Encode(`{"alg":"none"}`)+"."+parts[1]+".",
		"<STAR>", token(person+`,"scope":"* orders:* *:read orders: orders:read*"`),
		"<ROLE-AS-SCOPE>", token(person+`,"scope":"manager role:manager"`),
		"<SCOPE-AS-ROLE>", token(person+`,"realm_access":{"roles":["orders:read","orders:write"]}`),
		"<ROLE-ELSEWHERE>", token(person+`,"roles":["manager"],"claims":{"realm_access":{"roles":["manager"]}},"realm_access.roles":["manager"],"resource_access":{"roles":["manager"]}`),
		"<CLAIMS>", token(person+`,"claims":{"scope":"orders:read"}`),
		"<TAB>", token(person+`,"scope":"openid\torders:read"`),
		"<NUL>", token(person+`,"scope":"openid\u0000orders:read"`),
		"<NBSP>", token(person+`,"scope":"openid\u00a0orders:read"`),
		"<LIST>", token(person+`,"scope":["openid orders:read"]`),
		"<CAPITALS>", token(person+`,"scope":"ORDERS:READ"`),
		"<OBJECT>", token(person+`,"scope":{"orders:read":"orders:read"}`),
		"<TWICE>", token(person+`,"scope":"openid","sc\u006fpe":"orders:read"`),
	)
}

func TestNoAttackPassesEnvoy(t *testing.T) {
	key := josetest.New("ES256", "ec")
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: fromUpstream}, {Name: "content-length", Value: "0"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	var chain []envoy.Plugin
	for _, plugin := range []struct{ pkg, configuration string }{
		{"../jwtaudience/wasm", `{"identity_claims":["realm_access"],"issuers":[{"issuer":"https://idp.example.com","audiences":["orders-api"],"jwks":` + josetest.Set(key) + `}],
 "routes":[{"match":{"path":{"prefix":"/public"}},"allow_anonymous":true},{"match":{"path":{"prefix":"/open"}},"allow_anonymous":true}]}`},
		{"./wasm", attackPolicy},
	} {
		file := filepath.Join(t.TempDir(), "plugin.wasm")
		if err := os.WriteFile(file, replaytest.Build(t, plugin.pkg), 0o600); err != nil {
			t.Fatal(err)
		}
		chain = append(chain, envoy.Plugin{Wasm: file, Configuration: []byte(plugin.configuration)})
	}
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: []byte(attackBootstrap), Endpoints: map[string]string{"upstream": upstream.Address()}, Plugins: chain, Timeout: 3 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	tokens := attackTokens(key)
	for _, test := range attacks {
		t.Run(test.name, func(t *testing.T) {
			answer := rawRequest(t, p.Address("ingress"), tokens.Replace(test.request)+"\r\n")
			if requests := upstream.Requests(); len(requests) > 0 || strings.Contains(answer, " "+fromUpstream+" ") {
				t.Errorf("the upstream saw %v, the client %q", requests, answer)
			}
		})
	}
	for _, test := range passes {
		t.Run(test.name, func(t *testing.T) {
			answer := rawRequest(t, p.Address("ingress"), tokens.Replace(test.request)+"\r\n")
			if n := len(upstream.Requests()); n != 1 || !strings.Contains(answer, " "+fromUpstream) {
				t.Errorf("the upstream saw %d requests, want 1; the client got %q", n, answer)
			}
		})
	}
	for _, test := range attacks2 {
		t.Run(test.name, func(t *testing.T) {
			headers := []harness.Header{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "h"}, {Name: ":path", Value: "/orders"}}
			for _, f := range test.fields {
				headers = append(headers, harness.Header{Name: f[0], Value: tokens.Replace(f[1])})
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			// Envoy may end the connection without a word: that is an answer here.
			answer, _ := envoy.DoHTTP2(ctx, p.Address("ingress"), harness.Message{Headers: headers})
			if requests := upstream.Requests(); len(requests) > 0 {
				t.Errorf("the upstream saw %v, the client %v", requests, answer)
			}
		})
	}
}

// attacks2 are fields added to GET http://h/orders of HTTP/2, which HTTP/1 cannot
// spell.
var attacks2 = []struct {
	name   string
	fields [][2]string
}{
	{"HTTP/2: a public path behind", [][2]string{{":path", "/public"}}},
	{"HTTP/2: two tokens", [][2]string{{"authorization", "Bearer <NOTHING>"}, {"authorization", "Bearer <READER>"}}},
	{"HTTP/2: a second method", [][2]string{{":method", "POST"}, {"authorization", "Bearer <READER>"}}},
	{"HTTP/2: a protocol", [][2]string{{":protocol", "websocket"}, {"authorization", "Bearer <NOTHING>"}}},
	{"HTTP/2: an identity from outside", [][2]string{{"gatehouse.identity", `{"iss":"x","scope":"orders:read"}`}, {"authorization", "Bearer <NOTHING>"}}},
}

// rawRequest sends bytes and returns what comes back until the connection ends
// or falls silent.
func rawRequest(t *testing.T, address, bytes string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, bytes); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(3 * time.Second))
	var all []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		all = append(all, buffer[:n]...)
		if err != nil {
			return string(all)
		}
		conn.SetReadDeadline(time.Now().Add(60 * time.Millisecond))
	}
}
