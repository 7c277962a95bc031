package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
)

// Path is where a value stands: the names and indexes that lead to it, and which
// patterns they match. A rewriter moves it along as it reads; each step costs the
// same however deep it is.
type Path struct {
	set   *Paths
	names []byte
	elems []element
	// states has the positions in patterns that have been reached, set.words for
	// the root and for each element.
	states []uint64
	// last is what is kept of the last step's name, nil if nothing is.
	last *slot
}

// element is a step of a path: names[start:end], or an index if it is not negative.
type element struct{ start, end, index int32 }

// NewPath returns the path of a document's root. Without patterns, set may be nil.
func NewPath(set *Paths) *Path {
	if set == nil {
		set = &Paths{}
	}
	return &Path{set: set, states: append([]uint64(nil), set.start...)}
}

// Depth returns how many steps there are below the root.
func (p *Path) Depth() int { return len(p.elems) }

// Element returns step i: a name, or an index with a name that is nil. The name
// is as decoded.
func (p *Path) Element(i int) (name []byte, index int) {
	if e := p.elems[i]; e.index < 0 {
		return p.names[e.start:e.end:e.end], -1
	} else {
		return nil, int(e.index)
	}
}

// Field returns the innermost name in lower case (ASCII), "" if there is none. "@value"
// is no name of its own: FHIR in XML and JSON-LD write a value so below its name. Names
// that have been seen lately cost no allocation.
func (p *Path) Field() string {
	if e := p.last; e != nil && e.has&hasLower != 0 && e.lower != "@value" {
		return ofAttribute(e.lower)
	}
	for i := len(p.elems) - 1; i >= 0; i-- {
		if e := &p.elems[i]; e.index < 0 && (i == 0 || string(p.names[e.start:e.end]) != "@value") {
			return ofAttribute(p.set.lower(p.names[e.start:e.end]))
		}
	}
	return ""
}

// ofAttribute returns the name of an attribute of markup without the "@" in front, and
// all other names as they are, "@value" among them, which is no name of its own.
func ofAttribute[T string | []byte](name T) T {
	if len(name) > 1 && name[0] == '@' && string(name) != "@value" {
		return name[1:]
	}
	return name
}

// Attribute tells whether the last step is an attribute of XML: "@" and a name.
func (p *Path) Attribute() bool {
	if len(p.elems) == 0 {
		return false
	}
	e := &p.elems[len(p.elems)-1]
	return e.index < 0 && e.end > e.start && p.names[e.start] == '@'
}

// Matched returns the index of the first pattern, from the given one on, that
// matches the path, -1 if none does.
func (p *Path) Matched(from int) int { return p.matched(from, len(p.states)) }

// MatchedAround is [Path.Matched] for the path without its last step.
func (p *Path) MatchedAround(from int) int { return p.matched(from, len(p.states)-p.set.words) }

func (p *Path) matched(from, end int) int {
	n := p.set.words
	if n == 0 {
		return -1
	}
	top := p.states[end-n : end]
	for w, accept := range p.set.accept {
		for hits := top[w] & accept; hits != 0; hits &= hits - 1 {
			if i := int(p.set.owner[w<<6+bits.TrailingZeros64(hits)]); i >= from {
				return i
			}
		}
	}
	return -1
}

// Append appends the path as "customer.cards[0].number", names with other ASCII
// characters than letters, digits, "_" and "-" in brackets and quotes. The root
// is "$".
func (p *Path) Append(dst []byte) []byte { return p.append(dst, true) }

// AppendPattern appends the path with [*] for every index: the pattern of all
// values of its kind.
func (p *Path) AppendPattern(dst []byte) []byte { return p.append(dst, false) }

func (p *Path) append(dst []byte, indexes bool) []byte {
	if len(p.elems) == 0 {
		return append(dst, '$')
	}
	for i, e := range p.elems {
		name := p.names[e.start:e.end]
		switch {
		case e.index >= 0 && indexes:
			dst = append(strconv.AppendInt(append(dst, '['), int64(e.index), 10), ']')
		case e.index >= 0:
			dst = append(dst, "[*]"...)
		case plain(name):
			if i > 0 {
				dst = append(dst, '.')
			}
			dst = append(dst, name...)
		default:
			dst = append(appendEscaped(append(dst, '[', '"'), name), '"', ']')
		}
	}
	return dst
}

// plain tells whether a name can stand in a path without quotes.
func plain(name []byte) bool {
	for _, c := range name {
		if c != '_' && c != '-' && c < 0x80 && !alphanumeric(c) {
			return false
		}
	}
	return len(name) > 0
}

