package compare

import (
	"encoding/json"

	"gatehouse/harness"
)

// bootstrap is an Envoy with one listener, the chain, and one upstream.
func bootstrap(chain []harness.Plugin) []byte {
	type object = map[string]any
	type list = []any
	typed := func(name string, o object) object {
		o["@type"] = "type.googleapis.com/envoy.extensions.filters." + name
		return o
	}
	var filters list
	for _, p := range chain {
		policy := "FAIL_CLOSED"
		switch p.FailurePolicy {
		case harness.FailOpen:
			policy = "FAIL_OPEN"
		case harness.FailReload:
			policy = "FAIL_RELOAD"
		}
		filters = append(filters, object{"name": p.Name, "typed_config": typed("http.wasm.v3.Wasm", object{"config": object{
			"name": p.Name, "root_id": p.RootID, "failure_policy": policy,
			"allow_on_headers_stop_iteration": p.AllowOnHeadersStopIteration,
			"vm_config": object{
				"vm_id": p.VMID, "runtime": "envoy.wasm.runtime.v8",
				"configuration":         object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": string(p.VMConfiguration)},
				"environment_variables": object{"key_values": p.Environment},
			},
		}})})
	}
	filters = append(filters, object{"name": "router", "typed_config": typed("http.router.v3.Router", object{})})
	manager := typed("network.http_connection_manager.v3.HttpConnectionManager", object{
		"stat_prefix": "ingress",
		"route_config": object{"name": "local", "virtual_hosts": list{object{
			"name": "all", "domains": list{"*"},
			"routes": list{object{"match": object{"prefix": "/"}, "route": object{"cluster": "upstream"}}},
		}}},
		"http_filters": filters,
	})
	// The values are strings, numbers and maps of them: there is nothing that
	// does not marshal.
	b, _ := json.Marshal(object{"static_resources": object{
		"listeners": list{object{"name": "ingress", "filter_chains": list{object{"filters": list{
			object{"name": "http", "typed_config": manager},
		}}}}},
		"clusters": list{object{"name": "upstream", "type": "STATIC"}},
	}})
	return b
}
