package filter

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
)

// streamContext carries requests to the engine and decisions back.
type streamContext struct {
	types.DefaultHttpContext
	*pluginContext
	// request is used again for each request.
	request policy.Request
}

// OnHttpRequestHeaders implements types.HttpContext.
func (s *streamContext) OnHttpRequestHeaders(int, bool) (action types.Action) {
	defer func() {
		// The engines do not panic, and are fuzzed for it. If one does all the
		// same, this request is refused and the next one judged. What was panicked
		// with may hold request data and is not written.
		if recover() != nil {
			action = s.fail("the engine panicked")
		}
	}()
	if fault := s.ReadRequest(&s.request); fault != "" {
		return s.fail(fault)
	}
	decision := s.engine.Decide(&s.request)
	s.Record(&s.request, &decision)
	switch {
	case decision.Outcome == policy.Allow:
		if fault := s.Forward(&decision); fault != "" {
			return s.fail(fault)
		}
		return types.ActionContinue
	case decision.Mode == policy.Shadow:
		return types.ActionContinue
	}
	// Without an answer the request waits, it never passes.
	s.Answer(&decision)
	return types.ActionPause
}

// fail refuses a request that could not be judged.
func (s *streamContext) fail(why string) types.Action {
	s.Fail(why)
	return types.ActionPause
}
