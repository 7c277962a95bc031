// Package policy is the contract between an engine, which decides, and the
// filter adapter, which speaks Proxy-Wasm: what an engine sees of a request and
// what it answers. It does no I/O and knows nothing of Envoy.
package policy

import (
	"strings"
	"time"
)

// Header is one field of a header map. Name is lower case, as HTTP/2 and Envoy
// spell it; pseudo-header fields (RFC 9113, Section 8.3) keep their colon.
type Header struct {
	Name  string
	Value string
}

// IsToken tells whether a text is a token (RFC 9110, Section 5.6.2), as the names of
// header fields, methods and media types are.
func IsToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !IsTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsTokenByte tells whether a byte may stand in a token: a tchar.
func IsTokenByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// Headers is a header map in the order of the wire, duplicates kept. A security
// decision reads all values of a name, never only the first.
type Headers []Header

// First returns the first value of name and whether there is one.
func (h Headers) First(name string) (string, bool) {
	for i := range h {
		if h[i].Name == name {
			return h[i].Value, true
		}
	}
	return "", false
}

// Values returns every value of name in wire order, nil if there is none.
func (h Headers) Values(name string) []string {
	var values []string
	for i := range h {
		if h[i].Name == name {
			values = append(values, h[i].Value)
		}
	}
	return values
}

// Attributes gives an engine what the proxy knows of a stream beside its
// headers: Envoy's attributes, such as "xds.route_name" or
// "connection.mtls", each name one path with its segments apart.
//
// See https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
type Attributes interface {
	// Attribute returns the bytes of the attribute at path as the host encodes
	// them (text as it is, integers 8 bytes little endian, booleans one byte),
	// and false where the stream has none.
	Attribute(path ...string) ([]byte, bool)
}

// Request is what an engine sees when the headers of a request are complete.
type Request struct {
	// Now is the time of the decision. Engines have no clock of their own.
	Now time.Time
	// Headers are the request's headers, pseudo-headers included.
	Headers Headers
	// IncidentID names this decision in the event and in the answer to the client,
	// so that who is refused can quote it. The adapter makes it; it holds only
	// characters of a JSON string that need no escape.
	IncidentID string
	// Attributes looks up what the proxy knows of the stream. It may be nil,
	// which is the same as knowing nothing.
	Attributes Attributes
	// Overdue says that the request has waited as long as it may: a decision to
	// Wait denies it.
	Overdue bool
}

// Attribute is r.Attributes.Attribute, and false where there are none.
func (r *Request) Attribute(path ...string) ([]byte, bool) {
	if r.Attributes == nil {
		return nil, false
	}
	return r.Attributes.Attribute(path...)
}

// Source is the address of the client's end of the connection, "ip:port", empty
// where it is unknown. It is what the proxy takes for the client: Envoy counts
// x-forwarded-for in only where it is configured to trust it.
func (r *Request) Source() string { return r.text("source", "address") }

// Protocol is "HTTP/1.0", "HTTP/1.1", "HTTP/2" or "HTTP/3", empty where it is
// unknown. Like Scheme it is known only while the engine is called for the
// headers.
func (r *Request) Protocol() string { return r.text("request", "protocol") }

// Scheme is "http" or "https", empty where it is unknown.
func (r *Request) Scheme() string { return r.text("request", "scheme") }

func (r *Request) text(path ...string) string {
	value, _ := r.Attribute(path...)
	return string(value)
}

// Mode says what becomes of a denial.
type Mode uint8

const (
	// Enforce answers a denied request in place of the upstream.
	Enforce Mode = iota
	// Shadow records what would have happened and changes nothing.
	Shadow
)

// String returns the word the configuration and the events use.
func (m Mode) String() string {
	if m == Shadow {
		return "shadow"
	}
	return "enforce"
}

// Outcome is whether a request may go on.
type Outcome uint8

const (
	// Deny is the zero value, so that a decision nobody made denies.
	Deny Outcome = iota
	// Allow lets the request go on.
	Allow
	// Wait holds the request back, in either mode, until the engine is asked about
	// it again, by Decide or Waiting.Resume: when the Answer that it waits for has
	// come, and at the latest after Decision.WaitAtMost. It has no reason, event or
	// metric.
	Wait
)

// String returns the word events and metrics use.
func (o Outcome) String() string {
	switch o {
	case Allow:
		return "allow"
	case Wait:
		return "wait"
	}
	return "deny"
}

// Reason says why a decision was made, in snake case. The same constant names
// the event, the metric and Envoy's response code details, and each engine
// declares its own as a closed set: metrics are defined from them when the
// plugin is configured. A Reason never holds request data.
type Reason string

