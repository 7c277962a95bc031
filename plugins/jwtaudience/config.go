package jwtaudience

import (
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/match"
)

// Config is the configuration of jwt-audience.
type Config struct {
	// Mode of all routes that have none of their own. "enforce" answers a request
	// that is denied, "shadow" lets it through and records what would have
	// happened. A request that can be read in two ways may be one for any route:
	// it is denied in shadow mode only if each route that asks for a token is in
	// shadow mode too. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// Issuers whose tokens are accepted, each with its keys and rules. A token is
	// judged by the entry whose issuer equals its "iss". Required.
	Issuers []Issuer `json:"issuers" config:"required,minitems=1,maxitems=64"`
	// Routes in the order in which they are tried: the first that matches a
	// request applies. Requests that none matches need a token for the issuer's
	// audiences. Default: none. Optional.
	Routes []Route `json:"routes" config:"maxitems=4096"`
	// How paths of requests are read, for all routes. Default: paths that can be
	// read in two ways are refused. Optional.
	Paths match.Paths `json:"paths"`
	// Which decisions are written as security events, and how much they tell.
	// Metrics count all decisions. Default: denials, with subject and client id.
	// Optional.
	Events event.Config `json:"events"`
	// Realm named in the challenge to clients (RFC 9110, Section 11.5). Printable
	// ASCII without quotation marks and backslashes. Default "api". Optional.
	Realm Realm `json:"realm" config:"default=api"`
	// Whether the upstream receives the Authorization header of a request that is
	// let through. If false, a bearer token, good or not, ends at the gateway,
	// but for shadow mode, which changes no request. Default true. Optional.
	ForwardToken bool `json:"forward_token" config:"default=true"`
}

// Issuer is one issuer of tokens and what is asked of them.
type Issuer struct {
	// Issuer as in the claim "iss", compared byte for byte: a trailing slash or
	// another case makes another issuer. Required.
	Issuer string `json:"issuer" config:"required,minlen=1,maxlen=2048"`
	// Audiences, one of which must be in the token's "aud" (RFC 7519, Section
	// 4.1.3), compared byte for byte. A route's own audiences replace them.
	// Required.
	Audiences []string `json:"audiences" config:"required,minitems=1,maxitems=64,minlen=1,maxlen=2048,unique"`
	// Public keys of the issuer as a JWK Set (RFC 7517, Section 5). Encryption
	// keys are left out; a private or symmetric key, RSA outside 2048 to 8192
	// bits and one "kid" for two keys are errors. A token with "kid" is verified
	// with that key only; one without is tried with the first 4 keys that fit its
	// algorithm. Required.
	JWKS KeySet `json:"jwks" config:"required"`
	// Signature algorithms that are accepted (RFC 7518, Section 3.1; RFC 8037).
	// Each is bound to its type of key, curve and, where the key names one, the
	// key's "alg". Symmetric algorithms and "none" cannot be named. Default: all
	// of them, so that the issuer's keys decide. Optional.
	Algorithms []string `json:"algorithms" config:"minitems=1,unique,default=RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA|Ed25519,enum=RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA|Ed25519"`
	// How far the issuer's clock and this one may be apart: added to "exp" and
	// taken from "nbf" and "iat". At most 5m. Default "60s". Optional.
	ClockSkew config.Duration `json:"clock_skew" config:"default=60s,maximum=5m"`
	// Longest time from "iat" to "exp" that is accepted; a token without "iat" is
	// refused then. Default: any lifetime, and "iat" is not needed. Optional.
	MaxLifetime *config.Duration `json:"max_lifetime" config:"minimum=1s"`
	// Values of the header "typ" that are accepted (RFC 8725, Section 3.11),
	// compared in any case and with or without "application/" in front. A token
	// without "typ" counts as "jwt". Name "at+jwt" alone to refuse ID tokens of
	// issuers that follow RFC 9068. Default "at+jwt" and "jwt". Optional.
	TokenTypes []TokenType `json:"token_types" config:"minitems=1,default=at+jwt|jwt"`
}

