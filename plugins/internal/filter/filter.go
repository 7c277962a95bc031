// Package filter adapts engines to Proxy-Wasm: it reads what an engine sees from
// the host, carries out what the engine decides, and writes the event and the
// metric of the decision. It is the only package of the plugins that touches the
// SDK and the shim, and it decides nothing itself, but for one thing: what it
// cannot judge, it refuses.
package filter

import (
	"fmt"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/policy"
	_ "gatehouse/sdkshim"                         // the host behind the SDK
	_ "gatehouse/sdkshim/callback/requestheaders" // the one callback of a stream that is used
)

// Engine is an engine that says which of its decisions become events.
type Engine interface {
	policy.Engine
	// Events is what the configuration says of events. It is read once.
	Events() *event.Config
}

// plugin is what a module registers.
type plugin struct {
	name  string
	class event.Class
	new   func(configuration []byte) (Engine, error)
}

// registered is the plugin of this module.
var registered *plugin

// Register makes the engine that newEngine returns the plugin of this module,
// under the name that its events, metrics and log lines carry. newEngine's error
// is written to the proxy's log as it is, so it names what is wrong with a
// configuration and never a value of it. Register is called once, from an init
// function, because a reactor module has no other start.
func Register[E Engine](name string, class event.Class, newEngine func(configuration []byte) (E, error)) {
	if registered != nil {
		panic(fmt.Sprintf("filter: register %s: %s is registered already", name, registered.name))
	}
	registered = &plugin{name, class, func(configuration []byte) (Engine, error) { return newEngine(configuration) }}
	proxywasm.SetVMContext(&vmContext{})
}

// vmContext makes a plugin context for each configuration that the VM is given.
type vmContext struct{ types.DefaultVMContext }

// NewPluginContext implements types.VMContext.
func (*vmContext) NewPluginContext(uint32) types.PluginContext {
	return &pluginContext{plugin: registered}
}
