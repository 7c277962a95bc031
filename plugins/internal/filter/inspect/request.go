package inspect

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// OnHttpRequestHeaders implements types.HttpContext.
func (s *stream) OnHttpRequestHeaders(_ int, end bool) (action types.Action) {
	defer s.guard(&action)
	pairs, err := proxywasm.GetHttpRequestHeaders()
	if err != nil {
		return s.fail("request headers: " + err.Error())
	}
	now := sdkshim.Now()
	if now.IsZero() {
		return s.fail("no clock")
	}
	headers := host.Headers(s.request.Headers, pairs)
	s.request = policy.Request{
		Now:        now,
		IncidentID: host.IncidentID(headers),
		Headers:    headers,
		Attributes: host.Attributes{},
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
	if !end && asksForTunnel(headers) {
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
