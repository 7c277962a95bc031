package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"strings"
	"sync"
	"testing"

	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

// host is a policy.Host on the standard library: it takes keys and signatures
// in DER, as Envoy does, and knows nothing of this package.
type host struct {
	policy.Host
	asked int
	// answer, if set, stands in for the truth.
	answer func(hash string, key any, valid bool) (bool, bool)
}

func (h *host) VerifySignature(hash string, key, signature, text []byte) (valid, answered bool) {
	h.asked++
	public, err := x509.ParsePKIXPublicKey(key)
	if err != nil {
		return false, true
	}
	function := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}[hash]
	if function == 0 {
		return false, true
	}
	d := function.New()
	d.Write(text)
	switch public := public.(type) {
	case *rsa.PublicKey:
		valid = rsa.VerifyPKCS1v15(public, function, d.Sum(nil), signature) == nil
	case *ecdsa.PublicKey:
		valid = ecdsa.VerifyASN1(public, d.Sum(nil), signature)
	}
	if h.answer != nil {
		return h.answer(hash, public, valid)
	}
	return valid, true
}

// way is one way to verify signatures. All must say the same.
type way struct {
	name   string
	verify VerifyFunc
}

// ways asks the host for its known answers once.
var ways = sync.OnceValue(func() []way {
	return []way{{"in Go", VerifySignature}, {"by a host", HostVerify(&host{})}}
})

// hosted are the algorithms that a host verifies.
func hosted() Algorithms {
	var s Algorithms
	for _, a := range []Algorithm{RS256, RS384, RS512, ES256, ES384, ES512} {
		s = s.With(a)
	}
	return s
}

// TestKnownAnswers tries hosts that are right, wrong, and right in part.
func TestKnownAnswers(t *testing.T) {
	without := func(names ...string) string {
		var s Algorithms
		for a := RS256; a <= Ed25519; a++ {
			if hosted().Has(a) && !strings.Contains(strings.Join(names, " "), a.String()) {
				s = s.With(a)
			}
		}
		return s.String()
	}
	tests := []struct {
		name   string
		answer func(hash string, key any, valid bool) (bool, bool)
		want   string
	}{
		{"a host that is right", nil, hosted().String()},
		{"a host without the function", func(string, any, bool) (bool, bool) { return false, false }, ""},
		{"a host that cannot tell but says good", func(string, any, bool) (bool, bool) { return true, false }, ""},
		{"a host that accepts everything", func(string, any, bool) (bool, bool) { return true, true }, ""},
		{"a host that refuses everything", func(string, any, bool) (bool, bool) { return false, true }, ""},
		{"a host that says the opposite", func(_ string, _ any, valid bool) (bool, bool) { return !valid, true }, ""},
		{"a host that does not tell of wrong signatures", func(_ string, _ any, valid bool) (bool, bool) { return valid, valid }, ""},
		{"a host without SHA-512", func(hash string, _ any, valid bool) (bool, bool) { return valid && hash != "sha512", true }, without("RS512", "ES512")},
		{"a host without P-521", func(_ string, key any, valid bool) (bool, bool) {
			k, ok := key.(*ecdsa.PublicKey)
			return valid && !(ok && k.Curve.Params().BitSize == 521), true
		}, without("ES512")},
		{"a host without elliptic curves", func(_ string, key any, valid bool) (bool, bool) {
			_, ok := key.(*rsa.PublicKey)
			return valid && ok, true
		}, without("ES256", "ES384", "ES512")},
	}
	sets, tokens := map[Algorithm]*KeySet{}, map[Algorithm]string{}
	for a := RS256; a <= Ed25519; a++ {
		key := josetest.New(a.String(), "k")
		sets[a], tokens[a] = mustSet(t, josetest.Set(key)), key.Token(`{}`)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := &host{answer: test.answer}
			if got := probe(h).String(); got != test.want {
				t.Errorf("probe = %q, want %q", got, test.want)
			}
			// Whatever the host is worth, the result is the same.
			verify := HostVerify(h)
			for a := RS256; a <= Ed25519; a++ {
				parsed, err := ParseCompact(tokens[a])
				if err != nil {
					t.Fatal(err)
				}
				if err := parsed.Verify(sets[a], AllAlgorithms(), verify); err != nil {
					t.Errorf("%s: good token: %v", a, err)
				}
				parsed.input += "A"
				if err := parsed.Verify(sets[a], AllAlgorithms(), verify); err != ErrSignature {
					t.Errorf("%s: token with another payload: %v, want %v", a, err, ErrSignature)
				}
			}
		})
	}
}

