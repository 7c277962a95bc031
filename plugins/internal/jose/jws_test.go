package jose

import (
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"gatehouse/plugins/internal/jose/josetest"
)

// TestParseCompact takes the syntax apart. None of these tokens needs a key to
// be refused.
func TestParseCompact(t *testing.T) {
	const signature = ".AAAA"
	part := josetest.Encode
	good := part(`{"alg":"RS256"}`) + "." + part(`{}`) + signature
	header := func(h string) string { return part(h) + "." + part(`{}`) + signature }
	tests := []struct {
		name  string
		token string
		want  error
	}{
		{"three parts", good, nil},
		{"empty payload", part(`{"alg":"RS256"}`) + "." + signature, nil},
		{"space inside the header", header(" {\n\"alg\" : \"RS256\" }\t"), nil},
		{"unknown parameters", header(`{"alg":"RS256","x":{"y":[1]},"cty":"JWT","x5t":"AA"}`), nil},
		{"nothing", "", ErrCompact},
		{"only dots", "..", ErrCompact},
		{"one part", part(`{"alg":"RS256"}`), ErrCompact},
		{"two parts", part(`{"alg":"RS256"}`) + "." + part(`{}`), ErrCompact},
		{"four parts", good + ".AAAA", ErrCompact},
		{"five parts, a JWE", good + ".AAAA.AAAA", ErrCompact},
		{"dot at the end", good + ".", ErrCompact},
		{"empty header", "." + part(`{}`) + signature, ErrCompact},
		{"empty signature", part(`{"alg":"RS256"}`) + "." + part(`{}`) + ".", ErrCompact},
		{"JSON serialization", `{"payload":"e30","protected":"e30","signature":"AAAA"}`, ErrCompact},
		{"padding in the header", part(`{"alg":"RS256" }`) + "==." + part(`{}`) + signature, ErrBase64},
		{"padding in the payload", part(`{"alg":"RS256"}`) + ".e30=" + signature, ErrBase64},
		{"padding in the signature", part(`{"alg":"RS256"}`) + ".e30.AAA=", ErrBase64},
		{"line feed in the payload", part(`{"alg":"RS256"}`) + ".e3\n0" + signature, ErrBase64},
		{"carriage return in the signature", good + "\r", ErrBase64},
		{"line break in the header", "\r\n" + good, ErrBase64},
		{"space in the signature", good + " ", ErrBase64},
		{"alphabet of plain base64", part(`{"alg":"RS256"}`) + ".e30.+/+/", ErrBase64},
		{"stray bits in the payload", part(`{"alg":"RS256"}`) + ".e31" + signature, ErrBase64},
		{"stray bits in the signature", part(`{"alg":"RS256"}`) + ".e30.AB", ErrBase64},
		{"length that no bytes encode to", part(`{"alg":"RS256"}`) + ".e30.AAAAA", ErrBase64},
		{"NUL", good + "\x00", ErrBase64},
		{"header that is no JSON", header(`alg=RS256`), ErrJSON},
		{"header that is an array", header(`["alg"]`), ErrJSON},
		{"bytes after the header", header(`{"alg":"RS256"}{}`), ErrJSON},
		{"invalid UTF-8 in the header", header("{\"alg\":\"RS256\",\"kid\":\"\xff\"}"), ErrJSON},
		{"two algorithms", header(`{"alg":"RS256","alg":"none"}`), ErrDuplicateMember},
		{"two algorithms, one with an escape", header(`{"alg":"RS256","\u0061lg":"none"}`), ErrDuplicateMember},
		{"duplicate deep inside a parameter that is not read", header(`{"alg":"RS256","jwk":{"x":[{"y":1,"y":2}]}}`), ErrDuplicateMember},
		{"no algorithm", header(`{}`), ErrHeader},
		{"algorithm that is a number", header(`{"alg":256}`), ErrHeader},
		{"algorithm that is a list", header(`{"alg":["RS256"]}`), ErrHeader},
		{"algorithm that is null", header(`{"alg":null}`), ErrHeader},
		{"kid that is a number", header(`{"alg":"RS256","kid":1}`), ErrHeader},
		{"kid that is null", header(`{"alg":"RS256","kid":null}`), ErrHeader},
		{"kid over the bound", header(`{"alg":"RS256","kid":"` + strings.Repeat("k", maxKeyID+1) + `"}`), ErrHeader},
		{"typ that is a list", header(`{"alg":"RS256","typ":["JWT"]}`), ErrHeader},
		{"algorithm in another case", header(`{"alg":"rs256"}`), ErrAlgorithm},
		{"algorithm with a space", header(`{"alg":"RS256 "}`), ErrAlgorithm},
		{"algorithm with NUL", header(`{"alg":"RS256\u0000"}`), ErrAlgorithm},
		{"algorithm that is empty", header(`{"alg":""}`), ErrAlgorithm},
		{"algorithm of another kind", header(`{"alg":"RSA-OAEP","enc":"A128GCM"}`), ErrAlgorithm},
		{"algorithm on a curve that is not implemented", header(`{"alg":"ES256K"}`), ErrAlgorithm},
		{"an extension that must be understood", header(`{"alg":"RS256","crit":["exp"],"exp":1}`), ErrCritical},
		{"an empty list of extensions", header(`{"alg":"RS256","crit":[]}`), ErrCritical},
		{"a list of extensions that is null", header(`{"alg":"RS256","crit":null}`), ErrCritical},
		{"unencoded payload", header(`{"alg":"RS256","b64":false,"crit":["b64"]}`), ErrCritical},
		{"unencoded payload that is not declared critical", header(`{"alg":"RS256","b64":false}`), ErrCritical},
		{"token over the bound", good + strings.Repeat("A", MaxTokenSize), ErrTokenSize},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := ParseCompact(test.token); err != test.want {
				t.Errorf("ParseCompact = %v, want %v", err, test.want)
			}
		})
	}
}

