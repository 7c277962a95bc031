package literal

import "encoding/binary"

// prefix is how many bytes the filter looks at and the trie begins with. Shorter
// literals are found by scanShort.
const prefix = 3

// always is the bit of a filter byte that every following byte has: a literal
// ends with the three bytes, whatever comes next.
const always = 0x80

// none is the offset of no record.
const none = 1<<24 - 1

// Set finds literals in text, ASCII letters in any case. Each literal belongs to
// one or more groups. A Set never reports a false negative. It does not change
// and can be used by several goroutines at once; it holds no pointers but those
// to its few flat tables. The zero Set has no groups.
type Set struct {
	groups int
	// bytes has for each byte, from the low bits up: the bits that it has when it
	// follows three bytes of a literal, its lower case, the buckets of short
	// literals that it begins, the buckets that it ends.
	bytes [256]uint32
	// filter is indexed by the hash of three lower-case bytes and has the bits of
	// the bytes that follow them in a literal. Its length is a power of two.
	filter      []byte
	filterShift uint8
	// entries leads from three bytes to the record of the trie behind them.
	entries table
	trie    []byte
	shorts  table
	// found lists the groups of each end of a literal: count, then numbers, all
	// of 16 bits, little-endian.
	found []byte
	// everywhere is the place in found of the groups that have an empty literal,
	// or none.
	everywhere int
}

// Groups returns the number of groups that the Set was built of.
func (s *Set) Groups() int { return s.groups }

// Scan sets bit g of found, (found[g/64]>>(g%64))&1, for every group g that has
// a literal in text, leaves the other bits alone and returns whether there was
// such a group. found must have room for [Set.Groups] bits. Scan takes time
// linear in the length of text and does not allocate.
func (s *Set) Scan(text string, found []uint64) bool {
	hit := false
	if s.everywhere != none {
		s.report(s.everywhere, found)
		hit = true
	}
	n := len(text)
	if n < prefix {
		return s.scanShort(text, 0, n, found) || hit
	}
	hit = s.scanShort(text, 0, prefix, found) || hit
	filter, shift := s.filter, s.filterShift&31
	w, before := s.window(text, 0)
	// w has the bytes i-3 to i-1, before the last of them
	for i := prefix; i < n; i++ {
		next := s.bytes[text[i]]
		h := int(w * multiplier >> shift)
		if h >= len(filter) {
			return hit // not for a Set that Build or Read returned
		}
		if long, short := uint32(filter[h])&next&0xff, before>>16&(next>>24); long|short != 0 {
			if short != 0 && s.matchShort(before, next, found) {
				hit = true
			}
			if long != 0 {
				resume, some := s.walk(text, i, w, found)
				hit = hit || some
				last := resume + prefix - 1 // of the three bytes to go on with
				if i < last {
					hit = s.scanShort(text, i+1, min(last+1, n), found) || hit
				}
				if last >= n {
					return hit
				}
				w, before = s.window(text, resume)
				i = last
				continue
			}
		}
		w = w<<8 | next&0xff00
		before = next
	}
	if h := int(w * multiplier >> shift); h < len(filter) && filter[h]&always != 0 {
		_, some := s.walk(text, n, w, found)
		hit = hit || some
	}
	return hit
}

// window returns the three bytes at i in lower case, in the upper bits, and what
// is known of the third.
func (s *Set) window(text string, i int) (w, last uint32) {
	t := text[i : i+prefix]
	last = s.bytes[t[2]]
	return s.bytes[t[0]]&0xff00<<16 | s.bytes[t[1]]&0xff00<<8 | last&0xff00, last
}

// report sets the bits of the groups listed at o.
func (s *Set) report(o int, found []uint64) {
	list := s.found[o:]
	n := int(binary.LittleEndian.Uint16(list))
	for list = list[2 : 2+2*n]; len(list) >= 2; list = list[2:] {
		g := binary.LittleEndian.Uint16(list)
		found[g/64] |= 1 << (g % 64)
	}
}

// multiplier is that of Fibonacci hashing for 32 bits.
const multiplier = 0x9e3779b1

// table leads from keys of 24 bits to offsets of 24 bits: open addressing, six
// bytes a slot, a power of two of slots of which one is free at least.
type table struct {
	slots []byte
	shift uint8
}

const slotSize = 6

// A table is looked up like this, written out where it is done: on Wasm a call
// costs more than the rest.
//
//	mask := len(slots)/slotSize - 1
//	for i := int(key << 8 * multiplier >> shift); ; i++ {
//		slot := slots[(i&mask)*slotSize:]
//		if o := uint24(slot[3:]); o == none || uint24(slot) == key {
//			return o
//		}
//	}

func uint24(b []byte) uint32 {
	_ = b[2]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
}
