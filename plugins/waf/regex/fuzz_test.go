package regex

import (
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"rsc.io/binaryregexp"
)

// randomPattern writes a pattern from a grammar that has every construct.
func randomPattern(r *rand.Rand, depth int) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	if depth == 0 || r.IntN(6) == 0 {
		return pick("a", "b", "k", "s", "é", "ſ", "\u212a", "日", ".", "\n", " ", "1", "_", `\x{fffd}`, `\x{10ffff}`, "\ufffd", "\U0010ffff",
			"[ab]", "[^a]", "[^a-zé]", `\w`, `\W`, `\s`, `\d`, "[k-s]", `\pL`, `[^\x00-\x7f]`, "ab", "abc", "sk", "(?i:k)", "(?i:as)", "(?-s:.)")
	}
	sub := func() string { return randomPattern(r, depth-1) }
	switch r.IntN(12) {
	case 0, 1, 2:
		return sub() + sub()
	case 3:
		return "(?:" + sub() + "|" + sub() + ")"
	case 4:
		return "(?:" + sub() + "|" + sub() + "|" + sub() + ")"
	case 5:
		return "(" + sub() + ")"
	case 6:
		return "(?:" + sub() + ")" + pick("*", "+", "?", "*?", "+?", "??")
	case 7:
		return "(" + sub() + ")" + pick("*", "+", "?", "{0,3}", "{2}", "{1,3}?", "{2,}")
	case 8:
		return pick(`\b`, `\B`, "^", "$", `\A`, `\z`, "(?-m:^)", "(?-m:$)") + sub()
	case 9:
		return sub() + pick(`\b`, `\B`, "^", "$", `\A`, `\z`, "(?-m:$)")
	case 10:
		return "(?i:" + sub() + ")"
	}
	return "(?:" + sub() + "|)"
}

func randomValue(r *rand.Rand) string {
	pieces := []string{"a", "b", "c", "k", "K", "s", "S", "é", "É", "ſ", "\u212a", "日", "\n", " ", "1", "_", "\ufffd", "\U0010ffff", "\xff", "\xe6\x97", "\xc3", "\x80", "\x00", "ab", "abc"}
	var b strings.Builder
	for n := r.IntN(12); n > 0; n-- {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

func compare(t *testing.T, want oracle, p *Program, d *DFA, pattern, value string) (hit bool) {
	t.Helper()
	caps := want.FindStringSubmatchIndex(value)
	if len(caps) > 2*maxGroups {
		caps = caps[:2*maxGroups]
	}
	if got := d.Match(value); got != (caps != nil) {
		t.Fatalf("%q matches %q: %v, want %v", pattern, value, got, caps != nil)
	}
	if got := d.Find(value, nil); !slices.Equal(got, caps) {
		t.Fatalf("%q in %q: %v, want %v", pattern, value, got, caps)
	}
	if caps != nil {
		if missing := excludes(p.Facts(), value); missing != "" {
			t.Fatalf("%q matches %q, and facts exclude it: %s", pattern, value, missing)
		}
	}
	return caps != nil
}

// excludes tells which fact a value does not meet.
func excludes(f *Facts, value string) string {
	if len(value) < f.MinLen {
		return "too short"
	}
	for _, set := range f.Sets {
		if !slices.ContainsFunc([]byte(value), set.Has) {
			return "no byte of a set"
		}
	}
	lower := []byte(value)
	for i, b := range lower {
		if 'A' <= b && b <= 'Z' {
			lower[i] += 'a' - 'A'
		}
	}
	if len(f.Literals) > 0 && !slices.ContainsFunc(f.Literals, func(l string) bool { return strings.Contains(string(lower), l) }) {
		return "no literal of " + strings.Join(f.Literals, " ")
	}
	return ""
}

func TestMatchRandomPatterns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := NewCache(1 << 20)
	patterns, values, hits := 0, 0, 0
	for range 20000 {
		pattern := randomPattern(r, 1+r.IntN(4))
		if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
			continue
		}
		re := oracleOf(t, pattern)
		p := compiled(t, pattern)
		d := c.New(p)
		patterns++
		for range 12 {
			values++
			if compare(t, re, p, d, pattern, randomValue(r)) {
				hits++
			}
		}
		if c.Size() > 1<<20 {
			t.Fatalf("size %d", c.Size())
		}
	}
	t.Logf("%d patterns, %d values, %d hits", patterns, values, hits)
}

// FuzzMatch compares a random pattern, or the one that is given if it is one,
// with Go's regexp or rsc.io/binaryregexp on random values and on one given.
func FuzzMatch(f *testing.F) {
	f.Add(uint64(1), "", "ab\xff")
	f.Add(uint64(2), `(?i)\bunion\s+(all\s+)?select`, "UNION  ALL select")
	f.Add(uint64(3), `(?:(a)?b?)*|\x{ff}`, "aba\u00ff")
	f.Fuzz(func(t *testing.T, seed uint64, pattern, value string) {
		r := rand.New(rand.NewPCG(seed, 37))
		if pattern == "" {
			pattern = randomPattern(r, 1+r.IntN(5))
		}
		if len(pattern) > 200 || len(value) > 500 {
			return
		}
		p, err := Compile(pattern)
		if err != nil {
			return
		}
		var want oracle
		if escapesBytes(pattern) {
			// its parser knows neither all escapes nor all limits of regexp/syntax
			if want, err = binaryregexp.Compile(pattern); err != nil {
				return
			}
		} else {
			want = oracleOf(t, pattern)
		}
		budget := []int{1 << 20, 3000, 0}[seed%3]
		c := NewCache(budget)
		d := c.New(p)
		compare(t, want, p, d, pattern, value)
		for range 8 {
			compare(t, want, p, d, pattern, randomValue(r))
		}
		if c.Size() > budget {
			t.Fatalf("%d bytes in use, want at most %d", c.Size(), budget)
		}
	})
}
