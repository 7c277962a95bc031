package harness

import (
	"fmt"
	"strconv"
)

// calloutFunctions are those of callouts over HTTP and gRPC.
var calloutFunctions = map[string]abiFunction{
	"proxy_http_call":   {"iiiiiiiiii", hostHTTPCall},
	"proxy_grpc_call":   {"iiiiiiiiiiii", hostGRPCCall},
	"proxy_grpc_stream": {"iiiiiiiii", hostGRPCStream},
	"proxy_grpc_send":   {"iiii", hostGRPCSend},
	"proxy_grpc_close":  {"i", hostGRPCClose},
	"proxy_grpc_cancel": {"i", hostGRPCCancel},
}

// hostHTTPCall sends a request to a cluster (cluster, headers, body, trailers,
// timeout in ms or 0) and answers a token. BAD_ARGUMENT: no such cluster, no
// :method, :path or :authority, or a negative timeout; INTERNAL_FAILURE: the
// cluster has nobody to answer.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_http_call
func hostHTTPCall(h *hostCall) status {
	cluster, ok1 := h.string(0)
	pairs, ok2 := h.bytes(2)
	body, ok3 := h.bytes(4)
	_, ok4 := h.bytes(6)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return statusInvalidMemoryAccess
	}
	headers := newHeaderMap(requestMap, decodePairs(pairs))
	timeout := h.u32(8)
	if s := h.giveU32(0, 9); s != statusOK {
		return s
	}
	p, root := h.vm.proxy, h.c.root
	if int32(timeout) < 0 || !p.clusterExists(cluster) {
		return statusBadArgument
	}
	for _, name := range []string{":path", ":method", ":authority"} {
		if _, ok := headers.get(name); !ok {
			return statusBadArgument
		}
	}
	if len(body) > 0 {
		headers.overwrite("content-length", strconv.Itoa(len(body)))
	}
	h.vm.nextHTTPCall += calloutStep
	callout := p.httpCallout(cluster, headers)
	if callout == nil {
		method, _ := headers.get(":method")
		path, _ := headers.get(":path")
		h.c.hostLog(LogWarn, fmt.Sprintf("no callout is declared for %s %s on cluster %q: no healthy upstream", method, path, cluster))
		return statusInternalFailure
	}
	root.startHTTPCall(h.vm.nextHTTPCall, timeout, callout)
	return h.giveU32(h.vm.nextHTTPCall, 9)
}

// hostLog writes a line of the host's own.
func (c *wasmContext) hostLog(level LogLevel, message string) {
	c.vm.proxy.log(LogEntry{Level: level, Plugin: c.pluginOf().label(), Worker: c.vm.worker, Host: true, Message: message})
}

// grpcTarget finds what answers a gRPC call. A service that is no GrpcService
// message is taken for the name of a cluster; one that is by chance, like
// "users", makes Envoy abort.
func grpcTarget(h *hostCall, service string, serviceName, method string) (*GRPCCallout, string, status) {
	p := h.vm.proxy
	cluster, targeted, ok := serviceTarget([]byte(service))
	if !ok {
		if !p.clusterExists(service) {
			return nil, "", statusParseFailure
		}
		cluster, targeted = service, true
	}
	if !targeted {
		panic(hostTrap(fmt.Sprintf("Envoy aborts here: the service %q of a gRPC call parses as a GrpcService message "+
			"without a target; send the serialized message, not the cluster's name", service)))
	}
	if !p.clusterExists(cluster) {
		return nil, "Cluster not available", statusOK
	}
	callout := p.grpcCallout(cluster, serviceName, method)
	if callout == nil {
		h.c.hostLog(LogWarn, fmt.Sprintf("no callout is declared for %s/%s on cluster %q: no healthy upstream", serviceName, method, cluster))
		return nil, "no healthy upstream{no_healthy_upstream}", statusOK
	}
	return callout, "", statusOK
}

// openGRPC begins a call whose service, service name, method and further strings
// are the first parameters, and gives it the next token. A call that has nobody
// to answer it fails before it begins: the answer is INTERNAL_FAILURE, and after
// the callback the plugin is told of the end of a call whose token it never got.
func openGRPC(h *hostCall, count int, last *uint32) (*GRPCCallout, uint32, status) {
	parts := make([]string, count)
	for i := range parts {
		var ok bool
		if parts[i], ok = h.string(2 * i); !ok {
			return nil, 0, statusInvalidMemoryAccess
		}
	}
	callout, reason, s := grpcTarget(h, parts[0], parts[1], parts[2])
	if s != statusOK {
		return nil, 0, s
	}
	*last += calloutStep
	token := *last
	if callout == nil {
		root := h.c.root
		h.vm.afterCall = append(h.vm.afterCall, func() { root.closeGRPC(token, grpcUnavailable, reason) })
		return nil, 0, statusInternalFailure
	}
	return callout, token, statusOK
}

// hostGRPCCall makes a unary call (service, service name, method, metadata,
// message, timeout in ms or 0) and answers a token. PARSE_FAILURE: the service
// is neither a GrpcService message nor a cluster; INTERNAL_FAILURE: no such
// cluster, or nobody there.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_call
func hostGRPCCall(h *hostCall) status {
	callout, token, s := openGRPC(h, 5, &h.vm.nextGRPCCall)
	if s != statusOK {
		return s
	}
	h.c.root.startGRPCCall(token, h.u32(10), callout)
	return h.giveU32(token, 11)
}

// hostGRPCStream opens a stream (service, service name, method, metadata) and
// answers a token. Statuses are those of [hostGRPCCall].
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_stream
func hostGRPCStream(h *hostCall) status {
	callout, token, s := openGRPC(h, 4, &h.vm.nextStream)
	if s != statusOK {
		return s
	}
	h.c.root.startGRPC(token, callout)
	return h.giveU32(token, 8)
}

// hostGRPCSend sends a message on a stream (token, message, end of stream).
// BAD_ARGUMENT: not a stream's token; NOT_FOUND: no such stream.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_send
func hostGRPCSend(h *hostCall) status {
	if _, ok := h.bytes(1); !ok {
		return statusInvalidMemoryAccess
	}
	token, root := h.u32(0), h.c.root
	if token&calloutKindMask != grpcStreamKind {
		return statusBadArgument
	}
	call := root.grpcCalls[token]
	if call == nil {
		return statusNotFound
	}
	root.answerGRPCStream(token, call)
	return statusOK
}

// hostGRPCClose closes the plugin's side of a stream, or cancels a call.
// BAD_ARGUMENT: a token of neither; NOT_FOUND: no such call or stream.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_close
func hostGRPCClose(h *hostCall) status {
	token, root := h.u32(0), h.c.root
	if token&calloutKindMask != grpcStreamKind {
		return hostGRPCCancel(h)
	}
	call := root.grpcCalls[token]
	if call == nil {
		return statusNotFound
	}
	if call.remoteClosed {
		delete(root.grpcCalls, token)
		return statusOK
	}
	call.localClosed = true
	root.answerGRPCStream(token, call)
	return statusOK
}

// hostGRPCCancel ends a call or stream; the plugin hears no more of it.
// Statuses are those of [hostGRPCClose].
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_cancel
func hostGRPCCancel(h *hostCall) status {
	token, root := h.u32(0), h.c.root
	if kind := token & calloutKindMask; kind != grpcCallKind && kind != grpcStreamKind {
		return statusBadArgument
	}
	call := root.grpcCalls[token]
	if call == nil {
		return statusNotFound
	}
	call.due.cancel()
	delete(root.grpcCalls, token)
	return statusOK
}
