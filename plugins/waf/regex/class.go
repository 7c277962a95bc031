package regex

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// runeSet is a set of runes as pairs of first and last, sorted, without overlap.
type runeSet []rune

func (s runeSet) has(r rune) bool {
	for i := 0; i < len(s); i += 2 {
		if s[i] <= r && r <= s[i+1] {
			return true
		}
	}
	return false
}

var (
	anyRune   = runeSet{0, unicode.MaxRune}
	notNL     = runeSet{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	newline   = runeSet{'\n', '\n'}
	wordRunes = runeSet{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
)

// literalSet is the rune, with all that fold to it if fold is set.
func literalSet(r rune, fold bool) runeSet {
	set := []rune{r}
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			set = append(set, f)
		}
		slices.Sort(set)
	}
	pairs := make(runeSet, 0, 2*len(set))
	for _, f := range set {
		pairs = append(pairs, f, f)
	}
	return pairs
}

// within cuts a set down to the runes up to last.
func (s runeSet) within(last rune) runeSet {
	cut := make(runeSet, 0, len(s))
	for i := 0; i < len(s) && s[i] <= last; i += 2 {
		cut = append(cut, s[i], min(s[i+1], last))
	}
	return cut
}

// interval is the first of consecutive runes that are of one class.
type interval struct {
	first rune
	class int
}

// partition divides the runes up to last into classes that no set tells apart,
// numbered in the order of their first runes, and gives the classes of each set.
// So the classes of ASCII come first.
func partition(sets []runeSet, last rune) (intervals []interval, classes int, members [][]int) {
	cuts := []rune{0, utf8.RuneSelf}
	for _, s := range sets {
		for i := 0; i < len(s); i += 2 {
			cuts = append(cuts, s[i], s[i+1]+1)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	members = make([][]int, len(sets))
	at := make([]int, len(sets)) // the pair of each set that may hold the rune
	ids := map[string]int{}
	key := make([]byte, (len(sets)+7)/8)
	for _, r := range cuts {
		if r > last {
			break
		}
		clear(key)
		for j, s := range sets {
			for at[j] < len(s) && s[at[j]+1] < r {
				at[j] += 2
			}
			if at[j] < len(s) && s[at[j]] <= r {
				key[j>>3] |= 1 << (j & 7)
			}
		}
		class, old := ids[string(key)]
		if !old {
			class = len(ids)
			ids[string(key)] = class
			for j := range sets {
				if key[j>>3]>>(j&7)&1 != 0 {
					members[j] = append(members[j], class)
				}
			}
		}
		if n := len(intervals); n == 0 || intervals[n-1].class != class {
			intervals = append(intervals, interval{r, class})
		}
	}
	return intervals, len(ids), members
}
