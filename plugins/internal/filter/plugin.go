package filter

import (
	"errors"
	"strings"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/policy"
)

// pluginContext holds the engine made from one plugin configuration.
type pluginContext struct {
	types.DefaultPluginContext
	plugin *plugin
	engine Engine
	events *event.Config
	writer *event.Writer
	// line is used again for each event.
	line []byte
	// counters counts decisions by what they came to.
	counters map[event.Metric]proxywasm.MetricCounter
	// stream serves every stream: it keeps nothing between callbacks, so one is
	// enough and a request allocates none.
	stream streamContext
}

// OnPluginStart implements types.PluginContext. A configuration that the engine
// refuses keeps the plugin from starting: Envoy then keeps the one before, or
// does not open the listener.
func (p *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	configuration, err := proxywasm.GetPluginConfiguration()
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		p.log("config: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	engine, err := p.plugin.new(configuration)
	if err != nil {
		p.log(err.Error())
		return types.OnPluginStartStatusFailed
	}
	p.engine = engine
	p.events = engine.Events()
	p.writer = event.NewWriter(p.events, p.plugin.name, version)
	p.counters = make(map[event.Metric]proxywasm.MetricCounter)
	for _, metric := range event.Metrics(engine) {
		p.counters[metric] = proxywasm.DefineCounterMetric(metric.Name(p.plugin.name))
	}
	p.stream.pluginContext = p
	return types.OnPluginStartStatusOK
}

// NewHttpContext implements types.PluginContext.
func (p *pluginContext) NewHttpContext(uint32) types.HttpContext { return &p.stream }

// log writes what keeps the plugin from its work, each line on its own.
func (p *pluginContext) log(text string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		proxywasm.LogCritical(p.plugin.name + ": " + line)
	}
}

// record counts a decision and writes its event.
func (p *pluginContext) record(r *policy.Request, d *policy.Decision) {
	if counter, ok := p.counters[event.MetricOf(d)]; ok {
		counter.Increment(1)
	}
	if !p.events.Wants(d.Outcome) {
		return
	}
	e := event.New(r, d)
	e.Class = p.plugin.class
	e.IncidentID = r.IncidentID
	p.line = p.writer.Append(p.line[:0], &e)
	proxywasm.LogWarn(string(p.line))
}