func alphanumeric(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 26 }

// push adds a step, to be set by setName or setIndex.
func (p *Path) push() {
	end := int32(len(p.names))
	p.last = nil
	p.elems = append(p.elems, element{end, end, -1})
	for range p.set.words {
		p.states = append(p.states, 0)
	}
}

// pop takes the last step away.
func (p *Path) pop() {
	last := len(p.elems) - 1
	p.last = nil
	p.names = p.names[:p.elems[last].start]
	p.elems = p.elems[:last]
	p.states = p.states[:len(p.states)-p.set.words]
}

// truncate takes all steps but the first n away.
func (p *Path) truncate(n int) {
	for len(p.elems) > n {
		p.pop()
	}
}

// setName makes the last step a name.
func (p *Path) setName(name []byte) {
	e := &p.elems[len(p.elems)-1]
	p.names = append(p.names[:e.start], name...)
	e.end = int32(len(p.names))
	e.index = -1
	p.last = nil
	if p.set.words == 0 && p.set.spared == nil {
		return
	}
	slot, i := p.set.slot(name)
	p.match(slot, i, name)
}

// place makes the last step a name that has a place in the table.
func (p *Path) place(slot *slot, i int, name []byte) {
	e := &p.elems[len(p.elems)-1]
	p.names = append(p.names[:e.start], name...)
	e.end = int32(len(p.names))
	e.index = -1
	p.match(slot, i, name)
}

// match works out what the last step, a name, matches.
func (p *Path) match(slot *slot, i int, name []byte) {
	p.last = slot
	switch n := len(p.states); {
	case p.set.words == 1:
		if from := p.states[n-2]; from != 0 {
			p.states[n-1] = p.set.next(from, p.set.named(slot, i, name)[0])
		}
	case p.set.words > 0 && p.live():
		p.advance(p.set.named(slot, i, name))
	}
}

// next works out a state of one word from the one before it.
func (s *Paths) next(from, mask uint64) uint64 {
	to := from&mask<<1 | from&s.loop[0]
	return to | to&s.loop[0]<<1
}

// setIndex makes the last step an index.
func (p *Path) setIndex(n int) {
	e := &p.elems[len(p.elems)-1]
	e.index = int32(min(n, 1<<31-1))
	if p.set.words > 0 && (n == 0 || p.set.indexed) && p.live() {
		p.advance(p.set.indexMask(n))
	}
}

// live tells whether any pattern can match below the last step but one; if not, the
// state of the last step stays empty, as push left it.
func (p *Path) live() bool {
	n := p.set.words
	for _, w := range p.states[len(p.states)-2*n : len(p.states)-n] {
		if w != 0 {
			return true
		}
	}
	return false
}

// advance works out the state of the last step from that of the one before it.
func (p *Path) advance(mask []uint64) {
	n := p.set.words
	from := p.states[len(p.states)-2*n : len(p.states)-n]
	to := p.states[len(p.states)-n:]
	loop := p.set.loop
	for i := range to {
		s := from[i]&mask[i]<<1 | from[i]&loop[i]
		to[i] = s | s&loop[i]<<1
	}
}

// reaches tells whether a pattern matches if the last step is the name with this place in
// the table.
func (p *Path) reaches(at int) bool {
	n := p.set.words
	from := p.states[len(p.states)-2*n : len(p.states)-n]
	mask := p.set.masks[at*n : (at+1)*n]
	for w, accept := range p.set.accept {
		loop := p.set.loop[w]
		to := from[w]&mask[w]<<1 | from[w]&loop
		if (to|to&loop<<1)&accept != 0 {
			return true
		}
	}
	return false
}

// names that have been seen are kept in a table of nameSlots entries, each in one of
// several ways.
const (
	nameSlots = 512
	ways      = 4
	nameSize  = 40
)

// slot keeps what was worked out for a name.
type slot struct {
	size  uint8 // of the name and 1, 0 if the slot is free
	has   uint8 // what is known: hasMask, hasLower, hasSpared
	spare uint8 // what Spared.Field says
	name  [nameSize]byte
	head  [3]uint64 // its first 24 bytes, as nameWord has them
	lower string
}

const (
	hasMask = 1 << iota
	hasLower
	hasSpared
)

// nameWord returns the bytes of a name from i on as a number, zeros behind its end.
func nameWord(name []byte, i int) (w uint64) {
	if i+8 <= len(name) {
		return binary.LittleEndian.Uint64(name[i:])
	}
	for n := len(name) - 1; n >= i; n-- {
		w = w<<8 | uint64(name[n])
	}
	return w
}

