//go:build !wasip1

package inspect

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// TestHarnessRewrites sends bodies of every framing through the scribe in both
// directions at a time, in pieces.
func TestHarnessRewrites(t *testing.T) {
	scribe := harness.Plugin{Name: "scribe", Wasm: replaytest.Build(t, "./testdata/scribe"), AllowOnHeadersStopIteration: true}
	proxy, err := harness.Start(t.Context(), []harness.Plugin{scribe}, harness.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close(t.Context())
	ran := 0
	rewriteCases(t, []int{1, 99, 7000}, func(name, protocol string, x harness.Exchange, c rewriteCase) {
		x.Protocol, x.UpstreamProtocol = protocol, protocol
		got, err := proxy.Exchange(t.Context(), 0, x)
		if err != nil {
			t.Fatal(err)
		}
		ran++
		c.compare(t, name, &got.Upstream.Request, got.Upstream.Reached && got.Upstream.Complete, &got.Response)
	})
	if failures := proxy.Failures(); len(failures) > 0 {
		t.Error(failures)
	}
	if ran < 500 {
		t.Errorf("%d exchanges, want 500 at least", ran)
	}
}
