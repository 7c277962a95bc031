//go:build !wasip1

package scope

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare"
	"gatehouse/harness/compare/comparetest"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
	"gatehouse/plugins/internal/identity"
)

// TestEnvoyAnswersAsTheHarness runs the recordings in a real Envoy too, and holds
// what client and upstream see, and the reason, against the harness. A plugin in
// front stands for jwt-audience: in Envoy only a filter can leave an identity. The
// recordings of jwt_authn, which the harness knows as properties only, are left to
// TestPayloadsOfJWTAuthn.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	who := harness.Plugin{Name: "identity", Wasm: replaytest.Build(t, "./testdata/identity")}
	plugin := harness.Plugin{Name: "scope", Wasm: replaytest.Build(t, "./wasm")}
	files := comparetest.Files(t, who, plugin)
	recordings, err := filepath.Glob("testdata/replay/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	// One listener serves all recordings of a configuration.
	var scenarios []compare.Scenario
	at := map[string]int{}
	exchanges, skipped := 0, 0
	for _, file := range recordings {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		recording, err := traffic.Read(file, data)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("\nproperty metadata.")) {
			skipped++
			continue
		}
		i, ok := at[string(recording.Configuration)]
		if !ok {
			i = len(scenarios)
			at[string(recording.Configuration)] = i
			plugin.Configuration = recording.Configuration
			scenarios = append(scenarios, compare.Scenario{Files: files, Chain: []harness.Plugin{who, plugin}})
		}
		for _, x := range recording.Exchanges {
			x.Exchange = comparetest.Identified(x.Exchange, identity.Property)
			x.Name = file + ": " + x.Name
			scenarios[i].Exchanges = append(scenarios[i].Exchanges, x.Exchange)
			exchanges++
		}
	}
	if exchanges < 80 || skipped != 2 {
		t.Errorf("%d exchanges and %d recordings of metadata, want at least 80 and 2", exchanges, skipped)
	}
	comparetest.Compare(t, scenarios)
}
