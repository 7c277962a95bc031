// Package background adapts engines that decide on the headers of a request and
// fetch what they need for it, such as an issuer's keys, to Proxy-Wasm. It is
// package filter with more callbacks: the tick, and the answers to HTTP and gRPC
// calls. A request that the engine lets wait is held, and the engine asked again
// when the answer has come that it waits for, and at the latest when it has waited
// as long as it may. One that waits for any answer is asked about after each tick
// of the engine too.
//
//	background.go  registering a plugin
//	stream.go      one request: deciding, waiting, going on
package background

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/filter/internal/work"
	"gatehouse/plugins/internal/policy"
	_ "gatehouse/sdkshim/callback/grpccall"
	_ "gatehouse/sdkshim/callback/httpcall"
	_ "gatehouse/sdkshim/callback/requestheaders"
	_ "gatehouse/sdkshim/callback/tick"
)

// Engine is an engine that works between requests and says which of its decisions
// become events.
type Engine interface {
	policy.Engine
	policy.Background
	// Events is what the configuration says of events. It is read once.
	Events() *event.Config
}

// Register makes the engine that newEngine returns the plugin of this module, as
// filter.Register does. A module has one plugin.
func Register[E Engine](name string, class event.Class, newEngine func(configuration []byte) (E, error)) {
	host.RegisterContexts(name, func(contextID uint32) types.PluginContext {
		return &pluginContext{
			Plugin: host.NewPlugin(name, class),
			id:     contextID,
			new:    func(configuration []byte) (Engine, error) { return newEngine(configuration) },
		}
	})
}

// pluginContext holds the engine made from one plugin configuration.
type pluginContext struct {
	types.DefaultPluginContext
	host.Plugin
	id     uint32
	new    func(configuration []byte) (Engine, error)
	engine Engine
	worker *work.Worker
	// request is used again for each request that does not wait.
	request policy.Request
}

// OnPluginStart implements types.PluginContext.
func (p *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	engine, ok := host.Start(&p.Plugin, p.new)
	if !ok {
		return types.OnPluginStartStatusFailed
	}
	p.engine = engine
	p.worker = work.New(p.id, &p.Plugin, engine)
	if err := p.worker.Start(); err != nil {
		p.Log("tick: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

// OnTick implements types.PluginContext.
func (p *pluginContext) OnTick() { p.worker.Tick() }

// NewHttpContext implements types.PluginContext.
func (p *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &stream{plugin: p, id: contextID}
}
