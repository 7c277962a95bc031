package harness

import (
	"encoding/binary"
	"net"
	"slices"
	"strconv"
	"strings"
)

// propertyFunctions are those of properties.
var propertyFunctions = map[string]abiFunction{
	"proxy_get_property": {"iiii", hostGetProperty},
	"proxy_set_property": {"iiii", hostSetProperty},
}

// filterState is one object of a stream's filter state.
type filterState struct {
	value []byte
	kind  *stateType
}

// stateType is how a plugin declared a property of its own.
type stateType struct {
	readOnly bool
}

// wasmStatePrefix is where properties that plugins set live in filter state.
const wasmStatePrefix = "wasm."

// hostGetProperty answers the value at a path, segments apart by a zero byte.
// Texts come as they are, numbers and times as 8 bytes little endian, booleans
// as one. NOT_FOUND: no such property now; SERIALIZATION_FAILURE: a whole
// namespace, such as "request".
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_property
// and https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
func hostGetProperty(h *hostCall) status {
	path, ok := h.string(0)
	if !ok {
		return statusInvalidMemoryAccess
	}
	if path == "" {
		return statusSerializationFailure
	}
	segments := splitPath(path)
	value, ok := h.c.property(segments)
	if !ok {
		if len(segments) == 1 && (h.c.stream != nil && wholeNamespaces[path] || path == "xds" ||
			path == "upstream_filter_state" && h.c.stream != nil && h.c.stream.router.answered) ||
			len(segments) == 2 && unserializable[segments[0]+"."+segments[1]] && h.c.stream != nil && h.c.stream.result.Upstream.Reached {
			return statusSerializationFailure
		}
		return statusNotFound
	}
	return h.give(value, 2)
}

// wholeNamespaces are the attributes that have only parts.
var wholeNamespaces = nameSet("request,response,connection,upstream,source,destination,xds,filter_state")

// unserializable are attributes that exist, once there is an upstream, and have
// no encoding.
var unserializable = nameSet("xds.upstream_host_metadata,xds.upstream_host_locality_metadata")

// hostSetProperty sets filter state "wasm.<path>" of the stream. NOT_FOUND: the
// context has no stream; BAD_ARGUMENT: declared read-only and already set.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_property
func hostSetProperty(h *hostCall) status {
	path, ok1 := h.string(0)
	value, ok2 := h.bytes(2)
	if !ok1 || !ok2 {
		return statusInvalidMemoryAccess
	}
	s := h.c.stream
	if s == nil {
		return statusNotFound
	}
	old := s.state[wasmStatePrefix+path]
	if old == nil {
		old = &filterState{kind: h.c.root.declared[path]}
		s.state[wasmStatePrefix+path] = old
	} else if old.kind != nil && old.kind.readOnly {
		return statusBadArgument
	}
	old.value = slices.Clone(value)
	return statusOK
}

// splitPath splits a path at its zero bytes; one at the end adds nothing.
func splitPath(path string) []string {
	return strings.Split(strings.TrimSuffix(path, "\x00"), "\x00")
}

func text(s string) ([]byte, bool) { return []byte(s), true }

func number(n int) ([]byte, bool) {
	return binary.LittleEndian.AppendUint64(nil, uint64(n)), true
}

func boolean(b bool) ([]byte, bool) { return []byte{byte(flag(b))}, true }

