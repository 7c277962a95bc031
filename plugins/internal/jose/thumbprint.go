package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
)

// Thumbprint returns the SHA-256 thumbprint of the key (RFC 7638, and for
// Ed25519 RFC 8037, Section 2) in base64url, 43 characters: a name that all who
// hold the same key compute alike, whatever else its JWK says.
//
// It is computed from the key and not from the text of its JWK; [ParseKeySet]
// and [ParseProof] accept but one spelling of each member that counts.
func (k *Key) Thumbprint() string {
	// RFC 7638, Section 3: the required members in the order of their names,
	// without white space.
	var b []byte
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		b = append(b, `{"e":"`...)
		b = strict.AppendEncode(b, big.NewInt(int64(public.E)).Bytes())
		b = append(b, `","kty":"RSA","n":"`...)
		b = strict.AppendEncode(b, public.N.Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return ""
		}
		size := (len(point) - 1) / 2
		b = append(b, `{"crv":"`+public.Curve.Params().Name+`","kty":"EC","x":"`...)
		b = strict.AppendEncode(b, point[1:1+size])
		b = append(b, `","y":"`...)
		b = strict.AppendEncode(b, point[1+size:])
	case ed25519.PublicKey:
		b = append(b, `{"crv":"Ed25519","kty":"OKP","x":"`...)
		b = strict.AppendEncode(b, public)
	default:
		return ""
	}
	sum := sha256.Sum256(append(b, `"}`...))
	return strict.EncodeToString(sum[:])
}
