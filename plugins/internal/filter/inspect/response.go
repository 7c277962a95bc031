package inspect

import (
	"strconv"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// OnHttpResponseHeaders implements types.HttpContext. Informational responses but
// 101 do not come here.
func (s *stream) OnHttpResponseHeaders(_ int, end bool) (action types.Action) {
	defer s.guard(&action)
	if action, closed := s.closed(); closed {
		return action
	}
	if s.noResponse && s.tunnel == message {
		s.headersOut = true
		return types.ActionContinue
	}
	pairs, err := proxywasm.GetHttpResponseHeaders()
	if err != nil {
		return s.fail("response headers: " + err.Error())
	}
	headers := host.Headers(s.response.Headers, pairs)
	s.response = policy.ResponseHead{
		Now:        s.when(sdkshim.Now()),
		Status:     status(headers),
		Headers:    headers,
		Attributes: host.Attributes{},
	}
	opens := !end && s.agrees(s.response.Status)
	if s.noResponse {
		s.headersOut = true
		if opens {
			return s.open()
		}
		return types.ActionContinue
	}
	d := s.inspection.ResponseHeaders(&s.response, end)
	if !s.passes(&d) {
		return types.ActionPause
	}
	if fault := s.forward(&d, true); fault != "" {
		return s.fail(fault)
	}
	wanted := s.want(&s.download, &d, end || opens)
	switch {
	case s.state != open:
		return types.ActionPause
	case wanted && (end || opens):
		if action := s.receive(&s.download, 0, true); action != types.ActionContinue {
			return action
		}
	case s.download.holdsHeaders(&d):
		s.download.paused = true
		return types.ActionPause
	}
	s.headersOut = true
	if opens {
		return s.open()
	}
	return types.ActionContinue
}

// open lets the bytes of a tunnel pass, and those that have waited.
func (s *stream) open() types.Action {
	waited := s.tunnel == waiting
	s.tunnel = agreed
	if waited {
		s.released(&s.upload)
		if err := proxywasm.ResumeHttpRequest(); err != nil {
			return s.fail("tunnel: " + err.Error())
		}
	}
	return types.ActionContinue
}

// OnHttpResponseBody implements types.HttpContext.
func (s *stream) OnHttpResponseBody(size int, end bool) (action types.Action) {
	defer s.guard(&action)
	if action, closed := s.closed(); closed {
		return action
	}
	return s.settle(&s.download, s.receive(&s.download, size, end), end)
}

// OnHttpResponseTrailers implements types.HttpContext.
func (s *stream) OnHttpResponseTrailers(int) (action types.Action) {
	defer s.guard(&action)
	if action, closed := s.closed(); closed {
		return action
	}
	s.download.releasing = false
	if action := s.ends(&s.download); action != types.ActionContinue || s.tunnel != message || s.noResponse {
		return action
	}
	return s.trailers(&s.download)
}

// status reads ":status", 0 if it is none.
func status(headers policy.Headers) int {
	value, _ := headers.First(":status")
	n, err := strconv.Atoi(value)
	if err != nil || n < 100 || n > 999 {
		return 0
	}
	return n
}
