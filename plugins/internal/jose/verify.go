package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"math/big"
)

// VerifyFunc reports whether key made signature over input with algorithm. It
// is called only with an algorithm that key.Algorithms has. A host's own
// cryptography stands in for [VerifySignature] through it, and must refuse what
// that refuses.
type VerifyFunc func(algorithm Algorithm, key *Key, input, signature []byte) bool

// VerifySignature is the [VerifyFunc] on the standard library. Beside a wrong
// signature it refuses one whose length is not that of the key: a signature has
// one spelling.
func VerifySignature(algorithm Algorithm, key *Key, input, signature []byte) bool {
	if !key.algorithms.Has(algorithm) {
		return false
	}
	d := &definitions[algorithm]
	if d.family == edwards {
		public, ok := key.public.(ed25519.PublicKey)
		// RFC 8032, Section 5.1.7: 64 octets, S below the group's order.
		return ok && len(signature) == ed25519.SignatureSize && ed25519.Verify(public, input, signature)
	}
	h := d.hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	switch d.family {
	case rsaPKCS1:
		// RFC 7518, Section 3.3.
		public, ok := key.public.(*rsa.PublicKey)
		return ok && len(signature) == public.Size() && rsa.VerifyPKCS1v15(public, d.hash, digest, signature) == nil
	case rsaPSS:
		// RFC 7518, Section 3.5: the salt is as long as the hash, MGF1 uses the
		// same hash. crypto/rsa would also take a salt of any length.
		public, ok := key.public.(*rsa.PublicKey)
		options := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		return ok && len(signature) == public.Size() && rsa.VerifyPSS(public, d.hash, digest, signature, &options) == nil
	case ecdsaFixed:
		// RFC 7518, Section 3.4: r and s, each as long as the curve's order, not
		// ASN.1. Verify refuses zero and numbers of the order or above.
		public, ok := key.public.(*ecdsa.PublicKey)
		if !ok {
			return false
		}
		size := (public.Curve.Params().N.BitLen() + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		r := new(big.Int).SetBytes(signature[:size])
		s := new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(public, digest, r, s)
	}
	return false
}
