//go:build !wasip1

package scope

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

// TestReadme holds the README to the plugin: its configuration is one, its
// messages of faults are those that come, and its table has every reason and no
// other, in their order.
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
	newEngine(t, document)
	if example, err := os.ReadFile("testdata/orders.config.json"); err != nil || string(example) != document {
		t.Errorf("testdata/orders.config.json is not the configuration of README.md (%v)", err)
	}
	for _, bad := range []string{
		`{"routes":[{"match":{},"allof":["a"]}]}`,
		`{"hierarchy":{"orders:admin":["orders:*"],"orders:write":["orders:read","orders:admin"]},"routes":[{"match":{},"all_of":["a"]}]}`,
	} {
		if _, err := New([]byte(bad)); err == nil || !strings.Contains(text, "\n"+err.Error()+"\n") {
			t.Errorf("README.md does not have the message %v", err)
		}
	}

	_, table, ok := strings.Cut(text, "| reason | the request |\n|---|---|\n")
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
	if want := slices.Concat(allowReasons, denyReasons); !slices.Equal(got, want) {
		t.Errorf("reasons of README.md: %q, want %q", got, want)
	}
}
