//go:build !wasip1

package inspect

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
)

// TestEnvoyAnswersAsTheHarness runs every recording in a real Envoy too, over
// HTTP/1 and HTTP/2, with bodies whole, in three pieces and, over HTTP/2, byte by
// byte, and holds what client and upstream see, the reason, and what the plugin
// counted against the harness.
func TestEnvoyAnswersAsTheHarness(t *testing.T) {
	wasm := replaytest.Build(t, "./testdata/guard")
	var recordings []*traffic.Recording
	var listeners []listener
	for _, dir := range []string{"replay", "held"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			recording := read(t, file)
			for _, http2 := range []bool{false, true} {
				recordings = append(recordings, recording)
				name := filepath.Base(file)
				if http2 {
					name += " over HTTP/2"
				}
				listeners = append(listeners, listener{name: name, configuration: string(recording.Configuration), mayHold: dir == "held", http2: http2})
			}
		}
	}
	r := startEnvoy(t, listeners...)
	type pair struct {
		name    string
		harness harness.Result
		envoy   harness.Message
		id      string
	}
	var pairs []pair
	counted := map[string]uint64{}
	for i, l := range listeners {
		plugin := harness.Plugin{Name: "guard", Wasm: wasm, Configuration: recordings[i].Configuration, AllowOnHeadersStopIteration: l.mayHold}
		proxy, err := harness.Start(t.Context(), []harness.Plugin{plugin}, harness.Options{})
		if err != nil {
			t.Fatal(err)
		}
		protocol, sizes := "HTTP/1.1", []int{1000, 20}
		if l.http2 {
			protocol, sizes = "HTTP/2", []int{1000, 20, 1}
		}
		for _, size := range sizes {
			for _, x := range recordings[i].Exchanges {
				x.Request.Body, x.Response.Body = cut(x.Request.Body, size), cut(x.Response.Body, size)
				x.Protocol, x.UpstreamProtocol = protocol, protocol
				if l.http2 {
					x.Request.Headers, x.Response.Headers = unframed(x.Request.Headers), unframed(x.Response.Headers)
				}
				result, err := proxy.Exchange(t.Context(), 0, x.Exchange)
				if err != nil {
					t.Fatal(err)
				}
				response, id := r.send(t, l.name, protocol, x.Exchange)
				pairs = append(pairs, pair{l.name + ": " + x.Name, result, response, id})
			}
		}
		for name, m := range proxy.Metrics() {
			if m.Value > 0 {
				counted[name] += uint64(m.Value)
			}
		}
		if err := proxy.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(pairs) < 200 {
		t.Errorf("%d exchanges, want at least 200", len(pairs))
	}
	for _, p := range pairs {
		compareUpstream(t, p.name, r, p.id, &p.harness.Upstream)
		compareResponse(t, p.name, &p.harness.Response, &p.envoy)
	}
	if got := r.counters(t); !maps.Equal(got, counted) {
		t.Errorf("counters\n%v, want\n%v", got, counted)
	}
	details := r.details()
	for _, p := range pairs {
		// How the test's upstream breaks off is left to chance.
		got, _, _ := strings.Cut(details[p.id], "{")
		if want, _, _ := strings.Cut(p.harness.Details, "{"); got != want {
			t.Errorf("%s: details %q, in the harness %q", p.name, got, want)
		}
	}
}

func compareResponse(t *testing.T, name string, want, got *harness.Message) {
	t.Helper()
	for _, header := range []string{":status", "x-guard", "x-response", "content-type"} {
		if g, w := value(got.Headers, header), value(want.Headers, header); g != w {
			t.Errorf("%s: response %s %q, in the harness %q", name, header, g, w)
		}
	}
	if g, w := bytes.Join(got.Body, nil), bytes.Join(want.Body, nil); !bytes.Equal(g, w) {
		t.Errorf("%s: response body %q, in the harness %q", name, g, w)
	}
	if got.Reset != want.Reset {
		t.Errorf("%s: response broken off %t, in the harness %t", name, got.Reset, want.Reset)
	}
	if g, w := value(got.Trailers, "x-sum"), value(want.Trailers, "x-sum"); g != w {
		t.Errorf("%s: response trailer %q, in the harness %q", name, g, w)
	}
}

// compareUpstream compares what came to the upstream. Of a request that breaks off
// it may have seen nothing at all: in Envoy the connection takes its time.
func compareUpstream(t *testing.T, name string, r *rig, id string, want *harness.Upstream) {
	t.Helper()
	got, reached := r.upstream(id, want.Complete)
	switch {
	case reached && !want.Reached:
		t.Errorf("%s: the upstream was reached, not so in the harness", name)
	case !want.Complete:
		g, w := bytes.Join(got.Body, nil), bytes.Join(want.Request.Body, nil)
		whole := len(w) > 0 && bytes.Equal(w, g) // as it was in shadow mode
		if reached && (!got.Reset && !whole || !bytes.HasPrefix(w, g)) {
			t.Errorf("%s: upstream request complete %t with body %q, want it broken off within %q", name, !got.Reset, g, w)
		}
	case !reached || got.Reset:
		t.Errorf("%s: upstream request reached %t, broken off %t; want it whole", name, reached, got.Reset)
	default:
		if g, w := bytes.Join(got.Body, nil), bytes.Join(want.Request.Body, nil); !bytes.Equal(g, w) {
			t.Errorf("%s: upstream body %q, in the harness %q", name, g, w)
		}
		for _, header := range []string{":method", ":path", "x-remove"} {
			if g, w := value(got.Headers, header), value(want.Request.Headers, header); g != w {
				t.Errorf("%s: upstream %s %q, in the harness %q", name, header, g, w)
			}
		}
		if g, w := value(got.Trailers, "x-sum"), value(want.Request.Trailers, "x-sum"); g != w {
			t.Errorf("%s: upstream trailer %q, in the harness %q", name, g, w)
		}
	}
}

func read(t *testing.T, file string) *traffic.Recording {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	recording, err := traffic.Read(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return recording
}

// unframed returns headers without what HTTP/2 has no place for.
func unframed(headers []harness.Header) []harness.Header {
	return slices.DeleteFunc(slices.Clone(headers), func(h harness.Header) bool { return h.Name == "transfer-encoding" })
}

// cut returns a body in pieces of a size.
func cut(body [][]byte, size int) [][]byte {
	whole := bytes.Join(body, nil)
	if len(whole) == 0 {
		return body
	}
	var chunks [][]byte
	for len(whole) > 0 {
		n := min(size, len(whole))
		chunks = append(chunks, whole[:n:n])
		whole = whole[n:]
	}
	return chunks
}
