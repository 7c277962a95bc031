package sdk

import _ "unsafe" // for go:linkname

// The functions behind the SDK's exports. Parameters are those of the callbacks
// in the spec; actions are 0 for Continue and 1 for Pause. Those that streams_wasip1.go
// stands in front of are named sdkOn….

//go:linkname OnVMStart github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnVMStart
func OnVMStart(pluginContextID uint32, vmConfigurationSize int) bool

//go:linkname OnConfigure github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnConfigure
func OnConfigure(pluginContextID uint32, pluginConfigurationSize int) bool

//go:linkname sdkOnContextCreate github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnContextCreate
func sdkOnContextCreate(contextID, pluginContextID uint32)

//go:linkname sdkOnDone github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnDone
func sdkOnDone(contextID uint32) bool

//go:linkname sdkOnLog github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnLog
func sdkOnLog(contextID uint32)

//go:linkname sdkOnDelete github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnDelete
func sdkOnDelete(contextID uint32)

//go:linkname OnTick github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnTick
func OnTick(pluginContextID uint32)

//go:linkname OnQueueReady github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnQueueReady
func OnQueueReady(contextID, queueID uint32)

//go:linkname OnHTTPCallResponse github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnHttpCallResponse
func OnHTTPCallResponse(pluginContextID, calloutID uint32, numHeaders, bodySize, numTrailers int)

//go:linkname sdkOnRequestHeaders github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnRequestHeaders
func sdkOnRequestHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32

//go:linkname sdkOnRequestBody github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnRequestBody
func sdkOnRequestBody(contextID uint32, bodySize int, endOfStream bool) uint32

//go:linkname sdkOnRequestTrailers github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnRequestTrailers
func sdkOnRequestTrailers(contextID uint32, numTrailers int) uint32

//go:linkname sdkOnResponseHeaders github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnResponseHeaders
func sdkOnResponseHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32

//go:linkname sdkOnResponseBody github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnResponseBody
func sdkOnResponseBody(contextID uint32, bodySize int, endOfStream bool) uint32

//go:linkname sdkOnResponseTrailers github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.ProxyOnResponseTrailers
func sdkOnResponseTrailers(contextID uint32, numTrailers int) uint32

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
