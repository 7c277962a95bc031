package sdk

import (
	_ "unsafe" // for go:linkname

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// The SDK keeps each stream in two maps, looks it up in a third, and so spends
// more time on its books than most plugins do on a request. This file keeps
// streams in a table instead and calls their contexts as the SDK would; the SDK
// hears of a stream only when it needs to know it, which is for HTTP callouts.
// What does not fit the table takes the SDK's own way, which stays right.

// state and pluginContextState are laid out as the SDK's types of these names.
// OnContextCreate finds out if they are not.
type state struct {
	vmContext         types.VMContext
	pluginContexts    map[uint32]*pluginContextState
	httpContexts      map[uint32]types.HttpContext
	tcpContexts       map[uint32]types.TcpContext
	contextIDToRootID map[uint32]uint32
	activeContextID   uint32
}

type pluginContextState struct {
	context types.PluginContext
	// What the SDK has after it is not touched here.
}

//go:linkname currentState github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.currentState
var currentState *state

// stream is an HTTP stream between its creation and its deletion.
type stream struct {
	id     uint32 // 0: the place is free; no context has this id
	plugin uint32 // id of its plugin context
	known  bool   // to the SDK's contextIDToRootID
	http   types.HttpContext
}

// streams has a place for each stream by the last bits of its id. Proxies count
// ids up, so that streams collide only if more than this many live at a time, or
// one outlives as many others.
var streams [256]stream

// lastPlugin is the plugin context that a stream was made for last: there is
// mostly one.
var lastPlugin struct {
	id      uint32
	context types.PluginContext
}

// find returns the stream of an id, or nil if it is not in the table.
func find(contextID uint32) *stream {
	s := &streams[contextID%uint32(len(streams))]
	if s.id != contextID || contextID == 0 {
		return nil
	}
	return s
}

// active notes the context that a callback is for and returns its stream, or nil
// if the callback is the SDK's to handle.
func active(contextID uint32) types.HttpContext {
	s := find(contextID)
	if s == nil {
		return nil
	}
	currentState.activeContextID = contextID
	return s.http
}

// SetActiveContext notes the context that a callback is for, as the SDK does in
// each of its own.
func SetActiveContext(contextID uint32) { currentState.activeContextID = contextID }

// SwapActiveContext is SetActiveContext, and returns the one before.
func SwapActiveContext(contextID uint32) (before uint32) {
	before, currentState.activeContextID = currentState.activeContextID, contextID
	return before
}

// OnContextCreate makes a plugin's context, or a stream's in one. For a network
// filter it asks the plugin for an HTTP context once more than the SDK would.
func OnContextCreate(contextID, pluginContextID uint32) {
	if pluginContextID == 0 {
		sdkOnContextCreate(contextID, 0)
		if p := currentState.pluginContexts[contextID]; p == nil || p.context == nil || currentState.contextIDToRootID[contextID] != contextID {
			panic("sdkshim: the SDK is laid out otherwise than v0.24.0")
		}
		lastPlugin.id = 0
		return
	}
	s := &streams[contextID%uint32(len(streams))]
	if s.id != 0 {
		if s.id == contextID {
			panic("sdkshim: context id duplicated")
		}
		sdkOnContextCreate(contextID, pluginContextID)
		return
	}
	if lastPlugin.id != pluginContextID {
		p := currentState.pluginContexts[pluginContextID]
		if p == nil {
			panic("sdkshim: stream of an unknown plugin context")
		}
		lastPlugin.id, lastPlugin.context = pluginContextID, p.context
	}
	http := lastPlugin.context.NewHttpContext(contextID)
	if http == nil {
		sdkOnContextCreate(contextID, pluginContextID)
		return
	}
	s.id, s.plugin, s.known, s.http = contextID, pluginContextID, false, http
}

// BeforeHTTPCall makes the stream that the current callback is for known to the
// SDK, which then finds its plugin when it registers the callout, and sees by it
// whether the stream still lives when the answer comes.
func BeforeHTTPCall() {
	if s := find(currentState.activeContextID); s != nil && !s.known {
		currentState.contextIDToRootID[s.id] = s.plugin
		s.known = true
	}
}

// OnDelete forgets a context.
func OnDelete(contextID uint32) {
	s := find(contextID)
	if s == nil {
		if lastPlugin.id == contextID {
			lastPlugin.id, lastPlugin.context = 0, nil
		}
		sdkOnDelete(contextID)
		return
	}
	if s.known {
		delete(currentState.contextIDToRootID, contextID)
	}
	*s = stream{}
}

// OnDone asks whether a plugin may be dropped; a stream always may.
func OnDone(contextID uint32) bool {
	if find(contextID) != nil {
		return true
	}
	return sdkOnDone(contextID)
}

// OnLog tells a stream that it is over.
func OnLog(contextID uint32) {
	if http := active(contextID); http != nil {
		http.OnHttpStreamDone()
		return
	}
	sdkOnLog(contextID)
}

// OnRequestHeaders and what follows hand a callback to its stream. Actions are 0
// for Continue and 1 for Pause.
func OnRequestHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32 {
	if http := active(contextID); http != nil {
		return uint32(http.OnHttpRequestHeaders(numHeaders, endOfStream))
	}
	return sdkOnRequestHeaders(contextID, numHeaders, endOfStream)
}

// OnRequestBody is proxy_on_request_body.
func OnRequestBody(contextID uint32, bodySize int, endOfStream bool) uint32 {
	if http := active(contextID); http != nil {
		return uint32(http.OnHttpRequestBody(bodySize, endOfStream))
	}
	return sdkOnRequestBody(contextID, bodySize, endOfStream)
}

// OnRequestTrailers is proxy_on_request_trailers.
func OnRequestTrailers(contextID uint32, numTrailers int) uint32 {
	if http := active(contextID); http != nil {
		return uint32(http.OnHttpRequestTrailers(numTrailers))
	}
	return sdkOnRequestTrailers(contextID, numTrailers)
}

// OnResponseHeaders is proxy_on_response_headers.
func OnResponseHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32 {
	if http := active(contextID); http != nil {
		return uint32(http.OnHttpResponseHeaders(numHeaders, endOfStream))
	}
	return sdkOnResponseHeaders(contextID, numHeaders, endOfStream)
}

// OnResponseBody is proxy_on_response_body.
func OnResponseBody(contextID uint32, bodySize int, endOfStream bool) uint32 {
	if http := active(contextID); http != nil {
		return uint32(http.OnHttpResponseBody(bodySize, endOfStream))
	}
	return sdkOnResponseBody(contextID, bodySize, endOfStream)
}

// OnResponseTrailers is proxy_on_response_trailers.
func OnResponseTrailers(contextID uint32, numTrailers int) uint32 {
	if http := active(contextID); http != nil {
		return uint32(http.OnHttpResponseTrailers(numTrailers))
	}
	return sdkOnResponseTrailers(contextID, numTrailers)
}
