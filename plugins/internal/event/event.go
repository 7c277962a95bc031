package event

import (
	"strings"
	"time"

	"gatehouse/plugins/internal/policy"
)

// Class is the kind of an event, numbered as in OCSF (class_uid).
type Class int

// The classes that plugins write.
const (
	DetectionFinding Class = 2004
	Authentication   Class = 3002
	APIActivity      Class = 6003
)

// Severity is OCSF's severity_id.
type Severity int

// The severities that plugins write.
const (
	Unset         Severity = iota // Informational for Allow, Medium for Deny
	Informational                 //
	Low
	Medium
	High
	Critical
)

// Event is a decision and the request it was made on. Empty fields are left
// out of what is written.
type Event struct {
	// Time is when the decision was made.
	Time time.Time
	// Class says which OCSF class the event is.
	Class Class
	// Severity of the event.
	Severity Severity
	// Title names what was found, for a DetectionFinding. It is a constant of the
	// plugin, never request data.
	Title string
	// Status is the HTTP status the client was answered with; 0 if the request
	// went on.
	Status int
	// IncidentID is what the client was told to quote.
	IncidentID string

	// Outcome, Mode, Reason, Route and Identity are those of the decision.
	Outcome  policy.Outcome
	Mode     policy.Mode
	Reason   policy.Reason
	Route    string
	Identity policy.Identity

	// Method and Host are the request's own.
	Method, Host string
	// Path is the request's path without its query; the normal form where the
	// plugin knows it.
	Path string
	// RequestID is the request's x-request-id.
	RequestID string
	// TraceID and ParentID are those of the request's traceparent.
	TraceID, ParentID string
	// Source is the client's address, "ip:port".
	Source string
}

// New describes a decision on a request. The caller adds Class, Status,
// IncidentID and what else it knows. The strings of the event share memory with
// the request.
func New(r *policy.Request, d *policy.Decision) Event {
	e := Event{Time: r.Now, Outcome: d.Outcome, Mode: d.Mode, Reason: d.Reason, Route: d.Route, Identity: d.Identity}
	if d.Outcome != policy.Allow && d.Mode != policy.Shadow {
		e.Status = d.Response.Status
	}
	traces := 0
	for i := range r.Headers {
		h := &r.Headers[i]
		switch h.Name {
		case ":method":
			e.Method = h.Value
		case ":authority":
			e.Host = h.Value
		case ":path":
			e.Path = h.Value
			if i := strings.IndexAny(e.Path, "?#"); i >= 0 {
				e.Path = e.Path[:i]
			}
		case "x-request-id":
			e.RequestID = h.Value
		case "traceparent":
			// Trace Context, Section 4.2.1: of several, none is valid.
			if traces++; traces == 1 {
				e.TraceID, e.ParentID, _ = Traceparent(h.Value)
			} else {
				e.TraceID, e.ParentID = "", ""
			}
		}
	}
	if source, ok := r.Attribute("source", "address"); ok {
		e.Source = string(source)
	}
	return e
}

// Traceparent takes the ids out of a traceparent header (W3C Trace Context,
// Section 3.2) and tells whether it is valid.
func Traceparent(value string) (traceID, parentID string, ok bool) {
	const length = 2 + 1 + 32 + 1 + 16 + 1 + 2
	if len(value) < length || value[2] != '-' || value[35] != '-' || value[52] != '-' {
		return "", "", false
	}
	version, trace, parent, flags := value[:2], value[3:35], value[36:52], value[53:55]
	if !lowerHex(version) || !lowerHex(trace) || !lowerHex(parent) || !lowerHex(flags) || version == "ff" {
		return "", "", false
	}
	// A later version may append fields, this one may not.
	if len(value) > length && (version == "00" || value[length] != '-') {
		return "", "", false
	}
	if strings.Trim(trace, "0") == "" || strings.Trim(parent, "0") == "" {
		return "", "", false
	}
	return trace, parent, true
}

func lowerHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
