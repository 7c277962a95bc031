package redact

import (
	"bytes"
	"slices"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/format"
)

// visitor decides about the values of one message. It is a format.Visitor for its body.
type visitor struct {
	rule *rule
	// place is the body's name in sightings.
	place string
	// open has for each target of the rule whether who asks may see it as it is.
	open []bool
	// events says that the body is server-sent events.
	events bool
	// subject is whose data it is taken for.
	subject string
	// within are the containers around the value that a field stands for, outermost
	// first.
	within []container
	// seen is how much of the next window of a long text is settled.
	seen int
	// touched has the counters of what was changed, each once, and sightings where it was.
	touched   []int
	sightings *sightings
	// pass tells that a find of a kind is not to be changed: it is not sure enough, or who
	// asks may see it.
	pass func(detect.Kind, uint8) bool
	*scratch
}

// scratch is memory that a visitor needs during a call only.
type scratch struct {
	spans []detect.Span
	// path is a place in a body, text a header field's value, number one that is spelled
	// plainly, and buffer what is compared.
	path, text, number, buffer []byte
}

// container is a container that a field stands for: what is in it is deeper.
type container struct{ depth, target int }

// newVisitor returns the visitor of a message that somebody asks for, nil for nobody.
func newVisitor(r *rule, place string, who *identity.Identity, s *sightings, memory *scratch) visitor {
	v := visitor{rule: r, place: place, sightings: s, scratch: memory, open: r.closed, pass: r.pass}
	if who == nil {
		return v
	}
	v.subject = who.Subject
	for i := range r.targets {
		if !r.targets[i].unless.met(who) {
			continue
		}
		if &v.open[0] == &r.closed[0] {
			v.open = make([]bool, len(r.targets))
			v.pass = r.passes(v.open)
		}
		v.open[i] = true
	}
	return v
}

// passes returns what tells that a find is not to be changed: it is not sure enough, or
// its target is open.
func (r *rule) passes(open []bool) func(detect.Kind, uint8) bool {
	return func(kind detect.Kind, confidence uint8) bool {
		at := r.found[kind]
		return confidence < r.targets[at].least || open[at]
	}
}

// hidden stands in place of a value that a transform does not take: a date that is
// none, a number that is no age, a text too long to be looked at whole.
const hidden = "***"

// none is the place of no target.
const none = -1

// field returns the place of the target of the first field that stands for the path or
// for a container around it.
func (v *visitor) field(p *format.Path) int {
	depth := p.Depth()
	for n := len(v.within); n > 0 && v.within[n-1].depth >= depth; n-- {
		v.within = v.within[:n-1]
	}
	first := none
	if at := p.Matched(0); at >= 0 {
		first = v.rule.patterns[at]
	}
	if p.Attribute() {
		// It is in its element, which is no container if there is nothing else in it.
		if at := p.MatchedAround(0); at >= 0 && (first < 0 || v.rule.patterns[at] < first) {
			first = v.rule.patterns[at]
		}
	}
	if n := len(v.within); n > 0 && (first < 0 || v.within[n-1].target < first) {
		first = v.within[n-1].target
	}
	return first
}

// count has the counter of a target count the stream.
func (v *visitor) count(t *target) {
	if !slices.Contains(v.touched, t.counter) {
		v.touched = append(v.touched, t.counter)
	}
}

// touch notes that something was changed at a path.
func (v *visitor) touch(t *target, p *format.Path) {
	v.count(t)
	v.path = appendPath(v.path[:0], p)
	v.sightings.note(t, v.place, v.path)
}

// Container implements format.Visitor. A transform is for what is in a container; a
// container that is to go goes whole.
func (v *visitor) Container(p *format.Path, _ format.Kind, _ *format.Edit) format.Verdict {
	at := v.field(p)
	if at == none {
		return format.Keep
	}
	t := &v.rule.targets[at]
	if v.open[at] || t.verdict == format.Splice {
		v.within = append(v.within, container{p.Depth(), at})
		return format.Keep
	}
	v.touch(t, p)
	return t.verdict
}

// Name implements format.Visitor: personal data stands in names too.
func (v *visitor) Name(p *format.Path, text []byte, e *format.Edit) format.Verdict {
	return v.search(p, "", text, e)
}