// TestHostThatStopsAnswering checks that Go answers for a host that did once.
func TestHostThatStopsAnswering(t *testing.T) {
	h := &host{}
	verify := HostVerify(h)
	h.answer = func(string, any, bool) (bool, bool) { return true, false }
	key := josetest.New("RS256", "k")
	set := mustSet(t, josetest.Set(key))
	parsed, err := ParseCompact(key.Token(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	before := h.asked
	if err := parsed.Verify(set, AllAlgorithms(), verify); err != nil {
		t.Errorf("good token: %v", err)
	}
	parsed.input += "A"
	if err := parsed.Verify(set, AllAlgorithms(), verify); err != ErrSignature {
		t.Errorf("token with another payload: %v, want %v", err, ErrSignature)
	}
	if h.asked != before+2 {
		t.Errorf("asked %d times, want 2", h.asked-before)
	}
}

// TestHostIsAskedOnlyWhatItCanTell counts the calls: what it would not check
// itself never reaches a host.
func TestHostIsAskedOnlyWhatItCanTell(t *testing.T) {
	h := &host{}
	verify := HostVerify(h)
	if want := 3 * hosted().Len(); h.asked != want {
		t.Errorf("asked %d times for known answers, want %d", h.asked, want)
	}
	for a := RS256; a <= Ed25519; a++ {
		key := mustSet(t, josetest.Set(josetest.New(a.String(), "k"))).Keys()[0]
		signature := josetest.New(a.String(), "k").Signature(a.String(), "text")
		asked := func(a Algorithm, signature []byte) int {
			before := h.asked
			verify(a, key, []byte("text"), signature)
			return h.asked - before
		}
		want := 0
		if hosted().Has(a) {
			want = 1
		}
		if got := asked(a, signature); got != want {
			t.Errorf("%s: asked %d times, want %d", a, got, want)
		}
		if got := asked(a, signature[1:]); got != 0 {
			t.Errorf("%s: asked %d times for a short signature, want 0", a, got)
		}
		if got := asked(a, append(signature, 0)); got != 0 {
			t.Errorf("%s: asked %d times for a long signature, want 0", a, got)
		}
		for other := RS256; other <= Ed25519; other++ {
			if got := asked(other, signature); other != a && got != 0 {
				t.Errorf("%s: asked %d times for an algorithm that the key is not bound to, %s", a, got, other)
			}
		}
	}
	if HostVerify(nil)(RS256, &Key{}, nil, nil) {
		t.Error("no host and no key: accepted")
	}
}

// TestProbeIsOfTheTestKeys makes the known answers again.
func TestProbeIsOfTheTestKeys(t *testing.T) {
	var keys []string
	for i, a := range []string{"RS256", "ES256", "ES384", "ES512"} {
		keys = append(keys, josetest.New(a, "probe").BareJWK(`"kid":"`+string(rune('a'+i))+`"`))
	}
	if want := `{"keys":[` + strings.Join(keys, ",") + `]}`; probeKeys != want {
		t.Errorf("probeKeys = %s, want\n%s", probeKeys, want)
	}
	for i, a := range []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"} {
		id := string(rune('a' + max(0, i-2)))
		want := josetest.New(a, "probe").Sign(`{"alg":"`+a+`","kid":"`+id+`"}`, "known answer")
		if i >= len(probeTokens) || probeTokens[i] != want {
			t.Errorf("probeTokens[%d] is not\n%s", i, want)
		}
	}
	if len(probeTokens) != hosted().Len() {
		t.Errorf("%d tokens, want %d", len(probeTokens), hosted().Len())
	}
}

// TestSPKI compares with crypto/x509.
func TestSPKI(t *testing.T) {
	for a := RS256; a <= Ed25519; a++ {
		key := mustSet(t, josetest.Set(josetest.New(a.String(), "k"))).Keys()[0]
		want, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if a >= EdDSA {
			want = nil
		}
		if got := key.SPKI(); !bytes.Equal(got, want) {
			t.Errorf("%s: SPKI = %x, want %x", a, got, want)
		}
	}
	n := new(big.Int).Lsh(big.NewInt(1), MaxRSABits-1)
	for _, public := range []crypto.PublicKey{
		&rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: maxExponent}, // 8191 bits: no zero in front
		&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), MaxRSABits-1), E: 1<<24 + 1},
		&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), MinRSABits-1), E: minExponent},
	} {
		want, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		if got := subjectPublicKeyInfo(public); !bytes.Equal(got, want) {
			t.Errorf("SPKI = %x, want %x", got, want)
		}
	}
}

// FuzzSignatureDER compares with encoding/asn1.
func FuzzSignatureDER(f *testing.F) {
	for _, size := range []int{32, 48, 66} {
		for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			f.Add(bytes.Repeat([]byte{b}, size), append(make([]byte, size-1), b))
			f.Add(append([]byte{0, b}, make([]byte, size-2)...), bytes.Repeat([]byte{b}, size))
		}
	}
	f.Fuzz(func(t *testing.T, r, s []byte) {
		half := min(len(r), len(s), 66)
		signature := append(append([]byte(nil), r[:half]...), s[:half]...)
		want, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(r[:half]), new(big.Int).SetBytes(s[:half])})
		if err != nil {
			t.Fatal(err)
		}
		if got := signatureDER(signature); !bytes.Equal(got, want) {
			t.Errorf("signatureDER(%x) = %x, want %x", signature, got, want)
		}
	})
}
