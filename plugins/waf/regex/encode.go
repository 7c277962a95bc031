package regex

import (
	"encoding/binary"
	"errors"
	"unicode"
	"unicode/utf8"
)

// The encoding: a version, the length of what follows, and then as numbers of
// encoding/binary's Uvarint or as bytes
//
//	flags  groups  minLen  insts  classes  sets
//	the length and the bytes of each: ranges, code, facts
//	the class of each byte of ASCII, or of each byte
//	the sets of more than one class, a bit a class
//
// An instruction is a byte: its operation in bits 0–2, whether its successor
// stands next in bit 3, and its argument in bits 4–7, where 15 says that the
// argument follows less 15. The number of the successor is last, if it is there.

const version = 1

// ErrCorrupt is what [Read] returns for bytes that [Program.AppendBinary] has
// not written.
var ErrCorrupt = errors.New("regex: corrupt program")

// limits of a program that is read. Patterns that regexp/syntax accepts stay
// below them.
const (
	maxInsts  = 1 << 20
	maxNumber = 1 << 28
)

// AppendBinary appends the program to dst.
func (p *Program) AppendBinary(dst []byte) []byte { return append(dst, p.raw...) }

// Read reads a program that [Program.AppendBinary] has written and returns what
// follows it. The program keeps b, which must not change any more. Bytes that
// are no program give [ErrCorrupt].
func Read(b []byte) (p *Program, rest []byte, err error) {
	if len(b) == 0 || b[0] != version {
		return nil, b, ErrCorrupt
	}
	n, used := binary.Uvarint(b[1:])
	if used <= 0 || n > uint64(len(b)-1-used) {
		return nil, b, ErrCorrupt
	}
	size := 1 + used + int(n)
	p = &Program{raw: b[:size:size]}
	if !p.parse(p.raw[1+used:]) {
		return nil, b, ErrCorrupt
	}
	return p, b[size:], nil
}

// parse finds the parts of a program and checks all that running it relies on.
func (p *Program) parse(s []byte) bool {
	r := reader{s: s}
	p.flags = uint8(r.number(0x100))
	p.groups = r.number(maxGroups + 1)
	p.minLen = r.number(maxNumber)
	p.insts = r.number(maxInsts)
	p.classes = r.number(maxInsts)
	sets := r.number(maxInsts)
	p.setLen = (p.classes + 7) / 8
	p.ranges = r.bytes(r.number(maxNumber))
	p.code = r.bytes(r.number(maxNumber))
	p.facts = r.bytes(r.number(maxNumber))
	n := utf8.RuneSelf
	if p.has(flagBytes) {
		n = 0x100
	}
	p.ascii = r.bytes(n)
	p.sets = r.s
	if r.bad || p.groups == 0 || p.insts == 0 || p.classes == 0 || len(p.sets) != sets*p.setLen {
		return false
	}
	for i := 0; i < len(p.ascii); i++ {
		if int(p.ascii[i]) >= p.classes {
			return false
		}
	}
	return p.checkRanges() && p.checkCode(sets) && p.readFacts(nil)
}

func (p *Program) checkRanges() bool {
	if p.has(flagBytes) {
		return len(p.ranges) == 0
	}
	r := reader{s: p.ranges}
	at := utf8.RuneSelf
	for n := 0; len(r.s) > 0 && !r.bad; n++ {
		step := r.number(unicode.MaxRune + 1)
		if (step == 0) != (n == 0) {
			return false
		}
		at += step
		r.number(p.classes)
	}
	return !r.bad && len(p.ranges) > 0 && at <= unicode.MaxRune
}

func (p *Program) checkCode(sets int) bool {
	r := reader{s: p.code}
	for n := range p.insts {
		i := r.inst(n)
		limit := uint32(1)
		switch i.op() {
		case opRune:
			limit = uint32(p.classes + sets)
		case opAlt:
			limit = uint32(p.insts)
		case opCap:
			limit = uint32(2 * p.groups)
		case opBegin, opEnd:
			limit = 0x40
		case opFail, opMatch:
		default:
			return false
		}
		if i.argument() >= limit || i.out >= uint32(p.insts) {
			return false
		}
	}
	return !r.bad && len(r.s) == 0
}

// reader takes numbers and bytes from the front of s. Once anything was wrong,
// bad is set and all that is read is zero.
type reader struct {
	s   []byte
	bad bool
}