// Value implements format.Visitor.
func (v *visitor) Value(p *format.Path, k format.Kind, text []byte, e *format.Edit) format.Verdict {
	if at := v.field(p); at != none && !v.open[at] {
		return v.change(&v.rule.targets[at], p, k, text, e)
	}
	if v.hides(k, text, e) {
		return format.Block
	}
	if v.rule.set == nil || k == format.True || k == format.False || k == format.Null {
		return format.Keep
	}
	if k == format.Number {
		// Readers make the same number of one that is written with an exponent.
		if plain, ok := format.AppendPlain(v.number[:0], text); ok {
			v.number = plain
			verdict := v.search(p, p.Field(), plain, e)
			if verdict == format.Splice {
				e.Whole(plain)
				verdict = format.Replace
			}
			return verdict
		}
	}
	return v.search(p, p.Field(), text, e)
}

// hides tells whether a text may hold fields and escapes that nobody looks into: the
// data of an event that begins as JSON and is none, and JSON in a string that is too
// long to be read as what it is. They do not pass. JSON that comes in pieces, as the
// arguments of a language model's tools do, passes where no fields are to be changed
// in it or the rule lets pass what is not read.
func (v *visitor) hides(k format.Kind, text []byte, e *format.Edit) bool {
	if k == format.Text && !v.events || k == format.String && !(e.More && e.Part == 0) || k != format.Text && k != format.String {
		return false
	}
	if e.Running && (v.rule.unread || len(v.rule.patterns) == 0) {
		return false
	}
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) > 1 && text[0] == '"' {
		text = text[1:]
	}
	// "[DONE]", with which streams of language models end, has no members.
	return len(text) > 0 && (text[0] == '{' || text[0] == '[' && (e.More || bytes.IndexByte(text, '{') > 0))
}

// change changes a value whole.
func (v *visitor) change(t *target, p *format.Path, k format.Kind, text []byte, e *format.Edit) format.Verdict {
	if (k == format.Null || len(text) == 0 && !e.More && e.Part == 0 && t.verdict == format.Splice) && t.verdict != format.Drop {
		return format.Keep // there is nothing to hide
	}
	v.touch(t, p)
	if t.verdict != format.Splice {
		return t.verdict
	}
	// How long a mask is would tell one of two values from the other.
	if e.More || t.word == "mask" && (k == format.True || k == format.False) {
		e.Out = append(e.Out, hidden...)
		return format.Replace
	}
	e.Out = v.transform(e.Out, t, text)
	return format.Replace
}

// transform appends what a value becomes.
func (v *visitor) transform(dst []byte, t *target, text []byte) []byte {
	out, err := t.transform.Apply(dst, text, v.subject)
	if err != nil {
		return append(dst, hidden...)
	}
	return out
}

// search changes what is found in a text.
func (v *visitor) search(p *format.Path, field string, text []byte, e *format.Edit) format.Verdict {
	if v.rule.set == nil {
		return format.Keep
	}
	if e.Running {
		v.seen = e.Seen
	} else if e.Part == 0 {
		v.seen = 0
	}
	var settled int
	v.spans, settled = v.rule.set.Find(v.spans[:0], text, detect.Context{Field: field, Seen: v.seen, Pass: v.pass}, !e.More)
	verdict, last := format.Keep, 0
	for _, span := range v.spans {
		at := v.rule.found[span.Kind]
		t := &v.rule.targets[at]
		if v.pass(span.Kind, span.Confidence) || v.sealed(text, span) {
			continue
		}
		v.touch(t, p)
		switch {
		case t.verdict == format.Block || t.verdict == format.Nullify && span.Start == 0 && span.End == len(text) && !e.More:
			return t.verdict
		case t.verdict == format.Drop && span.Start == 0 && span.End == len(text) && !e.More && e.Part == 0:
			return format.Drop
		}
		from := len(e.Out)
		if t.verdict == format.Splice {
			e.Out = v.transform(e.Out, t, text[span.Start:span.End])
		}
		e.Cut(span.Start, span.End, from)
		verdict, last = format.Splice, span.End
	}
	switch {
	case e.Running && e.More:
		e.Settled = max(last, settled)
	case e.More:
		// What is shown again lets detectors look back; what was cut must not be.
		e.Settled = max(last, settled-v.rule.set.Look())
		v.seen = settled - e.Settled
	}
	return verdict
}
