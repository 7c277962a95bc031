// Package pipeline makes one inspector of several plugins, which see a stream one after
// the other as if each were attached to the proxy on its own: a request in their order,
// its response in the opposite one. The first denial is final, and runs back through the
// other plugins that have seen the request, as an answer of a filter does.
//
// The headers are read once, bodies held once, and what one plugin hands on the next has
// without asking the proxy. A message in order, with one file for each part:
//
//	pipeline.go   the plugins, and what they do between streams
//	inspection.go one stream, as the adapter sees it
//	flow.go       a message on its way through the plugins: its headers
//	body.go       the same: its body, piece by piece
//	reply.go      a denial on its way back
//	attributes.go what one plugin hands on to the next
//	header.go     an engine of headers as an inspection
//	calls.go      the calls that plugins wait for
package pipeline

import (
	"time"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/policy"
)

// Engine is what every plugin tells of its decisions.
type Engine interface {
	Reasons(policy.Outcome) []policy.Reason
	// Events is what the configuration says of events.
	Events() *event.Config
}

// Stage is one plugin of a pipeline.
type Stage struct {
	// Name is the plugin's, such as "waf", for its metrics and events.
	Name string
	// Class is the one of its events.
	Class event.Class
	// Engine is a policy.Inspector or a policy.Engine.
	Engine Engine
}

// Pipeline is an inspector made of stages. It is not for use by two goroutines at a time.
type Pipeline struct {
	stages []Stage
	// inspectors are the stages', or of their engines.
	inspectors []policy.Inspector
	// counters is where the counters of each stage begin among all.
	counters []int
	// holders tells of each stage whether it may hold the headers of requests.
	holders []bool
	calls   calls
	host    policy.Host
}

// New makes a pipeline of stages in the order in which a request comes to them.
func New(stages []Stage) *Pipeline {
	p := &Pipeline{stages: stages, calls: newCalls(), counters: make([]int, len(stages))}
	for _, s := range stages {
		inspector, ok := s.Engine.(policy.Inspector)
		if !ok {
			inspector = headers{s.Engine.(policy.Engine)}
		}
		p.inspectors = append(p.inspectors, inspector)
		holder, ok := s.Engine.(policy.HeaderHolder)
		p.holders = append(p.holders, ok && holder.HoldsHeaders())
	}
	return p
}

// Members are the stages as metrics and events name them. It is called once, when the
// engines have been given the host and the environment: their counters may follow from it.
func (p *Pipeline) Members() []event.Member {
	members := make([]event.Member, len(p.stages))
	total := 0
	for i, s := range p.stages {
		members[i] = event.Member{Name: s.Name, Class: s.Class, Engine: s.Engine}
		p.counters[i] = total
		if c, ok := s.Engine.(policy.Counters); ok {
			total += len(c.Counters())
		}
	}
	return members
}

// Reasons implements policy.Inspector: the stages have theirs.
func (p *Pipeline) Reasons(policy.Outcome) []policy.Reason { return nil }

// Events returns that nothing is written but what the stages want.
func (p *Pipeline) Events() *event.Config { return &event.Config{Write: "none"} }

// Inspect implements policy.Inspector.
func (p *Pipeline) Inspect() policy.Inspection { return newInspection(p) }

// UseHost implements policy.Hosted.
func (p *Pipeline) UseHost(h policy.Host) {
	p.host = h
	for _, s := range p.stages {
		if hosted, ok := s.Engine.(policy.Hosted); ok {
			hosted.UseHost(h)
		}
	}
}

// StageError is an error of the engine of a stage.
type StageError struct {
	// Stage is its place, from 0.
	Stage int
	Err   error
}

// Error returns that of the engine.
func (e *StageError) Error() string { return e.Err.Error() }

// Unwrap returns the engine's error.
func (e *StageError) Unwrap() error { return e.Err }

// UseEnvironment implements policy.Configured. An error is a [*StageError], of the first
// stage that has one.
func (p *Pipeline) UseEnvironment(lookup func(name string) (value string, ok bool)) error {
	for i, s := range p.stages {
		if configured, ok := s.Engine.(policy.Configured); ok {
			if err := configured.UseEnvironment(lookup); err != nil {
				return &StageError{i, err}
			}
		}
	}
	return nil
}

// Tick implements policy.Background.
func (p *Pipeline) Tick(now time.Time) policy.Work {
	var w policy.Work
	for i, s := range p.stages {
		if b, ok := s.Engine.(policy.Background); ok {
			work := b.Tick(now)
			p.add(&w, i, &work)
		}
	}
	return w
}

// Answer implements policy.Background.
func (p *Pipeline) Answer(now time.Time, a *policy.Answer) policy.Work {
	var w policy.Work
	c, ok := p.calls.end(a.ID)
	if !ok {
		return w
	}
	b, ok := p.stages[c.stage].Engine.(policy.Background)
	if !ok {
		return w
	}
	of := *a
	of.ID = c.id
	work := b.Answer(now, &of)
	p.add(&w, c.stage, &work)
	return w
}

// add adds what a stage wants done to w.
func (p *Pipeline) add(w *policy.Work, stage int, of *policy.Work) {
	for _, c := range of.Calls {
		c.ID = p.calls.begin(call{stage, c.ID})
		w.Calls = append(w.Calls, c)
	}
	for _, m := range of.Messages {
		w.Messages = append(w.Messages, p.stages[stage].Name+": "+m)
	}
	for _, n := range of.Count {
		w.Count = append(w.Count, p.counters[stage]+n)
	}
}

// holdsFrom tells whether a stage from the n-th on may hold headers.
func (p *Pipeline) holdsFrom(n int) bool {
	for _, holds := range p.holders[n:] {
		if holds {
			return true
		}
	}
	return false
}
