package detect

import (
	"encoding/base64"
	"os"
	"strconv"
	"strings"
	"testing"
)

type gitleaksExample struct {
	rule string
	find bool
	text string
}

// gitleaksLines returns the lines of a file in testdata/gitleaks, split at tabs.
func gitleaksLines(t testing.TB, name string, columns int) [][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/gitleaks/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != columns {
			t.Fatalf("%s: %q has %d columns, want %d", name, line, len(fields), columns)
		}
		lines = append(lines, fields)
	}
	return lines
}

func gitleaksExamples(t testing.TB) []gitleaksExample {
	t.Helper()
	var examples []gitleaksExample
	for _, fields := range gitleaksLines(t, "examples.tsv", 3) {
		find, err := strconv.ParseBool(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		text, err := base64.StdEncoding.DecodeString(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		examples = append(examples, gitleaksExample{fields[0], find, string(text)})
	}
	return examples
}

// TestEveryRuleOfGitleaksIsInTheTableOrLeftOut keeps the list of what cannot be
// found honest.
func TestEveryRuleOfGitleaksIsInTheTableOrLeftOut(t *testing.T) {
	table := map[string]bool{}
	for i := range secretShapes {
		table[secretShapes[i].rule] = true
	}
	out := gitleaksLines(t, "left_out.tsv", 2)
	for _, fields := range out {
		if table[fields[0]] {
			t.Errorf("%s is in the table and left out", fields[0])
		}
		if len(fields[1]) < 20 {
			t.Errorf("%s: left out because %q, want a reason", fields[0], fields[1])
		}
	}
	if len(table) != secretRules || len(table)+len(out) != 222 {
		t.Errorf("%d rules in the table, %d left out, want %d and 222 together", len(table), len(out), secretRules)
	}
	for _, e := range gitleaksExamples(t) {
		found := table[e.rule]
		for _, fields := range out {
			found = found || fields[0] == e.rule
		}
		if !found {
			t.Fatalf("an example is of rule %q, which is neither in the table nor left out", e.rule)
		}
	}
}

// differ are rules in the table of which we decide some examples otherwise: how
// many, and why.
var differ = map[string]struct {
	examples int
	why      string
}{
	"anthropic-api-key":        {1, "the example is a key of another rule, which finds it"},
	"anthropic-admin-api-key":  {1, "the example is a key of another rule, which finds it"},
	"aws-access-token":         {1, "keys of documentations are hidden like others"},
	"gcp-api-key":              {16, "keys of documentations are hidden like others"},
	"vault-service-token":      {2, `tokens of old versions begin with "s." only, which is too little`},
	"sourcegraph-access-token": {1, "forty hexadecimal digits are too little"},
}

// TestGitleaksExamples tries the texts that gitleaks' authors try their rules on.
func TestGitleaksExamples(t *testing.T) {
	table := map[string]bool{}
	for i := range secretShapes {
		table[secretShapes[i].rule] = true
	}
	s := newSet(t, "api_key")
	tried, skipped := 0, 0
	different := map[string]int{}
	for _, e := range gitleaksExamples(t) {
		if !table[e.rule] {
			skipped++
			continue
		}
		tried++
		spans, _ := s.Find(nil, []byte(e.text), Context{}, true)
		if got := len(spans) > 0; got != e.find {
			different[e.rule]++
			if differ[e.rule].examples == 0 {
				t.Errorf("%s: found %v in %q, want %v", e.rule, got, marked(e.text, spans), e.find)
			}
		}
	}
	for rule, n := range different {
		if want := differ[rule]; n != want.examples {
			t.Errorf("%s: %d examples are decided otherwise, want %d: %s", rule, n, want.examples, want.why)
		}
	}
	if tried < 900 {
		t.Errorf("tried %d examples, want at least 900", tried)
	}
	t.Logf("%d examples of rules in the table, %d of rules that are left out", tried, skipped)
}

// TestGitleaksExamplesWithAllSecrets says how many examples of rules without a
// place in the table are found all the same, by the names beside them.
func TestGitleaksExamplesWithAllSecrets(t *testing.T) {
	s := newSet(t, "api_key", "secret", "password", "jwt", "private_key")
	var found, all, wrong, negatives int
	for _, e := range gitleaksExamples(t) {
		spans, _ := s.Find(nil, []byte(e.text), Context{}, true)
		switch {
		case e.find:
			all++
			found += min(len(spans), 1)
		default:
			negatives++
			wrong += min(len(spans), 1)
		}
	}
	t.Logf("found %d of %d; %d of %d that are none", found, all, wrong, negatives)
	if found < all*90/100 {
		t.Errorf("found %d of %d, want 90 %%", found, all)
	}
}
