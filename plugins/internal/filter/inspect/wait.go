package inspect

import (
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
)

// What a callback of a request that waits returns besides types.ActionPause, as the
// proxy numbers them. A pause of headers lets their body come only where the proxy
// is told to, and a body that comes is gathered, up to the proxy's limit. These make
// the client wait with what it has not sent yet, so that no limit is reached by
// waiting: stopAll, of headers, whatever the proxy is told, and stopBody of a body.
const (
	stopAll  types.Action = 4
	stopBody types.Action = 2
)

// wait is how a request waits.
type wait struct {
	// held is nil unless it does.
	held host.Held
	// place is what was told to wait, and since when the first time.
	place place
	since time.Duration
	// overdue: it has waited as long as it may.
	overdue bool
	// end is that of the headers that wait.
	end bool
	// gathers: the body comes while the headers wait, so that both can be held
	// afterwards. came, size and ended are what there is of it, trailers that its
	// trailers have come, too.
	gathers, came, ended, trailers bool
	size                           int
}

// place is a part of a request.
type place uint8

const (
	atHeaders place = iota + 1
	atBody
)

// waits tells whether the stream stays where it is: because the decision on what is
// at a place says so, or because that could not be done. If too many wait, what
// Resume decides at once takes the decision's place.
func (s *stream) waits(d *policy.Decision, at place) bool {
	if d.Outcome != policy.Wait {
		s.wait = wait{}
		return false
	}
	p := s.plugin
	p.CountMore(d)
	p.attend(&d.Work)
	inspection, ok := s.inspection.(policy.Waiting)
	switch {
	case !ok || p.attendant == nil:
		s.fail("the engine waits for nothing")
		return true
	case s.wait.overdue && !d.WaitAnew:
		s.fail("the engine waits for a request that is overdue")
		return true
	}
	switch {
	case s.wait.place != at:
		s.wait = wait{place: at, since: p.attendant.Elapsed()}
	case d.WaitAnew:
		s.wait.since, s.wait.overdue, s.request.Overdue = p.attendant.Elapsed(), false, false
	}
	if p.attendant.Full() {
		s.wait.overdue, s.request.Overdue = true, true
		*d = inspection.Resume(&s.request)
		return s.waits(d, at)
	}
	s.wait.held = p.attendant.Hold(s, s.id, s.wait.since, d.WaitFor, d.WaitAtMost)
	return true
}

// Resume implements host.Stream.
func (s *stream) Resume(now time.Time, overdue bool) {
	s.wait.held, s.wait.overdue = nil, overdue
	s.request.Now, s.request.Overdue = now, overdue
	if s.resume() != types.ActionContinue {
		return
	}
	s.released(&s.upload)
	if err := proxywasm.ResumeHttpRequest(); err != nil {
		s.fail("resume: " + err.Error())
	}
}

// resume goes on where the decision to wait was made.
func (s *stream) resume() (action types.Action) {
	defer s.guard(&action)
	was := s.wait
	d := s.inspection.(policy.Waiting).Resume(&s.request)
	switch {
	case was.place == atBody && s.upload.stage == streaming:
		action = s.resumePiece(&d, was.size, was.ended)
	case was.place == atBody:
		action = s.decideBody(&s.upload, &d)
	default:
		action = s.decideHeaders(&d, was.end)
		if was.came && s.wait.held == nil && s.state == open {
			s.upload.held = true
			action = s.receive(&s.upload, was.size, was.ended)
		}
	}
	if s.wait.held != nil {
		s.wait.came, s.wait.size, s.wait.ended, s.wait.trailers = was.came, was.size, was.ended, was.trailers
	}
	if action == types.ActionContinue && was.trailers && s.state == open && s.tunnel == message {
		// Their own callback is over.
		action = s.trailers(&s.upload)
	}
	return action
}

// gather is the callback of a body while the request waits.
func (s *stream) gather(size int, end bool) types.Action {
	if s.wait.place == atBody && s.upload.stage != streaming {
		return stopBody
	}
	s.wait.came, s.wait.size, s.wait.ended = true, size, end
	return types.ActionPause
}

// leave ends the waiting of a stream that is over.
func (s *stream) leave() {
	if s.wait.held != nil {
		s.wait.held.Release()
		s.wait.held = nil
	}
}
