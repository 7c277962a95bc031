package jwtaudience

import (
	"strings"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/endpoint"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/introspect"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/revocation"
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
	Realm bearer.Realm `json:"realm" config:"default=api"`
	// Whether the upstream receives the Authorization header of a request that is
	// let through. If false, a bearer token, good or not, ends at the gateway,
	// but for shadow mode, which changes no request. Default true. Optional.
	ForwardToken bool `json:"forward_token" config:"default=true"`
	// How long a request waits at most for keys that are being fetched. Default
	// "5s". Optional.
	MaxWait config.Duration `json:"max_wait" config:"default=5s,minimum=1ms,maximum=1m"`
	// Where a token may be, in the order in which they are tried; a request with
	// tokens in two of them is refused. Default: the header authorization with the
	// scheme Bearer, and DPoP where a binding of "dpop" or "any" is asked for.
	// Optional.
	TokenSources bearer.Sources `json:"token_sources" config:"minitems=1,maxitems=16"`
	// Whether CORS preflights (Fetch Standard, Section 4.8) are let through: browsers
	// send them without a token. Default false. Optional.
	AllowCORSPreflight bool `json:"allow_cors_preflight"`
	// Document that tells clients where tokens for this resource come from. It is
	// served at "/.well-known/oauth-protected-resource" with the path of the resource
	// behind it, and named in every challenge (RFC 9728). Default: none. Optional.
	ResourceMetadata *bearer.Metadata `json:"resource_metadata"`
	// How proofs of possession by DPoP are judged (RFC 9449). Optional.
	DPoP DPoP `json:"dpop"`
	// Tokens that are refused before their time, by "jti", "sub", client, or by when
	// they were issued. Default: none. Optional.
	Revocation revocation.Config `json:"revocation"`
	// Headers that the upstream is given claims in. Whatever a client sends in them is
	// removed, on every route, with or without a token; but for shadow mode, which
	// changes no request. Default: none. Optional.
	ClaimsToHeaders []claim.Header `json:"claims_to_headers" config:"minitems=1,maxitems=64"`
	// Claims that are handed on as members of "claims" of the identity, for later
	// filters, by their names at the top level of the token. Default: none. Optional.
	IdentityClaims []string `json:"identity_claims" config:"minitems=1,maxitems=64,minlen=1,maxlen=256,unique"`
	// Tokens whose signature was good are remembered, so that it need not be
	// verified again. Optional.
	TokenCache TokenCache `json:"token_cache"`
}

// DPoP says what a proof of possession must be.
type DPoP struct {
	// Signature algorithms that are accepted of proofs. Default: all asymmetric
	// ones. Optional.
	Algorithms []string `json:"algorithms" config:"minitems=1,unique,default=ES256|ES384|ES512|PS256|PS384|PS512|RS256|RS384|RS512|EdDSA|Ed25519,enum=RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA|Ed25519"`
	// How long ago a proof may have been made. Default "1m". Optional.
	MaxAge config.Duration `json:"max_age" config:"default=1m,minimum=1s,maximum=1h"`
	// How far ahead a client's clock may be. Default "5s". Optional.
	ClockSkew config.Duration `json:"clock_skew" config:"default=5s,maximum=5m"`
	// Whether a proof must hold a nonce that the gateway gave to the client (RFC
	// 9449, Section 8). Default false. Optional.
	RequireNonce bool `json:"require_nonce"`
	// How long a nonce is given out; it is good for as long again. Default "1m".
	// Optional.
	NoncePeriod config.Duration `json:"nonce_period" config:"default=1m,minimum=1s,maximum=1h"`
	// How many proofs are remembered over all worker threads, rounded up to a
	// multiple of 32, so that none is accepted twice: at least as many as come in
	// max_age. When there is no room requests are answered 503. Each takes about 24
	// bytes. Default 32768. Optional.
	Remember int `json:"remember" config:"default=32768,minimum=32,maximum=33554432"`
}

