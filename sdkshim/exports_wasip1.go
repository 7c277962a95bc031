package sdkshim

import "gatehouse/sdkshim/internal/sdk"

// The callbacks that no plugin can do without.

// abiVersion tells the proxy by its name which ABI the module speaks.
//
//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_vm_start
func onVMStart(pluginContextID, size uint32) uint32 {
	if sdk.OnVMStart(pluginContextID, int(size)) {
		return 1
	}
	return 0
}

//go:wasmexport proxy_on_configure
func onConfigure(pluginContextID, size uint32) uint32 {
	if !sdk.OnConfigure(pluginContextID, int(size)) {
		return 0
	}
	tuneCollector()
	return 1
}

//go:wasmexport proxy_on_context_create
func onContextCreate(contextID, pluginContextID uint32) {
	sdk.OnContextCreate(contextID, pluginContextID)
}

//go:wasmexport proxy_on_delete
func onDelete(contextID uint32) { sdk.OnDelete(contextID) }
