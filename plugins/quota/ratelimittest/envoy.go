//go:build !wasip1

package ratelimittest

import (
	"context"
	"encoding/json"
	"net"
	"testing"

	"gatehouse/harness/envoy"
)

// Listener is the name of an Envoy's only listener, Cluster that of the cluster
// of the service.
const (
	Listener = "ingress"
	Cluster  = "ratelimit"
)

// EnvoyConfig is how an Envoy is set up.
type EnvoyConfig struct {
	// Filters stand before the router: messages of Envoy's configuration, such as
	// Wasm and Extension make them.
	Filters []any
	// Actions are the descriptors that Envoy's own filters take of a request, a list
	// of actions each, as a route's rate_limits have them.
	Actions [][]map[string]any
	// Service is what the cluster "ratelimit" leads to. Without it there is no such
	// cluster, unless Clusters have it.
	Service *Stack
	// Clusters are further clusters that speak HTTP/2, an address each. "" is a
	// cluster without endpoints.
	Clusters map[string]string
	// Upstream is the address, of HTTP/1.1, that gets what the filters let through.
	// Default: Envoy answers 200 itself.
	Upstream string
	// Workers is the number of worker threads. Default 1.
	Workers int
	// Args are further arguments of Envoy's command line.
	Args []string
	// LogLevel is Envoy's --log-level. Default "warning".
	LogLevel string
}

// Extension is a filter that a message of Envoy's configures: its type's name
// without "type.googleapis.com/", and its fields.
func Extension(name, message string, fields map[string]any) map[string]any {
	config := map[string]any{"@type": "type.googleapis.com/" + message}
	for field, value := range fields {
		config[field] = value
	}
	return map[string]any{"name": name, "typed_config": config}
}

// Wasm is the filter that runs a plugin, a file, as the named root.
func Wasm(rootID, path, configuration string) map[string]any {
	return Extension(rootID, "envoy.extensions.filters.http.wasm.v3.Wasm", map[string]any{
		"config": map[string]any{
			"name":    rootID,
			"root_id": rootID,
			"vm_config": map[string]any{
				"runtime": "envoy.wasm.runtime.v8",
				"code":    map[string]any{"local": map[string]any{"filename": path}},
			},
			"configuration": map[string]any{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration},
		},
	})
}

// Identity is the filter that leaves an identity for later ones where jwt-audience
// leaves it: a JSON object, in which "%REQ(name)%" stands for a header of the
// request and other command operators of access logs for what they are there.
func Identity(document string) map[string]any {
	return Extension("identity", "envoy.extensions.filters.http.set_filter_state.v3.Config", map[string]any{
		"on_request_headers": []any{map[string]any{
			"object_key":    "wasm.gatehouse.identity",
			"factory_key":   "envoy.string",
			"format_string": map[string]any{"text_format_source": map[string]any{"inline_string": document}},
		}},
	})
}

// RateLimit is Envoy's own filter that asks the service about each request, with
// further fields of its message.
func RateLimit(domain string, fields map[string]any) map[string]any {
	config := map[string]any{
		"domain": domain,
		"rate_limit_service": map[string]any{
			"grpc_service":          map[string]any{"envoy_grpc": map[string]any{"cluster_name": Cluster}},
			"transport_api_version": "V3",
		},
	}
	for field, value := range fields {
		config[field] = value
	}
	return Extension("ratelimit", "envoy.extensions.filters.http.ratelimit.v3.RateLimit", config)
}

// LocalRateLimit is Envoy's own filter that counts in the process: tokens at once
// and then, in each interval, such as "1s", as many again.
func LocalRateLimit(tokens int, interval string, fields map[string]any) map[string]any {
	always := map[string]any{"default_value": map[string]any{"numerator": 100}}
	config := map[string]any{
		"stat_prefix":     "local",
		"token_bucket":    map[string]any{"max_tokens": tokens, "tokens_per_fill": tokens, "fill_interval": interval},
		"filter_enabled":  always,
		"filter_enforced": always,
	}
	for field, value := range fields {
		config[field] = value
	}
	return Extension("local_ratelimit", "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", config)
}

// Header is an action that takes a header of the request for an entry of a
// descriptor.
func Header(header, key string) map[string]any {
	return map[string]any{"request_headers": map[string]any{"header_name": header, "descriptor_key": key}}
}

