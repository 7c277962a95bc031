package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"strconv"
	"strings"
)

// Bounds of an RSA key. NIST SP 800-131A asks for 2048 bits at least, as does
// RFC 7518, Section 3.3; the upper bound is where one verification starts to
// cost a request more than it should.
const (
	MinRSABits = 2048
	MaxRSABits = 8192
)

// Bounds of the public exponent: FIPS 186-5, Section A.1.1 wants it odd and
// above 2^16, crypto/rsa wants it below 2^31.
const (
	minExponent = 1<<16 + 1
	maxExponent = 1<<31 - 1
)

// maxKeyID bounds "kid", in bytes, on both sides.
const maxKeyID = 256

// Key is a public key that verifies signatures. It is made by [ParseKeySet] and
// never changes.
type Key struct {
	id         string
	public     crypto.PublicKey
	algorithms Algorithms
	spki       []byte
}

// ID returns the key's "kid", and "" if it has none.
func (k *Key) ID() string { return k.id }

// Public returns the key itself: *rsa.PublicKey, *ecdsa.PublicKey or
// ed25519.PublicKey.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Algorithms returns those the key may be used with: the one its "alg" names,
// or else all that fit its type and curve.
func (k *Key) Algorithms() Algorithms { return k.algorithms }

// KeyError is why a JSON Web Key is refused. It never quotes the key: what
// stands in the wrong member may be a secret.
type KeyError struct {
	// Member is the name of the member at fault, "" if it is the key as a whole.
	Member string
	// Problem is what it is and what is wanted.
	Problem string
}

// Error returns the problem, with the member's name in front.
func (e *KeyError) Error() string {
	if e.Member == "" {
		return e.Problem
	}
	return e.Member + ": " + e.Problem
}

// privateMembers hold private or symmetric key material (RFC 7518, Sections
// 6.2.2, 6.3.2 and 6.4.1, RFC 8037, Section 2).
var privateMembers = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// parseKey makes a key of a JSON Web Key. Where it returns neither key nor
// error, the key is in order but not for verifying signatures.
//
// "x5u", "x5c", "x5t" and members it does not know are ignored (RFC 7517,
// Section 4): a key counts only by its own parameters.
func parseKey(o Object) (*Key, *KeyError) {
	for _, name := range privateMembers {
		if o.Get(name).Kind() != Absent {
			return nil, &KeyError{name, "private or symmetric key material, want a public key only"}
		}
	}
	verifies, problem := forVerifying(o)
	if problem != nil || !verifies {
		return nil, problem
	}
	id, problem := textMember(o, "kid", false)
	if problem != nil {
		return nil, problem
	}
	if len(id) > maxKeyID {
		return nil, &KeyError{"kid", strconv.Itoa(len(id)) + " bytes, want at most " + strconv.Itoa(maxKeyID)}
	}
	kty, problem := textMember(o, "kty", true)
	if problem != nil {
		return nil, problem
	}
	var public crypto.PublicKey
	var crv string
	switch kty {
	case "RSA":
		public, problem = parseRSA(o)
	case "EC":
		public, crv, problem = parseEC(o)
	case "OKP":
		public, crv, problem = parseOKP(o)
	default:
		return nil, &KeyError{"kty", "want RSA, EC or OKP"}
	}
	if problem != nil {
		return nil, problem
	}
	fit := fitting(kty, crv)
	alg, problem := textMember(o, "alg", false)
	if problem != nil {
		return nil, problem
	}
	if o.Get("alg").Kind() != Absent {
		a, ok := ParseAlgorithm(alg)
		if !ok || !fit.Has(a) {
			return nil, &KeyError{"alg", "want for this key one of " + fit.String()}
		}
		fit = Algorithms(0).With(a)
	}
	return &Key{id, public, fit, subjectPublicKeyInfo(public)}, nil
}

// fitting returns the algorithms that a key of this type and curve may be used
// with.
func fitting(kty, crv string) Algorithms {
	var s Algorithms
	for a := RS256; a <= Ed25519; a++ {
		if definitions[a].kty == kty && definitions[a].crv == crv {
			s = s.With(a)
		}
	}
	return s
}

// forVerifying reports whether a key may verify signatures by its "use" (RFC
// 7517, Section 4.2), "key_ops" (Section 4.3) and "alg": key sets of identity
// providers also hold encryption keys.
func forVerifying(o Object) (bool, *KeyError) {
	use, problem := textMember(o, "use", false)
	if problem != nil {
		return false, problem
	}
	if o.Get("use").Kind() != Absent && use != "sig" {
		return false, nil
	}
	if ops := o.Get("key_ops"); ops.Kind() != Absent {
		names, ok := ops.Texts()
		if !ok {
			return false, &KeyError{"key_ops", "want an array of strings"}
		}
		verify := false
		for i, name := range names {
			for _, earlier := range names[:i] {
				if name == earlier {
					return false, &KeyError{"key_ops", "one value twice, want each once"}
				}
			}
			verify = verify || name == "verify"
		}
		if !verify {
			return false, nil
		}
	}
	// RFC 7518, Section 4.1: the algorithms of JWE key management.
	alg, _ := o.Get("alg").Text()
	if use == "" && (strings.HasPrefix(alg, "RSA-OAEP") || strings.HasPrefix(alg, "ECDH-ES") || alg == "RSA1_5") {
		return false, nil
	}
	return true, nil
}

