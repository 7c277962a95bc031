package harness

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Callouts of plugins, answered from what the options declare. They belong to
// root contexts: the end of the stream from which one was made changes nothing.

// The kinds of callout: the low two bits of a token.
const (
	httpCallKind uint32 = iota
	grpcCallKind
	grpcStreamKind
	calloutKindMask = 3
	calloutStep     = 4
)

type httpCall struct{ due *event }

// callResponse is the response of an HTTP callout while the plugin may read it.
type callResponse struct {
	headers, trailers *headerMap
	body              []byte
}

type grpcCall struct {
	callout *GRPCCallout
	due     *event
	started bool
	// localClosed and remoteClosed are the two ends of a stream.
	localClosed, remoteClosed bool
}

// clusterExists says whether a cluster is declared, by name or by a callout.
func (p *Proxy) clusterExists(name string) bool {
	for _, c := range p.opts.Clusters {
		if c == name {
			return true
		}
	}
	for i := range p.opts.HTTPCallouts {
		if p.opts.HTTPCallouts[i].Cluster == name {
			return true
		}
	}
	for i := range p.opts.GRPCCallouts {
		if p.opts.GRPCCallouts[i].Cluster == name {
			return true
		}
	}
	return false
}

func matches(want, got string) bool { return want == "" || want == got }

// httpCallout finds the callout that answers a request, and counts its use.
func (p *Proxy) httpCallout(cluster string, headers *headerMap) *HTTPCallout {
	method, _ := headers.get(":method")
	path, _ := headers.get(":path")
	authority, _ := headers.get(":authority")
	for i := range p.opts.HTTPCallouts {
		c := &p.opts.HTTPCallouts[i]
		if c.Cluster == cluster && matches(c.Method, method) && matches(c.Path, path) &&
			matches(c.Authority, authority) && (c.Times == 0 || p.httpUses[i] < c.Times) {
			p.httpUses[i]++
			return c
		}
	}
	return nil
}

func (p *Proxy) grpcCallout(cluster, service, method string) *GRPCCallout {
	for i := range p.opts.GRPCCallouts {
		c := &p.opts.GRPCCallouts[i]
		if c.Cluster == cluster && matches(c.Service, service) && matches(c.Method, method) &&
			(c.Times == 0 || p.grpcUses[i] < c.Times) {
			p.grpcUses[i]++
			return c
		}
	}
	return nil
}

// localResponse is what Envoy itself answers to a callout.
func localResponse(status int, body string) *callResponse {
	return &callResponse{
		headers: newHeaderMap(responseMap, []Header{{":status", strconv.Itoa(status)},
			{"content-length", strconv.Itoa(len(body))}, {"content-type", "text/plain"}}),
		body: []byte(body),
	}
}

// startHTTPCall lets a callout be answered in due time.
func (root *wasmContext) startHTTPCall(token, timeout uint32, callout *HTTPCallout) {
	if root.httpCalls == nil {
		root.httpCalls = map[uint32]*httpCall{}
	}
	call := &httpCall{}
	root.httpCalls[token] = call
	clock := root.vm.proxy.clock
	after := callout.Response.Delay
	answer := func() { root.answerHTTPCall(token, callout) }
	if limit := milliseconds(timeout); timeout > 0 && (callout.Silent || after >= limit) {
		after = limit
		answer = func() { root.httpCallResponse(token, localResponse(504, "upstream request timeout")) }
	} else if callout.Silent {
		return
	}
	call.due = clock.after(after, answer)
}

func (root *wasmContext) answerHTTPCall(token uint32, callout *HTTPCallout) {
	switch m := &callout.Response; {
	case callout.Unreachable:
		root.httpCallResponse(token, localResponse(503, "upstream connect error or disconnect/reset before headers. "+
			"reset reason: remote connection failure"))
	case m.Reset && len(m.Headers) == 0:
		root.httpCallResponse(token, localResponse(503, "upstream connect error or disconnect/reset before headers. "+
			"reset reason: connection termination"))
	case m.Reset:
		root.statusCode, root.statusMessage = uint32(statusBrokenConnection), "reset"
		root.finishHTTPCall(token, nil)
	default:
		r := &callResponse{headers: newHeaderMap(responseMap, m.Headers)}
		if _, ok := r.headers.get(":status"); !ok {
			r.headers = newHeaderMap(responseMap, append([]Header{{":status", "200"}}, m.Headers...))
		}
		for _, chunk := range m.Body {
			r.body = append(r.body, chunk...)
		}
		if m.Trailers != nil {
			r.trailers = newHeaderMap(responseTrailerMap, m.Trailers)
		}
		root.httpCallResponse(token, r)
	}
}

