package quota

import (
	"testing"

	"gatehouse/plugins/internal/policy"
)

// BenchmarkRequest is one request of a client within its limit, from its headers to
// its end, the store of a proxy aside.
func BenchmarkRequest(b *testing.B) {
	for _, bb := range []struct{ name, document string }{
		{"one limit by a claim", `{"limits":[{"name":"l","key":["claim:client_id"],"rate":{"requests":1000000000,"per":"1s"}}]}`},
		{"a rate and a month by plan", `{"limits":[{"name":"l","key":["claim:client_id"],"rate":{"requests":1000000000,"per":"1s"}},
			{"name":"m","key":["claim:client_id"],"calendar":{"requests":1000000000,"per":"month"}}],
			"plans":{"claim":"plan","pro":{"l":{"burst":1000000}}}}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			w := newWorld()
			w.identity(`,"client_id":"shop","claims":{"plan":"pro"}`)
			i := w.inspector(b, bb.document)
			r := policy.Request{Now: w.now, IncidentID: "incident-1", Attributes: w, Headers: policy.Headers{
				{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/orders/17"}, {Name: ":authority", Value: "api.example.com"},
			}}
			s := i.Inspect()
			b.ReportAllocs()
			for b.Loop() {
				if d := s.RequestHeaders(&r, true); d.Outcome != policy.Allow || !d.NoResponse {
					b.Fatal(d.Reason)
				}
				if d := s.Done(); d.Reason != ReasonWithinLimits {
					b.Fatal(d.Reason)
				}
			}
		})
	}
}
