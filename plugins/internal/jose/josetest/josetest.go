// Package josetest makes keys and signed tokens for tests and recordings. Its
// keys are known to everyone who has the source: they protect nothing and must
// not be in any configuration that does.
//
// Keys are derived from their names, so that a token signed today is the one
// that was signed for a recording, and no private key is written down anywhere.
// Signatures are deterministic too, except those of PS256, PS384 and PS512.
package josetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// Key is a key pair of the test.
type Key struct {
	// ID is the "kid".
	ID string
	// Algorithm is what the key's "alg" says and what Sign uses.
	Algorithm string
	private   crypto.Signer
	// parameters are the key's own members in a JWK.
	parameters string
}

// New derives a key pair from its algorithm (RS256 to EdDSA) and id. It panics
// for an algorithm it does not know.
func New(algorithm, id string) *Key {
	k := &Key{ID: id, Algorithm: algorithm}
	switch algorithm {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		// Finding primes takes long, so there is one RSA key for every id.
		private := rsaKey()
		k.private = private
		k.parameters = fmt.Sprintf(`"kty":"RSA","n":%q,"e":"AQAB"`, encode(private.N.Bytes()))
	case "ES256":
		k.deriveEC(elliptic.P256(), "P-256")
	case "ES384":
		k.deriveEC(elliptic.P384(), "P-384")
	case "ES512":
		k.deriveEC(elliptic.P521(), "P-521")
	case "EdDSA", "Ed25519":
		private := ed25519.NewKeyFromSeed(stream(algorithm+id, ed25519.SeedSize))
		k.private = private
		k.parameters = fmt.Sprintf(`"kty":"OKP","crv":"Ed25519","x":%q`, encode(private.Public().(ed25519.PublicKey)))
	default:
		panic("josetest: unknown algorithm " + algorithm)
	}
	return k
}

// stream expands a label to n bytes.
func stream(label string, n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		sum := sha512.Sum512(fmt.Appendf(nil, "gatehouse test only %s %d", label, i))
		b = append(b, sum[:]...)
	}
	return b[:n]
}

// distance is how far the first prime lies above the number derived from a
// label, looked up so that no test has to search for it.
var distance = map[string]int64{"p": 622, "q": 300}

func prime(label string) *big.Int {
	p := new(big.Int).SetBytes(stream(label, 128))
	p.SetBit(p, 1023, 1).SetBit(p, 1022, 1).SetBit(p, 0, 1)
	return p.Add(p, big.NewInt(distance[label]))
}

// rsaKey is the one RSA key, of 2048 bits.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	p, q, one := prime("p"), prime("q"), big.NewInt(1)
	order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	private := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		D:         new(big.Int).ModInverse(big.NewInt(65537), order),
		Primes:    []*big.Int{p, q},
	}
	private.Precompute()
	if err := private.Validate(); err != nil {
		panic("josetest: the derived RSA key is none: " + err.Error())
	}
	return private
})

func (k *Key) deriveEC(curve elliptic.Curve, crv string) {
	size := (curve.Params().BitSize + 7) / 8
	raw := stream(k.Algorithm+k.ID, size)
	// Below the order of every curve.
	raw[0] = 0
	private, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		panic("josetest: the derived EC key is none: " + err.Error())
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		panic("josetest: " + err.Error())
	}
	k.private = private
	k.parameters = fmt.Sprintf(`"kty":"EC","crv":%q,"x":%q,"y":%q`, crv, encode(point[1:1+size]), encode(point[1+size:]))
}

// JWK returns the public key as a JSON Web Key with "kid", "alg" and "use".
func (k *Key) JWK() string {
	return fmt.Sprintf(`{%s,"kid":%q,"alg":%q,"use":"sig"}`, k.parameters, k.ID, k.Algorithm)
}

// BareJWK returns the public key without "kid", "alg" and "use", and with the
// members given, each like `"use":"enc"`.
func (k *Key) BareJWK(members ...string) string {
	return "{" + strings.Join(append([]string{k.parameters}, members...), ",") + "}"
}

// Set returns a JWK Set of public keys.
func Set(keys ...*Key) string {
	jwks := make([]string, len(keys))
	for i, k := range keys {
		jwks[i] = k.JWK()
	}
	return `{"keys":[` + strings.Join(jwks, ",") + `]}`
}

// Token signs the claims, a JSON text, under the header of an access token (RFC
// 9068) that names the key.
func (k *Key) Token(claims string) string {
	return k.Sign(fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"at+jwt"}`, k.Algorithm, k.ID), claims)
}

// Sign returns the compact serialization of a header and a payload, both taken
// as they are, signed with the key's algorithm whatever the header says.
func (k *Key) Sign(header, payload string) string {
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	return input + "." + encode(k.Signature(k.Algorithm, input))
}

// Signature signs input with an algorithm that fits the key's type.
func (k *Key) Signature(algorithm, input string) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[algorithm[2:]]
	digest := []byte(input)
	if hash != 0 {
		h := hash.New()
		h.Write(digest)
		digest = h.Sum(nil)
	}
	var signature []byte
	var err error
	switch private := k.private.(type) {
	case ed25519.PrivateKey:
		signature = ed25519.Sign(private, []byte(input))
	case *rsa.PrivateKey:
		if strings.HasPrefix(algorithm, "PS") {
			signature, err = rsa.SignPSS(rand.Reader, private, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			signature, err = rsa.SignPKCS1v15(nil, private, hash, digest)
		}
	case *ecdsa.PrivateKey:
		// Without a source of randomness the signature is that of RFC 6979.
		var der []byte
		if der, err = private.Sign(nil, digest, hash); err == nil {
			signature = fixed(der, (private.Curve.Params().BitSize+7)/8)
		}
	}
	if err != nil {
		panic("josetest: " + err.Error())
	}
	return signature
}

// fixed turns the ASN.1 sequence of two integers into r and s of a fixed size
// (RFC 7518, Section 3.4).
func fixed(der []byte, size int) []byte {
	out := make([]byte, 2*size)
	rest := der[2:]
	if der[1]&0x80 != 0 {
		rest = der[2+int(der[1]&0x7f):]
	}
	for i := range 2 {
		n := int(rest[1])
		new(big.Int).SetBytes(rest[2 : 2+n]).FillBytes(out[i*size : (i+1)*size])
		rest = rest[2+n:]
	}
	return out
}

// Encode returns base64url without padding.
func Encode(text string) string { return encode([]byte(text)) }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
