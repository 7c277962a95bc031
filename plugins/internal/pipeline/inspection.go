package pipeline

import (
	"bytes"
	"time"

	"gatehouse/plugins/internal/policy"
)

// inspection is one stream on its way through the stages. It is a policy.Composite,
// Waiting, Rewriter, Watcher and Trailed.
type inspection struct {
	pipeline *Pipeline
	stages   []stage
	// request is what the adapter was given, and now the time of what follows.
	request    *policy.Request
	now        time.Time
	attributes attributes
	// up and down are the request and the response.
	up, down flow
	// waits is what the request waits for, in a piece of its body or not.
	waits   waiting
	inPiece bool
	// denial is the one that is final.
	denial policy.Decision
	by     int
	// parts, count and work are what the next decision reports, and reported says that
	// one has.
	parts    []policy.Part
	count    []int
	work     policy.Work
	reported bool
	// who is whom a stage found the request to be from.
	who policy.Identity
	// at is the stage that was called last.
	at int
}

// stage is what is known of the stream at one stage.
type stage struct {
	inspection policy.Inspection
	request    policy.Request
	response   policy.ResponseHead
	// begun: it has seen the request. quiet: it wants nothing of the response.
	begun, quiet bool
	// headers is where the headers are that it changed, of either message.
	headers [2]policy.Headers
}

// waiting is the place of a stage that lets the request wait.
type waiting struct {
	n      int
	atBody bool
	policy.Decision
}

func newInspection(p *Pipeline) *inspection {
	s := &inspection{pipeline: p, stages: make([]stage, len(p.stages))}
	for i := range s.stages {
		s.stages[i].inspection = p.inspectors[i].Inspect()
	}
	s.up = flow{inspection: s, steps: make([]step, len(s.stages))}
	s.down = flow{inspection: s, response: true, steps: make([]step, len(s.stages))}
	return s
}

// begin is the beginning of each call: what was reported is forgotten.
func (s *inspection) begin() {
	if s.reported {
		s.reported = false
		clear(s.parts)
		s.parts, s.count, s.work = s.parts[:0], s.count[:0], policy.Work{}
	}
}

// RequestHeaders implements policy.Inspection.
func (s *inspection) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	s.begin()
	s.request, s.now, s.attributes.proxy = r, r.Now, r.Attributes
	s.up.begin(r.Headers, len(s.stages), end, end || r.Headers.AsksForTunnel())
	return s.headersDecided(&s.up, s.up.advance())
}

// ResponseHeaders implements policy.Inspection.
func (s *inspection) ResponseHeaders(r *policy.ResponseHead, end bool) policy.Decision {
	s.begin()
	s.now = r.Now
	asked := s.request.Headers
	s.down.begin(r.Headers, s.up.next, end, end || asked.AsksForTunnel() && asked.OpensTunnel(r.Status))
	s.down.head = *r
	return s.headersDecided(&s.down, s.down.advance())
}

// headersDecided is the decision on headers after the stages saw them.
func (s *inspection) headersDecided(f *flow, o outcome) policy.Decision {
	switch o {
	case isDenied:
		return s.deny()
	case isWaiting:
		return s.wait()
	}
	d := s.report(policy.Decision{Outcome: policy.Allow})
	f.wish(&d)
	d.NoResponse = !f.response && s.quiet()
	return d
}

// quiet tells whether no stage wants anything of the response.
func (s *inspection) quiet() bool {
	for i := range s.stages {
		if !s.stages[i].quiet {
			return false
		}
	}
	return true
}

// report adds what is reported with a decision.
func (s *inspection) report(d policy.Decision) policy.Decision {
	s.reported = true
	d.Parts, d.Count, d.Work = s.parts, s.count, s.work
	return d
}

// deny is the decision after the denial of a stage, which the other stages see if it is an
// answer to the request.
func (s *inspection) deny() policy.Decision {
	if !s.down.begun {
		s.reply()
	}
	return s.report(policy.Decision{Outcome: policy.Deny, Reason: s.denial.Reason, Response: s.denial.Response, Mode: policy.Enforce})
}

// wait is the decision to wait. What stages decided before is reported when the request
// goes on.
func (s *inspection) wait() policy.Decision {
	w := &s.waits
	d := policy.Decision{
		Outcome: policy.Wait, WaitAtMost: w.WaitAtMost, WaitAnew: w.WaitAnew, WaitFor: s.pipeline.calls.waitFor(call{s.up.stage(w.n), w.WaitFor}),
		HoldHeaders: w.HoldHeaders || s.pipeline.holdsFrom(w.n+1), Count: s.count, Work: s.work,
	}
	s.count, s.work = s.count[len(s.count):], policy.Work{}
	return d
}

// Resume implements policy.Waiting.
func (s *inspection) Resume(r *policy.Request) policy.Decision {
	s.begin()
	f, w := &s.up, s.waits
	s.now = r.Now
	i := f.stage(w.n)
	st := &s.stages[i]
	st.request.Now, st.request.Overdue = r.Now, r.Overdue
	s.at = i
	d := st.inspection.(policy.Waiting).Resume(&st.request)
	var o outcome
	if w.atBody {
		o = f.bodyDecided(w.n, &d)
	} else {
		o = f.decided(w.n, &d)
	}
	if o == isWaiting && s.waits.n == w.n && s.waits.atBody == w.atBody {
		s.waits.WaitAnew = false
	}
	if o == goesOn {
		o = f.goOn()
	}
	if !s.inPiece {
		return s.headersDecided(f, o)
	}
	if o != isWaiting {
		s.inPiece = false
	}
	switch o {
	case isDenied:
		return s.deny()
	case isWaiting:
		return s.wait()
	}
	f.ready = true
	d = s.report(policy.Decision{Outcome: policy.Allow})
	d.NoResponse = s.quiet()
	return d
}

