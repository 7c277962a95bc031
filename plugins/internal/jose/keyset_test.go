package jose

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"gatehouse/plugins/internal/jose/josetest"
)

func TestParseKeySet(t *testing.T) {
	ed := josetest.New("EdDSA", "ed")
	ec := josetest.New("ES256", "ec")
	rsaKey := josetest.New("RS256", "rsa")
	bigNumber := func(bits int) string {
		n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
		return base64.RawURLEncoding.EncodeToString(n.Add(n, big.NewInt(1)).Bytes())
	}
	modulus := mustSet(t, josetest.Set(rsaKey)).Keys()[0].Public().(*rsa.PublicKey).N
	goodN := base64.RawURLEncoding.EncodeToString(modulus.Bytes())
	paddedN := base64.RawURLEncoding.EncodeToString(append([]byte{0}, modulus.Bytes()...))
	evenN := base64.RawURLEncoding.EncodeToString(new(big.Int).Sub(modulus, big.NewInt(1)).Bytes())
	rsaWith := func(n, e string) string { return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, n, e) }
	one := func(key string) string { return `{"keys":[` + key + `]}` }
	x := josetest.Encode(strings.Repeat("x", 32))
	tests := []struct {
		name string
		text string
		// ids are the kids of the keys that are left, or want the error.
		ids  string
		want string
	}{
		{"three keys", josetest.Set(ed, ec, rsaKey), "ed ec rsa", ""},
		{"unknown members of set and key", `{"x":1,"keys":[` + ed.BareJWK(`"kid":"ed"`, `"x5t":"AA"`, `"ext":true`) + `]}`, "ed", ""},
		{"key without kid", one(ed.BareJWK()), "", ""},
		{"key operations that include verify", one(ed.BareJWK(`"kid":"ed"`, `"key_ops":["sign","verify"]`)), "ed", ""},
		{"encryption key is left out", `{"keys":[` + ed.JWK() + `,` + rsaKey.BareJWK(`"kid":"enc"`, `"use":"enc"`) + `]}`, "ed", ""},
		{"encryption key by its alg is left out", `{"keys":[` + ed.JWK() + `,` + rsaKey.BareJWK(`"kid":"enc"`, `"alg":"RSA-OAEP-256"`) + `]}`, "ed", ""},
		{"encryption key of an unknown curve is left out", `{"keys":[` + ed.JWK() + `,{"kty":"OKP","crv":"X25519","x":"AA","use":"enc"}]}`, "ed", ""},
		{"key for another operation is left out", `{"keys":[` + ed.JWK() + `,` + ec.BareJWK(`"key_ops":["deriveKey"]`) + `]}`, "ed", ""},
		{"encryption key with the kid of another", `{"keys":[` + ed.JWK() + `,` + rsaKey.BareJWK(`"kid":"ed"`, `"use":"enc"`) + `]}`, "ed", ""},

		{"no JSON", `keys`, "", `want a JSON object with an array "keys"`},
		{"two members of one name", `{"keys":[],"keys":[]}`, "", `two members of one name, want each once`},
		{"a single key", ed.JWK(), "", `a single key, want {"keys": [ ... ]}`},
		{"no keys member", `{}`, "", `keys: want an array of objects`},
		{"keys that is an object", `{"keys":{}}`, "", `keys: want an array of objects`},
		{"key that is a string", `{"keys":["a"]}`, "", `keys: want an array of objects`},
		{"no key", `{"keys":[]}`, "", `keys: want at least 1 key that verifies signatures`},
		{"only an encryption key", one(rsaKey.BareJWK(`"use":"enc"`)), "", `keys: want at least 1 key that verifies signatures`},
		{"too many keys", one(strings.Repeat(`{},`, MaxKeys) + `{}`), "", `keys: 65 keys, want at most 64`},
		{"too large", one(`{"kid":"` + strings.Repeat("k", MaxKeySetSize) + `"}`), "", `262165 bytes, want at most 262144`},
		{"one kid for two keys", `{"keys":[` + ed.JWK() + `,` + ec.BareJWK(`"kid":"ed"`) + `]}`, "", `keys[1].kid: already used by keys[0]`},
		{"kid that is a number", one(ed.BareJWK(`"kid":1`)), "", `keys[0].kid: want a string`},
		{"kid over the bound", one(ed.BareJWK(`"kid":"` + strings.Repeat("k", 257) + `"`)), "", `keys[0].kid: 257 bytes, want at most 256`},
		{"key that is empty", `{"keys":[` + ed.JWK() + `,{}]}`, "", `keys[1].kty: missing`},
		{"unknown type", one(`{"kty":"AKP","alg":"ML-DSA-44"}`), "", `keys[0].kty: want RSA, EC or OKP`},
		{"type in another case", one(`{"kty":"rsa"}`), "", `keys[0].kty: want RSA, EC or OKP`},
		{"symmetric key", one(`{"kty":"oct","k":"c2VjcmV0"}`), "", `keys[0].k: private or symmetric key material, want a public key only`},
		{"private key", one(ed.BareJWK(`"d":"c2VjcmV0"`)), "", `keys[0].d: private or symmetric key material, want a public key only`},
		{"private part of an encryption key", one(rsaKey.BareJWK(`"use":"enc"`, `"qi":"c2VjcmV0"`)), "", `keys[0].qi: private or symmetric key material, want a public key only`},
		{"use that is a list", one(ed.BareJWK(`"use":["sig"]`)), "", `keys[0].use: want a string`},
		{"key operations that are a string", one(ed.BareJWK(`"key_ops":"verify"`)), "", `keys[0].key_ops: want an array of strings`},
		{"key operation twice", one(ed.BareJWK(`"key_ops":["verify","verify"]`)), "", `keys[0].key_ops: one value twice, want each once`},
		{"algorithm of another type of key", one(ec.BareJWK(`"alg":"RS256"`)), "", `keys[0].alg: want for this key one of ES256`},
		{"algorithm of another curve", one(ec.BareJWK(`"alg":"ES384"`)), "", `keys[0].alg: want for this key one of ES256`},
		{"unknown algorithm", one(rsaKey.BareJWK(`"alg":"RS1"`)), "", `keys[0].alg: want for this key one of RS256, RS384, RS512, PS256, PS384, PS512`},
		{"algorithm that is a number", one(ed.BareJWK(`"alg":1`)), "", `keys[0].alg: want a string`},

		{"RSA without modulus", one(`{"kty":"RSA","e":"AQAB"}`), "", `keys[0].n: missing`},
		{"RSA without exponent", one(`{"kty":"RSA","n":"` + goodN + `"}`), "", `keys[0].e: missing`},
		{"RSA of 1024 bits", one(rsaWith(bigNumber(1024), "AQAB")), "", `keys[0].n: 1024 bits, want 2048 to 8192`},
		{"RSA of 2047 bits", one(rsaWith(bigNumber(2047), "AQAB")), "", `keys[0].n: 2047 bits, want 2048 to 8192`},
		{"RSA of 8200 bits", one(rsaWith(bigNumber(8200), "AQAB")), "", `keys[0].n: more than 8192 bits, want 2048 to 8192`},
		{"RSA with an even modulus", one(rsaWith(evenN, "AQAB")), "", `keys[0].n: even number, want a product of two odd primes`},
		{"RSA modulus with a zero in front", one(rsaWith(paddedN, "AQAB")), "", `keys[0].n: leading zero octet, want the shortest encoding`},
		{"RSA exponent 1", one(rsaWith(goodN, "AQ")), "", `keys[0].e: want an odd number from 65537 to 2147483647`},
		{"RSA exponent 3", one(rsaWith(goodN, "Aw")), "", `keys[0].e: want an odd number from 65537 to 2147483647`},
		{"RSA exponent that is even", one(rsaWith(goodN, "AQAC")), "", `keys[0].e: want an odd number from 65537 to 2147483647`},
		{"RSA exponent beyond 31 bits", one(rsaWith(goodN, "AQAAAAE")), "", `keys[0].e: want an odd number from 65537 to 2147483647`},
		{"RSA exponent beyond 64 bits", one(rsaWith(goodN, "AQAAAAAAAAAAAAAB")), "", `keys[0].e: want an odd number from 65537 to 2147483647`},
		{"RSA exponent that is empty", one(rsaWith(goodN, "")), "", `keys[0].e: leading zero octet, want the shortest encoding`},
		{"RSA modulus with padding", one(rsaWith(goodN+"==", "AQAB")), "", `keys[0].n: want base64url without padding`},

		{"EC without curve", one(`{"kty":"EC","x":"` + x + `","y":"` + x + `"}`), "", `keys[0].crv: missing`},
		{"EC of another curve", one(`{"kty":"EC","crv":"secp256k1","x":"` + x + `","y":"` + x + `"}`), "", `keys[0].crv: want P-256, P-384 or P-521`},
		{"EC without y", one(`{"kty":"EC","crv":"P-256","x":"` + x + `"}`), "", `keys[0].y: missing`},
		{"EC with a short coordinate", one(`{"kty":"EC","crv":"P-256","x":"AAAA","y":"` + x + `"}`), "", `keys[0].x: 3 octets, want 32`},
		{"EC point that is not on the curve", one(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + x + `"}`), "", `keys[0]: x and y are not a point of P-256`},
		{"EC point on another curve", one(strings.Replace(ec.JWK(), "P-256", "P-384", 1)), "", `keys[0].x: 32 octets, want 48`},
		{"EC key called RSA", one(strings.Replace(ec.JWK(), `"EC"`, `"RSA"`, 1)), "", `keys[0].n: missing`},

		{"OKP of another curve", one(`{"kty":"OKP","crv":"Ed448","x":"AA"}`), "", `keys[0].crv: want Ed25519`},
		{"OKP for key agreement", one(`{"kty":"OKP","crv":"X25519","x":"` + x + `"}`), "", `keys[0].crv: want Ed25519`},
		{"OKP that is too short", one(`{"kty":"OKP","crv":"Ed25519","x":"AA"}`), "", `keys[0].x: 1 octets, want 32`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set, err := ParseKeySet(test.text)
			if test.want != "" {
				if err == nil || err.Error() != test.want {
					t.Fatalf("ParseKeySet = %v, want %s", err, test.want)
				}
				if strings.Contains(err.Error(), "c2VjcmV0") {
					t.Errorf("key material in %v", err)
				}
				return
			}
			if err != nil {
				t.Fatalf("ParseKeySet = %v", err)
			}
			var ids []string
			for _, key := range set.Keys() {
				ids = append(ids, key.ID())
			}
			if got := strings.Join(ids, " "); got != test.ids {
				t.Errorf("keys = %q, want %q", got, test.ids)
			}
		})
	}
}

