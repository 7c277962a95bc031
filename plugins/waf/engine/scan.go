package engine

import (
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

// unknown is the string of a node that was not computed. The first string has the
// number 1.
const unknown = 0

// scratch is memory for one value: the strings that transformations make of it,
// and what is known of each.
type scratch struct {
	// at is, for each node, which of the strings it gives, or unknown.
	at      []uint8
	strings []string
	present []transform.ByteSet
	lengths []int32
	bits    []uint64
	out     []int32
	tried   []try
	found   []uint64
}

func (s *scratch) init(e *Engine) {
	s.at = make([]uint8, len(e.nodes))
	s.bits = make([]uint64, e.bits)
	s.out = make([]int32, len(e.checks))
	s.found = make([]uint64, (e.set.LiteralOperators+63)/64)
	s.strings, s.present, s.lengths = make([]string, 1, 16), make([]transform.ByteSet, 1, 16), make([]int32, 1, 16)
}

// candidates brings all scans up to date for rules up to a level.
func (t *Transaction) candidates(level int) {
	level = max(level, min(t.tx[t.e.levelVar].integer(), maxLevel))
	if !t.tx[t.e.levelVar].set {
		level = max(level, t.e.usual)
	}
	for u := range t.scans {
		s := &t.scans[u]
		unit := &t.e.units[u]
		n := 1
		if unit.collection.Keyed() {
			n = len(t.keyed[unit.collection])
		}
		if s.seen == n && level <= s.level {
			continue
		}
		if s.seen > 0 && level > s.level {
			s.reset()
		}
		s.level = max(level, s.level)
		for ; s.seen < n; s.seen++ {
			t.scanValue(s, unit, u, s.seen)
		}
		for i, word := range s.union {
			t.union[i] |= word
		}
	}
	t.scanned, t.level = true, level
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
func (t *Transaction) scanValue(s *scan, unit *unit, u, i int) {
	name, value := t.at(unit, i)
	if len(unit.groups) == 1 {
		name = ""
	}
	short := u < 256 && len(name)+len(value) <= memoBytes
	slot := 0
	if short {
		slot = memoKey(uint8(u), name, value)
		if t.e.memo.knows(slot, uint8(u), uint8(s.level), name, value) {
			return
		}
	}
	w := &t.scratch
	begun, any := false, false
	for g := range unit.groups {
		group := &unit.groups[g]
		if g > 0 && group.name != name {
			continue
		}
		probes := group.probes[:group.ends[s.level]]
		if len(probes) == 0 {
			continue
		}
		if !begun {
			begun = true
			clear(w.at)
			clear(w.bits)
			w.strings, w.present, w.lengths = w.strings[:1], w.present[:1], w.lengths[:1]
			w.at[0] = w.add(value)
		}
		t.transform(group.nodes[:group.nodeEnds[s.level]])
		n := sift(probes, t.e.sets, w.at, w.present, w.lengths, w.out)
		if n > 0 && t.keep(w.out[:n]) {
			any = true
		}
	}
	if !any {
		if short {
			t.e.memo.learn(slot, uint8(u), uint8(s.level), name, value)
		}
		return
	}
	s.hits = append(s.hits, hit{int32(i), int32(len(t.words)), int32(len(t.strings)), int32(len(t.nodes))})
	t.words = append(t.words, w.bits...)
	t.nodes = append(t.nodes, w.at...)
	t.strings = append(t.strings, w.strings...)
	for j := range s.union {
		s.union[j] |= w.bits[j]
	}
}

// add notes a string and the bytes in it.
func (w *scratch) add(s string) uint8 {
	var p0, p1, p2, p3 uint64
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
	w.strings = append(w.strings, s)
	w.present = append(w.present, transform.ByteSet{p0, p1, p2, p3})
	w.lengths = append(w.lengths, int32(len(s)))
	return uint8(len(w.strings) - 1)
}

// transform finds which string each of the nodes gives. Most transformations
// cannot change most values, which the bytes in them tell.
func (t *Transaction) transform(nodes []int32) {
	w := &t.scratch
	for _, id := range nodes {
		if w.at[id] != unknown {
			continue
		}
		n := &t.e.nodes[id]
		at := w.at[n.parent]
		if p := &w.present[at]; n.triggers[0]&p[0]|n.triggers[1]&p[1]|n.triggers[2]&p[2]|n.triggers[3]&p[3] != 0 || n.always {
			start := len(t.arena)
			if out, changed := n.transform.Apply(t.arena, w.strings[at]); changed {
				t.arena = out
				at = t.made(text(out[start:]))
			}
		}
		w.at[id] = at
	}
}

// made returns which of the strings a new one is.
func (t *Transaction) made(s string) uint8 {
	w := &t.scratch
	for i := 1; i < len(w.strings); i++ {
		if w.strings[i] == s {
			return uint8(i)
		}
	}
	return w.add(s)
}

// text is bytes that do not change as a string.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// keep tries the checks that a value may match, sets the bits of those it does,
// and tells whether there are any. An operator is tried once on a string, however
// many checks ask for it.
func (t *Transaction) keep(checks []int32) bool {
	w := &t.scratch
	any := false
	last := uint8(unknown)
	w.tried = w.tried[:0]
	for i, id := range checks {
		c := &t.e.checks[id]
		o := &t.e.ops[c.op]
		at := w.at[c.node]
		if c.group >= 0 && (o.found || t.many(checks[i:], at)) {
			if at != last {
				last = at
				clear(w.found)
				t.e.set.Literals.Scan(w.strings[at], w.found)
			}
			if w.found[c.group>>6]>>(c.group&63)&1 == 0 {
				continue
			}
		}
		if o.found || t.tries(c.op, at) {
			w.bits[id>>6] |= 1 << (id & 63)
			any = true
		}
	}
	return any
}

// many tells whether it pays to look for literals in a string: one pass over it
// costs as much as some automata.
func (t *Transaction) many(checks []int32, at uint8) bool {
	n := 0
	for _, id := range checks {
		if c := &t.e.checks[id]; c.group >= 0 && t.scratch.at[c.node] == at {
			if n++; n == worthAScan {
				return true
			}
		}
	}
	return false
}

const worthAScan = 3

// try is an operator tried on a string.
type try struct {
	op int32
	at uint8
	ok bool
}

// tries tells whether an operator matches a string.
func (t *Transaction) tries(op int32, at uint8) bool {
	w := &t.scratch
	for i := range w.tried {
		if w.tried[i].op == op && w.tried[i].at == at {
			return w.tried[i].ok
		}
	}
	o := &t.e.ops[op]
	ok := o.whole
	switch {
	case ok:
	case o.kind == opRegex:
		ok = o.dfa.Match(w.strings[at])
	default:
		ok = o.other.Match(w.strings[at], o.static)
	}
	w.tried = append(w.tried, try{op, at, ok})
	return ok
}
