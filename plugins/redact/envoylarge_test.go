//go:build !wasip1

package redact_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// inFlatMemory has bodies pass that no memory would hold. All of what comes is held
// against what should.
func inFlatMemory(t *testing.T, r *rig) {
	sent, want := page(250) // about 100 KB
	large := (1 << 30) / len(sent)
	memory := func() uint64 {
		n, err := r.Memory()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// most is how much memory Envoy takes while something runs.
	var most uint64
	watch := func(i int) {
		if i%256 == 0 {
			most = max(most, memory())
		}
	}
	var settled uint64
	grown := func(t *testing.T, what string, size int, began time.Time) {
		t.Helper()
		took := time.Since(began)
		t.Logf("%s: %d MB in %v, %.0f MB/s, Envoy's memory %d MB at the most", what, size>>20, took.Round(time.Millisecond), float64(size)/1e6/took.Seconds(), most>>20)
		if settled == 0 {
			settled = most
		}
		// Over HTTP/2 Envoy may hold 16 MB of a stream on either side.
		if more := 48 << 20; most > settled+uint64(more) {
			t.Errorf("%s: memory has grown from %d MB to %d MB", what, settled>>20, most>>20)
		}
		most = 0
	}
	download := func(t *testing.T, by way, what string, times int) {
		began := time.Now()
		response := r.get(t, by, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			pages{sent, times}.WriteTo(w)
		})
		if err := (pages{want, times}).compare(response.Body, watch); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		grown(t, what, times*len(sent), began)
	}
	packed := func(t *testing.T, by way, what string, times int) {
		began := time.Now()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url(by.listener, func(w http.ResponseWriter, request *http.Request) {
			if request.Header.Get("Accept-Encoding") != "gzip" {
				t.Errorf("the upstream is asked for %q", request.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
			pages{sent, times}.WriteTo(z)
			z.Close()
		}), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "br, gzip")
		response := r.do(t, by, request)
		z, err := gzip.NewReader(response.Body)
		if err == nil {
			err = pages{want, times}.compare(z, watch)
		}
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		grown(t, what, times*len(sent), began)
	}
	upload := func(t *testing.T, by way, what string, times int) {
		began := time.Now()
		got := make(chan error, 1)
		body, w := io.Pipe()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url(by.listener, func(w http.ResponseWriter, request *http.Request) {
			got <- pages{want, times}.compare(request.Body, watch)
		}), body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		go func() {
			_, err := pages{sent, times}.WriteTo(w)
			w.CloseWithError(err)
		}()
		if response := r.do(t, by, request); response.StatusCode != 200 {
			t.Errorf("%s: status %d", what, response.StatusCode)
		}
		if err := <-got; err != nil {
			t.Errorf("%s: %v", what, err)
		}
		grown(t, what, times*len(sent), began)
	}
	// slow has the client read nothing for a while: the upstream has to stop. What is on
	// its way then is in the kernel, which gives a connection up to 32 MB.
	slow := func(t *testing.T, by way, what string, times int) {
		began := time.Now()
		var written atomic.Int64
		response := r.get(t, by, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			pages{sent, times}.WriteTo(counted{w, &written})
		})
		// Until nothing moves any more.
		for before := int64(-1); before != written.Load(); time.Sleep(300 * time.Millisecond) {
			before = written.Load()
		}
		waiting := written.Load()
		if waiting > int64(times*len(sent)*3/4) {
			t.Errorf("%s: the upstream has sent %d MB that nobody reads", what, waiting>>20)
		}
		if err := (pages{want, times}).compare(response.Body, watch); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		t.Logf("%s: %d KB were on their way", what, waiting>>10)
		grown(t, what, times*len(sent), began)
	}
	// What these take the rest may take, and somewhat more.
	for _, by := range ways[:2] {
		download(t, by, "a little first over "+by.name, large/50)
		packed(t, by, "a little first, compressed, over "+by.name, large/100)
		upload(t, by, "a little first, upwards, over "+by.name, large/100)
	}
	settled = memory()
	download(t, ways[0], "a download", large)
	download(t, ways[1], "a download over HTTP/2", large/8)
	packed(t, ways[0], "a compressed download", large/8)
	packed(t, ways[1], "a compressed download over HTTP/2", large/32)
	upload(t, ways[0], "an upload", large/10)
	upload(t, ways[1], "an upload over HTTP/2", large/10)
	slow(t, ways[0], "a slow client", large/10)
	slow(t, ways[1], "a slow client over HTTP/2", large/10)
}

// counted counts what is written.
type counted struct {
	io.Writer
	n *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	// A piece at a time, as a count of what has been taken.
	for at := 0; at < len(p); {
		n, err := c.Writer.Write(p[at:min(at+16<<10, len(p))])
		c.n.Add(int64(n))
		at += n
		if err != nil {
			return at, err
		}
	}
	return len(p), nil
}
