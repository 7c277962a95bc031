package regex

import (
	"encoding/binary"
	"regexp/syntax"
	"unicode/utf8"
)

// Facts are conditions that every value a program matches meets. They never
// exclude a value that matches: a value that does not meet one of them need not
// be run.
type Facts struct {
	// MinLen is the least length of a matching value in bytes.
	MinLen int
	// Sets are sets of bytes: a matching value has at least one byte of each.
	// There are at most 8, the most selective first.
	Sets []ByteSet
	// Literals, if there are any, are strings one of which a matching value
	// contains once its ASCII letters are in lower case. They are in lower case
	// themselves, 2 bytes long or more, and at most 64. Bytes that are not ASCII
	// occur in them: (?i)k matches U+212A too.
	Literals []string
	// AnchoredStart tells that a match begins at the start of the value.
	AnchoredStart bool
}

// ByteSet is a set of bytes, a bit each.
type ByteSet [8]uint32

// Has tells whether the set has the byte.
func (s *ByteSet) Has(b byte) bool { return s[b>>5]>>(b&31)&1 != 0 }

func (s *ByteSet) add(b byte) { s[b>>5] |= 1 << (b & 31) }

// Facts decodes the facts of the program.
func (p *Program) Facts() *Facts {
	f := &Facts{MinLen: p.minLen, AnchoredStart: p.has(flagAnchored)}
	p.readFacts(f)
	return f
}

// readFacts decodes the facts, or only checks that they can be if f is nil.
func (p *Program) readFacts(f *Facts) (ok bool) {
	r := reader{s: p.facts}
	for n := r.number(maxSets + 1); n > 0; n-- {
		var s ByteSet
		for i, b := range r.bytes(32) {
			s[i>>2] |= uint32(b) << (i & 3 * 8)
		}
		if f != nil {
			f.Sets = append(f.Sets, s)
		}
	}
	for n := r.number(maxLiterals + 1); n > 0; n-- {
		if l := r.bytes(r.number(maxNumber)); f != nil {
			f.Literals = append(f.Literals, string(l))
		}
	}
	return !r.bad && len(r.s) == 0
}

const (
	maxSets     = 8
	maxLiterals = 64
)

func (f *Facts) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.Sets)))
	for _, s := range f.Sets {
		for _, word := range s {
			b = binary.LittleEndian.AppendUint32(b, word)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(f.Literals)))
	for _, l := range f.Literals {
		b = binary.AppendUvarint(b, uint64(len(l)))
		b = append(b, l...)
	}
	return b
}

func factsOf(tree *syntax.Regexp, bytes bool) *Facts {
	w := width{bytes}
	return &Facts{
		MinLen:   min(w.least(tree), maxNumber-1),
		Sets:     w.required(tree),
		Literals: literals(tree, bytes),
	}
}

// width computes lengths of matches.
type width struct{ bytes bool }

// least is the length in bytes of the shortest match.
func (w width) least(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpNoMatch:
		return maxNumber
	case syntax.OpLiteral:
		n := 0
		for _, r := range re.Rune {
			n += w.set(literalSet(r, re.Flags&syntax.FoldCase != 0))
		}
		return n
	case syntax.OpCharClass:
		return w.set(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return w.least(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n = min(n+w.least(sub), maxNumber)
		}
		return n
	case syntax.OpAlternate:
		n := maxNumber
		for _, sub := range re.Sub {
			n = min(n, w.least(sub))
		}
		return n
	}
	return 0
}

// set is the length of the shortest rune: the lowest, or a byte that is no part
// of a rune where that would match.
func (w width) set(s runeSet) int {
	if len(s) == 0 || w.bytes && s[0] > 0xff {
		return maxNumber
	}
	if w.bytes || s.has(utf8.RuneError) {
		return 1
	}
	return utf8.RuneLen(max(s[0], 0))
}
