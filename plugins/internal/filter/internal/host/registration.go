package host

import (
	"fmt"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

var (
	// Registered is the name of the plugin of this module, "" until there is one.
	Registered string
	// VM is the context of the VM that Register gave to the SDK.
	VM types.VMContext
)

// vmContext makes a plugin context for each configuration that the VM is given.
type vmContext struct {
	types.DefaultVMContext
	new func(contextID uint32) types.PluginContext
}

// NewPluginContext implements types.VMContext.
func (v *vmContext) NewPluginContext(contextID uint32) types.PluginContext { return v.new(contextID) }

// Register is RegisterContexts for contexts that need not know their id.
func Register(name string, newContext func() types.PluginContext) {
	RegisterContexts(name, func(uint32) types.PluginContext { return newContext() })
}

// RegisterContexts makes what newContext returns the plugin context of each
// configuration. A second plugin in one module is a defect, and panics.
func RegisterContexts(name string, newContext func(contextID uint32) types.PluginContext) {
	if Registered != "" {
		panic(fmt.Sprintf("filter: register %s: %s is registered already", name, Registered))
	}
	Registered = name
	VM = &vmContext{new: newContext}
	proxywasm.SetVMContext(VM)
}
