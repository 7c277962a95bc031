package jwtaudience

import (
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// issuer is an Issuer ready for tokens.
type issuer struct {
	audiences   []string
	keys        *jose.KeySet
	algorithms  jose.Algorithms
	skew        time.Duration
	maxLifetime time.Duration // 0 for any
	types       []TokenType
}

func newIssuer(c *Issuer) *issuer {
	i := &issuer{
		audiences:  c.Audiences,
		keys:       c.JWKS.set,
		algorithms: algorithms(c.Algorithms),
		skew:       c.ClockSkew.Std(),
		types:      c.TokenTypes,
	}
	if c.MaxLifetime != nil {
		i.maxLifetime = c.MaxLifetime.Std()
	}
	return i
}

// check judges a token for one of audiences, or for those of its issuer if that
// is nil. The claims are those of a token that its issuer signed, whatever the
// reason; nil otherwise.
func (e *Engine) check(token string, audiences []string, now time.Time) (*jose.Claims, policy.Reason) {
	signed, err := jose.ParseCompact(token)
	if err != nil {
		return nil, refusal(err)
	}
	claims, err := jose.ParseClaims(signed.Payload)
	if err != nil {
		return nil, refusal(err)
	}
	// "iss" is read before the signature is verified because it says whose keys
	// can verify it. Until then nothing else is taken from the claims.
	if claims.Issuer == "" {
		return nil, ReasonIssuerMissing
	}
	i, ok := e.issuers[claims.Issuer]
	if !ok {
		return nil, ReasonIssuerUnknown
	}
	if err := signed.Verify(i.keys, i.algorithms, e.verify); err != nil {
		return nil, refusal(err)
	}
	if audiences == nil {
		audiences = i.audiences
	}
	return claims, i.accept(signed.Header, claims, audiences, now)
}

// refusal is the reason for an error of package jose.
func refusal(err error) policy.Reason {
	switch err {
	case jose.ErrTokenSize:
		return ReasonTokenTooLarge
	case jose.ErrCritical:
		return ReasonHeaderCritical
	case jose.ErrAlgorithm:
		return ReasonAlgorithmUnsupported
	case jose.ErrAlgorithmNotAllowed:
		return ReasonAlgorithmNotAllowed
	case jose.ErrKey:
		return ReasonKeyUnknown
	case jose.ErrSignature:
		return ReasonSignatureInvalid
	}
	if _, ok := err.(jose.ClaimError); ok {
		return ReasonClaimMalformed
	}
	return ReasonTokenMalformed
}

// accept judges a token whose signature is good.
func (i *issuer) accept(header jose.Header, claims *jose.Claims, audiences []string, now time.Time) policy.Reason {
	if !i.acceptType(header) {
		return ReasonTypeNotAccepted
	}
	if reason := i.acceptTime(claims, now); reason != "" {
		return reason
	}
	if len(claims.Audience) == 0 {
		return ReasonAudienceMissing
	}
	for _, want := range audiences {
		for _, got := range claims.Audience {
			if got == want {
				return ReasonTokenAccepted
			}
		}
	}
	return ReasonAudienceMismatch
}

// acceptType compares "typ". RFC 8725, Section 3.11: what a token is for must
// not be guessed. One that does not say counts as the least specific type.
func (i *issuer) acceptType(header jose.Header) bool {
	typ := "jwt"
	if header.HasType {
		typ = canonicalType(header.Type)
	}
	for _, want := range i.types {
		if string(want) == typ {
			return true
		}
	}
	return false
}

// acceptTime compares the dates with the clock, and returns "" if they are good.
func (i *issuer) acceptTime(claims *jose.Claims, now time.Time) policy.Reason {
	// RFC 7519, Section 4.1.4: not accepted on or after "exp".
	if claims.Expires.IsZero() {
		return ReasonExpiryMissing
	}
	if !now.Before(claims.Expires.Add(i.skew)) {
		return ReasonTokenExpired
	}
	// RFC 7519, Section 4.1.5: not accepted before "nbf".
	if !claims.NotBefore.IsZero() && now.Before(claims.NotBefore.Add(-i.skew)) {
		return ReasonNotYetValid
	}
	// RFC 7519, Section 4.1.6 gives no rule for "iat". One to come means that a
	// clock is wrong, and then so is the lifetime counted from it.
	if !claims.IssuedAt.IsZero() && now.Before(claims.IssuedAt.Add(-i.skew)) {
		return ReasonIssuedInFuture
	}
	if i.maxLifetime > 0 {
		if claims.IssuedAt.IsZero() {
			return ReasonIssuedAtMissing
		}
		if claims.Expires.Sub(claims.IssuedAt) > i.maxLifetime {
			return ReasonLifetimeTooLong
		}
	}
	return ""
}
