package global

import (
	"math/rand/v2"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/slot"
)

// put is a change that writes a state.
type put lease

func (p *put) Change(state []byte, _ bool) (slot.Verdict, time.Duration, slot.Worth) {
	(*lease)(p).store(state)
	return slot.Keep, time.Hour, slot.Worth{}
}

// BenchmarkTake is a request whose key has a lease, one that is refused, and one that
// is not asked about since the service is down.
func BenchmarkTake(b *testing.B) {
	end := start.Add(time.Hour).UnixMilli()
	for _, tt := range []struct {
		name  string
		lease lease
		want  Outcome
	}{
		{"from a lease", lease{left: 1 << 40, window: end, unit: Day, since: start.UnixMilli(), flags: counted}, Allowed},
		{"refused", lease{window: end, refused: end, unit: Day}, Denied},
		{"down", lease{}, Unavailable},
	} {
		b.Run(tt.name, func(b *testing.B) {
			c, err := New(&memory{random: rand.New(rand.NewPCG(1, 2))}, "bench", Config{Cluster: "ratelimit", Domain: "gatehouse"})
			if err != nil {
				b.Fatal(err)
			}
			if err := c.Start(); err != nil {
				b.Fatal(err)
			}
			r := Request{Key: []byte("per-client\x00alice"), Entries: []Entry{{"limit", "per-client"}, {"client", "alice"}}, Hits: 1}
			for i := range broken {
				other := Request{Key: []byte{byte(i)}, Hits: 1}
				for _, call := range c.Take(start, &other).Work.Calls {
					a := policy.Answer{ID: call.ID, Body: []byte{responseCode << 3, codeOK}, Size: 2}
					if a.Failed = tt.want == Unavailable; a.Failed {
						a.Body, a.Size = nil, 0
					}
					c.Answer(start, &a)
				}
			}
			if c.leases.Edit(start, r.Key, (*put)(&tt.lease)) != slot.Done {
				b.Fatal("the lease was not written")
			}
			b.ReportAllocs()
			for b.Loop() {
				if v := c.Take(start, &r); v.Outcome != tt.want {
					b.Fatalf("%+v", v)
				}
			}
		})
	}
}