// parseRSA reads the members of RFC 7518, Section 6.3.1.
func parseRSA(o Object) (crypto.PublicKey, *KeyError) {
	n, problem := bytesMember(o, "n")
	if problem != nil {
		return nil, problem
	}
	e, problem := bytesMember(o, "e")
	if problem != nil {
		return nil, problem
	}
	for _, member := range []struct {
		name  string
		bytes []byte
	}{{"n", n}, {"e", e}} {
		if len(member.bytes) == 0 || member.bytes[0] == 0 {
			return nil, &KeyError{member.name, "leading zero octet, want the shortest encoding"}
		}
	}
	if len(n) > MaxRSABits/8 {
		return nil, &KeyError{"n", "more than " + strconv.Itoa(MaxRSABits) + " bits, want " + rsaRange()}
	}
	modulus := new(big.Int).SetBytes(n)
	if modulus.BitLen() < MinRSABits {
		return nil, &KeyError{"n", strconv.Itoa(modulus.BitLen()) + " bits, want " + rsaRange()}
	}
	if modulus.Bit(0) == 0 {
		return nil, &KeyError{"n", "even number, want a product of two odd primes"}
	}
	if isROCA(modulus) {
		return nil, &KeyError{"n", "made by a generator with a known flaw (CVE-2017-15361), want a new key"}
	}
	exponent := new(big.Int).SetBytes(e)
	if !exponent.IsInt64() || exponent.Int64() < minExponent || exponent.Int64() > maxExponent || exponent.Bit(0) == 0 {
		return nil, &KeyError{"e", "want an odd number from " + strconv.Itoa(minExponent) + " to " + strconv.Itoa(maxExponent)}
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

func rsaRange() string {
	return strconv.Itoa(MinRSABits) + " to " + strconv.Itoa(MaxRSABits)
}

// isROCA reports whether a modulus has the mark of the Infineon generator: its
// primes are powers of 65537 modulo many small primes, and so is their product.
// A good modulus has the mark by chance less than once in 2^27 keys.
func isROCA(modulus *big.Int) bool {
	small := [...]int64{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83,
		89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167}
	rest := new(big.Int)
	for _, prime := range small {
		want := rest.Mod(modulus, big.NewInt(prime)).Int64()
		found := false
		for power, i := int64(1), int64(0); i < prime && !found; i++ {
			found = power == want
			power = power * 65537 % prime
		}
		if !found {
			return false
		}
	}
	return true
}

// parseEC reads the members of RFC 7518, Section 6.2.1. That the point is on
// its curve is checked here, once, so that no verification needs to.
func parseEC(o Object) (crypto.PublicKey, string, *KeyError) {
	crv, problem := textMember(o, "crv", true)
	if problem != nil {
		return nil, "", problem
	}
	var curve elliptic.Curve
	switch crv {
	case "P-256":
		curve = elliptic.P256()
	case "P-384":
		curve = elliptic.P384()
	case "P-521":
		curve = elliptic.P521()
	default:
		return nil, "", &KeyError{"crv", "want P-256, P-384 or P-521"}
	}
	size := (curve.Params().BitSize + 7) / 8
	point := []byte{4}
	for _, name := range []string{"x", "y"} {
		coordinate, problem := bytesMember(o, name)
		if problem != nil {
			return nil, "", problem
		}
		if len(coordinate) != size {
			return nil, "", &KeyError{name, strconv.Itoa(len(coordinate)) + " octets, want " + strconv.Itoa(size)}
		}
		point = append(point, coordinate...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, "", &KeyError{"", "x and y are not a point of " + crv}
	}
	return public, crv, nil
}

// parseOKP reads the members of RFC 8037, Section 2.
func parseOKP(o Object) (crypto.PublicKey, string, *KeyError) {
	crv, problem := textMember(o, "crv", true)
	if problem != nil {
		return nil, "", problem
	}
	if crv != "Ed25519" {
		return nil, "", &KeyError{"crv", "want Ed25519"}
	}
	x, problem := bytesMember(o, "x")
	if problem != nil {
		return nil, "", problem
	}
	if len(x) != ed25519.PublicKeySize {
		return nil, "", &KeyError{"x", strconv.Itoa(len(x)) + " octets, want " + strconv.Itoa(ed25519.PublicKeySize)}
	}
	return ed25519.PublicKey(x), crv, nil
}

// textMember returns a member that is a string.
func textMember(o Object, name string, required bool) (string, *KeyError) {
	v := o.Get(name)
	if v.Kind() == Absent && !required {
		return "", nil
	}
	text, ok := v.Text()
	switch {
	case v.Kind() == Absent:
		return "", &KeyError{name, "missing"}
	case !ok:
		return "", &KeyError{name, "want a string"}
	}
	return text, nil
}

// bytesMember returns a member that is a base64url string.
func bytesMember(o Object, name string) ([]byte, *KeyError) {
	text, problem := textMember(o, name, true)
	if problem != nil {
		return nil, problem
	}
	b, err := decodeBase64URL(text)
	if err != nil {
		return nil, &KeyError{name, "want base64url without padding"}
	}
	return b, nil
}