// property looks a path up: first what the exchange and the options declare,
// then what the harness knows itself.
func (c *wasmContext) property(path []string) ([]byte, bool) {
	if len(path) == 1 {
		switch path[0] {
		case "plugin_name":
			return text(c.pluginOf().Name)
		case "plugin_root_id":
			return text(c.pluginOf().RootID)
		case "plugin_vm_id":
			return text(c.vm.plugin.VMID)
		}
	}
	s := c.stream
	joined := strings.Join(path, ".")
	if s != nil {
		if value, ok := s.x.Properties[joined]; ok {
			return value, true
		}
	}
	if value, ok := c.vm.proxy.opts.Properties[joined]; ok && (s != nil || knownWithoutStream(path)) {
		return value, true
	}
	if s == nil {
		return nil, false
	}
	switch path[0] {
	case "request":
		return c.requestProperty(path[1:])
	case "response":
		return c.responseProperty(path[1:])
	case "source":
		return peerProperty(path[1:], "127.0.0.1:40000")
	case "destination":
		return peerProperty(path[1:], "127.0.0.1:10000")
	case "connection_id":
		return number(int(s.number))
	case "connection":
		if len(path) == 2 {
			switch path[1] {
			case "id":
				return number(int(s.number))
			case "mtls":
				return boolean(false)
			case "requested_server_name":
				return text("")
			case "subject_peer_certificate":
				// Over TLS without a certificate of the client there is a subject,
				// an empty one; of its other properties there is none.
				if c.declares("connection.tls_version") {
					return text("")
				}
			}
		}
	case "upstream":
		if len(path) == 2 {
			return s.upstreamProperty(path[1])
		}
	case "metadata":
		if len(path) == 1 {
			return []byte{}, true
		}
		if len(path) == 2 && (path[1] == "filter_metadata" || path[1] == "typed_filter_metadata") {
			return encodePairs(nil), true
		}
	case "xds":
		if len(path) == 2 {
			return s.xdsProperty(path[1])
		}
	case "filter_state":
		if len(path) == 2 {
			if state := s.state[path[1]]; state != nil {
				return state.value, true
			}
		}
	default:
		if state := s.state[wasmStatePrefix+path[0]]; state != nil && len(path) == 1 {
			return state.value, true
		}
	}
	return nil, false
}

// declares says whether the exchange or the options give a property.
func (c *wasmContext) declares(path string) bool {
	_, here := c.stream.x.Properties[path]
	_, everywhere := c.vm.proxy.opts.Properties[path]
	return here || everywhere
}

// knownWithoutStream says which properties a root context may read.
func knownWithoutStream(path []string) bool {
	return len(path) > 1 && path[0] == "xds" && path[1] == "node"
}

func (s *stream) xdsProperty(name string) ([]byte, bool) {
	switch name {
	case "route_name", "filter_chain_name", "virtual_host_metadata", "route_metadata", "cluster_metadata",
		"listener_metadata":
		return text("")
	case "virtual_host_name":
		return text("default")
	case "cluster_name":
		return text("upstream")
	case "listener_direction":
		return number(0)
	}
	return nil, false
}

func (s *stream) upstreamProperty(name string) ([]byte, bool) {
	reached := s.result.Upstream.Reached
	switch name {
	case "request_attempt_count":
		return number(int(flag(reached)))
	case "num_endpoints":
		return number(int(flag(!s.x.NoUpstream)))
	}
	if !reached {
		return nil, false
	}
	switch name {
	case "transport_failure_reason", "locality":
		return text("")
	case "local_address":
		if s.router.answered {
			return text("127.0.0.1:30000")
		}
		return nil, false
	case "cx_pool_ready_duration":
		if s.router.answered {
			return number(0)
		}
		return nil, false
	}
	return peerProperty([]string{name}, "127.0.0.1:20000")
}

func peerProperty(path []string, address string) ([]byte, bool) {
	if len(path) != 1 {
		return nil, false
	}
	switch path[0] {
	case "address":
		return text(address)
	case "port":
		_, port, _ := net.SplitHostPort(address)
		n, _ := strconv.Atoi(port)
		return number(n)
	}
	return nil, false
}

