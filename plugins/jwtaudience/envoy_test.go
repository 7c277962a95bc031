//go:build !wasip1

package jwtaudience

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare/comparetest"
	"gatehouse/harness/replay/replaytest"
)

// TestEnvoyAnswersAsTheHarness runs every recording in a real Envoy too, and
// holds what client and upstream see, and the reason, against the harness.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	plugin := harness.Plugin{Name: "jwt-audience", Wasm: replaytest.Build(t, "./wasm")}
	comparetest.Run(t, plugin, 100, comparetest.Dir{Path: "testdata/replay"})
}
