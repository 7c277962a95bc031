package format

import (
	"encoding/binary"
	"math/bits"
)

// inflater decodes DEFLATE (RFC 1951) as its bytes come: it stops at any bit and
// goes on from there. compress/flate cannot do that: it pulls from a reader, and
// is at its end after the first byte that is not there yet.
//
// It accepts what compress/flate accepts.
type inflater struct {
	// acc holds the next n bits, the first of them lowest. Bits above n are zero
	// between calls.
	acc   uint64
	n     uint
	stage inflateStage
	last  bool // the block is the last one

	// buf has up to window bytes of what went before and then what is new:
	// buf[taken:pos] was not handed out yet.
	buf        []byte
	taken, pos int

	stored     int // bytes that a stored block still has
	literals   int // number of literal and length codes, of distance codes,
	distances  int
	lengthsN   int // of code length codes
	at         int // next code length
	codeLength [maxLiterals + maxDistances]uint8
	codes      prefixCode // code lengths
	lit, dist  prefixCode
}

const (
	window       = 32 << 10
	maxMatch     = 258
	maxLiterals  = 286
	maxDistances = 30
)

type inflateStage uint8

const (
	inflateBlock   inflateStage = iota // block header
	inflateStored                      // lengths of a stored block
	inflateCopy                        // bytes of a stored block
	inflateDynamic                     // counts of code lengths
	inflateCodes                       // lengths of the code length codes
	inflateLengths                     // code lengths
	inflateData                        // compressed bytes
	inflateDone                        // behind the last block
)

func (f *inflater) reset() {
	buf := f.buf
	if buf == nil {
		buf = make([]byte, 2*window)
	}
	f.acc, f.n, f.stage, f.last = 0, 0, inflateBlock, false
	f.buf, f.taken, f.pos = buf, 0, 0
}

// out returns what was decoded since the last call. It is valid until decode is
// called.
func (f *inflater) out() []byte {
	b := f.buf[f.taken:f.pos]
	f.taken = f.pos
	return b
}

// need fills the accumulator with k bits, at most 57, if src has them.
func (f *inflater) need(src []byte, i int, k uint) (int, bool) {
	for f.n < k {
		if i == len(src) {
			return i, false
		}
		f.acc |= uint64(src[i]) << f.n
		f.n += 8
		i++
	}
	return i, true
}

func (f *inflater) take(k uint) uint32 {
	v := uint32(f.acc & (1<<k - 1))
	f.acc >>= k
	f.n -= k
	return v
}

// align drops bits up to a byte boundary.
func (f *inflater) align() { f.take(f.n & 7) }

// decode takes bytes of src until it used them up, has no more room for what it
// decodes, which out then returns, or is done. It reports how many it took. What
// it holds of them in acc behind the last block belongs to what follows.
func (f *inflater) decode(src []byte) (int, error) {
	if len(f.buf)-f.pos <= maxMatch {
		copy(f.buf, f.buf[f.pos-window:f.pos])
		f.taken, f.pos = window, window
	}
	i, ok := 0, true
	for {
		switch f.stage {
		case inflateBlock:
			if f.last {
				f.stage = inflateDone
				continue
			}
			if i, ok = f.need(src, i, 3); !ok {
				return i, nil
			}
			f.last = f.take(1) == 1
			switch f.take(2) {
			case 0:
				f.align()
				f.stage = inflateStored
			case 1:
				f.fixed()
				f.stage = inflateData
			case 2:
				f.stage = inflateDynamic
			default:
				return i, ErrCompressed
			}
		case inflateStored:
			if i, ok = f.need(src, i, 32); !ok {
				return i, nil
			}
			v := f.take(32)
			if v>>16 != ^v&0xffff {
				return i, ErrCompressed
			}
			f.stored = int(v & 0xffff)
			f.stage = inflateCopy
		case inflateCopy:
			if i, ok = f.copyStored(src, i); !ok {
				return i, nil
			}
			f.stage = inflateBlock
		case inflateDynamic:
			if i, ok = f.need(src, i, 14); !ok {
				return i, nil
			}
			f.literals = int(f.take(5)) + 257
			f.distances = int(f.take(5)) + 1
			f.lengthsN = int(f.take(4)) + 4
			if f.literals > maxLiterals || f.distances > maxDistances {
				return i, ErrCompressed
			}
			f.at = 0
			clear(f.codeLength[:len(lengthOrder)])
			f.stage = inflateCodes
		case inflateCodes:
			for ; f.at < f.lengthsN; f.at++ {
				if i, ok = f.need(src, i, 3); !ok {
					return i, nil
				}
				f.codeLength[lengthOrder[f.at]] = uint8(f.take(3))
			}
			if !f.codes.build(f.codeLength[:len(lengthOrder)]) {
				return i, ErrCompressed
			}
			f.at = 0
			f.stage = inflateLengths
		case inflateLengths:
			var err error
			if i, ok, err = f.readLengths(src, i); !ok || err != nil {
				return i, err
			}
			f.stage = inflateData
		case inflateData:
			var err error
			if i, ok, err = f.data(src, i); !ok || err != nil {
				return i, err
			}
			f.stage = inflateBlock
		case inflateDone:
			return i, nil
		}
	}
}

