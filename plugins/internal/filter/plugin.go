package filter

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
)

// pluginContext holds the engine made from one plugin configuration.
type pluginContext struct {
	types.DefaultPluginContext
	host.Plugin
	new    func(configuration []byte) (Engine, error)
	engine Engine
	// stream serves every stream: it keeps nothing between callbacks, so one is
	// enough and a request allocates none.
	stream streamContext
}

// OnPluginStart implements types.PluginContext.
func (p *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	engine, ok := host.Start(&p.Plugin, p.new)
	if !ok {
		return types.OnPluginStartStatusFailed
	}
	p.engine = engine
	p.stream.pluginContext = p
	return types.OnPluginStartStatusOK
}

// NewHttpContext implements types.PluginContext.
func (p *pluginContext) NewHttpContext(uint32) types.HttpContext { return &p.stream }
