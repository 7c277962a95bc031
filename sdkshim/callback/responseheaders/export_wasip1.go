package responseheaders

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(contextID, size, endOfStream uint32) uint32 {
	return sdk.OnResponseHeaders(contextID, int(size), endOfStream != 0)
}
