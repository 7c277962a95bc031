package inspect

import (
	"errors"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
)

// trailers shows the trailers behind a body to an inspection that looks at them, and
// changes them as it decides.
func (s *stream) trailers(b *body) types.Action {
	inspection, ok := s.inspection.(policy.Trailed)
	if !ok {
		return types.ActionContinue
	}
	get, decide, change := proxywasm.GetHttpRequestTrailers, inspection.RequestTrailers, host.ChangeRequestTrailers
	if b == &s.download {
		get, decide, change = proxywasm.GetHttpResponseTrailers, inspection.ResponseTrailers, host.ChangeResponseTrailers
	}
	pairs, err := get()
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		return s.fail("trailers: " + err.Error())
	}
	if len(pairs) == 0 {
		return types.ActionContinue
	}
	d := decide(host.Headers(nil, pairs))
	if !s.passes(&d) {
		return types.ActionPause
	}
	if fault := carryOut(&d, change); fault != "" {
		return s.fail(fault)
	}
	return types.ActionContinue
}

// carryOut changes trailers as a decision says, and its parts.
func carryOut(d *policy.Decision, change func(*policy.Decision) (fault string)) (fault string) {
	for i := range d.Parts {
		if fault := carryOut(&d.Parts[i].Decision, change); fault != "" {
			return fault
		}
	}
	if d.Outcome != policy.Allow || d.Mode == policy.Shadow {
		return ""
	}
	return change(d)
}
