package jose

import (
	"crypto"
	"math/bits"
	"strings"

	_ "crypto/sha256" // SHA-256 for crypto.Hash.New
	_ "crypto/sha512" // SHA-384 and SHA-512
)

// Algorithm is a digital signature algorithm of JWS. The zero value is none of
// them.
type Algorithm uint8

// The algorithms of RFC 7518, Section 3.1, RFC 8037, Section 3.1 (EdDSA) and
// RFC 9864, Section 2.2 (Ed25519). EdDSA and Ed25519 are two names of one
// computation here, since Ed448 is not implemented; a token's name must be
// allowed as it is spelled.
const (
	RS256 Algorithm = iota + 1
	RS384
	RS512
	PS256
	PS384
	PS512
	ES256
	ES384
	ES512
	EdDSA
	Ed25519
)

// family is the computation behind an algorithm.
type family uint8

const (
	rsaPKCS1 family = iota + 1
	rsaPSS
	ecdsaFixed
	edwards
)

// definition is what an algorithm's name stands for. RFC 8725, Section 3.1
// wants the name bound to one kind of key, Section 3.2 to one computation.
type definition struct {
	name   string
	family family
	hash   crypto.Hash
	kty    string
	// crv is the only curve the algorithm may be used with. RFC 7518, Section
	// 3.4 binds each ECDSA algorithm to one.
	crv string
}

var definitions = [...]definition{
	RS256:   {"RS256", rsaPKCS1, crypto.SHA256, "RSA", ""},
	RS384:   {"RS384", rsaPKCS1, crypto.SHA384, "RSA", ""},
	RS512:   {"RS512", rsaPKCS1, crypto.SHA512, "RSA", ""},
	PS256:   {"PS256", rsaPSS, crypto.SHA256, "RSA", ""},
	PS384:   {"PS384", rsaPSS, crypto.SHA384, "RSA", ""},
	PS512:   {"PS512", rsaPSS, crypto.SHA512, "RSA", ""},
	ES256:   {"ES256", ecdsaFixed, crypto.SHA256, "EC", "P-256"},
	ES384:   {"ES384", ecdsaFixed, crypto.SHA384, "EC", "P-384"},
	ES512:   {"ES512", ecdsaFixed, crypto.SHA512, "EC", "P-521"},
	EdDSA:   {"EdDSA", edwards, 0, "OKP", "Ed25519"},
	Ed25519: {"Ed25519", edwards, 0, "OKP", "Ed25519"},
}

// ParseAlgorithm returns the algorithm called name, which is case-sensitive
// (RFC 7515, Section 4.1.1), and false if there is none of that name.
func ParseAlgorithm(name string) (Algorithm, bool) {
	for a := RS256; a <= Ed25519; a++ {
		if definitions[a].name == name {
			return a, true
		}
	}
	return 0, false
}

// String returns the algorithm's registered name.
func (a Algorithm) String() string {
	if a == 0 || int(a) >= len(definitions) {
		return "none"
	}
	return definitions[a].name
}

// Algorithms is a set of algorithms. The zero value is empty: it allows none.
type Algorithms uint16

// With returns the set with a in it.
func (s Algorithms) With(a Algorithm) Algorithms { return s | 1<<a }

// Has reports whether a is in the set.
func (s Algorithms) Has(a Algorithm) bool { return a != 0 && s&(1<<a) != 0 }

// Len returns how many algorithms are in the set.
func (s Algorithms) Len() int { return bits.OnesCount16(uint16(s)) }

// String lists the names in the order of the declarations, for messages.
func (s Algorithms) String() string {
	var names []string
	for a := RS256; a <= Ed25519; a++ {
		if s.Has(a) {
			names = append(names, a.String())
		}
	}
	return strings.Join(names, ", ")
}

// AllAlgorithms returns the set of every algorithm of this package.
func AllAlgorithms() Algorithms {
	var s Algorithms
	for a := RS256; a <= Ed25519; a++ {
		s = s.With(a)
	}
	return s
}
