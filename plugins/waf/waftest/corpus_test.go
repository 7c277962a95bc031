//go:build !wasip1

package waftest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wire is a request as a client sends it.
func wire(req *Request) []byte {
	protocol := req.Protocol
	if strings.HasPrefix(protocol, "HTTP/2") || strings.HasPrefix(protocol, "HTTP/3") {
		protocol = "HTTP/1.1" // what those versions carry, in words of this one
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\r\n", req.Method, req.URI, protocol)
	for _, h := range req.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	b.Write(req.Body)
	return b.Bytes()
}

// digest is a fingerprint of n requests.
func digest(t *testing.T, reqs iter.Seq[Request]) (n int, sum string) {
	t.Helper()
	h := sha256.New()
	for req := range reqs {
		fmt.Fprintf(h, "%s %s %d\n", req.RemoteAddr, req.Protocol, req.RemotePort)
		h.Write(wire(&req))
		n++
	}
	return n, fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// TestBenign reads all of a corpus as a server would.
func TestBenign(t *testing.T) {
	s := newServer()
	defer s.close()
	kinds, methods, tokens, scripts := map[string]int{}, map[string]int{}, 0, 0
	for req := range Benign(BenignCount, 1) {
		got := s.receive(wire(&req))
		if got.Refused != 0 {
			t.Fatalf("refused with %d:\n%s", got.Refused, req.String())
		}
		if got.URI != req.URI || !slices.Equal(got.Headers, req.Headers) || !bytes.Equal(got.Body, req.Body) {
			t.Fatalf("arrived as\n%s\nwant\n%s", got.String(), req.String())
		}
		if n := req.Header("Content-Length"); n != "" && n != strconv.Itoa(len(req.Body)) {
			t.Fatalf("Content-Length %s for %d bytes", n, len(req.Body))
		}
		kind, _, _ := strings.Cut(req.Header("Content-Type"), ";")
		kinds[kind]++
		methods[req.Method]++
		if req.Header("Authorization") != "" {
			tokens++
		}
		if strings.ContainsFunc(string(req.Body), func(r rune) bool { return r > 0x250 && r != '\uFFFD' }) {
			scripts++
		}
	}
	for _, kind := range []string{
		"", "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/xml", "text/xml", "application/soap+xml",
		"application/x-ndjson", "application/json-patch+json", "application/merge-patch+json", "application/vnd.api+json", "application/grpc-web-text",
	} {
		if kinds[kind] < BenignCount/200 {
			t.Errorf("%d requests of type %q, want at least %d", kinds[kind], kind, BenignCount/200)
		}
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		if methods[method] < BenignCount/200 {
			t.Errorf("%d requests by %s, want at least %d", methods[method], method, BenignCount/200)
		}
	}
	if tokens < BenignCount/3 || scripts < BenignCount/20 {
		t.Errorf("%d requests with a token, %d with letters beyond Latin", tokens, scripts)
	}
}

// TestMutations reads mutated requests as a server would. Go's refuses some that
// others let through: two Host headers, a path that does not decode.
func TestMutations(t *testing.T) {
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	s := newServer()
	defer s.close()
	const n = 5_000
	refused, same := 0, 0
	original := map[string]bool{}
	for i := range tests {
		for j := range tests[i].Stages {
			original[tests[i].Stages[j].Request.String()] = true
		}
	}
	for req := range Mutations(tests, n, 1) {
		if s.receive(wire(&req)).Refused != 0 {
			refused++
		}
		if original[req.String()] {
			same++
		}
		if req.Raw != nil || req.Refused != 0 {
			t.Fatalf("a mutation claims to be a message of a test:\n%s", req.String())
		}
		if len(req.Body) > 1<<20 {
			t.Fatalf("%d bytes of body", len(req.Body))
		}
	}
	t.Logf("%d of %d refused, %d unchanged", refused, n, same)
	if refused > n/8 || same > n/8 {
		t.Errorf("%d of %d refused, %d unchanged; want at most an eighth of either", refused, n, same)
	}
}

func TestCorporaAreFixed(t *testing.T) {
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	corpora := []struct {
		name string
		make func(n int, seed uint64) iter.Seq[Request]
		want string
	}{
		{"benign", Benign, "fbbd868fc91dd32f"},
		{"mutations", func(n int, seed uint64) iter.Seq[Request] { return Mutations(tests, n, seed) }, "2bc9520a400abb0e"},
	}
	for _, c := range corpora {
		n, sum := digest(t, c.make(2000, 7))
		if n != 2000 || sum != c.want {
			t.Errorf("%s: %d requests with digest %s, want 2000 with %s: figures taken before are of another corpus", c.name, n, sum, c.want)
		}
		if _, again := digest(t, c.make(2000, 7)); again != sum {
			t.Errorf("%s: digest %s, then %s", c.name, sum, again)
		}
		if _, other := digest(t, c.make(2000, 8)); other == sum {
			t.Errorf("%s: another seed has the same digest", c.name)
		}
		var first []string
		for req := range c.make(100, 7) {
			first = append(first, req.String())
		}
		i := 0
		for req := range c.make(2000, 7) {
			if i == len(first) {
				break
			}
			if req.String() != first[i] {
				t.Fatalf("%s: request %d depends on how many there are", c.name, i)
			}
			i++
		}
	}
}
