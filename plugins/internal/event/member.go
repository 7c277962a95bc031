package event

import "gatehouse/plugins/internal/policy"

// Member is a plugin of several that are one to the proxy: each is named on its own in
// metrics and events.
type Member struct {
	// Name is the plugin's, such as "jwt-audience".
	Name string
	// Class is the one of its events.
	Class Class
	// Engine says what it decides and what of it is written.
	Engine interface {
		Reasons(policy.Outcome) []policy.Reason
		Events() *Config
	}
}

// Other is what another plugin decided on the stream that an event is about.
type Other struct {
	// Plugin is its name.
	Plugin string
	Event
}

// maxOthers is how many decisions of other plugins an event has at most.
const maxOthers = 8

// others writes what other plugins decided, each as unmapped has it of the first.
func (w *Writer) others(l *line, e *Event) {
	if len(e.Others) == 0 {
		return
	}
	l.list("others")
	for i := range e.Others[:min(len(e.Others), maxOthers)] {
		o := &e.Others[i]
		l.item()
		l.text("plugin", o.Plugin, maxID)
		w.decision(l, &o.Event)
		l.text("policy", o.Policy, maxPolicy)
		if o.Denial > 1 {
			l.integer("denial", int64(o.Denial))
		}
		w.findings(l, &o.Event)
		w.sightings(l, &o.Event)
		l.close()
	}
	l.closeArray()
	if more := len(e.Others) - maxOthers; more > 0 {
		l.integer("others_omitted", int64(more))
	}
}

// decision writes what was decided.
func (w *Writer) decision(l *line, e *Event) {
	l.text("mode", e.Mode.String(), maxID)
	l.text("outcome", e.Outcome.String(), maxID)
	l.text("reason", string(e.Reason), maxID)
	l.text("route", e.Route, maxRoute)
}
