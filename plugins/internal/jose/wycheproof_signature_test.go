package jose

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"
)

// signatureVector is a bare signature of Wycheproof, with everything that this
// package could take it for.
type signatureVector struct {
	id string
	// key is nil if ParseKeySet refuses it.
	key *Key
	// spki is the key as Wycheproof has it in DER, nil if it says more there than
	// the key.
	spki []byte
	// algorithms are the ones to try. Only if the vector was made with the
	// parameters of a JWS algorithm is it accepted, with that one.
	algorithms []Algorithm
	message    []byte
	signature  []byte
	// valid tells whether the signature is one of JWS and good.
	valid bool
}

// signatureGroup is a group of vectors as the files have it.
type signatureGroup struct {
	Type   string
	SHA    string
	MGF    string
	MGFSHA string `json:"mgfSha"`
	SLen   int
	// Where the key is depends on the type.
	PublicKey    signatureKey
	PrivateKey   signatureKey
	PublicKeyDER string
	KeyDER       string
	Tests        []struct {
		TcID    int
		Comment string
		Msg     string
		Sig     string
		Result  string
	}
}

type signatureKey struct {
	Curve          string
	Uncompressed   string
	PK             string
	Modulus        string
	PublicExponent string
}

// signatureFamilies are the files that are read, by what their names match, and
// how many vectors there are in all of them: vectors (of those made with other
// parameters than those of JWS, only the good ones), those that are accepted,
// those whose key is refused, and calls of VerifyFunc, for some are tried with
// every algorithm of their key.
var signatureFamilies = []struct {
	name     string
	patterns []string
	all      signatureCount
	// short is what -short leaves, one vector in shortStride: Wasm without a host
	// takes long for the big curves.
	short signatureCount
}{
	{"ECDSA, r and s", []string{"ecdsa_secp256r1_*_p1363_test.json", "ecdsa_secp384r1_*_p1363_test.json", "ecdsa_secp521r1_*_p1363_test.json"}, signatureCount{1972, 597, 0, 1972}, signatureCount{63, 22, 0, 63}},
	{"ECDSA, ASN.1", []string{"ecdsa_secp256r1_sha256_test.json", "ecdsa_secp384r1_sha384_test.json", "ecdsa_secp521r1_sha512_test.json"}, signatureCount{1530, 600, 0, 1530}, signatureCount{49, 20, 0, 49}},
	{"EdDSA", []string{"ed25519_test.json"}, signatureCount{151, 88, 0, 302}, signatureCount{4, 2, 0, 8}},
	{"RSA PKCS #1 v1.5", []string{"rsa_signature_*_test.json"}, signatureCount{3202, 84, 5, 3389}, signatureCount{103, 4, 0, 109}},
	{"RSA PKCS #1 v1.5, made", []string{"rsa_pkcs1_*_sig_gen_test.json"}, signatureCount{158, 72, 70, 120}, signatureCount{5, 3, 2, 3}},
	{"RSA PSS", []string{"rsa_pss_*_test.json"}, signatureCount{2819, 775, 0, 4575}, signatureCount{90, 25, 0, 146}},
}

// signatureCount is what came of vectors.
type signatureCount struct{ vectors, accepted, weakKeys, calls int }

// shortStride is a prime, so that what is left is of every kind.
const shortStride = 31

// signatureFiles returns the files whose names match.
func signatureFiles(t testing.TB, patterns []string) []string {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		matching, err := fs.Glob(wycheproof.TestVectors, pattern)
		if err != nil || len(matching) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(matching), err)
		}
		files = append(files, matching...)
	}
	return files
}

// signatureVectors reads a file.
func signatureVectors(t testing.TB, file string) []signatureVector {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ TestGroups []signatureGroup }
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	var vectors []signatureVector
	for i := range document.TestGroups {
		g := &document.TestGroups[i]
		key, spki := g.key(t, file)
		algorithms, made := g.algorithms(t)
		for _, test := range g.Tests {
			if !made && test.Result == "invalid" {
				// It may be good by the parameters of JWS: a SHA-256 where another hash
				// is wanted.
				continue
			}
			v := signatureVector{
				id:         fmt.Sprintf("%s %d %s", file, test.TcID, test.Comment),
				key:        key,
				spki:       spki,
				algorithms: algorithms,
				message:    unhex(t, test.Msg),
				signature:  unhex(t, test.Sig),
				valid:      test.Result == "valid" && made,
			}
			if g.Type == "EcdsaVerify" {
				fixed, ok := fixedSignature(v.signature, g.size())
				if !ok {
					// Not DER, or not the encoding of two numbers of this size: no JWS
					// holds it, and as it stands it is refused.
					v.valid = false
				} else {
					v.signature = fixed
				}
			}
			vectors = append(vectors, v)
		}
	}
	return vectors
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// size is how long a number of an ECDSA signature is.
func (g *signatureGroup) size() int {
	return map[string]int{"secp256r1": 32, "secp384r1": 48, "secp521r1": 66}[g.PublicKey.Curve]
}

