package slot

import "encoding/binary"

// format is the first byte of a slot's value, so that a slot without entries is
// not an empty value.
const format = 1

// An entry is a fingerprint, the time when it expires, in milliseconds since
// 1970, and the state; numbers are little endian.
const (
	expiryAt = 8
	stateAt  = 16
)

// slot is a slot's value while it is changed.
type slot struct {
	// bytes are the format and the entries.
	bytes []byte
	// size is that of an entry.
	size int
}

// load copies a value, and tells whether it is a slot of at most max entries.
func (s *slot) load(value []byte, max int) bool {
	if len(value) == 0 || value[0] != format || (len(value)-1)%s.size != 0 || (len(value)-1)/s.size > max {
		return false
	}
	s.bytes = append(s.bytes[:0], value...)
	return true
}

// clear makes it a slot without entries.
func (s *slot) clear() { s.bytes = append(s.bytes[:0], format) }

func (s *slot) len() int { return (len(s.bytes) - 1) / s.size }

func (s *slot) entry(i int) []byte { return s.bytes[1+i*s.size : 1+(i+1)*s.size] }

func (s *slot) expiry(i int) int64 { return int64(binary.LittleEndian.Uint64(s.entry(i)[expiryAt:])) }

func (s *slot) setExpiry(i int, expiry int64) {
	binary.LittleEndian.PutUint64(s.entry(i)[expiryAt:], uint64(expiry))
}

// find removes the entries that have expired, and returns the place of a
// fingerprint, -1 if it has none.
func (s *slot) find(fingerprint uint64, now int64) int {
	found := -1
	for i := 0; i < s.len(); {
		if s.expiry(i) <= now {
			s.remove(i)
			continue
		}
		if binary.LittleEndian.Uint64(s.entry(i)) == fingerprint {
			found = i
		}
		i++
	}
	return found
}

// add appends an entry with a state of zeros that never expires, and returns
// its place.
func (s *slot) add(fingerprint uint64) int {
	var zeros [stateAt + MaxStateSize]byte
	s.bytes = append(s.bytes, zeros[:s.size]...)
	i := s.len() - 1
	binary.LittleEndian.PutUint64(s.entry(i), fingerprint)
	return i
}

// remove puts the last entry in the place of another.
func (s *slot) remove(i int) {
	last := s.len() - 1
	copy(s.entry(i), s.entry(last))
	s.bytes = s.bytes[:len(s.bytes)-s.size]
}

// first returns the place of the entry that expires first, of those before end.
func (s *slot) first(end int) int {
	first := 0
	for i := 1; i < end; i++ {
		if s.expiry(i) < s.expiry(first) {
			first = i
		}
	}
	return first
}