// copyStored copies bytes of a stored block; it is done when all are there.
func (f *inflater) copyStored(src []byte, i int) (int, bool) {
	for f.stored > 0 && f.n >= 8 && f.pos < len(f.buf) {
		f.buf[f.pos] = byte(f.take(8))
		f.pos++
		f.stored--
	}
	if f.n < 8 {
		n := copy(f.buf[f.pos:min(len(f.buf), f.pos+f.stored)], src[i:])
		f.pos += n
		f.stored -= n
		i += n
	}
	return i, f.stored == 0
}

// lengthOrder is the order of the code length codes (RFC 1951, Section 3.2.7).
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readLengths reads the code lengths of a dynamic block.
func (f *inflater) readLengths(src []byte, i int) (int, bool, error) {
	total := f.literals + f.distances
	for f.at < total {
		i, _ = f.need(src, i, 14)
		symbol, length := f.codes.symbol(f.acc, f.n)
		if length == 0 {
			return i, false, ErrCompressed
		}
		extra := uint(0)
		if symbol >= 16 {
			extra = uint([...]uint8{2, 3, 7}[symbol-16])
		}
		if f.n < length+extra {
			return i, false, nil
		}
		f.take(length)
		if symbol < 16 {
			f.codeLength[f.at] = uint8(symbol)
			f.at++
			continue
		}
		repeat, value := int(f.take(extra))+3, uint8(0)
		switch symbol {
		case 16:
			if f.at == 0 {
				return i, false, ErrCompressed
			}
			value = f.codeLength[f.at-1]
		case 18:
			repeat += 8
		}
		if f.at+repeat > total {
			return i, false, ErrCompressed
		}
		for range repeat {
			f.codeLength[f.at] = value
			f.at++
		}
	}
	// a block without an end-of-block code never ends
	if f.codeLength[256] == 0 || !f.lit.build(f.codeLength[:f.literals]) || !f.dist.build(f.codeLength[f.literals:total]) {
		return i, false, ErrCompressed
	}
	return i, true, nil
}

// fixed sets the codes of RFC 1951, Section 3.2.6.
func (f *inflater) fixed() {
	var lengths [288]uint8
	for s := range lengths {
		switch {
		case s < 144:
			lengths[s] = 8
		case s < 256:
			lengths[s] = 9
		case s < 280:
			lengths[s] = 7
		default:
			lengths[s] = 8
		}
	}
	f.lit.build(lengths[:])
	for s := range 32 {
		lengths[s] = 5
	}
	f.dist.build(lengths[:32])
}

