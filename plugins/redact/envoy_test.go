//go:build !wasip1

package redact_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
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
// stands for jwt-audience: in Envoy only a filter can leave an identity. Left out are
// ciphertexts, which are others each time, trailers, which Envoy's HTTP/1.1 drops where it
// is not told otherwise, and uploads that are refused when some of them has come: it is
// chance whether Envoy has reached the upstream by then. TestEnvoyRedacts has the last two.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	t.Parallel()
	who := harness.Plugin{Name: "identity", Wasm: replaytest.Build(t, "../scope/testdata/identity")}
	redacts := harness.Plugin{Name: "redact", Wasm: replaytest.Build(t, "./wasm")}
	files := comparetest.Files(t, who, redacts)
	var scenarios []compare.Scenario
	exchanges := 0
	for _, folder := range []string{"replay", "compressed", "broken"} {
		for i := range folders[folder] {
			r := &folders[folder][i]
			file := filepath.Join("testdata", folder, r.file+".txtar")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			recorded, err := traffic.ReadTxtar(file, data)
			if err != nil {
				t.Fatal(err)
			}
			redacts.Configuration = recorded.Configuration
			scenario := compare.Scenario{Files: files, Chain: []harness.Plugin{who, redacts}}
			for _, x := range recorded.Exchanges {
				want := "" // of a new recording
				if x.Want != nil {
					want = *x.Want
				}
				if x.Response.Trailers != nil || strings.Contains(want, "\nupstream reached in part\n") || strings.Contains(want, "\nupstream reached, reset\n") {
					continue
				}
				x.Exchange = comparetest.Identified(x.Exchange, identity.Property)
				x.Name = r.file + ": " + x.Name
				scenario.Exchanges = append(scenario.Exchanges, x.Exchange)
			}
			exchanges += len(scenario.Exchanges)
			scenarios = append(scenarios, scenario)
		}
	}
	if exchanges < 500 {
		t.Errorf("%d exchanges, want at least 500", exchanges)
	}
	for _, rows := range comparetest.Compare(t, scenarios) {
		for _, row := range rows {
			for _, canary := range canaries {
				if h, e := bytes.Join(row.Harness.Response.Body, nil), bytes.Join(row.Envoy.Response.Body, nil); bytes.Contains(e, []byte(canary)) && !bytes.Contains(h, []byte(canary)) {
					t.Errorf("%s: %s leaves Envoy only", row.Exchange.Name, canary)
				}
			}
		}
	}
}
