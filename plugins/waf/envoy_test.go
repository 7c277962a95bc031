//go:build !wasip1

package waf_test

import (
	"os"
	"path/filepath"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
)

// TestEnvoyAnswersAsTheHarness runs every recording in a real Envoy too, and
// holds what client and upstream see, and the reason, against the harness. The
// recordings in unheld are left out: where a body that came with its headers is
// denied, Envoy has a connection to the upstream by then or has not.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	wasm := replaytest.Build(t, "./wasm")
	if err := os.WriteFile(module, wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	var recordings []*traffic.Recording
	var scenarios []compare.Scenario
	exchanges := 0
	for _, dir := range []string{"replay", "held"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			recording, err := traffic.Read(file, data)
			if err != nil {
				t.Fatal(err)
			}
			scenario := compare.Scenario{
				Chain: []harness.Plugin{{Name: "waf", Wasm: wasm, Configuration: recording.Configuration, AllowOnHeadersStopIteration: dir == "held"}},
				Files: []string{module},
			}
			for _, x := range recording.Exchanges {
				scenario.Exchanges = append(scenario.Exchanges, x.Exchange)
			}
			exchanges += len(scenario.Exchanges)
			recordings = append(recordings, recording)
			scenarios = append(scenarios, scenario)
		}
	}
	if exchanges < 20 {
		t.Errorf("%d exchanges, want at least 20", exchanges)
	}
	all, err := compare.Run(t.Context(), scenarios, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, rows := range all {
		for j, row := range rows {
			for _, difference := range row.Differences {
				t.Errorf("%s: %s: %s", recordings[i].File, recordings[i].Exchanges[j].Name, difference)
			}
		}
	}
}
