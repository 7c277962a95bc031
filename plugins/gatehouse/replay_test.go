//go:build !wasip1

// Package gatehouse_test holds the module of all plugins to the recordings of each.
package gatehouse_test

import (
	"path/filepath"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// TestEachPluginByItsRootID runs the recordings of every plugin through the module of all
// of them, attached under the plugin's name: the outcomes are those of its own module.
func TestEachPluginByItsRootID(t *testing.T) {
	module := replaytest.Build(t, "./wasm")
	for _, tt := range []struct {
		name, dir string
		folders   []string
	}{
		{"jwt-audience", "jwtaudience", []string{"replay", "fetched"}},
		{"scope", "scope", []string{"replay"}},
		{"waf", "waf", []string{"replay", "unheld"}},
		{"redact", "redact", []string{"replay"}},
		{"quota", "quota", []string{"replay"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plugin := harness.Plugin{Name: tt.name, RootID: tt.name, Wasm: module}
			for _, folder := range tt.folders {
				replaytest.Dir(t, filepath.Join("..", tt.dir, "testdata", folder), harness.Options{}, plugin)
			}
		})
	}
}
