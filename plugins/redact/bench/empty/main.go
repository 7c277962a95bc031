// Command empty is the redact plugin without its engine: it is given the same pieces of
// bodies and passes them on. What it costs is the way into Wasm and back.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/internal/policy"
)

func init() { inspect.Register("empty", event.APIActivity, newInspector) }

func main() {}

type inspector struct{ events event.Config }

func newInspector([]byte) (*inspector, error) { return new(inspector), nil }

func (*inspector) Reasons(policy.Outcome) []policy.Reason { return []policy.Reason{"clean"} }

func (i *inspector) Events() *event.Config { return &i.events }

func (*inspector) Inspect() policy.Inspection { return inspection{} }

type inspection struct{}

var allow = policy.Decision{Outcome: policy.Allow, Reason: "clean"}

func (inspection) RequestHeaders(*policy.Request, bool) policy.Decision { return allow }

func (inspection) RequestBody([]byte, bool) policy.Decision { return allow }

func (inspection) ResponseHeaders(*policy.ResponseHead, bool) policy.Decision {
	d := allow
	d.Body = policy.BodyStream
	return d
}

func (inspection) ResponseBody([]byte, bool) policy.Decision { return allow }

func (inspection) RewriteRequest(dst, piece []byte, _ bool) ([]byte, *policy.Decision) {
	return append(dst, piece...), nil
}

func (inspection) RewriteResponse(dst, piece []byte, _ bool) ([]byte, *policy.Decision) {
	return append(dst, piece...), nil
}

func (inspection) Done() policy.Decision { return allow }
