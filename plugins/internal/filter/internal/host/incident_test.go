//go:build !wasip1

package host

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

func TestIncidentID(t *testing.T) {
	tests := []struct {
		name, requestID string
		kept            bool
	}{
		{"a UUID", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", true},
		{"none", "", false},
		{"a quote", `a"b`, false},
		{"a line feed", "a\nb", false},
		{"not ASCII", "é", false},
		{"65 characters", strings.Repeat("a", 65), false},
		{"a word", "recorded-17", true},
		{"a ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV", true},
		{"a payment card", "4111-1111-1111-1111", false},
		{"a key of a service", "AKIAQYLPMN5HFIQR7XYA", false},
	}
	var p Plugin
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := p.incidentID(policy.Headers{{Name: "x-request-id", Value: tt.requestID}})
			if tt.kept != (got == tt.requestID) || !plain(got) || got == "" {
				t.Errorf("incidentID(%q) = %q", tt.requestID, got)
			}
			if !tt.kept && len(got) != 16 {
				t.Errorf("incidentID(%q) = %q, want 16 digits", tt.requestID, got)
			}
		})
	}
}
