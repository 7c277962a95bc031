package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"math/big"
)

// Tags of X.690, Section 8 that a key or a signature is made of.
const (
	tagInteger   = 0x02
	tagBitString = 0x03
	tagSequence  = 0x30
)

// AlgorithmIdentifiers of RFC 3279, Section 2.3.1 and RFC 5480, Section 2.1.1,
// without the outer sequence: an object identifier and its parameters.
const (
	identifierRSA  = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
	identifierP256 = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
	identifierP384 = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"
	identifierP521 = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23"
)

// SPKI returns the key as a SubjectPublicKeyInfo in DER (RFC 5280, Section
// 4.1.2.7), as a host's cryptography takes it, and nil for an Ed25519 key, which
// none takes. It must not be changed.
func (k *Key) SPKI() []byte { return k.spki }

// subjectPublicKeyInfo writes a key down. encoding/asn1 would do it by
// reflection, and add more to a module than all of this package.
func subjectPublicKeyInfo(public crypto.PublicKey) []byte {
	var identifier string
	var key []byte
	switch public := public.(type) {
	case *rsa.PublicKey:
		// RFC 8017, Section A.1.1.
		numbers := appendInteger(nil, public.N.Bytes())
		numbers = appendInteger(numbers, big.NewInt(int64(public.E)).Bytes())
		identifier, key = identifierRSA, appendTagged(nil, tagSequence, numbers)
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // RFC 5480, Section 2.2: uncompressed
		if err != nil {
			return nil
		}
		key = point
		switch public.Curve.Params().BitSize {
		case 256:
			identifier = identifierP256
		case 384:
			identifier = identifierP384
		case 521:
			identifier = identifierP521
		}
	}
	if identifier == "" {
		return nil
	}
	inner := appendTagged(nil, tagSequence, []byte(identifier))
	inner = appendTagged(inner, tagBitString, append([]byte{0}, key...)) // no unused bits
	return appendTagged(nil, tagSequence, inner)
}

// signatureDER turns r and s, half of the signature each (RFC 7518, Section
// 3.4), into the ECDSA-Sig-Value of RFC 3279, Section 2.2.3.
func signatureDER(signature []byte) []byte {
	var room [2 * (3 + 66)]byte
	half := len(signature) / 2
	numbers := appendInteger(room[:0], signature[:half])
	numbers = appendInteger(numbers, signature[half:])
	return appendTagged(make([]byte, 0, 3+len(numbers)), tagSequence, numbers)
}

// appendInteger appends the INTEGER that is the unsigned number in big-endian
// order. It has one encoding, the shortest (X.690, Section 8.3.2).
func appendInteger(b, number []byte) []byte {
	for len(number) > 0 && number[0] == 0 {
		number = number[1:]
	}
	if len(number) == 0 || number[0] >= 0x80 { // which would be negative
		b = appendLength(append(b, tagInteger), len(number)+1)
		return append(append(b, 0), number...)
	}
	return append(appendLength(append(b, tagInteger), len(number)), number...)
}

func appendTagged(b []byte, tag byte, content []byte) []byte {
	return append(appendLength(append(b, tag), len(content)), content...)
}

// appendLength appends a length below 65536 in the shortest form (X.690, Section
// 10.1). No key within the bounds is longer.
func appendLength(b []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(b, byte(n))
	case n < 0x100:
		return append(b, 0x81, byte(n))
	}
	return append(b, 0x82, byte(n>>8), byte(n))
}
