package regex

import (
	"math/bits"
	"regexp/syntax"
	"unicode/utf8"
)

// Program is a compiled pattern. It does not change and may be shared.
//
// Its parts are pieces of the bytes it was read from, which must not change.
type Program struct {
	raw    []byte // all of it
	flags  uint8
	groups int
	minLen int
	insts  int
	// classes is how many classes of runes there are; a set of classes takes
	// setLen bytes.
	classes int
	setLen  int
	ascii   []byte // the class of each byte below 0x80, or of each byte
	ranges  []byte // the classes of other runes: pairs of numbers
	sets    []byte
	code    []byte
	facts   []byte
}

const (
	flagBytes     = 1 << iota // the value is bytes, not UTF-8
	flagAnchored              // nothing matches after the start of the value
	flagWords                 // there are word boundaries
	flagEnds                  // there are assertions on what is after
	flagBackLater             // and some on what is before that may follow one
)

// NumCaptures is how many groups a match has, the whole match being the first:
// 1 to 10.
func (p *Program) NumCaptures() int { return p.groups }

// Len is the length of the program as [Program.AppendBinary] writes it.
func (p *Program) Len() int { return len(p.raw) }

func (p *Program) has(flag uint8) bool { return p.flags&flag != 0 }

// Columns of the transition table and of column tables. In column 0, which is
// that of all bytes that begin no rune of ASCII, no transition is ever known: it
// makes the inner loop stop. A program over bytes has no such column. The column
// after those of the classes is that of the end of the value.
func (p *Program) firstColumn() int {
	if p.has(flagBytes) {
		return 0
	}
	return 1
}

func (p *Program) endColumn() int { return p.firstColumn() + p.classes }

// loaded is a program in the form that it is run in.
type loaded struct {
	prog    *Program
	code    []inst
	columns [256]uint8
	first   []rune // the first runes of the ranges from 0x80 on
	column  []uint32
	// kinds tells of each column what assertions can see of its runes.
	kinds []uint8
	// fresh are the instructions that a thread reaches without a rune when it is
	// started within a line.
	fresh bitset
}

// The assertions on words, on lines, and those that depend on what is after.
const (
	emptyWord  = syntax.EmptyWordBoundary | syntax.EmptyNoWordBoundary
	emptyLine  = syntax.EmptyBeginLine | syntax.EmptyEndLine
	emptyAfter = emptyWord | syntax.EmptyEndLine | syntax.EmptyEndText
)

// What an assertion can see of the rune before or after a position. Zero is any
// other rune.
const (
	kindWord uint8 = 1 << iota
	kindNewline
	kindEdge // there is no rune
)

// loadedSize is how many bytes a loaded program and its idle state take.
func (p *Program) loadedSize() int {
	return 8*p.insts + 8*((p.insts+63)/64) + 8*p.numRanges() + p.endColumn() + 1 + 1024
}

func (p *Program) numRanges() int {
	// each number ends with a byte that has no continuation bit
	n := 0
	for i := 0; i < len(p.ranges); i++ {
		if p.ranges[i] < 0x80 {
			n++
		}
	}
	return n / 2
}

// load decodes the program into l, whose memory is used again.
func (p *Program) load(l *loaded) {
	l.prog = p
	first := p.firstColumn()
	l.columns = [256]uint8{}
	l.kinds = append(l.kinds[:0], make([]uint8, p.endColumn()+1)...)
	l.kinds[p.endColumn()] = kindEdge
	for b := 0; b < len(p.ascii); b++ {
		column := first + int(p.ascii[b])
		l.columns[b] = uint8(column)
		switch {
		case b == '\n':
			l.kinds[column] |= kindNewline
		case syntax.IsWordChar(rune(b)):
			l.kinds[column] |= kindWord
		}
	}
	l.first, l.column = l.first[:0], l.column[:0]
	r := reader{s: p.ranges}
	at := rune(utf8.RuneSelf)
	for len(r.s) > 0 {
		at += rune(r.number(utf8.MaxRune))
		l.first = append(l.first, at)
		l.column = append(l.column, uint32(first+r.number(p.classes)))
	}
	if cap(l.code) < p.insts {
		l.code = make([]inst, p.insts)
	}
	l.code = l.code[:p.insts]
	r = reader{s: p.code}
	for n := range l.code {
		l.code[n] = r.inst(n)
	}
	l.fresh = append(l.fresh[:0], make(bitset, (p.insts+63)/64)...)
	s := stepper{prog: l}
	s.follow(l.fresh, 0, 0, false)
}

// rangeOf is the column of a rune that is not ASCII, and the range of runes
// around it, from the first to before the last, that has it too.
func (l *loaded) rangeOf(r rune) (column uint32, from, to rune) {
	first := l.first
	lo, hi := 0, len(first)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if first[mid] <= r {
			lo = mid
		} else {
			hi = mid
		}
	}
	to = utf8.MaxRune + 1
	if hi < len(first) {
		to = first[hi]
	}
	return l.column[lo], first[lo], to
}

// holds tells whether an instruction's set has the class of a column. Sets of
// one class, which are numbered by it, come before the others.
func (l *loaded) holds(set uint32, column int) bool {
	p := l.prog
	class := column - p.firstColumn()
	if int(set) < p.classes {
		return int(set) == class
	}
	return p.sets[(int(set)-p.classes)*p.setLen+class>>3]>>(class&7)&1 != 0
}

// next is where the value goes on after position i, and the column of what is
// there.
func (l *loaded) next(s string, i int) (column, after int) {
	if i >= len(s) {
		return l.prog.endColumn(), i
	}
	if b := s[i]; b < utf8.RuneSelf || l.prog.has(flagBytes) {
		return int(l.columns[b]), i + 1
	}
	r, width := utf8.DecodeRuneInString(s[i:])
	at, _, _ := l.rangeOf(r)
	return int(at), i + width
}

// assertions are those that hold between runes of two kinds.
func assertions(before, after uint8) syntax.EmptyOp {
	holds := syntax.EmptyNoWordBoundary
	if (before^after)&kindWord != 0 {
		holds = syntax.EmptyWordBoundary
	}
	if before&kindEdge != 0 {
		holds |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	}
	if before&kindNewline != 0 {
		holds |= syntax.EmptyBeginLine
	}
	if after&kindEdge != 0 {
		holds |= syntax.EmptyEndText | syntax.EmptyEndLine
	}
	if after&kindNewline != 0 {
		holds |= syntax.EmptyEndLine
	}
	return holds
}

// bitset is a set of instructions.
type bitset []uint64

func (b bitset) add(i uint32) (added bool) {
	word, bit := &b[i>>6], uint64(1)<<(i&63)
	added = *word&bit == 0
	*word |= bit
	return added
}

// each calls f for the members in order.
func (b bitset) each(f func(i uint32)) {
	for w, word := range b {
		for ; word != 0; word &= word - 1 {
			f(uint32(w<<6 + bits.TrailingZeros64(word)))
		}
	}
}
