package waf

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

// TestReadme holds the README to the plugin: its configuration is one, its
// message of a fault is the one that comes, and its table has every reason.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	_, rest, ok := strings.Cut(text, "```json\n")
	document, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatal("README.md has no configuration")
	}
	if _, err := New([]byte(document)); err != nil {
		t.Errorf("the configuration of README.md: %v", err)
	}
	_, err = New([]byte(`{"rules":["SecRule ARGS:a \"@beginWith x\" \"id:1,phase:1,deny\""]}`))
	if err == nil || !strings.Contains(text, "\n"+err.Error()+"\n") {
		t.Errorf("README.md does not have the message %v", err)
	}
	_, table, ok := strings.Cut(text, "| reason | the message |\n|---|---|\n")
	if !ok {
		t.Fatal("README.md has no table of reasons")
	}
	var got []policy.Reason
	for line := range strings.Lines(table) {
		name, isRow := strings.CutPrefix(line, "| `")
		if !isRow {
			break
		}
		name, _, _ = strings.Cut(name, "`")
		got = append(got, policy.Reason(name))
	}
	want := slices.Concat(denyReasons, allowReasons)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("reasons of README.md: %q, want %q", got, want)
	}
}
