package key

import (
	"net/netip"
	"testing"

	"gatehouse/plugins/internal/policy"
)

func BenchmarkAppend(b *testing.B) {
	head := request(":method", "GET", ":path", "/orders/17?key=k1", ":authority", "api.example.com", "cookie", "a=b; sid=s1", "x-api-key", "k1")
	in := Input{
		Request: head, Identity: who(b, `{"iss":"https://idp.example.com","sub":"user-17","client_id":"shop","exp":2740176000,"scope":"openid orders:read"}`),
		Address: netip.MustParsePrefix("192.0.2.1/32"), Body: []byte(`{"order":{"account":"a1"}}`), BodyComplete: true,
	}
	for _, test := range []struct{ source, want string }{
		{"claim:client_id", "shop"}, {"client_id", "shop"}, {"scope", `["openid","orders:read"]`}, {"address", "192.0.2.1"}, {"header:x-api-key", "k1"}, {"cookie:sid", "s1"}, {"query:key", "k1"},
		{"path", "/orders/17"}, {"host", "api.example.com"}, {"body:order.account", "a1"},
	} {
		b.Run(test.source, func(b *testing.B) {
			s := source(b, test.source)
			dst := make([]byte, 0, MaxLen)
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = s.Append(dst[:0], &in)
			}
			if got := s.Plain(dst); got != test.want {
				b.Errorf("%s = %q, want %q", s, got, test.want)
			}
		})
	}
}

// TestAppendAllocatesNothing for what most keys are.
func TestAppendAllocatesNothing(t *testing.T) {
	in := Input{Request: &policy.Request{}, Identity: who(t, `{"iss":"a","client_id":"shop","scope":"x y","claims":{"tenant":"t"}}`), Address: netip.MustParsePrefix("2001:db8::/64")}
	dst := make([]byte, 0, MaxLen)
	for _, text := range []string{"claim:client_id", "claim:tenant", "client_id", "scope", "address"} {
		s := source(t, text)
		if n := testing.AllocsPerRun(100, func() {
			if _, presence := s.Append(dst, &in); presence != Present {
				t.Errorf("%s: presence %d", s, presence)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want none", s, n)
		}
	}
}
