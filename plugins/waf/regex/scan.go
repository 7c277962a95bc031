package regex

import "unicode/utf8"

// scan follows transitions from position i on as far as they are known and lead
// to a state, or to the end, and returns where it stopped and in which state.
//
// Eight bytes are one round because a jump is dear in WebAssembly, where Go's
// compiler makes each one a dispatch.
func (d *DFA) scan(s string, i int, state uint32) (int, uint32) {
	table, columns := d.table, &d.loaded.columns
	wait := d.idle.state
	if d.idle.pointless() {
		wait = 0
	}
	if state == wait {
		i = d.idle.skip(s, i)
	}
	for len(s)-i >= 8 {
		b := s[i : i+8]
		x := table[state+uint32(columns[b[0]])]
		if x < firstRow {
			return i, state
		}
		y := table[x+uint32(columns[b[1]])]
		if y < firstRow {
			return i + 1, x
		}
		x = table[y+uint32(columns[b[2]])]
		if x < firstRow {
			return i + 2, y
		}
		y = table[x+uint32(columns[b[3]])]
		if y < firstRow {
			return i + 3, x
		}
		x = table[y+uint32(columns[b[4]])]
		if x < firstRow {
			return i + 4, y
		}
		y = table[x+uint32(columns[b[5]])]
		if y < firstRow {
			return i + 5, x
		}
		x = table[y+uint32(columns[b[6]])]
		if x < firstRow {
			return i + 6, y
		}
		y = table[x+uint32(columns[b[7]])]
		if y < firstRow {
			return i + 7, x
		}
		state, i = y, i+8
		if state == wait {
			i = d.idle.skip(s, i)
		}
	}
	for ; i < len(s); i++ {
		next := table[state+uint32(columns[s[i]])]
		if next < firstRow {
			break
		}
		state = next
	}
	return i, state
}

// asciiRun is after how many bytes of ASCII scanRunes leaves text to scan again.
const asciiRun = 16

// scanRunes is scan for text that is not only ASCII. Runes of two and of three
// bytes that are of the range that the last one was of, as most of a script are,
// take one round each.
func (d *DFA) scanRunes(s string, i int, state uint32) (int, uint32) {
	table, l := d.table, d.loaded
	var column uint32
	from, span := uint32(0), uint32(0) // the range that column is of
	for ascii := 0; i < len(s) && ascii < asciiRun; {
		if b := s[i]; b < utf8.RuneSelf {
			next := table[state+uint32(l.columns[b])]
			if next < firstRow {
				break
			}
			state = next
			i++
			ascii++
			continue
		}
		ascii = 0
		for len(s)-i >= 3 {
			b := s[i : i+3]
			r := uint32(b[0]&0x0f)<<12 | uint32(b[1]&0x3f)<<6 | uint32(b[2]&0x3f)
			width := 3
			if b[0] < 0xe0 {
				r, width = uint32(b[0]&0x1f)<<6|uint32(b[1]&0x3f), 2
			} else if b[2]&0xc0 != 0x80 {
				break
			}
			// 0xc0 and 0xc1 begin no rune, 0xe0 and 0xed only some, 0xf0 longer ones
			if b[0] < 0xc2 || b[0] == 0xe0 || b[0] == 0xed || b[0] >= 0xf0 || b[1]&0xc0 != 0x80 || r-from >= span {
				break
			}
			next := table[state+column]
			if next < firstRow {
				return i, state
			}
			state, i = next, i+width
		}
		if i >= len(s) || s[i] < utf8.RuneSelf {
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		if uint32(r)-from >= span {
			at, first, end := l.rangeOf(r)
			column, from, span = at, uint32(first), uint32(end-first)
		}
		next := table[state+column]
		if next < firstRow {
			break
		}
		state, i = next, i+width
	}
	return i, state
}

// idle is the state in which no thread is under way, with the bytes that may
// lead out of it. While it lasts bytes need not be looked at one after another.
type idle struct {
	state  uint32
	leaves [256]uint8 // 1 for a byte that leads out, or that is not known not to
	// quiet bytes do not lead out and end all threads, so that no match that
	// ends later begins before them.
	quiet [256]bool
	// how often bytes were skipped, and how many
	times, bytes uint32
}

func (d *idle) reset() {
	*d = idle{state: d.state, times: d.times, bytes: d.bytes}
	for b := range d.leaves {
		d.leaves[b] = 1
	}
}

// stays notes that runes of a column do not lead out.
func (d *idle) stays(l *loaded, column int, quiet bool) {
	for b, c := range l.columns {
		if int(c) == column && (b < utf8.RuneSelf || l.prog.has(flagBytes)) {
			d.leaves[b] = 0
			d.quiet[b] = quiet
		}
	}
}

// skip returns the position of the next byte that may lead out.
func (d *idle) skip(s string, i int) int {
	start := i
	leaves := &d.leaves
	for len(s)-i >= 8 {
		b := s[i : i+8]
		if leaves[b[0]]|leaves[b[1]]|leaves[b[2]]|leaves[b[3]]|leaves[b[4]]|leaves[b[5]]|leaves[b[6]]|leaves[b[7]] != 0 {
			break
		}
		i += 8
	}
	for i < len(s) && leaves[s[i]] == 0 {
		i++
	}
	d.times++
	d.bytes += uint32(i - start)
	if d.times >= 1<<16 || d.bytes >= 1<<24 {
		d.times, d.bytes = d.times/2, d.bytes/2
	}
	return i
}

// pointless tells whether skipping has not been worth it.
func (d *idle) pointless() bool { return d.times >= 64 && d.bytes < 8*d.times }

// leftmost returns a position before which the leftmost match does not begin,
// just after a quiet byte, or 0, as far as known transitions tell.
func (d *DFA) leftmost(s string) int {
	from := 0
	state := d.start
	for i := 0; i < len(s) && state >= firstRow; {
		column, after := d.loaded.next(s, i)
		next := d.table[int(state)+column]
		if state == d.idle.state && next == state && d.idle.quiet[s[i]] {
			from = after
		}
		state, i = next, after
	}
	return from
}
