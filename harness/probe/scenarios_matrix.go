package probe

import (
	"fmt"
	"strings"
)

// A group is calls of one kind, good ones and bad ones, none of which ends the
// stream or the callback.
type group struct {
	name  string
	calls []string
}

// groups together hold every host function that does not end something.
func groups() []group {
	var reading, writing, buffers []string
	for kind := range 10 {
		k := fmt.Sprint(kind)
		reading = append(reading,
			"get_header_map_size "+k, "get_header_map_pairs "+k,
			"get_header_map_value "+k+` "x-a"`, "get_header_map_value "+k+` "x-none"`,
		)
		writing = append(writing,
			"add_header_map_value "+k+` "x-added" "by the probe"`,
			"replace_header_map_value "+k+` "x-replaced" "by the probe"`,
			"remove_header_map_value "+k+` "x-none"`,
		)
		if kind == 8 {
			continue // Envoy shows there what the last call left behind
		}
		buffers = append(buffers,
			"get_buffer_bytes "+k+" 0 1000", "get_buffer_bytes "+k+" 1 2", "get_buffer_bytes "+k+" 100000 5",
			"get_buffer_status "+k,
		)
	}
	reading = append(reading,
		`get_header_map_value 0 ":path"`, `get_header_map_value 0 "X-A"`, `get_header_map_value 0 ""`, `get_header_map_value 0 null`,
		`get_header_map_value 2 ":status"`, `get_header_map_value 4294967295 "x-a"`,
		`get_header_map_value 0 raw:0xfffffff0:8`, `get_header_map_value 0 raw:16:0xfffffff0`,
		`get_header_map_value 0 ":path" !`, `get_header_map_value 0 ":path" !1`, `get_header_map_value 0 ":path" !2`,
		`get_header_map_pairs 0 !`, `get_header_map_pairs 0 !1`, `get_header_map_pairs 0 !2`, `get_header_map_pairs 2 !`,
		`get_header_map_size 0 !`, `get_header_map_size 9 !`,
	)
	writing = append(writing,
		`add_header_map_value 0 "X-Upper" "v"`, `add_header_map_value 0 "x-empty" ""`, `add_header_map_value 2 "x-b" "3"`,
		`add_header_map_value 0 raw:0xfffffff0:8 "v"`, `add_header_map_value 0 "k" raw:0xfffffff0:8`,
		`replace_header_map_value 0 "x-a" "only"`, `replace_header_map_value 2 "x-b" "only"`, `replace_header_map_value 0 raw:0xfffffff0:8 "v"`,
		`remove_header_map_value 0 "x-c"`, `remove_header_map_value 0 raw:0xfffffff0:8`, `remove_header_map_value 9 raw:0xfffffff0:8`,
		`set_header_map_pairs 9 pairs:"k","v"`, `set_header_map_pairs 0 raw:0xfffffff0:8`,
		`get_header_map_pairs 0`, `get_header_map_pairs 1`, `get_header_map_pairs 2`, `get_header_map_pairs 3`,
	)
	buffers = append(buffers,
		"get_buffer_bytes 0 0 1000 !", "get_buffer_bytes 0 0 1000 !1", "get_buffer_bytes 0 0 1000 !2", "get_buffer_bytes 1 0 1000 !",
		"get_buffer_bytes 0 0 0 !", "get_buffer_bytes 0 4294967295 4294967295", "get_buffer_bytes 0 1 4294967295", "get_buffer_bytes 4294967295 0 1",
		"get_buffer_status 0 !", "get_buffer_status 7 !",
		`set_buffer_bytes 2 0 0 "x"`, `set_buffer_bytes 4 0 0 "x"`, `set_buffer_bytes 6 0 0 "x"`, `set_buffer_bytes 7 0 1000 "x"`, `set_buffer_bytes 9 0 0 "x"`,
		`set_buffer_bytes 0 0 0 raw:0xfffffff0:8`, `set_buffer_bytes 1 0 0 raw:0xfffffff0:8`,
		`set_buffer_bytes 0 1 1 "middle"`, `set_buffer_bytes 1 1 1 "middle"`,
		`set_buffer_bytes 0 0 1 "short"`, `set_buffer_bytes 1 0 1 "short"`,
	)
	misc := []string{
		"get_log_level", "get_log_level !", "get_status", "get_status !", "get_current_time_nanoseconds", "get_current_time_nanoseconds !",
		`log 0 "trace"`, `log 5 "critical"`, `log 6 "no level"`, `log 2 raw:0xfffffff0:8`, `log 2 null`,
		"set_effective_context self", "set_effective_context root", "set_effective_context 1073741824", "set_effective_context 0", "set_effective_context self",
		"done", "continue_stream 9", "continue_stream 4294967295", "close_stream 9",
		`call_foreign_function "no_such_function" "x"`, `call_foreign_function raw:0xfffffff0:8 "x"`, `call_foreign_function "clear_route_cache" raw:0xfffffff0:8`,
		`call_foreign_function "verify_signature" "not a message"`, `call_foreign_function "uncompress" "not deflated"`,
		`call_foreign_function "declare_property" "not a message"`, `call_foreign_function "set_envoy_filter_state" "not a message"`,
		`call_foreign_function "expr_create" "bad ("`, `call_foreign_function "expr_delete" "\x01\x00\x00\x00"`, `call_foreign_function "clear_route_cache" ""`,
		`send_local_response 200 raw:0xfffffff0:8 null null 4294967295`, `send_local_response 200 null raw:0xfffffff0:8 null 4294967295`, `send_local_response 200 null null raw:0xfffffff0:8 4294967295`,
	}
	shared := []string{
		`get_shared_data "@/unset"`, `get_shared_data raw:0xfffffff0:8`,
		`set_shared_data "@/a" "one" 0`, `get_shared_data "@/a" !`, `get_shared_data "@/a" !1`,
		`set_shared_data "@/a" "two" 4000000000`, `set_shared_data raw:0xfffffff0:8 "x" 0`, `set_shared_data "@/a" raw:0xfffffff0:8 0`,
		`set_shared_data "@/empty" "" 0`, `set_shared_data "" "no key" 0`, `set_shared_data "@/a" "three" 0`,
		`resolve_shared_queue "" "@/no such queue"`, `resolve_shared_queue "no such vm" "@/q"`,
		`resolve_shared_queue raw:0xfffffff0:8 "q"`, `resolve_shared_queue "" raw:0xfffffff0:8`,
		`dequeue_shared_queue 4000000000`, `enqueue_shared_queue 4000000000 "x"`, `enqueue_shared_queue 4000000000 raw:0xfffffff0:8`,
		`register_shared_queue raw:0xfffffff0:8`,
	}
	metrics := []string{
		`define_metric 0 "@.counter"`, `define_metric 1 "@.gauge"`, `define_metric 2 "@.histogram"`, `define_metric 3 "@.none"`, `define_metric 4294967295 "@.none"`,
		`define_metric 0 "@.counter"`, `define_metric 0 raw:0xfffffff0:8`, `define_metric 0 "@.bad" !`,
		"increment_metric $1 2", "increment_metric $1 0", "increment_metric $1 -1", "get_metric $1", "record_metric $1 7", "get_metric $1 !", "get_metric $1",
		"increment_metric $2 5", "increment_metric $2 -2", "get_metric $2", "record_metric $2 9", "get_metric $2", "increment_metric $2 -20", "get_metric $2", "record_metric $2 1",
		"increment_metric $3 1", "record_metric $3 100", "get_metric $3",
		"increment_metric 4000000000 1", "increment_metric 4000000001 1", "increment_metric 4000000002 1", "increment_metric 4000000003 1",
		"record_metric 4000000000 1", "record_metric 4000000001 1", "record_metric 4000000002 1", "get_metric 4000000000", "get_metric 4000000001", "get_metric 4000000002", "get_metric 4000000003", "get_metric 0", "increment_metric 0 1",
	}
	calls := []string{
		`http_call "no such cluster" pairs:":method","GET",":path","/ok",":authority","a" null null 100`,
		`http_call "callout" null null null 100`,
		`http_call "callout" pairs:":method","GET",":path","/ok" null null 100`,
		`http_call "callout" pairs:":method","GET",":authority","a" null null 100`,
		`http_call "callout" pairs:":path","/ok",":authority","a" null null 100`,
		`http_call "callout" pairs:":method","GET",":path","/ok",":authority","a" null null 100 !`,
		`http_call raw:0xfffffff0:8 pairs:":method","GET" null null 100`, `http_call "callout" raw:0xfffffff0:8 null null 100`,
		`http_call "callout" pairs:":method","GET",":path","/ok",":authority","a" raw:0xfffffff0:8 null 100`,
		`http_call "callout" pairs:":method","GET",":path","/ok",":authority","a" null raw:0xfffffff0:8 100`,
		`grpc_call grpc:"no such cluster" "probe.Echo" "Unary" null "ping" 100`,
		`grpc_call "\xff\xff not a message" "probe.Echo" "Unary" null "ping" 100`,
		`grpc_call raw:0xfffffff0:8 "probe.Echo" "Unary" null "ping" 100`, `grpc_call grpc:"grpc" raw:0xfffffff0:8 "Unary" null "ping" 100`,
		`grpc_call grpc:"grpc" "probe.Echo" raw:0xfffffff0:8 null "ping" 100`, `grpc_call grpc:"grpc" "probe.Echo" "Unary" raw:0xfffffff0:8 "ping" 100`,
		`grpc_call grpc:"grpc" "probe.Echo" "Unary" null raw:0xfffffff0:8 100`,
		`grpc_stream grpc:"no such cluster" "probe.Echo" "Stream" null`, `grpc_stream raw:0xfffffff0:8 "probe.Echo" "Stream" null`,
		`grpc_send 4000000000 "x" 0`, `grpc_send 4000000001 "x" 0`, `grpc_send 4000000000 raw:0xfffffff0:8 0`,
		"grpc_close 4000000000", "grpc_close 4000000001", "grpc_cancel 4000000000", "grpc_cancel 4000000001", "grpc_close 0", "grpc_cancel 0",
	}
	var properties []string
	for _, p := range []string{
		"plugin_name", "plugin_root_id", "plugin_vm_id", "node\x00id", "xds\x00route_name", "route_name", "cluster_name", "listener_direction", "request\x00path", "request\x00headers\x00x-a", "request\x00total_size", "response\x00code",
		"response\x00code_details", "response\x00flags", "no_such_property", "request\x00no_such", "request", "",
		"request\x00headers", "wasm.probe.a", "probe.a", "filter_state\x00wasm.probe.a",
	} {
		properties = append(properties, "get_property "+quote(p))
	}
	properties = append(properties,
		`get_property raw:0xfffffff0:8`, `get_property "plugin_name" !`, `get_property "plugin_name" !1`, `get_property "plugin_name" !2`, `get_property "no_such_property" !`,
		`set_property "probe.a" "set"`, `get_property "probe.a"`, `set_property raw:0xfffffff0:8 "v"`, `set_property "k" raw:0xfffffff0:8`,
		`set_property "" "empty name"`, `set_property "probe.empty" ""`, `get_property "probe.empty"`, `set_property "plugin_name" "forged"`, `get_property "plugin_name"`,
	)
	wasi := []string{
		"wasi.fd_write 1 0 0", "wasi.fd_write 2 0 0", "wasi.fd_write 0 0 0", "wasi.fd_write 3 0 0", "wasi.fd_write 1 0xfffffff0 1", "wasi.fd_write 1 0 0 !",
		"wasi.fd_read 0 0 0", "wasi.fd_read 1 0 0", "wasi.fd_seek 1 0 0", "wasi.fd_seek 0 0 1", "wasi.fd_close 1", "wasi.fd_close 9",
		"wasi.fd_fdstat_get 0", "wasi.fd_fdstat_get 1", "wasi.fd_fdstat_get 2", "wasi.fd_fdstat_get 3", "wasi.fd_fdstat_get 1 !",
		"wasi.fd_prestat_get 3", "wasi.fd_prestat_get 1", "wasi.fd_filestat_get 1", "wasi.fd_filestat_get 3",
		"wasi.fd_tell 1", "wasi.fd_tell 3", "wasi.fd_sync 1", "wasi.fd_sync 3", "wasi.fd_advise 1 0 0 0", "wasi.fd_advise 3 0 0 0", "wasi.fd_allocate 1 0 1", "wasi.fd_allocate 3 0 1",
		"wasi.fd_renumber 1 2", "wasi.fd_renumber 1 3", "wasi.fd_pread 0 0 0 0", "wasi.fd_readdir 3 0 0 0",
		`wasi.path_open 3 0 "etc" 0 0 0 0`, `wasi.path_filestat_get 3 0 "etc"`, `wasi.path_unlink_file 3 "etc"`,
		"wasi.environ_sizes_get", "wasi.environ_sizes_get !", "wasi.args_sizes_get", "wasi.args_sizes_get !",
		"wasi.clock_time_get 0 1", "wasi.clock_time_get 1 1", "wasi.clock_time_get 2 1", "wasi.clock_time_get 9 1", "wasi.clock_time_get 0 1 !",
		"wasi.clock_res_get 0", "wasi.clock_res_get 1", "wasi.clock_res_get 2", "wasi.clock_res_get 0 !",
		"wasi.random_get 0 0", "wasi.random_get 0xfffffff0 16", "wasi.random_get 0 65537", "wasi.sched_yield", "wasi.poll_oneoff 0 0 0", "wasi.poll_oneoff 0 0 1", "wasi.poll_oneoff 0 0 0 !",
		"wasi.sock_shutdown 1 0", "wasi.sock_accept 1 0",
	}
	return []group{
		{"reading-headers", reading}, {"writing-headers", writing}, {"buffers", buffers}, {"misc", misc}, {"shared", shared},
		{"metrics", metrics}, {"callouts", calls}, {"properties", properties}, {"wasi", wasi},
	}
}

