//go:build unix

package waftest

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"
)

var benches = []struct {
	name string
	make func(int) Request
	body int
	// level4 are the rules that match at paranoia level 4. At level 1 none do.
	level4 []int
}{
	{"GET", BenchGET, 0, []int{942432, 980170}},
	{"POST-280", BenchPOST, 280, []int{920273, 949110, 980170}},
	{"POST-10K", BenchLarge, 10 << 10, []int{920273, 949110, 980170}},
}

// variants is how many requests of a kind take turns.
const variants = 64

func TestBenchRequests(t *testing.T) {
	s := newServer()
	defer s.close()
	for _, b := range benches {
		seen := map[string]bool{}
		for i := range variants {
			req := b.make(i)
			if len(req.Body) != b.body {
				t.Fatalf("%s: %d bytes of body, want %d", b.name, len(req.Body), b.body)
			}
			if got := s.receive(wire(&req)); got.Refused != 0 {
				t.Fatalf("%s: refused with %d:\n%s", b.name, got.Refused, req.String())
			}
			seen[req.String()] = true
		}
		if len(seen) != variants {
			t.Errorf("%s: %d different requests of %d", b.name, len(seen), variants)
		}
	}
}

// BenchmarkCoraza is what engines are compared with: the time of one request,
// all phases but those of the response. cpu-ns/op is the processor time of the
// process, the collector's included: the figure to quote from a busy machine.
func BenchmarkCoraza(b *testing.B) {
	for _, level := range []int{1, 4} {
		e, err := NewCoraza(Directives(level, true))
		if err != nil {
			b.Fatal(err)
		}
		for _, bench := range benches {
			var want []int
			if level == 4 {
				want = bench.level4
			}
			var reqs []Request
			for i := range variants {
				reqs = append(reqs, bench.make(i))
			}
			b.Run(fmt.Sprintf("PL%d/%s", level, bench.name), func(b *testing.B) {
				b.ReportAllocs()
				i, before := 0, cpu(b)
				for b.Loop() {
					if out := e.Run(&reqs[i%variants], nil); !slices.Equal(out.IDs, want) {
						b.Fatalf("matched %v, want %v", out.IDs, want)
					}
					i++
				}
				b.ReportMetric(float64(cpu(b)-before)/float64(i), "cpu-ns/op")
			})
		}
	}
}

// cpu is the processor time that the process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