// StartEnvoy starts an Envoy. Stop it.
func StartEnvoy(ctx context.Context, c EnvoyConfig) (*envoy.Process, error) {
	bootstrap, err := json.Marshal(c.bootstrap()) // which is YAML, too
	if err != nil {
		return nil, err
	}
	return envoy.Start(ctx, envoy.Options{Bootstrap: bootstrap, Concurrency: c.Workers, Args: c.Args, LogLevel: c.LogLevel})
}

// Fleet is several Envoys of one configuration.
type Fleet []*envoy.Process

// Envoys starts n Envoys of one configuration, which end with the test.
func Envoys(t testing.TB, n int, c EnvoyConfig) Fleet {
	t.Helper()
	var f Fleet
	for range n {
		e, err := StartEnvoy(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Stop)
		f = append(f, e)
	}
	return f
}

// Addresses are those of their listeners.
func (f Fleet) Addresses() []string {
	var addresses []string
	for _, e := range f {
		addresses = append(addresses, e.Address(Listener))
	}
	return addresses
}

// Stat sums counters of the Envoys by their exact name, such as
// "cluster.ratelimit.upstream_rq_total", which is how many calls were made.
func (f Fleet) Stat(name string) (uint64, error) {
	var sum uint64
	for _, e := range f {
		stats, err := e.Stats(name)
		if err != nil {
			return 0, err
		}
		sum += stats[name]
	}
	return sum, nil
}

func (c *EnvoyConfig) bootstrap() map[string]any {
	filters := append([]any(nil), c.Filters...)
	upstream := map[string]any{"name": "upstream", "type": "STATIC"}
	if c.Upstream == "" {
		// Envoy's own rate limits have no say over a route that answers by itself.
		filters = append(filters, Extension("answer", "envoy.extensions.filters.http.fault.v3.HTTPFault", map[string]any{
			"abort": map[string]any{"http_status": 200, "percentage": map[string]any{"numerator": 100}},
		}))
	} else {
		upstream["load_assignment"] = assignment("upstream", c.Upstream)
	}
	filters = append(filters, Extension("router", "envoy.extensions.filters.http.router.v3.Router", nil))
	host := map[string]any{"name": "all", "domains": []string{"*"}, "routes": []any{map[string]any{
		"name":  "all",
		"match": map[string]any{"prefix": "/"},
		"route": map[string]any{"cluster": "upstream", "timeout": "60s"},
	}}}
	var limits []any
	for _, actions := range c.Actions {
		limits = append(limits, map[string]any{"actions": actions})
	}
	if limits != nil {
		host["rate_limits"] = limits
	}
	manager := Extension("http", "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", map[string]any{
		"stat_prefix":  Listener,
		"route_config": map[string]any{"name": "routes", "virtual_hosts": []any{host}},
		"http_filters": filters,
	})
	addresses := map[string]string{}
	if c.Service != nil {
		addresses[Cluster] = c.Service.Address()
	}
	for name, address := range c.Clusters {
		addresses[name] = address
	}
	clusters := []any{upstream}
	for name, address := range addresses {
		clusters = append(clusters, cluster(name, address))
	}
	return map[string]any{"static_resources": map[string]any{
		"listeners": []any{map[string]any{
			"name":          Listener,
			"filter_chains": []any{map[string]any{"filters": []any{manager}}},
		}},
		"clusters": clusters,
	}}
}

// cluster is one of HTTP/2.
func cluster(name, address string) map[string]any {
	c := map[string]any{
		"name":            name,
		"type":            "STATIC",
		"connect_timeout": "1s",
		"typed_extension_protocol_options": map[string]any{
			"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": map[string]any{
				"@type":                "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
				"explicit_http_config": map[string]any{"http2_protocol_options": map[string]any{}},
			},
		},
	}
	if address == "" {
		return c
	}
	c["load_assignment"] = assignment(name, address)
	return c
}

// assignment is the one endpoint of a cluster.
func assignment(name, address string) map[string]any {
	host, port, _ := net.SplitHostPort(address)
	endpoint := map[string]any{"address": map[string]any{"socket_address": map[string]any{"address": host, "port_value": json.Number(port)}}}
	return map[string]any{
		"cluster_name": name,
		"endpoints":    []any{map[string]any{"lb_endpoints": []any{map[string]any{"endpoint": endpoint}}}},
	}
}
