//go:build !wasip1

package jwtaudience

import (
	"context"
	"encoding/base64"
	"fmt"
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
// normalisation of paths, CONNECT and every version of HTTP.
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
          preserve_external_request_id: true
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
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: upstream
    type: STATIC
`

// attackConfig protects all but /healthz and reading /public; /admin and the
// host admin.example.com need a token for admin-api.
func attackConfig() string {
	return `{"events":"all","forward_token":false,"issuers":[{"issuer":"` + testIssuer + `","audiences":["orders-api"],
  "jwks":` + josetest.Set(rsaKey, ecKey) + `,"algorithms":["RS256","ES256"],"max_lifetime":"14610d"}],
 "routes":[
  {"match":{"path":{"prefix":"/admin"}},"audiences":["admin-api"]},
  {"match":{"hosts":["admin.example.com"]},"audiences":["admin-api"]},
  {"match":{"headers":[{"name":"x-area","exact":"admin"}]},"audiences":["admin-api"]},
  {"match":{"path":{"exact":"/healthz"}},"allow_anonymous":true},
  {"match":{"path":{"prefix":"/public"},"methods":["GET"]},"allow_anonymous":true}]}`
}

// fromUpstream is the status of all that the upstream answers.
const fromUpstream = "299"

// startAttacked starts Envoy with the plugin and the configuration in front of
// an upstream that keeps what reaches it.
func startAttacked(t *testing.T, configuration string, o envoy.Options) (*envoy.Process, *envoy.Upstream) {
	t.Helper()
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: fromUpstream}, {Name: "content-length", Value: "0"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	o.Bootstrap = []byte(attackBootstrap)
	o.Endpoints = map[string]string{"upstream": upstream.Address()}
	o.Plugins = []envoy.Plugin{{Wasm: module, Configuration: []byte(configuration)}}
	p, err := envoy.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p, upstream
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

// attackTokens are what stands for <NAME> in the requests of an attack: GOOD is
// for orders-api, ADMIN for admin-api, the rest is not good for anything.
func attackTokens() *strings.Replacer {
	now := time.Now().Unix()
	good := recordedClaims()
	split := func(token string) []string { return strings.Split(token, ".") }
	parts := split(rsaKey.Token(good))
	return strings.NewReplacer(
		"<GOOD>", rsaKey.Token(good),
		"<ADMIN>", rsaKey.Token(recordedClaims("aud", `"admin-api"`)),
		"<NONE>", josetest.Encode(`{"alg":"none"}`)+"."+parts[1]+".",
		"<NONE-SIGNED>", josetest.Encode(`{"alg":"None","typ":"at+jwt"}`)+"."+parts[1]+"."+parts[2],
		"<STRIPPED>", parts[0]+"."+parts[1]+".",
		"<TWO-PARTS>", parts[0]+"."+parts[1],
		"<HMAC>", josetest.Encode(`{"alg":"HS256","kid":"rsa"}`)+"."+parts[1]+"."+parts[2],
		"<EMPTY-ES256>", josetest.Encode(`{"alg":"ES256","kid":"ec","typ":"at+jwt"}`)+"."+parts[1]+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 64)),
		"<OTHER-KID>", rsaKey.Sign(`{"alg":"RS256","kid":"../../dev/null","typ":"at+jwt"}`, good),
		"<JWK>", josetest.New("ES256", "ec").Sign(`{"alg":"ES256","typ":"at+jwt","jwk":`+stolen.JWK()+`,"jku":"http://127.0.0.1/"}`, strings.Replace(good, "orders-api", "x", 1)),
		"<CRIT>", rsaKey.Sign(`{"alg":"RS256","kid":"rsa","typ":"at+jwt","crit":[]}`, good),
		"<TWO-AUD>", rsaKey.Token(`{"\u0061ud":"orders-api",`+recordedClaims("aud", `"x"`)[1:]),
		"<EXPIRED>", rsaKey.Token(recordedClaims("exp", fmt.Sprint(now-60))),
		"<EXP-STRING>", rsaKey.Token(recordedClaims("exp", fmt.Sprintf(`"%d"`, recordedExpiry))),
		"<EXP-HUGE>", rsaKey.Token(recordedClaims("exp", "1e300")),
		"<IAT-AHEAD>", rsaKey.Token(recordedClaims("iat", fmt.Sprint(now+120))),
		"<LONG-LIVED>", rsaKey.Token(recordedClaims("iat", "0")),
		"<PADDED>", rsaKey.Token(good)+"=",
		"<SMUGGLED>", parts[0]+"."+parts[1]+"."+parts[2][:len(parts[2])-1]+string(nextBase64(parts[2][len(parts[2])-1])),
	)
}

// nextBase64 is the letter after c: with unused bits at the end of a signature
// it decodes to the same octets for a reader that does not look.
func nextBase64(c byte) byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return letters[(strings.IndexByte(letters, c)+1)%64]
}

// attacks are requests none of which may reach the upstream. Each is raw HTTP/1
// up to its empty line.
var attacks = []struct{ name, request string }{
	{"no token", "GET /orders HTTP/1.1\r\nHost: h\r\n"},
	{"HTTP/1.0", "GET /orders HTTP/1.0\r\n"},
	{"HTTP/0.9", "GET /orders\r\n"},
	{"two tokens", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"two tokens, the second under another case", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\naUTHORIZATION: Bearer x\r\n"},
	{"a token after Basic", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Basic eA==\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"a token before Basic", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\nAuthorization: Basic eA==\r\n"},
	{"tokens in one field", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>, Bearer <ADMIN>\r\n"},
	{"obs-fold before the token", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer\r\n <GOOD>x\r\n"},
	{"obs-fold after the token", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n x\r\n"},
	{"a space before the colon", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization : Bearer <GOOD>\r\n"},
	{"an underscore name", "GET /orders HTTP/1.1\r\nHost: h\r\nHTTP_AUTHORIZATION: Bearer <GOOD>\r\n"},
	{"a tab for the space", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer\t<GOOD>\r\n"},
	{"no space", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer<GOOD>\r\n"},
	{"another scheme with the token", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Token <GOOD>\r\n"},
	{"a bare token", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: <GOOD>\r\n"},
	{"a NUL after the token", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\x00\r\n"},
	{"the token in the query", "GET /orders?access_token=<GOOD> HTTP/1.1\r\nHost: h\r\n"},
	{"the token in a cookie", "GET /orders HTTP/1.1\r\nHost: h\r\nCookie: access_token=<GOOD>\r\n"},
	{"the token for the proxy", "GET /orders HTTP/1.1\r\nHost: h\r\nProxy-Authorization: Bearer <GOOD>\r\n"},
	{"an identity from outside", "GET /orders HTTP/1.1\r\nHost: h\r\ngatehouse.identity: {\"sub\":\"root\"}\r\nwasm.gatehouse.identity: x\r\nx-envoy-filter-state: x\r\n"},

	{"alg none", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NONE>\r\n"},
	{"alg None with a signature", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <NONE-SIGNED>\r\n"},
	{"no signature", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <STRIPPED>\r\n"},
	{"two parts", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <TWO-PARTS>\r\n"},
	{"an HMAC", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <HMAC>\r\n"},
	{"an ECDSA signature of zeros", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <EMPTY-ES256>\r\n"},
	{"a kid that is a path", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <OTHER-KID>\r\n"},
	{"a key brought along", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <JWK>\r\n"},
	{"crit", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <CRIT>\r\n"},
	{"aud twice, once escaped", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <TWO-AUD>\r\n"},
	{"expired by the skew", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <EXPIRED>\r\n"},
	{"exp as a string", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <EXP-STRING>\r\n"},
	{"exp beyond all time", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <EXP-HUGE>\r\n"},
	{"iat ahead", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <IAT-AHEAD>\r\n"},
	{"a token that lives too long", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <LONG-LIVED>\r\n"},
	{"padding", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <PADDED>\r\n"},
	{"unused bits in the signature", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <SMUGGLED>\r\n"},

	{"admin with the wrong audience", "GET /admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin by an absolute URI", "GET http://h/admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin by an absolute URI of another host", "GET http://admin.example.com/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin by a URI with user information", "GET http://h@admin.example.com/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin by an upper-case scheme", "GET HTTP://h/admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin after slashes", "GET //admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin encoded", "GET /%61%64min/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin after dot segments", "GET /x/./../admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin after encoded dot segments", "GET /x/%2e%2e/admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin with a parameter", "GET /admin;a=b HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin with an encoded slash", "GET /x%2f..%2fadmin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin with a backslash", "GET /x\\..\\admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin with a fragment", "GET /admin#x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin with an encoded NUL", "GET /admin%00 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin with a raw byte", "GET /adm\xc0\xaein HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"admin behind the open path", "GET /healthz/../admin HTTP/1.1\r\nHost: h\r\n"},
	{"admin behind the open path, encoded", "GET /healthz%2f..%2fadmin HTTP/1.1\r\nHost: h\r\n"},
	{"admin behind the open path, with a parameter", "GET /public/..;/admin HTTP/1.1\r\nHost: h\r\n"},
	{"the open path with a query before it", "GET /?/healthz HTTP/1.1\r\nHost: h\r\n"},
	{"a path without a slash", "GET healthz HTTP/1.1\r\nHost: h\r\n"},
	{"writing where reading is open", "POST /public HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n"},
	{"another method in another case", "get /public HTTP/1.1\r\nHost: h\r\n"},
	{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n"},
	{"GET *", "GET * HTTP/1.1\r\nHost: h\r\n"},
	{"CONNECT", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n"},
	{"CONNECT to a path", "CONNECT /healthz HTTP/1.1\r\nHost: h\r\n"},
	{"an upgrade", "GET /orders HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"},
	{"an upgrade to HTTP/2", "GET /orders HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"},
	{"an original path of Envoy's", "GET /admin HTTP/1.1\r\nHost: h\r\nx-envoy-original-path: /healthz\r\n"},
	{"an original URL", "GET /orders HTTP/1.1\r\nHost: h\r\nX-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\n"},
	{"a method override", "POST /public HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n"},

	{"the admin host", "GET /x HTTP/1.1\r\nHost: admin.example.com\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host with a port", "GET /x HTTP/1.1\r\nHost: admin.example.com:443\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host with an empty port", "GET /x HTTP/1.1\r\nHost: admin.example.com:\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host with a dot", "GET /x HTTP/1.1\r\nHost: admin.example.com.\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host with two dots", "GET /x HTTP/1.1\r\nHost: admin.example.com..\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host with an empty label", "GET /x HTTP/1.1\r\nHost: admin..example.com\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host in another case", "GET /x HTTP/1.1\r\nHost: ADMIN.Example.COM\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host twice", "GET /x HTTP/1.1\r\nHost: h\r\nHost: admin.example.com\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host encoded", "GET /x HTTP/1.1\r\nHost: %61dmin.example.com\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host in a list", "GET /x HTTP/1.1\r\nHost: h, admin.example.com\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host with a space", "GET /x HTTP/1.1\r\nHost: admin.example.com x\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin host with a tab and a port", "GET /x HTTP/1.1\r\nHost: admin.example.com\t:80\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin header", "GET /x HTTP/1.1\r\nHost: h\r\nX-Area: admin\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin header and another", "GET /x HTTP/1.1\r\nHost: h\r\nX-Area: other\r\nx-area: admin\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the admin header and an empty one", "GET /x HTTP/1.1\r\nHost: h\r\nX-Area:\r\nx-area: admin\r\nAuthorization: Bearer <GOOD>\r\n"},

	{"a request behind a refused one", "GET /orders HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nGET /orders HTTP/1.1\r\nHost: h\r\n"},
	{"a request in the body of a refused one", "POST /orders HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /orders HTTP/1.1\r\nHost: h\r\n"},
}

// passes are requests that do reach the upstream: without them the table of
// attacks would hold for an Envoy that serves nothing.
var passes = []struct{ name, request string }{
	{"a good token", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"a good token for admin", "GET /admin HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <ADMIN>\r\n"},
	{"a good token for the admin host", "GET /x HTTP/1.1\r\nHost: admin.example.com:80\r\nAuthorization: Bearer <ADMIN>\r\n"},
	{"HTTP/1.0 with a token", "GET /orders HTTP/1.0\r\nAuthorization: bearer <GOOD>\r\n"},
	{"an absolute URI", "GET http://h/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"a token before an empty field, which Envoy drops", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <GOOD>\r\nAuthorization:\r\n"},
	{"a token after an empty field, which Envoy drops", "GET /orders HTTP/1.1\r\nHost: h\r\nAuthorization:\r\nAuthorization: Bearer <GOOD>\r\n"},
	{"the open path", "GET /healthz HTTP/1.1\r\nHost: h\r\n"},
	{"the open path with a bad token", "GET /healthz HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer <EXPIRED>\r\n"},
	{"the open path with a tab in the field", "GET /public/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer\t<GOOD>\r\n"},
	{"the open path with two tokens", "GET /public/x HTTP/1.1\r\nHost: h\r\nAuthorization: Basic eA==\r\nAuthorization: Bearer <GOOD>\r\n"},
}

func TestNoAttackPassesEnvoy(t *testing.T) {
	p, upstream := startAttacked(t, attackConfig(), envoy.Options{})
	t.Run("HTTP/1", func(t *testing.T) { attack1(t, p.Address("ingress"), upstream) })
	t.Run("HTTP/2", func(t *testing.T) { attack2(t, p.Address("ingress"), upstream) })
}

func attack1(t *testing.T, address string, upstream *envoy.Upstream) {
	tokens := attackTokens()
	for _, test := range attacks {
		t.Run(test.name, func(t *testing.T) {
			answer := rawRequest(t, address, tokens.Replace(test.request)+"\r\n")
			if requests := upstream.Requests(); len(requests) > 0 || strings.Contains(answer, " "+fromUpstream+" ") {
				t.Errorf("the upstream saw %v, the client %q", requests, answer)
			}
		})
	}
	for _, test := range passes {
		t.Run(test.name, func(t *testing.T) {
			answer := rawRequest(t, address, tokens.Replace(test.request)+"\r\n")
			requests := upstream.Requests()
			if len(requests) != 1 || !strings.Contains(answer, " "+fromUpstream) {
				t.Fatalf("the upstream saw %d requests, want 1; the client got %q", len(requests), answer)
			}
			for _, h := range requests[0].Headers {
				if h.Name == "authorization" || strings.Contains(h.Value, "eyJ") {
					t.Errorf("the upstream received %s with forward_token false", h.Name)
				}
			}
		})
	}
}

// attacks2 are requests of HTTP/2, where fields are what HTTP/1 cannot spell.
// Pseudo-headers that a test leaves out are those of GET https://h/orders.
var attacks2 = []struct {
	name   string
	fields [][2]string
}{
	{"no token", nil},
	{"two tokens", [][2]string{{"authorization", "Bearer <GOOD>"}, {"authorization", "Bearer <GOOD>"}}},
	{"admin by an absolute URI", [][2]string{{":path", "http://h/admin"}, {"authorization", "Bearer <GOOD>"}}},
	{"admin without a slash", [][2]string{{":path", "admin"}, {"authorization", "Bearer <GOOD>"}}},
	{"admin behind the open path", [][2]string{{":path", "/healthz/../admin"}}},
	{"an open path after an admin path", [][2]string{{":path", "/admin"}, {":path", "/healthz"}}},
	{"an admin path after an open path", [][2]string{{":path", "/healthz"}, {":path", "/admin"}}},
	{"an empty path", [][2]string{{":path", ""}}},
	{"an asterisk", [][2]string{{":path", "*"}}},
	{"OPTIONS and an asterisk", [][2]string{{":method", "OPTIONS"}, {":path", "*"}}},
	{"a method of one's own", [][2]string{{":method", "PUBLIC"}, {":path", "/public"}}},
	{"a method in another case", [][2]string{{":method", "get"}, {":path", "/public"}}},
	{"two methods", [][2]string{{":method", "GET"}, {":method", "POST"}, {":path", "/public"}}},
	{"extended CONNECT", [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}}},
	{"the admin host", [][2]string{{":authority", "admin.example.com"}, {"authorization", "Bearer <GOOD>"}}},
	{"the admin host beside another in host", [][2]string{{":authority", "admin.example.com"}, {"host", "h"}, {"authorization", "Bearer <GOOD>"}}},
	{"the admin host in host only", [][2]string{{":authority", ""}, {"host", "admin.example.com"}, {"authorization", "Bearer <GOOD>"}}},
	{"two authorities", [][2]string{{":authority", "h"}, {":authority", "admin.example.com"}, {"authorization", "Bearer <GOOD>"}}},
	{"the admin host after user information", [][2]string{{":authority", "h@admin.example.com"}, {"authorization", "Bearer <GOOD>"}}},
	{"a NUL in the path", [][2]string{{":path", "/healthz\x00/../admin"}}},
	{"a line break in the token", [][2]string{{"authorization", "Bearer <GOOD>\r\nx: y"}}},
	{"a name in upper case", [][2]string{{"Authorization", "Bearer <EXPIRED>"}}},
	{"an identity from outside", [][2]string{{"gatehouse.identity", `{"sub":"root"}`}}},
}

func attack2(t *testing.T, address string, upstream *envoy.Upstream) {
	tokens := attackTokens()
	send := func(t *testing.T, fields [][2]string) harness.Message {
		t.Helper()
		var headers []harness.Header
		for _, pseudo := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/orders"}} {
			given := false
			for _, f := range fields {
				given = given || f[0] == pseudo[0]
			}
			if !given {
				headers = append(headers, harness.Header{Name: pseudo[0], Value: pseudo[1]})
			}
		}
		for _, f := range fields {
			headers = append(headers, harness.Header{Name: f[0], Value: tokens.Replace(f[1])})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		// Envoy may end the connection without a word: that is an answer here.
		answer, _ := envoy.DoHTTP2(ctx, address, harness.Message{Headers: headers})
		return answer
	}
	for _, test := range attacks2 {
		t.Run(test.name, func(t *testing.T) {
			answer := send(t, test.fields)
			if requests := upstream.Requests(); len(requests) > 0 {
				t.Errorf("the upstream saw %v, the client %v", requests, answer)
			}
		})
	}
	send(t, [][2]string{{"authorization", "Bearer <GOOD>"}})
	if n := len(upstream.Requests()); n != 1 {
		t.Errorf("of a good token the upstream saw %d requests, want 1", n)
	}
}