func (c *wasmContext) requestProperty(path []string) ([]byte, bool) {
	s := c.stream
	headers := c.requestHeaders
	if c.logging {
		headers = c.logRequestHeaders
	}
	if len(path) == 2 && path[0] == "headers" {
		value, ok := headers.joined(path[1])
		return []byte(value), ok
	}
	if len(path) != 1 {
		return nil, false
	}
	field := func(name string) ([]byte, bool) {
		value, ok := headers.get(name)
		return []byte(value), ok
	}
	switch path[0] {
	case "headers":
		return mapProperty(headers)
	case "path":
		return field(":path")
	case "host":
		return field(":authority")
	case "scheme":
		return field(":scheme")
	case "method":
		return field(":method")
	case "referer":
		return field("referer")
	case "useragent":
		return field("user-agent")
	case "id":
		return field("x-request-id")
	case "url_path", "query":
		if headers == nil {
			return nil, false
		}
		full, _ := headers.get(":path")
		before, after, _ := strings.Cut(full, "?")
		if path[0] == "url_path" {
			return text(before)
		}
		after, _, _ = strings.Cut(after, "#")
		return text(after)
	case "protocol":
		return text(s.x.Protocol)
	case "time":
		return number(int(s.result.Started.UnixNano()))
	case "duration":
		if s.done {
			return number(int(s.finished.Sub(s.result.Started)))
		}
	case "headers_bytes":
		return number(headers.byteSize())
	case "size":
		if length, ok := headers.get("content-length"); ok {
			n, err := strconv.Atoi(length)
			if err != nil {
				return nil, false
			}
			return number(n)
		}
		return number(s.received)
	case "total_size":
		return number(s.received + headers.byteSize())
	}
	return nil, false
}

func (c *wasmContext) responseProperty(path []string) ([]byte, bool) {
	s := c.stream
	headers, trailers := c.responseHeaders, c.responseTrailers
	if c.logging {
		headers, trailers = c.logResponseHeaders, c.logResponseTrailers
	}
	if len(path) == 2 {
		var value string
		var ok bool
		switch path[0] {
		case "headers":
			value, ok = headers.joined(path[1])
		case "trailers":
			value, ok = trailers.joined(path[1])
		}
		return []byte(value), ok
	}
	if len(path) != 1 {
		return nil, false
	}
	switch path[0] {
	case "headers":
		return mapProperty(headers)
	case "trailers":
		return mapProperty(trailers)
	case "code":
		if s.code != 0 {
			return number(s.code)
		}
	case "code_details":
		if s.hasDetails || s.result.Details != "" {
			return text(s.result.Details)
		}
	case "flags":
		return number(responseFlags[s.result.Flags])
	case "size":
		return number(s.sent)
	case "backend_latency":
		if s.router.answered && s.router.stopped {
			return number(int(s.x.Response.Delay))
		}
	case "headers_bytes":
		return number(headers.byteSize())
	case "total_size":
		return number(s.sent + headers.byteSize() + trailers.byteSize())
	case "grpc_status":
		for _, m := range []*headerMap{trailers, headers} {
			if value, ok := m.get("grpc-status"); ok {
				if n, err := strconv.Atoi(value); err == nil {
					return number(n)
				}
			}
		}
		if s.code != 0 {
			return number(grpcStatusOf(s.code))
		}
	}
	return nil, false
}

// mapProperty is a whole map as a list of pairs, the values of a field joined.
// Envoy gives them in the order of a hash table.
func mapProperty(m *headerMap) ([]byte, bool) {
	var pairs []Header
	for _, f := range m.copyFields() {
		if !slices.ContainsFunc(pairs, func(p Header) bool { return p.Name == f.Name }) {
			value, _ := m.joined(f.Name)
			pairs = append(pairs, Header{f.Name, value})
		}
	}
	return encodePairs(pairs), true
}

// responseFlags are the bits of the flags the harness sets, as response.flags
// gives them.
//
// See https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags
var responseFlags = map[string]int{"UH": 0x2, "UT": 0x4, "UR": 0x10, "UC": 0x40, "DC": 0x4000, "SI": 0x10000, "NR": 0x100, "UPE": 0x800000, "DPE": 0x40000, "DR": 0x10000000}
