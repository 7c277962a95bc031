package slot

import (
	"encoding/binary"
	"math/bits"
)

// sipHash is SipHash-2-4 with a result of 128 bits, in two halves: a function
// that nobody can predict without the key (Aumasson and Bernstein, "SipHash: a
// fast short-input PRF", and the reference implementation for 128 bits).
func sipHash[T string | []byte](k0, k1 uint64, text T) (first, second uint64) {
	s := sip{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	rest := text
	for ; len(rest) >= 8; rest = rest[8:] {
		s.block(uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56)
	}
	last := uint64(len(text)) << 56
	for i := range len(rest) {
		last |= uint64(rest[i]) << (8 * i)
	}
	s.block(last)
	s.c ^= 0xee
	first = s.finish()
	s.b ^= 0xdd
	return first, s.finish()
}

// sip is the state between two blocks.
type sip struct{ a, b, c, d uint64 }

func (s *sip) block(m uint64) {
	s.d ^= m
	s.round()
	s.round()
	s.a ^= m
}

func (s *sip) finish() uint64 {
	for range 4 {
		s.round()
	}
	return s.a ^ s.b ^ s.c ^ s.d
}

func (s *sip) round() {
	s.a += s.b
	s.c += s.d
	s.b = bits.RotateLeft64(s.b, 13) ^ s.a
	s.d = bits.RotateLeft64(s.d, 16) ^ s.c
	s.a = bits.RotateLeft64(s.a, 32)
	s.c += s.b
	s.a += s.d
	s.b = bits.RotateLeft64(s.b, 17) ^ s.c
	s.d = bits.RotateLeft64(s.d, 21) ^ s.a
	s.c = bits.RotateLeft64(s.c, 32)
}

// halves reads a key of 16 bytes.
func halves(key []byte) (k0, k1 uint64) {
	return binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[8:])
}