// Route says what is asked of the requests that it matches.
type Route struct {
	// Name of the route in events. Default: its place, as in "routes[0]". Optional.
	Name string `json:"name" config:"minlen=1,maxlen=64"`
	// Requests that the route is for. Required.
	Match match.Match `json:"match" config:"required"`
	// Audiences, one of which must be in the token's "aud", in place of those of
	// the issuer, whichever of the issuers it is: each of them can issue a token
	// for the route. Default: those of the issuer. Optional.
	Audiences []string `json:"audiences" config:"minitems=1,maxitems=64,minlen=1,maxlen=2048,unique"`
	// Whether every request is let through, with or without a token. A good token
	// is still handed on as the request's identity, any other is as none.
	// Default false. Optional.
	AllowAnonymous bool `json:"allow_anonymous"`
	// Mode of this route, "enforce" or "shadow". Default: the mode of the whole
	// configuration. Optional.
	Mode *config.Mode `json:"mode"`
}

// Realm is the realm of a challenge.
//
//schema:is {"type":"string","minLength":1,"maxLength":64,"pattern":"^[ !#-\\[\\]-~]*$"}
type Realm string

// UnmarshalConfig reads the realm.
func (r *Realm) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	ok := v.Kind() == config.String && len(text) >= 1 && len(text) <= 64
	for i := 0; ok && i < len(text); i++ {
		c := text[i]
		ok = c >= ' ' && c <= '~' && c != '"' && c != '\\'
	}
	if !ok {
		return v.Errorf("want 1 to 64 printable ASCII characters without quotation marks and backslashes")
	}
	*r = Realm(text)
	return nil
}

// KeySet is a JWK Set.
//
//schema:is {"type":"object","required":["keys"],"properties":{"keys":{"type":"array","minItems":1,"maxItems":64,"items":{"type":"object","required":["kty"],"properties":{"kty":{"type":"string"},"kid":{"type":"string"},"use":{"type":"string"},"alg":{"type":"string"}}}}}}
type KeySet struct{ set *jose.KeySet }

// UnmarshalConfig reads the set and places what is wrong with it.
func (k *KeySet) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.Object {
		return v.Errorf(`want a JWK Set, an object with an array "keys", got %s`, v.Kind())
	}
	set, err := jose.ParseKeySet(string(v.Raw()))
	if err == nil {
		k.set = set
		return nil
	}
	fault, ok := err.(*jose.KeySetError)
	if !ok {
		return v.Errorf("%v", err)
	}
	if fault.Index >= 0 {
		v = v.Field("keys").Index(fault.Index)
	}
	if fault.Member != "" {
		v = v.Field(fault.Member)
	}
	return v.Errorf("%s", fault.Problem)
}

// TokenType is a value of "typ", kept in lower case and without "application/".
//
//schema:is {"type":"string","minLength":1,"maxLength":64,"pattern":"^[A-Za-z0-9!#$&^_.+/-]*$"}
type TokenType string

// UnmarshalConfig reads the media type. RFC 6838, Section 4.2 has its
// characters.
func (t *TokenType) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	ok := v.Kind() == config.String && len(text) >= 1 && len(text) <= 64
	for i := 0; ok && i < len(text); i++ {
		c := text[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		ok = letter || strings.IndexByte("!#$&^_.+/-", c) >= 0
	}
	if !ok {
		return v.Errorf(`want a media type such as "at+jwt"`)
	}
	*t = TokenType(canonicalType(text))
	return nil
}

// canonicalType is the spelling in which types are compared. RFC 7515, Section
// 4.1.9: case does not matter, and a value without a slash stands for one with
// "application/" in front.
func canonicalType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

// ValidateConfig refuses an issuer no token of which could be accepted.
func (i *Issuer) ValidateConfig(v config.Value) error {
	allowed := algorithms(i.Algorithms)
	for _, key := range i.JWKS.set.Keys() {
		if key.Algorithms()&allowed != 0 {
			return nil
		}
	}
	return v.Field("algorithms").Errorf("no key of jwks can be used with one of them")
}

// ValidateConfig refuses issuers that cannot be told apart.
func (c *Config) ValidateConfig(v config.Value) error {
	for i := range c.Issuers {
		for j := range i {
			if c.Issuers[i].Issuer == c.Issuers[j].Issuer {
				return v.Field("issuers").Index(i).Field("issuer").Errorf("already used by issuers[%d]", j)
			}
		}
	}
	return nil
}

func algorithms(names []string) jose.Algorithms {
	var set jose.Algorithms
	for _, name := range names {
		if a, ok := jose.ParseAlgorithm(name); ok {
			set = set.With(a)
		}
	}
	return set
}
