//go:build !wasip1

package quota_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/quota"
)

// TestReadme holds the README to the plugin: its configurations are some, its messages
// of faults are those that come, and its table has every reason and no other, in their
// order.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	examples := strings.Split(text, "```json\n")[1:]
	if len(examples) != 4 {
		t.Errorf("%d configurations, want 4", len(examples))
	}
	for i, rest := range examples {
		document, _, _ := strings.Cut(rest, "```")
		if _, err := quota.New([]byte(document)); err != nil {
			t.Errorf("configuration %d: %v", i+1, err)
		}
		if i > 0 {
			continue
		}
		if example, err := os.ReadFile("testdata/plans.config.json"); err != nil || string(example) != document {
			t.Errorf("testdata/plans.config.json is not the first configuration of README.md (%v)", err)
		}
	}
	for _, bad := range []string{
		`{"limits":[{"name":"l","keys":["address"],"rate":{"requests":1,"per":"1s"}}]}`,
		`{"limits":[{"name":"l","fixed":{"requests":1,"per":"1s"}}],"plans":{"claim":"plan","free":{"l":{"burst":7}}}}`,
	} {
		if _, err := quota.New([]byte(bad)); err == nil || !strings.Contains(text, "\n"+err.Error()+"\n") {
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
	var i quota.Inspector
	if want := slices.Concat(i.Reasons(policy.Allow), i.Reasons(policy.Deny)); !slices.Equal(got, want) {
		t.Errorf("reasons of README.md: %q, want %q", got, want)
	}
}
