//go:build !wasip1

package jose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"gatehouse/plugins/internal/jose/josetest"
)

// difference is a class of tokens that jwx accepts and this package refuses, on
// purpose, or the other way round.
type difference struct {
	name string
	// why says what the strictness is for.
	why string
	// err is what this package answers, nil if it is the one that accepts.
	err error
	// holds tells, by other means than the package's, whether a token is of the
	// class.
	holds func(*compact) bool
}

// compact is a token taken apart by a reader who lets everything pass.
type compact struct {
	parts [3]string
	// header and payload are the bytes in the parts.
	header, payload []byte
	// parameters are the header as encoding/json reads it.
	parameters map[string]any
}

// takeApart reads what can be read.
func takeApart(token string) *compact {
	c := &compact{}
	copy(c.parts[:], strings.SplitN(token, ".", 3))
	c.header, c.payload = lenient(c.parts[0]), lenient(c.parts[1])
	json.Unmarshal(c.header, &c.parameters) // nothing is read of a bad one
	return c
}

// lenient decodes what any alphabet, padding and line breaks allow.
func lenient(part string) []byte {
	part = strings.NewReplacer("+", "-", "/", "_", "=", "", "\r", "", "\n", "").Replace(part)
	b, _ := base64.RawURLEncoding.DecodeString(part)
	return b
}

// has tells whether the header has a parameter.
func (c *compact) has(name string) bool {
	_, ok := c.parameters[name]
	return ok
}

// duplicates tells whether an object in a document has a name twice.
func duplicates(document []byte) bool {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	found := false
	var read func() bool
	read = func() bool {
		t, err := d.Token()
		if err != nil {
			return false
		}
		open, ok := t.(json.Delim)
		if !ok {
			return true
		}
		names := map[string]bool{}
		for d.More() {
			if open == '{' {
				name, err := d.Token()
				if err != nil {
					return false
				}
				text, _ := name.(string)
				found = found || names[text]
				names[text] = true
			}
			if !read() {
				return false
			}
		}
		_, err = d.Token()
		return err == nil
	}
	read()
	return found
}

// spaced tells whether JSON stands between white space.
func spaced(text []byte) bool { return len(bytes.Trim(text, " \t\r\n")) != len(text) }

// tokenDifferences are all classes of tokens that one of the two accepts and the
// other refuses.
var tokenDifferences = []difference{
	{"another spelling of base64url", "one token has one spelling, so that caches and revocation lists cannot be led around",
		ErrBase64, func(c *compact) bool {
			for _, part := range c.parts {
				if base64.RawURLEncoding.EncodeToString(lenient(part)) != part {
					return true
				}
			}
			return false
		}},
	{"a member twice", "two readers could take a different one (RFC 8725, Section 2.6)",
		ErrDuplicateMember, func(c *compact) bool { return duplicates(c.header) }},
	{"invalid UTF-8 in the header", "RFC 7515, Section 5.2 wants UTF-8; a replacement character is a guess",
		ErrJSON, func(c *compact) bool { return !utf8.Valid(c.header) }},
	{"half of a surrogate pair in the header", "no text has one; readers differ in what they make of it",
		ErrJSON, func(c *compact) bool { return loneSurrogate(c.header) }},
	{"nested too deep", "the work is bounded", ErrDepth, func(c *compact) bool { return depth(c.header) > MaxDepth }},
	{"an extension", "none is implemented, so none can be understood (RFC 7515, Section 4.1.11)",
		ErrCritical, func(c *compact) bool { return c.has("crit") || c.has("b64") }},
	{"kid or typ that is null, or kid too long", "null is no string, and the work is bounded", ErrHeader, func(c *compact) bool {
		kid, _ := c.parameters["kid"].(string)
		return len(kid) > maxKeyID || c.has("kid") && c.parameters["kid"] == nil || c.has("typ") && c.parameters["typ"] == nil
	}},
	{"no algorithm", "\"alg\" is required (RFC 7515, Section 4.1.1); the key alone does not say it", ErrHeader, func(c *compact) bool { return !c.has("alg") }},
	{"white space around the header that was not signed", "jwx trims the header before it verifies, so that a token has many spellings",
		ErrSignature, func(c *compact) bool { return spaced(c.header) }},
	{"too large", "the work is bounded", ErrTokenSize, func(c *compact) bool { return len(strings.Join(c.parts[:], ".")) > MaxTokenSize }},

	{"white space around the header that was signed", "JSON allows it (RFC 8259, Section 2), and jwx verifies another text", nil, func(c *compact) bool { return spaced(c.header) }},
	{"a number beyond all floats", "parameters that are not read need no value", nil, func(c *compact) bool { return beyondFloats(c.header) }},
	{"a key or a certificate in the header that is none", "parameters that must not be trusted are not read (RFC 8725, Section 3.10)",
		nil, func(c *compact) bool {
			for _, name := range []string{"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty"} {
				if c.has(name) {
					return true
				}
			}
			return false
		}},
}

