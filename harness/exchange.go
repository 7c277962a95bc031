package harness

import "time"

// Header is one field of a header map, in wire order and as recorded. In a
// request the pseudo-header fields come first (":method", ":path",
// ":authority", ":scheme"), in a response ":status".
type Header struct {
	Name  string
	Value string
}

// Exchange is one recorded request and what the upstream answers to it.
type Exchange struct {
	// Name identifies the exchange in reports; may be empty.
	Name string
	// At is when the request's first byte arrives; zero is "now" of the
	// proxy's virtual clock.
	At time.Time
	// Request is what the client sends.
	Request Message
	// Response is what the upstream answers if it is reached.
	Response Message
	// Protocol is the client's: "HTTP/1.1" (the default), "HTTP/1.0" or "HTTP/2".
	// Over HTTP/1 the end of a body is a data event of its own without bytes, as
	// Envoy's codec makes it; over HTTP/2 the last chunk carries it.
	Protocol string
	// UpstreamProtocol is the upstream's, with the same meaning.
	UpstreamProtocol string
	// NoUpstream says that the upstream's cluster has no host: a request that gets
	// that far is answered 503.
	NoUpstream bool
	// Patience is how long the client waits for the end of the response before it
	// closes the connection; 0 is for ever.
	Patience time.Duration
	// Properties are attributes of the connection and route that the plugin may
	// read, by path joined with "." ("source.address", "xds.route_name"), in the
	// encoding of the host. They override the harness's own.
	Properties map[string][]byte
}

// Message is one direction of a stream.
type Message struct {
	// Headers are the header map. Never empty in a request.
	Headers []Header
	// Body are the chunks in which the body arrives, nil for none. Each chunk is
	// one data event to the first filter.
	Body [][]byte
	// Trailers follow the body; nil for none.
	Trailers []Header
	// Reset breaks the message off after Body, as a reset stream or a closed
	// connection would.
	Reset bool
	// Delay is how long after the previous event of its direction the message
	// begins, on the virtual clock.
	Delay time.Duration
}
