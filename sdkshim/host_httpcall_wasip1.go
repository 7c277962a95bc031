package sdkshim

import (
	"unsafe"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"gatehouse/sdkshim/internal/sdk"
)

//go:wasmimport env proxy_http_call
func proxyHTTPCall(upstream unsafe.Pointer, upstreamSize uint32, headers unsafe.Pointer, headersSize uint32, body unsafe.Pointer, bodySize uint32, trailers unsafe.Pointer, trailersSize, timeout uint32, id unsafe.Pointer) uint32

// ProxyHttpCall sends a request to a cluster, with a timeout in milliseconds; the
// answer comes to proxy_on_http_call_response of the plugin context. It answers OK,
// BadArgument for an unknown cluster or for headers without :path, :method or
// :authority, or InternalFailure.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_http_call
func (host) ProxyHttpCall(upstream *byte, upstreamSize int, headers *byte, headersSize int, body *byte, bodySize int, trailers *byte, trailersSize int, timeout uint32, id *uint32) uint32 {
	sdk.BeforeHTTPCall()
	status := proxyHTTPCall(unsafe.Pointer(upstream), uint32(upstreamSize), unsafe.Pointer(headers), uint32(headersSize),
		unsafe.Pointer(body), uint32(bodySize), unsafe.Pointer(trailers), uint32(trailersSize), timeout, unsafe.Pointer(&result32))
	*id = result32
	return status
}

func hostHTTPCall(pluginContextID uint32, cluster string, headers [][2]string, body []byte, timeout uint32, done func(numHeaders, bodySize, numTrailers int)) error {
	before := sdk.SwapActiveContext(pluginContextID)
	_, err := proxywasm.DispatchHttpCall(cluster, headers, body, nil, timeout, done)
	sdk.SwapActiveContext(before)
	return err
}
