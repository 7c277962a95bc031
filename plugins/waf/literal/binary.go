package literal

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// The binary form is, all numbers little-endian:
//
//	version, log2 of the filter's size, log2 of the slots of entries and of shorts: a byte each
//	number of groups, size of trie, size of found, everywhere: 32 bits each
//	for each byte: what it is when it follows three bytes, begins, ends a literal
//	filter | entries | trie | shorts | found
const (
	version    = 1
	headerSize = 4 + 4*4
	classSize  = 3 * 256

	minFilterBits = 8
	maxFilterBits = 16
	noTable       = 0xff
)

var errCorrupt = errors.New("literal: corrupt data")

// encode returns the binary form.
func (b *builder) encode(groups int) ([]byte, error) {
	grams := 0
	for _, at := range b.order {
		if b.nodes[at].depth == prefix {
			grams++
		}
	}
	filterBits := min(max(bits.Len(uint(4*grams)), minFilterBits), maxFilterBits)
	classes, filter, entries := b.filter(filterBits)
	shorts, everywhere := b.short(classes)
	for c := byte('A'); c <= 'Z'; c++ {
		for k := 0; k < classSize; k += 256 {
			classes[k+int(c)] = classes[k+int(lower(c))]
		}
	}
	data := []byte{version, byte(filterBits), logSlots(entries), logSlots(shorts)}
	for _, n := range []int{groups, len(b.trie), len(b.found), everywhere} {
		data = binary.LittleEndian.AppendUint32(data, uint32(n))
	}
	return slices.Concat(data, classes, filter, entries, b.trie, shorts, b.found), nil
}

func logSlots(slots []byte) byte {
	if len(slots) == 0 {
		return noTable
	}
	return byte(bits.Len(uint(len(slots)/slotSize)) - 1)
}

// filter makes the classes of bytes, the filter and the entries of the trie.
func (b *builder) filter(filterBits int) (classes, filter, entries []byte) {
	classes = make([]byte, classSize)
	follows := b.shareBits()
	for c := range 256 {
		classes[c] = follows[c]
		classes[256+c] = oneByte
	}
	filter = make([]byte, 1<<filterBits)
	var keys []uint32
	var offsets []int
	for _, first := range b.children(0) {
		for _, second := range b.children(first) {
			for _, third := range b.children(second) {
				key := uint32(b.nodes[first].b)<<16 | uint32(b.nodes[second].b)<<8 | uint32(b.nodes[third].b)
				h := key << 8 * multiplier >> (32 - filterBits)
				if b.nodes[third].groups != 0 {
					filter[h] |= always
				}
				for _, fourth := range b.children(third) {
					filter[h] |= follows[b.nodes[fourth].b] &^ always
				}
				keys = append(keys, key)
				offsets = append(offsets, int(b.nodes[third].offset))
			}
		}
	}
	return classes, filter, makeTable(keys, offsets)
}

func (b *builder) children(at int32) (list []int32) {
	for c := b.nodes[at].child; c != 0; c = b.nodes[c].sibling {
		list = append(list, c)
	}
	return list
}

// shareBits gives each byte that is fourth in a literal one of seven bits, such
// that each bit is about as frequent, and the bit always to every byte.
func (b *builder) shareBits() (follows [256]byte) {
	var count [256]int
	for i := range b.nodes {
		if n := &b.nodes[i]; n.depth == prefix+1 {
			count[n.b]++
		}
	}
	order := make([]byte, 256)
	for i := range order {
		order[i] = byte(i)
	}
	slices.SortStableFunc(order, func(x, y byte) int { return count[y] - count[x] })
	var load [7]int
	for _, c := range order {
		follows[c] = always
		if count[c] > 0 {
			lightest := 0
			for k := range load {
				if load[k] < load[lightest] {
					lightest = k
				}
			}
			load[lightest] += count[c]
			follows[c] |= 1 << lightest
		}
	}
	return follows
}

