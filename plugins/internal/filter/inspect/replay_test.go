//go:build !wasip1

package inspect

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// TestReplay runs the recordings through the guard's Wasm, with bodies whole, byte
// by byte, and cut in the middle.
func TestReplay(t *testing.T) {
	guard := harness.Plugin{Name: "guard", Wasm: replaytest.Build(t, "./testdata/guard")}
	replaytest.Dir(t, "testdata/replay", harness.Options{}, guard)
	guard.AllowOnHeadersStopIteration = true
	replaytest.Dir(t, "testdata/held", harness.Options{}, guard)
}
