//go:build !wasip1

package jwtaudience

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
// holds what client and upstream see, and the reason, against the harness.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	wasm := replaytest.Build(t, "./wasm")
	if err := os.WriteFile(module, wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "replay", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var recordings []*traffic.Recording
	var scenarios []compare.Scenario
	exchanges := 0
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
			Chain: []harness.Plugin{{Name: "jwt-audience", Wasm: wasm, Configuration: recording.Configuration}},
			Files: []string{module},
		}
		for _, x := range recording.Exchanges {
			scenario.Exchanges = append(scenario.Exchanges, x.Exchange)
		}
		exchanges += len(scenario.Exchanges)
		recordings = append(recordings, recording)
		scenarios = append(scenarios, scenario)
	}
	if exchanges < 100 {
		t.Errorf("%d exchanges, want at least 100", exchanges)
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
