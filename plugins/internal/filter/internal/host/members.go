package host

import (
	"slices"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/policy"
)

// Chronicle is what the members of a composite decided on one stream. It is kept until
// the stream is over, when it becomes one event.
type Chronicle struct {
	// denials are how many each member has made, those in shadow mode included.
	denials []int
	entries []entry
}

// entry is a decision that its member wants written.
type entry struct {
	member int
	rank   rank
	event  event.Event
}

// rank orders decisions by what an operator wants to hear first.
type rank uint8

const (
	allowed rank = iota
	notable
	wouldDeny
	denied
)

// decider is the member whose denial is the answer, -1 if the engine is not composite.
func decider(d *policy.Decision) int {
	for i := len(d.Parts) - 1; i >= 0; i-- {
		if part := &d.Parts[i]; part.Outcome == policy.Deny && part.Mode != policy.Shadow {
			return part.Plugin
		}
	}
	return -1
}

// Enter counts what a member decided and keeps what it wants written, as Count and Write
// do for an engine that is not composite: of denials the first alone is counted, unless it
// takes effect, and what is allowed when the member is done, if it denied nothing.
func (p *Plugin) Enter(c *Chronicle, r *policy.Request, part *policy.Part, record Record) {
	if c.denials == nil {
		c.denials = make([]int, len(p.members))
	}
	m, denials := &p.members[part.Plugin], &c.denials[part.Plugin]
	d := &part.Decision
	switch {
	case d.Outcome == policy.Deny:
		if part.Done {
			d.Mode = policy.Shadow
		}
		*denials++
		record.Denial = *denials
		if *denials == 1 || d.Mode == policy.Enforce {
			m.Count(d)
		}
	case !part.Done || *denials > 0 || d.Reason == "":
		return
	default:
		m.Count(d)
	}
	if !m.events.Wants(d) {
		return
	}
	e := entry{member: part.Plugin, event: m.describe(r, d, record)}
	switch {
	case d.Outcome == policy.Deny && d.Mode == policy.Enforce:
		e.rank = denied
	case d.Outcome == policy.Deny:
		e.rank = wouldDeny
	case d.Notable:
		e.rank = notable
	}
	e.event.Findings, e.event.Sightings = slices.Clone(d.Findings), slices.Clone(d.Sightings)
	c.entries = append(c.entries, e)
}

// Publish writes the event of a stream, if a member wants one, and forgets the stream: that
// of the gravest decision, the first of several, with the others in it.
func (p *Plugin) Publish(c *Chronicle) {
	if len(c.entries) > 0 {
		first := 0
		for i := range c.entries {
			if c.entries[i].rank > c.entries[first].rank {
				first = i
			}
		}
		e := &c.entries[first].event
		for i := range c.entries {
			if i != first {
				e.Others = append(e.Others, event.Other{Plugin: p.members[c.entries[i].member].name, Event: c.entries[i].event})
			}
		}
		p.write(&p.members[c.entries[first].member], e)
	}
	clear(c.denials)
	clear(c.entries)
	c.entries = c.entries[:0]
}