func (root *wasmContext) httpCallResponse(token uint32, r *callResponse) {
	root.finishHTTPCall(token, r)
}

// finishHTTPCall calls the plugin back: with the response, or with nothing for
// a call that broke off.
func (root *wasmContext) finishHTTPCall(token uint32, r *callResponse) {
	if root.httpCalls[token] == nil {
		return
	}
	if root.broken() {
		return
	}
	cleanUp := func() {
		root.callResponse = nil
		root.statusMessage = ""
		delete(root.httpCalls, token)
	}
	// Runs right after the callback, before what the plugin asked for.
	root.vm.afterCall = append(root.vm.afterCall, cleanUp)
	root.callResponse = r
	var headers, body, trailers int
	if r != nil {
		headers, body, trailers = r.headers.count(), len(r.body), r.trailers.count()
	}
	if root.exports("proxy_on_http_call_response") {
		root.callback("proxy_on_http_call_response", uint64(root.id), uint64(token),
			uint64(headers), uint64(body), uint64(trailers))
	} else {
		root.vm.runAfterCall()
	}
}

// serviceTarget reads a serialized GrpcService message: the name of its Envoy
// cluster. targeted is false for a message without a target, which makes Envoy
// abort.
//
// See https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/grpc_service.proto
func serviceTarget(b []byte) (cluster string, targeted, ok bool) {
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return "", false, false
		}
		b = b[n:]
		if kind == protowire.BytesType && field <= 2 {
			message, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return "", false, false
			}
			b = b[n:]
			texts, _, ok := protoFields(message)
			if !ok {
				return "", false, false
			}
			cluster, targeted = "", true
			if field == 1 {
				cluster = string(texts[1])
			}
			continue
		}
		value := b
		n = protowire.ConsumeFieldValue(field, kind, b)
		if n < 0 {
			return "", false, false
		}
		b = b[n:]
		if kind == protowire.BytesType && (field == 3 || field == 5 || field == 6) {
			message, _ := protowire.ConsumeBytes(value)
			if _, _, ok := protoFields(message); !ok {
				return "", false, false
			}
		}
	}
	return cluster, targeted, true
}

// closeGRPC tells the plugin that a call failed or a stream is over.
func (root *wasmContext) closeGRPC(token uint32, code int, message string) {
	cleanUp := func() {
		call := root.grpcCalls[token]
		if call != nil && (token&calloutKindMask == grpcCallKind || call.localClosed) {
			delete(root.grpcCalls, token)
		}
	}
	if call := root.grpcCalls[token]; call != nil {
		call.remoteClosed = true
	}
	if root.broken() {
		return
	}
	if !root.exports("proxy_on_grpc_close") {
		cleanUp()
		return
	}
	root.statusCode, root.statusMessage = uint32(code), message
	root.vm.afterCall = append(root.vm.afterCall, func() {
		root.statusMessage = ""
		cleanUp()
	})
	root.callback("proxy_on_grpc_close", uint64(root.id), uint64(token), uint64(uint32(code)))
}

// receiveGRPC hands a message to the plugin.
func (root *wasmContext) receiveGRPC(token uint32, message []byte) {
	if root.broken() {
		return
	}
	cleanUp := func() {
		root.grpcMessage = nil
		if token&calloutKindMask == grpcCallKind {
			delete(root.grpcCalls, token)
		}
	}
	if !root.exports("proxy_on_grpc_receive") {
		cleanUp()
		return
	}
	root.grpcMessage = &buffer{data: append([]byte{}, message...)}
	root.vm.afterCall = append(root.vm.afterCall, cleanUp)
	root.callback("proxy_on_grpc_receive", uint64(root.id), uint64(token), uint64(len(message)))
}

