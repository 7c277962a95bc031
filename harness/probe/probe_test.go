package probe_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness/envoy"
	"gatehouse/harness/probe"
)

// What the comparison must have covered at least: a loop that skips everything
// would find no difference either.
const (
	minScenarios = 279
	minRecords   = 40000
	randomCount  = 30
)

func TestTheHarnessAnswersAsEnvoyDoes(t *testing.T) {
	if _, err := envoy.Find(); err != nil {
		t.Fatal(err)
	}
	known, err := probe.KnownDifferences()
	if err != nil {
		t.Fatal(err)
	}
	wasm := filepath.Join(t.TempDir(), "probe.wasm")
	if err := probe.Build(t.Context(), wasm); err != nil {
		t.Fatal(err)
	}
	scenarios := probe.Scenarios()
	seen := make(map[string]bool)
	for _, s := range scenarios {
		if seen[s.Name] {
			t.Errorf("scenario %s: the name occurs twice", s.Name)
		}
		seen[s.Name] = true
	}
	all := append(scenarios, probe.Random(1, randomCount)...)
	// Envoy's side mostly waits, so the two share the machine.
	start := time.Now()
	var replica []probe.Outcome
	var inHarness time.Duration
	done := make(chan error, 1)
	go func() {
		var err error
		replica, err = probe.RunHarness(t.Context(), all, wasm)
		inHarness = time.Since(start)
		done <- err
	}()
	real, err := probe.RunEnvoy(t.Context(), all, wasm)
	inEnvoy := time.Since(start)
	if harnessErr := <-done; harnessErr != nil {
		t.Fatal(harnessErr)
	}
	if err != nil {
		t.Fatal(err)
	}

	unlisted := func(i int, real *probe.Outcome) []string {
		return probe.Unlisted(known, real.Scenario, probe.Differences(real, &replica[i]))
	}
	records := 0
	suspects := make([]int, len(all))
	for i := range real {
		suspects[i] = i
		records += len(real[i].Lines())
	}
	// On a busy machine two chunks may reach Envoy as one: what differs is asked
	// again, with less beside it.
	var rerun []int
	for attempt := range 3 {
		var lines [][]string
		var differing []int
		for _, i := range suspects {
			if l := unlisted(i, &real[i]); len(l) > 0 {
				differing, lines = append(differing, i), append(lines, l)
			}
		}
		if suspects = differing; len(suspects) == 0 {
			break
		}
		if attempt == 0 {
			rerun = suspects
		}
		if attempt == 2 || len(suspects) > 30 {
			for n, i := range suspects {
				script := all[i].Filters[0].Script
				t.Errorf("%s: - Envoy, + harness:\n%s\nscript of the first plugin:\n%s", all[i].Name, strings.Join(lines[n][:min(len(lines[n]), 40)], "\n"), script[:min(len(script), 600)])
			}
			break
		}
		var scenarios []probe.Scenario
		for _, i := range suspects {
			scenarios = append(scenarios, all[i])
		}
		again, err := probe.RunEnvoy(t.Context(), scenarios, wasm)
		if err != nil {
			t.Fatal(err)
		}
		for n, i := range suspects {
			real[i] = again[n]
		}
	}
	for _, k := range known {
		if k.Uses == 0 && !k.Sometimes {
			t.Errorf("differences.txt:%d: %s: %s no longer occurs: delete it", k.Line, k.Scenarios, k.Pattern)
		}
	}
	if len(scenarios) < minScenarios || records < minRecords {
		t.Errorf("compared %d scenarios and %d records, want at least %d and %d", len(scenarios), records, minScenarios, minRecords)
	}
	t.Logf("compared %d scripted and %d random scenarios, %d records; Envoy %v, harness %v; %d known differences explain %d lines; %d scenarios were run twice",
		len(scenarios), randomCount, records, inEnvoy.Round(time.Second), inHarness.Round(time.Second), len(known), uses(known), len(rerun))
}

func uses(known []*probe.Known) int {
	n := 0
	for _, k := range known {
		n += k.Uses
	}
	return n
}
