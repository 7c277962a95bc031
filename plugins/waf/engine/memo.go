package engine

// Most values of a stream have been seen before: names of headers and arguments,
// what a client says of itself with each request. memo remembers values in which
// the scan found nothing, so that they are not scanned again. What it answers is
// what a scan would: it compares the whole value, not only a hash.
//
// A value takes the place of another one in the same slot: whoever sends many
// different values makes others' scans come back, and nothing else.
type memo struct {
	slots [memoSlots]memoSlot
	bytes [memoSlots * memoBytes]byte
}

// memoSlot says whose bytes are in a slot: those of a value's name, where a unit
// has checks for names of its own, then those of the value.
type memoSlot struct {
	unit, level, name, value uint8
	used                     bool
}

const (
	memoSlots = 2048
	memoBytes = 128
)

// memoKey finds the slot of a value.
func memoKey(unit uint8, name, value string) int {
	h := uint32(2166136261) ^ uint32(unit)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint32(name[i])) * 16777619
	}
	h = (h ^ 0xff) * 16777619
	for i := 0; i < len(value); i++ {
		h = (h ^ uint32(value[i])) * 16777619
	}
	return int((h ^ h>>15) % memoSlots)
}

// knows tells whether a value is one in which rules up to a level find nothing.
func (m *memo) knows(at int, unit, level uint8, name, value string) bool {
	s := &m.slots[at]
	if !s.used || s.unit != unit || s.level != level || int(s.name) != len(name) || int(s.value) != len(value) {
		return false
	}
	b := m.bytes[at*memoBytes:]
	return string(b[:len(name)]) == name && string(b[len(name):len(name)+len(value)]) == value
}

// learn notes such a value.
func (m *memo) learn(at int, unit, level uint8, name, value string) {
	m.slots[at] = memoSlot{unit, level, uint8(len(name)), uint8(len(value)), true}
	b := m.bytes[at*memoBytes:]
	copy(b[copy(b, name):], value)
}
