package responsetrailers

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_response_trailers
func onResponseTrailers(contextID, size uint32) uint32 {
	return sdk.OnResponseTrailers(contextID, int(size))
}
