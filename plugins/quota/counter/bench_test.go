package counter

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"gatehouse/plugins/quota/limit"
	"gatehouse/plugins/quota/limit/limittest"
)

// BenchmarkTake takes from one key and from 100,000 of each kind of limit, in a table
// for as many. The store lends its memory and copies what is written.
func BenchmarkTake(b *testing.B) {
	for _, keys := range []int{1, 100_000} {
		names := make([][]byte, keys)
		for i := range names {
			names[i] = fmt.Appendf(nil, "per-client\x00f3a91c04\x00claim:client_id\x00client-%d", i)
		}
		for _, c := range limittest.Cases(b) {
			b.Run(fmt.Sprintf("%s/%d keys", c.Name, keys), func(b *testing.B) {
				m := &memory{loan: true}
				counters := view(b, m, keys)
				for _, name := range names {
					counters.Take(start, c.Limit, name, 1)
				}
				m.copied = 0
				b.ReportAllocs()
				i, now := 0, start
				for b.Loop() {
					// Time for two requests of each key.
					now = now.Add(c.Step * 2 / time.Duration(keys))
					if r, ok := counters.Take(now, c.Limit, names[i*7919%keys], 1); !ok || r.Remaining >= c.Limit.Whole() {
						b.Fatalf("%+v, %t", r, ok)
					}
					i++
				}
				b.ReportMetric(float64(m.copied)/float64(i), "copied/op")
			})
		}
	}
}

// BenchmarkRefused asks for what is used up.
func BenchmarkRefused(b *testing.B) {
	for _, c := range limittest.Cases(b) {
		b.Run(c.Name, func(b *testing.B) {
			counters := view(b, &memory{loan: true}, 1)
			counters.Take(start, c.Limit, []byte("a"), c.Limit.Whole())
			b.ReportAllocs()
			for b.Loop() {
				if r, ok := counters.Take(start, c.Limit, []byte("a"), 1); !ok || r.Allowed {
					b.Fatalf("%+v, %t", r, ok)
				}
			}
		})
	}
}

// BenchmarkFlood takes from keys that are all new, in a table that is full.
func BenchmarkFlood(b *testing.B) {
	l, _ := limit.NewFixed(10, time.Hour)
	counters := view(b, &memory{loan: true}, 1000)
	var name []byte
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		name = strconv.AppendInt(append(name[:0], "made up "...), int64(i), 10)
		if r, ok := counters.Take(start, l, name, 1); !ok || !r.Allowed || r.Remaining != 9 {
			b.Fatalf("%+v, %t", r, ok)
		}
		i++
	}
}
