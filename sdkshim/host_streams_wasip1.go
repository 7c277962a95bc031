package sdkshim

import "unsafe"

//go:wasmimport env proxy_continue_stream
func proxyContinueStream(streamType uint32) uint32

// ProxyContinueStream resumes a paused stream (0 request, 1 response, 2 downstream,
// 3 upstream) after the callback has returned. It answers OK, BadArgument for another
// type, or Unimplemented where the stream has no such direction.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_continue_stream
func (host) ProxyContinueStream(streamType uint32) uint32 { return proxyContinueStream(streamType) }

//go:wasmimport env proxy_close_stream
func proxyCloseStream(streamType uint32) uint32

// ProxyCloseStream closes or resets a stream after the callback has returned. It
// answers OK, or BadArgument for an unknown type.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_close_stream
func (host) ProxyCloseStream(streamType uint32) uint32 { return proxyCloseStream(streamType) }

//go:wasmimport env proxy_send_local_response
func proxySendLocalResponse(statusCode uint32, details unsafe.Pointer, detailsSize uint32, body unsafe.Pointer, bodySize uint32, headers unsafe.Pointer, headersSize uint32, grpcStatus int32) uint32

// ProxySendLocalResponse answers the request in the upstream's place, whatever the
// callback returns. A grpcStatus of -1 is none. It answers OK, or BadArgument for
// headers that cannot be read.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_send_local_response
func (host) ProxySendLocalResponse(statusCode uint32, details *byte, detailsSize int, body *byte, bodySize int, headers *byte, headersSize int, grpcStatus int32) uint32 {
	return proxySendLocalResponse(statusCode, unsafe.Pointer(details), uint32(detailsSize), unsafe.Pointer(body), uint32(bodySize),
		unsafe.Pointer(headers), uint32(headersSize), grpcStatus)
}

//go:wasmimport env proxy_set_effective_context
func proxySetEffectiveContext(contextID uint32) uint32

// ProxySetEffectiveContext makes the host functions of this callback act on another
// context. It answers OK, or BadArgument for one that is gone.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_effective_context
func (host) ProxySetEffectiveContext(contextID uint32) uint32 {
	return proxySetEffectiveContext(contextID)
}

//go:wasmimport env proxy_done
func proxyDone() uint32

// ProxyDone ends what proxy_on_done put off by returning false. It answers OK, or
// NotFound if nothing waits.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_done
func (host) ProxyDone() uint32 { return proxyDone() }
