package libinjection

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestFirst compares the two ways to find what stands for the first time.
func TestFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b strings.Builder
		for range 1 + rng.IntN(24) {
			b.WriteByte(`'\a`[rng.IntN(3)])
		}
		s := b.String()
		at := rng.IntN(len(s))
		p := at + rng.IntN(len(s)-at)
		want := at + strings.Index(s[at:], s[p:])
		for _, l := range []lexer{{s: s}, {s: s, searched: maxSearched + 1}} {
			if got := l.first(at, p); got != want {
				t.Fatalf("first(%d, %d) in %q = %d, want %d", at, p, s, got, want)
			}
		}
	}
}

// TestLongValues tries that long values of what repeats are read in time that
// grows with their length, and compares them.
func TestLongValues(t *testing.T) {
	for _, unit := range []string{`\'`, `\'a`, `''\'`, `'\'\'\''`, `"\"`, "`\\`", "$a$", "/*", "--", "1+", "1,", "a.", "a`b.", "@", "(", "{", "<a ", "<!--", "<a=", "<%a", "&#1", "a=1&b="} {
		for _, before := range []string{"", "'", "1 or ", "<a href="} {
			compare(t, before+strings.Repeat(unit, 2000))
			if before == "" {
				continue
			}
			// a search for each quote would take seconds, and minutes on Wasm
			v := before + strings.Repeat(unit, 400_000/len(unit))
			start := time.Now()
			SQLi(v)
			XSS(v)
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("%q and %d times %q took %v", before, 400_000/len(unit), unit, took)
			}
		}
	}
}