// oracle verifies with jwx.
type oracle struct{ set jwk.Set }

func newOracle(t testing.TB, keys string) *oracle {
	t.Helper()
	set, err := jwk.Parse([]byte(keys))
	if err != nil {
		t.Fatal(err)
	}
	return &oracle{set}
}

// verify returns the payload that jwx accepts. A token without kid is tried
// with every key, as here.
func (o *oracle) verify(token string, c *compact) ([]byte, error) {
	return jws.Verify([]byte(token), jws.WithCompact(), jws.WithCritValidation(true), jws.WithAlgorithmMatch(true),
		jws.WithKeySet(o.set, jws.WithRequireKid(c.has("kid"))))
}

// explain returns the classes that a difference in the answers is of.
func explain(differences []difference, err error, c *compact) (names []string) {
	for _, d := range differences {
		if d.err == err && d.holds(c) {
			names = append(names, d.name)
		}
	}
	return names
}

// compare holds both against each other.
func (o *oracle) compare(t *testing.T, set *KeySet, token string) (classes []string) {
	t.Helper()
	c := takeApart(token)
	want, wantErr := o.verify(token, c)
	parsed, err := ParseCompact(token)
	if err == nil {
		err = parsed.Verify(set, AllAlgorithms(), nil)
	}
	switch {
	case err == nil && wantErr == nil:
		if parsed.Payload != string(want) {
			t.Errorf("%q: payload %q, jwx has %q", token, parsed.Payload, want)
		}
	case err != nil && wantErr != nil:
	default:
		if classes = explain(tokenDifferences, err, c); len(classes) == 0 {
			t.Errorf("%q: %v, jwx says %v; header %q", token, err, wantErr, c.header)
		}
	}
	return classes
}

// oracleKeys are of every algorithm that both know.
func oracleKeys() map[string]*josetest.Key {
	keys := map[string]*josetest.Key{}
	for a := RS256; a <= EdDSA; a++ {
		keys[a.String()] = josetest.New(a.String(), a.String())
	}
	return keys
}

func oracleSet(keys map[string]*josetest.Key) string {
	var all []*josetest.Key
	for a := RS256; a <= EdDSA; a++ {
		all = append(all, keys[a.String()])
	}
	return josetest.Set(all...)
}

