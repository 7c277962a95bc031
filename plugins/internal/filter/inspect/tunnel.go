package inspect

import (
	"strings"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
)

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

// asksForTunnel tells whether what follows the headers of a request is not its
// body. An upgrade with a body of its own is a request like any other: its body
// is held, and an upgrade that never ends waits until the proxy gives up.
func asksForTunnel(h policy.Headers) bool {
	upgrade, token := false, false
	for i := range h {
		switch h[i].Name {
		case ":method":
			switch h[i].Value {
			case "CONNECT":
				return true
			case "GET":
			default:
				return false
			}
		case "upgrade":
			upgrade = true
		case "connection":
			token = token || hasToken(h[i].Value, "upgrade")
		case "content-length":
			if h[i].Value != "0" {
				return false
			}
		case "transfer-encoding":
			return false
		}
	}
	return upgrade && token
}

// hasToken tells whether a list of tokens (RFC 9110, Section 5.6.1) has one, in
// any case.
func hasToken(list, token string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(item, " \t"), token) {
			return true
		}
	}
	return false
}

// agrees tells whether a response's status opens the tunnel that was asked for.
func (s *stream) agrees(status int) bool {
	if s.tunnel != asked && s.tunnel != waiting {
		return false
	}
	if method, _ := s.request.Headers.First(":method"); method == "CONNECT" {
		return status >= 200 && status < 300
	}
	return status == 101
}

// hold is the callback of bytes for a tunnel.
func (s *stream) hold() types.Action {
	if s.tunnel == agreed {
		return types.ActionContinue
	}
	s.tunnel = waiting
	return types.ActionPause
}