func TestParseFetchedKeySet(t *testing.T) {
	ed := josetest.New("EdDSA", "ed")
	ec := josetest.New("ES256", "ec")
	rsaKey := josetest.New("RS256", "rsa")
	keys := func(list ...string) string { return `{"keys":[` + strings.Join(list, ",") + `]}` }
	tests := []struct {
		name string
		text string
		// ids are the kids of the keys that are left, faults those of the others.
		ids    string
		faults string
		want   string
	}{
		{"all good", josetest.Set(ed, ec, rsaKey), "ed ec rsa", "", ""},
		{"encryption key is no fault", keys(ed.JWK(), rsaKey.BareJWK(`"kid":"enc"`, `"use":"enc"`)), "ed", "", ""},
		{"bad keys between good ones", keys(`{}`, ed.JWK(), `{"kty":"AKP"}`, ec.JWK(), `{"kty":"RSA","e":"AQAB"}`), "ed ec",
			"keys[0].kty: missing; keys[2].kty: want RSA, EC or OKP; keys[4].n: missing", ""},
		{"private and symmetric keys", keys(rsaKey.BareJWK(`"d":"c2VjcmV0"`), ed.JWK(), `{"kty":"oct","k":"c2VjcmV0"}`), "ed",
			"keys[0].d: private or symmetric key material, want a public key only; keys[2].k: private or symmetric key material, want a public key only", ""},
		{"one key twice", keys(`{}`, ed.JWK(), ed.JWK()), "ed", "keys[0].kty: missing; keys[2].kid: already used by keys[1]", ""},
		{"one kid for keys of two types", keys(ed.JWK(), ec.BareJWK(`"kid":"ed"`)), "ed ed", "", ""},
		{"one kid for two algorithms of one type", keys(rsaKey.BareJWK(`"kid":"a"`, `"alg":"RS256"`), rsaKey.BareJWK(`"kid":"a"`, `"alg":"PS256"`)), "a a", "", ""},
		{"one kid for a bound and an unbound key", keys(rsaKey.BareJWK(`"kid":"a"`, `"alg":"RS256"`), rsaKey.BareJWK(`"kid":"a"`)), "a", "keys[1].kid: already used by keys[0]", ""},
		{"two keys without kid", keys(ed.BareJWK(), ec.BareJWK()), " ", "", ""},

		{"no JSON", `<html>`, "", "", `want a JSON object with an array "keys"`},
		{"entry that is no key", keys(ed.JWK(), `"a"`), "", "", "keys: want an array of objects"},
		{"no good key", keys(`{}`), "", "keys[0].kty: missing", "keys: want at least 1 key that verifies signatures"},
		{"no key", keys(), "", "", "keys: want at least 1 key that verifies signatures"},
		{"too many keys", keys(strings.Repeat(`{},`, MaxKeys) + ed.JWK()), "", "", "keys: 65 keys, want at most 64"},
		{"too large", keys(ed.JWK()) + strings.Repeat(" ", MaxKeySetSize+1-len(keys(ed.JWK()))), "", "", "262145 bytes, want at most 262144"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set, faults, err := ParseFetchedKeySet(test.text)
			var all []string
			for _, fault := range faults {
				all = append(all, fault.Error())
			}
			if got := strings.Join(all, "; "); got != test.faults || strings.Contains(got, "c2VjcmV0") {
				t.Errorf("faults = %q, want %q", got, test.faults)
			}
			if test.want != "" {
				if err == nil || err.Error() != test.want || set != nil {
					t.Fatalf("ParseFetchedKeySet = %v, %v, want %s", set, err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatalf("ParseFetchedKeySet = %v", err)
			}
			var ids []string
			for _, key := range set.Keys() {
				ids = append(ids, key.ID())
			}
			if got := strings.Join(ids, " "); got != test.ids {
				t.Errorf("keys = %q, want %q", got, test.ids)
			}
		})
	}
}

// FuzzParseKeySet checks that whatever is made of a key set can be verified
// with, and that an error never quotes a long text.
func FuzzParseKeySet(f *testing.F) {
	f.Add(josetest.Set(josetest.New("RS256", "a"), josetest.New("ES256", "b"), josetest.New("EdDSA", "c")))
	f.Add(`{"keys":[{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}]}`)
	token, err := ParseCompact(josetest.New("EdDSA", "other").Sign(`{"alg":"EdDSA"}`, `{}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := ParseKeySet(text)
		fetched, faults, fetchedErr := ParseFetchedKeySet(text)
		if err == nil && (fetchedErr != nil || len(faults) > 0 || len(fetched.Keys()) != len(set.Keys())) {
			t.Fatalf("fetched: %v, %v", faults, fetchedErr)
		}
		if fetchedErr == nil && (len(fetched.Keys()) == 0 || len(fetched.Keys())+len(faults) > MaxKeys) {
			t.Fatalf("fetched: %d keys, %d faults", len(fetched.Keys()), len(faults))
		}
		if err != nil {
			if len(err.Error()) > 200 {
				t.Fatalf("long error %v", err)
			}
			return
		}
		if len(set.Keys()) == 0 {
			t.Fatal("a set without keys")
		}
		if err := token.Verify(set, AllAlgorithms(), nil); err == nil {
			t.Fatal("accepted a token of another key")
		}
	})
}
