package log

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_log
func onLog(contextID uint32) { sdk.OnLog(contextID) }
