package inspect

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
)

// OnHttpRequestHeaders implements types.HttpContext.
func (s *stream) OnHttpRequestHeaders(_ int, end bool) (action types.Action) {
	defer s.guard(&action)
	if fault := host.ReadRequest(&s.request); fault != "" {
		return s.fail(fault)
	}
	s.inspection = s.plugin.inspection(s.plugin.inspector)
	d := s.inspection.RequestHeaders(&s.request, end)
	if !s.passes(&d) {
		return types.ActionPause
	}
	wanted, hold := s.upload.want(&d), d.HoldHeaders
	if fault := s.forward(&d, host.ChangeRequest); fault != "" {
		return s.fail(fault)
	}
	if !end && asksForTunnel(s.request.Headers) {
		s.tunnel, end = asked, true
	}
	switch {
	case wanted && end:
		return s.finish(&s.upload, nil, true)
	case s.upload.stage == holding && hold:
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
	if s.tunnel != message {
		return s.hold()
	}
	return s.receive(&s.upload, size, end)
}

// OnHttpRequestTrailers implements types.HttpContext.
func (s *stream) OnHttpRequestTrailers(int) (action types.Action) {
	defer s.guard(&action)
	if action, closed := s.closed(); closed {
		return action
	}
	return s.ends(&s.upload)
}
