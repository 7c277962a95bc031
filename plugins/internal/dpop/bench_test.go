package dpop

import (
	"fmt"
	"testing"

	"gatehouse/plugins/internal/jose"
)

// BenchmarkVerify is a good proof with the replay table, with the signature and
// without.
func BenchmarkVerify(b *testing.B) {
	free := func(jose.Algorithm, *jose.Key, []byte, []byte) bool { return true }
	for name, verify := range map[string]jose.VerifyFunc{"ES256": nil, "without the signature": free} {
		b.Run(name, func(b *testing.B) {
			w := want()
			w.VerifySignature = verify
			w.Seen = seen(b, 1024, 64)
			proofs := make([]string, 4096)
			for i := range proofs {
				proofs[i] = proof(client, fmt.Sprint(i))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%len(proofs) == 0 {
					b.StopTimer()
					w.Seen = seen(b, 1024, 64)
					b.StartTimer()
				}
				if _, reason := Verify(proofs[i%len(proofs)], w); reason != "" {
					b.Fatal(reason)
				}
			}
		})
	}
}
