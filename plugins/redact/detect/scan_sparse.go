package detect

import (
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// A stretch of text is looked at at once, a bit for each byte of it. Its first lead
// bytes are what stands before what is decided, and with maxLeast bytes behind a place
// it can be told whether a number may begin there.
const (
	stretch  = 64
	lead     = 4
	maxLeast = 20
)

// sparse does what scan does, for sets of which Least can tell that most texts have
// nothing in them, and returns where scan has to go on. It reads eight bytes at a time
// and looks closer where marks are and where numbers may begin: at a digit with none
// before it, from which on there are enough bytes that numbers are made of, or that
// follows two letters at the beginning of a word.
func (s *Set) sparse(dst []Span, v *view, from int) (spans []Span, limit, next int) {
	text := v.text
	limit = len(text)
	for from < len(text) {
		base := max(0, from-lead)
		n := len(text) - base
		end := len(text) // of what is decided here
		if n > stretch {
			n = stretch
			end = base + stretch - s.leastDigits - 1
		} else if !v.final {
			break
		}
		var digits, signs, letters, marks uint64
		for i := 0; i < n; i += 8 {
			var w uint64
			if at := base + i; at+8 <= len(text) {
				w = binary.LittleEndian.Uint64(text[at:])
			} else {
				w = load(text, at)
			}
			one, two := w^s.marks[0], w^s.marks[1]
			marks |= gather((one-ones)&^one|(two-ones)&^two) << (i & 63)
			low := w &^ highs
			high := w & highs
			digits |= gather((low+ones*(0x80-'0'))&^(low+ones*(0x7f-'9'))&^high) << (i & 63)
			small := low | ones*0x20
			letters |= gather((small+ones*(0x80-'a'))&^(small+ones*(0x7f-'z'))&^high) << (i & 63)
			// A space, and what has the upper bits of parentheses, "+", "-", "." and "/".
			brackets := low&(ones*0x78) ^ ones*0x28
			signs |= gather(^(brackets+ones*0x7f)|^(low^ones*0x20+ones*0x7f)|high) << (i & 63)
		}
		if marks|digits != 0 {
			dst, limit = s.closer(dst, v, base, n, from, end, limit, digits, signs, letters, marks)
		}
		from = end
	}
	return dst, limit, from
}

// load returns the last bytes of a text, fewer than eight, and zeros behind them.
func load(text []byte, i int) (w uint64) {
	if len(text) >= 8 {
		return binary.LittleEndian.Uint64(text[len(text)-8:]) >> (8 * (i + 8 - len(text)) & 63)
	}
	for n := len(text) - 1; n >= i; n-- {
		w = w<<8 | uint64(text[n])
	}
	return w
}

// gather makes the flags of eight bytes, in their highest bits, eight bits.
func gather(flags uint64) uint64 { return flags & highs >> 7 * 0x0102040810204080 >> 56 }

// closer asks the detectors of what begins between from and end in a stretch.
func (s *Set) closer(dst []Span, v *view, base, n, from, end, limit int, digits, signs, letters, marks uint64) (spans []Span, undecided int) {
	text := v.text
	// What numbers are made of, for as many bytes as a number has digits at least.
	all := digits | signs
	made := all
	for have := 1; have < s.leastDigits; {
		step := min(have, s.leastDigits-have)
		made &= made >> step
		have += step
	}
	starts := digits &^ (digits << 1) & made
	if s.paired {
		words := letters | digits
		two := letters << 1 & (letters << 2) &^ (words << 3)
		starts |= digits &^ (digits << 1) & (digits >> 1) & two
	}
	starts |= marks | marks<<1 | marks>>1
	starts >>= (from - base) & 63
	if decided := end - from; decided < 64 {
		starts &= 1<<(decided&63) - 1
	}
	for ; starts != 0; starts &= starts - 1 {
		at := from + lowest(starts)
		before, after := byte('\n'), byte('\n')
		if at > 0 {
			before = text[at-1]
		}
		if at+1 < len(text) {
			after = text[at+1]
		}
		m := s.table[before].prev & s.table[text[at]].at & s.table[after].next
		if m&s.digits != 0 {
			// Where the run ends, and all that it may be part of, is mostly known.
			shift := (at - base) & 63
			run, area := lowest(^(digits >> shift)), lowest(^(all >> shift))
			if shift+area < n || v.final && base+n == len(text) && area < stretch {
				m &^= s.digits
				if run < longRun {
					total := bits.OnesCount64(digits >> shift & (1<<(area&63) - 1))
					dst, limit = s.numbersAt(dst, v, at, run, total, limit)
				} else {
					dst, limit = s.numbersAt(dst, v, at, longRun, run, limit)
				}
			}
		}
		if m != 0 {
			dst, limit = s.candidates(dst, v, at, m, limit)
		}
	}
	return dst, limit
}