// TestDifferencesToJWX has at least one token of every class, and tokens on
// which both agree.
func TestDifferencesToJWX(t *testing.T) {
	keys := oracleKeys()
	text := oracleSet(keys)
	o, set := newOracle(t, text), mustSet(t, text)
	rs := keys["RS256"]
	good := rs.Token(`{}`)
	i := strings.LastIndexByte(good, '.')
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	tests := []struct{ class, token string }{
		{"", good},
		{"", keys["ES256"].Sign(`{"alg":"ES256"}`, ``)},
		{"", keys["EdDSA"].Sign(`{"alg":"EdDSA","kid":"EdDSA","x":{"y":[1,2]}}`, `{}`)},
		{"", rs.Sign(`{"alg":"RS256","kid":"ES256"}`, `{}`)},
		{"", rs.Sign(`{"alg":"PS256","kid":"RS256"}`, `{}`)},
		{"", good[:i+1]},
		{"", good + "."},
		{"", good + "="},
		{"", good[:i] + "==" + good[i:]},
		{"another spelling of base64url", good[:i+5] + "\n" + good[i+5:]},
		{"another spelling of base64url", turnLast(good)},
		{"a member twice", rs.Sign(`{"alg":"RS256","kid":"RS256","x":1,"x":2}`, `{}`)},
		{"a member twice", rs.Sign(`{"alg":"none","alg":"RS256","kid":"RS256"}`, `{}`)},
		{"invalid UTF-8 in the header", rs.Sign("{\"alg\":\"RS256\",\"kid\":\"RS256\",\"x\":\"\xff\"}", `{}`)},
		{"half of a surrogate pair in the header", rs.Sign(`{"alg":"RS256","kid":"RS256","x":"\ud800"}`, `{}`)},
		{"nested too deep", rs.Sign(`{"alg":"RS256","kid":"RS256","x":`+deep+`}`, `{}`)},
		{"an extension", rs.Sign(`{"alg":"RS256","kid":"RS256","b64":true}`, `{}`)},
		{"kid or typ that is null, or kid too long", rs.Sign(`{"alg":"RS256","kid":"RS256","typ":null}`, `{}`)},
		{"no algorithm", rs.Sign(`{"kid":"RS256"}`, `{}`)},
		{"white space around the header that was not signed", josetest.Encode(` {"alg":"RS256","kid":"RS256","typ":"at+jwt"}`) + good[strings.IndexByte(good, '.'):]},
		{"white space around the header that was signed", rs.Sign(` {"alg":"RS256","kid":"RS256"}`, `{}`)},
		{"too large", rs.Sign(`{"alg":"RS256","kid":"RS256"}`, strings.Repeat("x", MaxTokenSize))},
		{"a number beyond all floats", rs.Sign(`{"alg":"RS256","kid":"RS256","x":1e999}`, `{}`)},
		{"a key or a certificate in the header that is none", rs.Sign(`{"alg":"RS256","kid":"RS256","jwk":1}`, `{}`)},
	}
	seen := map[string]bool{}
	for _, test := range tests {
		classes := o.compare(t, set, test.token)
		for _, class := range classes {
			seen[class] = true
		}
		if test.class == "" && len(classes) > 0 || test.class != "" && !strings.Contains(strings.Join(classes, "; "), test.class) {
			t.Errorf("%q: differences %q, want %q", test.token, classes, test.class)
		}
	}
	for _, d := range tokenDifferences {
		if !seen[d.name] {
			t.Errorf("no token shows the difference %q", d.name)
		}
	}
}

// turnLast changes bits of the last character that stand for nothing.
func turnLast(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return token[:len(token)-1] + string(alphabet[strings.IndexByte(alphabet, token[len(token)-1])|1])
}

// values are one of every type and of every odd kind.
var values = []string{`null`, `true`, `false`, `0`, `-0`, `1`, `-1`, `1.5`, `1e3`, `1E+3`, `1e-3`, `2000000000`, `253402300800`, `9223372036854775807`, `9223372036854775808`,
	`18446744073709551616`, `1e18`, `1e19`, `1e300`, `1e999`, `1e-999`, `0.999999999999`, `""`, `"x"`, `"1"`, `"EdDSA"`, `"none"`, `"https://x/"`, `"AQAB"`, `"a b"`, `"\u0041"`, `"\ud83d\ude00"`,
	`"\ud800"`, `"é"`, "\"\xff\"", `[]`, `[null]`, `[1]`, `["x"]`, `["x","y"]`, `["x",1]`, `[["x"]]`, `["exp"]`, `["b64"]`, `{}`, `{"x":1}`, `{"x":1,"x":2}`, `{"kty":"OKP"}`,
	`01`, `+1`, `.5`, `1.`, `NaN`, `'x'`, `"x`, "\"\t\""}