// RequestBody and ResponseBody implement policy.Inspection. Nothing asks for them.
func (s *inspection) RequestBody([]byte, bool) policy.Decision { return allowed() }

// ResponseBody implements policy.Inspection.
func (s *inspection) ResponseBody([]byte, bool) policy.Decision { return allowed() }

// RewriteRequest implements policy.Rewriter.
func (s *inspection) RewriteRequest(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return s.rewrite(&s.up, dst, piece, end)
}

// RewriteResponse implements policy.Rewriter.
func (s *inspection) RewriteResponse(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return s.rewrite(&s.down, dst, piece, end)
}

func (s *inspection) rewrite(f *flow, dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	s.begin()
	var o outcome
	if f.ready {
		f.ready = false
	} else {
		if now := s.pipeline.host.Now(); f.holder >= 0 && !now.IsZero() {
			s.now = now
		}
		o = f.give(piece, end)
	}
	var d policy.Decision
	switch o {
	case isDenied:
		d = s.deny()
		return dst, &d
	case isWaiting:
		// The piece is the adapter's.
		f.piece = bytes.Clone(f.piece)
		s.inPiece = true
		d = s.wait()
		return dst, &d
	}
	dst = append(dst, f.output...)
	passes := f.passes()
	if !passes && len(s.parts)+len(s.count)+len(s.work.Calls)+len(s.work.Messages)+len(s.work.Count) == 0 && f.response {
		return dst, nil
	}
	d = s.report(policy.Decision{Outcome: policy.Allow, Passes: passes, NoResponse: !f.response && s.quiet()})
	return dst, &d
}

// RequestPiece implements policy.Watcher.
func (s *inspection) RequestPiece(_ []byte, size int, end bool) { s.begin(); s.up.sized(size, end) }

// ResponsePiece implements policy.Watcher.
func (s *inspection) ResponsePiece(_ []byte, size int, end bool) { s.begin(); s.down.sized(size, end) }

// RequestTrailers implements policy.Trailed.
func (s *inspection) RequestTrailers(trailers policy.Headers) policy.Decision {
	return s.trailers(&s.up, trailers)
}

// ResponseTrailers implements policy.Trailed.
func (s *inspection) ResponseTrailers(trailers policy.Headers) policy.Decision {
	return s.trailers(&s.down, trailers)
}

func (s *inspection) trailers(f *flow, trailers policy.Headers) policy.Decision {
	s.begin()
	for n := range f.next {
		i := f.stage(n)
		st := &s.stages[i]
		inspection, ok := st.inspection.(policy.Trailed)
		if !ok || f.response && st.quiet {
			continue
		}
		s.at = i
		var d policy.Decision
		if f.response {
			d = inspection.ResponseTrailers(trailers)
		} else {
			d = inspection.RequestTrailers(trailers)
		}
		if s.take(i, &d); denies(&d) {
			return s.deny()
		}
		if d.Outcome == policy.Allow && d.Mode != policy.Shadow {
			trailers = changed(nil, trailers, &d)
		}
	}
	return s.report(policy.Decision{Outcome: policy.Allow})
}

// tally notes what a stage counts and wants done, for the next report.
func (s *inspection) tally(i int, d *policy.Decision) {
	for _, n := range d.Count {
		s.count = append(s.count, s.pipeline.counters[i]+n)
	}
	s.pipeline.add(&s.work, i, &d.Work)
}

// take notes what a stage decided, for the next report.
func (s *inspection) take(i int, d *policy.Decision) {
	s.tally(i, d)
	if d.Identity == (policy.Identity{}) {
		d.Identity = s.who
	} else {
		s.who = d.Identity
	}
	if d.Outcome == policy.Deny || len(d.Properties)+len(d.RemoveHeaders)+len(d.SetHeaders) > 0 {
		s.parts = append(s.parts, policy.Part{Plugin: i, Decision: *d})
	}
	if denies(d) {
		s.denial, s.by = *d, i
	}
}

// fault is the denial of a stream that could not be judged.
func (s *inspection) fault(i int) outcome {
	s.take(i, &policy.Decision{Outcome: policy.Deny, Mode: policy.Enforce, Reason: "internal", Response: policy.Response{Status: 500}})
	return isDenied
}

func denies(d *policy.Decision) bool {
	return d.Outcome == policy.Deny && d.Mode != policy.Shadow
}

// Done implements policy.Inspection.
func (s *inspection) Done() policy.Decision {
	s.begin()
	for i := range s.stages {
		if st := &s.stages[i]; st.begun {
			s.at = i
			d := st.inspection.Done()
			st.begun = false
			s.tally(i, &d)
			if d.Identity == (policy.Identity{}) {
				d.Identity = s.who
			}
			s.parts = append(s.parts, policy.Part{Plugin: i, Done: true, Decision: d})
		}
	}
	d := s.report(policy.Decision{Outcome: policy.Allow})
	s.forget()
	return d
}

// Abandon implements policy.Composite.
func (s *inspection) Abandon() policy.Decision {
	s.stages[s.at].begun = false
	return s.Done()
}

// forget makes it an inspection of nothing, with the memory that it has.
func (s *inspection) forget() {
	for i := range s.stages {
		st := &s.stages[i]
		*st = stage{inspection: st.inspection, headers: st.headers}
	}
	s.attributes.forget()
	s.up.forget()
	s.down.forget()
	s.request, s.inPiece, s.denial, s.who = nil, false, policy.Decision{}, policy.Identity{}
	s.waits = waiting{}
}
