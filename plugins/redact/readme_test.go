package redact

import (
	"os"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/detect"
)

// TestReadme holds the README to the plugin: its configuration is one, and its table
// has every reason.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	_, rest, _ := strings.Cut(text, "```json\n")
	document, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("README.md has no configuration")
	}
	inspector(t, document)
	for _, kind := range detect.Kinds() {
		if !strings.Contains(text, "`"+string(kind.Kind)+"`") {
			t.Errorf("README.md does not have the detector %s", kind.Kind)
		}
	}
	for _, o := range []policy.Outcome{policy.Allow, policy.Deny} {
		for _, reason := range (&Inspector{}).Reasons(o) {
			if !strings.Contains(text, "`"+string(reason)+"`") {
				t.Errorf("README.md does not have the reason %s", reason)
			}
		}
	}
}
