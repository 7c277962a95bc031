package engine

import (
	"math/bits"
	"unsafe"

	"gatehouse/plugins/waf/ruleset"
	"gatehouse/plugins/waf/transform"
)

// scan is what is known of the values of a unit.
type scan struct {
	// seen is how many values were scanned, at the level.
	seen  int
	level int
	// union has the checks that are candidates for some value.
	union []uint64
	hits  []hit
}

// hit is a value with candidates.
type hit struct {
	entry int32
	// bits, strings and nodes are where the candidates, the different strings
	// that transformations made of the value, and for each node which of them it
	// gives begin in the slices of the transaction.
	bits, strings, nodes int32
}

func (s *scan) reset() {
	s.seen, s.level = 0, 0
	clear(s.union)
	s.hits = s.hits[:0]
}

// unknown is the string of a node that was not computed.
const unknown = 0xff

// scratch is memory for one value.
type scratch struct {
	// at is, for each node, which of the strings it gives, or unknown.
	at      []uint8
	strings []form
	bits    []uint64
	found   []uint64
}

// form is one of the strings that transformations make of a value, and what is
// known of it.
type form struct {
	s       string
	present transform.ByteSet // the bytes in it
	needs   []uint64          // the needs that it satisfies
	found   []uint64          // the literals in it, nil until asked for
	ready   bool
}

func (s *scratch) init(e *Engine) {
	s.at = make([]uint8, len(e.nodes))
	s.bits = make([]uint64, e.bits)
}

// scanned returns the scan of a unit, up to date for rules up to a level.
func (t *Transaction) scanned(u int32, level int) *scan {
	s := &t.scans[u]
	unit := &t.e.units[u]
	n := 1
	if unit.collection.Keyed() {
		n = len(t.keyed[unit.collection])
	}
	if s.seen == n && level <= s.level {
		return s
	}
	if now := min(t.tx[t.e.levelVar].integer(), maxLevel); level < now {
		level = now
	}
	if s.seen > 0 && level > s.level {
		s.reset()
	}
	s.level = max(level, s.level)
	for ; s.seen < n; s.seen++ {
		t.scanValue(s, unit, s.seen)
	}
	return s
}

// at returns a value of a unit, and its name in lower case.
func (t *Transaction) at(unit *unit, i int) (name, value string) {
	if !unit.collection.Keyed() {
		return "", t.single[unit.collection]
	}
	e := &t.keyed[unit.collection][i]
	if unit.view == ruleset.Names {
		return e.lower, e.name
	}
	return e.lower, e.value
}

// scanValue finds the candidates of one value.
func (t *Transaction) scanValue(s *scan, unit *unit, i int) {
	name, value := t.at(unit, i)
	w := &t.scratch
	begun, any := false, false
	for g := range unit.groups {
		group := &unit.groups[g]
		if g > 0 && group.name != name {
			continue
		}
		if !begun {
			begun = true
			for j := range w.at {
				w.at[j] = unknown
			}
			clear(w.bits)
			w.strings = w.strings[:0]
			w.at[0] = w.newForm(value)
		}
		for j := range group.nodes {
			n := &group.nodes[j]
			if list := n.checks[:n.ends[s.level]]; len(list) > 0 && t.candidates(n.node, list) {
				any = true
			}
		}
	}
	if !any {
		return
	}
	s.hits = append(s.hits, hit{int32(i), int32(len(t.words)), int32(len(t.strings)), int32(len(t.nodes))})
	t.words = append(t.words, w.bits...)
	t.nodes = append(t.nodes, w.at...)
	for j := range w.strings {
		t.strings = append(t.strings, w.strings[j].s)
	}
	for j := range s.union {
		s.union[j] |= w.bits[j]
	}
}

func (w *scratch) newForm(s string) uint8 {
	n := len(w.strings)
	if n < cap(w.strings) {
		w.strings = w.strings[:n+1]
		f := &w.strings[n]
		f.s, f.ready, f.found = s, false, f.found[:0]
	} else {
		w.strings = append(w.strings, form{s: s})
	}
	return uint8(n)
}

// formOf returns which string a node gives, and computes it if need be.
func (t *Transaction) formOf(node int32) uint8 {
	w := &t.scratch
	if at := w.at[node]; at != unknown {
		return at
	}
	n := &t.e.nodes[node]
	at := t.formOf(n.parent)
	t.look(&w.strings[at])
	if n.transform.Triggers().Intersects(&w.strings[at].present) {
		start := len(t.arena)
		out, changed := n.transform.Apply(t.arena, w.strings[at].s)
		if changed {
			t.arena = out
			at = t.made(text(out[start:]))
		}
	}
	w.at[node] = at
	return at
}

// made returns which form a new string is: one that is there already, or a new
// one.
func (t *Transaction) made(s string) uint8 {
	w := &t.scratch
	for i := range w.strings {
		if w.strings[i].s == s {
			return uint8(i)
		}
	}
	if len(w.strings) == unknown {
		// More forms than there are nodes is not possible, and more nodes than that
		// are refused when the engine is made.
		return unknown - 1
	}
	return w.newForm(s)
}

// text is bytes that do not change as a string.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// look notes the bytes in a string and the needs that they satisfy.
func (t *Transaction) look(f *form) {
	if f.ready {
		return
	}
	f.ready = true
	var p0, p1, p2, p3 uint64
	s := f.s
	for i := 0; i < len(s); i++ {
		switch b := s[i]; b >> 6 {
		case 0:
			p0 |= 1 << b
		case 1:
			p1 |= 1 << (b & 63)
		case 2:
			p2 |= 1 << (b & 63)
		default:
			p3 |= 1 << (b & 63)
		}
	}
	f.present = transform.ByteSet{p0, p1, p2, p3}
	if cap(f.needs) < t.e.words {
		f.needs = make([]uint64, t.e.words)
	}
	f.needs = f.needs[:t.e.words]
	clear(f.needs)
	for q, word := range f.present {
		for ; word != 0; word &= word - 1 {
			row := t.e.rows[q<<6|bits.TrailingZeros64(word)]
			for j := range row {
				f.needs[j] |= row[j]
			}
		}
	}
}

// candidates sets the bits of those checks of a node that may match and tells
// whether there are any.
func (t *Transaction) candidates(node int32, list []int32) bool {
	w := &t.scratch
	f := &w.strings[t.formOf(node)]
	t.look(f)
	any := false
next:
	for _, id := range list {
		c := &t.e.checks[id]
		if len(f.s) < c.minLen {
			continue
		}
		for j, need := range c.needs {
			if need&^f.needs[j] != 0 {
				continue next
			}
		}
		if c.group >= 0 && !t.literal(f, c.group) {
			continue
		}
		w.bits[id>>6] |= 1 << (id & 63)
		any = true
	}
	return any
}

// literal tells whether a string has one of the literals of a group.
func (t *Transaction) literal(f *form, group int32) bool {
	if len(f.found) == 0 {
		words := (t.e.set.LiteralOperators + 63) / 64
		if cap(f.found) < words {
			f.found = make([]uint64, words)
		}
		f.found = f.found[:words]
		clear(f.found)
		t.e.set.Literals.Scan(f.s, f.found)
	}
	return f.found[group>>6]>>(group&63)&1 != 0
}
