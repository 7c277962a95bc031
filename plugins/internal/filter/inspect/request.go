package inspect

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
)

// OnHttpRequestHeaders implements types.HttpContext.
func (s *stream) OnHttpRequestHeaders(_ int, end bool) (action types.Action) {
	defer s.guard(&action)
	if fault := s.plugin.ReadRequest(&s.request); fault != "" {
		return s.fail(fault)
	}
	s.inspection = s.plugin.inspection(s.plugin.inspector)
	d := s.inspection.RequestHeaders(&s.request, end)
	hold := d.HoldHeaders
	action = s.decideHeaders(&d, end)
	if s.wait.held == nil {
		return action
	}
	s.wait.gathers = s.wait.place == atHeaders && hold && !end && !s.request.Headers.AsksForTunnel()
	if s.wait.gathers {
		return types.ActionPause
	}
	return stopAll
}

// decideHeaders carries out a decision on the request's headers.
func (s *stream) decideHeaders(d *policy.Decision, end bool) types.Action {
	if s.waits(d, atHeaders) {
		s.wait.end = end
		return types.ActionPause
	}
	s.noResponse = d.NoResponse
	if !s.passes(d) {
		return types.ActionPause
	}
	if fault := s.forward(d, false); fault != "" {
		return s.fail(fault)
	}
	if !end && s.request.Headers.AsksForTunnel() {
		s.tunnel, end = asked, true
	}
	wanted := s.want(&s.upload, d, end)
	switch {
	case s.state != open:
		return types.ActionPause
	case wanted && end:
		return s.receive(&s.upload, 0, true)
	case s.upload.holdsHeaders(d):
		s.upload.paused = true
		return types.ActionPause
	}
	return types.ActionContinue
}

// OnHttpRequestBody implements types.HttpContext.
func (s *stream) OnHttpRequestBody(size int, end bool) (action types.Action) {
	defer s.guard(&action)
	if action, closed := s.closed(); closed {
		return action
	}
	if s.wait.held != nil {
		return s.gather(size, end)
	}
	if s.tunnel != message {
		return s.hold()
	}
	action = s.receive(&s.upload, size, end)
	if s.wait.held != nil && s.upload.stage != streaming {
		return stopBody
	}
	return s.settle(&s.upload, action, end)
}

// OnHttpRequestTrailers implements types.HttpContext.
func (s *stream) OnHttpRequestTrailers(int) (action types.Action) {
	defer s.guard(&action)
	if action, closed := s.closed(); closed {
		return action
	}
	s.upload.releasing = false
	if s.wait.held != nil {
		s.wait.came, s.wait.ended, s.wait.trailers = true, true, true
		return types.ActionPause
	}
	if action := s.ends(&s.upload); action != types.ActionContinue || s.tunnel != message {
		s.wait.trailers = s.wait.held != nil
		return action
	}
	return s.trailers(&s.upload)
}