// Response is the answer to a client in place of the upstream's.
type Response struct {
	// Status is the HTTP status code.
	Status int
	// Headers are sent besides those the proxy adds itself.
	Headers Headers
	// Body is sent as it is.
	Body []byte
}

// Property is a value handed on to later filters and to access logs. It becomes
// filter state that no client can set (DESIGN: Identity).
type Property struct {
	// Name is the agreed name, for example "gatehouse.identity".
	Name string
	// Value is its bytes, by agreement a JSON document.
	Value []byte
}

// Identity is who a request was found to act for. All fields come from a
// verified credential; empty means the credential did not say.
type Identity struct {
	Issuer   string
	Subject  string
	ClientID string
}

// Decision is an engine's answer.
type Decision struct {
	// Outcome is the engine's finding, whatever the mode.
	Outcome Outcome
	// Mode says whether a Deny takes effect.
	Mode Mode
	// Reason names the finding.
	Reason Reason
	// Response answers the client when Outcome is Deny and Mode is Enforce.
	Response Response
	// SetHeaders replaces headers before the message goes on. Values of one name that
	// follow each other are several fields of that name, as Set-Cookie has to have.
	SetHeaders Headers
	// RemoveHeaders removes request headers, all values of each name, before
	// SetHeaders is applied.
	RemoveHeaders []string
	// Properties are handed on, on Allow.
	Properties []Property
	// Route is the name or index of the configured route that matched, for the
	// event.
	Route string
	// Policy is the name of what decided in the configuration, such as a limit, for
	// the event.
	Policy string
	// Notable says of an Allow that operators should hear of it: it becomes an event
	// wherever denials do.
	Notable bool
	// Identity is for the event. Nothing of it is set from an unverified
	// credential.
	Identity Identity
	// Body, BodyLimit and HoldHeaders are an Inspection's wishes for the body
	// behind headers that go on, also on those that it denies in Shadow mode.
	Body BodyNeed
	// NoResponse says of a request's headers or body that the inspection wants
	// nothing of the response: neither ResponseHeaders nor ResponseBody are called.
	NoResponse bool
	// BodyLimit is how many bytes of the body are held at most with BodyWhole or Gather. 0
	// leaves it to the proxy's own buffer limit.
	BodyLimit int
	// HoldHeaders keeps the headers back as well until the body is decided, so
	// that nothing at all of a denied message is passed on. It needs a proxy that
	// lets bodies come while headers wait; see BodyWhole. In Shadow mode it has no
	// effect. A Wait at the headers says it if what Resume decides may: else the body
	// stays with the client meanwhile, and the headers are not held afterwards.
	HoldHeaders bool
	// Gather says of a BodyStream that its pieces are gathered until the body is complete,
	// or longer than BodyLimit where that is not 0: all of them are the first piece then.
	// In Shadow mode it has no effect.
	Gather bool
	// KeepLength says of a BodyStream that a content-length stays where it is: the
	// Rewriter changes nothing of the body, or has removed it.
	KeepLength bool
	// Passes says of a piece of a BodyStream that the rest of the body passes unseen.
	Passes bool
	// Parts are what the plugins of a Composite decided, in this order. Findings,
	// Sightings, Properties and changes of headers are those of the parts then, Work and
	// Count those of the decision. An answer is that of the last part that denies.
	Parts []Part
	// Findings are what was found, for the event, whatever the outcome.
	Findings []Finding
	// Sightings are the data that was found, for the event, whatever the outcome.
	Sightings []Sighting
	// Score is the sum that the findings came to, in the engine's own scale; 0 is
	// none.
	Score int
	// Work is done besides, whatever the outcome: a request may be what shows that
	// there is something to fetch.
	Work Work
	// WaitAtMost is how long a request waits that is told to Wait, counted from its
	// first such decision, to the millisecond.
	WaitAtMost time.Duration
	// WaitAnew says that the wait is not the one before but another, so that WaitAtMost counts
	// from now and the request is not overdue.
	WaitAnew bool
	// WaitFor is the ID of the call whose Answer the request waits for; 0 is any.
	WaitFor uint64
	// Count are indexes into what Counters returns: each occurrence adds one. This,
	// Findings and Sightings are read before the engine is called again.
	Count []int
}

// Engine decides on requests. It is made once from a configuration and used
// for many requests, never for two at a time.
type Engine interface {
	// Reasons is the closed set of reasons that Decide gives for an outcome.
	// Metrics are defined from it.
	Reasons(Outcome) []Reason
	// Decide never panics, whatever the request holds. What it keeps of a request
	// beyond the call it copies: the strings of a Request may point into a buffer
	// of the host that is much larger than they are.
	Decide(*Request) Decision
}
