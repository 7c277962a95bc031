package probe

import (
	"fmt"
	"strings"

	"gatehouse/harness"
)

// refusalScenarios are requests that Envoy's codec or connection manager may
// refuse before the plugins see them, and their neighbours that pass.
func refusalScenarios() []Scenario {
	watch := everywhere([]string{"request_trailers"}, "get_header_map_pairs 1") + everywhere([]string{"request_headers", "log"}, "get_header_map_pairs 0", "get_header_map_pairs 2", `get_property "response\x00code"`, `get_property "response\x00code_details"`, `get_property "response\x00flags"`)
	plain := ok("content-length: 5", "hello")
	with := func(method, path, authority, fields string) harness.Message {
		m := get(path, fields)
		m.Headers[0].Value, m.Headers[2].Value = method, authority
		return m
	}
	without := func(name string, m harness.Message) harness.Message {
		var kept []harness.Header
		for _, h := range m.Headers {
			if h.Name != name {
				kept = append(kept, h)
			}
		}
		m.Headers = kept
		return m
	}
	const host = "api.example.com"
	var paths, hosts, methods, fields []harness.Message
	for _, path := range []string{"/caf\u00e9", "/caf\xe9", "/a b", "/a  b", "/a?q=\u00e9", "/a?q=1 2", "/a\tb", "/a\x01b", "/a\x7fb", "/a\"b<c>\\|^`{}", "//x/y", "/a%00b",
		"a", "*", "*x", "#x", "?y", "a:443", "/a#b"} {
		paths = append(paths, with("GET", path, host, ""))
	}
	for _, authority := range []string{"", "a b", "a\tb", "a@b", "a\u00e9", "a/b", "a\\b", "a[::1]:80", "!$&'()*+,;=%~_"} {
		hosts = append(hosts, with("GET", "/", authority, ""))
	}
	hosts = append(hosts, without(":authority", get("/", "")))
	for _, method := range []string{"GET", "OPTIONS", "TRACE", "PUT", "PURGE", "MSEARCH", "M-SEARCH", "UNSUBSCRIBE", "QUERY", "PRI", "FOO", "get", "G T", "GE(T", "G\xe9T"} {
		methods = append(methods, with(method, "/x", host, ""), with(method, "*", host, ""))
	}
	methods = append(methods, with("QUERY", "/x", host, "content-type: text/plain"))
	for _, line := range []string{
		"connection: upgrade\nupgrade: websocket", "connection: keep-alive, Upgrade\nupgrade: WebSocket\nsec-websocket-version: 13", "connection: upgrade\nupgrade: foo, websocket", "connection: upgrade\nupgrade: h2c, websocket",
		"x-a: caf\u00e9", "x-a: a\tb", "x-a: a\x01b", "x-a: a\x7fb", "x a: b", "x-\u00e9: b", "x(a: b", "x_a: b",
		"content-length: x", "content-length: +0", "content-length: 0\ncontent-length: 0", "content-length: 0\ncontent-length: 5", "transfer-encoding: gzip", "transfer-encoding: chunked\ncontent-length: 5",
	} {
		fields = append(fields, get("/x", line))
	}
	// A carriage return on its own, and before the one of the line's end.
	for _, f := range []harness.Header{
		{Name: "x-a", Value: "a\rb"}, {Name: "x-a", Value: "\r a \r b\r\r"}, {Name: "x-a", Value: "\r"}, {Name: "x-a", Value: "a\r\x00b"}, {Name: "x\r-a", Value: "b"},
		{Name: "content-length", Value: "\r0\r"}, {Name: "content-length", Value: "0\r0"}, {Name: "transfer-encoding", Value: "gz\rip"},
	} {
		m := get("/x", "")
		m.Headers = append(m.Headers, f)
		fields = append(fields, m)
	}
	hosts = append(hosts, with("GET", "/", "a\r.b", ""))
	paths = append(paths, with("GET", "/a\rb", host, ""))
	connects := []harness.Message{
		with("CONNECT", "/x", host+":443", ""), with("CONNECT", "*", host+":443", ""),
		without(":path", without(":scheme", with("CONNECT", "", host+":443", ""))), without(":path", without(":scheme", with("CONNECT", "", host+":443", "content-length: 3"))),
	}
	connects2 := []harness.Message{connects[0], connects[2], without(":path", with("CONNECT", "", host+":443", "")), without(":scheme", with("CONNECT", "/x", host+":443", "")),
		without(":authority", connects[2]), with("CONNECT", "/ws", host, ":protocol: websocket"),
		without(":path", get("/", "")), without(":scheme", get("/", "")), without(":method", get("/", "")), with("GET", "", host, ""), get("/", "te: gzip"), get("/", "te: trailers"), get("/", ":other: x"),
		without(":authority", get("/", "host: h.example.com")), get("/", "host: h.example.com")}
	upgrades := []harness.Message{
		post("/x", "connection: upgrade\nupgrade: websocket\ncontent-length: 4", "data"), post("/x", "connection: upgrade\nupgrade: websocket\ncontent-type: application/grpc\ncontent-length: 4", "data"),
		with("HEAD", "/x", host, "connection: upgrade\nupgrade: websocket"), without(":authority", with("GET", "/x#", host, "connection: upgrade\nupgrade: websocket")), get("/x#", "connection: upgrade\nupgrade: websocket"),
		with("OPTIONS", "*", host, "connection: upgrade\nupgrade: websocket"), without(":authority", with("QUERY", "/", host, "")),
	}
	var all []Scenario
	add := func(name string, protocols []Protocol, requests []harness.Message) {
		for _, p := range protocols {
			for n := 0; n < len(requests); n += 10 {
				s := one(fmt.Sprintf("refusals-%s-%s-%d", name, strings.ToLower(strings.NewReplacer("/", "", ".", "").Replace(p.String())), n/10), watch)
				for _, m := range requests[n:min(n+10, len(requests))] {
					s.Steps = append(s.Steps, Step{Protocol: p, Request: m, Response: plain})
				}
				all = append(all, s)
			}
		}
	}
	both := []Protocol{HTTP1, HTTP2}
	add("paths", both, paths)
	add("hosts", both, hosts)
	add("methods", both, methods)
	add("fields", both, fields)
	add("connect", []Protocol{HTTP1}, connects)
	add("connect", []Protocol{HTTP2}, connects2)
	add("upgrade", []Protocol{HTTP1}, upgrades)
	add("trailers", []Protocol{HTTP1}, []harness.Message{withTrailers(post("/x", "", "body"), "x-t: a\rb")})
	plain.Headers = append(plain.Headers, harness.Header{Name: "x-a", Value: "\ra\rb"})
	return append(all, one("refusals-response-http1", watch+everywhere([]string{"response_headers"}, "get_header_map_pairs 2"), http1(get("/", ""), plain)))
}
