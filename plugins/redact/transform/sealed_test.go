package transform

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// derivedKey is the derivation of keys as it is documented.
func derivedKey(t testing.TB, id, use, domain string, n int) []byte {
	t.Helper()
	return must[[]byte](t)(hkdf.Key(sha256.New, []byte(secretText+id), nil, "gatehouse redact 1\x00"+use+"\x00"+domain, n))
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// TestFormsAsDocumented makes hashes, pseudonyms, tokens and envelopes a second time,
// from what the documentation says of them: others have to be able to.
func TestFormsAsDocumented(t *testing.T) {
	const value = "alice@example.com"
	ring := testRing(t, "k1")
	salt := []byte("0123456789abcdef")
	sum := mac(salt, []byte(value))
	if got := apply(t, must[Transform](t)(NewHash(HashConfig{Salt: salt})), value); got != hex.EncodeToString(sum) {
		t.Errorf("hash %q, want %x", got, sum)
	}
	short := base64.RawURLEncoding.EncodeToString(sum[:16])
	if got := apply(t, must[Transform](t)(NewHash(HashConfig{Salt: salt, Length: 16, Encoding: Base64URL})), value); got != short {
		t.Errorf("hash %q, want %q", got, short)
	}
	tag := mac(derivedKey(t, "k1", "pseudonym", "mail", 32), []byte(value))[:16]
	check := mac(derivedKey(t, "k1", "pseudonym check", "mail", 32), tag)[:8]
	want := "psn:k1:" + base64.RawURLEncoding.EncodeToString(append(tag, check...))
	if got := apply(t, must[Transform](t)(NewPseudonym(ring, "mail")), value); got != want {
		t.Errorf("pseudonym %q, want %q", got, want)
	}
	sealed := must[*siv](t)(newSIV(derivedKey(t, "k1", "token", "", 64), []byte("mail"))).seal(nil, []byte(value))
	want = "tok:k1:" + base64.RawURLEncoding.EncodeToString(sealed)
	if got := apply(t, must[Reversible](t)(NewToken(ring, "mail")), value); got != want {
		t.Errorf("token %q, want %q", got, want)
	}
	aead := must[cipher.AEAD](t)(cipher.NewGCM(must[cipher.Block](t)(aes.NewCipher(derivedKey(t, "k1", "encrypt", "mail", 32)))))
	nonce := bytes.Repeat([]byte{7}, 12)
	envelope := aead.Seal(append([]byte{1}, nonce...), nonce, []byte(value), []byte("enc:k1:\x01"))
	want = "enc:k1:" + base64.RawURLEncoding.EncodeToString(envelope)
	random := func(p []byte) error { copy(p, nonce); return nil }
	if got := apply(t, must[Reversible](t)(NewEncrypt(ring, "mail", random)), value); got != want {
		t.Errorf("envelope %q, want %q", got, want)
	}
}

// sealing is the three transforms with values that name their key.
func sealing(t testing.TB, ring *Keyring, namespace string) map[string]Transform {
	t.Helper()
	return map[string]Transform{
		"psn:": must[Transform](t)(NewPseudonym(ring, namespace)),
		"tok:": must[Reversible](t)(NewToken(ring, namespace)),
		"enc:": must[Reversible](t)(NewEncrypt(ring, namespace, counting())),
	}
}

// TestRotation makes values under an old key and reads them with a new one.
func TestRotation(t *testing.T) {
	const value = "alice@example.com"
	before := sealing(t, testRing(t, "k1"), "mail")
	after := sealing(t, testRing(t, "k2", "k1"), "mail")
	other := sealing(t, testRing(t, "k2"), "mail")
	for kind, old := range before {
		made := apply(t, old, value)
		if !strings.HasPrefix(made, kind+"k1:") {
			t.Errorf("%v makes %q, want it to begin with %sk1:", old, made, kind)
		}
		if got := apply(t, after[kind], value); !strings.HasPrefix(got, kind+"k2:") {
			t.Errorf("%v makes %q, want it under the current key", after[kind], got)
		}
		if got := apply(t, after[kind], made); got != made {
			t.Errorf("%v makes %q of %q, want what it was", after[kind], got, made)
		}
		if got := apply(t, other[kind], made); got == made {
			t.Errorf("%v keeps %q, which it cannot know", other[kind], made)
		}
		r, ok := after[kind].(Reversible)
		if !ok {
			continue
		}
		if got, err := r.Reveal(nil, []byte(made), ""); err != nil || string(got) != value {
			t.Errorf("%v reveals %q, %v, want %q", r, got, err, value)
		}
		if _, err := other[kind].(Reversible).Reveal(nil, []byte(made), ""); !errors.Is(err, FaultKey) {
			t.Errorf("%v reveals %q: %v, want %v", other[kind], made, err, FaultKey)
		}
	}
}

// TestNamespaces links values within a namespace and not across.
func TestNamespaces(t *testing.T) {
	const value = "alice@example.com"
	ring := testRing(t, "k1")
	mail, again, billing := sealing(t, ring, "mail"), sealing(t, ring, "mail"), sealing(t, ring, "billing")
	for kind := range mail {
		a, b, c := apply(t, mail[kind], value), apply(t, again[kind], value), apply(t, billing[kind], value)
		if a != b && kind != "enc:" {
			t.Errorf("%q and %q in one namespace, want one", a, b)
		}
		if a == c {
			t.Errorf("%q in two namespaces", a)
		}
		if apply(t, billing[kind], a) == a {
			t.Errorf("%v of one namespace is taken for one of another", mail[kind])
		}
		if r, ok := billing[kind].(Reversible); ok {
			if _, err := r.Reveal(nil, []byte(a), ""); !errors.Is(err, FaultForged) {
				t.Errorf("%v of another namespace: %v, want %v", r, err, FaultForged)
			}
		}
	}
}

// TestForgeriesAreTransformed changes a value at every place, and writes prefixes in
// front of what was never sealed: neither passes.
func TestForgeriesAreTransformed(t *testing.T) {
	const value = "alice@example.com"
	for kind, transform := range sealing(t, testRing(t, "k1"), "mail") {
		made := apply(t, transform, value)
		var forged []string
		for i := range made {
			for _, c := range []byte{made[i] ^ 1, '\n', 'A', '=', ':'} {
				if c != made[i] {
					forged = append(forged, made[:i]+string(c)+made[i+1:])
				}
			}
			forged = append(forged, made[:i], made[:i]+"\n"+made[i:], made[:i]+"A"+made[i:])
		}
		forged = append(forged, made+"\n", made+"=", made+made, kind, kind+"k1:", kind+"k1:4111111111111111", strings.ToUpper(made))
		for _, f := range forged {
			if got := apply(t, transform, f); got == f {
				t.Errorf("%v lets %q pass", transform, f)
			}
			r, ok := transform.(Reversible)
			if !ok {
				continue
			}
			kept, err := r.Reveal([]byte("before"), []byte(f), "")
			var fault Fault
			if !errors.As(err, &fault) || string(kept) != "before" {
				t.Errorf("%v reveals %q as %q, %v", r, f, kept, err)
			}
		}
	}
}

// TestLongValues makes values that are longer than the buffers that are kept, and
// short ones after them.
func TestLongValues(t *testing.T) {
	for _, transform := range sealing(t, testRing(t, "k1"), "mail") {
		r, ok := transform.(Reversible)
		if !ok {
			continue
		}
		for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, 100_000, 16} {
			value := strings.Repeat("0123456789", n/10+1)[:n]
			if back, err := r.Reveal(nil, []byte(apply(t, r, value)), ""); err != nil || string(back) != value {
				t.Errorf("%v: %d bytes come back as %d, %v", r, n, len(back), err)
			}
		}
	}
}

