// Package filter adapts engines that decide on the headers of a request to
// Proxy-Wasm: it reads what an engine sees from the host, carries out what the
// engine decides, and writes the event and the metric of the decision. For
// engines that see bodies and responses there is package inspect below it. These
// two and what they share are the only packages of the plugins that touch the SDK
// and the shim, and they decide nothing themselves, but for one thing: what they
// cannot judge, they refuse.
package filter

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/internal/host"
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

// Register makes the engine that newEngine returns the plugin of this module,
// under the name that its events, metrics and log lines carry. newEngine's error
// is written to the proxy's log as it is, so it names what is wrong with a
// configuration and never a value of it. Register is called once, from an init
// function, because a reactor module has no other start.
func Register[E Engine](name string, class event.Class, newEngine func(configuration []byte) (E, error)) {
	host.Register(name, func() types.PluginContext {
		return &pluginContext{
			Plugin: host.NewPlugin(name, class),
			new:    func(configuration []byte) (Engine, error) { return newEngine(configuration) },
		}
	})
}
