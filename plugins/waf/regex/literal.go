package regex

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxStrings  = 64 // of a set that is worked with
	maxFew      = 10 // runes of a class that is spelt out
	maxWorked   = 24 // bytes of a string that is worked with
	maxRequired = 16 // bytes of a literal
)

// spelling is what is known about the strings that an expression matches, with
// ASCII letters in lower case: all of them if they are few, what they begin and
// end with, and what they contain. Each is a set of alternatives.
type spelling struct {
	few      bool     // exact, which is prefix and suffix as well, is all of them
	prefix   []string // never empty but for an expression that never matches
	suffix   []string
	required []string // nil if nothing is known
}

func exactly(s ...string) spelling { return spelling{few: true, prefix: s, suffix: s} }

func anything() spelling { return spelling{prefix: []string{""}, suffix: []string{""}} }

// literals returns the strings one of which every match contains, in the manner
// of regular expression indices: the best set that was come by.
func literals(re *syntax.Regexp, bytes bool) []string {
	s := speller{bytes}
	return tidy(s.best(s.spell(re)))
}

type speller struct{ bytes bool }

func (s speller) spell(re *syntax.Regexp) spelling {
	switch re.Op {
	case syntax.OpNoMatch:
		return exactly()
	case syntax.OpLiteral:
		x := exactly("")
		for _, r := range re.Rune {
			x = s.concat(x, s.class(literalSet(r, re.Flags&syntax.FoldCase != 0)))
		}
		return x
	case syntax.OpCharClass:
		return s.class(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return anything()
	case syntax.OpCapture:
		return s.spell(re.Sub[0])
	case syntax.OpPlus:
		x := s.spell(re.Sub[0])
		x.required = s.best(x)
		x.few = false
		return x
	case syntax.OpStar:
		return anything()
	case syntax.OpQuest:
		return s.either(s.spell(re.Sub[0]), exactly(""))
	case syntax.OpConcat:
		x := exactly("")
		for _, sub := range re.Sub {
			x = s.concat(x, s.spell(sub))
		}
		return x
	case syntax.OpAlternate:
		x := s.spell(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			x = s.either(x, s.spell(sub))
		}
		return x
	}
	return exactly("") // the empty match and assertions
}

// class spells the runes of a set if they are few and none is U+FFFD, for which
// bytes that are no runes stand too.
func (s speller) class(set runeSet) spelling {
	if !s.bytes && set.has(utf8.RuneError) {
		return anything()
	}
	var strs []string
	for i := 0; i < len(set); i += 2 {
		for r := set[i]; r <= set[i+1]; r++ {
			if s.bytes && r > 0xff {
				break
			}
			b := string(r)
			switch {
			case 'A' <= r && r <= 'Z':
				b = string(r - 'A' + 'a')
			case s.bytes:
				b = string([]byte{byte(r)})
			}
			if !slices.Contains(strs, b) {
				strs = append(strs, b)
			}
			if len(strs) > maxFew {
				return anything()
			}
		}
	}
	return exactly(strs...)
}

func (s speller) concat(x, y spelling) spelling {
	if x.few && y.few {
		if all, ok := cross(x.prefix, y.prefix); ok {
			return exactly(all...)
		}
	}
	z := spelling{prefix: x.prefix, suffix: y.suffix}
	if x.few {
		if both, ok := cross(x.prefix, y.prefix); ok {
			z.prefix = both
		}
	}
	if y.few {
		if both, ok := cross(x.suffix, y.suffix); ok {
			z.suffix = both
		}
	}
	z.required = better(s.best(x), s.best(y))
	if both, ok := cross(x.suffix, y.prefix); ok {
		z.required = better(z.required, both)
	}
	z.prefix = cut(z.prefix, func(p string) string { return p[:min(len(p), maxWorked)] })
	z.suffix = cut(z.suffix, func(p string) string { return p[max(0, len(p)-maxWorked):] })
	return z
}

// unknown tells whether nothing is known, which no alternative changes.
func (x spelling) unknown() bool {
	empty := func(a []string) bool { return len(a) > 0 && a[0] == "" } // sets are sorted
	return !x.few && x.required == nil && empty(x.prefix) && empty(x.suffix)
}

func (s speller) either(x, y spelling) spelling {
	if x.unknown() || y.unknown() {
		return anything()
	}
	z := spelling{few: x.few && y.few}
	z.prefix = union(x.prefix, y.prefix)
	z.suffix = union(x.suffix, y.suffix)
	if z.few && len(z.prefix) <= maxStrings {
		return z
	}
	z.few = false
	if a, b := s.best(x), s.best(y); a != nil && b != nil {
		z.required = tidy(union(a, b))
	}
	z.prefix = cut(z.prefix, func(p string) string { return p[:min(len(p), maxWorked)] })
	z.suffix = cut(z.suffix, func(p string) string { return p[max(0, len(p)-maxWorked):] })
	return z
}

// best is the set of alternatives that is to be required of an expression.
func (s speller) best(x spelling) []string {
	best := better(x.required, x.prefix)
	if !x.few {
		best = better(best, x.suffix)
	}
	return best
}

// better chooses the rarer of two sets; one with strings of a single byte, or of
// two where the other has longer ones, is not chosen.
func better(a, b []string) []string {
	a, b = usable(a), usable(b)
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case shortest(a) < 3 && shortest(b) >= 3:
		return b
	case shortest(b) < 3 && shortest(a) >= 3, rarity(a) <= rarity(b):
		return a
	}
	return b
}

func usable(a []string) []string {
	if len(a) == 0 || shortest(a) < 2 {
		return nil
	}
	return tidy(a)
}

func shortest(a []string) int {
	n := maxNumber
	for _, s := range a {
		n = min(n, len(s))
	}
	return n
}

// cross returns all strings of a followed by all of b if they are not too many.
func cross(a, b []string) (all []string, ok bool) {
	if len(a)*len(b) > maxStrings {
		return nil, false
	}
	for _, s := range a {
		for _, t := range b {
			all = append(all, s+t)
		}
	}
	return distinct(all), true
}

func union(a, b []string) []string { return distinct(append(slices.Clone(a), b...)) }

func distinct(a []string) []string {
	slices.Sort(a)
	return slices.Compact(a)
}

// cut shortens strings, and further where they are too many.
func cut(a []string, shorten func(string) string) []string {
	a = distinct(each(a, shorten))
	if len(a) > maxStrings {
		return []string{""}
	}
	return a
}

func each(a []string, f func(string) string) []string {
	b := make([]string, len(a))
	for i, s := range a {
		b[i] = f(s)
	}
	return b
}

// tidy makes a set of required strings one of literals: no longer than they may
// be, none that contains another, and not too many, or nil.
func tidy(a []string) []string {
	for size := maxRequired; size >= 3; size-- {
		b := distinct(each(a, func(s string) string { return rarest(s, size) }))
		slices.SortStableFunc(b, func(s, t string) int { return len(s) - len(t) })
		kept := b[:0:0]
		for _, s := range b {
			if !slices.ContainsFunc(kept, func(k string) bool { return strings.Contains(s, k) }) {
				kept = append(kept, s)
			}
		}
		if len(kept) <= maxLiterals {
			return kept
		}
	}
	return nil
}

// rarest is the part of s of some size that is the least to be expected.
func rarest(s string, size int) string {
	if len(s) <= size {
		return s
	}
	best, least := "", 0.0
	for i := 0; i+size <= len(s); i++ {
		if r := rarity([]string{s[i : i+size]}); best == "" || r < least {
			best, least = s[i:i+size], r
		}
	}
	return best
}
