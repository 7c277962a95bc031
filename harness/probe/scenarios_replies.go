package probe

import (
	"strings"

	"gatehouse/harness"
)

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
