package tcp

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_new_connection
func onNewConnection(contextID uint32) uint32 { return sdk.OnNewConnection(contextID) }

//go:wasmexport proxy_on_downstream_data
func onDownstreamData(contextID, size, endOfStream uint32) uint32 {
	return sdk.OnDownstreamData(contextID, int(size), endOfStream != 0)
}

//go:wasmexport proxy_on_downstream_connection_close
func onDownstreamConnectionClose(contextID, peerType uint32) {
	sdk.OnDownstreamConnectionClose(contextID, peerType)
}

//go:wasmexport proxy_on_upstream_data
func onUpstreamData(contextID, size, endOfStream uint32) uint32 {
	return sdk.OnUpstreamData(contextID, int(size), endOfStream != 0)
}

//go:wasmexport proxy_on_upstream_connection_close
func onUpstreamConnectionClose(contextID, peerType uint32) {
	sdk.OnUpstreamConnectionClose(contextID, peerType)
}
