//go:build !wasip1

package waf_test

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare/comparetest"
	"gatehouse/harness/replay/replaytest"
)

// TestEnvoyAnswersAsTheHarness runs the recordings in a real Envoy too, and holds
// what client and upstream see, and the reason, against the harness. The
// recordings in unheld are left out: where a body that came with its headers is
// denied, Envoy has a connection to the upstream by then or has not.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	plugin := harness.Plugin{Name: "waf", Wasm: replaytest.Build(t, "./wasm")}
	comparetest.Run(t, plugin, 20, comparetest.Dir{Path: "testdata/replay"}, comparetest.Dir{Path: "testdata/held", AllowOnHeadersStopIteration: true})
}
