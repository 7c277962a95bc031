package slot

import "encoding/binary"

// format is the first byte of a slot's value, so that a slot without entries is
// not an empty value.
const format = 1

// An entry is a fingerprint, the time when it expires, in milliseconds since
// 1970 and in 44 bits, its rank in 12 and its class in 8, and the state; numbers
// are little endian.
const (
	expiryAt = 8
	stateAt  = 16
)

// latest is the last time that an entry can expire, in the year 2527.
const (
	latest  = 1<<rankAt - 1
	rankAt  = 44
	classAt = 56
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

// exceeds tells whether there are more entries than max.
func (s *slot) exceeds(max int) bool { return len(s.bytes) > 1+max*s.size }

// state returns the state of the entry at a place, which is where in bytes it
// begins.
func (s *slot) state(at int) []byte { return s.bytes[at+stateAt : at+s.size] }

// lasting is when an entry expires and what it is worth.
func (s *slot) lasting(at int) (expiry int64, worth Worth) {
	n := binary.LittleEndian.Uint64(s.bytes[at+expiryAt:])
	return int64(n & latest), Worth{Rank: uint16(n >> rankAt & MaxRank), Class: uint8(n >> classAt)}
}

func (s *slot) expiry(at int) int64 {
	expiry, _ := s.lasting(at)
	return expiry
}

func (s *slot) setLasting(at int, expiry int64, worth Worth) {
	n := uint64(min(max(expiry, 0), latest)) | uint64(min(worth.Rank, MaxRank))<<rankAt | uint64(worth.Class)<<classAt
	binary.LittleEndian.PutUint64(s.bytes[at+expiryAt:], n)
}

// find removes the entries that have expired, and returns the place of a
// fingerprint, 0 if it has none.
func (s *slot) find(fingerprint uint64, now int64) int {
	found := 0
	for at := 1; at < len(s.bytes); {
		if s.expiry(at) <= now {
			s.remove(at)
			continue
		}
		if binary.LittleEndian.Uint64(s.bytes[at:]) == fingerprint {
			found = at
		}
		at += s.size
	}
	return found
}

// add appends an entry with a state of zeros and without an expiry, and returns
// its place.
func (s *slot) add(fingerprint uint64) int {
	var zeros [stateAt + MaxStateSize]byte
	at := len(s.bytes)
	s.bytes = append(s.bytes, zeros[:s.size]...)
	binary.LittleEndian.PutUint64(s.bytes[at:], fingerprint)
	return at
}

// remove takes an entry out. The others stay in the order in which they came.
func (s *slot) remove(at int) {
	s.bytes = append(s.bytes[:at], s.bytes[at+s.size:]...)
}

// first returns the place of the entry to evict for the new one at end: of the
// class that has the most entries, the new one's among them, the entry of the lowest
// rank that expires first, and if several do the one that came first.
func (s *slot) first(end int) int {
	var of [256]uint16
	for at := 1; at <= end; at += s.size {
		_, worth := s.lasting(at)
		of[worth.Class]++
	}
	first := 1
	soonest, least := s.lasting(first)
	for at := 1 + s.size; at < end; at += s.size {
		expiry, worth := s.lasting(at)
		switch many, most := of[worth.Class], of[least.Class]; {
		case many > most,
			many == most && worth.Rank < least.Rank,
			many == most && worth.Rank == least.Rank && expiry < soonest:
			first, soonest, least = at, expiry, worth
		}
	}
	return first
}