// nameHash is where a name of n bytes stands in the table, by its first 24 bytes.
func nameHash(first, second, third, n uint64) uint64 {
	return (first ^ second*0x9e3779b97f4a7c15 ^ third*0xc2b2ae3d27d4eb4f ^ n) * 0xff51afd7ed558ccd >> 55
}

// slot returns the place of a name, and its number, claimed for it; nil for names
// that are too long.
func (s *Paths) slot(name []byte) (*slot, int) {
	n := len(name)
	if n > nameSize {
		return nil, 0
	}
	if s.slots == nil {
		s.slots = make([]slot, nameSlots)
		s.masks = make([]uint64, nameSlots*s.words)
	}
	head := [3]uint64{nameWord(name, 0), nameWord(name, 8), nameWord(name, 16)}
	i := int(nameHash(head[0], head[1], head[2], uint64(n)))
	free := -1
	for way := range ways {
		e := &s.slots[i^way]
		if int(e.size) == n+1 && string(e.name[:n]) == string(name) {
			return e, i ^ way
		}
		if e.size == 0 && free < 0 {
			free = i ^ way
		}
	}
	if free < 0 { // names that share a place with too many others take turns
		s.turn++
		free = i ^ s.turn%ways
	}
	i = free
	e := &s.slots[i]
	e.size = uint8(n + 1)
	e.head = head
	copy(e.name[:], name)
	e.has = 0
	return e, i
}

// lower returns a name in lower case.
func (s *Paths) lower(name []byte) string {
	e, _ := s.slot(name)
	if e == nil {
		return string(bytes.ToLower(name))
	}
	if e.has&hasLower == 0 {
		buf := e.name
		for i := range name {
			buf[i] = toLower(buf[i])
		}
		e.lower = string(buf[:len(name)])
		e.has |= hasLower
	}
	return e.lower
}

func toLower(c byte) byte {
	if c-'A' < 26 {
		c |= 0x20
	}
	return c
}

// named returns the steps that a name takes, whose place and its number are given.
func (s *Paths) named(e *slot, i int, name []byte) []uint64 {
	if e == nil {
		s.nameMask(s.scratch, name)
		return s.scratch
	}
	mask := s.masks[i*s.words : (i+1)*s.words]
	if e.has&hasMask == 0 {
		s.nameMask(mask, name)
		e.has |= hasMask
	}
	return mask
}

// nameMask works out the steps that a name takes. Forms and tables write a path as one
// name, card[cvv], items[0][sku] or customer.email: what its last name takes it takes too.
// So does an attribute what its name without the "@" takes.
func (s *Paths) nameMask(mask []uint64, name []byte) {
	copy(mask, s.any)
	s.addName(mask, name)
	if last := lastName(name); last != nil {
		s.addName(mask, last)
	}
}

// lastName returns the last name of a path that is written as one, nil if name is none.
func lastName(name []byte) []byte {
	trimmed := ofAttribute(name)
	for bytes.HasSuffix(trimmed, []byte("[]")) {
		trimmed = trimmed[:len(trimmed)-2]
	}
	open := bytes.LastIndexAny(trimmed, "[.")
	switch {
	case open < 0 && len(trimmed) == len(name):
		return nil
	case open < 0 || trimmed[open] == '.':
		return trimmed[open+1:]
	}
	return bytes.TrimSuffix(trimmed[open+1:], []byte("]"))
}

// addName adds the steps that a name takes.
func (s *Paths) addName(mask []uint64, name []byte) {
	for _, i := range s.buckets[foldHash(name)&(buckets-1)] {
		if st := &s.steps[i]; st.fold && foldEqual(st.name, name) || !st.fold && st.name == string(name) {
			mask[st.bit>>6] |= 1 << (st.bit & 63)
		}
	}
	for _, i := range s.globs {
		if st := &s.steps[i]; glob(st.parts, name, st.fold) {
			mask[st.bit>>6] |= 1 << (st.bit & 63)
		}
	}
}

// indexMask returns the steps that an index takes.
func (s *Paths) indexMask(n int) []uint64 {
	if !s.indexed {
		return s.any
	}
	copy(s.scratch, s.any)
	for i := range s.steps {
		if st := &s.steps[i]; st.index == int64(n) {
			s.scratch[st.bit>>6] |= 1 << (st.bit & 63)
		}
	}
	return s.scratch
}
