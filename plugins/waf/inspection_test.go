package waf

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// protocol is what the proxy knows of a request: its protocol.
type protocol string

func (p protocol) Attribute(path ...string) ([]byte, bool) {
	return []byte(p), strings.Join(path, ".") == "request.protocol"
}

// TestHead looks at what rules see of a request's head where the proxy has it
// otherwise than the client wrote it.
func TestHead(t *testing.T) {
	const chunked = `REQUEST_HEADERS:Transfer-Encoding "@streq chunked"`
	tests := []struct {
		name     string
		protocol protocol
		headers  []string
		end      bool
		rule     string
		matches  bool
	}{
		{"a body without a length is chunked", "HTTP/1.1", []string{":method", "POST"}, false, chunked, true},
		{"no body", "HTTP/1.1", []string{":method", "POST"}, true, chunked, false},
		{"a body with a length", "HTTP/1.1", []string{":method", "POST", "content-length", "1"}, false, chunked, false},
		{"a body in HTTP/2", "HTTP/2", []string{":method", "POST"}, false, chunked, false},
		{"an upgrade", "HTTP/1.1", []string{":method", "GET", "connection", "upgrade", "upgrade", "websocket"}, false, chunked, false},
		{"a tunnel", "HTTP/1.1", []string{":method", "CONNECT", ":authority", "a:80"}, false, chunked, false},
		{"the coding is there", "HTTP/1.1", []string{":method", "POST", "transfer-encoding", "chunked"}, false, `&REQUEST_HEADERS:Transfer-Encoding "@eq 1"`, true},
		{"the target of CONNECT", "HTTP/1.1", []string{":method", "CONNECT", ":authority", "a:80"}, true, `REQUEST_LINE "@streq CONNECT a:80 HTTP/1.1"`, true},
		{"an empty Host", "HTTP/1.1", []string{":method", "GET", ":path", "/", ":authority", ""}, true, `REQUEST_HEADERS:Host "@rx ^$"`, true},
		{"no Host", "HTTP/1.0", []string{":method", "GET", ":path", "/"}, true, `&REQUEST_HEADERS:Host "@eq 0"`, true},
		{"one Host", "HTTP/1.1", []string{":method", "GET", ":path", "/", ":authority", "a", "host", "b"}, true, `REQUEST_HEADERS:Host "@streq b"`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			configuration, err := json.Marshal(map[string]any{"rules": []string{"SecRule " + tt.rule + ` "id:1,phase:1,deny"`}})
			if err != nil {
				t.Fatal(err)
			}
			i, err := New(configuration)
			if err != nil {
				t.Fatal(err)
			}
			r := &policy.Request{Now: time.Unix(1700000000, 0), IncidentID: "incident-1", Attributes: tt.protocol}
			for j := 0; j < len(tt.headers); j += 2 {
				r.Headers = append(r.Headers, policy.Header{Name: tt.headers[j], Value: tt.headers[j+1]})
			}
			if d := i.Inspect().RequestHeaders(r, tt.end); (d.Outcome == policy.Deny) != tt.matches {
				t.Errorf("%v for %q, want a match: %v", d.Outcome, tt.rule, tt.matches)
			}
		})
	}
}