// short makes the table of short literals, adds their buckets to the classes, and
// returns the place of the groups of the empty literal.
func (b *builder) short(classes []byte) (slots []byte, everywhere int) {
	begins, ends := classes[256:512], classes[512:768]
	everywhere = none
	var keys []uint32
	var offsets []int
	for _, l := range b.literals {
		switch len(l.text) {
		case 0:
			everywhere = b.place(b.list(l.groups))
			continue
		case 1:
			ends[l.text[0]] |= oneByte
			keys = append(keys, keyOne(l.text[0]))
		case 2:
			// by the second byte, so that common first bytes share no bucket
			bucket := byte(1) << (l.text[1] % shortBuckets)
			begins[l.text[0]] |= bucket
			ends[l.text[1]] |= bucket
			keys = append(keys, keyTwo(l.text[0], l.text[1]))
		default:
			continue
		}
		offsets = append(offsets, b.place(b.list(l.groups)))
	}
	return makeTable(keys, offsets), everywhere
}

// makeTable returns the slots of a table, none for no keys.
func makeTable(keys []uint32, offsets []int) []byte {
	if len(keys) == 0 {
		return nil
	}
	n := 2
	for 3*n < 4*len(keys) {
		n *= 2
	}
	for n <= len(keys) {
		n *= 2
	}
	slots := make([]byte, 0, n*slotSize)
	for range n {
		slots = append24(append24(slots, 0), none)
	}
	shift := 32 - (bits.Len(uint(n)) - 1)
	for k, key := range keys {
		i := int(key << 8 * multiplier >> shift)
		for uint24(slots[i%n*slotSize+3:]) != none {
			i++
		}
		slot := slots[i%n*slotSize:][:0]
		append24(append24(slot, int(key)), offsets[k])
	}
	return slots
}

// AppendBinary appends the binary form of the Set to dst.
func (s *Set) AppendBinary(dst []byte) []byte {
	filterBits := bits.Len(uint(len(s.filter))) - 1
	dst = append(dst, version, byte(filterBits), logSlots(s.entries.slots), logSlots(s.shorts.slots))
	for _, n := range []int{s.groups, len(s.trie), len(s.found), s.everywhere} {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	for _, shift := range []int{0, 16, 24} {
		for _, c := range s.bytes {
			dst = append(dst, byte(c>>shift))
		}
	}
	for _, part := range [][]byte{s.filter, s.entries.slots, s.trie, s.shorts.slots, s.found} {
		dst = append(dst, part...)
	}
	return dst
}

// Read returns the Set whose binary form b begins with, and the rest of b. The
// Set shares memory with b. Data that Build and AppendBinary do not make is an
// error or a Set that can be scanned with.
func Read(b []byte) (*Set, []byte, error) {
	if len(b) < headerSize+classSize || b[0] != version {
		return nil, nil, errCorrupt
	}
	numbers, classes := b[4:headerSize], b[headerSize:headerSize+classSize]
	number := func(i int) int64 { return int64(binary.LittleEndian.Uint32(numbers[4*i:])) }
	filterBits := b[1]
	entries, entriesSize := tableOf(b[2])
	shorts, shortsSize := tableOf(b[3])
	if filterBits < minFilterBits || filterBits > maxFilterBits || number(0) > 1<<16-1 || entriesSize < 0 || shortsSize < 0 {
		return nil, nil, errCorrupt
	}
	s := &Set{groups: int(number(0)), filterShift: 32 - filterBits, entries: entries, shorts: shorts}
	for c := range s.bytes {
		s.bytes[c] = uint32(classes[c]) | uint32(lower(byte(c)))<<8 | uint32(classes[256+c])<<16 | uint32(classes[512+c])<<24
	}
	rest := b[headerSize+classSize:]
	ok := true
	take := func(n int64) (part []byte) {
		if n > int64(len(rest)) || n > none {
			ok = false
			return nil
		}
		part, rest = rest[:n:n], rest[n:]
		return part
	}
	s.filter = take(1 << filterBits)
	s.entries.slots = take(entriesSize)
	s.trie = take(number(1))
	s.shorts.slots = take(shortsSize)
	s.found = take(number(2))
	if !ok || number(3) > none {
		return nil, nil, errCorrupt
	}
	s.everywhere = int(number(3))
	if !s.valid() {
		return nil, nil, errCorrupt
	}
	return s, rest, nil
}

// tableOf returns a table of 1<<log slots without them, and their size in bytes,
// or -1.
func tableOf(log byte) (table, int64) {
	switch {
	case log == noTable:
		return table{}, 0
	case log < 1 || log > 22:
		return table{}, -1
	}
	return table{shift: 32 - log}, slotSize << log
}
