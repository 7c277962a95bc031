package regex

import (
	"encoding/binary"
	"unicode/utf8"
)

// What a transition leads to is the index of the row of a state, or one of
// these. Row 0 is not used, and rows are three columns wide or more.
const (
	unknown = iota // not computed yet
	matched
	dead // no match any more
	firstRow
)

// maxDrops is how many times a program's states may be dropped for one value
// before it is finished without states.
const maxDrops = 3

// DFA runs a program with states that it builds as it goes and keeps in a cache.
type DFA struct {
	cache *Cache
	prog  *Program

	built  bool
	size   int // bytes in use
	loaded *loaded
	stride int
	start  uint32
	idle   *idle
	table  []uint32 // transitions: a row a state, a column a class
	states []byte   // each state: its length, what is before it, differences
	at     []uint32 // where each row's state is
	hash   []uint32 // rows by the hash of their states, 0 where there is none
	drops  int      // during this value
}

// New returns a DFA that runs the program. It takes no memory until it is used.
func (c *Cache) New(p *Program) *DFA { return &DFA{cache: c, prog: p} }

// Program is the program that is run.
func (d *DFA) Program() *Program { return d.prog }

// Match tells whether the value, or a part of it, matches.
func (d *DFA) Match(s string) bool {
	if len(s) < d.prog.minLen {
		return false
	}
	d.drops = 0
	if !d.built && !d.build() {
		return d.cache.match(d.prog, s)
	}
	state := d.start
	i := 0
	for state >= firstRow {
		i, state = d.scan(s, i, state)
		if i < len(s) && s[i] >= utf8.RuneSelf && !d.prog.has(flagBytes) {
			i, state = d.scanRunes(s, i, state)
		}
		column, after := d.loaded.next(s, i)
		next := d.table[int(state)+column]
		if next == unknown {
			var ok bool
			if next, ok = d.extend(state, column); !ok {
				return d.cache.step.run(s, after)
			}
		}
		if i >= len(s) {
			return next == matched
		}
		state, i = next, after
	}
	return state == matched
}

// build decodes the program and makes the first state. It fails where the budget
// does not allow that.
func (d *DFA) build() bool {
	p := d.prog
	d.stride = max(p.endColumn()+1, firstRow)
	if !d.cache.reserve(d, p.loadedSize()) {
		return false
	}
	d.loaded, d.idle = new(loaded), new(idle)
	p.load(d.loaded)
	d.built = true
	d.cache.dfas = append(d.cache.dfas, d)
	if !d.restart() {
		d.cache.forget(d)
		return false
	}
	return true
}

// restart makes the first state, with none before it.
func (d *DFA) restart() bool {
	s := &d.cache.step
	s.use(d.loaded)
	if s.begin() {
		d.start = matched
		return true
	}
	var ok bool
	if d.start, ok = d.intern(); !ok {
		return false
	}
	d.idle.state = d.start
	if s.restart(0) {
		return true
	}
	d.idle.reset()
	d.idle.state, ok = d.intern()
	return ok
}

// drop gives up all memory.
func (d *DFA) drop() {
	d.cache.used -= d.size
	*d = DFA{cache: d.cache, prog: d.prog, drops: d.drops}
}

// extend computes a transition. If that takes too much memory the states are
// dropped; ok is false if the value is to be finished without them, the stepper
// holding the state.
func (d *DFA) extend(row uint32, column int) (next uint32, ok bool) {
	s := &d.cache.step
	s.use(d.loaded)
	d.read(row, s)
	end := column == d.prog.endColumn()
	switch {
	case s.advance(column):
		d.table[int(row)+column] = matched
		return matched, true
	case end, len(s.kernel) == 0 && d.prog.has(flagAnchored):
		d.table[int(row)+column] = dead
		return dead, true
	}
	if next, ok = d.intern(); ok {
		d.table[int(row)+column] = next
		if next == row && row == d.idle.state {
			d.idle.stays(d.loaded, column, !s.survived)
		}
		return next, true
	}
	return d.again()
}

// again interns the stepper's state after all others were dropped.
func (d *DFA) again() (row uint32, ok bool) {
	d.drops++
	if d.drops > maxDrops {
		return 0, false
	}
	d.cache.flushes++
	s := &d.cache.step
	kernel, before := append([]uint32(nil), s.kernel...), s.before
	d.table, d.states, d.at = d.table[:0], d.states[:0], d.at[:0]
	clear(d.hash)
	ok = d.restart()
	s.kernel, s.before = append(s.kernel[:0], kernel...), before
	if ok {
		row, ok = d.intern()
	}
	if !ok {
		s.prog = d.cache.load(d.prog)
		d.cache.forget(d)
	}
	return row, ok
}

