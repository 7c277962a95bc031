package requestbody

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_request_body
func onRequestBody(contextID, size, endOfStream uint32) uint32 {
	return sdk.OnRequestBody(contextID, int(size), endOfStream != 0)
}
