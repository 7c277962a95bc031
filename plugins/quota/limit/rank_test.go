package limit

import (
	"math/rand/v2"
	"testing"
)

// TestRank: a rank is higher if more is used, and tells numbers apart that differ by
// more than a sixty-fourth.
func TestRank(t *testing.T) {
	random := rand.New(rand.NewPCG(51, 52))
	for range 100_000 {
		whole := 1 + random.Int64N(1<<(1+random.IntN(40)))
		a, b := random.Int64N(whole+1), random.Int64N(whole+1)
		if a > b {
			a, b = b, a
		}
		low, high := rank(a, whole), rank(b, whole)
		if low > high || (low == 0) != (a == 0) || (high == MaxRank) != (b == whole) {
			t.Fatalf("%d and %d of %d have the ranks %d and %d", a, b, whole, low, high)
		}
		if low == high && b-a > a/64 {
			t.Fatalf("%d and %d of %d have the rank %d", a, b, whole, low)
		}
	}
}

// TestClasses: limits of other numbers or another kind are most probably of another
// class, and those of the same are of the same.
func TestClasses(t *testing.T) {
	seen := map[uint8]int{}
	n := 0
	for name, l := range limits(t) {
		if again := limits(t)[name]; again.Class() != l.Class() {
			t.Errorf("%s: %d and %d", name, l.Class(), again.Class())
		}
		seen[l.Class()]++
		n++
	}
	for requests := range int64(100) {
		l, _ := NewFixed(requests+1, 1e9)
		seen[l.Class()]++
		n++
	}
	// 256 classes, 108 limits: 88 classes are to be expected.
	if len(seen) < 75 {
		t.Errorf("%d classes of %d limits, want at least 75", len(seen), n)
	}
}
