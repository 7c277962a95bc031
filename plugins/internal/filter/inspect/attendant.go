package inspect

import (
	"time"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
)

// Attendant does what an inspector wants done beside the callbacks of its streams.
// It is package work's Worker where package background, below this one, registers
// the inspector; a module that registers here links none of it.
//
// It is given values: a decision whose address it were given would be allocated.
type Attendant interface {
	// Start begins to tick, and Tick is the proxy's tick.
	Start() error
	Tick()
	// Do does what a decision asks for besides. It does not call the inspector.
	Do(policy.Work)
	// Elapsed, Full and Hold are for streams that wait: see package work.
	Elapsed() time.Duration
	Full() bool
	Hold(s host.Stream, contextID uint32, since time.Duration, call uint64, atMost time.Duration) host.Held
}

// Attend makes the attendant of an inspector. ContextID is that of the plugin
// context.
type Attend func(contextID uint32, p *host.Plugin, i Inspector) Attendant

// attend does the work that a decision asks for.
func (p *pluginContext) attend(w *policy.Work) {
	if p.attendant != nil && len(w.Calls)+len(w.Messages)+len(w.Count) > 0 {
		p.attendant.Do(*w)
	}
}

// OnTick implements types.PluginContext.
func (p *pluginContext) OnTick() {
	if p.attendant != nil {
		p.attendant.Tick()
	}
}
