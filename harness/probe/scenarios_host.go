package probe

import (
	"strings"
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

// propertyNames are paths of attributes, parts joined with ".".
var propertyNames = strings.Fields(`
plugin_name plugin_root_id plugin_vm_id node.id node.cluster node.metadata.region node xds.node.id xds.node xds.node.metadata.region xds.cluster_name xds.cluster_metadata xds.cluster_metadata.filter_metadata.gatehouse.tier
xds.route_name xds.route_metadata xds.route_metadata.filter_metadata.gatehouse.team xds.route_metadata.filter_metadata.gatehouse.limits.rate xds.route_metadata.filter_metadata.gatehouse.open xds.route_metadata.filter_metadata.gatehouse xds.route_metadata.filter_metadata.none
xds.virtual_host_name xds.virtual_host_metadata xds.upstream_host_metadata xds.upstream_host_locality_metadata xds.filter_chain_name xds.listener_direction xds.listener_metadata xds.listener_metadata.filter_metadata.gatehouse.zone xds
route_name route_metadata cluster_name cluster_metadata virtual_host_name listener_direction listener_metadata upstream_host_metadata filter_chain_name connection_id plugin_name.x
request request.path request.url_path request.query request.host request.scheme request.method request.protocol request.id request.time request.duration request.size request.total_size request.headers request.headers.x-a request.headers.X-A request.headers.:path request.headers.none request.referer request.useragent request.none request.path.x
response response.code response.code_details response.flags response.grpc_status response.size response.total_size response.headers response.headers.x-b response.headers.none response.trailers response.trailers.x-u response.backend_latency
source source.address source.port destination.address destination.port
connection connection.id connection.mtls connection.requested_server_name connection.tls_version connection.subject_local_certificate connection.subject_peer_certificate connection.dns_san_local_certificate connection.dns_san_peer_certificate connection.uri_san_local_certificate connection.uri_san_peer_certificate connection.sha256_peer_certificate_digest connection.transport_failure_reason connection.termination_details
upstream upstream.address upstream.port upstream.local_address upstream.transport_failure_reason upstream.tls_version upstream.request_attempt_count upstream.cx_pool_ready_duration upstream.locality upstream.subject_peer_certificate upstream.num_endpoints
metadata metadata.filter_metadata metadata.filter_metadata.gatehouse metadata.filter_metadata.none.x metadata.typed_filter_metadata filter_state filter_state.none filter_state.wasm.probe.a upstream_filter_state upstream_filter_state.none
none none.x
`)

// propertyScenarios read every property in every callback.
func propertyScenarios() []Scenario {
	var reads []string
	for _, name := range propertyNames {
		path := strings.ReplaceAll(name, ".", "\x00")
		// A dot inside a name is no separator.
		path = strings.ReplaceAll(path, "wasm\x00probe\x00a", "wasm.probe.a")
		reads = append(reads, "get_property "+quote(path))
	}
	agent := Step{Request: get("/a%20b/c?x=1&y=2", "x-a: 1\nx-a: 2\nuser-agent: probe\nreferer: http://r.example.com/\nx-request-id: 12345678-1234-4234-8234-123456789012"), Response: withTrailers(ok("x-b: 1", "hello"), "x-u: 1")}
	agent2 := agent
	agent2.Protocol = HTTP2
	return []Scenario{
		one("properties-request", everywhere([]string{"request_headers"}, reads...), agent, agent2),
		one("properties-bodies", everywhere([]string{"request_body", "request_trailers"}, reads...), trailerPost(HTTP2)),
		one("properties-response", everywhere([]string{"response_headers", "response_body#1", "response_trailers"}, reads...), agent2, grpcStep()),
		one("properties-log", everywhere([]string{"log", "done", "delete"}, reads...), agent, agent2, grpcStep()),
		one("properties-root", everywhere([]string{"configure", "tick"}, reads...)+on("s1.request_headers", "set_tick_period_milliseconds 10", "return 1")+on("tick", "set_tick_period_milliseconds 0", "set_effective_context s1", `get_property "request\x00path"`, "continue_stream 0"), plainGet(HTTP1)),
		one("properties-after-reply", on("request_headers", `send_local_response 403 "denied" "no" null 4294967295`)+everywhere([]string{"response_headers", "log"}, reads...), agent2),
		one("properties-set", on("request_headers",
			`set_property "probe.a" "one"`, `get_property "probe.a"`, `get_property "wasm.probe.a"`, `get_property "filter_state\x00wasm.probe.a"`, `get_property "filter_state\x00probe.a"`,
			`set_property "probe.a" "two"`, `get_property "probe.a"`, `set_property "probe\x00b" "with zero"`, `get_property "probe\x00b"`, `get_property "filter_state\x00wasm.probe\x00b"`,
			`set_property "request\x00path" "/forged"`, `get_property "request\x00path"`, `set_property "probe.b" "\x00\x01binary\xff"`, `get_property "probe.b"`, `set_property "probe.long" repeat:10000:"x"`, `get_property "probe.long"`)+
			on("response_headers", `get_property "probe.a"`, `set_property "probe.a" "three"`)+on("log", `get_property "probe.a"`, `set_property "probe.c" "late"`, `get_property "probe.c"`)+on("tick", `set_property "probe.root" "r"`, `get_property "probe.root"`)+
			on("configure", `set_property "probe.root" "r"`, `get_property "probe.root"`)+on("context_create", `set_property "probe.early" "e"`)+on("request_body", `get_property "probe.early"`), plainPost(HTTP2)),
	}
}

// stateScenarios are shared data, metrics and foreign functions.
func stateScenarios() []Scenario {
	return []Scenario{
		one("shared-data", on("s1.request_headers",
			`get_shared_data "shared-data/k"`, `set_shared_data "shared-data/k" "1" 0`, `get_shared_data "shared-data/k"`, `set_shared_data "shared-data/new" "cas on nothing" 5`, `get_shared_data "shared-data/new"`,
			`set_shared_data "shared-data/k" "wrong cas" 4000000000`, `set_shared_data "shared-data/k" "" 0`, `get_shared_data "shared-data/k"`, `set_shared_data "shared-data/k" repeat:70000:"x" 0`, `get_shared_data "shared-data/k" !2`)+
			on("s2.request_headers", `get_shared_data "shared-data/k"`), plainGet(HTTP1), plainGet(HTTP1)),
		{Name: "metrics-lifecycle", Filters: []Filter{{Script: on("configure", `define_metric 0 "metrics-lifecycle.requests"`, `define_metric 1 "metrics-lifecycle.level"`, `define_metric 2 "metrics-lifecycle.sizes"`, `define_metric 0 "metrics-lifecycle.requests"`, `define_metric 1 "metrics-lifecycle.requests"`) +
			on("request_headers", "increment_metric $1 1", "get_metric $1", "increment_metric $2 3", "record_metric $3 17") + on("response_headers", "record_metric $2 40", "increment_metric $2 -1", "get_metric $2", "increment_metric $1 1000000", "get_metric $1") +
			on("log", `define_metric 0 "metrics-lifecycle.late"`, "get_metric $4")}}, Steps: []Step{plainGet(HTTP1), plainGet(HTTP2)}},
		{Name: "metrics-names", Filters: []Filter{{Script: on("s1.request_headers", `define_metric 0 ""`, `define_metric 0 "metrics-names.with space"`, `define_metric 0 "metrics-names.UPPER"`, `define_metric 0 "metrics-names.a=b;c"`, `define_metric 0 "metrics-names..dots."`,
			"increment_metric $2 1", "increment_metric $3 1", "increment_metric $4 1", "increment_metric $5 1")}}, Steps: []Step{plainGet(HTTP1)}},
		one("foreign-functions", on("request_headers",
			`call_foreign_function "clear_route_cache" ""`, `call_foreign_function "clear_route_cache" "" !`, `call_foreign_function "compress" "hello hello hello"`, `call_foreign_function "uncompress" "\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15"`, `call_foreign_function "uncompress" ""`, `call_foreign_function "compress" ""`,
			`call_foreign_function "set_envoy_filter_state" "\x0a\x07probe.f\x12\x01v"`, `call_foreign_function "set_envoy_filter_state" "\x0a\x12envoy.string\x12\x01v"`, `call_foreign_function "set_envoy_filter_state" ""`,
			`call_foreign_function "verify_signature" ""`, `call_foreign_function "verify_signature" "\x0a\x06sha256\x12\x01x\x1a\x01y\x22\x01z"`, `call_foreign_function "verify_signature" "\x0a\x03md4\x12\x01x\x1a\x01y\x22\x01z"`,
			`call_foreign_function "declare_property" "\x0a\x07probe.d"`, `set_property "probe.d" "typed"`, `get_property "probe.d"`, `call_foreign_function "declare_property" "\x0a\x07probe.d"`,
			`call_foreign_function "declare_property" "\x0a\x07probe.r\x20\x01"`, `set_property "probe.r" "once"`, `set_property "probe.r" "twice"`, `get_property "probe.r"`, `call_foreign_function "" ""`, `call_foreign_function null null`,
			`call_foreign_function "expr_create" "request.path"`, `call_foreign_function "expr_evaluate" "\x01\x00\x00\x00"`, `call_foreign_function "get_wasm_metadata" ""`, `call_foreign_function "sign" "x"`), plainGet(HTTP1), plainGet(HTTP2)),
		one("foreign-functions-root", on("configure", `call_foreign_function "clear_route_cache" ""`, `call_foreign_function "set_envoy_filter_state" "\x0a\x07probe.f\x12\x01v"`, `call_foreign_function "declare_property" "\x0a\x07probe.x"`, `set_property "probe.x" "v"`, `call_foreign_function "compress" "aaaaaaaaaa"`)),
		one("foreign-verify-signature", on("request_headers", verifySignatureCalls()...), plainGet(HTTP1)),
		{Name: "vm-configuration", Filters: []Filter{{VM: "vm-configuration", VMScript: on("vm_start", "get_buffer_bytes 6 0 20", "get_buffer_bytes 7 0 20", "get_buffer_status 6", `get_property "plugin_name"`, `get_property "plugin_vm_id"`, `get_property "plugin_root_id"`, `set_shared_data "vm-configuration/k" "v" 0`, `get_header_map_pairs 0`, "get_current_time_nanoseconds", "wasi.environ_sizes_get"),
			Environment: map[string]string{"PROBE_A": "1", "PROBE_B": "two"}, Script: on("configure", "get_buffer_bytes 6 0 20", "get_buffer_bytes 7 0 20", "get_buffer_status 7", "wasi.environ_sizes_get", `get_shared_data "vm-configuration/k" !2`) + on("request_headers", "get_buffer_bytes 6 0 20", "get_buffer_bytes 7 0 20")}}, Steps: []Step{plainGet(HTTP1)}},
		{Name: "configuration-empty", Filters: []Filter{{}}, Steps: []Step{plainGet(HTTP1)}},
	}
}

// failureScenarios break their VMs.
func failureScenarios() []Scenario {
	var s []Scenario
	for _, policy := range []string{"closed", "open", "reload"} {
		for _, cb := range []string{"request_headers", "request_body#1", "response_headers", "response_body#1", "log"} {
			if policy != "closed" && cb != "request_headers" && cb != "response_body#1" {
				continue // each VM costs a second of compiling
			}
			name := "failure-" + policy + "-in-" + strings.ReplaceAll(strings.ReplaceAll(cb, "_", "-"), "#", "-")
			f := Filter{VM: name, Open: policy == "open", Reload: policy == "reload", Script: on("s2."+cb, "trap.panic")}
			later := impatient(plainGet(HTTP2))
			later.After = 2 * time.Second // longer than the back-off of a reload
			first := plainGet(HTTP1)
			if policy == "reload" {
				first.After = 2 * time.Second
			}
			s = append(s, Scenario{Name: name, Filters: []Filter{f}, Steps: []Step{first, impatient(trailerPost(HTTP2)), impatient(plainGet(HTTP1)), impatient(plainPost(HTTP2)), later}})
		}
	}
	return s
}
