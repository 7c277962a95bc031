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
	if !key.algorithms.Has(algorithm) || len(signature) != key.signatureSize() {
		return false
	}
	d := &definitions[algorithm]
	if d.family == edwards {
		// RFC 8032, Section 5.1.7: S is below the group's order.
		public, ok := key.public.(ed25519.PublicKey)
		return ok && ed25519.Verify(public, input, signature)
	}
	h := d.hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	switch d.family {
	case rsaPKCS1:
		// RFC 7518, Section 3.3.
		public, ok := key.public.(*rsa.PublicKey)
		return ok && rsa.VerifyPKCS1v15(public, d.hash, digest, signature) == nil
	case rsaPSS:
		// RFC 7518, Section 3.5: the salt is as long as the hash, MGF1 uses the
		// same hash. crypto/rsa would also take a salt of any length.
		public, ok := key.public.(*rsa.PublicKey)
		options := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		return ok && rsa.VerifyPSS(public, d.hash, digest, signature, &options) == nil
	case ecdsaFixed:
		// RFC 7518, Section 3.4: r and s. Verify refuses zero and numbers of the
		// order or above.
		public, ok := key.public.(*ecdsa.PublicKey)
		half := len(signature) / 2
		r := new(big.Int).SetBytes(signature[:half])
		s := new(big.Int).SetBytes(signature[half:])
		return ok && ecdsa.Verify(public, digest, r, s)
	}
	return false
}

// signatureSize is how long every signature of the key is, in octets.
func (k *Key) signatureSize() int {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return public.Size() // RFC 8017, Section 8.2.2
	case *ecdsa.PublicKey:
		// RFC 7518, Section 3.4: two numbers, each as long as the curve's order.
		return 2 * ((public.Curve.Params().N.BitLen() + 7) / 8)
	}
	return ed25519.SignatureSize // RFC 8032, Section 5.1.7
}
