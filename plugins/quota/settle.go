package quota

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"gatehouse/plugins/internal/policy"
)

// settling is what is still to be counted of a stream after its request was let
// through: bytes, and what the response says it has cost.
type settling struct {
	// announced is the length of the request's body by its headers, -1 if they do not
	// say; sent and received are what has passed of the bodies.
	announced, sent, received int64
	// unpaid are bytes that passed and are not counted yet.
	unpaidSent, unpaidReceived int64
	// reads says that a limit looks for a number in the response's body.
	reads bool
	usage usage
}

// begin looks at the request's headers.
func (w *settling) begin(headers policy.Headers, end bool) {
	w.announced = contentLength(headers)
	if end {
		w.announced = 0
	}
}

// whole is told of a request's body that was held. What is longer than was held has
// said so, or nobody knows how long it is.
func (w *settling) whole(body []byte) {
	w.announced = max(w.announced, int64(len(body)))
	w.sent, w.unpaidSent = w.announced, w.announced
}

// watches says what is to be seen of the request's body.
func (s *inspection) watches() policy.BodyNeed {
	if s.settles.sent > 0 {
		return policy.BodyNone // it has been seen
	}
	for i := range s.taken {
		t := &s.taken[i]
		if t.held > 0 && t.rule.request || t.result.Allowed && t.rule.cost.BytesPerUnit > 0 && s.settles.announced < 0 {
			return policy.BodySizes
		}
	}
	return policy.BodyNone
}

// wantsResponse tells whether the response says something that is needed.
func (s *inspection) wantsResponse() bool {
	wants := s.inspector.config.Answer.FieldsOn == "all" && s.inspector.config.Answer.Fields != "none"
	for i := range s.taken {
		t := &s.taken[i]
		if !t.result.Allowed {
			continue
		}
		settle := t.rule.cost.Settle
		if settle != nil && settle.Body != "" {
			s.settles.reads = true
		}
		wants = wants || t.rule.count != nil || t.rule.response || settle != nil
	}
	return wants
}

// chargeAt is how many bytes pass until they are counted, so that a long body counts
// while it lasts.
const chargeAt = 64 << 10

// RequestPiece implements policy.Watcher.
func (s *inspection) RequestPiece(_ []byte, size int, end bool) {
	w := &s.settles
	w.sent += int64(size)
	w.unpaidSent += int64(size)
	if w.unpaidSent >= chargeAt || end {
		s.payBytes(s.now())
	}
}

// ResponseHeaders implements policy.Inspection.
func (s *inspection) ResponseHeaders(r *policy.ResponseHead, end bool) policy.Decision {
	if s.over {
		return policy.Decision{Outcome: policy.Allow, Mode: s.mode(), Reason: s.reason}
	}
	sizes, pieces := false, false
	for i := range s.taken {
		t := &s.taken[i]
		if !t.result.Allowed {
			continue
		}
		if t.rule.count != nil && !t.rule.count.has(r.Status) {
			s.give(t, t.held, r.Now)
		}
		sizes = sizes || t.rule.response
		settle := t.rule.cost.Settle
		switch {
		case settle == nil:
		case settle.Header != "":
			if text, ok := r.Headers.First(string(settle.Header)); ok {
				if n, ok := number(text); ok {
					s.settle(t, n, r.Now)
				}
			}
		case settle.BytesPerUnit > 0:
			sizes = true
		default:
			s.settles.usage.look(string(settle.Body))
			pieces = true
		}
	}
	d := s.decision(policy.Decision{Outcome: policy.Allow})
	if s.inspector.config.Answer.FieldsOn == "all" {
		d.SetHeaders = s.fields(nil)
	}
	switch {
	case end:
	case pieces && s.settles.usage.begin(r.Headers):
		d.Body = policy.BodyPieces
	case sizes:
		d.Body = policy.BodySizes
	}
	return d
}

// ResponseBody implements policy.Inspection. Nothing asks for the whole of one.
func (s *inspection) ResponseBody([]byte, bool) policy.Decision {
	return s.decision(policy.Decision{Outcome: policy.Allow})
}

// ResponsePiece implements policy.Watcher.
func (s *inspection) ResponsePiece(piece []byte, size int, end bool) {
	w := &s.settles
	w.received += int64(size)
	w.unpaidReceived += int64(size)
	if w.reads && piece != nil {
		w.usage.read(piece)
	}
	if w.unpaidReceived >= chargeAt || end {
		s.payBytes(s.now())
	}
}