// number reads a number below limit.
func (r *reader) number(limit int) int {
	v, shift := uint32(0), 0
	for i := 0; i < len(r.s) && i < 5; i++ {
		b := r.s[i]
		v |= uint32(b&0x7f) << shift
		shift += 7
		if b < 0x80 {
			if uint64(v) >= uint64(limit) {
				break
			}
			r.s = r.s[i+1:]
			return int(v)
		}
	}
	r.s, r.bad = nil, true
	return 0
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.s) {
		r.s, r.bad = nil, true
		return nil
	}
	b := r.s[:n]
	r.s = r.s[n:]
	return b
}

// inst reads instruction n.
func (r *reader) inst(n int) inst {
	if len(r.s) == 0 {
		r.bad = true
		return inst{}
	}
	b := r.s[0]
	r.s = r.s[1:]
	i := inst{arg: uint32(b & opMask), out: uint32(n + 1)}
	arg := uint32(b >> 4)
	if arg == 15 {
		arg += uint32(r.number(maxInsts))
	}
	i.arg |= arg << opBits
	if b&instNext == 0 {
		i.out = uint32(r.number(maxInsts))
	}
	return i
}

// instNext says that the successor of an instruction is the one that follows.
const instNext = 1 << opBits

func appendInst(b []byte, n int, i inst) []byte {
	first := byte(i.op())
	arg := i.argument()
	follows := i.out == uint32(n+1)
	if follows {
		first |= instNext
	}
	b = append(b, first|byte(min(arg, 15))<<4)
	if arg >= 15 {
		b = binary.AppendUvarint(b, uint64(arg-15))
	}
	if !follows {
		b = binary.AppendUvarint(b, uint64(i.out))
	}
	return b
}

// encode writes the automaton and the facts.
func (a *automaton) encode(f *Facts) []byte {
	sets := a.sets
	if a.empty&emptyWord != 0 {
		sets = append(sets, wordRunes)
	}
	if a.empty&emptyLine != 0 {
		sets = append(sets, newline)
	}
	intervals, classes, members := partition(sets, a.last())

	// number the sets: those of one class by it, the others after the classes
	id := make([]int, len(a.sets))
	var bits []byte
	many := 0
	for j := range a.sets {
		if len(members[j]) == 1 {
			id[j] = members[j][0]
			continue
		}
		id[j] = classes + many
		many++
		row := make([]byte, (classes+7)/8)
		for _, class := range members[j] {
			row[class>>3] |= 1 << (class & 7)
		}
		bits = append(bits, row...)
	}

	var code []byte
	for n, i := range a.code {
		if i.op() == opRune {
			i.arg = uint32(id[i.argument()])<<opBits | opRune
		}
		code = appendInst(code, n, i)
	}

	n := utf8.RuneSelf
	if a.bytes {
		n = 0x100
	}
	direct := make([]byte, n)
	var ranges []byte
	at := rune(utf8.RuneSelf)
	for j, in := range intervals {
		end := a.last() + 1
		if j+1 < len(intervals) {
			end = intervals[j+1].first
		}
		for b := in.first; b < min(end, rune(n)); b++ {
			direct[b] = byte(in.class)
		}
		if first := max(in.first, utf8.RuneSelf); first < end && !a.bytes {
			ranges = binary.AppendUvarint(ranges, uint64(first-at))
			ranges = binary.AppendUvarint(ranges, uint64(in.class))
			at = first
		}
	}
	facts := f.append(nil)

	var body []byte
	for _, v := range []int{a.flags(), a.groups, f.MinLen, len(a.code), classes, many} {
		body = binary.AppendUvarint(body, uint64(v))
	}
	for _, part := range [][]byte{ranges, code, facts} {
		body = binary.AppendUvarint(body, uint64(len(part)))
		body = append(body, part...)
	}
	body = append(body, direct...)
	body = append(body, bits...)
	b := binary.AppendUvarint([]byte{version}, uint64(len(body)))
	return append(b, body...)
}

func (a *automaton) flags() int {
	flags := 0
	set := func(flag int, on bool) {
		if on {
			flags |= flag
		}
	}
	set(flagBytes, a.bytes)
	set(flagAnchored, a.matchesOnlyAtStart())
	set(flagWords, a.empty&emptyWord != 0)
	set(flagEnds, a.empty&emptyAfter != 0)
	set(flagBackLater, a.asksBackLater())
	return flags
}
