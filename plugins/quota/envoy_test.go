//go:build !wasip1

package quota_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
	"gatehouse/plugins/internal/identity"
)

// TestEnvoyAnswersAsTheHarness runs the recordings in a real Envoy too, and holds what
// client and upstream see, and the reason, against the harness. A plugin in front
// stands for jwt-audience: in Envoy only a filter can leave an identity. RATIONALE.md
// says which recordings are left out, and why.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	dir := t.TempDir()
	plugin := func(name, pkg string) (harness.Plugin, string) {
		p := harness.Plugin{Name: name, Wasm: replaytest.Build(t, pkg)}
		file := filepath.Join(dir, name+".wasm")
		if err := os.WriteFile(file, p.Wasm, 0o600); err != nil {
			t.Fatal(err)
		}
		return p, file
	}
	who, whoFile := plugin("identity", "../scope/testdata/identity")
	counts, countsFile := plugin("quota", "./wasm")
	var scenarios []compare.Scenario
	exchanges := 0
	for _, folder := range []string{"replay", "held", "twice"} {
		for i := range folders[folder] {
			r := &folders[folder][i]
			recorded, err := traffic.ReadTxtar(r.file, r.generated())
			if err != nil {
				t.Fatal(err)
			}
			counts.Configuration = recorded.Configuration
			counts.AllowOnHeadersStopIteration = folder == "held"
			scenario := compare.Scenario{Files: []string{whoFile, countsFile}, Chain: []harness.Plugin{who, counts}}
			if folder == "twice" {
				scenario.Files, scenario.Chain = append(scenario.Files, countsFile), append(scenario.Chain, counts)
			}
			for _, x := range recorded.Exchanges {
				if document, ok := x.Properties[identity.Property]; ok {
					x.Request.Headers = append(slices.Clone(x.Request.Headers), harness.Header{Name: "x-identity", Value: string(document)})
				}
				x.Properties = nil
				x.Name = r.file + ": " + x.Name
				scenario.Exchanges = append(scenario.Exchanges, x.Exchange)
			}
			exchanges += len(recorded.Exchanges)
			scenarios = append(scenarios, scenario)
		}
	}
	if exchanges < 250 {
		t.Errorf("%d exchanges, want at least 250", exchanges)
	}
	all, err := compare.Run(t.Context(), scenarios, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range all {
		for _, row := range rows {
			for _, difference := range row.Differences {
				t.Errorf("%s: %s", row.Exchange.Name, difference)
			}
		}
	}
}
