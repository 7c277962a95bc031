package pipeline

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/plugins/internal/policy"
)

// reply shows the denial to the other stages that have seen the request, from the last to
// the first, as the proxy shows the answer of a filter to the others, and makes of it what
// they do. Stages behind the one that denies are among them where they have seen headers
// whose body was denied.
func (s *inspection) reply() {
	s.stages[s.by].quiet = true
	if s.up.next == 1 {
		return
	}
	r := &s.denial.Response
	body, status, grpc := r.Body, r.Status, s.isGRPC()
	headers := append(policy.Headers{{Name: ":status", Value: strconv.Itoa(status)}}, r.Headers...)
	var added []string
	if grpc {
		// It has no body, and its status is that of gRPC.
		body, status = nil, 200
		headers[0].Value = "200"
		added = add(&headers, added, "content-type", "application/grpc")
		added = add(&headers, added, "grpc-status", strconv.Itoa(grpcStatus(r.Status)))
	} else if len(body) > 0 {
		added = add(&headers, added, "content-length", strconv.Itoa(len(body)))
		added = add(&headers, added, "content-type", "text/plain")
	}
	if method, _ := s.request.Headers.First(":method"); method == "HEAD" {
		body = nil
	}
	f := &s.down
	f.begin(headers, s.up.next, len(body) == 0, len(body) == 0)
	f.head = policy.ResponseHead{Status: status, Attributes: s.request.Attributes}
	o := f.advance()
	if o == goesOn && len(body) > 0 {
		o = f.give(body, true)
	}
	if o == isDenied {
		return // and that answer goes to the client as it is
	}
	r.Headers = without(f.headers[1:], added)
	if len(body) > 0 {
		r.Body = append([]byte(nil), f.output...)
	}
}

// add adds a header field that is missing and notes that it did.
func add(headers *policy.Headers, added []string, name, value string) []string {
	if _, ok := headers.First(name); ok {
		return added
	}
	*headers = append(*headers, policy.Header{Name: name, Value: value})
	return append(added, name)
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

// without are headers but for those of some names.
func without(headers policy.Headers, names []string) policy.Headers {
	if len(names) == 0 {
		return headers
	}
	var kept policy.Headers
	for _, h := range headers {
		if !slices.Contains(names, h.Name) {
			kept = append(kept, h)
		}
	}
	return kept
}
