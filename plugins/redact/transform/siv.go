package transform

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"strconv"
)

// blockSize is that of AES, and the length of a synthetic IV.
const blockSize = aes.BlockSize

// siv is deterministic authenticated encryption, AES-SIV (RFC 5297), with the same
// associated data for all plaintexts.
type siv struct {
	mac, ctr cipher.Block
	// k1 and k2 are the subkeys of CMAC (RFC 4493, Section 2.3).
	k1, k2 [blockSize]byte
	// d is S2V's D after all associated data (RFC 5297, Section 2.4).
	d [blockSize]byte
	// x, q and stream are blocks that are passed to a cipher.
	x, q, stream [blockSize]byte
	text         []byte
}

// newSIV returns AES-SIV with a key of 32, 48 or 64 bytes, half of them for the MAC
// and half for encryption (RFC 5297, Section 2.2).
func newSIV(key []byte, associated ...[]byte) (*siv, error) {
	switch len(key) {
	case 32, 48, 64:
	default:
		return nil, errors.New("key of " + strconv.Itoa(len(key)) + " bytes, want 32, 48 or 64")
	}
	mac, err := aes.NewCipher(key[:len(key)/2])
	if err != nil {
		return nil, err
	}
	ctr, err := aes.NewCipher(key[len(key)/2:])
	if err != nil {
		return nil, err
	}
	s := &siv{mac: mac, ctr: ctr}
	mac.Encrypt(s.k1[:], s.k1[:])
	double(&s.k1)
	s.k2 = s.k1
	double(&s.k2)
	// RFC 5297, Section 2.4: D = AES-CMAC(K, <zero>), then for each string
	// D = dbl(D) xor AES-CMAC(K, Si).
	s.cmac(make([]byte, blockSize))
	s.d = s.x
	for _, a := range associated {
		double(&s.d)
		s.cmac(a)
		subtle.XORBytes(s.d[:], s.d[:], s.x[:])
	}
	return s, nil
}

// double is dbl (RFC 5297, Section 2.3): multiplication by x in GF(2^128).
func double(b *[blockSize]byte) {
	carry := byte(0)
	for i := blockSize - 1; i >= 0; i-- {
		carry, b[i] = b[i]>>7, b[i]<<1|carry
	}
	b[blockSize-1] ^= 0x87 & -carry
}

// cmac leaves AES-CMAC (RFC 4493, Section 2.4) of a message in x.
func (s *siv) cmac(message []byte) {
	clear(s.x[:])
	for len(message) > blockSize {
		subtle.XORBytes(s.x[:], s.x[:], message[:blockSize])
		s.mac.Encrypt(s.x[:], s.x[:])
		message = message[blockSize:]
	}
	subtle.XORBytes(s.x[:], s.x[:], message)
	last := &s.k1
	if len(message) < blockSize {
		s.x[len(message)] ^= 0x80
		last = &s.k2
	}
	subtle.XORBytes(s.x[:], s.x[:], last[:])
	s.mac.Encrypt(s.x[:], s.x[:])
}

// s2v leaves the synthetic IV of a plaintext in x (RFC 5297, Section 2.4, from
// "if len(Sn) >= 128").
func (s *siv) s2v(plaintext []byte) {
	text := append(s.text[:0], plaintext...)
	if n := len(text) - blockSize; n >= 0 {
		subtle.XORBytes(text[n:], text[n:], s.d[:])
	} else {
		d := s.d
		double(&d)
		text = append(text, 0x80)
		for len(text) < blockSize {
			text = append(text, 0)
		}
		subtle.XORBytes(text, text, d[:])
	}
	s.cmac(text)
	clear(text)
	s.text = reuse(text)
}

// xor encrypts or decrypts text in place in counter mode (RFC 5297, Section 2.5).
func (s *siv) xor(iv, text []byte) {
	copy(s.q[:], iv)
	// RFC 5297, Section 2.6: the 31st and 63rd bits are zero.
	s.q[8] &= 0x7f
	s.q[12] &= 0x7f
	for len(text) > 0 {
		s.ctr.Encrypt(s.stream[:], s.q[:])
		n := subtle.XORBytes(text, text, s.stream[:])
		text = text[n:]
		for i := blockSize - 1; i >= 0; i-- {
			s.q[i]++
			if s.q[i] != 0 {
				break
			}
		}
	}
}

// seal appends the synthetic IV and the ciphertext.
func (s *siv) seal(dst, plaintext []byte) []byte {
	s.s2v(plaintext)
	dst = append(dst, s.x[:]...)
	start := len(dst)
	dst = append(dst, plaintext...)
	s.xor(s.x[:], dst[start:])
	return dst
}

// open appends the plaintext of what seal made, if it did.
func (s *siv) open(dst, sealed []byte) ([]byte, bool) {
	if len(sealed) < blockSize {
		return dst, false
	}
	start := len(dst)
	opened := append(dst, sealed[blockSize:]...)
	s.xor(sealed[:blockSize], opened[start:])
	s.s2v(opened[start:])
	if subtle.ConstantTimeCompare(s.x[:], sealed[:blockSize]) != 1 {
		clear(opened[start:])
		return dst, false
	}
	return opened, true
}
