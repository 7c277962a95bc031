package slot

import (
	"encoding/binary"
	"math/bits"
)

// sipHash is SipHash-2-4 with a result of 128 bits, in two halves: a function
// that nobody can predict without the key (Aumasson and Bernstein, "SipHash: a
// fast short-input PRF", and the reference implementation for 128 bits).
func sipHash[T string | []byte](k0, k1 uint64, text T) (first, second uint64) {
	a, b, c, d := k0^0x736f6d6570736575, k1^0x646f72616e646f6d^0xee, k0^0x6c7967656e657261, k1^0x7465646279746573
	rest := text
	for ; len(rest) >= 8; rest = rest[8:] {
		m := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		a, b, c, d = round(a, b, c, d^m)
		a, b, c, d = round(a, b, c, d)
		a ^= m
	}
	last := uint64(len(text)) << 56
	for i := range len(rest) {
		last |= uint64(rest[i]) << (8 * i)
	}
	a, b, c, d = round(a, b, c, d^last)
	a, b, c, d = round(a, b, c, d)
	a, c = a^last, c^0xee
	for range 4 {
		a, b, c, d = round(a, b, c, d)
	}
	first = a ^ b ^ c ^ d
	b ^= 0xdd
	for range 4 {
		a, b, c, d = round(a, b, c, d)
	}
	return first, a ^ b ^ c ^ d
}

// round is a round on the four words of the state, which stay in registers where it
// is inlined.
func round(a, b, c, d uint64) (uint64, uint64, uint64, uint64) {
	a += b
	c += d
	b = bits.RotateLeft64(b, 13) ^ a
	d = bits.RotateLeft64(d, 16) ^ c
	a = bits.RotateLeft64(a, 32)
	c += b
	a += d
	b = bits.RotateLeft64(b, 17) ^ c
	d = bits.RotateLeft64(d, 21) ^ a
	return a, b, bits.RotateLeft64(c, 32), d
}

// halves reads a key of 16 bytes.
func halves(key []byte) (k0, k1 uint64) {
	return binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[8:])
}
