// Package background adapts engines that decide on the headers of a request and
// fetch what they need for it, such as an issuer's keys, to Proxy-Wasm. It is
// package filter with two more callbacks: the tick, and the answers to HTTP calls. A
// request that the engine lets wait is held, and the engine asked again after each
// answer, and at the latest when the request has waited as long as it may.
//
//	background.go  registering a plugin, and its tick
//	stream.go      one request: deciding, waiting, going on
//	calls.go       calls on the engine's behalf
package background

import (
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
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
	// request is used again for each request that does not wait.
	request policy.Request
	// waiting are the requests that are held, in the order in which they came.
	waiting []*stream
}

// maxWaiting is how many requests wait at a time on a worker thread. More are
// decided at once, as if they had waited long enough.
const maxWaiting = 4096

// OnPluginStart implements types.PluginContext.
func (p *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	engine, ok := host.Start(&p.Plugin, p.new)
	if !ok {
		return types.OnPluginStartStatusFailed
	}
	p.engine = engine
	if err := proxywasm.SetTickPeriodMilliSeconds(uint32(policy.TickPeriod / time.Millisecond)); err != nil {
		p.Log("tick: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

// OnTick implements types.PluginContext.
func (p *pluginContext) OnTick() {
	defer p.guard()
	now := sdkshim.Now()
	if now.IsZero() {
		return // a request says so
	}
	p.do(p.engine.Tick(now))
	p.again(now)
}

// guard is deferred by callbacks that are no request's. An engine that panics there
// has done what it could.
func (p *pluginContext) guard() {
	if recover() != nil {
		p.Log("the engine panicked between requests")
	}
}

// NewHttpContext implements types.PluginContext.
func (p *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &stream{plugin: p, id: contextID}
}
