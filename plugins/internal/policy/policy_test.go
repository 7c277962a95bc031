package policy

import (
	"slices"
	"strings"
	"testing"
)

// known are attributes by their joined path.
type known map[string]string

func (k known) Attribute(path ...string) ([]byte, bool) {
	value, ok := k[strings.Join(path, ".")]
	return []byte(value), ok
}

func TestWhatTheProxyKnowsOfARequest(t *testing.T) {
	tests := []struct {
		name                     string
		attributes               Attributes
		source, protocol, scheme string
	}{
		{"everything", known{"source.address": "192.0.2.1:80", "request.protocol": "HTTP/2", "request.scheme": "https"}, "192.0.2.1:80", "HTTP/2", "https"},
		{"nothing", known{}, "", "", ""},
		{"nobody to ask", nil, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Request{Attributes: tt.attributes}
			if r.Source() != tt.source || r.Protocol() != tt.protocol || r.Scheme() != tt.scheme {
				t.Errorf("source %q, protocol %q, scheme %q; want %q, %q, %q", r.Source(), r.Protocol(), r.Scheme(), tt.source, tt.protocol, tt.scheme)
			}
		})
	}
}

func TestADecisionNobodyMadeDenies(t *testing.T) {
	if d := (Decision{}); d.Outcome != Deny || d.Mode != Enforce || d.Body != BodyNone || d.HoldHeaders {
		t.Errorf("the zero decision is %+v, want an enforced denial that wants no body", d)
	}
}

func TestHeaders(t *testing.T) {
	h := Headers{{"a", "1"}, {"b", "2"}, {"a", "3"}}
	if v, ok := h.First("a"); v != "1" || !ok {
		t.Errorf("First(a) = %q, %t", v, ok)
	}
	if v, ok := h.First("c"); v != "" || ok {
		t.Errorf("First(c) = %q, %t", v, ok)
	}
	if got := h.Values("a"); !slices.Equal(got, []string{"1", "3"}) {
		t.Errorf("Values(a) = %q", got)
	}
}
