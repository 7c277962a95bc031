// Package work does what an engine wants done beside the callbacks of its streams:
// its tick, its calls to other clusters, and letting requests wait for their answers
// or for a time.
//
//	work.go     the tick, and work as an engine asks for it
//	call.go     HTTP and gRPC calls, each with a deadline that is kept here
//	waiting.go  the requests that wait
//	timer.go    one tick for all deadlines
//
// An engine is called by a tick or by an answer of the proxy's, never while it is
// being called: a call that the proxy refuses is answered by a tick. It exports no
// callback: which ones a module has is up to the adapter it imports.
package work

import (
	"time"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// Worker does the work of one configured engine on one worker thread.
type Worker struct {
	id     uint32
	plugin *host.Plugin
	engine policy.Background
	timer  timer
	// tick is when the engine's next one is due.
	tick time.Duration
	room room
}

// New returns the worker of an engine. ContextID is that of the plugin context,
// which all calls belong to.
func New(contextID uint32, p *host.Plugin, engine policy.Background) *Worker {
	return &Worker{id: contextID, plugin: p, engine: engine, room: newRoom()}
}

// Start begins to tick.
func (w *Worker) Start() error {
	w.tick = Monotonic() + policy.TickPeriod
	return w.timer.start()
}

// Tick is the proxy's tick: what is due is done, of which the engine's own tick is
// one.
func (w *Worker) Tick() {
	now := sdkshim.Now()
	if now.IsZero() {
		return // a request says so
	}
	at := Monotonic()
	for a := w.timer.due(at); a != nil; a = w.timer.due(at) {
		a.owner.ring(now)
	}
	if w.tick < at+resolution {
		w.tick = at + policy.TickPeriod
		w.Do(w.ticked(now))
		// The engine may have learnt from other threads what they wait for.
		w.wake(&w.room.any, now)
	}
	w.timer.arm(at, w.tick)
}

func (w *Worker) ticked(now time.Time) policy.Work {
	defer w.guard()
	return w.engine.Tick(now)
}

// Do does what an engine asks for. It does not call the engine.
func (w *Worker) Do(work policy.Work) {
	w.plugin.Report(&work)
	for i := range work.Calls {
		w.call(&work.Calls[i])
	}
}

// guard is deferred by what calls the engine for no request. An engine that panics
// there has done what it could.
func (w *Worker) guard() {
	if recover() != nil {
		w.plugin.Log("the engine panicked between requests")
	}
}