// Lengths and distances of RFC 1951, Section 3.2.5.
var (
	lengthBase = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthBits = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase   = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distBits   = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// data decodes symbols up to the end of a block. A length and its distance take
// 48 bits at most and are taken from the accumulator together, or left there.
func (f *inflater) data(src []byte, i int) (int, bool, error) {
	acc, n, pos, buf := f.acc, f.n, f.pos, f.buf
	ended, bad := false, false
	for len(buf)-pos > maxMatch {
		if len(src)-i >= 8 {
			acc |= binary.LittleEndian.Uint64(src[i:]) << n
			k := (63 - n) >> 3
			i += int(k)
			n += k * 8
		} else {
			acc &= 1<<n - 1
			for n <= 56 && i < len(src) {
				acc |= uint64(src[i]) << n
				n += 8
				i++
			}
		}
		e := f.lit.fast[acc&(fastSize-1)]
		symbol, length := uint(e>>4), uint(e&15)
		if e == 0 {
			symbol, length = f.lit.slow(acc, n)
		}
		if length == 0 {
			bad = true
			break
		}
		if length > n {
			break
		}
		if symbol < 256 {
			acc >>= length
			n -= length
			buf[pos] = byte(symbol)
			pos++
			continue
		}
		if symbol == 256 {
			acc >>= length
			n -= length
			ended = true
			break
		}
		symbol -= 257
		if symbol >= uint(len(lengthBase)) {
			bad = true
			break
		}
		a, used := acc>>length, length
		k := uint(lengthBits[symbol])
		match := int(lengthBase[symbol]) + int(a&(1<<k-1))
		a >>= k
		used += k
		if used > n {
			break
		}
		e = f.dist.fast[a&(fastSize-1)]
		symbol, length = uint(e>>4), uint(e&15)
		if e == 0 {
			symbol, length = f.dist.slow(a, n-used)
		}
		if length == 0 || length <= n-used && symbol >= uint(len(distBase)) {
			bad = true
			break
		}
		if length > n-used {
			break
		}
		a >>= length
		k = uint(distBits[symbol])
		used += length + k
		if used > n {
			break
		}
		distance := int(distBase[symbol]) + int(a&(1<<k-1))
		if distance > pos {
			bad = true
			break
		}
		acc = a >> k
		n -= used
		from := pos - distance
		if distance >= match {
			copy(buf[pos:pos+match], buf[from:from+match])
		} else {
			for end := pos + match; pos+distance < end; from, match = pos-distance, end-pos {
				pos += copy(buf[pos:pos+distance], buf[from:from+distance])
			}
			copy(buf[pos:pos+match], buf[from:from+match])
		}
		pos += match
	}
	f.acc, f.n, f.pos = acc&(1<<n-1), n, pos
	if bad {
		return i, false, ErrCompressed
	}
	return i, ended, nil
}

const (
	fastBits = 10
	fastSize = 1 << fastBits
)

// prefixCode decodes a canonical Huffman code: codes of up to fastBits bits by a
// table, longer ones bit by bit.
type prefixCode struct {
	fast    [fastSize]uint16 // symbol<<4 | length, 0 for none
	count   [16]uint16       // of codes of each length
	symbols [288]uint16      // in the order of their codes
}

// build makes a code of the lengths of its symbols. It refuses what is not
// complete, but a code of one symbol or none.
func (c *prefixCode) build(lengths []uint8) bool {
	clear(c.fast[:])
	c.count = [16]uint16{}
	longest := 0
	for _, l := range lengths {
		c.count[l]++
		longest = max(longest, int(l))
	}
	c.count[0] = 0
	var next, first [16]uint16
	code, index := 0, 0
	for l := 1; l <= longest; l++ {
		code <<= 1
		next[l], first[l] = uint16(code), uint16(index)
		code += int(c.count[l])
		index += int(c.count[l])
		if code > 1<<l {
			return false
		}
	}
	if longest > 0 && code != 1<<longest && (code != 1 || longest != 1) {
		return false
	}
	for s, l := range lengths {
		if l == 0 {
			continue
		}
		c.symbols[first[l]] = uint16(s)
		first[l]++
		if l <= fastBits {
			reversed := bits.Reverse16(next[l]) >> (16 - l)
			for at := int(reversed); at < fastSize; at += 1 << l {
				c.fast[at] = uint16(s<<4) | uint16(l)
			}
		}
		next[l]++
	}
	return true
}

// symbol returns the symbol that the first of n bits are the code of, and the
// length of that code, which is greater than n if more are needed, 0 if there is
// no such code.
func (c *prefixCode) symbol(acc uint64, n uint) (symbol, length uint) {
	if e := c.fast[acc&(fastSize-1)]; e != 0 {
		return uint(e >> 4), uint(e & 15)
	}
	return c.slow(acc, n)
}

func (c *prefixCode) slow(acc uint64, n uint) (symbol, length uint) {
	code, first, index := 0, 0, 0
	for l := uint(1); l < 16; l++ {
		if l > n {
			return 0, l
		}
		code |= int(acc & 1)
		acc >>= 1
		count := int(c.count[l])
		if code-first < count {
			return uint(c.symbols[index+code-first]), l
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, 0
}
