//go:build !wasip1

package redact_test

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare/comparetest"
	"gatehouse/harness/replay/replaytest"
)

// TestReplay runs the recordings through the plugin's Wasm, with bodies whole, byte by
// byte, and cut in the middle.
func TestReplay(t *testing.T) {
	plugin := harness.Plugin{Name: "redact", Wasm: replaytest.Build(t, "./wasm")}
	replaytest.Dir(t, "testdata/replay", harness.Options{}, plugin)
	replaytest.Dir(t, "testdata/identified", harness.Options{}, plugin)
}

// TestEnvoyAnswersAsTheHarness runs the recordings in a real Envoy too, and holds what
// client and upstream see, and the reason, against the harness. In Envoy only a filter
// can leave an identity, so that recordings with one stand apart.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	plugin := harness.Plugin{Name: "redact", Wasm: replaytest.Build(t, "./wasm")}
	comparetest.Run(t, plugin, 2, comparetest.Dir{Path: "testdata/replay"})
}
