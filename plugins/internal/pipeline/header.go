package pipeline

import "gatehouse/plugins/internal/policy"

// headers makes an inspector of an engine that sees the headers of requests alone.
type headers struct{ policy.Engine }

// Inspect implements policy.Inspector.
func (h headers) Inspect() policy.Inspection { return &judgement{engine: h.Engine} }

// judgement is what an engine decided on the headers of a request.
type judgement struct {
	engine policy.Engine
	// decision is what Done tells, which counts what is allowed.
	decision policy.Decision
}

// RequestHeaders implements policy.Inspection.
func (j *judgement) RequestHeaders(r *policy.Request, _ bool) policy.Decision { return j.Resume(r) }

// Resume implements policy.Waiting.
func (j *judgement) Resume(r *policy.Request) policy.Decision {
	d := j.engine.Decide(r)
	d.NoResponse = true
	if d.Outcome == policy.Allow {
		j.decision = policy.Decision{Outcome: policy.Allow, Mode: d.Mode, Reason: d.Reason, Route: d.Route, Policy: d.Policy,
			Notable: d.Notable, Identity: d.Identity, Findings: d.Findings}
	}
	return d
}

// RequestBody, ResponseHeaders and ResponseBody implement policy.Inspection.
func (j *judgement) RequestBody([]byte, bool) policy.Decision { return allowed() }

// ResponseHeaders implements policy.Inspection.
func (j *judgement) ResponseHeaders(*policy.ResponseHead, bool) policy.Decision { return allowed() }

// ResponseBody implements policy.Inspection.
func (j *judgement) ResponseBody([]byte, bool) policy.Decision { return allowed() }

func allowed() policy.Decision { return policy.Decision{Outcome: policy.Allow} }

// Done implements policy.Inspection.
func (j *judgement) Done() policy.Decision {
	d := j.decision
	d.Outcome = policy.Allow
	j.decision = policy.Decision{}
	return d
}
