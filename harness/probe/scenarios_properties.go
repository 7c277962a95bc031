package probe

import (
	"strings"
)

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
	var ofConnection []string
	for _, name := range propertyNames {
		if strings.HasPrefix(name, "connection.") || name == "connection" {
			ofConnection = append(ofConnection, "get_property "+quote(strings.ReplaceAll(name, ".", "\x00")))
		}
	}
	connection := everywhere([]string{"request_headers", "response_headers", "log", "delete"}, ofConnection...)
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
		{Name: "properties-tls", TLS: ServerTLS, Filters: []Filter{{Script: connection}}, Steps: []Step{plainGet(HTTP1), plainGet(HTTP2)}},
		{Name: "properties-mtls", TLS: MutualTLS, Filters: []Filter{{Script: connection}}, Steps: []Step{plainGet(HTTP1), plainGet(HTTP2)}},
		one("properties-set", on("request_headers",
			`set_property "probe.a" "one"`, `get_property "probe.a"`, `get_property "wasm.probe.a"`, `get_property "filter_state\x00wasm.probe.a"`, `get_property "filter_state\x00probe.a"`,
			`set_property "probe.a" "two"`, `get_property "probe.a"`, `set_property "probe\x00b" "with zero"`, `get_property "probe\x00b"`, `get_property "filter_state\x00wasm.probe\x00b"`,
			`set_property "request\x00path" "/forged"`, `get_property "request\x00path"`, `set_property "probe.b" "\x00\x01binary\xff"`, `get_property "probe.b"`, `set_property "probe.long" repeat:10000:"x"`, `get_property "probe.long"`)+
			on("response_headers", `get_property "probe.a"`, `set_property "probe.a" "three"`)+on("log", `get_property "probe.a"`, `set_property "probe.c" "late"`, `get_property "probe.c"`)+on("tick", `set_property "probe.root" "r"`, `get_property "probe.root"`)+
			on("configure", `set_property "probe.root" "r"`, `get_property "probe.root"`)+on("context_create", `set_property "probe.early" "e"`)+on("request_body", `get_property "probe.early"`), plainPost(HTTP2)),
	}
}
