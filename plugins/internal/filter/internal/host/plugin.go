package host

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// Engine is what every engine tells of its decisions.
type Engine interface {
	// Reasons is the closed set of reasons for an outcome.
	Reasons(policy.Outcome) []policy.Reason
	// Events is what the configuration says of events. It is read once.
	Events() *event.Config
}

// Plugin reports the decisions of one configured engine.
type Plugin struct {
	reporter
	// redactor hides what nothing that the plugin writes may tell.
	redactor event.Redactor
	// line is used again for each event.
	line []byte
	// more is what the engine counts besides decisions.
	more []proxywasm.MetricCounter
	// members are the plugins that a composite engine is made of, nil for any other.
	members []reporter
}

// reporter reports under the name of one plugin.
type reporter struct {
	name   string
	class  event.Class
	events *event.Config
	writer *event.Writer
	// counters count decisions by what they came to.
	counters []counter
}

// composite is an engine that is made of several plugins: policy.Composite is its
// inspection.
type composite interface{ Members() []event.Member }

// counter is that of a metric. There are few, and those of what is allowed stand
// first.
type counter struct {
	metric event.Metric
	proxywasm.MetricCounter
}

// NewPlugin returns a plugin of this name whose events are of this class.
func NewPlugin(name string, class event.Class) Plugin {
	return Plugin{reporter: reporter{name: name, class: class}}
}

// Start reads the plugin configuration and makes an engine of it with newEngine,
// whose error goes to the log, as does that of reading. Without an engine the
// plugin must not start: Envoy then keeps the one before, or does not open the
// listener.
func Start[E Engine](p *Plugin, newEngine func(configuration []byte) (E, error)) (engine E, ok bool) {
	configuration, err := proxywasm.GetPluginConfiguration()
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		p.Log("config: " + err.Error())
		return engine, false
	}
	engine, err = newEngine(configuration)
	if err != nil {
		p.Log(err.Error())
		return engine, false
	}
	if configured, ok := any(engine).(policy.Configured); ok {
		if err := configured.UseEnvironment(os.LookupEnv); err != nil {
			p.Log(err.Error())
			return engine, false
		}
	}
	if hosted, ok := any(engine).(policy.Hosted); ok {
		hosted.UseHost(lent{})
	}
	p.more, p.members = nil, nil
	c, ok := any(engine).(composite)
	if !ok {
		p.define(&p.reporter, engine)
		return engine, true
	}
	for _, m := range c.Members() {
		p.members = append(p.members, reporter{name: m.Name, class: m.Class})
		p.define(&p.members[len(p.members)-1], m.Engine)
	}
	return engine, true
}

// define makes the writer and the metrics of an engine.
func (p *Plugin) define(r *reporter, engine Engine) {
	r.events = engine.Events()
	r.writer = event.NewWriter(r.events, r.name, version, &p.redactor)
	r.counters = nil
	for _, metric := range event.Metrics(engine) {
		r.counters = append(r.counters, counter{metric, proxywasm.DefineCounterMetric(metric.Name(r.name))})
	}
	if c, ok := engine.(policy.Counters); ok {
		for _, name := range c.Counters() {
			p.more = append(p.more, proxywasm.DefineCounterMetric(event.CounterName(r.name, name)))
		}
	}
}

// Log writes what keeps the plugin from its work, each line on its own, redacted as
// events are.
func (p *Plugin) Log(text string) {
	text = p.redactor.Text(text)
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		proxywasm.LogCritical(p.name + ": " + line)
	}
}

// Count counts a decision by what it came to.
func (r *reporter) Count(d *policy.Decision) {
	metric := event.MetricOf(d)
	for i := range r.counters {
		if r.counters[i].metric == metric {
			r.counters[i].Increment(1)
			return
		}
	}
}

// Record counts a decision on a request's headers and writes its event.
func (p *Plugin) Record(r *policy.Request, d *policy.Decision) {
	p.Count(d)
	p.CountMore(d)
	record := Record{Time: r.Now}
	if d.Outcome != policy.Allow && d.Mode != policy.Shadow {
		record.Status = d.Response.Status
	}
	p.Write(r, d, record)
}

