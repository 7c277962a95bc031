package regex

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

// TestCacheBudget runs patterns with many states under budgets down to nothing.
func TestCacheBudget(t *testing.T) {
	patterns := []string{`(a|b)*a(a|b){14}c`, `(?i)\b(?:select|union)\b.{1,40}\bfrom\b`, `a.{20}b$`, `^\w+\s[^é]{3}`}
	for _, budget := range []int{0, 1, 500, 2000, 5000, 20000, 100000, 1 << 20} {
		r := rand.New(rand.NewPCG(29, 31))
		c := NewCache(budget)
		var oracles []*regexp.Regexp
		var dfas []*DFA
		for _, pattern := range patterns {
			oracles = append(oracles, regexp.MustCompile("(?sm)"+pattern))
			dfas = append(dfas, c.New(compiled(t, pattern)))
		}
		hits := 0
		for n := range 400 {
			value := make([]byte, r.IntN(400))
			for i := range value {
				value[i] = "abababab c\nselectunionfrom\xff"[r.IntN([]int{2, 8, 12, 27}[n%4])]
			}
			if n%5 == 0 {
				value = append(value, " union 12 from ab"...)
			}
			for i, d := range dfas {
				got, want := d.Match(string(value)), oracles[i].Match(value)
				if got != want {
					t.Fatalf("budget %d: %q matches %q: %v, want %v", budget, patterns[i], value, got, want)
				}
				if got {
					hits++
				}
				if c.Size() > budget {
					t.Fatalf("%d bytes in use, want at most %d", c.Size(), budget)
				}
				size := 0
				for _, d := range dfas {
					size += d.size
					held := 4*(cap(d.table)+cap(d.at)+cap(d.hash)) + cap(d.states)
					if held > d.size {
						t.Fatalf("%q holds %d bytes and accounts for %d", patterns[i], held, d.size)
					}
				}
				if size != c.Size() {
					t.Fatalf("the cache accounts for %d bytes, want %d", c.Size(), size)
				}
			}
		}
		if hits == 0 {
			t.Error("no hits")
		}
		t.Logf("budget %d: %d bytes in use, %d flushes", budget, c.Size(), c.Flushes())
	}
}

// TestNewIsCheap wants a DFA that has not run to take nothing of the budget.
func TestNewIsCheap(t *testing.T) {
	c := NewCache(1 << 20)
	d := c.New(compiled(t, "a+b"))
	if c.Size() != 0 {
		t.Errorf("%d bytes in use before the first value", c.Size())
	}
	if !d.Match("xaab") || c.Size() == 0 {
		t.Errorf("%d bytes in use after the first value", c.Size())
	}
}
