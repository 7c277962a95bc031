//go:build !wasip1

package inspect

import (
	"bytes"
	"strconv"
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
	rewriteCases(t, 500, []int{1, 99, 7000}, func(name, protocol string, x harness.Exchange, c rewriteCase) {
		x.Protocol, x.UpstreamProtocol = protocol, protocol
		got, err := proxy.Exchange(t.Context(), 0, x)
		if err != nil {
			t.Fatal(err)
		}
		ran++
		c.compare(t, name, &got.Upstream.Request, got.Upstream.Reached && got.Upstream.Complete, &got.Response)
	})
	for _, tt := range downloads {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			x := harness.Exchange{Request: request("GET", "", "x-download", tt.do, tt.wish, "1"), Response: harness.Message{Headers: response("200", "").Headers, Reset: !tt.whole},
				Protocol: protocol, UpstreamProtocol: protocol}
			for _, chunk := range tt.chunks {
				x.Response.Body = append(x.Response.Body, []byte(chunk))
			}
			if tt.wish == "" {
				x.Request.Headers = x.Request.Headers[:5]
			}
			got, err := proxy.Exchange(t.Context(), 0, x)
			if err != nil {
				t.Fatal(err)
			}
			if status, body := value(got.Response.Headers, ":status"), string(bytes.Join(got.Response.Body, nil)); status != strconv.Itoa(tt.status) || body != tt.body || got.Response.Reset != tt.breaks {
				t.Errorf("%s over %s: %s, %q, broken off %t; want %d, %q, %t", tt.name, protocol, status, body, got.Response.Reset, tt.status, tt.body, tt.breaks)
			}
		}
	}
	if failures := proxy.Failures(); len(failures) > 0 {
		t.Error(failures)
	}
	if ran < 500 {
		t.Errorf("%d exchanges, want 500 at least", ran)
	}
}

// TestHarnessShowsTrailersToBothOfTwo has one plugin let a body go with its trailers
// while the other one still holds something of it.
func TestHarnessShowsTrailersToBothOfTwo(t *testing.T) {
	module := replaytest.Build(t, "./testdata/scribe")
	var chain []harness.Plugin
	for _, prefix := range []string{"first-", "second-"} {
		chain = append(chain, harness.Plugin{Name: prefix, Wasm: module, Configuration: []byte(prefix), AllowOnHeadersStopIteration: true})
	}
	proxy, err := harness.Start(t.Context(), chain, harness.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close(t.Context())
	ran := 0
	for _, b := range betweens() {
		got, err := proxy.Exchange(t.Context(), 0, b.exchange)
		if err != nil {
			t.Fatal(err)
		}
		ran++
		b.compare(t, &got.Upstream.Request, &got.Response)
	}
	if failures := proxy.Failures(); len(failures) > 0 {
		t.Error(failures)
	}
	if ran != 43 {
		t.Errorf("%d exchanges, want 43", ran)
	}
}