// TestEveryValueOfParametersAndClaims puts each value in each place.
func TestEveryValueOfParametersAndClaims(t *testing.T) {
	keys := oracleKeys()
	text := oracleSet(keys)
	o, set := newOracle(t, text), mustSet(t, text)
	compared := 0
	seen := map[string]int{}
	for _, value := range values {
		for _, name := range []string{"alg", "kid", "typ", "cty", "crit", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "zip", "ALG", "exp"} {
			header := `{"alg":"EdDSA","kid":"EdDSA","` + name + `":` + value + `}`
			if name == "alg" || name == "kid" {
				header = strings.Replace(header, `"`+name+`":"EdDSA",`, "", 1)
			}
			for _, class := range o.compare(t, set, keys["EdDSA"].Sign(header, `{}`)) {
				seen[class]++
			}
			compared++
		}
		for _, name := range []string{"iss", "sub", "jti", "aud", "exp", "nbf", "iat", "x", "ISS"} {
			for _, class := range compareClaims(t, `{"`+name+`":`+value+`}`) {
				seen[class]++
			}
			compared++
		}
	}
	if want := len(values) * 24; compared != want {
		t.Errorf("compared %d, want %d", compared, want)
	}
	wantSeen := map[string]int{
		"a date after the year 9999": 6, "a date that is a text": 3, "a key or a certificate in the header that is none": 254, "a member twice": 5,
		"a number beyond all floats": 12, "a text that is null": 3, "an extension": 2, "half of a surrogate pair": 12,
		"half of a surrogate pair in the header": 18, "invalid UTF-8": 6, "invalid UTF-8 in the header": 9, "kid or typ that is null, or kid too long": 1,
	}
	if !maps.Equal(seen, wantSeen) {
		t.Errorf("differences %v, want %v", seen, wantSeen)
	}
}

// FuzzTokenAgainstJWX compares the verdict on any text.
func FuzzTokenAgainstJWX(f *testing.F) {
	keys := oracleKeys()
	text := oracleSet(keys)
	o, set := newOracle(f, text), mustSet(f, text)
	for _, key := range keys {
		f.Add(key.Token(`{"iss":"a"}`))
		f.Add(turnLast(key.Token(`{"iss":"a"}`)))
	}
	f.Fuzz(func(t *testing.T, token string) { o.compare(t, set, token) })
}

// FuzzHeaderAgainstJWX signs any header and payload, so that only their text can
// make a difference, and spells them in some way.
func FuzzHeaderAgainstJWX(f *testing.F) {
	keys := oracleKeys()
	text := oracleSet(keys)
	o, set := newOracle(f, text), mustSet(f, text)
	for _, header := range []string{`{"alg":"EdDSA","kid":"EdDSA"}`, `{"alg":"EdDSA"}`, `{"alg":"EdDSA","kid":"EdDSA","typ":"at+jwt","crit":["exp"]}`,
		`{"alg":"EdDSA","jwk":{"kty":"OKP"},"x5c":["AA=="],"jku":"https://x/"}`, `{"alg":"EdDSA","alg":"none"}`, ` {"alg" : "EdDSA","x":[{"y":1e3}]} `} {
		f.Add(header, `{"iss":"a"}`, "")
		f.Add(header, ``, "\n")
	}
	f.Fuzz(func(t *testing.T, header, payload, spelling string) {
		token := keys["EdDSA"].Sign(header, payload)
		o.compare(t, set, token)
		if len(spelling) > 0 && len(spelling) < 8 {
			at := int(spelling[0]) % len(token)
			o.compare(t, set, token[:at]+spelling+token[at:])
		}
	})
}

// claimDifferences are all classes of claims on which the two do not agree.
var claimDifferences = append([]difference{
	{"a member twice", "two readers could take a different one (RFC 7519, Section 4)",
		ErrDuplicateMember, func(c *compact) bool { return duplicates(c.payload) }},
	{"invalid UTF-8", "RFC 7519, Section 7.2 wants UTF-8; a replacement character is a guess",
		ErrJSON, func(c *compact) bool { return !utf8.Valid(c.payload) }},
	{"half of a surrogate pair", "no text has one; readers differ in what they make of it",
		ErrJSON, func(c *compact) bool { return loneSurrogate(c.payload) }},
	{"nested too deep", "the work is bounded", ErrDepth, func(c *compact) bool { return depth(c.payload) > MaxDepth }},
	{"a number beyond all floats", "members that are not read need no value", nil, func(c *compact) bool { return beyondFloats(c.payload) }},
}, valueDifferences()...)

