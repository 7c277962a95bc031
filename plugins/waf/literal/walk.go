package literal

import (
	"encoding/binary"
	"math/bits"
)

// A record of the trie stands for the bytes that lead to it. It is
//
//	header | groups | fail | edges
//
// where groups is the place in Set.found of the literals that end here, if the
// header has hasGroups, and fail is the record of the longest other literal's
// beginning that ends here and that goes on with a byte that this one does not go
// on with, if the header has hasFail. Both are 24 bits, little-endian, as all
// offsets are. The edges are, by the rest of the header:
//
//	0                     none
//	1 … maxRun            so many bytes and one offset: the bytes follow each
//	                      other and only the last one leads to a record
//	maxRun+2 …            the header less maxRun bytes in order, and as many offsets
//	wide                  a map of 256 bits and an offset for each of its bits
//
// Records are ordered by the number of bytes that lead to them, so that fail
// points backward and edges point forward.
const (
	hasGroups = 0x80
	hasFail   = 0x40
	edgesMask = 0x3f
	maxRun    = 48
	maxFew    = 8
	wide      = edgesMask
)

// walk follows the trie from the record of the three bytes before text[i], which
// the upper bits of w hold, and reports the groups it passes. It returns the
// first position from which a literal may begin that has not been followed; none
// before it is missed. It calls nothing: on Wasm a call costs more than most
// walks.
func (s *Set) walk(text string, i int, w uint32, found []uint64) (resume int, hit bool) {
	slots := s.entries.slots
	mask := len(slots)/slotSize - 1
	o := none
	for at := int(w * multiplier >> (s.entries.shift & 31)); mask >= 0; at++ {
		slot := slots[(at&mask)*slotSize:][:slotSize]
		if o = int(uint24(slot[3:])); o == none || uint24(slot) == w>>8 {
			break
		}
	}
	if o == none {
		return i - prefix + 1, false
	}
	trie := s.trie
	last := none
	for {
		header := trie[o]
		at := o + 1
		if header&hasGroups != 0 {
			hit = true
			if list := int(uint24(trie[at:])); list != last {
				s.report(list, found)
				last = list
			}
			at += 3
		}
	edges:
		if i >= len(text) {
			return len(text), hit
		}
		fail := none
		if header&hasFail != 0 {
			fail = int(uint24(trie[at:]))
			at += 3
		}
		c := byte(s.bytes[text[i]] >> 8)
		switch n := int(header & edgesMask); {
		case n == 0:
		case n <= maxRun:
			run := trie[at : at+n+3]
			if run[0] != c {
				break
			}
			i++
			for j := 1; j < n; j++ {
				if i >= len(text) {
					return len(text), hit
				}
				if run[j] != byte(s.bytes[text[i]]>>8) {
					return i - prefix + 1, hit
				}
				i++
			}
			o = int(uint24(run[n:]))
			continue
		case n < wide:
			n -= maxRun
			if j := position(trie[at:at+n], c); j >= 0 {
				o = int(uint24(trie[at+n+3*j:]))
				i++
				continue
			}
		default:
			if rank := rank256(trie[at:at+32], c); rank >= 0 {
				o = int(uint24(trie[at+32+3*rank:]))
				i++
				continue
			}
		}
		if fail == none {
			return i - prefix + 1, hit
		}
		// the groups of fail have been reported with those of the record
		o = fail
		header = trie[o]
		at = o + 1
		if header&hasGroups != 0 {
			at += 3
		}
		goto edges
	}
}

// position returns where c is in b, or -1.
func position(b []byte, c byte) int {
	for i, x := range b {
		if x == c {
			return i
		}
	}
	return -1
}

// rank256 returns how many bits of the map stand before bit c, or -1 if bit c is
// not set.
func rank256(m []byte, c byte) int {
	_ = m[31]
	word := binary.LittleEndian.Uint64(m[c>>6<<3:])
	if word>>(c&63)&1 == 0 {
		return -1
	}
	n := bits.OnesCount64(word & (1<<(c&63) - 1))
	for k := 0; k < int(c>>6); k++ {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(m[8*k:]))
	}
	return n
}
