package background

import (
	"slices"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
)

// stream is the context of one request.
type stream struct {
	types.DefaultHttpContext
	plugin *pluginContext
	id     uint32
	// request is kept while the request waits, since then.
	request *policy.Request
	since   time.Duration
}

// OnHttpRequestHeaders implements types.HttpContext.
func (s *stream) OnHttpRequestHeaders(int, bool) (action types.Action) {
	p := s.plugin
	defer s.guard(&action)
	request := &p.request
	if fault := p.ReadRequest(request); fault != "" {
		return s.fail(fault)
	}
	request.Overdue = p.worker.Full()
	d := p.engine.Decide(request)
	if d.Outcome == policy.Wait && !request.Overdue {
		p.CountMore(&d)
		kept := *request
		kept.Headers = slices.Clone(request.Headers)
		s.request, s.since = &kept, p.worker.Elapsed()
		p.worker.Hold(s, s.id, s.since, d.WaitFor, d.WaitAtMost)
		p.worker.Do(d.Work)
		return types.ActionPause
	}
	action = s.finish(request, &d)
	p.worker.Do(d.Work)
	return action
}

// finish carries out a decision, and tells what is to become of the request.
func (s *stream) finish(r *policy.Request, d *policy.Decision) types.Action {
	if d.Outcome == policy.Wait {
		return s.fail("the engine waits for a request that is overdue")
	}
	p := s.plugin
	p.Record(r, d)
	switch {
	case d.Outcome == policy.Allow:
		if fault := p.Forward(d); fault != "" {
			return s.fail(fault)
		}
		return types.ActionContinue
	case d.Mode == policy.Shadow:
		return types.ActionContinue
	}
	p.Answer(d)
	return types.ActionPause
}

func (s *stream) fail(why string) types.Action {
	s.plugin.Fail(why)
	return types.ActionPause
}

// guard is that of package filter.
func (s *stream) guard(action *types.Action) {
	if recover() != nil {
		*action = s.fail("the engine panicked")
	}
}

// Resume implements host.Stream: the engine is asked again.
func (s *stream) Resume(now time.Time, overdue bool) {
	if s.decideAgain(now, overdue) != types.ActionContinue {
		return
	}
	if err := proxywasm.ResumeHttpRequest(); err != nil {
		s.fail("resume: " + err.Error())
	}
}

func (s *stream) decideAgain(now time.Time, overdue bool) (action types.Action) {
	defer s.guard(&action)
	p := s.plugin
	s.request.Now, s.request.Overdue = now, overdue
	d := p.engine.Decide(s.request)
	if d.Outcome == policy.Wait && !overdue {
		p.CountMore(&d)
		p.worker.Hold(s, s.id, s.since, d.WaitFor, d.WaitAtMost)
		p.worker.Do(d.Work)
		return types.ActionPause
	}
	action = s.finish(s.request, &d)
	s.request = nil
	p.worker.Do(d.Work)
	return action
}
