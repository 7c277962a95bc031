package foreign

import (
	"gatehouse/sdkshim"
	"gatehouse/sdkshim/internal/sdk"
)

//go:wasmexport proxy_on_foreign_function
func onForeignFunction(contextID, functionID, size uint32) {
	sdk.SetActiveContext(contextID)
	sdkshim.ForeignFunctionCalled(contextID, functionID, int(size))
}
