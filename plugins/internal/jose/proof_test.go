package jose

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/jose/josetest"
)

// TestThumbprint computes those that RFCs print.
func TestThumbprint(t *testing.T) {
	tests := []struct{ name, key, want string }{
		{"RFC 7638, Section 3.1: RSA",
			`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`,
			"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
		{"RFC 8037, Appendix A.3: Ed25519",
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
			"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
		{"RFC 9449, Sections 4.1 and 6.1: P-256",
			`{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}`,
			"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
	}
	for _, test := range tests {
		if got := mustSet(t, `{"keys":[`+test.key+`]}`).Keys()[0].Thumbprint(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	// Other members change nothing, another key does.
	seen := map[string]string{}
	for a := RS256; a <= Ed25519; a++ {
		key := josetest.New(a.String(), "k")
		full := mustSet(t, josetest.Set(key)).Keys()[0].Thumbprint()
		bare := mustSet(t, `{"keys":[`+key.BareJWK(`"x5t":"AA"`)+`]}`).Keys()[0].Thumbprint()
		if full != bare || len(full) != 43 {
			t.Errorf("%s: %q with all members, %q without", a, full, bare)
		}
		if a > RS256 && a <= PS512 {
			continue // all RSA keys of the test are one
		}
		if other, ok := seen[full]; ok {
			t.Errorf("%s and %s have one thumbprint", a, other)
		}
		seen[full] = a.String()
	}
}

func TestParseProof(t *testing.T) {
	key := josetest.New("ES256", "k")
	other := josetest.New("ES256", "other")
	rsa := josetest.New("RS256", "rsa")
	header := func(jwk string) string { return `{"typ":"dpop+jwt","alg":"ES256","jwk":` + jwk + `}` }
	bare := key.BareJWK()
	tests := []struct {
		name  string
		token string
		parse error
		want  error
	}{
		{"key in the header", key.Sign(header(bare), `{}`), nil, nil},
		{"key with kid, use and alg", key.Sign(header(key.JWK()), `{}`), nil, nil},
		{"kid of the header is not the key's", key.Sign(`{"alg":"ES256","kid":"x","jwk":`+key.JWK()+`}`, `{}`), nil, nil},
		{"another key signed", other.Sign(header(bare), `{}`), nil, ErrSignature},
		{"algorithm that does not fit the key", key.Sign(`{"alg":"RS256","jwk":`+bare+`}`, `{}`), nil, ErrKey},
		{"algorithm that the key's alg does not name", rsa.Sign(`{"alg":"PS256","jwk":`+rsa.JWK()+`}`, `{}`), nil, ErrKey},
		{"no key", key.Sign(`{"alg":"ES256"}`, `{}`), ErrHeaderKey, nil},
		{"key that is null", key.Sign(header(`null`), `{}`), ErrHeaderKey, nil},
		{"key that is a string", key.Sign(header(`"k"`), `{}`), ErrHeaderKey, nil},
		{"key set", key.Sign(header(josetest.Set(key)), `{}`), ErrHeaderKey, nil},
		{"key for encryption", key.Sign(header(key.BareJWK(`"use":"enc"`)), `{}`), ErrHeaderKey, nil},
		{"key that may only sign", key.Sign(header(key.BareJWK(`"key_ops":["sign"]`)), `{}`), ErrHeaderKey, nil},
		{"point off the curve", key.Sign(header(strings.Replace(bare, `"y":"`, `"y":"A`, 1)), `{}`), ErrHeaderKey, nil},
		{"symmetric key", key.Sign(header(`{"kty":"oct","k":"AAAA"}`), `{}`), ErrPrivateKey, nil},
		{"private key", key.Sign(header(key.BareJWK(`"d":"AAAA"`)), `{}`), ErrPrivateKey, nil},
		{"private member that is null", key.Sign(header(key.BareJWK(`"d":null`)), `{}`), ErrPrivateKey, nil},
		{"prime of a private RSA key", rsa.Sign(`{"alg":"RS256","jwk":`+rsa.BareJWK(`"qi":"AA"`)+`}`, `{}`), ErrPrivateKey, nil},
		{"private member spelt with an escape", key.Sign(header(key.BareJWK(`"\u0064":"AAAA"`)), `{}`), ErrPrivateKey, nil},
		{"two keys", key.Sign(`{"alg":"ES256","jwk":`+bare+`,"jwk":`+bare+`}`, `{}`), ErrDuplicateMember, nil},
		{"two members of one name in the key", key.Sign(header(key.BareJWK(`"kty":"EC"`)), `{}`), ErrDuplicateMember, nil},
		{"algorithm none", key.Sign(`{"alg":"none","jwk":`+bare+`}`, `{}`), ErrAlgorithm, nil},
		{"critical extension", key.Sign(`{"alg":"ES256","crit":["x"],"jwk":`+bare+`}`, `{}`), ErrCritical, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parsed, key, err := ParseProof(test.token)
			if err != test.parse {
				t.Fatalf("ParseProof = %v, want %v", err, test.parse)
			}
			if err != nil {
				return
			}
			if err := parsed.VerifyKey(key, AllAlgorithms(), nil); err != test.want {
				t.Errorf("VerifyKey = %v, want %v", err, test.want)
			}
			if err := parsed.VerifyKey(key, 0, nil); err != ErrAlgorithmNotAllowed {
				t.Errorf("VerifyKey without an algorithm allowed = %v, want %v", err, ErrAlgorithmNotAllowed)
			}
		})
	}
}
