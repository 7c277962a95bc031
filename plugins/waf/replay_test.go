//go:build !wasip1

package waf_test

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// TestReplay runs the recordings through the plugin's Wasm, with bodies whole,
// byte by byte, and cut in the middle.
func TestReplay(t *testing.T) {
	plugin := harness.Plugin{Name: "waf", Wasm: replaytest.Build(t, "./wasm")}
	replaytest.Dir(t, "testdata/replay", harness.Options{}, plugin)
	replaytest.Dir(t, "testdata/unheld", harness.Options{}, plugin)
	plugin.AllowOnHeadersStopIteration = true
	replaytest.Dir(t, "testdata/held", harness.Options{}, plugin)
}
