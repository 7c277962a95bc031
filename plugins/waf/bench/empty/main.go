// Command empty is the waf plugin without its engine: it has the same callbacks,
// reads the same headers, attributes and bodies, takes the same header away, and
// allows. What it costs is the way into Wasm and back; what the waf plugin costs
// beyond it is the engine.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/internal/policy"
)

func init() { inspect.Register("empty", event.DetectionFinding, newInspector) }

func main() {}

// inspector inspects nothing.
type inspector struct{ events event.Config }

func newInspector([]byte) (*inspector, error) { return new(inspector), nil }

func (*inspector) Reasons(policy.Outcome) []policy.Reason { return []policy.Reason{"clean"} }

func (i *inspector) Events() *event.Config { return &i.events }

func (*inspector) Inspect() policy.Inspection { return inspection{} }

type inspection struct{}

// bodyLimit is that of the recommended configuration.
const bodyLimit = 13107200

var allow = policy.Decision{Outcome: policy.Allow, Reason: "clean"}

func (inspection) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	d := allow
	r.Source()
	r.Attribute("destination", "address")
	r.Protocol()
	if !end {
		d.Body, d.BodyLimit = policy.BodyWhole, bodyLimit
	}
	d.RemoveHeaders = []string{"accept-encoding"}
	return d
}

func (inspection) RequestBody([]byte, bool) policy.Decision { return allow }

func (inspection) ResponseHeaders(*policy.ResponseHead, bool) policy.Decision { return allow }

func (inspection) ResponseBody([]byte, bool) policy.Decision { return allow }

func (inspection) Done() policy.Decision { return allow }
