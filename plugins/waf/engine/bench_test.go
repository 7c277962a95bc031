//go:build !wasip1

package engine_test

import (
	"testing"
	"time"

	"gatehouse/plugins/waf/engine"
	"gatehouse/plugins/waf/waftest"
)

func benchmark(b *testing.B, paranoia int, requests []waftest.Request) {
	s := newSubject(b, waftest.Directives(paranoia, true), engine.Options{})
	now := time.Unix(1700000000, 0).UTC()
	run := func(r *waftest.Request) int {
		tx := s.e.Begin(now, "0123456789abcdef")
		defer tx.Close()
		if stop, _ := request(tx, r); stop != nil {
			b.Fatalf("interrupted: %+v", stop)
		}
		return len(tx.Matches())
	}
	for i := range requests {
		run(&requests[i])
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		if run(&requests[i%len(requests)]) == 0 {
			b.Fatal("no rule matched, not even those that set up")
		}
	}
}

func BenchmarkEngine(b *testing.B) {
	for _, bench := range []struct {
		name string
		make func(int) waftest.Request
	}{{"get", waftest.BenchGET}, {"post", waftest.BenchPOST}, {"large", waftest.BenchLarge}} {
		var requests []waftest.Request
		for i := range 64 {
			requests = append(requests, bench.make(i))
		}
		b.Run(bench.name+"/paranoia1", func(b *testing.B) { benchmark(b, 1, requests) })
		b.Run(bench.name+"/paranoia4", func(b *testing.B) { benchmark(b, 4, requests) })
	}
}
