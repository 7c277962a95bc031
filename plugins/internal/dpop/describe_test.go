package dpop

import (
	"strings"
	"testing"
)

// TestEveryReasonIsDescribed: a client is told something of each, in characters
// that a challenge may hold, and no two are the same.
func TestEveryReasonIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, reason := range Reasons {
		text := Describe(reason)
		if text == "" || strings.ContainsAny(text, "\"\\") || seen[text] || !strings.HasPrefix(string(reason), "dpop_") || CodeOf(reason) == "" {
			t.Errorf("%s: %q", reason, text)
		}
		seen[text] = true
	}
	if len(seen) != 18 {
		t.Errorf("%d reasons, want 18", len(seen))
	}
	if Describe("other") != "" {
		t.Error("a reason of another package is described")
	}
}
