package waftest

import (
	"fmt"
	"strings"
)

// Request is one HTTP request as a web application firewall sees it.
type Request struct {
	// Method is the method as sent: case kept, possibly not a token.
	Method string
	// URI is the request target as sent, a fragment included.
	URI string
	// Protocol is the version as sent, such as "HTTP/1.1".
	Protocol string
	// Headers are names and values in wire order, names as written, Host
	// among them. White space around values is gone.
	Headers [][2]string
	// Body is the content after Transfer-Encoding is undone; nil if there is none.
	Body []byte

	// RemoteAddr is the IP address of the client, without a port.
	RemoteAddr string
	// RemotePort is the client's port.
	RemotePort int
	// ServerAddr is the IP address the client connected to, "" if unknown.
	ServerAddr string
	// ServerPort is the port the client connected to, 0 if unknown.
	ServerPort int

	// Raw is the message as sent. Only requests of regression tests have it.
	Raw []byte
	// Refused is the status with which Go's net/http server answers Raw without
	// any handler having seen it, 0 if the server takes the request. The other
	// fields of a refused request are a lenient reading of Raw.
	Refused int
}

// Header returns the value of the first header of that name, in any case, "" if
// there is none.
func (r *Request) Header(name string) string {
	for _, h := range r.Headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// String is the request as a text for failure messages, the body cut off after
// 400 bytes.
func (r *Request) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\n", r.Method, r.URI, r.Protocol)
	for _, h := range r.Headers {
		fmt.Fprintf(&b, "%s: %s\n", h[0], h[1])
	}
	if len(r.Body) > 0 {
		body, more := r.Body, ""
		if len(body) > 400 {
			body, more = body[:400], fmt.Sprintf(" … %d bytes", len(r.Body))
		}
		fmt.Fprintf(&b, "\n%q%s", body, more)
	}
	return b.String()
}

// Response is what the application answers to a request.
type Response struct {
	// Status is the status code.
	Status int
	// Protocol is the version, such as "HTTP/1.1".
	Protocol string
	// Headers are names and values in order.
	Headers [][2]string
	// Body is the content; nil if there is none.
	Body []byte
}

// Engine is a firewall with its rules. Run must be usable from several
// goroutines at once.
type Engine interface {
	// Run puts a request through phases 1 and 2, the response through phases 3
	// and 4, and then, whatever happened before, phase 5. With a nil response, and
	// after an interruption, phases 3 and 4 are left out. Run changes neither
	// argument.
	Run(req *Request, resp *Response) Outcome
}

// Outcome is what an engine made of a request.
type Outcome struct {
	// IDs are the rules that matched and log, in ascending order, each once.
	IDs []int
	// AllIDs are all rules that matched, those with nolog included, in ascending
	// order, each once. Rules without an id (SecAction and SecRule always have one,
	// the links of a chain do not) are not in it.
	AllIDs []int
	// Status is the status the client gets from an interruption, 0 if the
	// request was not interrupted. A deny without a status is a 403.
	Status int
	// Phase is the phase of the interruption, 1 to 4, 0 for none.
	Phase int
	// ByRule is the rule that interrupted, 0 for none.
	ByRule int
	// Log has one line for each match of a rule that logs, as [LogLine] writes it.
	// It is only needed by regression tests that expect a text in the log.
	Log []string
}

// LogLine is a line of [Outcome.Log], with the fields of ModSecurity's error log
// that regression tests look at: id, msg and data (logdata), macros expanded.
func LogLine(id int, msg, data string) string {
	return fmt.Sprintf("[id %q] [msg %q] [data %q]", fmt.Sprint(id), msg, data)
}