// fixedSignature turns DER into r and s.
func fixedSignature(der []byte, size int) ([]byte, bool) {
	var numbers struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &numbers)
	if err != nil || len(rest) > 0 || numbers.R.Sign() < 0 || numbers.S.Sign() < 0 ||
		numbers.R.BitLen() > 8*size || numbers.S.BitLen() > 8*size {
		return nil, false
	}
	fixed := make([]byte, 2*size)
	numbers.R.FillBytes(fixed[:size])
	numbers.S.FillBytes(fixed[size:])
	// encoding/asn1 lets elements stand behind the two.
	return fixed, bytes.Equal(signatureDER(fixed), der)
}

// key returns the group's key, nil if it is refused, which must have a reason.
func (g *signatureGroup) key(t testing.TB, file string) (*Key, []byte) {
	t.Helper()
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString(unhex(t, text)) }
	p := g.PublicKey
	if p.Modulus == "" && g.PrivateKey.Modulus != "" {
		p = g.PrivateKey
	}
	var jwk string
	weak := false
	switch {
	case p.Modulus != "":
		n, e := new(big.Int).SetBytes(unhex(t, p.Modulus)), new(big.Int).SetBytes(unhex(t, p.PublicExponent))
		weak = n.BitLen() < MinRSABits || e.BitLen() < 17
		jwk = fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, part(hex.EncodeToString(n.Bytes())), part(hex.EncodeToString(e.Bytes())))
	case p.Uncompressed != "":
		crv := map[string]string{"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}[p.Curve]
		jwk = fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q}`, crv, part(p.Uncompressed[2:2+2*g.size()]), part(p.Uncompressed[2+2*g.size():]))
	case p.PK != "":
		jwk = fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, part(p.PK))
	default:
		t.Fatalf("%s: a group of type %s without a key", file, g.Type)
	}
	set, err := ParseKeySet(`{"keys":[` + jwk + `]}`)
	if (err != nil) != weak {
		t.Errorf("%s: key %s: %v, want an error: %v", file, jwk, err, weak)
	}
	if err != nil {
		return nil, nil
	}
	if strings.Contains(file, "_params_") || p.PK != "" {
		return set.Keys()[0], nil // the key's DER has the parameters of PSS, or no host takes it
	}
	return set.Keys()[0], unhex(t, g.PublicKeyDER+g.KeyDER)
}

// algorithms returns those to try, and whether the group was made with the
// parameters of the only one of them.
func (g *signatureGroup) algorithms(t testing.TB) (try []Algorithm, made bool) {
	t.Helper()
	hash := map[string]int{"SHA-256": 0, "SHA-384": 1, "SHA-512": 2}
	which, known := hash[g.SHA]
	switch g.Type {
	case "EcdsaP1363Verify", "EcdsaVerify":
		curve := map[string]int{"secp256r1": 0, "secp384r1": 1, "secp521r1": 2}[g.PublicKey.Curve]
		return []Algorithm{ES256 + Algorithm(curve)}, known && which == curve
	case "EddsaVerify":
		return []Algorithm{EdDSA, Ed25519}, true
	case "RsassaPkcs1Verify", "RsassaPkcs1Generate":
		if known {
			return []Algorithm{RS256 + Algorithm(which)}, true
		}
		return []Algorithm{RS256, RS384, RS512}, false
	case "RsassaPssVerify", "RsassaPssWithParametersVerify":
		if known {
			salt := []int{32, 48, 64}[which]
			return []Algorithm{PS256 + Algorithm(which)}, g.MGF == "MGF1" && g.MGFSHA == g.SHA && g.SLen == salt
		}
		return []Algorithm{PS256, PS384, PS512}, false
	}
	t.Fatalf("a group of type %s", g.Type)
	return nil, false
}

// TestWycheproofSignatures runs every signature of a kind that JWS has, with its
// own key, and compares what each way to verify says of it: other hashes, salts
// and mask functions, weak keys and signatures that are only "acceptable" are
// refused like wrong ones.
func TestWycheproofSignatures(t *testing.T) {
	for _, way := range ways() {
		for _, family := range signatureFamilies {
			t.Run(way.name+"/"+family.name, func(t *testing.T) {
				var got signatureCount
				want, stride := family.all, 1
				if testing.Short() {
					want, stride = family.short, shortStride
				}
				seen := 0
				for _, file := range signatureFiles(t, family.patterns) {
					for _, v := range signatureVectors(t, file) {
						if seen++; seen%stride != 0 {
							continue
						}
						got.vectors++
						if v.key == nil {
							got.weakKeys++
							continue
						}
						if v.spki != nil && !bytes.Equal(v.spki, v.key.SPKI()) {
							t.Errorf("%s: SPKI = %x, want %x", v.id, v.key.SPKI(), v.spki)
						}
						for _, algorithm := range v.algorithms {
							got.calls++
							if valid := way.verify(algorithm, v.key, v.message, v.signature); valid != v.valid {
								t.Errorf("%s: %s: valid = %v, want %v", v.id, algorithm, valid, v.valid)
							}
						}
						if v.valid {
							got.accepted++
						}
					}
				}
				if got != want {
					t.Errorf("vectors, accepted, with a weak key, calls: %v, want %v", got, want)
				}
			})
		}
	}
}
