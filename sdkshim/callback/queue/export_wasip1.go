package queue

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_queue_ready
func onQueueReady(pluginContextID, queueID uint32) { sdk.OnQueueReady(pluginContextID, queueID) }
