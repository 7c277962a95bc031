package probe

import (
	"fmt"
	"strings"
)

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
