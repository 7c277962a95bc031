package format

import (
	"encoding/binary"
	"math/bits"
)

// spare passes on members and elements that are spared: see [Spared]. It is a second
// way through an object or an array beside run, and knows only what most of them are
// made of: names that have been seen, strings without escapes, numbers without
// exponents. It reads eight bytes at a time and calls nothing, as in Wasm a call or a
// turn of a loop costs more than what is done in it. Whatever is in any way special is
// left to run, which reads everything and is what decides.
//
// An item begins at i, and the one before it, if any, was kept. Where spare has come to
// is told by state: jsonItem at an item that it has not begun, jsonValue at the value
// of one that it has, jsonAfter behind a value.
func (j *JSON) spare(i int) int {
	b, p := j.b, j.path
	set := p.set
	top := &j.levels[len(j.levels)-1]
	array, index, safe := top.array, top.index, j.safe
	j.state = jsonItem
	var from, accept, loop uint64
	switch n := set.words; {
	case n == 1:
		from, accept, loop = p.states[len(p.states)-2], set.accept[0], set.loop[0]
	case n > 1 && p.live():
		from = 1
	}
	if array {
		if !top.plain || from != 0 && set.indexed {
			return i
		}
		p.setIndex(int(index + 1))
		if p.Matched(0) >= 0 {
			return i
		}
	}
	slots, marks, lengths, limit := set.slots, set.marks, &j.spared.Lengths, j.limits.Value
	look, field := j.spared.Nothing, top.field
	var e *slot
	var at int // of the slot
	k := i     // where the value begins
	for len(slots) == nameSlots && i+40 <= len(b) {
		k = i
		if !array {
			// The name, as three words with zeros behind it.
			first := binary.LittleEndian.Uint64(b[i+1:])
			var second, third uint64
			n := i + 1
			hit := stop(first)
			if hit == 0 {
				second = binary.LittleEndian.Uint64(b[i+9:])
				if hit, n = stop(second), i+9; hit == 0 {
					third = binary.LittleEndian.Uint64(b[i+17:])
					if hit, n = stop(third), i+17; hit == 0 {
						break
					}
					third &= before(hit)
				} else {
					second &= before(hit)
				}
			} else {
				first &= before(hit)
			}
			n += bits.TrailingZeros64(hit) >> 3
			if b[i] != '"' || b[n] != '"' || b[n+1] != ':' {
				break
			}
			size := uint64(n - i - 1)
			at = int(nameHash(first, second, third, size) & (nameSlots - 1))
			e = &slots[at]
			for way := 1; !e.is(first, second, third, size); way++ {
				if way == ways {
					goto item
				}
				at ^= way ^ (way - 1)
				e = &slots[at&(nameSlots-1)]
			}
			if e.has&hasSpared == 0 || e.spare&spareName == 0 {
				break
			}
			if k = n + 2; b[k] == ' ' {
				k++
			}
			if k-safe > limit || b[k] <= ' ' {
				break
			}
			if from != 0 {
				if e.has&hasMask == 0 {
					break
				}
				if set.words > 1 {
					if p.reaches(at) {
						goto value
					}
				} else {
					to := from&set.masks[at]<<1 | from&loop
					if to |= to & loop << 1; to&accept != 0 {
						goto value
					}
				}
			}
			if e.spare&sparePlain == 0 {
				goto value
			}
		}
		{
			v, digits := k, 0
			switch c := b[k]; {
			case c == '"':
				v++
				var odd uint64
				for {
					if v+8 > len(b) {
						goto item
					}
					w := binary.LittleEndian.Uint64(b[v:])
					hit := stop(w)
					d := w ^ ones*'0'
					digit := ^(d&^highs + ones*0x76 | d) & highs
					one, two := w^marks[0], w^marks[1]
					mark := (one-ones)&^one | (two-ones)&^two
					if hit != 0 {
						hit = hit&-hit - 1
						odd |= mark & hit
						digits += bits.OnesCount64(digit & hit)
						v += bits.OnesCount64(hit) >> 3
						break
					}
					odd |= mark
					digits += bits.OnesCount64(digit)
					v += 8
				}
				n := v - k - 1
				if first := b[k+1]; b[v] != '"' || n >= limit || first <= ' ' || first|0x20 == '{' {
					goto value
				}
				if odd&highs != 0 || n >= lengths[min(digits, len(lengths)-1)] {
					if !array {
						field = e.lower
					}
					if look == nil || !look(b[k+1:v:v], field, false) {
						goto value
					}
				}
				v++
			case c-'0' < 10 || c == '-':
				if c == '-' {
					v++
				}
				whole := v
				v = digitsEnd(b, v)
				digits = v - whole
				if digits == 0 || b[whole] == '0' && digits > 1 || v == len(b) {
					goto value
				}
				if b[v] == '.' {
					fraction := v + 1
					v = digitsEnd(b, fraction)
					digits += v - fraction
					if v == fraction || v == len(b) {
						goto value
					}
				}
				if numeric(b[v]) || v-k >= limit {
					goto value
				}
				if v-k >= lengths[min(digits, len(lengths)-1)] {
					if !array {
						field = e.lower
					}
					if look == nil || !look(b[k:v:v], field, true) {
						goto value
					}
				}
			case c == 't' && string(b[k:k+4]) == "true":
				v += 4
			case c == 'n' && string(b[k:k+4]) == "null":
				v += 4
			case c == 'f' && string(b[k:k+5]) == "false":
				v += 5
			default:
				goto value
			}
			index++
			safe = v
			if v+1 >= len(b) || b[v] != ',' {
				i = v
				j.state = jsonAfter
				goto item
			}
			if i = v + 1; b[i] <= ' ' {
				i = longSpace(b, i)
			}
		}
	}
item:
	if index > top.index {
		top.index, top.kept, j.safe = index, true, safe
	}
	return i
value:
	top.index = index + 1
	if safe > j.safe {
		top.kept, j.safe = true, safe
	}
	j.item = i
	if array {
		p.setIndex(int(top.index))
	} else {
		j.nameEnd, j.nameEscaped, j.named, j.spareable = k, false, Keep, e.spare
		for j.b[j.nameEnd-1] != '"' {
			j.nameEnd--
		}
		p.place(e, at, b[i+1:j.nameEnd-1])
	}
	j.state = jsonValue
	return k
}

// is tells whether a slot is that of a name of n bytes, at most 24.
func (e *slot) is(first, second, third, n uint64) bool {
	return e.head[0]^first|e.head[1]^second|e.head[2]^third|uint64(e.size)^(n+1) == 0
}

// stop flags the quotes, backslashes and control characters in a word. The lowest flag
// is right; others may be set by a borrow.
func stop(w uint64) uint64 {
	// With its second bit turned, the quote stands next to the control characters.
	low, slash := w^ones*2, w^ones*'\\'
	return ((low-ones*0x21)&^low | (slash-ones)&^slash) & highs
}

// before masks the bytes below the lowest flag.
func before(flags uint64) uint64 { return (flags&-flags)>>7 - 1 }

// digitsEnd returns where digits end.
func digitsEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		d := binary.LittleEndian.Uint64(b[i:]) ^ ones*'0'
		if other := (d&^highs + ones*0x76 | d) & highs; other != 0 {
			return i + bits.TrailingZeros64(other)>>3
		}
	}
	return digits(b, i)
}
