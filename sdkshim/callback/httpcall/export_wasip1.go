package httpcall

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_http_call_response
func onHTTPCallResponse(pluginContextID, calloutID, numHeaders, bodySize, numTrailers uint32) {
	sdk.OnHTTPCallResponse(pluginContextID, calloutID, int(numHeaders), int(bodySize), int(numTrailers))
}
