//go:build !wasip1

package crs

import (
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"

	"gatehouse/plugins/waf/crs/source"
	"gatehouse/plugins/waf/ruleset"
)

// TestTheCompiledSetIsUpToDate compiles the rules again: crs.bin is what the
// sources in go.mod come to with the compiler as it is.
func TestTheCompiledSetIsUpToDate(t *testing.T) {
	set, err := source.Compile(source.Baked)
	if err != nil {
		t.Fatal(err)
	}
	if string(set.AppendBinary(nil)) != encoded {
		t.Error("crs.bin is out of date: run go generate ./plugins/waf/crs")
	}
}

func TestSet(t *testing.T) {
	set, err := Set()
	if err != nil {
		t.Fatal(err)
	}
	rules, links := 0, 0
	for i := range set.Rules {
		if set.Rules[i].Marker != "" {
			continue
		}
		rules++
		for r := set.Rules[i].Chain; r != nil; r = r.Chain {
			links++
		}
	}
	// 690 SecRule, 72 of them chained, and 7 SecAction; 5 and 1 of the configuration;
	// 3 of ours.
	if want := 690 - 72 + 7 + 5 + 1 + 3; rules != want || links != 72 {
		t.Errorf("%d rules and %d chained ones, want %d and 72", rules, links, want)
	}
	if set.Index(Setup) < 0 || set.Index(FirstOfSetup) < 0 {
		t.Errorf("no rule %d or %d to build on", Setup, FirstOfSetup)
	}
	at := set.Index(949110)
	if at < 0 || !strings.Contains(set.Rules[at].Version, strings.TrimPrefix(version(t), "v")) {
		t.Errorf("rule 949110 has version %q, want that of the sources", set.Rules[at].Version)
	}
}

// version is the release that go.mod names.
func version(t *testing.T) string {
	t.Helper()
	setup, err := coreruleset.FS.Open("@crs-setup.conf.example")
	if err != nil {
		t.Fatal(err)
	}
	defer setup.Close()
	buffer := make([]byte, 128)
	if _, err := setup.Read(buffer); err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(buffer), "ver.")
	if !ok {
		t.Fatal("the sources do not say their version at the top")
	}
	return strings.Fields(rest)[0]
}

func TestReadRefusesWhatIsCorrupt(t *testing.T) {
	for _, n := range []int{0, 10, 100, len(encoded) / 2, len(encoded) - 1} {
		if _, err := ruleset.Read(encoded[:n]); err == nil {
			t.Errorf("a set cut off after %d bytes was read", n)
		}
	}
}
