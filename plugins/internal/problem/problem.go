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
	switch form {
	case GRPC, GRPCWeb, GRPCWebText:
		return grpcResponse(form, status, title, detail, incidentID)
	case Bodiless:
		return Response(status, title, detail, incidentID, "HEAD")
	}
	return Response(status, title, detail, incidentID, "")
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
	response := policy.Response{
		Status: status,
		Headers: policy.Headers{
			{Name: "content-type", Value: "application/problem+json"},
			{Name: "cache-control", Value: "no-store"},
		},
	}
	if method == "HEAD" {
		return response
	}
	body := make([]byte, 0, 256)
	body = append(body, `{"type":"about:blank","title":`...)
	body = appendText(body, title)
	body = append(body, `,"status":`...)
	body = strconv.AppendInt(body, int64(status), 10)
	if detail != "" {
		body = append(body, `,"detail":`...)
		body = appendText(body, detail)
	}
	if isIncidentID(incidentID) {
		body = append(body, `,"incident_id":"`...)
		body = append(body, incidentID...)
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
