package probe

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
