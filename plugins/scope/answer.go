package scope

import (
	"strings"

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
	method, _ := request.Headers.First(":method")
	var response policy.Response
	if a.status != 0 {
		title := "Forbidden"
		if a.status == 400 {
			title = "Bad Request"
		}
		response = problem.Response(a.status, title, a.detail, request.IncidentID, method)
	} else {
		refusal := bearer.Refusal{Realm: c.realm, Code: a.code, Description: a.detail, IncidentID: request.IncidentID, Method: method}
		if a.code == bearer.InsufficientScope || a.code == "" {
			refusal.Scope = r.scope
		}
		response = refusal.Response()
		c.name(response.Headers)
	}
	if isGRPC(request.Headers) {
		// The proxy makes it an answer of trailers only (gRPC over HTTP/2), with
		// status 200, the grpc-status of the HTTP status (401: 16, 403: 7), and the
		// body as grpc-message.
		response.Body = []byte(a.detail + ", incident " + request.IncidentID)
	}
	return response
}

// name adds the API's metadata to a challenge (RFC 9728, Section 5.1).
func (c *challenge) name(headers policy.Headers) {
	if c.metadata == "" {
		return
	}
	for i := range headers {
		if headers[i].Name == "www-authenticate" {
			headers[i].Value += `, resource_metadata="` + c.metadata + `"`
		}
	}
}

// isGRPC tells whether a request is a gRPC call, as the proxy does.
func isGRPC(headers policy.Headers) bool {
	value, _ := headers.First("content-type")
	rest, ok := strings.CutPrefix(value, "application/grpc")
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';')
}