// TokenCache bounds what is remembered of tokens.
type TokenCache struct {
	// How many tokens each worker thread remembers, up to 4 KiB each with what was
	// read of them; 0 remembers none. Time, audience and everything else but the
	// signature are checked on every use, and the signature again once the
	// issuer's keys have changed. Default 256. Optional.
	Entries int `json:"entries" config:"default=256,minimum=0,maximum=65536"`
}

// Issuer is one issuer of tokens and what is asked of them.
type Issuer struct {
	// Issuer as in the claim "iss", compared byte for byte: a trailing slash or
	// another case makes another issuer. "{tenant}", once, stands for one or more
	// letters, digits, dots, hyphens and underscores, as in
	// "https://login.example.com/{tenant}/v2.0". Required.
	Issuer string `json:"issuer" config:"required,minlen=1,maxlen=2048"`
	// Tenants that "{tenant}" in the issuer may stand for. Default: any. Optional.
	Tenants []string `json:"tenants" config:"minitems=1,maxitems=1024,minlen=1,maxlen=256,unique"`
	// Audiences, one of which must be in the token's "aud" (RFC 7519, Section
	// 4.1.3), compared byte for byte. A route's own audiences replace them.
	// Required.
	Audiences []string `json:"audiences" config:"required,minitems=1,maxitems=64,minlen=1,maxlen=2048,unique"`
	// Public keys of the issuer as a JWK Set (RFC 7517, Section 5). Encryption
	// keys are left out; a private or symmetric key, RSA outside 2048 to 8192
	// bits and one "kid" for two keys are errors. A token with "kid" is verified
	// with that key only; one without is tried with the first 4 keys that fit its
	// algorithm. With jwks_uri or discovery these keys are tried first. Optional: one of
	// jwks, jwks_uri, discovery and introspection is required.
	JWKS *KeySet `json:"jwks"`
	// Where the issuer publishes its JWK Set. Optional.
	JWKSURI *RemoteKeys `json:"jwks_uri"`
	// Where the issuer says what its "jwks_uri" is (OpenID Connect Discovery 1.0,
	// Section 4; RFC 8414). Not together with jwks_uri. Optional.
	Discovery *Discovery `json:"discovery"`
	// Asks the issuer about tokens that are no JWT (RFC 7662): what it says of them is
	// judged like claims, but for "typ" and "exp", which it has judged itself. One
	// issuer at most can have it. Optional.
	Introspection *introspect.Config `json:"introspection"`
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
	// Profile that access tokens have to follow. "rfc9068" asks for the type
	// "at+jwt" and the claims "iss", "exp", "aud", "sub", "client_id", "iat" and
	// "jti" (RFC 9068, Section 2.2). Default: none. Optional.
	Profile string `json:"profile" config:"enum=rfc9068"`
	// Whether tokens are accepted that say they are no access tokens: ID, refresh
	// and logout tokens by "at_hash", "c_hash", "s_hash", "events", "token_use" or
	// "typ" among their claims. Default false. Optional.
	AcceptOtherTokens bool `json:"accept_other_tokens"`
	Requirements
}

// Requirements are asked of a token of an issuer, or on a route in addition to
// those of its issuer.
type Requirements struct {
	// Clients that may use the token: its "client_id" (RFC 9068, Section 2.2) or
	// else "azp". Default: any. Optional.
	Clients []string `json:"clients" config:"minitems=1,maxitems=1024,minlen=1,maxlen=2048,unique"`
	// Conditions on claims, all of which must hold. Default: none. Optional.
	Claims []claim.Matcher `json:"claims" config:"minitems=1,maxitems=64"`
	// Longest time since "iat" for which the token is accepted; one without "iat" is
	// refused then. Default: any. Optional.
	MaxAge *config.Duration `json:"max_age" config:"minimum=1s"`
	// How and when the user has to have been authenticated. A client whose token
	// does not say so is told what to ask for (RFC 9470). Default: anyhow. Optional.
	Authentication *Authentication `json:"authentication"`
	// Proof that the client is the one that the token was issued to. "none" asks
	// for none, but checks a token that is bound to a key; "mtls" asks for a token
	// bound to the certificate of the connection (RFC 8705), "dpop" for one bound to
	// the key of a proof (RFC 9449), "any" for one of the two. Default "none".
	// Optional.
	Binding string `json:"binding" config:"enum=none|mtls|dpop|any"`
}

