package literal

// A literal of one or two bytes has one of eight buckets, the last for those of
// one byte. Two bytes that follow each other may be one where the first begins
// and the second ends a literal of the same bucket; the table decides.
const (
	shortBuckets = 7
	oneByte      = 1 << shortBuckets
)

// keyOne is the key of a literal of one byte in the table of short literals.
// That of two bytes is at most 0xffff.
func keyOne(c byte) uint32 { return 0x10000 | uint32(c) }

func keyTwo(a, b byte) uint32 { return uint32(a)<<8 | uint32(b) }

// scanShort reports the groups of the literals of one or two bytes that end in
// text[from:to].
func (s *Set) scanShort(text string, from, to int, found []uint64) bool {
	hit := false
	before := uint32(oneByte) << 16
	if from > 0 {
		before = s.bytes[text[from-1]]
	}
	for i := from; i < to; i++ {
		next := s.bytes[text[i]]
		if before>>16&(next>>24) != 0 {
			hit = s.matchShort(before, next, found) || hit
		}
		before = next
	}
	return hit
}

// matchShort reports the groups of the short literals that end with the second of
// two bytes that have a bucket in common.
func (s *Set) matchShort(before, next uint32, found []uint64) bool {
	slots := s.shorts.slots
	mask := len(slots)/slotSize - 1
	if mask < 0 {
		return false
	}
	both := before >> 16 & (next >> 24)
	b := byte(next >> 8)
	hit := false
	for try := range 2 {
		var key uint32
		switch {
		case try == 0 && both&oneByte != 0:
			key = keyOne(b)
		case try == 1 && both&^oneByte != 0:
			key = keyTwo(byte(before>>8), b)
		default:
			continue
		}
		for at := int(key << 8 * multiplier >> (s.shorts.shift & 31)); ; at++ {
			slot := slots[(at&mask)*slotSize:][:slotSize]
			o := int(uint24(slot[3:]))
			if o != none && uint24(slot) != key {
				continue
			}
			if o != none {
				s.report(o, found)
				hit = true
			}
			break
		}
	}
	return hit
}
