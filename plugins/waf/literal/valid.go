package literal

import (
	"encoding/binary"
	"math/bits"
)

// offsets is a set of places in one of the tables.
type offsets []uint64

func newOffsets(n int) offsets { return make(offsets, n/64+1) }

func (o offsets) add(i int) { o[i/64] |= 1 << (i % 64) }

func (o offsets) has(i int) bool { return i>>6 < len(o) && o[i/64]>>(i%64)&1 != 0 }

// valid tells whether no scan can leave the tables or run forever: every offset
// leads to the beginning of what it should lead to, edges lead forward and fail
// backward, and tables have a free slot.
func (s *Set) valid() bool {
	lists := newOffsets(len(s.found))
	for at := 0; at < len(s.found); {
		if at+2 > len(s.found) {
			return false
		}
		lists.add(at)
		n := int(binary.LittleEndian.Uint16(s.found[at:]))
		at += 2
		for ; n > 0; n, at = n-1, at+2 {
			if at+2 > len(s.found) || int(binary.LittleEndian.Uint16(s.found[at:])) >= s.groups {
				return false
			}
		}
	}
	if s.everywhere != none && !lists.has(s.everywhere) {
		return false
	}
	records := newOffsets(len(s.trie))
	for at := 0; at < len(s.trie); {
		r, ok := s.shape(at)
		if !ok {
			return false
		}
		records.add(at)
		at = r.end
	}
	for at := 0; at < len(s.trie); {
		r, _ := s.shape(at)
		if r.groups != none && !lists.has(r.groups) || r.fail != none && (r.fail >= at || !records.has(r.fail)) {
			return false
		}
		for o := r.edges; o < r.end; o += 3 {
			if to := int(uint24(s.trie[o:])); to <= at || !records.has(to) {
				return false
			}
		}
		at = r.end
	}
	if len(s.trie) != 0 && len(s.entries.slots) == 0 {
		return false
	}
	return s.entries.valid(records) && s.shorts.valid(lists)
}

// shape is where the parts of a record are.
type shape struct {
	groups, fail int // none without
	edges, end   int // offsets of edges are between the two
}

func (s *Set) shape(at int) (shape, bool) {
	r := shape{groups: none, fail: none}
	header := s.trie[at]
	at++
	size := 0
	for _, has := range []byte{hasGroups, hasFail} {
		if header&has != 0 {
			size += 3
		}
	}
	if at+size > len(s.trie) {
		return r, false
	}
	if header&hasGroups != 0 {
		r.groups = int(uint24(s.trie[at:]))
		at += 3
	}
	if header&hasFail != 0 {
		r.fail = int(uint24(s.trie[at:]))
		at += 3
	}
	switch n := int(header & edgesMask); {
	case n == 0:
		r.edges, r.end = at, at
	case n <= maxRun:
		r.edges, r.end = at+n, at+n+3
	case n < wide:
		r.edges, r.end = at+n-maxRun, at+4*(n-maxRun)
	default:
		if at+32 > len(s.trie) {
			return r, false
		}
		n = 0
		for k := range 4 {
			n += bits.OnesCount64(binary.LittleEndian.Uint64(s.trie[at+8*k:]))
		}
		r.edges, r.end = at+32, at+32+3*n
	}
	return r, r.end <= len(s.trie)
}

// valid tells whether a table has a free slot and leads only to what targets has.
func (t *table) valid(targets offsets) bool {
	free := len(t.slots) == 0
	for slots := t.slots; len(slots) >= slotSize; slots = slots[slotSize:] {
		if o := int(uint24(slots[3:])); o == none {
			free = true
		} else if !targets.has(o) {
			return false
		}
	}
	return free
}