// Forward lets a request go on, changed as an Allow says. In shadow mode what is
// handed on is handed on, so that later filters can be tried as well. What it
// returns says why it could not, "" if it could.
func (p *Plugin) Forward(d *policy.Decision) (fault string) {
	if fault := p.SetProperties(d.Properties); fault != "" || d.Mode == policy.Shadow {
		return fault
	}
	return ChangeRequest(d)
}

// Report logs and counts what an engine says of its work between requests. The
// messages are redacted as events are.
func (p *Plugin) Report(w *policy.Work) {
	for _, message := range w.Messages {
		proxywasm.LogWarn(p.name + ": " + p.redactor.Text(message))
	}
	p.count(w.Count)
}

// CountMore counts what else the engine has a decision count.
func (p *Plugin) CountMore(d *policy.Decision) { p.count(d.Count) }

func (p *Plugin) count(indexes []int) {
	for _, i := range indexes {
		if i >= 0 && i < len(p.more) {
			p.more[i].Increment(1)
		}
	}
}

// Record is what an event has of its decision's circumstances.
type Record struct {
	// Time is when it was made.
	Time time.Time
	// Status is the HTTP status that the client gets, 0 if the stream goes on.
	Status int
	// Denial is the how manyth denial of its stream it is, 0 for none.
	Denial int
}

// Write writes the event of a decision, if the configuration wants it.
func (p *Plugin) Write(r *policy.Request, d *policy.Decision, record Record) {
	if !p.events.Wants(d) {
		return
	}
	e := p.describe(r, d, record)
	p.write(&p.reporter, &e)
}

func (w *reporter) describe(r *policy.Request, d *policy.Decision, record Record) event.Event {
	e := event.New(r, d)
	e.Time, e.Status, e.Denial = record.Time, record.Status, record.Denial
	e.Class = w.class
	e.IncidentID = r.IncidentID
	return e
}

func (p *Plugin) write(r *reporter, e *event.Event) {
	p.line = r.writer.Append(p.line[:0], e)
	proxywasm.LogWarn(string(p.line))
}

// internalServerError is the HTTP status of a request that could not be judged.
const internalServerError = 500

// Answer answers in place of the upstream as a decision says, and tells whether
// that is on its way. If not, the callback must pause the stream.
func (p *Plugin) Answer(d *policy.Decision) bool {
	headers := make([][2]string, len(d.Response.Headers))
	for i, h := range d.Response.Headers {
		headers[i] = [2]string{h.Name, h.Value}
	}
	name := p.name
	if by := decider(d); by >= 0 {
		name = p.members[by].name
	}
	return p.respond(sdkshim.LocalResponse{Status: d.Response.Status, Headers: headers, Body: d.Response.Body}, name, string(d.Reason))
}

// Fail is Answer for a stream that could not be judged, and logs why.
func (p *Plugin) Fail(why string) bool {
	p.Log(why + ": request refused")
	return p.respond(sdkshim.LocalResponse{Status: internalServerError}, p.name, "internal")
}

// respond makes the response code details of the proxy's access log
// "gatehouse.jwt-audience.token_expired", say.
func (p *Plugin) respond(r sdkshim.LocalResponse, name, reason string) bool {
	if r.Status < 200 || r.Status > 599 {
		r.Status = internalServerError
	}
	r.Details = "gatehouse." + name + "." + reason
	if err := sdkshim.SendLocalResponse(r); err != nil {
		p.Log("local response: " + err.Error())
		return false
	}
	return true
}

// SetProperties hands values on to later filters and to access logs. What it
// returns says why it could not, "" if it could.
func (p *Plugin) SetProperties(properties []policy.Property) (fault string) {
	for _, property := range properties {
		if err := proxywasm.SetProperty([]string{property.Name}, property.Value); err != nil {
			return "property " + property.Name + ": " + err.Error()
		}
	}
	return ""
}
