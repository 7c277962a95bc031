// Command guard is the plugin of this package's tests: an inspector that denies
// what holds the word "attack" and panics at the word "panic", in the header
// x-request of a request, its body, the header x-response of a response, its body,
// and at the end in the header x-done of the request. A body is not wanted where
// the headers have x-unseen. Its counters tell which calls came.
package main

import (
	"bytes"
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/internal/policy"
)

func init() { inspect.Register("guard", event.DetectionFinding, newGuard) }

func main() {}

// guard is the inspector and its configuration.
type guard struct {
	// Enforce or shadow. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// Most bytes of a request's and of a response's body. Optional.
	RequestLimit  int `json:"request_limit" config:"default=0"`
	ResponseLimit int `json:"response_limit" config:"default=0"`
	// Whether headers wait for bodies. Optional.
	HoldHeaders bool `json:"hold_headers"`
	// Whether bodies over the limit are denied. Optional.
	DenyPartial bool `json:"deny_partial"`
	// Events. Optional.
	Config event.Config `json:"events"`
}

func newGuard(document []byte) (*guard, error) {
	g := &guard{}
	if len(document) == 0 {
		document = []byte("{}")
	}
	return g, config.Decode(document, g)
}

// The calls of an inspection, and what else is counted.
const (
	requestHeaders = iota
	requestBody
	requestPartial
	responseHeaders
	responseBody
	responsePartial
	done
)

var names = []string{"request_headers", "request_body", "request_partial", "response_headers", "response_body", "response_partial", "done"}

func (g *guard) Counters() []string {
	var counters []string
	for _, name := range names {
		counters = append(counters, "calls."+name)
	}
	return counters
}

func (g *guard) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"clean"}
	}
	var reasons []policy.Reason
	for _, name := range names {
		reasons = append(reasons, policy.Reason(name))
	}
	return reasons
}

func (g *guard) Events() *event.Config { return &g.Config }

func (g *guard) Inspect() policy.Inspection { return &inspection{guard: g} }

// inspection is one stream.
type inspection struct {
	*guard
	request *policy.Request
	count   [1]int
}

// judge decides on a text in one call.
func (i *inspection) judge(call int, text []byte) policy.Decision {
	i.count[0] = call
	d := policy.Decision{Outcome: policy.Allow, Mode: i.Mode.Policy(), Reason: "clean", Count: i.count[:]}
	if bytes.Contains(text, []byte("panic")) {
		panic("with a secret")
	}
	if bytes.Contains(text, []byte("attack")) {
		d.Outcome, d.Reason, d.Score = policy.Deny, policy.Reason(names[call]), 5
		d.Findings = []policy.Finding{{ID: 1000 + call, Severity: "CRITICAL", Message: "An attack in " + names[call], Target: strings.ToUpper(names[call])}}
		d.Response = policy.Response{Status: 403, Headers: policy.Headers{{Name: "content-type", Value: "application/json"}}, Body: []byte(`{"denied":"` + names[call] + `"}`)}
	}
	return d
}

func want(d policy.Decision, headers policy.Headers, limit int, hold bool) policy.Decision {
	if _, unseen := headers.First("x-unseen"); !unseen {
		d.Body, d.BodyLimit, d.HoldHeaders = policy.BodyWhole, limit, hold
	}
	return d
}

func (i *inspection) RequestHeaders(r *policy.Request, _ bool) policy.Decision {
	i.request = r
	text, _ := r.Headers.First("x-request")
	d := i.judge(requestHeaders, []byte(text))
	d.RemoveHeaders = []string{"x-remove"}
	d.Properties = []policy.Property{{Name: "guard.client", Value: []byte(r.Source()[:strings.LastIndexByte(r.Source(), ':')] + " " + r.Protocol() + " " + r.Scheme())}}
	return want(d, r.Headers, i.RequestLimit, i.HoldHeaders)
}

func (i *inspection) RequestBody(body []byte, complete bool) policy.Decision {
	return i.body(requestBody, requestPartial, body, complete)
}

func (i *inspection) body(call, partial int, body []byte, complete bool) policy.Decision {
	if complete {
		return i.judge(call, body)
	}
	d := i.judge(partial, body)
	if i.DenyPartial && d.Outcome == policy.Allow {
		d = i.judge(partial, []byte("attack"))
	}
	return d
}

func (i *inspection) ResponseHeaders(r *policy.ResponseHead, _ bool) policy.Decision {
	text, _ := r.Headers.First("x-response")
	d := i.judge(responseHeaders, []byte(text))
	d.SetHeaders = policy.Headers{{Name: "x-guard", Value: "seen"}}
	return want(d, r.Headers, i.ResponseLimit, i.HoldHeaders)
}

func (i *inspection) ResponseBody(body []byte, complete bool) policy.Decision {
	return i.body(responseBody, responsePartial, body, complete)
}

func (i *inspection) Done() policy.Decision {
	text, _ := i.request.Headers.First("x-done")
	i.request = nil
	return i.judge(done, []byte(text))
}
