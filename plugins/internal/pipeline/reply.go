package pipeline

import (
	"strconv"
	"strings"

	"gatehouse/plugins/internal/policy"
)

// reply shows the denial to the stages in front of the one that denies, from the last to
// the first, as the proxy shows the answer of a filter to those in front of it, and makes
// of it what they do.
func (s *inspection) reply() {
	r := &s.denial.Response
	method, _ := s.request.Headers.First(":method")
	body, grpc := r.Body, s.isGRPC()
	status := r.Status
	headers := policy.Headers{{Name: ":status", Value: strconv.Itoa(status)}}
	headers = append(headers, r.Headers...)
	switch _, typed := headers.First("content-type"); {
	case grpc:
		status = 200
		headers = append(headers[:1:1], without(r.Headers, "content-type")...)
		headers[0].Value = "200"
		headers = append(headers, policy.Header{Name: "content-type", Value: "application/grpc"}, policy.Header{Name: "grpc-status", Value: strconv.Itoa(grpcStatus(r.Status))})
		body = nil
	case len(body) > 0:
		headers = append(headers, policy.Header{Name: "content-length", Value: strconv.Itoa(len(body))})
		if !typed {
			headers = append(headers, policy.Header{Name: "content-type", Value: "text/plain"})
		}
	}
	if method == "HEAD" {
		body = nil
	}
	f := &s.down
	f.begin(headers, s.by, len(body) == 0, len(body) == 0)
	f.head = policy.ResponseHead{Status: status, Attributes: s.request.Attributes}
	o := f.advance()
	if o == goesOn && len(body) > 0 {
		o = f.give(body, true)
	}
	if o == isDenied {
		return // and that answer goes to the client as it is
	}
	if grpc {
		r.Headers = without(f.headers, ":status", "content-type", "grpc-status", "content-length")
		return
	}
	r.Headers = without(f.headers, ":status", "content-length")
	if len(body) > 0 {
		r.Body = append([]byte(nil), f.output...)
	}
}

// isGRPC tells whether the client wants its answer as gRPC has it.
func (s *inspection) isGRPC() bool {
	t, _ := s.request.Headers.First("content-type")
	rest, ok := strings.CutPrefix(t, "application/grpc")
	return ok && (rest == "" || rest[0] == '+')
}

// grpcStatus is the status of gRPC for one of HTTP
// (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).
func grpcStatus(status int) int {
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
		return 14
	}
	return 2
}

// without are headers but for some.
func without(headers policy.Headers, names ...string) policy.Headers {
	var kept policy.Headers
	for _, h := range headers {
		named := false
		for _, name := range names {
			named = named || name == h.Name
		}
		if !named {
			kept = append(kept, h)
		}
	}
	return kept
}
