package scope

import (
	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
)

// challenge is what all challenges have.
type challenge struct {
	realm, metadata string
}

// refuse denies a request.
func (e *Engine) refuse(request *policy.Request, r *route, reason policy.Reason) policy.Decision {
	return policy.Decision{
		Outcome:  policy.Deny,
		Mode:     r.mode,
		Reason:   reason,
		Route:    r.name,
		Response: e.challenge.response(request, r, answerFor(reason)),
	}
}

// response tells a client of a denial.
func (c *challenge) response(request *policy.Request, r *route, a answer) policy.Response {
	form := problem.FormOf(request.Headers)
	switch a.status {
	case 400:
		return problem.Answer(form, 400, "Bad Request", a.detail, request.IncidentID)
	case 403:
		return problem.Answer(form, 403, "Forbidden", a.detail, request.IncidentID)
	}
	refusal := bearer.Refusal{
		Realm:            c.realm,
		Code:             a.code,
		Description:      a.detail,
		ResourceMetadata: c.metadata,
		IncidentID:       request.IncidentID,
		Form:             form,
	}
	// RFC 6750, Section 3.1: the scope that is necessary, where more scope helps.
	if a.code == "" || a.code == bearer.InsufficientScope {
		refusal.Scope = r.scope
	}
	return refusal.Response()
}
