package event

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"

	"gatehouse/plugins/internal/policy"
)

// SchemaVersion is the version of OCSF that events follow.
const SchemaVersion = "1.6.0"

// Bounds of what a request may put into an event, in bytes before escaping.
const (
	maxPath     = 1024
	maxHost     = 255
	maxMethod   = 32
	maxID       = 128
	maxIdentity = 256
	maxRoute    = 128
	maxPolicy   = 128
)

// Writer writes the events of one plugin. What a request, a token or an identity
// provider chose is written as its Redactor leaves it.
type Writer struct {
	identity string
	source   string
	redactor *Redactor
	mac      hash.Hash
	// product and feature are metadata.product, written once.
	product string
	plugin  string
}

// NewWriter returns a writer for the plugin of this name. Version is the version of
// Gatehouse, which may be empty. The redactor may be shared with others that write for
// the plugin.
func NewWriter(c *Config, plugin, version string, r *Redactor) *Writer {
	w := &Writer{identity: c.Identity, source: c.Source, redactor: r, plugin: plugin}
	if c.Identity == "pseudonym" {
		w.mac = hmac.New(sha256.New, []byte(c.PseudonymKey))
	}
	var l line
	l.open("product")
	l.text("name", "Gatehouse", maxID)
	l.text("vendor_name", "Gatehouse", maxID)
	l.text("version", version, maxID)
	l.open("feature")
	l.text("name", plugin, maxID)
	l.close()
	l.close()
	w.product = string(l.b)
	return w
}

// Append appends the event to dst: one line of printable ASCII, without the
// line feed, of at most 16 KiB, what the findings' rules say of themselves, and the
// sightings, those of Others included.
func (w *Writer) Append(dst []byte, e *Event) []byte {
	safe := w.redacted(e)
	e = &safe
	l := line{b: dst}
	l.begin()
	l.integer("time", e.Time.UnixMilli())
	activity, activityName := e.activity()
	l.integer("category_uid", int64(e.Class)/1000)
	l.integer("class_uid", int64(e.Class))
	l.integer("activity_id", int64(activity))
	l.text("activity_name", activityName, maxMethod)
	l.integer("type_uid", int64(e.Class)*100+int64(activity))
	l.integer("severity_id", int64(e.severity()))
	action, disposition, status := e.control()
	l.integer("action_id", int64(action))
	l.integer("disposition_id", int64(disposition))
	l.integer("status_id", int64(status))
	l.text("status_code", string(e.Reason), maxID)
	if e.Policy != "" {
		l.open("policy")
		l.text("name", e.Policy, maxPolicy)
		l.close()
	}
	w.metadata(&l, e)
	switch e.Class {
	case Authentication:
		l.integer("auth_protocol_id", 6) // OAuth 2.0
		w.user(&l, e)
		l.open("service")
		l.text("name", or(e.Host, "unknown"), maxHost)
		l.close()
	case DetectionFinding:
		w.findingInfo(&l, e)
	case DataSecurityFinding:
		w.findingInfo(&l, e)
		w.dataSecurity(&l, e)
	case APIActivity:
		l.open("api")
		l.text("operation", or(e.Method, "unknown"), maxMethod)
		l.close()
		if e.TraceID != "" {
			l.open("trace")
			l.text("uid", e.TraceID, maxID)
			l.close()
		}
	}
	switch e.Class {
	case DetectionFinding:
		// A finding has its actor and its request as evidence.
		l.openList("evidences")
		w.parties(&l, e)
		w.exchange(&l, e)
		l.closeList()
	case DataSecurityFinding:
		// It has no place for a request.
		w.parties(&l, e)
		l.open("dst_endpoint")
		l.text("hostname", or(e.Host, "unknown"), maxHost)
		l.close()
	default:
		w.parties(&l, e)
		w.exchange(&l, e)
	}
	l.open("unmapped")
	l.text("plugin", w.plugin, maxID)
	w.decision(&l, e)
	l.text("parent_span_id", e.ParentID, maxID)
	if e.Denial > 1 {
		l.integer("denial", int64(e.Denial))
	}
	switch e.Class {
	case DetectionFinding:
		w.findings(&l, e)
	case DataSecurityFinding:
		w.exchange(&l, e)
	}
	w.sightings(&l, e)
	w.others(&l, e)
	l.close()
	l.end()
	return l.b
}

