package probe

import (
	"strings"
	"time"

	"gatehouse/harness"
)

// A Scenario is a chain of probe plugins with their scripts, and the traffic
// that runs through it, one step after the other.
type Scenario struct {
	// Name identifies the scenario; lower case, words joined with "-".
	Name string
	// Filters are the chain, first to see a request first.
	Filters []Filter
	// BufferLimit is how many bytes of a body may wait at a filter. Default 1 MiB.
	BufferLimit int
	// HTTP2Upstream has the proxy speak HTTP/2 to the upstream.
	HTTP2Upstream bool
	// NoUpstream leaves the upstream's cluster without any endpoint.
	NoUpstream bool
	// TLS has the client speak TLS to the proxy.
	TLS TLS
	// Steps are the traffic.
	Steps []Step
	// Wait is how long the proxy idles after the last step, for timers.
	Wait time.Duration
}

// A Filter is one probe plugin of a chain.
type Filter struct {
	// Script is what the plugin does: its configuration. See plugin/script.go.
	Script string
	// VM is the vm_id. Default: the one that most scenarios share. A scenario
	// that breaks its VM needs its own.
	VM string
	// VMScript is the script of on_vm_start: the VM's configuration. It needs a VM
	// of its own.
	VMScript string
	// RootID is the root_id. Default: the name of the scenario and the filter's
	// place in it.
	RootID string
	// Open has the plugin fail open instead of closed.
	Open bool
	// Reload has the VM start anew after it failed.
	Reload bool
	// StopsAtHeaders is allow_on_headers_stop_iteration.
	StopsAtHeaders bool
	// Environment are the VM's environment variables.
	Environment map[string]string
}

// TLS says how the client's connection is secured.
type TLS int

const (
	NoTLS TLS = iota
	// ServerTLS: only the server shows a certificate.
	ServerTLS
	// MutualTLS: the client shows one too.
	MutualTLS
)

// Protocol is what a step's client speaks.
type Protocol int

const (
	HTTP1 Protocol = iota
	HTTP2
)

func (p Protocol) String() string {
	if p == HTTP2 {
		return "HTTP/2"
	}
	return "HTTP/1.1"
}

// A Step is one request and what the upstream answers to it.
type Step struct {
	Protocol Protocol
	Request  harness.Message
	Response harness.Message
	// After is how long the proxy idles before the step.
	After time.Duration
	// Patience is when the client gives up and closes the connection, if nothing
	// came by then. Default 1.5 s, which no step should need.
	Patience time.Duration
}

// message builds a message from lines "name: value", where names may start with
// a colon, and chunks of a body.
func message(fields string, body ...string) harness.Message {
	var m harness.Message
	m.Headers = headers(fields)
	for _, b := range body {
		m.Body = append(m.Body, []byte(b))
	}
	return m
}

func headers(fields string) []harness.Header {
	var h []harness.Header
	for line := range strings.Lines(fields) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		i := strings.Index(line[1:], ":") + 1
		h = append(h, harness.Header{Name: line[:i], Value: strings.TrimSpace(line[i+1:])})
	}
	return h
}

func withTrailers(m harness.Message, fields string) harness.Message {
	m.Trailers = headers(fields)
	return m
}

func reset(m harness.Message) harness.Message {
	m.Reset = true
	return m
}

// get is a request without a body. Every request names x-forwarded-proto, since
// Envoy adds it where it is missing.
func get(path, fields string) harness.Message {
	return message(":method: GET\n:path: " + path + "\n:authority: api.example.com\n:scheme: http\nx-forwarded-proto: http\n" + fields)
}

// post is a request with a body of these chunks.
func post(path, fields string, body ...string) harness.Message {
	m := message(":method: POST\n:path: "+path+"\n:authority: api.example.com\n:scheme: http\nx-forwarded-proto: http\n"+fields, body...)
	return m
}

// ok is a response with a body of these chunks.
func ok(fields string, body ...string) harness.Message {
	return message(":status: 200\n"+fields, body...)
}
