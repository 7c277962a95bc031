package requestheaders

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(contextID, size, endOfStream uint32) uint32 {
	return sdk.OnRequestHeaders(contextID, int(size), endOfStream != 0)
}
