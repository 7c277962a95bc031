package problem

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// Form is the form of an answer that a client can read.
type Form uint8

const (
	// Document is a problem document (RFC 9457). The zero value.
	Document Form = iota
	// Bodiless is an answer to HEAD: that of Document without its body (RFC 9110,
	// Section 9.3.2).
	Bodiless
	// GRPC is a Trailers-Only response of gRPC over HTTP/2.
	GRPC
	// GRPCWeb is a response of gRPC-Web, whose trailers are its body.
	GRPCWeb
	// GRPCWebText is that in base64.
	GRPCWebText
)

// FormOf tells in which form the sender of a request with these headers reads an
// answer. What it is told does not depend on it, so that it decides nothing.
func FormOf(headers policy.Headers) Form {
	if method, _ := headers.First(":method"); method == "HEAD" {
		return Bodiless
	}
	kind, _ := headers.First("content-type")
	switch {
	case kind == grpcType, strings.HasPrefix(kind, grpcType+"+"):
		// Spelled like this only, as it is for Envoy: of an answer to any other it
		// takes the content-type if there is no body, and without one the answer is
		// none of gRPC. Those clients know what HTTP's status means.
		return GRPC
	case isType(kind, grpcWebType):
		if accept, _ := headers.First("accept"); isType(accept, grpcWebTextType) {
			return GRPCWebText
		}
		return GRPCWeb
	case isType(kind, grpcWebTextType):
		// A client may send text and read bytes: it says so in accept.
		if accept, _ := headers.First("accept"); isType(accept, grpcWebType) {
			return GRPCWeb
		}
		return GRPCWebText
	}
	return Document
}

// isType reports whether value is a media type, in any case, with or without the
// format of its messages, as in "application/grpc-web+proto", and with or without
// parameters.
func isType(value, mediaType string) bool {
	if len(value) < len(mediaType) || !strings.EqualFold(value[:len(mediaType)], mediaType) {
		return false
	}
	if len(value) == len(mediaType) {
		return true
	}
	switch value[len(mediaType)] {
	case '+', ';', ' ', ',':
		return true
	}
	return false
}