func (root *wasmContext) startGRPC(token uint32, callout *GRPCCallout) *grpcCall {
	if root.grpcCalls == nil {
		root.grpcCalls = map[uint32]*grpcCall{}
	}
	call := &grpcCall{callout: callout}
	root.grpcCalls[token] = call
	return call
}

// unreachableMessage is the status message of a gRPC call that finds nobody:
// the text of Envoy's answer and its details.
const unreachableMessage = "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure" +
	"{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}"

// viaUpstream is the message of a status that the upstream sent: Envoy puts its
// response code details after it.
func viaUpstream(message string) string {
	if message == "" {
		return "via_upstream"
	}
	return message + "{via_upstream}"
}

// startGRPCCall lets a unary call be answered in due time.
func (root *wasmContext) startGRPCCall(token, timeout uint32, callout *GRPCCallout) {
	call := root.startGRPC(token, callout)
	after := callout.Delay
	answer := func() {
		switch {
		case root.grpcCalls[token] == nil:
		case callout.Unreachable:
			root.closeGRPC(token, grpcUnavailable, unreachableMessage)
		case callout.Status != 0:
			root.closeGRPC(token, callout.Status, viaUpstream(callout.StatusMessage))
		case len(callout.Messages) == 0:
			root.closeGRPC(token, 13, "")
		default:
			root.receiveGRPC(token, callout.Messages[0])
		}
	}
	if limit := milliseconds(timeout); timeout > 0 && (callout.Silent || after >= limit) {
		after = limit
		answer = func() {
			if root.grpcCalls[token] != nil {
				root.closeGRPC(token, grpcUnavailable, "upstream request timeout{response_timeout}")
			}
		}
	} else if callout.Silent {
		return
	}
	call.due = root.vm.proxy.clock.after(after, answer)
}

// answerGRPCStream answers a stream once the plugin has sent its first message
// or closed its side.
func (root *wasmContext) answerGRPCStream(token uint32, call *grpcCall) {
	if call.started || call.callout.Silent {
		return
	}
	call.started = true
	callout := call.callout
	live := func() bool { return root.grpcCalls[token] == call && !root.broken() }
	call.due = root.vm.proxy.clock.after(callout.Delay, func() {
		if !live() {
			return
		}
		head := []Header{{":status", "200"}, {"content-type", "application/grpc"}}
		if callout.Unreachable {
			text, _, _ := strings.Cut(unreachableMessage, "{")
			root.endGRPCStream(token, call, grpcUnavailable, unreachableMessage, nil,
				append(head, Header{"grpc-status", "14"}, Header{"grpc-message", text}))
			return
		}
		initial := append(head, callout.InitialMetadata...)
		trailing := []Header{{"grpc-status", strconv.Itoa(callout.Status)}}
		if callout.StatusMessage != "" {
			trailing = append(trailing, Header{"grpc-message", percentEncode(callout.StatusMessage)})
		}
		trailing = append(trailing, callout.TrailingMetadata...)
		root.endGRPCStream(token, call, callout.Status, viaUpstream(callout.StatusMessage), initial, trailing, callout.Messages...)
	})
}

// endGRPCStream hands all of an answer to the plugin, as long as it wants it.
func (root *wasmContext) endGRPCStream(token uint32, call *grpcCall, code int, message string, initial, trailing []Header, messages ...[]byte) {
	live := func() bool { return root.grpcCalls[token] == call && !root.broken() }
	root.grpcInitialMetadata = newHeaderMap(responseMap, initial)
	root.callback("proxy_on_grpc_receive_initial_metadata", uint64(root.id), uint64(token), uint64(len(initial)))
	root.grpcInitialMetadata = nil
	for _, m := range messages {
		if !live() {
			return
		}
		root.receiveGRPC(token, m)
	}
	if !live() {
		return
	}
	root.grpcTrailingMetadata = newHeaderMap(responseTrailerMap, trailing)
	root.callback("proxy_on_grpc_receive_trailing_metadata", uint64(root.id), uint64(token), uint64(len(trailing)))
	root.grpcTrailingMetadata = nil
	if live() {
		root.closeGRPC(token, code, message)
	}
}