func mustSet(t testing.TB, text string) *KeySet {
	t.Helper()
	set, err := ParseKeySet(text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func verify(t testing.TB, set *KeySet, allowed Algorithms, token string) error {
	t.Helper()
	parsed, err := ParseCompact(token)
	if err != nil {
		return err
	}
	return parsed.Verify(set, allowed, nil)
}

// TestAlgorithms verifies every algorithm with every key that fits it, and
// refuses it with every other, with and without "alg" in the key.
func TestAlgorithms(t *testing.T) {
	checked := 0
	for signer := RS256; signer <= Ed25519; signer++ {
		key := josetest.New(signer.String(), "k")
		token := key.Token(`{}`)
		for other := RS256; other <= Ed25519; other++ {
			otherKey := josetest.New(other.String(), "k")
			bound := verify(t, mustSet(t, josetest.Set(otherKey)), AllAlgorithms(), token)
			if want := signer == other; (bound == nil) != want {
				t.Errorf("%s token, key bound to %s: %v", signer, other, bound)
			}
			bare := verify(t, mustSet(t, `{"keys":[`+otherKey.BareJWK(`"kid":"k"`)+`]}`), AllAlgorithms(), token)
			// All RSA keys of the test are one; the keys of an algorithm differ.
			fits := signer == other || signer <= PS512 && other <= PS512
			if (bare == nil) != fits {
				t.Errorf("%s token, key of %s without alg: %v", signer, other, bare)
			}
			checked++
		}
		if err := verify(t, mustSet(t, josetest.Set(key)), Algorithms(0).With(signer), token); err != nil {
			t.Errorf("%s allowed alone: %v", signer, err)
		}
		var others Algorithms
		for a := RS256; a <= Ed25519; a++ {
			if a != signer {
				others = others.With(a)
			}
		}
		if err := verify(t, mustSet(t, josetest.Set(key)), others, token); err != ErrAlgorithmNotAllowed {
			t.Errorf("%s not allowed: %v, want %v", signer, err, ErrAlgorithmNotAllowed)
		}
	}
	if checked != 121 {
		t.Errorf("checked %d pairs, want 121", checked)
	}
}

// TestSignatureSpelling changes the spelling of good signatures: there is one
// for each.
func TestSignatureSpelling(t *testing.T) {
	resign := func(token string, change func([]byte) []byte) string {
		i := strings.LastIndexByte(token, '.')
		signature, err := base64.RawURLEncoding.DecodeString(token[i+1:])
		if err != nil {
			t.Fatal(err)
		}
		return token[:i+1] + base64.RawURLEncoding.EncodeToString(change(signature))
	}
	changes := []struct {
		name   string
		change func([]byte) []byte
	}{
		{"octet in front", func(s []byte) []byte { return append([]byte{0}, s...) }},
		{"octet behind", func(s []byte) []byte { return append(s, 0) }},
		{"octet missing", func(s []byte) []byte { return s[:len(s)-1] }},
		{"all zero", func(s []byte) []byte { return make([]byte, len(s)) }},
		{"twice", func(s []byte) []byte { return append(s, s...) }},
	}
	checked := 0
	for a := RS256; a <= Ed25519; a++ {
		key := josetest.New(a.String(), "k")
		set := mustSet(t, josetest.Set(key))
		token := key.Token(`{}`)
		for _, c := range changes {
			if err := verify(t, set, AllAlgorithms(), resign(token, c.change)); err != ErrSignature {
				t.Errorf("%s, %s: %v, want %v", a, c.name, err, ErrSignature)
			}
			checked++
		}
	}
	if checked != 55 {
		t.Errorf("checked %d signatures, want 55", checked)
	}

	// s and the order less s both satisfy the equation; s and s plus the order
	// are one number to the curve but two spellings.
	key := josetest.New("ES256", "k")
	set := mustSet(t, josetest.Set(key))
	order := elliptic.P256().Params().N
	plusOrder := resign(key.Token(`{}`), func(s []byte) []byte {
		sum := new(big.Int).Add(new(big.Int).SetBytes(s[32:]), order)
		if sum.BitLen() > 256 {
			return append(s, 1)
		}
		return append(s[:32], sum.FillBytes(make([]byte, 32))...)
	})
	if err := verify(t, set, AllAlgorithms(), plusOrder); err != ErrSignature {
		t.Errorf("s plus the order: %v, want %v", err, ErrSignature)
	}
}

// TestKeyTries checks that a token without kid is tried with a bounded number
// of keys, and one with kid with its own only.
func TestKeyTries(t *testing.T) {
	var keys []*josetest.Key
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		keys = append(keys, josetest.New("EdDSA", id))
	}
	set := mustSet(t, josetest.Set(append(keys, josetest.New("ES256", "es"))...))
	tests := []struct {
		name  string
		token string
		tries int
		want  error
	}{
		{"kid of the last", keys[5].Token(`{}`), 1, nil},
		{"no kid, first key", keys[0].Sign(`{"alg":"EdDSA"}`, `{}`), 1, nil},
		{"no kid, fourth key", keys[3].Sign(`{"alg":"EdDSA"}`, `{}`), 4, nil},
		{"no kid, fifth key", keys[4].Sign(`{"alg":"EdDSA"}`, `{}`), 4, ErrSignature},
		{"no kid, the only key that fits", josetest.New("ES256", "es").Sign(`{"alg":"ES256"}`, `{}`), 1, nil},
		{"unknown kid", keys[0].Sign(`{"alg":"EdDSA","kid":"x"}`, `{}`), 0, ErrKey},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tries := 0
			parsed, err := ParseCompact(test.token)
			if err != nil {
				t.Fatal(err)
			}
			err = parsed.Verify(set, AllAlgorithms(), func(a Algorithm, k *Key, input, signature []byte) bool {
				tries++
				return VerifySignature(a, k, input, signature)
			})
			if err != test.want || tries != test.tries {
				t.Errorf("%v after %d tries, want %v after %d", err, tries, test.want, test.tries)
			}
		})
	}
}

