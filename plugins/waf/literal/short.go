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

// scanShort reports the groups of the literals of one or two bytes in text.
func (s *Set) scanShort(text string, found []uint64) bool {
	hit := false
	before := uint32(oneByte) << 16
	for i := 0; i < len(text); i++ {
		here := s.bytes[text[i]]
		if both := before >> 16 & (here >> 24); both != 0 {
			b := byte(here >> 8)
			if both&oneByte != 0 {
				hit = s.reportShort(keyOne(b), found) || hit
			}
			if both&^oneByte != 0 {
				hit = s.reportShort(keyTwo(byte(before>>8), b), found) || hit
			}
		}
		before = here
	}
	return hit
}

func (s *Set) reportShort(key uint32, found []uint64) bool {
	o := s.shorts.lookup(key)
	if o == none {
		return false
	}
	s.report(o, found)
	return true
}
