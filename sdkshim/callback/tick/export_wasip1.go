package tick

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_tick
func onTick(pluginContextID uint32) { sdk.OnTick(pluginContextID) }