func (w *Writer) metadata(l *line, e *Event) {
	l.open("metadata")
	l.text("version", SchemaVersion, maxID)
	l.raw(w.product)
	if e.Class == APIActivity {
		l.raw(`"profiles":["security_control","trace"]`)
	} else {
		l.raw(`"profiles":["security_control"]`)
	}
	l.text("uid", e.IncidentID, maxID)
	l.text("correlation_uid", e.TraceID, maxID)
	l.close()
}

// parties writes who the request is from.
func (w *Writer) parties(l *line, e *Event) {
	l.open("actor")
	w.user(l, e)
	l.text("app_uid", e.Identity.ClientID, maxIdentity)
	if e.Identity.Issuer != "" {
		l.open("session")
		l.text("issuer", e.Identity.Issuer, maxIdentity)
		l.close()
	}
	l.close()
	l.open("src_endpoint")
	ip, port := address(e.Source)
	l.text("ip", ip, maxID)
	if ip == "" {
		l.text("name", "unknown", maxID)
	} else if port > 0 {
		l.integer("port", int64(port))
	}
	l.close()
}

// exchange writes what was asked and answered.
func (w *Writer) exchange(l *line, e *Event) {
	l.open("http_request")
	l.text("http_method", e.Method, maxMethod)
	l.text("uid", e.RequestID, maxID)
	if e.Host != "" || e.Path != "" {
		l.open("url")
		l.text("hostname", e.Host, maxHost)
		l.text("path", or(e.Path, "/"), maxPath)
		l.close()
	}
	l.close()
	if e.Status > 0 {
		l.open("http_response")
		l.integer("code", int64(e.Status))
		l.close()
	}
}

// user writes the subject; OCSF wants a user even where nobody is known.
func (w *Writer) user(l *line, e *Event) {
	l.open("user")
	if e.Identity.Subject != "" {
		l.text("uid", e.Identity.Subject, maxIdentity)
	} else {
		l.text("name", "unknown", maxID)
	}
	l.close()
}

// control returns OCSF's action_id, disposition_id and status_id. Of a finding the last
// is not how it ended but that nobody has looked at it yet.
func (e *Event) control() (action, disposition, status int) {
	finding := e.Class == DetectionFinding || e.Class == DataSecurityFinding
	switch {
	case len(e.Sightings) > 0 && e.Outcome == policy.Allow && e.Mode == policy.Enforce:
		action, disposition, status = 4, 11, 1 // modified, corrected
	case len(e.Sightings) > 0 && e.Outcome == policy.Allow:
		action, disposition, status = 3, 17, 1 // observed, logged
	case e.Outcome == policy.Allow:
		action, disposition, status = 1, 1, 1 // allowed
	case e.Mode == policy.Shadow:
		action, disposition, status = 3, 17, 2 // observed, logged
	default:
		action, disposition, status = 2, 2, 2 // denied, blocked
	}
	if finding {
		status = 1 // new
	}
	return action, disposition, status
}

func (e *Event) severity() Severity {
	switch {
	case e.Severity != Unset:
		return e.Severity
	case e.Outcome == policy.Allow:
		return Informational
	}
	if s := severityOf(e.Findings); s != Unset {
		return s
	}
	return Medium
}

// activity returns OCSF's activity_id in the class, and a name where the class
// has none that fits (99, other).
func (e *Event) activity() (id int, name string) {
	switch e.Class {
	case Authentication:
		// A token presented with a request is neither a log-on nor a ticket.
		return 99, "Token Validation"
	case DetectionFinding, DataSecurityFinding:
		return 1, "" // create
	}
	switch e.Method {
	case "POST":
		return 1, "" // create
	case "GET", "HEAD", "OPTIONS":
		return 2, "" // read
	case "PUT", "PATCH":
		return 3, "" // update
	case "DELETE":
		return 4, "" // delete
	}
	return 99, or(e.Method, "unknown")
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
