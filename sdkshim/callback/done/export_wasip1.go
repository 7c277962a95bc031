package done

import "gatehouse/sdkshim/internal/sdk"

//go:wasmexport proxy_on_done
func onDone(contextID uint32) uint32 {
	if sdk.OnDone(contextID) {
		return 1
	}
	return 0
}
