package dpop

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/slot"
)

// MaxProofSize is the longest proof that is read, in bytes. One with the largest
// RSA key takes about 2 KiB.
const MaxProofSize = 8 << 10

// MaxRSABits is the largest RSA key of a proof. It is less than that of a key
// set: here it is the client that chooses what the verification costs.
const MaxRSABits = 4096

// Want is what a proof must be good for.
type Want struct {
	// Method is the method of the request.
	Method string
	// URI is the absolute address of the request as the client knows it. A query
	// and a fragment are ignored.
	URI string
	// AccessToken is the token as it was presented. Required.
	AccessToken string
	// Thumbprint is that of the key which the token is bound to, see
	// [Confirmation]. Required.
	Thumbprint string
	// Now is the time of the decision.
	Now time.Time
	// MaxAge is how far back "iat" may lie.
	MaxAge time.Duration
	// ClockSkew is how far ahead "iat" may lie, for clients whose clock is fast.
	ClockSkew time.Duration
	// Algorithms are those that are accepted.
	Algorithms jose.Algorithms
	// VerifySignature verifies; nil is [jose.VerifySignature].
	VerifySignature jose.VerifyFunc
	// Nonces are those that a proof must have one of; nil asks for none.
	Nonces *Nonces
	// Seen remembers proofs for as long as they are good. It should refuse what it
	// has no room for: evicting lets a replay pass. nil remembers nothing.
	Seen *slot.Table
}

// Find returns the request's proof, and ReasonMissing or ReasonRepeated if there
// is not exactly one. A proxy may have joined two fields with a comma, which no
// proof has. The proof shares memory with headers.
func Find(headers policy.Headers) (string, policy.Reason) {
	proof, fields := "", 0
	for i := range headers {
		if headers[i].Name == "dpop" {
			proof = headers[i].Value
			fields++
		}
	}
	switch {
	case fields == 0:
		return "", ReasonMissing
	case fields > 1 || strings.IndexByte(proof, ',') >= 0:
		return "", ReasonRepeated
	}
	return strings.Trim(proof, " \t"), ""
}

// Verify returns the thumbprint of the key that made the proof (RFC 7638), and
// no reason if, and only if, all of RFC 9449, Section 4.3 holds for the request
// and the proof was not seen before. A good proof is remembered, so it is verified
// once, and last of all checks of a request that could refuse it.
func Verify(proof string, want *Want) (thumbprint string, reason policy.Reason) {
	if len(proof) > MaxProofSize {
		return "", ReasonTooLarge
	}
	signed, key, err := jose.ParseProof(proof)
	switch err {
	case nil:
	case jose.ErrAlgorithm:
		return "", ReasonAlgorithm
	case jose.ErrPrivateKey:
		return "", ReasonPrivateKey
	case jose.ErrHeaderKey:
		return "", ReasonKey
	default:
		return "", ReasonMalformed
	}
	c, reason := parseClaims(signed.Payload)
	if reason != "" {
		return "", reason
	}
	if signed.Header.Type != "dpop+jwt" {
		return "", ReasonType
	}
	if !want.Algorithms.Has(signed.Header.Algorithm) {
		return "", ReasonAlgorithm
	}
	if public, ok := key.Public().(*rsa.PublicKey); ok && public.N.BitLen() > MaxRSABits {
		return "", ReasonKey
	}
	switch signed.VerifyKey(key, want.Algorithms, want.VerifySignature) {
	case nil:
	case jose.ErrKey:
		return "", ReasonKey
	default:
		return "", ReasonSignature
	}
	thumbprint = key.Thumbprint()
	if reason := c.check(thumbprint, want); reason != "" {
		return "", reason
	}
	return thumbprint, ""
}

// claims are those of RFC 9449, Section 4.2.
type claims struct {
	id, method, uri, hash, nonce string
	issued                       time.Time
}

// parseClaims reads the claims of a proof that comes with an access token.
// "nonce" is optional here, since only the server knows whether it gave one.
func parseClaims(payload string) (c claims, reason policy.Reason) {
	o, err := jose.ParseObject(payload)
	if err != nil {
		return c, ReasonMalformed
	}
	for _, claim := range []struct {
		name     string
		into     *string
		optional bool
	}{
		{"jti", &c.id, false}, {"htm", &c.method, false}, {"htu", &c.uri, false}, {"ath", &c.hash, false}, {"nonce", &c.nonce, true},
	} {
		v := o.Get(claim.name)
		if claim.optional && v.Kind() == jose.Absent {
			continue
		}
		text, ok := v.Text()
		if !ok || text == "" {
			return c, ReasonClaims
		}
		*claim.into = text
	}
	var ok bool
	if c.issued, ok = o.Get("iat").Date(); !ok {
		return c, ReasonClaims
	}
	return c, ""
}

// check holds the claims of a proof, whose signature is good, against the
// request: rules 8 to 12 of RFC 9449, Section 4.3, and Section 11.1.
func (c *claims) check(thumbprint string, want *Want) policy.Reason {
	if c.method != want.Method {
		return ReasonMethod
	}
	if !SameURI(c.uri, want.URI) {
		return ReasonURI
	}
	if want.Nonces != nil && !want.Nonces.accepts(want.Now, c.nonce) {
		return ReasonNonce
	}
	if c.issued.Before(want.Now.Add(-want.MaxAge)) || c.issued.After(want.Now.Add(want.ClockSkew)) {
		return ReasonTime
	}
	if want.AccessToken == "" || !same(c.hash, Hash(want.AccessToken)) {
		return ReasonToken
	}
	if !same(thumbprint, want.Thumbprint) {
		return ReasonBinding
	}
	if want.Seen == nil {
		return ""
	}
	// The thumbprint has a fixed length, so no two pairs are one key. Beyond one
	// second more than it can be good the proof need not be remembered.
	known := false
	ttl := c.issued.Add(want.MaxAge + time.Second).Sub(want.Now)
	switch want.Seen.Update(want.Now, thumbprint+c.id, ttl, func(_ []byte, seen bool) slot.Verdict {
		known = seen
		if seen {
			return slot.Leave
		}
		return slot.Keep
	}) {
	case slot.Done:
	default:
		return ReasonReplayUnknown
	}
	if known {
		return ReasonReplayed
	}
	return ""
}

// Hash returns what "ath" must be for an access token (RFC 9449, Section 4.2):
// its SHA-256 in base64url.
func Hash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Confirmation returns "jkt" of the claim "cnf" (RFC 9449, Section 6.1): the
// thumbprint of the key that an access token, or what introspection says of it,
// is bound to. It is "" if the token is not bound by DPoP, and good is false if
// "cnf" or "jkt" is there and not what it should be.
func Confirmation(o jose.Object) (thumbprint string, good bool) {
	cnf := o.Get("cnf")
	switch cnf.Kind() {
	case jose.Absent:
		return "", true
	case jose.ObjectKind:
	default:
		return "", false
	}
	members, err := jose.ParseObject(cnf.Raw())
	if err != nil {
		return "", false
	}
	jkt := members.Get("jkt")
	if jkt.Kind() == jose.Absent {
		return "", true
	}
	text, ok := jkt.Text()
	if !ok || len(text) != thumbprintLen {
		return "", false
	}
	return text, true
}

// thumbprintLen is the length of 32 bytes in base64url.
const thumbprintLen = 43

// same compares without telling by its time where two strings differ. Two empty
// ones are not the same: nothing was asked for.
func same(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
