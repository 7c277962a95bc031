package harness

// wasmContext is a context of the ABI: the VM's own (id 0), the root context of
// a plugin, or the context of one stream, which is at the same time the filter
// that the chain calls.
type wasmContext struct {
	// vm is nil for a stream that began when the plugin's VM was already broken.
	vm     *vm
	id     uint32
	root   *wasmContext
	plugin *Plugin
	// created says that the VM knows the context.
	created   bool
	destroyed bool
	// configuring is the plugin whose configuration may be read, nil outside
	// proxy_on_configure.
	configuring *Plugin

	// last is the buffer that was looked at last: the one of call data is
	// whatever it was.
	last *bufferView

	streamState
	rootState
}

// streamState is what a context of a stream may see at the moment. Envoy's
// filter keeps pointers into the stream, and drops them as soon as it answers
// Continue: then host functions find nothing.
type streamState struct {
	stream *stream
	decode *chainFilter
	encode *chainFilter

	requestHeaders, requestTrailers   *headerMap
	responseHeaders, responseTrailers *headerMap
	requestBody, responseBody         *buffer
	bufferingRequest                  bool
	bufferingResponse                 bool
	endOfStream                       bool

	// logging is set during proxy_on_log, which has maps of its own.
	logging                               bool
	logRequestHeaders, logResponseHeaders *headerMap
	logResponseTrailers                   *headerMap
	failureAnswered, streamFailed         bool
}

// rootState is what a root context may see while a callout answers.
type rootState struct {
	httpCalls    map[uint32]*httpCall
	grpcCalls    map[uint32]*grpcCall
	callResponse *callResponse

	grpcInitialMetadata  *headerMap
	grpcTrailingMetadata *headerMap
	grpcMessage          *buffer

	statusCode    uint32
	statusMessage string
	declared      map[string]*stateType
}

// newContext makes a context known to the host, not yet to the VM.
func (v *vm) newContext(root *wasmContext, plugin *Plugin) *wasmContext {
	for v.contexts[v.nextContextID] != nil {
		v.nextContextID++
	}
	c := &wasmContext{vm: v, id: v.nextContextID, root: root, plugin: plugin}
	v.nextContextID++
	if root == nil {
		c.root = c
	}
	v.contexts[c.id] = c
	return c
}

func (c *wasmContext) isRoot() bool { return c.root == c }

// pluginOf is the plugin a context works for; the VM's own context works for
// the plugin that made the VM.
func (c *wasmContext) pluginOf() *Plugin { return c.plugin }

func (c *wasmContext) broken() bool { return c.vm == nil || c.vm.failed }

func (c *wasmContext) exports(name string) bool {
	return c.vm != nil && c.vm.fns[name] != nil
}

// callback calls into the VM and then does what waited for its return. It does
// nothing where the VM is broken or has no such export.
func (c *wasmContext) callback(name string, args ...uint64) (uint64, bool) {
	if c.broken() || !c.exports(name) {
		return 0, false
	}
	result, ok := c.vm.call(c.vm.proxy.ctx, c, name, args...)
	c.vm.runAfterCall()
	return result, ok
}

// create makes the context known to the VM.
func (c *wasmContext) create() {
	if c.created {
		return
	}
	c.created = true
	var parent uint64
	if !c.isRoot() {
		parent = uint64(c.root.id)
	}
	c.callback("proxy_on_context_create", uint64(c.id), parent)
}

// Answers of a filter, as Envoy numbers them.
type headersStatus uint64

const (
	headersContinue headersStatus = iota
	headersStop
	headersContinueAndDontEnd
	headersStopAllAndBuffer
	headersStopAllAndWatermark
)

type dataStatus uint64

const (
	dataContinue dataStatus = iota
	dataStopAndBuffer
	dataStopAndWatermark
	dataStopNoBuffer
)

type trailersStatus uint64

const (
	trailersContinue trailersStatus = iota
	trailersStop
)

// failStream answers for a broken VM: 503, once.
func (c *wasmContext) failStream() {
	if c.streamFailed {
		return
	}
	if !c.failureAnswered {
		c.stream.sendLocalReply(localReply{status: 503, grpcStatus: grpcUnavailable, details: "wasm_fail_stream"})
		c.failureAnswered = true
	}
	c.streamFailed = true
}

// streamCallback runs a callback of a stream and turns its answer into the chain's. A
// broken VM gives open under FailOpenAlways; else the stream is answered 503 and
// the chain gets closed.
func streamCallback[S ~uint64](c *wasmContext, name string, open, closed S, convert func(uint64) S, args ...uint64) S {
	giveUp := func() S {
		if c.plugin.FailurePolicy == FailOpenAlways {
			return open
		}
		c.failStream()
		return closed
	}
	if c.broken() {
		return giveUp()
	}
	if !c.exports(name) {
		return open
	}
	defer c.vm.runAfterCall()
	result, _ := c.vm.call(c.vm.proxy.ctx, c, name, args...)
	if c.broken() {
		return giveUp()
	}
	return convert(result)
}