// TestNoRandomness refuses rather than encrypts with a nonce that is no nonce.
func TestNoRandomness(t *testing.T) {
	e := must[Reversible](t)(NewEncrypt(testRing(t, "k1"), "", func([]byte) error { return errors.New("broken") }))
	if got, err := e.Apply([]byte("before"), []byte("value"), ""); !errors.Is(err, FaultRandom) || string(got) != "before" {
		t.Errorf("Apply = %q, %v, want %v", got, err, FaultRandom)
	}
}

// TestUsesOfAKeyAreApart derives what is different for every use.
func TestUsesOfAKeyAreApart(t *testing.T) {
	key := testKey(t, "k1")
	seen := map[string]string{}
	for _, use := range []string{"pseudonym", "pseudonym check", "token", "encrypt", "ff1", "date shift"} {
		for _, domain := range []string{"", "mail", "\x00mail"} {
			derived := string(must[[]byte](t)(key.derive(use, domain, 32)))
			if other, ok := seen[derived]; ok {
				t.Errorf("one key for %s and %s %q", other, use, domain)
			}
			seen[derived] = use + " " + domain
		}
	}
}

// FuzzReveal wants every value back, whatever it is, and nothing of what was not made.
func FuzzReveal(f *testing.F) {
	ring := testRing(f, "k1")
	all := sealing(f, ring, "mail")
	token, envelope := all["tok:"].(Reversible), all["enc:"].(Reversible)
	f.Add([]byte("alice@example.com"))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte("0123456789abcdef"), 3))
	f.Add([]byte(apply(f, token, "4111111111111111")))
	f.Add([]byte(apply(f, envelope, "4111111111111111")))
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, r := range []Reversible{token, envelope} {
			revealed, err := r.Reveal(nil, value, "")
			made := []byte(apply(t, r, string(value)))
			if err == nil {
				// A seed that was made: it stays, and reveals what it did.
				if !bytes.Equal(made, value) {
					t.Fatalf("%v: %q can be revealed and does not stay", r, value)
				}
				if r == token && apply(t, token, string(revealed)) != string(value) {
					t.Fatalf("%q is the token of another value", value)
				}
				continue
			}
			back, err := r.Reveal(nil, made, "")
			if err != nil || !bytes.Equal(back, value) {
				t.Fatalf("%v: %q comes back as %q, %v", r, value, back, err)
			}
		}
	})
}
