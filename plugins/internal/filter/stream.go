package filter

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// streamContext carries requests to the engine and decisions back.
type streamContext struct {
	types.DefaultHttpContext
	*pluginContext
	// headers is used again for each request.
	headers policy.Headers
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
	pairs, err := proxywasm.GetHttpRequestHeaders()
	if err != nil {
		return s.fail("request headers: " + err.Error())
	}
	now := sdkshim.Now()
	if now.IsZero() {
		// At the zero time no token has expired.
		return s.fail("no clock")
	}
	s.headers = s.headers[:0]
	for _, pair := range pairs {
		s.headers = append(s.headers, policy.Header{Name: pair[0], Value: pair[1]})
	}
	request := policy.Request{
		Now:        now,
		IncidentID: incidentID(s.headers),
		Headers:    s.headers,
		Attributes: attributes{},
	}
	decision := s.engine.Decide(&request)
	s.record(&request, &decision)
	switch {
	case decision.Outcome == policy.Allow:
		return s.forward(&decision)
	case decision.Mode == policy.Shadow:
		return types.ActionContinue
	}
	return s.answer(&decision)
}

// forward lets a request go on, changed as the decision says. In shadow mode
// what is handed on is handed on, so that later filters can be tried as well.
func (s *streamContext) forward(d *policy.Decision) types.Action {
	for _, property := range d.Properties {
		if err := proxywasm.SetProperty([]string{property.Name}, property.Value); err != nil {
			return s.fail("property " + property.Name + ": " + err.Error())
		}
	}
	if d.Mode == policy.Shadow {
		return types.ActionContinue
	}
	for _, name := range d.RemoveHeaders {
		if err := proxywasm.RemoveHttpRequestHeader(name); err != nil {
			return s.fail("remove header " + name + ": " + err.Error())
		}
	}
	for _, h := range d.SetHeaders {
		if err := proxywasm.ReplaceHttpRequestHeader(h.Name, h.Value); err != nil {
			return s.fail("set header " + h.Name + ": " + err.Error())
		}
	}
	return types.ActionContinue
}

// answer refuses a request as the decision says.
func (s *streamContext) answer(d *policy.Decision) types.Action {
	headers := make([][2]string, len(d.Response.Headers))
	for i, h := range d.Response.Headers {
		headers[i] = [2]string{h.Name, h.Value}
	}
	s.respond(sdkshim.LocalResponse{Status: d.Response.Status, Headers: headers, Body: d.Response.Body}, string(d.Reason))
	return types.ActionPause
}

// fail refuses a request that could not be judged.
func (s *streamContext) fail(why string) types.Action {
	s.log(why + ": request refused")
	s.respond(sdkshim.LocalResponse{Status: internalServerError}, "internal")
	return types.ActionPause
}

// internalServerError is the HTTP status of a request that could not be judged.
const internalServerError = 500

// respond answers in place of the upstream. The response code details of the
// proxy's access log become "gatehouse.jwt-audience.token_expired", say.
func (s *streamContext) respond(r sdkshim.LocalResponse, reason string) {
	r.Details = "gatehouse." + s.plugin.name + "." + reason
	if err := sdkshim.SendLocalResponse(r); err != nil {
		// The callback returns Pause: without an answer the request waits, it
		// never passes.
		s.log("local response: " + err.Error())
	}
}
