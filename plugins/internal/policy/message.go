package policy

import (
	"strconv"
	"strings"
)

// ContentLength is the length that headers give of a body, -1 if they do not, or not in
// one voice.
func (h Headers) ContentLength() int64 {
	length := int64(-1)
	for i := range h {
		if h[i].Name != "content-length" {
			continue
		}
		n, err := strconv.ParseInt(h[i].Value, 10, 64)
		if err != nil || n < 0 || length >= 0 {
			return -1
		}
		length = n
	}
	return length
}

// AsksForTunnel tells whether what follows the headers of a request is not its body:
// CONNECT (RFC 9110, Section 9.3.6) and upgrades (Section 7.8), for which Envoy writes the
// extended CONNECT of HTTP/2 and HTTP/3 as well. An upgrade with a body of its own is a
// request like any other.
func (h Headers) AsksForTunnel() bool {
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

// OpensTunnel tells whether a response of this status opens the tunnel that a request
// with these headers asks for.
func (h Headers) OpensTunnel(status int) bool {
	if method, _ := h.First(":method"); method == "CONNECT" {
		return status >= 200 && status < 300
	}
	return status == 101
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
