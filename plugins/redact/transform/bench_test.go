package transform

import (
	"bytes"
	"testing"
)

// BenchmarkApply is one value through each transform, and through it again or back.
func BenchmarkApply(b *testing.B) {
	for _, s := range specimens(b) {
		value := []byte(s.value)
		want := []byte(apply(b, s.transform, s.value))
		_, differs := s.transform.(*encrypt)
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				var err error
				if dst, err = s.transform.Apply(dst[:0], value, "subject-1"); err != nil {
					b.Fatal(err)
				}
			}
			if !bytes.Equal(dst, want) && !differs {
				b.Fatalf("%q, want %q", dst, want)
			}
		})
		r, ok := s.transform.(Reversible)
		if !ok {
			continue
		}
		b.Run("reveal "+s.name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				var err error
				if dst, err = r.Reveal(dst[:0], want, "subject-1"); err != nil {
					b.Fatal(err)
				}
			}
			if !bytes.Equal(dst, value) {
				b.Fatalf("%q, want %q", dst, value)
			}
		})
	}
}

// TestAllocations keeps the heap out of what is done for every value.
func TestAllocations(t *testing.T) {
	for _, s := range specimens(t) {
		value, made := []byte(s.value), []byte(apply(t, s.transform, s.value))
		dst := make([]byte, 0, 256)
		if n := testing.AllocsPerRun(100, func() { dst, _ = s.transform.Apply(dst[:0], value, "subject-1") }); n != 0 {
			t.Errorf("%s: %v allocations for a value, want 0", s.name, n)
		}
		if n := testing.AllocsPerRun(100, func() { dst, _ = s.transform.Apply(dst[:0], made, "subject-1") }); n != 0 {
			t.Errorf("%s: %v allocations for a result, want 0", s.name, n)
		}
		if r, ok := s.transform.(Reversible); ok {
			if n := testing.AllocsPerRun(100, func() { dst, _ = r.Reveal(dst[:0], made, "subject-1") }); n != 0 {
				t.Errorf("%s: %v allocations to reveal, want 0", s.name, n)
			}
		}
	}
}
