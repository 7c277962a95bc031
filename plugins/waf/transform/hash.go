package transform

import (
	"crypto/sha1"
	"encoding/binary"
	"math/bits"
)

// sha1Sum gives the SHA-1 digest, in binary. That a value is its own digest is
// not looked for.
func sha1Sum(dst []byte, s string) ([]byte, bool) {
	base := len(dst)
	dst = append(dst, s...)
	sum := sha1.Sum(dst[base:])
	return append(dst[:base], sum[:]...), true
}

// md5Sum gives the MD5 digest (RFC 1321), in binary. crypto/md5 is not used, as
// what plugins may import does not contain it: no other plugin has to do with
// MD5, and here it is no means of security.
func md5Sum(dst []byte, s string) ([]byte, bool) {
	state := [4]uint32{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476}
	var block [64]byte
	rest := s
	for ; len(rest) >= len(block); rest = rest[len(block):] {
		copy(block[:], rest)
		md5Block(&state, &block)
	}
	// RFC 1321, Sections 3.1 and 3.2: a one bit, zeros, the length in bits.
	n := copy(block[:], rest)
	block[n] = 0x80
	clear(block[n+1:])
	if n >= 56 {
		md5Block(&state, &block)
		clear(block[:])
	}
	binary.LittleEndian.PutUint64(block[56:], uint64(len(s))<<3)
	md5Block(&state, &block)
	for _, word := range state {
		dst = binary.LittleEndian.AppendUint32(dst, word)
	}
	return dst, true
}

// md5Shifts are the rotations of the four rounds of RFC 1321, Section 3.4.
var md5Shifts = [4][4]int{{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}

// md5Block is the four rounds of RFC 1321, Section 3.4 on one block.
func md5Block(state *[4]uint32, block *[64]byte) {
	var x [16]uint32
	for i := range x {
		x[i] = binary.LittleEndian.Uint32(block[i*4:])
	}
	a, b, c, d := state[0], state[1], state[2], state[3]
	for i := range md5Sines {
		var f uint32
		k := 0
		switch i / 16 {
		case 0:
			f, k = b&c|^b&d, i
		case 1:
			f, k = b&d|c&^d, 5*i+1
		case 2:
			f, k = b^c^d, 3*i+5
		case 3:
			f, k = c^(b|^d), 7*i
		}
		f = bits.RotateLeft32(a+f+x[k%16]+md5Sines[i], md5Shifts[i/16][i%4])
		a, b, c, d = d, b+f, b, c
	}
	state[0] += a
	state[1] += b
	state[2] += c
	state[3] += d
}

// md5Sines is the table T of RFC 1321, Section 3.4: the integer part of 2³²
// times |sin(i+1)|.
var md5Sines = [64]uint32{
	0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
	0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
	0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
	0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
	0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
	0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
	0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
	0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
}