// payBytes counts bytes that passed.
func (s *inspection) payBytes(now time.Time) {
	w := &s.settles
	for i := range s.taken {
		t := &s.taken[i]
		if !t.result.Allowed {
			continue
		}
		n := int64(0)
		if t.rule.request {
			n += w.unpaidSent
		}
		if t.rule.response {
			n += w.unpaidReceived
		}
		if n > 0 {
			n, t.ahead = n-t.ahead, 0
		}
		s.charge(t, n, now)
	}
	w.unpaidSent, w.unpaidReceived = 0, 0
}

// settle makes a request cost what its response says.
func (s *inspection) settle(t *taken, cost int64, now time.Time) {
	if cost > t.held {
		s.charge(t, cost-t.held, now)
	} else {
		s.give(t, t.held-cost, now)
	}
}

// lasts tells whether something is to be counted when the stream is over.
func (s *inspection) lasts() bool {
	for i := range s.taken {
		t := &s.taken[i]
		if t.rule.inFlight || t.rule.request || t.rule.response || t.rule.cost.BytesPerUnit > 0 || t.rule.cost.Settle != nil {
			return !s.over
		}
	}
	return false
}

// end counts what is left to be counted when the stream is over.
func (s *inspection) end(now time.Time) {
	w := &s.settles
	s.payBytes(now)
	if !w.usage.events {
		w.usage.find(w.usage.text)
	}
	for i := range s.taken {
		t := &s.taken[i]
		if !t.result.Allowed {
			continue
		}
		if per := t.rule.cost.BytesPerUnit; per > 0 && w.announced < 0 && w.sent > 0 {
			s.charge(t, units(w.sent, per), now)
		}
		if settle := t.rule.cost.Settle; settle != nil {
			switch n, found := w.usage.value(string(settle.Body)); {
			case settle.Body != "" && found:
				s.settle(t, n, now)
			case settle.BytesPerUnit > 0 && w.received > 0:
				s.settle(t, units(w.received, settle.BytesPerUnit), now)
			}
		}
		if t.rule.inFlight {
			s.give(t, t.held, now)
		}
		s.give(t, t.ahead, now)
	}
}

// now is the time, or that of the request's headers if the proxy does not say.
func (s *inspection) now() time.Time {
	if now := s.inspector.host.Now(); !now.IsZero() {
		return now
	}
	return s.request.Now
}

// usage gathers what a response's body says of its cost: the whole of a JSON document,
// or of server-sent events the last one that says something.
type usage struct {
	// paths are where it is said, values what was found there, -1 for nothing.
	paths  []string
	values []int64
	events bool
	// text is the document, or the line that has begun. One that is too long is
	// dropped, and the request costs what was taken.
	text     []byte
	overlong bool
}

// maxUsage is how much of a document, or of an event, is looked at.
const maxUsage = 1 << 20

// look looks for a number at a path.
func (u *usage) look(path string) {
	u.paths, u.values = append(u.paths, path), append(u.values, -1)
}

// begin tells whether the body can be read.
func (u *usage) begin(headers policy.Headers) bool {
	if encoding, ok := headers.First("content-encoding"); ok && !strings.EqualFold(encoding, "identity") {
		return false
	}
	kind, _ := headers.First("content-type")
	kind, _, _ = strings.Cut(kind, ";")
	u.events = strings.EqualFold(strings.TrimSpace(kind), "text/event-stream")
	return true
}

// read takes a piece.
func (u *usage) read(piece []byte) {
	for u.events && len(piece) > 0 {
		line, rest, ended := bytes.Cut(piece, []byte("\n"))
		if !ended {
			break
		}
		u.append(line)
		if data, ok := bytes.CutPrefix(u.text, []byte("data:")); ok {
			u.find(data)
		}
		u.text, u.overlong = u.text[:0], false
		piece = rest
	}
	u.append(piece)
}

func (u *usage) append(b []byte) {
	if u.overlong || len(u.text)+len(b) > maxUsage {
		u.overlong, u.text = true, u.text[:0]
		return
	}
	u.text = append(u.text, b...)
}

// find looks at a document.
func (u *usage) find(document []byte) {
	if !gjson.ValidBytes(document) {
		return
	}
	for i, path := range u.paths {
		if v := gjson.GetBytes(document, path); v.Type == gjson.Number {
			if n, ok := number(v.Raw); ok {
				u.values[i] = n
			}
		}
	}
}

// value is the number at a path, when the body is over.
func (u *usage) value(path string) (int64, bool) {
	at := slices.Index(u.paths, path)
	if at < 0 || u.values[at] < 0 {
		return 0, false
	}
	return u.values[at], true
}
