package probe

import (
	"strings"
	"time"

	"gatehouse/harness"
)

// trafficScenarios only watch, while traffic takes unusual turns.
func trafficScenarios() []Scenario {
	watch := everywhere([]string{"request_headers", "request_trailers", "response_headers", "response_trailers"}, "get_header_map_pairs 0", "get_header_map_pairs 1", "get_header_map_pairs 2", "get_header_map_pairs 3") +
		everywhere([]string{"log"}, "get_header_map_pairs 0", "get_header_map_pairs 1", "get_header_map_pairs 2", "get_header_map_pairs 3", `get_property "response\x00code"`, `get_property "response\x00code_details"`, `get_property "response\x00flags"`, `get_property "request\x00total_size"`, `get_property "response\x00total_size"`, `get_property "request\x00size"`, `get_property "response\x00size"`)
	head := func(p Protocol) Step {
		m := get("/head", "")
		m.Headers[0].Value = "HEAD"
		return Step{Protocol: p, Request: m, Response: ok("content-length: 5")}
	}
	method := func(name string, p Protocol) Step {
		m := get("/m", "")
		m.Headers[0].Value = name
		return Step{Protocol: p, Request: m, Response: ok("content-length: 0")}
	}
	var held []Scenario
	for _, to2 := range []bool{false, true} {
		for _, mayStop := range []bool{false, true} {
			name := "traffic-upstream-resets-while-headers-wait"
			if to2 {
				name += "-http2"
			}
			if mayStop {
				name += "-for-the-body"
			}
			hold := Filter{Script: watch + on("response_headers", "return 1") + on("response_body", "return 1"), StopsAtHeaders: mayStop}
			framed := "content-length: 100"
			if to2 {
				framed = ""
			}
			held = append(held, Scenario{Name: name, HTTP2Upstream: to2, Filters: []Filter{{Script: watch}, hold, {Script: watch}}, Steps: []Step{
				http1(get("/", ""), reset(ok(framed, "pa", "rt"))), http2(post("/", "", "body"), reset(ok(framed, "pa", "rt"))),
				http2(post("/", "content-type: application/grpc\nte: trailers", "body"), reset(ok(framed, "pa", "rt"))),
			}})
		}
	}
	return append(held, []Scenario{
		one("traffic-plain", watch, plainGet(HTTP1), plainGet(HTTP2), plainPost(HTTP1), plainPost(HTTP2), trailerPost(HTTP1), trailerPost(HTTP2)),
		{Name: "traffic-plain-to-http2", HTTP2Upstream: true, Filters: []Filter{{Script: watch}}, Steps: []Step{plainGet(HTTP1), plainGet(HTTP2), plainPost(HTTP1), plainPost(HTTP2), trailerPost(HTTP1), trailerPost(HTTP2), grpcStep(),
			{Protocol: HTTP2, Request: post("/probe.Echo/X", "content-type: application/grpc\nte: trailers", "\x00\x00\x00\x00\x00"), Response: message(":status: 200\ncontent-type: application/grpc\ngrpc-status: 5\ngrpc-message: none")}}},
		one("traffic-methods", watch, head(HTTP1), head(HTTP2), method("OPTIONS", HTTP1), method("DELETE", HTTP2), method("PATCH", HTTP1)),
		one("traffic-statuses", watch, http1(get("/", ""), message(":status: 204")), http2(get("/", ""), message(":status: 304\netag: x")), http1(get("/", ""), message(":status: 404\ncontent-length: 2", "no")), http2(get("/", ""), message(":status: 500\ncontent-length: 0"))),
		one("traffic-empty-post", watch, http1(post("/", "content-length: 0"), ok("content-length: 0")), http2(post("/", ""), ok("content-length: 0")), http2(post("/", "", ""), ok("content-length: 0")), http2(post("/", "", "a", ""), ok("content-length: 0"))),
		one("traffic-expect-continue", watch, http1(post("/", "expect: 100-continue\ncontent-length: 4", "body"), ok("content-length: 0")), http2(post("/", "expect: 100-continue", "body"), ok("content-length: 0"))),
		one("traffic-upstream-resets-at-once", watch, http1(get("/", ""), harness.Message{Reset: true}), http2(post("/", "", "body"), harness.Message{Reset: true})),
		{Name: "traffic-http2-upstream-resets-at-once", HTTP2Upstream: true, Filters: []Filter{{Script: watch}}, Steps: []Step{http2(get("/", ""), harness.Message{Reset: true})}},
		one("traffic-upstream-resets-in-the-body", watch, http2(get("/", ""), reset(ok("content-length: 100", "part")))),
		{Name: "traffic-http2-upstream-resets-in-the-body", HTTP2Upstream: true, Filters: []Filter{{Script: watch}}, Steps: []Step{http2(get("/", ""), reset(ok("", "part"))), http1(get("/", ""), reset(ok("", "part")))}},
		one("traffic-client-resets-in-the-body", watch, http2(reset(post("/", "", "part")), ok("content-length: 0"))),
		one("traffic-client-leaves-before-the-answer", watch, impatient(http2(get("/", ""), harness.Message{Headers: headers(":status: 200"), Delay: time.Second}))),
		{Name: "traffic-no-upstream", NoUpstream: true, Filters: []Filter{{Script: watch}}, Steps: []Step{plainGet(HTTP1), plainPost(HTTP2)}},
		{Name: "traffic-large-bodies", HTTP2Upstream: true, Filters: []Filter{{Script: on("request_body", "return 1") + on("request_trailers", "get_buffer_bytes 0 0 1000000") + on("response_body", "return 1") + on("response_trailers", "get_buffer_bytes 1 0 1000000")}},
			Steps: []Step{{Protocol: HTTP2, Request: withTrailers(post("/", "", strings.Repeat("a", 16000), strings.Repeat("b", 16000), strings.Repeat("c", 16000)), "x-t: 1"), Response: withTrailers(ok("", strings.Repeat("d", 16000), strings.Repeat("e", 16000)), "x-u: 1")}}},
		one("traffic-no-plugin-script", "", plainPost(HTTP1), trailerPost(HTTP2), grpcStep()),
	}...)
}