// FuzzVerify checks that no token is accepted that a key of the set did not
// sign: only the very tokens it is seeded with are.
func FuzzVerify(f *testing.F) {
	good := map[string]bool{}
	var keys []*josetest.Key
	for _, a := range []string{"RS256", "ES256", "EdDSA"} {
		key := josetest.New(a, a)
		keys = append(keys, key)
		for _, token := range []string{key.Token(`{"iss":"a","exp":2e9}`), key.Sign(`{"alg":"`+a+`"}`, `{}`)} {
			good[token] = true
			f.Add(token)
		}
	}
	f.Add(josetest.Encode(`{"alg":"none"}`) + ".e30.AA")
	set := mustSet(f, josetest.Set(keys...))
	f.Fuzz(func(t *testing.T, token string) {
		parsed, err := ParseCompact(token)
		if err != nil {
			if _, ok := err.(Error); !ok {
				t.Fatalf("error of type %T", err)
			}
			return
		}
		if claims, err := ParseClaims(parsed.Payload); err == nil && claims.Object == nil {
			t.Fatal("claims without an object")
		}
		if err := parsed.Verify(set, AllAlgorithms(), nil); err == nil && !good[token] {
			t.Fatalf("accepted %q", token)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	claims := `{"iss":"https://idp.example.com","aud":"orders-api","exp":2000000000,"iat":1900000000,"sub":"user-1","client_id":"shop","scope":"orders:read orders:write","jti":"5b6c0f2e-7d0f-4a43-9a53-2f1c2a9d3f10"}`
	for a := RS256; a < Ed25519; a++ {
		key := josetest.New(a.String(), "k")
		set := mustSet(b, josetest.Set(key))
		token := key.Token(claims)
		b.Run(a.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := verify(b, set, AllAlgorithms(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	token := josetest.New("RS256", "k").Token(claims)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			parsed, err := ParseCompact(token)
			if err != nil {
				b.Fatal(err)
			}
			if c, err := ParseClaims(parsed.Payload); err != nil || c.Subject != "user-1" {
				b.Fatal(err)
			}
		}
	})
}
