package harness

import (
	"fmt"
	"strconv"
	"strings"
)

// Local replies: answers that do not come from the upstream.

const (
	grpcOK          = 0
	grpcUnknown     = 2
	grpcUnavailable = 14
	grpcMaxKnown    = 16
	// noGRPCStatus leaves it to the HTTP status.
	noGRPCStatus = -1
)

// localReply is an answer as a filter asks for it.
type localReply struct {
	status     int
	headers    []Header
	body       string
	grpcStatus int
	details    string
}

// preparedReply is an answer as it enters the chain.
type preparedReply struct {
	headers *headerMap
	body    string
}

// sendLocalReply answers in place of the upstream. A reply made while the
// request is on its way through the chain runs back through all plugins; one
// made while the response is, goes straight to the client, and once headers are
// out the stream can only be reset.
func (s *stream) sendLocalReply(r localReply) {
	if s.done {
		return
	}
	decoding := s.calls&decodingMask != 0
	if decoding {
		s.decodeAborted = true
	} else if s.calls&encodingMask != 0 {
		s.encodeAborted = true
	}
	s.result.Details, s.hasDetails = r.details, true
	if !s.headersEncoded {
		s.code = r.status
	}
	switch {
	case s.responseHeaders == nil && decoding:
		if s.prepared == nil {
			s.prepared = s.prepare(r)
		}
	case s.responseHeaders == nil:
		s.router.stop()
		s.encodeReply(s.prepare(r))
	case !s.headersEncoded:
		reply := s.prepare(r)
		s.encodersStreaming = true
		s.responseHeaders = reply.headers
		s.headersEncoded = true
		s.clientHeaders(reply.headers, reply.body == "")
		if reply.body != "" {
			s.clientData(&buffer{data: []byte(reply.body)}, true)
		}
		if s.replying {
			s.encodeComplete, s.finishLater = true, true
			return
		}
		s.maybeEndEncode(true)
	default:
		s.reset()
	}
}

// executePreparedReply sends the reply that waited for a callback to return.
func (s *stream) executePreparedReply() {
	if s.prepared == nil || s.done {
		return
	}
	reply := s.prepared
	s.prepared = nil
	s.router.stop()
	s.encodeReply(reply)
}

func (s *stream) encodeReply(reply *preparedReply) {
	s.responseHeaders = reply.headers
	s.replying = true
	s.encodeHeaders(nil, reply.headers, reply.body == "")
	if reply.body != "" && !s.done {
		s.encodeData(nil, &buffer{data: []byte(reply.body)}, true, true)
	}
	s.replying = false
	if s.finishLater {
		s.finish()
	}
}

// prepare makes the response: plain text, or trailers only for a gRPC request.
func (s *stream) prepare(r localReply) *preparedReply {
	m := newHeaderMap(responseMap, []Header{{":status", strconv.Itoa(r.status)}})
	for _, h := range r.headers {
		m.add(h.Name, h.Value)
	}
	m.overwrite(":status", strconv.Itoa(r.status))
	if s.grpc {
		m.overwrite(":status", "200")
		m.overwrite("content-type", "application/grpc")
		if v, _ := m.get("grpc-status"); v == "" {
			code := r.grpcStatus
			if code < 0 {
				code = grpcStatusOf(r.status)
			}
			m.overwrite("grpc-status", strconv.Itoa(code))
		}
		if r.body != "" && !s.head {
			m.overwrite("grpc-message", percentEncode(r.body))
		}
		m.remove("content-length")
		return &preparedReply{headers: m}
	}
	if r.body == "" {
		m.remove("content-length")
		m.remove("content-type")
		return &preparedReply{headers: m}
	}
	m.overwrite("content-length", strconv.Itoa(len(r.body)))
	if _, ok := m.get("content-type"); !ok {
		m.add("content-type", "text/plain")
	}
	if s.head {
		return &preparedReply{headers: m}
	}
	return &preparedReply{headers: m, body: r.body}
}

// grpcStatusOf is Envoy's gRPC status for an HTTP status.
//
// See https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
func grpcStatusOf(status int) int {
	switch status {
	case 400:
		return 13
	case 401:
		return 16
	case 403:
		return 7
	case 404:
		return 12
	case 429, 502, 503, 504:
		return grpcUnavailable
	case 200:
		return grpcUnknown
	}
	return grpcUnknown
}

// percentEncode escapes a gRPC status message.
//
// See https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
func percentEncode(message string) string {
	var b strings.Builder
	for i := range len(message) {
		if c := message[i]; c < 0x20 || c > 0x7e || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// missingResponseHeader says what keeps response headers from being sent.
func missingResponseHeader(headers *headerMap) string {
	status, ok := headers.get(":status")
	if !ok {
		return "missing required header: :status"
	}
	if n, err := strconv.Atoi(status); err != nil || n < 100 || n > 999 {
		return "invalid header: :status"
	}
	return ""
}

// missingRequestHeader says what keeps request headers from being sent on.
func missingRequestHeader(headers *headerMap) string {
	method, ok := headers.get(":method")
	if !ok {
		return "missing required header: :method"
	}
	if method == "CONNECT" {
		if _, ok := headers.get(":authority"); !ok {
			return "missing required header: :authority"
		}
		return ""
	}
	if _, ok := headers.get(":path"); !ok {
		return "missing required header: :path"
	}
	return ""
}

func underscores(s string) string { return strings.Map(spaceToUnderscore, s) }

func spaceToUnderscore(r rune) rune {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r':
		return '_'
	}
	return r
}
