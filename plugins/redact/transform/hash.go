package transform

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strconv"
)

// Encoding is how bytes are written.
type Encoding uint8

// The encodings.
const (
	// Hex is two lower-case digits a byte.
	Hex Encoding = iota
	// Base64URL is that of RFC 4648, Section 5, without padding.
	Base64URL
)

// HashConfig is how values are hashed.
type HashConfig struct {
	// Salt goes into every hash: at least 16 bytes. Required.
	Salt []byte
	// Length of the hash in bytes, 8 to 32. Default 32. Of 16 bytes two values have
	// the same hash with a chance of 1 in 2^64 among 2^32 values, of 8 it is likely.
	Length int
	// Encoding of the hash. Default Hex.
	Encoding Encoding
}

// digest is [NewHash].
type digest struct {
	opaque
	mac      hash.Hash
	sum      [sha256.Size]byte
	length   int
	encoding Encoding
}

// NewHash returns the transform of a value to its HMAC-SHA-256 (RFC 2104) with the
// salt for a key, cut off to the length. HMAC rather than the hash of salt and value
// one after the other: that can be continued without knowing the value.
//
// Whoever knows the salt finds a value of which there are few by trying them all: a
// card number, a telephone number, a date of birth. Use [NewPseudonym] for these.
func NewHash(c HashConfig) (Transform, error) {
	const minSalt, minLength = 16, 8
	if c.Length == 0 {
		c.Length = sha256.Size
	}
	switch {
	case len(c.Salt) < minSalt:
		return nil, errors.New("salt: " + strconv.Itoa(len(c.Salt)) + " bytes, want at least " + strconv.Itoa(minSalt))
	case c.Length < minLength || c.Length > sha256.Size:
		return nil, errors.New("length: " + strconv.Itoa(c.Length) + ", want 8 to 32 bytes")
	case c.Encoding > Base64URL:
		return nil, errors.New("encoding: unknown, want hex or base64url")
	}
	return &digest{opaque: "hash", mac: hmac.New(sha256.New, bytes.Clone(c.Salt)), length: c.Length, encoding: c.Encoding}, nil
}

// Apply appends the hash of the value.
func (d *digest) Apply(dst, value []byte, _ string) ([]byte, error) {
	sum := hmacSum(d.mac, &d.sum, value)[:d.length]
	if d.encoding == Base64URL {
		return coding.AppendEncode(dst, sum), nil
	}
	return hex.AppendEncode(dst, sum), nil
}

// hmacSum writes the MAC of a message into sum.
func hmacSum(mac hash.Hash, sum *[sha256.Size]byte, message []byte) []byte {
	mac.Reset()
	mac.Write(message)
	return mac.Sum(sum[:0])
}
