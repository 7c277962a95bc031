package sdk

import "unsafe"

// The functions behind the SDK's exports. Parameters are those of the callbacks
// in the spec; actions are 0 for Continue and 1 for Pause.

//go:linkname OnVMStart github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnVMStart
func OnVMStart(pluginContextID uint32, vmConfigurationSize int) bool

//go:linkname OnConfigure github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnConfigure
func OnConfigure(pluginContextID uint32, pluginConfigurationSize int) bool

//go:linkname OnContextCreate github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnContextCreate
func OnContextCreate(contextID, pluginContextID uint32)

//go:linkname OnDone github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnDone
func OnDone(contextID uint32) bool

//go:linkname OnLog github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnLog
func OnLog(contextID uint32)

//go:linkname OnDelete github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnDelete
func OnDelete(contextID uint32)

//go:linkname OnTick github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnTick
func OnTick(pluginContextID uint32)

//go:linkname OnQueueReady github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnQueueReady
func OnQueueReady(contextID, queueID uint32)

//go:linkname OnHTTPCallResponse github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnHttpCallResponse
func OnHTTPCallResponse(pluginContextID, calloutID uint32, numHeaders, bodySize, numTrailers int)

//go:linkname OnRequestHeaders github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnRequestHeaders
func OnRequestHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32

//go:linkname OnRequestBody github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnRequestBody
func OnRequestBody(contextID uint32, bodySize int, endOfStream bool) uint32

//go:linkname OnRequestTrailers github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnRequestTrailers
func OnRequestTrailers(contextID uint32, numTrailers int) uint32

//go:linkname OnResponseHeaders github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnResponseHeaders
func OnResponseHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32

//go:linkname OnResponseBody github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnResponseBody
func OnResponseBody(contextID uint32, bodySize int, endOfStream bool) uint32

//go:linkname OnResponseTrailers github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnResponseTrailers
func OnResponseTrailers(contextID uint32, numTrailers int) uint32

//go:linkname OnNewConnection github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnNewConnection
func OnNewConnection(contextID uint32) uint32

//go:linkname OnDownstreamData github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnDownstreamData
func OnDownstreamData(contextID uint32, dataSize int, endOfStream bool) uint32

//go:linkname OnDownstreamConnectionClose github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnDownstreamConnectionClose
func OnDownstreamConnectionClose(contextID, peerType uint32)

//go:linkname OnUpstreamData github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnUpstreamData
func OnUpstreamData(contextID uint32, dataSize int, endOfStream bool) uint32

//go:linkname OnUpstreamConnectionClose github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnUpstreamConnectionClose
func OnUpstreamConnectionClose(contextID, peerType uint32)

//go:linkname currentState github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.currentState
var currentState unsafe.Pointer

//go:linkname setActiveContextID github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.(*state).setActiveContextID
func setActiveContextID(state unsafe.Pointer, contextID uint32)

// SetActiveContext notes the context that a callback is for, as the SDK does in
// each of its own.
func SetActiveContext(contextID uint32) { setActiveContextID(currentState, contextID) }
