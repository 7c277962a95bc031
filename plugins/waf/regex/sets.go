package regex

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// maxShare is the share of ordinary bytes above which a set says nothing.
const maxShare = 0.25

// required returns sets of bytes of each of which every match has a byte.
func (w width) required(re *syntax.Regexp) []ByteSet {
	switch re.Op {
	case syntax.OpLiteral:
		var sets []ByteSet
		for _, r := range re.Rune {
			sets = append(sets, w.leads(literalSet(r, re.Flags&syntax.FoldCase != 0)))
		}
		return selective(sets)
	case syntax.OpCharClass:
		return selective([]ByteSet{w.leads(re.Rune)})
	case syntax.OpCapture, syntax.OpPlus:
		return w.required(re.Sub[0])
	case syntax.OpConcat:
		var sets []ByteSet
		for _, sub := range re.Sub {
			sets = append(sets, w.required(sub)...)
		}
		return selective(sets)
	case syntax.OpAlternate:
		sets := w.required(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			sets = either(sets, w.required(sub))
		}
		return sets
	}
	return nil
}

// either returns sets for an alternative: each set of one side together with the
// set of the other that adds the least.
func either(a, b []ByteSet) []ByteSet {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	var sets []ByteSet
	for _, sides := range [2][2][]ByteSet{{a, b}, {b, a}} {
		for _, s := range sides[0] {
			best, share := ByteSet{}, 2.0
			for _, t := range sides[1] {
				u := s
				for i := range u {
					u[i] |= t[i]
				}
				if n := u.share(); n < share {
					best, share = u, n
				}
			}
			sets = append(sets, best)
		}
	}
	return selective(sets)
}

// leads are the bytes that the runes of a set begin with, and where U+FFFD is
// one of them all bytes that may stand for it.
func (w width) leads(set runeSet) (leads ByteSet) {
	for i := 0; i < len(set); i += 2 {
		first, last := set[i], set[i+1]
		if w.bytes {
			for r := first; r <= min(last, 0xff); r++ {
				leads.add(byte(r))
			}
			continue
		}
		for b := leadOf(first); ; b++ {
			leads.add(b)
			if b == leadOf(last) {
				break
			}
		}
	}
	if !w.bytes && set.has(utf8.RuneError) {
		for b := 0x80; b <= 0xff; b++ {
			leads.add(byte(b))
		}
	}
	return leads
}

// leadOf is the first byte of a rune, also of one that has no encoding.
func leadOf(r rune) byte {
	switch {
	case r < 0x80:
		return byte(r)
	case r < 0x800:
		return 0xc0 | byte(r>>6)
	case r < 0x10000:
		return 0xe0 | byte(r>>12)
	}
	return 0xf0 | byte(r>>18)
}

// selective keeps the sets that exclude most, without those that another is
// part of.
func selective(sets []ByteSet) []ByteSet {
	shares := map[ByteSet]float64{}
	for _, s := range sets {
		shares[s] = s.share()
	}
	slices.SortStableFunc(sets, func(a, b ByteSet) int { return cmp.Compare(shares[a], shares[b]) })
	kept := sets[:0:0]
	for _, s := range sets {
		if shares[s] > maxShare || len(kept) == maxSets {
			break
		}
		implied := slices.ContainsFunc(kept, func(k ByteSet) bool {
			for i := range k {
				if k[i]&^s[i] != 0 {
					return false
				}
			}
			return true
		})
		if !implied {
			kept = append(kept, s)
		}
	}
	return kept
}