// match simulates the automaton over all of a value.
func (c *Cache) match(p *Program, s string) bool {
	c.step.use(c.load(p))
	return c.step.begin() || c.step.run(s, 0)
}

// read gives the stepper the state of a row.
func (d *DFA) read(row uint32, s *stepper) {
	b := d.states[d.at[int(row)/d.stride]:]
	n, used := binary.Uvarint(b)
	b = b[used : used+int(n)]
	s.before = b[0]
	s.kernel = s.kernel[:0]
	pc := uint32(0)
	for b = b[1:]; len(b) > 0; {
		step := uint32(b[0])
		b = b[1:]
		if step >= 0x80 {
			step &= 0x7f
			for shift := 7; ; shift += 7 {
				c := b[0]
				b = b[1:]
				step |= uint32(c&0x7f) << shift
				if c < 0x80 {
					break
				}
			}
		}
		pc += step
		s.kernel = append(s.kernel, pc)
	}
}

// intern returns the row of the stepper's state, a new one if there is none. It
// fails where the program's share of the budget is used up.
func (d *DFA) intern() (row uint32, ok bool) {
	c := d.cache
	s := &c.step
	b := append(c.state[:0], s.before)
	last := uint32(0)
	for _, pc := range s.kernel {
		b = binary.AppendUvarint(b, uint64(pc-last))
		last = pc
	}
	c.state = b

	h := hashOf(b)
	if len(d.hash) > 0 {
		mask := uint32(len(d.hash) - 1)
		for i := h & mask; d.hash[i] != 0; i = (i + 1) & mask {
			row := d.hash[i]
			if d.is(row, b) {
				return row, true
			}
		}
	}
	if !d.grow(len(b)) {
		return 0, false
	}
	row = uint32(len(d.table))
	d.table = d.table[:len(d.table)+d.stride]
	clear(d.table[row:])
	d.at = append(d.at, uint32(len(d.states)))
	d.states = binary.AppendUvarint(d.states, uint64(len(b)))
	d.states = append(d.states, b...)
	d.enter(row, h)
	return row, true
}

// is tells whether a row is that of an encoded state.
func (d *DFA) is(row uint32, state []byte) bool {
	b := d.states[d.at[int(row)/d.stride]:]
	n, used := binary.Uvarint(b)
	return int(n) == len(state) && string(b[used:used+int(n)]) == string(state)
}

// enter puts a row into the hash table.
func (d *DFA) enter(row, h uint32) {
	mask := uint32(len(d.hash) - 1)
	i := h & mask
	for d.hash[i] != 0 {
		i = (i + 1) & mask
	}
	d.hash[i] = row
}

// grow makes room for one more state, which takes n bytes.
func (d *DFA) grow(n int) bool {
	if len(d.table) == 0 { // row 0 stays empty
		if !growSlice(d, &d.table, d.stride, 4) || !growSlice(d, &d.at, 1, 4) {
			return false
		}
		d.table = d.table[:d.stride]
		d.at = append(d.at, 0)
	}
	ok := growSlice(d, &d.table, d.stride, 4) &&
		growSlice(d, &d.at, 1, 4) &&
		growSlice(d, &d.states, n+binary.MaxVarintLen32, 1)
	if !ok || len(d.at)*4 <= len(d.hash)*3 {
		return ok
	}
	size := max(16, 2*len(d.hash))
	if !d.reserve(4*size, 4*len(d.hash)) {
		return false
	}
	d.hash = make([]uint32, size)
	for i := 1; i < len(d.at); i++ {
		b := d.states[d.at[i]:]
		n, used := binary.Uvarint(b)
		d.enter(uint32(i*d.stride), hashOf(b[used:used+int(n)]))
	}
	return true
}

// growSlice makes room for n more elements of a slice.
func growSlice[T any](d *DFA, s *[]T, n, width int) bool {
	if len(*s)+n <= cap(*s) {
		return true
	}
	size := max(len(*s)+n, 2*cap(*s), 16)
	if !d.reserve(size*width, cap(*s)*width) {
		return false
	}
	grown := make([]T, len(*s), size)
	copy(grown, *s)
	*s = grown
	return true
}

// reserve asks for n bytes in place of old, which are in use until those are
// there.
func (d *DFA) reserve(n, old int) bool {
	if d.size+n > d.cache.share || !d.cache.reserve(d, n) {
		return false
	}
	d.cache.used -= old
	d.size -= old
	return true
}

func hashOf(b []byte) uint32 {
	h := uint64(len(b)) * 0x9e3779b97f4a7c15
	for len(b) >= 8 {
		h = (h ^ binary.LittleEndian.Uint64(b)) * 0xff51afd7ed558ccd
		h ^= h >> 32
		b = b[8:]
	}
	for _, c := range b {
		h = (h ^ uint64(c)) * 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	return uint32(h)
}