// Authentication is a step up in authentication.
type Authentication struct {
	// Values of "acr", one of which the token has to have, best first. Default: any.
	// Optional.
	ACRValues []string `json:"acr_values" config:"minitems=1,maxitems=16,minlen=1,maxlen=256,unique"`
	// Longest time since "auth_time". Default: any. Optional.
	MaxAge *config.Duration `json:"max_age" config:"minimum=1s"`
}

// RemoteKeys is a JWK Set that is fetched.
type RemoteKeys struct {
	// URI of the JWK Set, such as "https://idp.example.com/keys". Its host is the
	// request's authority; where the request goes is up to the cluster. Required.
	URI endpoint.URI `json:"uri" config:"required"`
	Fetch
}

// Discovery is a JWK Set that the issuer's metadata name.
type Discovery struct {
	// URI of the metadata. Default: the issuer with
	// "/.well-known/openid-configuration" behind it. Optional.
	URI *endpoint.URI `json:"uri"`
	Fetch
}

// Fetch says how keys are fetched.
type Fetch struct {
	// Cluster of the proxy that the requests go to, such as "idp" or, in Istio,
	// "outbound|443||idp.example.com". It decides on addresses, TLS and client
	// certificates. Required.
	Cluster string `json:"cluster" config:"required,minlen=1,maxlen=512"`
	// How long an answer may take. Default "5s". Optional.
	Timeout config.Duration `json:"timeout" config:"default=5s,minimum=100ms,maximum=1m"`
	// How long keys are used before they are fetched again, if the answer does not
	// say (RFC 9111, Section 5.2). Default "5m". Optional.
	Refresh config.Duration `json:"refresh" config:"default=5m,minimum=10s,maximum=24h"`
	// How long keys are used beyond that while they cannot be fetched. After it,
	// tokens of the issuer are answered 503. Default "24h". Optional.
	MaxStale config.Duration `json:"max_stale" config:"default=24h,minimum=0s,maximum=720h"`
	// How often, at most, tokens with an unknown "kid" have the keys fetched again.
	// Default "30s". Optional.
	UnknownKeyInterval config.Duration `json:"unknown_key_interval" config:"default=30s,minimum=1s,maximum=24h"`
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
	// Whether "any" one of the audiences must be in the token's "aud", or "all" of
	// them. Default "any". Optional.
	AudienceMatch string `json:"audience_match" config:"default=any,enum=any|all"`
	// Whether every request is let through, with or without a token. A good token
	// is still handed on as the request's identity, any other is as none.
	// Default false. Optional.
	AllowAnonymous bool `json:"allow_anonymous"`
	// Mode of this route, "enforce" or "shadow". Default: the mode of the whole
	// configuration. Optional.
	Mode *config.Mode `json:"mode"`
	Requirements
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
	if i.JWKSURI != nil && i.Discovery != nil {
		return v.Field("discovery").Errorf("not together with jwks_uri")
	}
	tenants := strings.Count(i.Issuer, tenantPlaceholder)
	switch {
	case tenants > 1:
		return v.Field("issuer").Errorf("{tenant} more than once")
	case tenants == 0 && i.Tenants != nil:
		return v.Field("tenants").Errorf("want {tenant} in the issuer")
	case tenants == 1 && i.Discovery != nil && i.Discovery.URI == nil:
		return v.Field("discovery").Field("uri").Errorf("missing, and required where the issuer has a {tenant}")
	}
	if i.JWKS == nil {
		if i.JWKSURI == nil && i.Discovery == nil && i.Introspection == nil {
			return v.Errorf("want jwks, jwks_uri, discovery or introspection")
		}
		return nil
	}
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
	introspecting := -1
	for i := range c.Issuers {
		if c.Issuers[i].Introspection != nil {
			if introspecting >= 0 {
				return v.Field("issuers").Index(i).Field("introspection").Errorf("already at issuers[%d]: an opaque token does not say whose it is", introspecting)
			}
			introspecting = i
		}
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
