// Package comparetest holds recordings to a real Envoy in a plugin's own tests.
package comparetest

import (
	"os"
	"path/filepath"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare"
	"gatehouse/harness/traffic"
)

// Dir is a folder of recordings and how the plugin is attached for them.
type Dir struct {
	// Path of the folder, whose *.txtar are compared. Required.
	Path string
	// AllowOnHeadersStopIteration is that field of the plugin's attachment.
	AllowOnHeadersStopIteration bool
}

// Run sends every recording of the folders through a plugin in the harness and
// through the same plugin in Envoy, and reports what client and upstream see
// differently. Fewer exchanges than least fail the test.
func Run(t testing.TB, plugin harness.Plugin, least int, dirs ...Dir) {
	t.Helper()
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	if err := os.WriteFile(module, plugin.Wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	var recordings []*traffic.Recording
	var scenarios []compare.Scenario
	exchanges := 0
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir.Path, "*.txtar"))
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
			plugin.Configuration = recording.Configuration
			plugin.AllowOnHeadersStopIteration = dir.AllowOnHeadersStopIteration
			scenario := compare.Scenario{Chain: []harness.Plugin{plugin}, Files: []string{module}}
			for _, x := range recording.Exchanges {
				scenario.Exchanges = append(scenario.Exchanges, x.Exchange)
			}
			exchanges += len(scenario.Exchanges)
			recordings = append(recordings, recording)
			scenarios = append(scenarios, scenario)
		}
	}
	if exchanges < least {
		t.Errorf("%d exchanges, want at least %d", exchanges, least)
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
