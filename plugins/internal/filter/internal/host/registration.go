package host

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
)

// VM is the context of the VM that Register gave to the SDK.
var VM types.VMContext

// registered are the plugins of this module.
var registered []registration

type registration struct {
	name string
	new  func(contextID uint32) types.PluginContext
}

// vmContext makes a plugin context for each configuration that the VM is given.
type vmContext struct{ types.DefaultVMContext }

// NewPluginContext implements types.VMContext. The only plugin of a module is what every
// configuration is for, whatever its root id; with several of them the root id says which.
func (*vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	if len(registered) == 1 {
		return registered[0].new(contextID)
	}
	return &chosen{PluginContext: new(types.DefaultPluginContext), id: contextID}
}

// Register is RegisterContexts for contexts that need not know their id.
func Register(name string, newContext func() types.PluginContext) {
	RegisterContexts(name, func(uint32) types.PluginContext { return newContext() })
}

// RegisterContexts makes what newContext returns the plugin context of each configuration
// that is for the plugin of this name. Two of one name in a module are a defect, and panic.
func RegisterContexts(name string, newContext func(contextID uint32) types.PluginContext) {
	for _, r := range registered {
		if r.name == name {
			panic(fmt.Sprintf("filter: register %s: registered already", name))
		}
	}
	registered = append(registered, registration{name, newContext})
	if VM == nil {
		VM = new(vmContext)
		proxywasm.SetVMContext(VM)
	}
}

// Forget forgets the plugins that were registered. It is for tests.
func Forget() { registered, VM = nil, nil }

// unnamed is the plugin of a configuration without a root id, if the module has it.
const unnamed = "pipeline"

// chosen is the context of a configuration in a module of several plugins: that of the
// plugin which has the configuration's root id (Istio's pluginName) as its name.
type chosen struct {
	types.PluginContext
	id uint32
}

// OnPluginStart implements types.PluginContext.
func (c *chosen) OnPluginStart(size int) types.OnPluginStartStatus {
	rootID, err := proxywasm.GetProperty([]string{"plugin_root_id"})
	names := make([]string, len(registered))
	for i, r := range registered {
		if err == nil && r.name == string(rootID) || len(rootID) == 0 && r.name == unnamed {
			c.PluginContext = r.new(c.id)
			return c.PluginContext.OnPluginStart(size)
		}
		names[i] = r.name
	}
	var redactor event.Redactor
	proxywasm.LogCritical("gatehouse: root id " + redactor.Text(strconv.Quote(string(rootID))) + ": no plugin of this name, want " + strings.Join(names, ", "))
	return types.OnPluginStartStatusFailed
}
