package probe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/harness"
)

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

// pausing and going on again, in every callback that can.
func bodyScenarios() []Scenario {
	read := []string{"get_buffer_bytes 0 0 100", "get_buffer_bytes 1 0 100", "get_buffer_status 0", "get_buffer_status 1"}
	requestEnd := "on request_body\nget_buffer_bytes 0 0 100\nreturn 1\n"
	// Over HTTP/2 three chunks are three calls and the third is the end.
	replace := func(name, first, second, third string) Scenario {
		return one(name,
			on("request_headers", `remove_header_map_value 0 "content-length"`)+
				on("request_body#1", first, "get_buffer_bytes 0 0 100", "return 1")+on("request_body#2", second, "get_buffer_bytes 0 0 100", "return 1")+on("request_body#3", third, "get_buffer_bytes 0 0 100")+
				on("response_headers", `remove_header_map_value 2 "content-length"`)+
				on("response_body#1", strings.Replace(first, "bytes 0", "bytes 1", 1), "get_buffer_bytes 1 0 100", "return 1")+
				on("response_body#2", strings.Replace(second, "bytes 0", "bytes 1", 1), "get_buffer_bytes 1 0 100", "return 1")+
				on("response_body#3", strings.Replace(third, "bytes 0", "bytes 1", 1), "get_buffer_bytes 1 0 100"),
			http2(post("/", "content-length: 11", "one", "two", "three"), ok("", "alpha", "beta")),
			impatient(http1(post("/", "", "one", "two"), ok("content-length: 5", "alpha"))))
	}
	s := []Scenario{
		one("body-chunks", everywhere([]string{"request_headers", "request_body", "request_trailers", "response_headers", "response_body", "response_trailers", "log", "done"}, read...),
			plainPost(HTTP1), plainPost(HTTP2), trailerPost(HTTP2), trailerPost(HTTP1)),
		one("body-paused-to-the-end", on("request_body", "get_buffer_bytes 0 0 100", "get_buffer_bytes 0 2 3", "get_buffer_status 0", "return 1")+on("request_trailers", "get_buffer_bytes 0 0 100", "get_buffer_status 0")+
			on("response_body", "get_buffer_bytes 1 0 100", "get_buffer_bytes 1 2 3", "get_buffer_status 1", "return 1")+on("response_trailers", "get_buffer_bytes 1 0 100", "get_buffer_status 1"),
			trailerPost(HTTP1), trailerPost(HTTP2)),
		one("body-paused-without-end", requestEnd, impatient(plainPost(HTTP2)), impatient(plainPost(HTTP1))),
		one("body-response-paused-without-end", "on response_body\nget_buffer_bytes 1 0 100\nreturn 1\n", impatient(plainPost(HTTP2)), impatient(plainPost(HTTP1))),
		one("body-paused-then-continued", on("request_body#1", "return 1")+on("request_body#2", "return 1")+on("request_body#3", "get_buffer_bytes 0 0 100")+
			on("response_body#1", "return 1")+on("response_body#2", "get_buffer_bytes 1 0 100"), plainPost(HTTP1), plainPost(HTTP2)),
		one("body-paused-once-in-the-middle", on("request_body#2", "get_buffer_bytes 0 0 100", "return 1")+on("request_body#3", "get_buffer_bytes 0 0 100")+
			on("response_body#1", "get_buffer_bytes 1 0 100", "return 1")+on("response_body#2", "get_buffer_bytes 1 0 100"), plainPost(HTTP1), plainPost(HTTP2)),
		one("body-other-return-values", on("request_body#1", "return 2")+on("request_body#2", "return 3")+on("request_body#3", "get_buffer_bytes 0 0 100")+
			on("response_body#1", "return 3")+on("response_body#2", "get_buffer_bytes 1 0 100"), plainPost(HTTP2)),
		one("body-high-return-values", on("request_body#1", "return 4")+on("request_body#2", "get_buffer_bytes 0 0 100", "return 0"), http2(post("/", "", "one", "two"), ok("content-length: 0"))),
		replace("body-replaced-each", `set_buffer_bytes 0 0 1000 "[whole]"`, `set_buffer_bytes 0 0 1000 "[again]"`, `set_buffer_bytes 0 0 1000 "[end]"`),
		replace("body-prepended", `set_buffer_bytes 0 0 0 "<"`, `set_buffer_bytes 0 0 0 "<<"`, `set_buffer_bytes 0 0 0 "<<<"`),
		replace("body-appended", `set_buffer_bytes 0 1000 0 ">"`, `set_buffer_bytes 0 1000 5 ">>"`, `set_buffer_bytes 0 3 0 ">>>"`),
		replace("body-emptied", `set_buffer_bytes 0 0 1000 ""`, `set_buffer_bytes 0 0 1000 null`, `set_buffer_bytes 0 0 4294967295 "end"`),
		one("body-grown-unpaused", on("request_body", `set_buffer_bytes 0 1000 0 "+"`)+on("response_body", `set_buffer_bytes 1 0 0 "+"`), plainPost(HTTP1), plainPost(HTTP2)),
		one("body-of-the-other-direction", on("request_body", `set_buffer_bytes 1 0 0 "x"`, "get_buffer_bytes 1 0 10")+on("response_body", `set_buffer_bytes 0 0 0 "x"`, "get_buffer_bytes 0 0 10")+
			on("request_headers", `set_buffer_bytes 0 0 0 "x"`, "get_buffer_bytes 0 0 10")+on("response_headers", `set_buffer_bytes 1 0 0 "x"`, "get_buffer_bytes 1 0 10"), plainPost(HTTP2)),
		// The limit is the connection's over HTTP/1, and the stream's window, far
		// larger, over HTTP/2.
		{Name: "body-over-the-limit", BufferLimit: 5000, Filters: []Filter{{Script: on("request_body", "get_buffer_status 0", "return 1") + on("log", "get_header_map_pairs 2")}},
			Steps: []Step{impatient(http1(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000)), ok("content-length: 0"))), impatient(http1(post("/", "", strings.Repeat("a", 3000), "end"), ok("content-length: 0"))),
				impatient(http2(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"), ok("content-length: 0")))}},
		{Name: "body-response-over-the-limit", BufferLimit: 5000, Filters: []Filter{{Script: on("response_body", "get_buffer_status 1", "return 1")}},
			Steps: []Step{impatient(http1(get("/", ""), ok("", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"))), impatient(http1(get("/", ""), ok("", strings.Repeat("a", 3000), "end")))}},
		{Name: "body-over-the-limit-unpaused", BufferLimit: 5000, Filters: []Filter{{Script: on("request_body", "get_buffer_status 0") + on("response_body", "get_buffer_status 1")}},
			Steps: []Step{http1(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"), ok("", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"))}},
		{Name: "body-over-the-limit-while-headers-wait", BufferLimit: 5000, Filters: []Filter{{Script: on("request_headers", "return 1")}},
			Steps: []Step{impatient(http1(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"), ok("content-length: 0")))}},
		{Name: "body-grown-over-the-limit", BufferLimit: 5000, Filters: []Filter{{Script: on("request_body", `set_buffer_bytes 0 100000 0 repeat:3000:"x"`, "return 1")}},
			Steps: []Step{impatient(http1(post("/", "", strings.Repeat("a", 100), "b", "end"), ok("content-length: 0")))}},
	}
	for _, both := range []bool{false, true} {
		name := "body-at-stopped-headers"
		if both {
			name += "-with-bodies"
		}
		s = append(s, Scenario{Name: name, HTTP2Upstream: true, Filters: []Filter{{StopsAtHeaders: both, Script: on("request_headers", "return 1") + on("request_body#1", "get_header_map_pairs 0", `add_header_map_value 0 "x-late" "1"`, "get_buffer_bytes 0 0 100", "return 1") +
			on("request_body#2", "get_buffer_bytes 0 0 100", "return 1") + on("request_body#3", "get_header_map_pairs 0", "get_buffer_bytes 0 0 100") +
			on("response_headers", "return 1") + on("response_body#1", "get_header_map_pairs 2", `add_header_map_value 2 "x-late" "1"`, "get_buffer_bytes 1 0 100", "return 1") +
			on("response_body#2", "get_buffer_bytes 1 0 100")}},
			Steps: []Step{impatient(plainPost(HTTP2)), impatient(plainGet(HTTP2)), impatient(trailerPost(HTTP2))}})
	}
	return s
}

// flowScenarios pause and continue.
func flowScenarios() []Scenario {
	state := []string{"get_header_map_pairs 0", "get_header_map_pairs 2", `get_header_map_value 0 ":path"`, `add_header_map_value 0 "x-late" "1"`, `remove_header_map_value 0 "x-a"`, `replace_header_map_value 0 "x-a" "n"`, `get_property "request\x00path"`}
	var s []Scenario
	// Continue called from inside each callback of the stream itself. Letting the
	// response go before there is one, or from the end of a stream, crashes Envoy:
	// see crashing.
	for _, cb := range []string{"request_headers", "request_body", "request_trailers", "response_headers", "response_body", "response_trailers"} {
		for _, stream := range []string{"0", "1"} {
			for _, result := range []string{"0", "1"} {
				s = append(s, one("flow-continue-"+stream+"-in-"+strings.ReplaceAll(cb, "_", "-")+"-returning-"+result,
					on(cb+"#1", "continue_stream "+stream, "get_header_map_pairs 0", "get_header_map_pairs 2", "return "+result), impatient(trailerPost(HTTP2))))
			}
		}
	}
	for _, cb := range []string{"request_headers", "request_body", "request_trailers", "response_headers", "response_body", "response_trailers", "log", "done"} {
		for _, stream := range []string{"0", "1"} {
			s = append(s, one("flow-close-"+stream+"-in-"+strings.ReplaceAll(cb, "_", "-"), on(cb+"#1", "close_stream "+stream, "get_header_map_pairs 0"), impatient(trailerPost(HTTP2))))
		}
	}
	// Continue from the tick, where the stream waits.
	for _, cb := range []string{"request_headers", "request_body#1", "request_body#2", "request_trailers"} {
		s = append(s, one("flow-resumed-by-tick-in-"+strings.ReplaceAll(strings.ReplaceAll(cb, "_", "-"), "#", "-"),
			on("request_body", "return 1")+on("request_trailers", "return 1")+on("s1."+cb, "set_tick_period_milliseconds 80", "return 1")+
				on("tick", append([]string{"set_tick_period_milliseconds 0", "set_effective_context s1"}, append(append([]string{}, state...), "continue_stream 0", "get_header_map_pairs 0", "get_header_map_pairs 2")...)...),
			impatient(trailerPost(HTTP2))))
	}
	for _, cb := range []string{"response_headers", "response_body#1", "response_trailers"} {
		s = append(s, one("flow-resumed-by-tick-in-"+strings.ReplaceAll(strings.ReplaceAll(cb, "_", "-"), "#", "-"),
			on("response_body", "return 1")+on("response_trailers", "return 1")+on("s1."+cb, "set_tick_period_milliseconds 80", "return 1")+
				on("tick", append([]string{"set_tick_period_milliseconds 0", "set_effective_context s1"}, append(append([]string{}, state...), `add_header_map_value 2 "x-late" "1"`, "continue_stream 1", "get_header_map_pairs 0", "get_header_map_pairs 2")...)...),
			impatient(trailerPost(HTTP2))))
	}
	s = append(s,
		one("flow-trailers-paused", on("request_trailers", "return 1"), impatient(trailerPost(HTTP2))),
		one("flow-response-trailers-paused", on("response_trailers", "return 1"), impatient(trailerPost(HTTP2))),
		one("flow-response-headers-paused", on("response_headers", "return 1"), impatient(trailerPost(HTTP2))),
		one("flow-headers-return-values-2", on("request_headers", "return 2"), impatient(plainPost(HTTP2))),
		one("flow-headers-return-values-3", on("request_headers", "return 3"), impatient(plainPost(HTTP2))),
		one("flow-headers-return-values-4", on("request_headers", "return 4"), impatient(plainPost(HTTP2))),
		one("flow-headers-return-values-5", on("request_headers", "return 5"), impatient(plainPost(HTTP2))),
		one("flow-response-headers-return-values-2", on("response_headers", "return 2"), impatient(plainPost(HTTP2))),
		one("flow-response-headers-return-values-3", on("response_headers", "return 3"), impatient(plainPost(HTTP2))),
		one("flow-trailers-return-values", on("request_trailers", "return 2"), impatient(trailerPost(HTTP2))),
		one("flow-effective-context", on("s1.request_headers", "set_tick_period_milliseconds 80", "return 1")+on("s2.request_headers",
			"set_effective_context s1", "get_header_map_pairs 0", "set_effective_context self", "get_header_map_pairs 0", "set_effective_context root", "get_header_map_pairs 0", "continue_stream 0", "send_local_response 200 null null null 4294967295")+
			on("tick", "set_tick_period_milliseconds 0", "get_header_map_pairs 0", "continue_stream 0", "close_stream 0", "set_effective_context s1", "get_header_map_pairs 0", "continue_stream 0", "set_effective_context s9", "get_header_map_pairs 0"),
			plainGet(HTTP1), impatient(plainGet(HTTP1))),
		one("flow-buffers-at-the-end", on("request_body", "return 1")+on("response_body", "return 1")+everywhere([]string{"log", "done", "delete"}, "get_buffer_bytes 0 0 100", "get_buffer_bytes 1 0 100"), impatient(plainPost(HTTP2)), trailerPost(HTTP2)),
		one("flow-state-at-the-end", on("s1.log", `set_property "probe.a" "in log"`)+on("s2.done", `set_property "probe.a" "in done"`)+on("s3.response_headers", `set_property "probe.b" "in headers"`), plainGet(HTTP2), plainGet(HTTP2), plainGet(HTTP2)),
		one("flow-done-later", on("done", "return 0")+on("s1.log", "set_tick_period_milliseconds 150")+on("tick", "set_tick_period_milliseconds 0", "done", "set_effective_context s1", "done", "get_header_map_pairs 0"), plainGet(HTTP1)).waiting(300*time.Millisecond),
		Scenario{Name: "flow-allowed-stop-resumed", HTTP2Upstream: true, Filters: []Filter{{StopsAtHeaders: true, Script: on("request_headers", "return 1") + on("request_body#1", "return 1") + on("request_body#2", "continue_stream 0", "return 1") +
			on("response_headers", "return 1") + on("response_body#1", "continue_stream 1", "return 0")}}, Steps: []Step{impatient(plainPost(HTTP2)), impatient(trailerPost(HTTP2))}},
		Scenario{Name: "flow-allowed-stop-ended-by-trailers", HTTP2Upstream: true, Filters: []Filter{{StopsAtHeaders: true, Script: on("request_headers", "return 1") + on("request_body", "return 1") + on("request_trailers", "get_header_map_pairs 0", "get_buffer_bytes 0 0 100", `add_header_map_value 0 "x-late" "1"`) +
			on("response_headers", "return 1") + on("response_body", "return 1") + on("response_trailers", "get_header_map_pairs 2", "get_buffer_bytes 1 0 100")}}, Steps: []Step{impatient(trailerPost(HTTP2))}},
		Scenario{Name: "flow-allowed-stop-then-continue-body", HTTP2Upstream: true, Filters: []Filter{{StopsAtHeaders: true, Script: on("request_headers", "return 1") + on("request_body", "return 0")}}, Steps: []Step{impatient(plainPost(HTTP2))}},
	)
	return withoutCrashing(s)
}

// crashing are scenarios that end Envoy 1.40 with a segmentation fault, at once
// or a little later. They are not run: there is nothing to compare.
var crashing = []string{
	"flow-continue-1-in-request-headers-returning-0",
	"flow-continue-1-in-request-headers-returning-1",
	"flow-continue-1-in-request-body-returning-0",
	"flow-continue-1-in-request-body-returning-1",
	"flow-continue-1-in-request-trailers-returning-0",
	"flow-continue-1-in-request-trailers-returning-1",
	"flow-continue-1-in-response-trailers-returning-0",
	"flow-continue-1-in-response-trailers-returning-1",
	"flow-close-0-in-log",
	"flow-close-0-in-done",
	"flow-close-1-in-log",
	"flow-close-1-in-done",
	"reply-in-log-returning-0",
	"reply-in-log-returning-1",
	"reply-in-done-returning-0",
	"reply-in-done-returning-1",
}

func withoutCrashing(s []Scenario) []Scenario {
	return slices.DeleteFunc(s, func(s Scenario) bool { return slices.Contains(crashing, s.Name) })
}

// replyScenarios answer in the upstream's place.
func replyScenarios() []Scenario {
	reply := `send_local_response 403 "denied_by_probe" "no entry" pairs:"x-why","probe","content-type","text/x","x-why","again" 4294967295`
	look := []string{"get_header_map_pairs 0", "get_header_map_pairs 2", "get_buffer_bytes 1 0 100", `get_property "response\x00code"`, `get_property "response\x00code_details"`, `get_property "response\x00flags"`}
	var s []Scenario
	for _, cb := range []string{"context_create", "request_headers", "request_body#1", "request_body#2", "request_trailers", "response_headers", "response_body#1", "response_body#2", "response_trailers", "log", "done"} {
		for _, result := range []string{"0", "1"} {
			script := on(cb, reply, "get_header_map_pairs 0", "get_header_map_pairs 2", "return "+result)
			for _, other := range []string{"response_headers", "response_body", "response_trailers", "log"} {
				if !strings.HasPrefix(cb, other) {
					script += on(other, look...)
				}
			}
			s = append(s, one("reply-in-"+strings.ReplaceAll(strings.ReplaceAll(cb, "_", "-"), "#", "-")+"-returning-"+result, script, trailerPost(HTTP2)))
		}
	}
	s = append(s,
		one("reply-in-body-read-later", on("request_body#1", reply)+everywhere([]string{"response_headers", "response_body", "log", "done", "delete"}, "get_buffer_bytes 0 0 100", "get_buffer_bytes 0 1 2", "get_buffer_status 0"), plainPost(HTTP1), plainPost(HTTP2)),
		one("reply-in-response-body-read-later", on("response_body#1", reply)+everywhere([]string{"log", "done", "delete"}, "get_buffer_bytes 1 0 100", "get_buffer_bytes 1 1 2", "get_buffer_status 1"), plainPost(HTTP1), plainPost(HTTP2)),
		one("reply-over-http1", on("request_headers", reply), plainGet(HTTP1), plainPost(HTTP1), http1(harness.Message{Headers: headers(":method: HEAD\n:path: /\n:authority: a\n:scheme: http\nx-forwarded-proto: http")}, ok("content-length: 0"))),
		one("reply-bare", on("request_headers", "send_local_response 200 null null null 4294967295")+on("log", look...), plainGet(HTTP1), plainGet(HTTP2)),
		one("reply-without-body-type", on("request_headers", `send_local_response 429 null "slow down" null 4294967295`)+on("log", look...), plainGet(HTTP1)),
		one("reply-strange-status", on("s1.request_headers", "send_local_response 204 null null null 4294967295")+on("s2.request_headers", `send_local_response 304 null null pairs:"etag","x" 4294967295`)+
			on("s3.request_headers", `send_local_response 599 "d" "b" null 4294967295`)+on("s4.request_headers", `send_local_response 204 null "body" null 4294967295`), plainGet(HTTP1), plainGet(HTTP1), plainGet(HTTP1), plainGet(HTTP2)),
		one("reply-details", on("s1.request_headers", `send_local_response 403 "with space" null null 4294967295`)+on("s2.request_headers", `send_local_response 403 "" null null 4294967295`)+on("s3.request_headers", `send_local_response 403 "a|b" null null 0`), plainGet(HTTP1), plainGet(HTTP1), plainGet(HTTP1)),
		one("reply-twice", on("request_headers", reply, `send_local_response 500 "second" "two" null 4294967295`)+on("log", look...), plainGet(HTTP1), plainGet(HTTP2)),
		one("reply-then-continue", on("request_headers", reply, "continue_stream 0"), plainGet(HTTP1)),
		one("reply-then-close", on("request_headers", reply, "close_stream 0"), impatient(plainGet(HTTP1))),
		one("reply-to-grpc", on("s1.request_headers", `send_local_response 403 "d" "no entry" null 7`)+on("s2.request_headers", `send_local_response 429 "d" "slow" pairs:"x-why","probe" 4294967295`)+on("s3.request_headers", `send_local_response 200 "d" "a\nb%" null 16`)+on("response_headers", look...),
			grpcStep(), grpcStep(), grpcStep()),
		one("reply-grpc-status-to-plain", on("request_headers", `send_local_response 403 "d" "no entry" null 7`), plainGet(HTTP2)),
		one("reply-changed-on-the-way-out", on("request_headers", reply)+on("response_headers", `add_header_map_value 2 "x-out" "1"`, `replace_header_map_value 2 ":status" "401"`, `remove_header_map_value 2 "content-length"`)+
			on("response_body", `set_buffer_bytes 1 0 1000 "changed"`), plainGet(HTTP1), plainGet(HTTP2)),
		one("reply-paused-on-the-way-out", on("request_headers", reply)+on("response_headers", "return 1"), impatient(plainGet(HTTP2))),
		one("reply-body-paused-on-the-way-out", on("request_headers", reply)+on("response_body", "return 1"), impatient(plainGet(HTTP2))),
		one("reply-in-reply", on("request_headers", reply)+on("response_headers", `send_local_response 500 "again" "two" null 4294967295`), impatient(plainGet(HTTP2))),
		one("reply-by-tick", on("s1.request_headers", "set_tick_period_milliseconds 80", "return 1")+on("tick", "set_tick_period_milliseconds 0", reply, "set_effective_context s1", reply, "get_header_map_pairs 0")+on("log", look...), plainPost(HTTP2)),
		one("reply-by-tick-to-response", on("s1.response_headers", "set_tick_period_milliseconds 80", "return 1")+on("tick", "set_tick_period_milliseconds 0", "set_effective_context s1", reply)+on("log", look...), impatient(plainPost(HTTP2))),
		one("reply-large", on("request_headers", `send_local_response 403 "d" repeat:100000:"x" null 4294967295`)+on("response_body", "get_buffer_status 1"), plainGet(HTTP2)),
		one("reply-bad-headers", on("s1.request_headers", `send_local_response 403 "d" "b" "junk" 4294967295`)+on("s2.request_headers", `send_local_response 403 "d" "b" pairs:":status","200","Content-Length","3","Date","never" 4294967295`), plainGet(HTTP2), plainGet(HTTP2)),
	)
	return withoutCrashing(s)
}

func grpcStep() Step {
	return Step{Protocol: HTTP2,
		Request:  withTrailers(post("/probe.Echo/Unary", "content-type: application/grpc\nte: trailers\ngrpc-timeout: 1S", "\x00\x00\x00\x00\x02hi"), "x-t: 1"),
		Response: withTrailers(ok("content-type: application/grpc", "\x00\x00\x00\x00\x02yo"), "grpc-status: 0")}
}

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
	return []Scenario{
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
	}
}

// chainScenarios are several filters on one stream.
func chainScenarios() []Scenario {
	watch := everywhere([]string{"request_headers", "request_body", "request_trailers", "response_headers", "response_body", "response_trailers", "log"}, "get_header_map_pairs 0", "get_header_map_pairs 2", "get_buffer_bytes 0 0 100", "get_buffer_bytes 1 0 100")
	reply := `send_local_response 403 "denied_by_probe" "no entry" pairs:"x-why","probe" 4294967295`
	s := []Scenario{
		chain("chain-three", []string{watch, watch, watch}, plainGet(HTTP1), trailerPost(HTTP2)),
		chain("chain-headers-pass-on", []string{
			on("request_headers", `add_header_map_value 0 "x-first" "1"`, `set_property "probe.a" "from the first"`) + on("response_headers", "get_header_map_pairs 2", `get_property "probe.b"`),
			on("request_headers", "get_header_map_pairs 0", `get_property "probe.a"`, `set_property "probe.a" "from the second"`, `get_property "probe.a"`) + on("response_headers", `add_header_map_value 2 "x-second" "1"`, `set_property "probe.b" "going out"`),
		}, plainGet(HTTP1)),
		chain("chain-bodies-pass-on", []string{
			on("request_body", `set_buffer_bytes 0 1000 0 "1"`) + on("response_body", "get_buffer_bytes 1 0 100", `set_buffer_bytes 1 0 0 "1"`),
			on("request_body", "get_buffer_bytes 0 0 100", "return 1") + on("request_trailers", "get_buffer_bytes 0 0 100", `set_buffer_bytes 0 1000 0 "2"`) + on("response_body", `set_buffer_bytes 1 1000 0 "2"`),
		}, trailerPost(HTTP2)),
		chain("chain-first-pauses-body", []string{on("request_body#1", "return 1") + on("response_body#1", "return 1"), watch}, plainPost(HTTP2), plainPost(HTTP1)),
		chain("chain-last-pauses-body", []string{watch, on("request_body#1", "return 1") + on("response_body#1", "return 1")}, plainPost(HTTP2)),
		chain("chain-both-pause-bodies", []string{on("request_body#1", "return 1") + on("response_body#1", "return 1"), on("request_body#1", "return 1") + on("response_body#1", "return 1")}, plainPost(HTTP2)),
		chain("chain-first-pauses-headers", []string{on("s1.request_headers", "set_tick_period_milliseconds 80", "return 1") + on("tick", "set_tick_period_milliseconds 0", "set_effective_context s1", `add_header_map_value 0 "x-late" "1"`, "continue_stream 0"), watch}, trailerPost(HTTP2)),
		chain("chain-last-pauses-headers", []string{watch, on("s1.request_headers", "set_tick_period_milliseconds 80", "return 1") + on("tick", "set_tick_period_milliseconds 0", "set_effective_context s1", `add_header_map_value 0 "x-late" "1"`, "continue_stream 0")}, trailerPost(HTTP2)),
		chain("chain-last-pauses-response-headers", []string{watch, on("s1.response_headers", "set_tick_period_milliseconds 80", "return 1") + on("tick", "set_tick_period_milliseconds 0", "set_effective_context s1", `add_header_map_value 2 "x-late" "1"`, "continue_stream 1")}, trailerPost(HTTP2)),
		chain("chain-middle-pauses-trailers", []string{watch, on("s1.request_trailers", "set_tick_period_milliseconds 80", "return 1") + on("tick", "set_tick_period_milliseconds 0", "set_effective_context s1", "continue_stream 0"), watch}, trailerPost(HTTP2)),
		chain("chain-removes-what-the-next-reads", []string{on("request_headers", `remove_header_map_value 0 "x-a"`, `replace_header_map_value 0 ":path" "/other"`), on("request_headers", "get_header_map_pairs 0", `get_property "request\x00path"`)}, plainGet(HTTP1)),
		{Name: "chain-two-vms", Filters: []Filter{
			{Script: on("request_headers", `set_property "probe.a" "one"`, `set_shared_data "chain-two-vms/k" "mine" 0`, `get_property "plugin_vm_id"`)},
			{VM: "other", Script: on("request_headers", `get_property "probe.a"`, `get_property "filter_state\x00wasm.probe.a"`, `get_shared_data "chain-two-vms/k"`, `get_property "plugin_vm_id"`, `set_property "probe.b" "two"`)},
		}, Steps: []Step{plainGet(HTTP1)}},
		{Name: "chain-one-root-id", Filters: []Filter{{RootID: "chain-one-root-id/0", Script: on("request_headers", "get_header_map_size 0")}, {RootID: "chain-one-root-id/0", Script: on("request_headers", "get_header_map_size 0", `get_property "plugin_name"`)}}, Steps: []Step{plainGet(HTTP1)}},
		{Name: "chain-one-plugin-twice", Filters: []Filter{{RootID: "chain-one-plugin-twice/0", Script: on("request_headers", `get_property "plugin_name"`)}, {RootID: "chain-one-plugin-twice/0", Script: on("request_headers", `get_property "plugin_name"`)}}, Steps: []Step{plainGet(HTTP1)}},
	}
	for place := range 3 {
		for _, cb := range []string{"request_headers", "request_body#1", "request_trailers", "response_headers", "response_body#1", "response_trailers"} {
			scripts := []string{watch, watch, watch}
			scripts[place] = on(cb, reply)
			s = append(s, chain(fmt.Sprintf("chain-reply-in-%s-of-%d", strings.ReplaceAll(strings.ReplaceAll(cb, "_", "-"), "#", "-"), place+1), scripts, trailerPost(HTTP2)))
		}
	}
	return s
}
