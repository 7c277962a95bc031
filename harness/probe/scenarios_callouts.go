package probe

import (
	"time"
)

// calloutScenarios call other services.
func calloutScenarios() []Scenario {
	call := func(cluster, path, body, trailers string, timeout string) string {
		return `http_call "` + cluster + `" pairs:":method","POST",":path","` + path + `",":authority","callout.example.com","x-q","1" ` + body + " " + trailers + " " + timeout
	}
	seen := []string{"get_header_map_pairs 6", "get_header_map_size 6", "get_header_map_pairs 7", "get_buffer_bytes 4 0 100", "get_buffer_status 4", `get_header_map_value 6 "x-answer"`, "get_header_map_pairs 0",
		`add_header_map_value 6 "x" "y"`, `set_buffer_bytes 4 0 0 "x"`, "get_status", "get_property \"plugin_name\"", "get_property \"request\\x00path\""}
	waiting := func(name, line string) Scenario {
		s := one(name, on("s1.request_headers", line, "return 1")+
			on("http_call_response", append(append([]string{}, seen...), "set_effective_context s1", "get_header_map_pairs 0", "get_header_map_pairs 6", "get_buffer_bytes 4 0 100", "continue_stream 0", "get_header_map_pairs 6")...), plainGet(HTTP1))
		return s
	}
	grpcSeen := []string{"get_header_map_pairs 4", "get_header_map_pairs 5", "get_buffer_bytes 5 0 100", "get_buffer_status 5", "get_status", "get_header_map_pairs 6", "get_header_map_size 4", "get_header_map_size 5"}
	grpcWaiting := func(name, line string, last string) Scenario {
		script := on("s1.request_headers", line, "return 1")
		for _, cb := range []string{"grpc_receive_initial_metadata", "grpc_receive", "grpc_receive_trailing_metadata", "grpc_close"} {
			script += on(cb, grpcSeen...)
		}
		script += on(last, "set_effective_context s1", "get_header_map_pairs 4", "continue_stream 0")
		return one(name, script, plainGet(HTTP1))
	}
	unary := func(cluster, method, timeout string) string {
		return `grpc_call grpc:"` + cluster + `" "probe.Echo" "` + method + `" pairs:"x-m","1" "ping" ` + timeout
	}
	return []Scenario{
		waiting("callout-ok", call("callout", "/ok", "null", "null", "1000")),
		waiting("callout-with-body-and-trailers", call("callout", "/twice", `"sent"`, `pairs:"x-t","1"`, "1000")),
		waiting("callout-empty", call("callout", "/empty", "null", "null", "1000")),
		waiting("callout-error", call("callout", "/error", "null", "null", "1000")),
		waiting("callout-answer-with-trailers", call("callout", "/trailers", "null", "null", "1000")),
		waiting("callout-reset", call("callout", "/reset", "null", "null", "1000")),
		waiting("callout-large", call("callout", "/large", "null", "null", "1000")),
		waiting("callout-timeout", call("callout", "/slow", "null", "null", "50")),
		waiting("callout-slow", call("callout", "/slow", "null", "null", "2000")),
		waiting("callout-without-timeout", call("callout", "/slow", "null", "null", "0")),
		waiting("callout-refused", call("dead", "/ok", "null", "null", "1000")),
		waiting("callout-no-endpoints", call("empty", "/ok", "null", "null", "1000")),
		one("callout-two-at-once", on("s1.request_headers", call("callout", "/slow", "null", "null", "1000"), call("callout", "/ok", "null", "null", "1000"), "return 1")+
			on("http_call_response#1", "get_buffer_bytes 4 0 100")+on("http_call_response#2", "get_buffer_bytes 4 0 100", "set_effective_context s1", "continue_stream 0"), plainGet(HTTP1)),
		one("callout-outlives-its-stream", on("s1.request_headers", call("callout", "/slow", "null", "null", "1000"))+on("http_call_response", "get_buffer_bytes 4 0 100", "set_effective_context s1", "continue_stream 0", "get_header_map_pairs 0"), plainGet(HTTP1)).waiting(500 * time.Millisecond),
		one("callout-then-reply", on("s1.request_headers", call("callout", "/ok", "null", "null", "1000"), "return 1")+on("http_call_response", "set_effective_context s1", `send_local_response 401 "called" "denied" null 4294967295`, "get_header_map_pairs 6"), plainPost(HTTP2)),
		one("callout-chained", on("s1.request_headers", call("callout", "/ok", "null", "null", "1000"), "return 1")+on("http_call_response#1", call("callout", "/twice", "null", "null", "1000"))+on("http_call_response#2", "get_buffer_bytes 4 0 100", "set_effective_context s1", "continue_stream 0"), plainGet(HTTP1)),
		one("callout-from-body", on("s1.request_body#1", call("callout", "/ok", "null", "null", "1000"), "return 1")+on("s1.request_body#2", "get_buffer_bytes 0 0 100", "return 1")+on("s1.request_body#3", "return 1")+on("http_call_response", "set_effective_context s1", "get_buffer_bytes 0 0 100", `set_buffer_bytes 0 1000 0 "late"`, "continue_stream 0"), plainPost(HTTP2)),
		one("callout-from-response", on("s1.response_headers", call("callout", "/ok", "null", "null", "1000"), "return 1")+on("http_call_response", "set_effective_context s1", `add_header_map_value 2 "x-called" "1"`, "continue_stream 1", "get_header_map_pairs 2"), http2(post("/", "", "one"), ok("content-length: 0"))),
		grpcWaiting("grpc-unary", unary("grpc", "Unary", "1000"), "grpc_receive"),
		grpcWaiting("grpc-denied", unary("grpc", "Denied", "1000"), "grpc_close"),
		grpcWaiting("grpc-trailers-only", unary("grpc", "TrailersOnly", "1000"), "grpc_close"),
		grpcWaiting("grpc-http-error", unary("grpc", "HTTPError", "1000"), "grpc_close"),
		grpcWaiting("grpc-reset", unary("grpc", "Reset", "1000"), "grpc_close"),
		grpcWaiting("grpc-timeout", unary("grpc", "Slow", "50"), "grpc_close"),
		grpcWaiting("grpc-refused", unary("grpc-dead", "Unary", "1000"), "grpc_close"),
		grpcWaiting("grpc-unimplemented", unary("grpc", "None", "1000"), "grpc_close"),
		one("grpc-unknown-cluster", on("request_headers", unary("nowhere", "Unary", "1000"), `grpc_stream grpc:"nowhere" "probe.Echo" "Stream" null`)+on("grpc_close", grpcSeen...)+on("grpc_receive_initial_metadata", grpcSeen...), plainGet(HTTP1)),
		one("grpc-cancelled", on("s1.request_headers", unary("grpc", "Slow", "1000"), "grpc_cancel $1", "grpc_cancel $1", "grpc_close $1", `grpc_send $1 "x" 0`), plainGet(HTTP1)).waiting(400 * time.Millisecond),
		one("grpc-closed-call", on("s1.request_headers", unary("grpc", "Slow", "1000"), `grpc_send $1 "x" 0`, "grpc_close $1", "grpc_close $1"), plainGet(HTTP1)).waiting(400 * time.Millisecond),
		grpcWaiting("grpc-stream", `grpc_stream grpc:"grpc" "probe.Echo" "Stream" pairs:"x-m","1"`+"\ngrpc_send $1 \"first\" 0\ngrpc_send $1 \"last\" 1\ngrpc_send $1 \"after\" 0", "grpc_close"),
		grpcWaiting("grpc-stream-closed", `grpc_stream grpc:"grpc" "probe.Echo" "Stream" pairs:"x-m","1"`+"\ngrpc_send $1 \"first\" 0\ngrpc_close $1\ngrpc_send $1 \"after\" 0\ngrpc_close $1", "grpc_close"),
		one("grpc-stream-cancelled", on("s1.request_headers", `grpc_stream grpc:"grpc" "probe.Echo" "Stream" null`, "grpc_cancel $1", `grpc_send $1 "x" 0`, "grpc_close $1"), plainGet(HTTP1)).waiting(200 * time.Millisecond),
		grpcWaiting("grpc-stream-denied", `grpc_stream grpc:"grpc" "probe.Echo" "Denied" null`+"\ngrpc_send $1 \"last\" 1", "grpc_close"),
		grpcWaiting("grpc-stream-reset", `grpc_stream grpc:"grpc" "probe.Echo" "Reset" null`+"\ngrpc_send $1 \"last\" 1", "grpc_close"),
		one("tick", on("s1.request_headers", "set_tick_period_milliseconds 20", "return 1")+on("tick#1", "get_header_map_pairs 0", `get_property "request\x00path"`, `get_property "plugin_name"`)+on("tick#2", "set_tick_period_milliseconds 10")+on("tick#3", "set_tick_period_milliseconds 0", "set_effective_context s1", "continue_stream 0"), plainGet(HTTP1)).waiting(60 * time.Millisecond),
		one("queue", on("s1.request_headers", `register_shared_queue "queue/q"`, `register_shared_queue "queue/q"`, `resolve_shared_queue "probe" "queue/q"`, `resolve_shared_queue "" "queue/q"`, "dequeue_shared_queue $1", "dequeue_shared_queue $1 !",
			`enqueue_shared_queue $1 "one"`, `enqueue_shared_queue $1 ""`, `enqueue_shared_queue $1 "three"`, "return 1")+
			on("queue_ready#1", "get_header_map_pairs 0", "dequeue_shared_queue $1", "dequeue_shared_queue $1")+on("queue_ready#3", "dequeue_shared_queue $1", "dequeue_shared_queue $1", "set_effective_context s1", "continue_stream 0"), plainGet(HTTP1)),
	}
}

func (s Scenario) waiting(d time.Duration) Scenario {
	s.Wait = d
	return s
}