func (c *wasmContext) convertHeadersStatus(result uint64) headersStatus {
	if c.vm.stopIteration || result > uint64(headersStopAllAndWatermark) {
		return headersStopAllAndWatermark
	}
	if headersStatus(result) == headersStop && !c.plugin.AllowOnHeadersStopIteration {
		return headersStopAllAndWatermark
	}
	return headersStatus(result)
}

func (c *wasmContext) convertDataStatus(result uint64) dataStatus {
	if c.vm.stopIteration || result > uint64(dataStopNoBuffer) {
		return dataStopNoBuffer
	}
	return dataStatus(result)
}

func (c *wasmContext) convertTrailersStatus(result uint64) trailersStatus {
	if c.vm.stopIteration || result > uint64(trailersStop) {
		return trailersStop
	}
	return trailersStatus(result)
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// decodeHeaders is the filter's part in request headers.
func (c *wasmContext) decodeHeaders(headers *headerMap, end bool) headersStatus {
	c.create()
	return c.passHeaders("proxy_on_request_headers", &c.requestHeaders, headers, end)
}

// decodeData is the filter's part in a piece of a request body.
func (c *wasmContext) decodeData(data *buffer, end bool) dataStatus {
	if !c.created {
		return dataContinue
	}
	return c.passData(c.decode, &c.requestBody, &c.bufferingRequest, data, end)
}

// decodeTrailers is the filter's part in request trailers.
func (c *wasmContext) decodeTrailers(trailers *headerMap) trailersStatus {
	if !c.created {
		return trailersContinue
	}
	return c.passTrailers("proxy_on_request_trailers", &c.requestTrailers, trailers)
}

// encodeHeaders is the filter's part in response headers, local replies
// included.
func (c *wasmContext) encodeHeaders(headers *headerMap, end bool) headersStatus {
	if !c.created || c.failureAnswered {
		return headersContinue
	}
	return c.passHeaders("proxy_on_response_headers", &c.responseHeaders, headers, end)
}

// encodeData is the filter's part in a piece of a response body.
func (c *wasmContext) encodeData(data *buffer, end bool) dataStatus {
	if !c.created || c.failureAnswered {
		return dataContinue
	}
	return c.passData(c.encode, &c.responseBody, &c.bufferingResponse, data, end)
}

// encodeTrailers is the filter's part in response trailers.
func (c *wasmContext) encodeTrailers(trailers *headerMap) trailersStatus {
	if !c.created || c.failureAnswered {
		return trailersContinue
	}
	return c.passTrailers("proxy_on_response_trailers", &c.responseTrailers, trailers)
}

// passHeaders, passData and passTrailers call the plugin, in either direction.
// shown is where host functions find what is passed, until the answer is
// Continue.
func (c *wasmContext) passHeaders(name string, shown **headerMap, headers *headerMap, end bool) headersStatus {
	*shown = headers
	c.endOfStream = end
	answer := streamCallback(c, name, headersContinue, headersStopAllAndWatermark,
		c.convertHeadersStatus, uint64(c.id), uint64(headers.count()), flag(end))
	if answer == headersContinue {
		*shown = nil
	}
	return answer
}

func (c *wasmContext) passData(f *chainFilter, shown **buffer, buffering *bool, data *buffer, end bool) dataStatus {
	if *buffering {
		f.addData(data)
		if c.destroyed || c.stream.done {
			return dataStopAndBuffer
		}
	}
	*shown = data
	c.endOfStream = end
	name, kind := "proxy_on_request_body", bufferRequestBody
	if f.encoding {
		name, kind = "proxy_on_response_body", bufferResponseBody
	}
	answer := streamCallback(c, name, dataContinue, dataStopNoBuffer,
		c.convertDataStatus, uint64(c.id), uint64(uint32(c.buffer(kind).size())), flag(end))
	*buffering = answer == dataStopAndBuffer
	if answer == dataContinue {
		*shown = nil
	}
	return answer
}

func (c *wasmContext) passTrailers(name string, shown **headerMap, trailers *headerMap) trailersStatus {
	*shown = trailers
	answer := streamCallback(c, name, trailersContinue, trailersStop,
		c.convertTrailersStatus, uint64(c.id), uint64(trailers.count()))
	if answer == trailersContinue {
		*shown = nil
	}
	return answer
}

// onLog is the access log at the end of a stream. It is the first callback of a
// stream that was answered before the chain.
func (c *wasmContext) onLog(request, response, trailers *headerMap) {
	c.create()
	c.logging = true
	c.logRequestHeaders, c.logResponseHeaders, c.logResponseTrailers = request, response, trailers
	c.callback("proxy_on_log", uint64(c.id))
	c.logging = false
	c.logRequestHeaders, c.logResponseHeaders, c.logResponseTrailers = nil, nil, nil
}

// onDestroy is the end of a stream.
func (c *wasmContext) onDestroy() {
	if c.destroyed || !c.created {
		return
	}
	c.destroyed = true
	c.callback("proxy_on_done", uint64(c.id))
	c.callback("proxy_on_delete", uint64(c.id))
	if c.vm != nil {
		delete(c.vm.contexts, c.id)
	}
}

// The kinds of header map, as the ABI numbers them.
const (
	mapRequestHeaders uint32 = iota
	mapRequestTrailers
	mapResponseHeaders
	mapResponseTrailers
	mapGRPCInitialMetadata
	mapGRPCTrailingMetadata
	mapCallResponseHeaders
	mapCallResponseTrailers
	mapKinds
)

// writableMap returns a map that may be changed, nil where there is none now.
// Asking for the trailers in the last body callback makes them.
func (c *wasmContext) writableMap(kind uint32) *headerMap {
	switch kind {
	case mapRequestHeaders:
		return c.requestHeaders
	case mapRequestTrailers:
		if c.requestTrailers == nil && c.requestBody != nil && c.endOfStream && c.decode != nil {
			c.requestTrailers = c.stream.addRequestTrailers()
		}
		return c.requestTrailers
	case mapResponseHeaders:
		return c.responseHeaders
	case mapResponseTrailers:
		if c.responseTrailers == nil && c.responseBody != nil && c.endOfStream && c.encode != nil {
			c.responseTrailers = c.stream.addResponseTrailers()
		}
		return c.responseTrailers
	}
	return nil
}

// readableMap returns a map that may be read, nil where there is none now.
func (c *wasmContext) readableMap(kind uint32) *headerMap {
	if c.logging && kind <= mapResponseTrailers {
		return [...]*headerMap{c.logRequestHeaders, nil, c.logResponseHeaders, c.logResponseTrailers}[kind]
	}
	switch kind {
	case mapRequestHeaders:
		return c.requestHeaders
	case mapRequestTrailers:
		return c.requestTrailers
	case mapResponseHeaders:
		return c.responseHeaders
	case mapResponseTrailers:
		return c.responseTrailers
	case mapGRPCInitialMetadata:
		return c.root.grpcInitialMetadata
	case mapGRPCTrailingMetadata:
		return c.root.grpcTrailingMetadata
	case mapCallResponseHeaders:
		if r := c.root.callResponse; r != nil {
			return r.headers
		}
	case mapCallResponseTrailers:
		if r := c.root.callResponse; r != nil {
			return r.trailers
		}
	}
	return nil
}

// The kinds of buffer, as the ABI numbers them.
const (
	bufferRequestBody uint32 = iota
	bufferResponseBody
	bufferDownstreamData
	bufferUpstreamData
	bufferCallResponseBody
	bufferGRPCMessage
	bufferVMConfiguration
	bufferPluginConfiguration
	bufferCallData
	bufferKinds
)

// buffer returns a buffer as the plugin may see it now, nil where there is none
// of that kind.
func (c *wasmContext) buffer(kind uint32) *bufferView {
	if kind == bufferCallData {
		if c.last == nil {
			return &bufferView{}
		}
		return c.last
	}
	view := c.lookAt(kind)
	if view != nil {
		c.last = view
	}
	return view
}

func (c *wasmContext) lookAt(kind uint32) *bufferView {
	switch kind {
	case bufferRequestBody:
		if c.bufferingRequest && c.decode != nil {
			return &bufferView{live: c.stream.requestBuffer}
		}
		return &bufferView{live: c.requestBody}
	case bufferResponseBody:
		if c.bufferingResponse && c.encode != nil {
			return &bufferView{live: c.stream.responseBuffer}
		}
		return &bufferView{live: c.responseBody}
	case bufferDownstreamData, bufferUpstreamData:
		return &bufferView{}
	case bufferCallResponseBody:
		if r := c.root.callResponse; r != nil {
			return &bufferView{fixed: r.body}
		}
	case bufferGRPCMessage:
		return &bufferView{live: c.root.grpcMessage}
	case bufferVMConfiguration:
		return &bufferView{fixed: c.vm.plugin.VMConfiguration}
	case bufferPluginConfiguration:
		if c.configuring != nil {
			return &bufferView{fixed: c.configuring.Configuration}
		}
	}
	return nil
}
