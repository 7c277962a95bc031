package jose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"testing"
	"unicode/utf16"

	"gatehouse/plugins/internal/jose/josetest"
)

// attack is a token, or a key, of one of the classes of RFC 8725, Section 2, in
// the order of the sections. What is not there concerns encryption (2.4, and 2.5
// but for points off the curve) or what a token is good for (2.7 in part, 2.8),
// which is decided by the plugin: see its own table of attacks.
type attack struct {
	section string
	name    string
	token   string
	want    error
	// keys, if set, is a key set in place of the common one; then want is what
	// ParseKeySet says, if it is a *KeySetError.
	keys string
}

// TestRFC8725 tries every attack, by each way to verify.
func TestRFC8725(t *testing.T) {
	rsa := josetest.New("RS256", "rsa")
	ec := josetest.New("ES256", "ec")
	claims := `{"iss":"a"}`
	attacker := josetest.New("EdDSA", "attacker")
	forged := josetest.New("ES256", "forged")
	pss := josetest.New("PS256", "rsa")
	good := strings.Split(rsa.Token(claims), ".")
	other := strings.Split(rsa.Token(`{"iss":"b"}`), ".")
	one := func(key string) string { return `{"keys":[` + key + `]}` }
	x := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	invalid := func(path, problem string) error {
		return &KeySetError{Index: 0, Member: path, Problem: problem}
	}
	attacks := []attack{
		{"2.1", "algorithm none without signature", josetest.Encode(`{"alg":"none"}`) + "." + good[1] + ".", ErrCompact, ""},
		{"2.1", "algorithm none over the stolen signature", josetest.Encode(`{"alg":"none"}`) + "." + good[1] + "." + good[2], ErrAlgorithm, ""},
		{"2.1", "algorithm none with a signature", rsa.Sign(`{"alg":"none","kid":"rsa"}`, claims), ErrAlgorithm, ""},
		{"2.1", "algorithm none in mixed case", rsa.Sign(`{"alg":"nOnE","kid":"rsa"}`, claims), ErrAlgorithm, ""},
		{"2.1", "algorithm that is empty", rsa.Sign(`{"alg":"","kid":"rsa"}`, claims), ErrAlgorithm, ""},
		{"2.1", "no signature", good[0] + "." + good[1] + ".", ErrCompact, ""},
		{"2.1", "no signature and no dot", good[0] + "." + good[1], ErrCompact, ""},
		{"2.1", "signature of another token", good[0] + "." + other[1] + "." + good[2], ErrSignature, ""},
		{"2.1", "HMAC keyed with the public key as JWK", hmacToken(rsa.JWK(), claims), ErrAlgorithm, ""},
		{"2.1", "HMAC keyed with the public key in PEM", hmacToken("-----BEGIN PUBLIC KEY-----", claims), ErrAlgorithm, ""},
		{"2.1", "RSA signature of another padding", pss.Sign(`{"alg":"RS256","kid":"rsa"}`, claims), ErrSignature, ""},
		{"2.1", "algorithm that the key is not bound to", pss.Sign(`{"alg":"PS256","kid":"rsa"}`, claims), ErrKey, ""},
		{"2.1", "elliptic curve algorithm with an RSA key", ec.Sign(`{"alg":"ES256","kid":"rsa"}`, claims), ErrKey, ""},
		{"2.1", "algorithm of another curve", ec.Sign(`{"alg":"ES384","kid":"ec"}`, claims), ErrKey, ""},
		{"2.1", "ECDSA signature of zeros (CVE-2022-21449)", josetest.Encode(`{"alg":"ES256","kid":"ec"}`) + "." + good[1] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64)), ErrSignature, ""},
		{"2.1", "ECDSA signature in ASN.1", asn1Token(ec, claims), ErrSignature, ""},
		{"2.1", "key that the set does not have", attacker.Token(claims), ErrKey, ""},
		{"2.1", "kid of the set, key of the attacker", forged.Sign(`{"alg":"ES256","kid":"ec"}`, claims), ErrSignature, ""},
		{"2.1", "no kid, key of the attacker", forged.Sign(`{"alg":"ES256"}`, claims), ErrSignature, ""},
		{"2.1", "extension that must be understood", rsa.Sign(`{"alg":"RS256","kid":"rsa","crit":["exp"],"exp":1}`, claims), ErrCritical, ""},
		{"2.1", "unencoded payload", rsa.Sign(`{"alg":"RS256","kid":"rsa","b64":false,"crit":["b64"]}`, claims), ErrCritical, ""},

		{"2.2", "symmetric algorithm", hmacToken("password", claims), ErrAlgorithm, ""},
		{"2.2", "symmetric key in the set", "", invalid("k", "private or symmetric key material, want a public key only"), one(`{"kty":"oct","k":"cGFzc3dvcmQ"}`)},
		{"2.2", "RSA key of 1024 bits", "", invalid("n", "1024 bits, want 2048 to 8192"), one(`{"kty":"RSA","e":"AQAB","n":"` + base64.RawURLEncoding.EncodeToString(append(append([]byte{0x80}, make([]byte, 126)...), 1)) + `"}`)},
		{"2.2", "RSA key with exponent 1, under which every padded digest signs itself", "", invalid("e", "want an odd number from 65537 to 2147483647"), one(strings.Replace(rsa.BareJWK(), "AQAB", "AQ", 1))},

		{"2.3", "signed token inside of an encrypted one", strings.Join(append(good, good[1], good[2]), "."), ErrCompact, ""},
		{"2.3", "algorithm of encryption", rsa.Sign(`{"alg":"RSA-OAEP","enc":"A128GCM","kid":"rsa"}`, claims), ErrAlgorithm, ""},
		{"2.3", "direct encryption", rsa.Sign(`{"alg":"dir","enc":"A128GCM","kid":"rsa"}`, claims), ErrAlgorithm, ""},

		{"2.5", "point that is not on the curve", "", invalid("", "x and y are not a point of P-256"), one(`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + x + `"}`)},

		{"2.6", "header in UTF-16", rsa.Sign(utf16Text(`{"alg":"RS256","kid":"rsa"}`), claims), ErrJSON, ""},
		{"2.6", "header after a byte order mark", rsa.Sign("\ufeff"+`{"alg":"RS256","kid":"rsa"}`, claims), ErrJSON, ""},
		{"2.6", "header in invalid UTF-8", rsa.Sign("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":\"\xc0\xaf\"}", claims), ErrJSON, ""},
		{"2.6", "algorithm twice", rsa.Sign(`{"alg":"none","alg":"RS256","kid":"rsa"}`, claims), ErrDuplicateMember, ""},
		{"2.6", "algorithm twice, once with an escape", rsa.Sign(`{"\u0061lg":"none","alg":"RS256","kid":"rsa"}`, claims), ErrDuplicateMember, ""},
		{"2.6", "key id twice", rsa.Sign(`{"alg":"RS256","kid":"rsa","kid":"ec"}`, claims), ErrDuplicateMember, ""},
		{"2.6", "algorithm under a name in another case", rsa.Sign(`{"ALG":"RS256","kid":"rsa"}`, claims), ErrHeader, ""},
		{"2.6", "comment in the header", rsa.Sign(`{"alg":"RS256",/**/"kid":"rsa"}`, claims), ErrJSON, ""},
		{"2.6", "bytes after the header", rsa.Sign(`{"alg":"RS256","kid":"rsa"}{"alg":"none"}`, claims), ErrJSON, ""},

		{"2.7", "token for another key of the same set", ec.Sign(`{"alg":"ES256","kid":"rsa"}`, claims), ErrKey, ""},
		{"2.7", "empty kid is a kid", ec.Sign(`{"alg":"ES256","kid":""}`, claims), ErrKey, ""},
		{"2.7", "kid that differs in case", ec.Sign(`{"alg":"ES256","kid":"EC"}`, claims), ErrKey, ""},

		{"2.9", "key in the header", forged.Sign(`{"alg":"ES256","jwk":`+forged.JWK()+`}`, claims), ErrSignature, ""},
		{"2.9", "key set at an address in the header", forged.Sign(`{"alg":"ES256","kid":"ec","jku":"https://attacker.example/jwks"}`, claims), ErrSignature, ""},
		{"2.9", "certificate in the header", forged.Sign(`{"alg":"ES256","kid":"ec","x5c":["AAAA"],"x5u":"https://attacker.example/"}`, claims), ErrSignature, ""},
		{"2.9", "kid that is a path", ec.Sign(`{"alg":"ES256","kid":"../../../../dev/null"}`, claims), ErrKey, ""},
		{"2.9", "kid that is a query", ec.Sign(`{"alg":"ES256","kid":"x' OR '1'='1"}`, claims), ErrKey, ""},
		{"2.9", "kid that is an address", ec.Sign(`{"alg":"ES256","kid":"http://169.254.169.254/"}`, claims), ErrKey, ""},

		{"", "good token with kid", rsa.Token(claims), nil, ""},
		{"", "good token without kid", ec.Sign(`{"alg":"ES256"}`, claims), nil, ""},
		{"", "good token that names keys of its own", rsa.Sign(`{"alg":"RS256","kid":"rsa","jwk":`+attacker.JWK()+`,"jku":"https://attacker.example/"}`, claims), nil, ""},
	}
	classes := map[string]int{}
	for _, a := range attacks {
		classes[a.section]++
		for _, way := range ways() {
			t.Run(strings.TrimSpace(a.section+" "+a.name)+", "+way.name, func(t *testing.T) {
				keys := a.keys
				if keys == "" {
					keys = josetest.Set(rsa, ec)
				}
				err := accepts(keys, a.token, way.verify)
				if e, ok := a.want.(*KeySetError); ok {
					if got, ok := err.(*KeySetError); !ok || *got != *e {
						t.Errorf("got %v, want %v", err, e)
					}
				} else if err != a.want {
					t.Errorf("got %v, want %v", err, a.want)
				}
			})
		}
	}
	want := map[string]int{"2.1": 21, "2.2": 4, "2.3": 3, "2.5": 1, "2.6": 9, "2.7": 3, "2.9": 6, "": 3}
	if !maps.Equal(classes, want) {
		t.Errorf("attacks by section: %v, want %v", classes, want)
	}
}

// hmacToken is what an attacker makes of a public key, hoping that it is taken
// for a secret.
func hmacToken(key, claims string) string {
	input := josetest.Encode(`{"alg":"HS256","kid":"rsa"}`) + "." + josetest.Encode(claims)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// asn1Token has a good signature, as other protocols than JWS write it.
func asn1Token(key *josetest.Key, claims string) string {
	input := josetest.Encode(fmt.Sprintf(`{"alg":%q,"kid":%q}`, key.Algorithm, key.ID)) + "." + josetest.Encode(claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(signatureDER(key.Signature(key.Algorithm, input)))
}

// utf16Text is a text in UTF-16, big endian.
func utf16Text(text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit>>8), byte(unit))
	}
	return string(b)
}
