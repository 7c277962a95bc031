package inspect

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// passes tells whether the stream goes on after a decision. If not, it is
// answered, and the callback must pause it.
func (s *stream) passes(d *policy.Decision) bool {
	s.plugin.CountMore(d)
	s.plugin.attend(&d.Work)
	s.enter(d)
	switch d.Outcome {
	case policy.Allow:
		return true
	case policy.Wait:
		s.fail("the engine waits for what is no request")
		return false
	}
	if len(d.Parts) == 0 {
		s.recordDenial(d)
	}
	if d.Mode == policy.Shadow {
		return true
	}
	for i := range d.Parts {
		// What plugins in front of the one that denies hand on is there for the access log.
		if part := &d.Parts[i]; part.Outcome == policy.Allow {
			if fault := s.plugin.SetProperties(part.Properties); fault != "" {
				s.plugin.Log(fault)
			}
		}
	}
	s.close(s.plugin.Answer(d))
	return false
}

// forward changes headers that go on as an Allow says. In shadow mode what is
// handed on is handed on, so that later filters can be tried as well. What it
// returns says why it could not, "" if it could.
func (s *stream) forward(d *policy.Decision, response bool) (fault string) {
	if d.Outcome != policy.Allow {
		return ""
	}
	for i := range d.Parts {
		if fault := s.forward(&d.Parts[i].Decision, response); fault != "" {
			return fault
		}
	}
	if fault := s.plugin.SetProperties(d.Properties); fault != "" || d.Mode == policy.Shadow {
		return fault
	}
	if response {
		return host.ChangeResponse(d)
	}
	return host.ChangeRequest(d)
}

// fail refuses a stream that could not be judged.
func (s *stream) fail(why string) types.Action {
	s.close(s.plugin.Fail(why))
	return types.ActionPause
}

// close notes whether the adapter's answer is on its way.
func (s *stream) close(answering bool) {
	s.leave()
	s.state = refused
	if answering {
		s.state = answered
	}
}

// recordDenial writes the event of a denial. In shadow mode a stream may be denied
// again for what comes later: each denial has its event, with its findings and
// its number, but the first alone is counted, which is the one that would have
// ended the stream.
func (s *stream) recordDenial(d *policy.Decision) {
	s.denials++
	if s.denials == 1 || d.Mode == policy.Enforce {
		s.plugin.Count(d)
	}
	s.plugin.Write(&s.request, d, host.Record{Time: s.when(sdkshim.Now()), Status: s.answeredWith(d), Denial: s.denials})
}

// answeredWith is the status that a denial comes to at the client, 0 if the
// stream goes on: once the headers of a response are out it is that of the
// response, which breaks off.
func (s *stream) answeredWith(d *policy.Decision) int {
	switch {
	case d.Mode == policy.Shadow:
		return 0
	case s.headersOut:
		return s.response.Status
	}
	return d.Response.Status
}

// recordEnd records what a stream came to. A stream that nothing denied is
// recorded here as allowed, once.
func (s *stream) recordEnd(d *policy.Decision) {
	s.plugin.CountMore(d)
	s.plugin.attend(&d.Work)
	if _, composite := s.inspection.(policy.Composite); composite {
		s.enter(d)
		s.plugin.Publish(&s.chronicle)
		return
	}
	switch {
	case d.Outcome != policy.Allow:
		d.Mode = policy.Shadow
		s.recordDenial(d)
	case s.denials == 0:
		s.plugin.Count(d)
		s.plugin.Write(&s.request, d, host.Record{Time: s.request.Now})
	}
}

// enter records what the plugins of a composite decided.
func (s *stream) enter(d *policy.Decision) {
	for i := range d.Parts {
		part := &d.Parts[i]
		record := host.Record{Time: s.request.Now}
		if part.Outcome == policy.Deny {
			record = host.Record{Time: s.when(sdkshim.Now()), Status: s.answeredWith(&part.Decision)}
			if part.Done {
				record.Status = 0
			}
		}
		s.plugin.Enter(&s.chronicle, &s.request, part, record)
	}
}
