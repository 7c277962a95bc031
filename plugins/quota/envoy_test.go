//go:build !wasip1

package quota_test

import (
	"slices"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare"
	"gatehouse/harness/compare/comparetest"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
	"gatehouse/plugins/internal/identity"
)

// TestEnvoyAnswersAsTheHarness runs the recordings in a real Envoy too, and holds what
// client and upstream see, and the reason, against the harness. A plugin in front
// stands for jwt-audience: in Envoy only a filter can leave an identity. RATIONALE.md
// says which recordings are left out, and why.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	who := harness.Plugin{Name: "identity", Wasm: replaytest.Build(t, "../scope/testdata/identity")}
	counts := harness.Plugin{Name: "quota", Wasm: replaytest.Build(t, "./wasm")}
	files := comparetest.Files(t, who, counts)
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
			scenario := compare.Scenario{Files: slices.Clone(files), Chain: []harness.Plugin{who, counts}}
			if folder == "twice" {
				scenario.Files, scenario.Chain = append(scenario.Files, files[1]), append(scenario.Chain, counts)
			}
			for _, x := range recorded.Exchanges {
				x.Exchange = comparetest.Identified(x.Exchange, identity.Property)
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
	comparetest.Compare(t, scenarios)
}