// valueDifferences are those that depend on a claim's value. Each claim has an
// error of its own.
func valueDifferences() (differences []difference) {
	type class struct {
		name, why string
		claims    []string
		holds     func(value any) bool
	}
	for _, c := range []class{
		{"a text that is null", "null is not absent", []string{"iss", "sub", "jti"}, func(v any) bool { return v == nil }},
		{"a date that is a text", "a NumericDate is a number (RFC 7519, Section 2)", []string{"exp", "nbf", "iat"}, func(v any) bool {
			_, ok := v.(string)
			return ok
		}},
		{"a date after the year 9999", "the arithmetic of dates must not overflow", []string{"exp", "nbf", "iat"}, func(v any) bool {
			n, ok := v.(float64)
			return ok && n >= 253402300800
		}},
	} {
		for _, claim := range c.claims {
			differences = append(differences, difference{c.name, c.why, ClaimError(claim), func(token *compact) bool {
				var claims map[string]any
				json.Unmarshal(token.payload, &claims)
				value, ok := claims[claim]
				return ok && c.holds(value)
			}})
		}
	}
	return differences
}

// beyondFloats tells whether a document is in order but for numbers that float64
// cannot hold.
func beyondFloats(document []byte) bool {
	var v any
	err := json.Unmarshal(document, &v)
	_, ok := err.(*json.UnmarshalTypeError)
	return ok && strings.HasPrefix(err.Error(), "json: cannot unmarshal number")
}

// FuzzClaimsAgainstJWX compares what is read of a payload.
func FuzzClaimsAgainstJWX(f *testing.F) {
	for _, payload := range []string{`{}`, `{"iss":"a","sub":"b","jti":"c","aud":"d","exp":1,"nbf":2,"iat":3}`, `{"aud":["a","b"],"exp":1.5}`,
		`{"exp":"1"}`, `{"exp":"2020-01-01T00:00:00Z"}`, `{"iss":null,"aud":null,"exp":null}`, `{"aud":[]}`, `{"exp":1e9}`, `{"exp":-1}`, `{"iss":1}`, `{"x":{"y":[1]}}`} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload string) { compareClaims(t, payload) })
}

func compareClaims(t *testing.T, payload string) (classes []string) {
	t.Helper()
	want := jwt.New()
	wantErr := json.Unmarshal([]byte(payload), want)
	got, err := ParseClaims(payload)
	if (err == nil) != (wantErr == nil) {
		c := &compact{payload: []byte(payload)}
		if classes = explain(claimDifferences, err, c); len(classes) == 0 {
			t.Errorf("%q: %v, jwx says %v", payload, err, wantErr)
		}
		return classes
	}
	if err != nil {
		return nil
	}
	texts := func(name string, got string, want func() (string, bool)) {
		if w, _ := want(); got != w {
			t.Errorf("%q: %s = %q, jwx has %q", payload, name, got, w)
		}
	}
	texts("iss", got.Issuer, want.Issuer)
	texts("sub", got.Subject, want.Subject)
	texts("jti", got.ID, want.JwtID)
	audience, _ := want.Audience()
	if strings.Join(got.Audience, "\x00") != strings.Join(audience, "\x00") || len(got.Audience) != len(audience) {
		t.Errorf("%q: aud = %q, jwx has %q", payload, got.Audience, audience)
	}
	dates := func(name string, got time.Time, want func() (time.Time, bool)) {
		w, ok := want()
		if ok == got.IsZero() || ok && math.Abs(got.Sub(w).Seconds()) >= 1 {
			t.Errorf("%q: %s = %v, jwx has %v, %v", payload, name, got, w, ok)
		}
	}
	dates("exp", got.Expires, want.Expiration)
	dates("nbf", got.NotBefore, want.NotBefore)
	dates("iat", got.IssuedAt, want.IssuedAt)
	return nil
}
