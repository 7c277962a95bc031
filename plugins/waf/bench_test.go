package waf

import "testing"

// BenchmarkNew is what a start costs: reading the Core Rule Set and linking it.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		i, err := New([]byte(`{"crs":{"paranoia_level":1}}`))
		if err != nil || len(i.Counters()) == 0 {
			b.Fatal(i, err)
		}
	}
}
