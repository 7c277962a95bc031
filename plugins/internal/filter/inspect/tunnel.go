package inspect

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

// tunnel is what a stream is instead of an exchange of messages, once the upstream
// has agreed: CONNECT (RFC 9110, Section 9.3.6) and upgrades (Section 7.8), for
// which Envoy writes the extended CONNECT of HTTP/2 and HTTP/3 as well.
type tunnel uint8

const (
	// message: the stream is no tunnel.
	message tunnel = iota
	// asked: the client wants one. What it sends waits for the upstream's answer,
	// because to an upstream that knows no upgrade these bytes are a body or the
	// next request, which nobody has inspected.
	asked
	// waiting: it has sent some.
	waiting
	// agreed: bytes pass in both directions.
	agreed
)

// agrees tells whether a response's status opens the tunnel that was asked for.
func (s *stream) agrees(status int) bool {
	if s.tunnel != asked && s.tunnel != waiting {
		return false
	}
	return s.request.Headers.OpensTunnel(status)
}

// hold is the callback of bytes for a tunnel.
func (s *stream) hold() types.Action {
	if s.tunnel == agreed {
		return types.ActionContinue
	}
	s.tunnel = waiting
	return types.ActionPause
}
