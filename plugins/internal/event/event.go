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
	DetectionFinding    Class = 2004
	DataSecurityFinding Class = 2006 // without Sightings it is written as APIActivity
	Authentication      Class = 3002
	APIActivity         Class = 6003
)

// Severity is OCSF's severity_id.
type Severity int

// The severities that plugins write.
const (
	Unset         Severity = iota // Informational for Allow; for Deny the highest of the findings, or Medium
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
	// Title names what was found, for a DetectionFinding or DataSecurityFinding. It is a
	// constant of the plugin, never request data. Empty stands for the first finding's
	// message, or for what Sightings are of.
	Title string
	// Findings and Score are those of the decision, for a DetectionFinding.
	Findings []policy.Finding
	Score    int
	// Sightings are those of the decision. They share memory with it.
	Sightings []policy.Sighting
	// Others are decisions of other plugins that are written with this one, because all of
	// them are one to the proxy. Of them is written what was decided and found.
	Others []Other
	// Denial is the how manyth denial of its stream a denial is. After the first,
	// which ends a stream unless it is in shadow mode, it is written, so that who
	// counts streams can leave the others out.
	Denial int
	// Status is the HTTP status the client was answered with; 0 if the request
	// went on.
	Status int
	// IncidentID is what the client was told to quote.
	IncidentID string

	// Outcome, Mode, Reason, Route, Policy and Identity are those of the decision.
	Outcome       policy.Outcome
	Mode          policy.Mode
	Reason        policy.Reason
	Route, Policy string
	Identity      policy.Identity

	// Method and Host are the request's own, Host without user information.
	Method, Host string
	// Path is the request's path without what may hold a secret: query, fragment,
	// and what follows a ";" in a segment. Empty for a target that is no path.
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
// the request, its findings and sightings with the decision.
func New(r *policy.Request, d *policy.Decision) Event {
	e := Event{Time: r.Now, Outcome: d.Outcome, Mode: d.Mode, Reason: d.Reason, Route: d.Route, Policy: d.Policy, Identity: d.Identity,
		Findings: d.Findings, Score: d.Score, Sightings: d.Sightings}
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
			// RFC 3986, Section 3.2.1: user information may be a password.
			e.Host = h.Value[strings.LastIndexByte(h.Value, '@')+1:]
		case ":path":
			e.Path = visiblePath(h.Value)
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

// visiblePath returns the part of a request target that an event may show. Query
// strings carry tokens and personal data, path parameters session ids
// (";jsessionid="), each also behind an encoded delimiter, and a whole URI may
// carry a password.
func visiblePath(target string) string {
	if target == "" || target[0] != '/' && target != "*" {
		return ""
	}
	if !strings.ContainsAny(target, "?#;%") {
		return target
	}
	b := make([]byte, 0, len(target))
	hidden := false
	for i := 0; i < len(target); {
		delimiter, size := delimiterAt(target[i:])
		switch delimiter {
		case '?', '#':
			return string(b)
		case '/':
			hidden = false
		}
		if !hidden {
			b = append(b, target[i:i+size]...)
		}
		hidden = hidden || delimiter == ';'
		i += size
	}
	return string(b)
}

// delimiterAt returns the byte that s begins with, and how long it is spelled:
// of the encoded ones, those that visiblePath cares for.
func delimiterAt(s string) (byte, int) {
	if len(s) >= 3 && s[0] == '%' {
		switch s[1:3] {
		case "3b", "3B":
			return ';', 3
		case "3f", "3F":
			return '?', 3
		case "23":
			return '#', 3
		}
	}
	return s[0], 1
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
