//go:build !wasip1

package scope

import (
	"bytes"
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

// TestEnvoyAnswersAsTheHarness runs the recordings in a real Envoy too, and holds
// what client and upstream see, and the reason, against the harness. A plugin in
// front stands for jwt-audience: in Envoy only a filter can leave an identity. The
// recordings of jwt_authn, which the harness knows as properties only, are left to
// TestPayloadsOfJWTAuthn.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	modules := map[string][]byte{"identity": replaytest.Build(t, "./testdata/identity"), "scope": replaytest.Build(t, "./wasm")}
	var files []string
	dir := t.TempDir()
	for _, name := range []string{"identity", "scope"} {
		files = append(files, filepath.Join(dir, name+".wasm"))
		if err := os.WriteFile(files[len(files)-1], modules[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
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
			scenarios = append(scenarios, compare.Scenario{Files: files, Chain: []harness.Plugin{
				{Name: "identity", Wasm: modules["identity"]},
				{Name: "scope", Wasm: modules["scope"], Configuration: recording.Configuration},
			}})
		}
		for _, x := range recording.Exchanges {
			if document, ok := x.Properties[identity.Property]; ok {
				x.Request.Headers = append(slices.Clone(x.Request.Headers), harness.Header{Name: "x-identity", Value: string(document)})
			}
			x.Properties = nil
			x.Name = file + ": " + x.Name
			scenarios[i].Exchanges = append(scenarios[i].Exchanges, x.Exchange)
			exchanges++
		}
	}
	if exchanges < 80 || skipped != 2 {
		t.Errorf("%d exchanges and %d recordings of metadata, want at least 80 and 2", exchanges, skipped)
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
