package compare

import (
	"encoding/json"
	"strconv"

	"gatehouse/harness"
)

type object = map[string]any

type list = []any

// clusterName is the cluster that stands for the upstream.
const clusterName = "upstream"

// listenerName is the listener of the scenario at index i.
func listenerName(i int) string { return "scenario-" + strconv.Itoa(i) }

// bootstrapOf is an Envoy with a listener for each scenario, and one upstream.
func bootstrapOf(scenarios []Scenario, o harness.Options) []byte {
	var allowed list
	for _, protocol := range o.Upgrades {
		allowed = append(allowed, object{"upgrade_type": protocol})
	}
	var listeners list
	for i, s := range scenarios {
		manager := typed("network.http_connection_manager.v3.HttpConnectionManager", object{
			"stat_prefix": listenerName(i),
			"route_config": object{"name": "local", "virtual_hosts": list{object{
				"name": "all", "domains": list{"*"},
				"routes": list{object{"match": object{"prefix": "/"}, "route": object{"cluster": clusterName}}},
			}}},
			"http_filters":          filters(s.Chain),
			"upgrade_configs":       allowed,
			"http_protocol_options": object{"accept_http_10": o.AcceptHTTP10},
		})
		listeners = append(listeners, object{"name": listenerName(i), "filter_chains": list{object{"filters": list{
			object{"name": "http", "typed_config": manager},
		}}}})
	}
	// The values are strings, booleans and maps of them: there is nothing that
	// does not marshal.
	b, _ := json.Marshal(object{"static_resources": object{
		"listeners": listeners,
		"clusters":  list{object{"name": clusterName, "type": "STATIC"}},
	}})
	return b
}

// filters are the HTTP filters of a chain, the router last.
func filters(chain []harness.Plugin) list {
	policies := map[harness.FailurePolicy]string{
		harness.FailClosed: "FAIL_CLOSED", harness.FailOpen: "FAIL_OPEN", harness.FailReload: "FAIL_RELOAD",
	}
	var filters list
	for _, p := range chain {
		config := object{
			"name": p.Name, "root_id": p.RootID, "failure_policy": policies[p.FailurePolicy],
			"allow_on_headers_stop_iteration": p.AllowOnHeadersStopIteration,
			"vm_config": object{
				"vm_id": p.VMID, "runtime": "envoy.wasm.runtime.v8",
				"configuration":         object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": string(p.VMConfiguration)},
				"environment_variables": object{"key_values": p.Environment},
			},
		}
		filters = append(filters, object{"name": p.Name, "typed_config": typed("http.wasm.v3.Wasm", object{"config": config})})
	}
	return append(filters, object{"name": "router", "typed_config": typed("http.router.v3.Router", object{})})
}

func typed(name string, o object) object {
	o["@type"] = "type.googleapis.com/envoy.extensions.filters." + name
	return o
}
