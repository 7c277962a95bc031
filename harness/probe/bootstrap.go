package probe

import (
	"encoding/json"
	"fmt"
	"time"
)

// Names that the proxies of both sides carry, so that properties read alike.
const (
	nodeID      = "probe-node"
	nodeCluster = "probe-cluster"
	sharedVM    = "probe"
	routeName   = "orders"
	virtualHost = "api"
)

type object = map[string]any
type array = []any

func typed(name string, fields object) object {
	out := object{"@type": "type.googleapis.com/" + name}
	for k, v := range fields {
		out[k] = v
	}
	return out
}

// upstreamCluster is the name of the cluster that a scenario's route leads to.
func upstreamCluster(s *Scenario) string { return "upstream-" + s.Name }

// pluginName names a scenario's i-th filter, in logs too.
func pluginName(s *Scenario, i int) string { return fmt.Sprintf("%s/%d", s.Name, i) }

func (f *Filter) rootID(s *Scenario, i int) string {
	if f.RootID != "" {
		return f.RootID
	}
	return pluginName(s, i)
}

func (f *Filter) vmID() string {
	if f.VM != "" {
		return f.VM
	}
	return sharedVM
}

func (s *Scenario) bufferLimit() int {
	if s.BufferLimit != 0 {
		return s.BufferLimit
	}
	return 1 << 20
}

// bootstrap is Envoy's configuration: a listener and a cluster for each
// scenario, all with the plugin at path wasm.
func bootstrap(scenarios []Scenario, wasm string) ([]byte, error) {
	var listeners, clusters array
	for i := range scenarios {
		s := &scenarios[i]
		listeners = append(listeners, listener(s, wasm))
		clusters = append(clusters, cluster(upstreamCluster(s), s.HTTP2Upstream))
	}
	for _, name := range []string{"callout", "dead", "empty"} {
		clusters = append(clusters, cluster(name, false))
	}
	clusters = append(clusters, cluster("grpc", true), cluster("grpc-dead", true))
	return json.Marshal(object{
		"node":             object{"id": nodeID, "cluster": nodeCluster, "metadata": object{"region": "lab"}},
		"static_resources": object{"listeners": listeners, "clusters": clusters},
	})
}

func cluster(name string, http2 bool) object {
	protocol := object{"http_protocol_options": object{"enable_trailers": true}}
	if http2 {
		protocol = object{"http2_protocol_options": object{"allow_metadata": true}}
	}
	return object{
		"name": name, "type": "STATIC", "connect_timeout": "1s",
		"metadata": object{"filter_metadata": object{"gatehouse": object{"tier": "gold"}}},
		"typed_extension_protocol_options": object{
			"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", object{
				"explicit_http_config": protocol,
			}),
		},
	}
}

func listener(s *Scenario, wasm string) object {
	var filters array
	for i := range s.Filters {
		f := &s.Filters[i]
		vm := object{
			"vm_id": f.vmID(), "runtime": "envoy.wasm.runtime.v8",
			"code": object{"local": object{"filename": wasm}},
		}
		if f.VMScript != "" {
			vm["configuration"] = stringValue(f.VMScript)
		}
		if f.Environment != nil {
			vm["environment_variables"] = object{"key_values": f.Environment}
		}
		config := object{
			"name": pluginName(s, i), "root_id": f.rootID(s, i), "vm_config": vm,
			"configuration": stringValue(f.Script),
		}
		switch {
		case f.Open:
			config["failure_policy"] = "FAIL_OPEN"
		case f.Reload:
			config["failure_policy"] = "FAIL_RELOAD"
		default:
			config["failure_policy"] = "FAIL_CLOSED"
		}
		if f.StopsAtHeaders {
			config["allow_on_headers_stop_iteration"] = true
		}
		filters = append(filters, object{
			"name":         "envoy.filters.http.wasm",
			"typed_config": typed("envoy.extensions.filters.http.wasm.v3.Wasm", object{"config": config}),
		})
	}
	filters = append(filters, object{
		"name":         "envoy.filters.http.router",
		"typed_config": typed("envoy.extensions.filters.http.router.v3.Router", object{"suppress_envoy_headers": true}),
	})
	manager := typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", object{
		"stat_prefix": "ingress", "codec_type": "AUTO", "generate_request_id": false,
		"server_header_transformation": "PASS_THROUGH",
		"http_protocol_options":        object{"enable_trailers": true},
		"http2_protocol_options":       object{"allow_metadata": true},
		"http_filters":                 filters,
		"route_config": object{
			"name": "routes",
			"virtual_hosts": array{object{
				"name": virtualHost, "domains": array{"*"},
				"routes": array{object{
					"name": routeName, "match": object{"prefix": "/"},
					"metadata": object{"filter_metadata": object{"gatehouse": object{"team": "orders", "limits": object{"rate": 5}, "open": true}}},
					"route":    object{"cluster": upstreamCluster(s), "timeout": "0s"},
				}},
			}},
		},
		"access_log": array{object{
			"name": "envoy.access_loggers.stdout",
			"typed_config": typed("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", object{
				"log_format": object{"text_format_source": object{"inline_string": "access|" + s.Name + "|%RESPONSE_CODE_DETAILS%|%RESPONSE_FLAGS%|%FILTER_STATE(wasm.probe.a:PLAIN)%|%FILTER_STATE(wasm.probe.b:PLAIN)%\n"}},
			}),
		}},
	})
	chain := object{"filters": array{object{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}}}
	var inspectors array
	if s.TLS != NoTLS {
		chain["transport_socket"] = object{"name": "envoy.transport_sockets.tls", "typed_config": downstreamTLS(s.TLS)}
		// Without it nobody knows which name the client asked for.
		inspectors = array{object{"name": "envoy.filters.listener.tls_inspector", "typed_config": typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", nil)}}
	}
	return object{
		"name": s.Name, "address": object{"socket_address": object{"address": "127.0.0.1", "port_value": 0}},
		"per_connection_buffer_limit_bytes": s.bufferLimit(),
		"metadata":                          object{"filter_metadata": object{"gatehouse": object{"zone": "edge"}}},
		"traffic_direction":                 "INBOUND",
		"listener_filters":                  inspectors,
		"filter_chains":                     array{chain},
	}
}

func stringValue(s string) object {
	return object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": s}
}

// patience is when the step's client gives up.
func (s *Step) patience() time.Duration {
	if s.Patience != 0 {
		return s.Patience
	}
	return 1500 * time.Millisecond
}
