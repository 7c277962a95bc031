package probe

import (
	"fmt"
	"strings"
)

// headerScenarios read and change header maps.
func headerScenarios() []Scenario {
	show := []string{"get_header_map_pairs 0", "get_header_map_pairs 1", "get_header_map_pairs 2", "get_header_map_pairs 3"}
	varied := post("/path;p=1/%2e%2e//x?q=1&q=2", "cookie: a=1\ncookie: b=2\nx-dup: 1\nX-Dup: 2\nx-dup: 3\nx-empty:\naccept: */*\nx-utf8: \xc3\xa9", "body")
	return []Scenario{
		one("headers-as-sent", everywhere(streamCallbacks, show...),
			http1(varied, ok("set-cookie: a=1\nSet-Cookie: b=2\nx-dup: 1\nx-dup: 2\nserver: upstream", "body")),
			http2(varied, ok("set-cookie: a=1\nset-cookie: b=2\nx-dup: 1\nx-dup: 2\nserver: upstream", "body")),
		),
		one("headers-request-changed",
			on("request_headers",
				`add_header_map_value 0 "x-new" "1"`, `add_header_map_value 0 "x-dup" "4"`, `replace_header_map_value 0 "x-a" "replaced"`,
				`replace_header_map_value 0 "x-absent" "came"`, `remove_header_map_value 0 "x-c"`, `remove_header_map_value 0 "x-none"`,
				`replace_header_map_value 0 ":path" "/changed?y=2"`, `replace_header_map_value 0 ":authority" "other.example.com"`, `replace_header_map_value 0 ":method" "PUT"`,
				"get_header_map_pairs 0", `get_header_map_value 0 "x-dup"`, `get_property "request\x00path"`, `get_property "request\x00method"`, `get_property "request\x00host"`)+
				on("log", "get_header_map_pairs 0", `get_property "request\x00path"`),
			plainGet(HTTP1), plainGet(HTTP2), http1(get("/x", "x-dup: 1\nx-dup: 2\nx-a: 1\nx-a: 2"), ok("content-length: 0"))),
		one("headers-response-changed",
			on("response_headers",
				`add_header_map_value 2 "x-new" "1"`, `replace_header_map_value 2 "x-b" "replaced"`, `replace_header_map_value 2 ":status" "418"`, `remove_header_map_value 2 "content-length"`,
				`add_header_map_value 2 "set-cookie" "a=1"`, `add_header_map_value 2 "set-cookie" "b=2"`, "get_header_map_pairs 2", `get_property "response\x00code"`)+
				on("log", "get_header_map_pairs 2", `get_property "response\x00code"`),
			plainGet(HTTP1), plainPost(HTTP2)),
		one("headers-set-pairs",
			on("request_headers", `set_header_map_pairs 0 pairs:":method","GET",":path","/set",":authority","set.example.com",":scheme","http","x-set","1","x-set","2","X-Upper","v","x-forwarded-proto","http"`, "get_header_map_pairs 0")+
				on("response_headers", `set_header_map_pairs 2 pairs:":status","201","x-set","1","x-set","2"`, "get_header_map_pairs 2")+
				on("request_trailers", `set_header_map_pairs 1 pairs:"x-tset","1"`, "get_header_map_pairs 1")+
				on("response_trailers", `set_header_map_pairs 3 pairs:"x-uset","1"`, "get_header_map_pairs 3"),
			plainGet(HTTP1), trailerPost(HTTP2)),
		one("headers-trailers-changed",
			on("request_trailers", `add_header_map_value 1 "x-new" "1"`, `replace_header_map_value 1 "x-t" "only"`, "get_header_map_pairs 1", `remove_header_map_value 1 "x-t"`, "get_header_map_size 1")+
				on("response_trailers", `add_header_map_value 3 "x-new" "1"`, `replace_header_map_value 3 "x-u" "only"`, "get_header_map_pairs 3", `remove_header_map_value 3 "x-u"`),
			trailerPost(HTTP1), trailerPost(HTTP2)),
		one("headers-trailers-added-where-none-are",
			on("request_body", `add_header_map_value 1 "x-late" "1"`, "get_header_map_pairs 1")+on("response_body", `add_header_map_value 3 "x-late" "1"`)+
				on("request_headers", `add_header_map_value 1 "x-late" "1"`),
			plainPost(HTTP2)),
		one("headers-bad-maps",
			on("request_headers",
				`set_header_map_pairs 1 null`, `set_header_map_pairs 2 pairs:"x","y"`,
				`add_header_map_value 0 "" "no name"`, `add_header_map_value 0 ":unknown" "pseudo"`, "get_header_map_pairs 0", `remove_header_map_value 0 ":unknown"`, `remove_header_map_value 0 ""`),
			plainGet(HTTP2)),
		one("headers-many",
			on("request_headers", "get_header_map_size 0", `get_header_map_value 0 "x-90"`, "get_header_map_pairs 0"),
			http2(get("/", manyHeaders(90)), ok("content-length: 0")), http1(get("/", manyHeaders(94)), ok("content-length: 0")),
			http1(get("/", manyHeaders(96)), ok("content-length: 0")), http1(get("/", "x-big: "+strings.Repeat("b", 59<<10)), ok("content-length: 0")),
			http1(get("/", "x-big: "+strings.Repeat("b", 61<<10)), ok("content-length: 0"))),
	}
}

func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "x-%d: v\n", i)
	}
	return b.String()
}
