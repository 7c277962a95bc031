package requesttrailers

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_request_trailers
func onRequestTrailers(contextID, size uint32) uint32 {
	return sdk.OnRequestTrailers(contextID, int(size))
}
