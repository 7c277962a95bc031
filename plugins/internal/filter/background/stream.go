package background

import (
	"slices"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// stream is the context of one request.
type stream struct {
	types.DefaultHttpContext
	plugin *pluginContext
	id     uint32
	// request is kept while the request waits, until.
	request *policy.Request
	until   time.Time
}

// OnHttpRequestHeaders implements types.HttpContext.
func (s *stream) OnHttpRequestHeaders(int, bool) (action types.Action) {
	p := s.plugin
	defer func() {
		// See package filter.
		if recover() != nil {
			action = s.fail("the engine panicked")
		}
	}()
	request := &p.request
	if fault := host.ReadRequest(request); fault != "" {
		return s.fail(fault)
	}
	request.Overdue = len(p.waiting) >= maxWaiting
	d := p.engine.Decide(request)
	if d.Outcome == policy.Wait && !request.Overdue {
		kept := *request
		kept.Headers = slices.Clone(request.Headers)
		s.request, s.until = &kept, request.Now.Add(d.WaitAtMost)
		p.waiting = append(p.waiting, s)
		p.do(d.Work)
		return types.ActionPause
	}
	action = s.finish(request, &d)
	p.do(d.Work)
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

// again asks the engine about the requests that wait. Those that have ended
// meanwhile are forgotten: the proxy knows their contexts no more.
func (p *pluginContext) again(now time.Time) {
	if len(p.waiting) == 0 {
		return
	}
	held := p.waiting
	p.waiting = make([]*stream, 0, len(held))
	var work []policy.Work
	for _, s := range held {
		if sdkshim.SetEffectiveContext(s.id) != nil {
			continue
		}
		if d, waits := s.resume(now); waits {
			p.waiting = append(p.waiting, s)
			work = append(work, d.Work)
		} else {
			s.request = nil
			work = append(work, d.Work)
		}
	}
	sdkshim.SetEffectiveContext(p.id)
	for _, w := range work {
		p.do(w)
	}
}

// resume asks the engine about a request that waits, and lets it go on if it may.
func (s *stream) resume(now time.Time) (d policy.Decision, waits bool) {
	defer func() {
		if recover() != nil {
			s.fail("the engine panicked")
			d, waits = policy.Decision{}, false
		}
	}()
	s.request.Now = now
	s.request.Overdue = !now.Before(s.until)
	d = s.plugin.engine.Decide(s.request)
	if d.Outcome == policy.Wait && !s.request.Overdue {
		return d, true
	}
	if s.finish(s.request, &d) == types.ActionContinue {
		if err := proxywasm.ResumeHttpRequest(); err != nil {
			s.fail("resume: " + err.Error())
		}
	}
	return d, false
}
