package jwks

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkTick is a tick of a worker with 64 sources that have all they need.
func BenchmarkTick(b *testing.B) {
	w := benchmarkWorld(b, 64)
	f := w.workers[0].Fetcher
	b.ReportAllocs()
	for b.Loop() {
		if calls, news := f.Tick(w.now); len(calls) > 0 || news {
			b.Fatal(calls)
		}
	}
}

func BenchmarkKeys(b *testing.B) {
	w := benchmarkWorld(b, 64)
	f := w.workers[0].Fetcher
	b.ReportAllocs()
	for b.Loop() {
		if set, state := f.Keys(w.now, 63); set == nil || state != Fresh {
			b.Fatal(state)
		}
	}
}

// BenchmarkWantKey is an unknown key after the one that caused a fetch.
func BenchmarkWantKey(b *testing.B) {
	w := benchmarkWorld(b, 64)
	f := w.workers[0].Fetcher
	_, calls := f.WantKey(w.now, 63)
	w.make(w.workers[0], calls)
	w.run(time.Second)
	b.ReportAllocs()
	for b.Loop() {
		if wanted, _ := f.WantKey(w.now, 63); wanted != NotFound {
			b.Fatal(wanted)
		}
	}
}

func benchmarkWorld(b *testing.B, n int) *world {
	var sources []Source
	for i := range n {
		sources = append(sources, plain(fmt.Sprint(i)))
	}
	w := newWorld(b, 1, sources...)
	w.answer = always(respond(200, setA))
	w.tick()
	w.run(2 * time.Second)
	return w
}
