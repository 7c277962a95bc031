package responsebody

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_response_body
func onResponseBody(contextID, size, endOfStream uint32) uint32 {
	return sdk.OnResponseBody(contextID, int(size), endOfStream != 0)
}
