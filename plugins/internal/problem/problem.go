// Package problem writes answers to clients that got an error in place of what
// they asked for: as problem documents (RFC 9457), or as clients of gRPC expect
// them.
package problem

import (
	"strconv"
	"time"

	"gatehouse/plugins/internal/policy"
)

// Answer returns an answer in a form that its client reads. Of gRPC, detail or
// else title is the message, and the status is that of gRPC. Other forms are those
// of [Response].
func Answer(form Form, status int, title, detail, incidentID string) policy.Response {
	return (&Problem{Status: status, Title: title, Detail: detail, IncidentID: incidentID}).Answer(form)
}

// Unavailable is an answer of status 503 (RFC 9110, Section 15.6.4): what the
// gateway needs for a decision cannot be had now. The client may try again after a
// while, which is rounded up to seconds and is at least one.
func Unavailable(form Form, after time.Duration, detail, incidentID string) policy.Response {
	response := Answer(form, 503, "Service Unavailable", detail, incidentID)
	seconds := max(1, int64((after+time.Second-1)/time.Second))
	response.Headers = append(response.Headers, policy.Header{Name: "retry-after", Value: strconv.FormatInt(seconds, 10)})
	return response
}

// Response returns an answer with a problem document (RFC 9457): members type,
// title, status, detail unless it is empty, and incident_id, an extension, if
// there is a good one. Nobody may store it (RFC 9111, Section 5.2.2.5).
func Response(status int, title, detail, incidentID, method string) policy.Response {
	form := Document
	if method == "HEAD" {
		form = Bodiless
	}
	return (&Problem{Status: status, Title: title, Detail: detail, IncidentID: incidentID}).Answer(form)
}

// Problem is what a problem document says (RFC 9457, Section 3).
type Problem struct {
	// Type is a URI that names the kind of problem, in printable ASCII without
	// quotation marks and backslashes; empty for "about:blank".
	Type string
	// Title, Status and Detail are as in the document, in fixed ASCII texts. An empty
	// Detail is left out.
	Title  string
	Status int
	Detail string
	// IncidentID is left out if it is not good.
	IncidentID string
	// Members are extensions.
	Members []Member
}

// Member is an extension of a problem document.
type Member struct {
	// Name of the member, letters and hyphens.
	Name string
	// JSON is its value.
	JSON string
}

// Answer writes the problem in a form that its client reads, see [Answer].
func (p *Problem) Answer(form Form) policy.Response {
	switch form {
	case GRPC, GRPCWeb, GRPCWebText:
		return grpcResponse(form, p.Status, p.Title, p.Detail, p.IncidentID)
	}
	response := policy.Response{
		Status: p.Status,
		Headers: policy.Headers{
			{Name: "content-type", Value: "application/problem+json"},
			{Name: "cache-control", Value: "no-store"},
		},
	}
	if form == Bodiless {
		return response
	}
	kind := p.Type
	if kind == "" {
		kind = "about:blank"
	}
	body := make([]byte, 0, 256)
	body = append(body, `{"type":`...)
	body = appendText(body, kind)
	body = append(body, `,"title":`...)
	body = appendText(body, p.Title)
	body = append(body, `,"status":`...)
	body = strconv.AppendInt(body, int64(p.Status), 10)
	if p.Detail != "" {
		body = append(body, `,"detail":`...)
		body = appendText(body, p.Detail)
	}
	for _, m := range p.Members {
		body = append(body, ',')
		body = appendText(body, m.Name)
		body = append(append(body, ':'), m.JSON...)
	}
	if isIncidentID(p.IncidentID) {
		body = append(body, `,"incident_id":"`...)
		body = append(body, p.IncidentID...)
		body = append(body, '"')
	}
	response.Body = append(body, "}\n"...)
	return response
}

// appendText appends s as a JSON string. Its callers pass fixed ASCII texts;
// what is not printable ASCII becomes a question mark all the same.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c > '~':
			dst = append(dst, '?')
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// isIncidentID reports whether s can be written anywhere as it is.
func isIncidentID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