// matrixScenarios call each function of each group in every callback: first in
// those of a stream, over HTTP/1 and HTTP/2, then in those of the root context.
func matrixScenarios() []Scenario {
	var scenarios []Scenario
	for _, g := range groups() {
		name := "matrix-" + g.name
		// "@" keeps scenarios apart in what they share: data, queues, metrics.
		lines := func(name string) []string {
			return strings.Split(strings.ReplaceAll(strings.Join(g.calls, "\n"), "@", name), "\n")
		}
		scenarios = append(scenarios, one(name, everywhere(streamCallbacks, lines(name)...), trailerPost(HTTP2), plainGet(HTTP1)))
		name += "-root"
		callbacks := []string{"configure", "http_call_response", "tick", "queue_ready"}
		if g.name != "callouts" {
			// A gRPC call that fails at once makes gRPC callbacks at once, inside the
			// host call: from there it would never end.
			callbacks = append(callbacks, "grpc_receive_initial_metadata", "grpc_receive", "grpc_receive_trailing_metadata", "grpc_close")
		}
		root := everywhere(callbacks, lines(name)...)
		// Each stream waits in its headers until the root's callback lets it go.
		root += on("s1.request_headers", `http_call "callout" pairs:":method","GET",":path","/trailers",":authority","a" null null 1000`, "return 1")
		root += on("http_call_response", "set_effective_context s1", "continue_stream 0")
		root += on("s2.request_headers", `grpc_call grpc:"grpc" "probe.Echo" "Unary" pairs:"x-m","1" "ping" 1000`, "return 1")
		root += on("s3.request_headers", `grpc_stream grpc:"grpc" "probe.Echo" "Stream" pairs:"x-m","1"`, `grpc_send $1000 "lost" 0`, "return 1")
		root += on("grpc_receive", "set_effective_context s2", "continue_stream 0")
		root += on("s4.request_headers", "set_tick_period_milliseconds 10", "return 1")
		root += on("tick", "set_tick_period_milliseconds 0", "set_effective_context s4", "continue_stream 0")
		root += on("s5.request_headers", `register_shared_queue "`+name+`/q"`, `resolve_shared_queue "" "`+name+`/q"`, `return 1`)
		scenarios = append(scenarios, one(name, root, plainGet(HTTP1), plainGet(HTTP1), impatient(plainGet(HTTP2)), plainGet(HTTP1)))
	}
	return scenarios
}

// quote writes s as a script's argument.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
