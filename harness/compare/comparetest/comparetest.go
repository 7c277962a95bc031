// Package comparetest holds recordings to a real Envoy in a plugin's own tests.
package comparetest

import (
	"os"
	"path/filepath"
	"slices"
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
	modules := Files(t, plugin)
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
			scenario := compare.Scenario{Chain: []harness.Plugin{plugin}, Files: modules}
			for _, x := range recording.Exchanges {
				x.Name = file + ": " + x.Name
				scenario.Exchanges = append(scenario.Exchanges, x.Exchange)
			}
			exchanges += len(scenario.Exchanges)
			scenarios = append(scenarios, scenario)
		}
	}
	if exchanges < least {
		t.Errorf("%d exchanges, want at least %d", exchanges, least)
	}
	Compare(t, scenarios)
}

// Compare runs scenarios in the harness and in Envoy, and reports what client and upstream
// see differently, each with the name of its exchange.
func Compare(t testing.TB, scenarios []compare.Scenario) [][]compare.Row {
	t.Helper()
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
	return all
}

// Files writes the modules of a chain where Envoy can read them, and returns the names of
// the files, in the order of the chain.
func Files(t testing.TB, chain ...harness.Plugin) []string {
	t.Helper()
	dir := t.TempDir()
	files := make([]string, len(chain))
	for i, plugin := range chain {
		files[i] = filepath.Join(dir, plugin.Name+".wasm")
		if err := os.WriteFile(files[i], plugin.Wasm, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// Identified returns an exchange whose identity stands in the header x-identity in place
// of the property of that name: in Envoy only a filter can leave an identity, and the
// plugin scope/testdata/identity, in front, makes one of that header.
func Identified(x harness.Exchange, property string) harness.Exchange {
	if document, ok := x.Properties[property]; ok {
		x.Request.Headers = append(slices.Clone(x.Request.Headers), harness.Header{Name: "x-identity", Value: string(document)})
	}
	x.Properties = nil
	return x
}
