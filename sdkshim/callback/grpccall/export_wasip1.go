package grpccall

import (
	"gatehouse/sdkshim"
	"gatehouse/sdkshim/internal/sdk"
)

// The SDK notes in every callback of its own which context it is for, and takes
// HTTP callouts made meanwhile as that one's. These callbacks do the same.

//go:wasmexport proxy_on_grpc_receive_initial_metadata
func onGRPCReceiveInitialMetadata(pluginContextID, token, numElements uint32) {
	sdk.SetActiveContext(pluginContextID)
	sdkshim.GRPCInitialMetadataReceived(sdkshim.GRPCToken(token), int(numElements))
}

//go:wasmexport proxy_on_grpc_receive
func onGRPCReceive(pluginContextID, token, size uint32) {
	sdk.SetActiveContext(pluginContextID)
	sdkshim.GRPCReceived(sdkshim.GRPCToken(token), int(size))
}

//go:wasmexport proxy_on_grpc_receive_trailing_metadata
func onGRPCReceiveTrailingMetadata(pluginContextID, token, numElements uint32) {
	sdk.SetActiveContext(pluginContextID)
	sdkshim.GRPCTrailingMetadataReceived(sdkshim.GRPCToken(token), int(numElements))
}

//go:wasmexport proxy_on_grpc_close
func onGRPCClose(pluginContextID, token, code uint32) {
	sdk.SetActiveContext(pluginContextID)
	sdkshim.GRPCClosed(sdkshim.GRPCToken(token), code)
}
