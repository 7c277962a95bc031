package problem

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"

	"gatehouse/plugins/internal/policy"
)

// The media types of gRPC requests, without the format of their messages.
const (
	grpcType        = "application/grpc"
	grpcWebType     = "application/grpc-web"
	grpcWebTextType = "application/grpc-web-text"
)

// grpcStatus is the status code of gRPC for one of HTTP: what the code would have
// been, had a service given the answer. For what is in no service's power it is
// that of gRPC's "HTTP to gRPC Status Code Mapping".
//
// See https://grpc.github.io/grpc/core/md_doc_statuscodes.html
func grpcStatus(status int) int {
	switch status {
	case 400, 411, 414, 415, 422, 431:
		return 3 // INVALID_ARGUMENT
	case 401:
		return 16 // UNAUTHENTICATED
	case 403:
		return 7 // PERMISSION_DENIED
	case 404, 405, 501:
		return 12 // UNIMPLEMENTED
	case 408:
		return 4 // DEADLINE_EXCEEDED
	case 409:
		return 10 // ABORTED
	case 413, 429:
		return 8 // RESOURCE_EXHAUSTED
	case 500:
		return 13 // INTERNAL
	case 502, 503, 504:
		return 14 // UNAVAILABLE
	}
	return 2 // UNKNOWN
}

// grpcResponse is the answer to a client of gRPC. The message is the detail, or
// the title if there is none, and names the incident.
//
// Envoy makes a Trailers-Only response of its own of every local reply to a
// request of type application/grpc, and leaves what it finds of one as it is (tried
// in 1.40).
func grpcResponse(form Form, status int, title, detail, incidentID string) policy.Response {
	message := detail
	if message == "" {
		message = title
	}
	if isIncidentID(incidentID) {
		message += " (incident " + incidentID + ")"
	}
	code := strconv.Itoa(grpcStatus(status))
	message = encodeMessage(message)
	if form == GRPC {
		// gRPC over HTTP/2, Responses: Trailers-Only is one block of headers.
		return policy.Response{Status: 200, Headers: policy.Headers{
			{Name: "content-type", Value: grpcType},
			{Name: "grpc-status", Value: code},
			{Name: "grpc-message", Value: message},
		}}
	}
	// gRPC-Web, Message framing: the trailers are the last frame of the body, its
	// first bit set, in the form of HTTP/1 headers.
	trailers := "grpc-status:" + code + "\r\ngrpc-message:" + message + "\r\n"
	frame := append(make([]byte, 0, 5+len(trailers)), 0x80, 0, 0, 0, 0)
	binary.BigEndian.PutUint32(frame[1:], uint32(len(trailers)))
	frame = append(frame, trailers...)
	kind := grpcWebType
	if form == GRPCWebText {
		kind = grpcWebTextType
		frame = base64.StdEncoding.AppendEncode(nil, frame)
	}
	return policy.Response{Status: 200, Body: frame, Headers: policy.Headers{
		{Name: "content-type", Value: kind + "+proto"},
		{Name: "cache-control", Value: "no-store"},
	}}
}

// encodeMessage writes a Status-Message: bytes that are not printable ASCII, and
// the percent sign, are percent-encoded (gRPC over HTTP/2, Responses).
func encodeMessage(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '%' {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}
