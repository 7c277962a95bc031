//go:build !wasip1

package jwtaudience_test

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// TestReplay runs the recordings through the plugin's Wasm.
func TestReplay(t *testing.T) {
	plugin := harness.Plugin{Name: "jwt-audience", Wasm: replaytest.Build(t, "./wasm")}
	replaytest.Dir(t, "testdata/replay", harness.Options{}, plugin)
	replaytest.Dir(t, "testdata/fetched", harness.Options{}, plugin)
}
