package jwtaudience

import (
	"slices"
	"time"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/introspect"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jwks"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/revocation"
)

// signer returns the issuer that "iss" names, nil if none is configured.
func (e *Engine) signer(iss string) *issuer {
	if i, ok := e.issuers[iss]; ok {
		return i
	}
	for _, i := range e.patterns {
		if i.isNamed(iss) {
			return i
		}
	}
	return nil
}

// finding is what came of looking at a token.
type finding struct {
	// token is nil unless its issuer signed it.
	token  *verified
	reason policy.Reason // of a refusal
	// wait says that keys are on their way that may verify it.
	wait bool
	work policy.Work
}

func refused(reason policy.Reason) finding { return finding{reason: reason} }

// verify finds out who signed a token. Overdue says that it has waited for keys as
// long as it may.
func (e *Engine) verify(token string, now time.Time, overdue bool) finding {
	if v := e.cache.find(token); v != nil && e.holds(v, now) {
		return finding{token: v}
	}
	signed, err := jose.ParseCompact(token)
	if e.introspector != nil && (e.introspectAll || isOpaque(err)) {
		return e.introspect(token, now, overdue)
	}
	if err != nil {
		return refused(refusal(err))
	}
	claims, err := jose.ParseClaims(signed.Payload)
	if err != nil {
		return refused(refusal(err))
	}
	// "iss" is read before the signature is verified because it says whose keys
	// can verify it. Until then nothing else is taken from the claims.
	if claims.Issuer == "" {
		return refused(ReasonIssuerMissing)
	}
	i := e.signer(claims.Issuer)
	if i == nil {
		return refused(ReasonIssuerUnknown)
	}
	f := e.verifyBy(signed, i, now, overdue)
	if f.reason != "" || f.wait {
		return f
	}
	f.token.header = signed.Header
	f.token.read(e, claims, signed.Payload)
	e.cache.add(token, f.token)
	return f
}

// read notes what the claims of a token come to, whatever the request.
func (v *verified) read(e *Engine, claims *jose.Claims, payload string) {
	v.claims, v.payload = claims, payload
	v.confirmation = confirmationOf(claims.Object)
	v.identity = identity(claims)
	v.property = property(claims, v.identity, e.claims)
	for i := range e.claimHeaders {
		h := &e.claimHeaders[i]
		if value, rendering := h.Render(payload); rendering == claim.Rendered {
			v.headers = append(v.headers, policy.Header{Name: string(h.Name), Value: value})
		}
	}
}

// isOpaque tells whether a token is no JWT, by what reading it came to.
func isOpaque(err error) bool {
	return err == jose.ErrCompact || err == jose.ErrBase64 || err == jose.ErrJSON
}

// introspect asks the issuer about a token.
func (e *Engine) introspect(token string, now time.Time, overdue bool) finding {
	result, state, calls := e.introspector.Lookup(now, token)
	work := policy.Work{Calls: calls}
	switch {
	case state == introspect.Wait && !overdue:
		return finding{wait: true, work: work}
	case state == introspect.Inactive:
		return refused(ReasonTokenInactive)
	case state != introspect.Active:
		return finding{reason: ReasonIntrospectionFailed, work: work}
	}
	claims := *result.Claims
	switch claims.Issuer {
	case "":
		claims.Issuer = e.introspects.name
	case e.introspects.name:
	default:
		return refused(ReasonIssuerUnknown)
	}
	v := &verified{issuer: e.introspects, introspected: true}
	v.read(e, &claims, result.Raw)
	return finding{token: v}
}

// holds tells whether the keys that a token was verified with are still in use.
func (e *Engine) holds(v *verified, now time.Time) bool {
	i := v.issuer
	if v.keys == i.inline {
		return true
	}
	if i.source < 0 {
		return false
	}
	set, state := e.keys.Keys(now, i.source)
	return set == v.keys && usable(state)
}

// verifyBy verifies a token with an issuer's keys: those of the configuration, then
// those that are fetched.
func (e *Engine) verifyBy(signed *jose.JWS, i *issuer, now time.Time, overdue bool) finding {
	err := error(jose.ErrKey)
	if i.inline != nil {
		if err = signed.Verify(i.inline, i.algorithms, e.signature); err == nil {
			return finding{token: &verified{issuer: i, keys: i.inline}}
		}
	}
	if i.source < 0 || err == jose.ErrAlgorithmNotAllowed {
		return refused(refusal(err))
	}
	set, state := e.keys.Keys(now, i.source)
	if !usable(state) {
		calls, _ := e.keys.Tick(now)
		if state == jwks.Pending && !overdue {
			return finding{wait: true, work: e.work(calls)}
		}
		return finding{reason: ReasonKeysUnavailable, work: e.work(calls)}
	}
	err = signed.Verify(set, i.algorithms, e.signature)
	if err == nil {
		return finding{token: &verified{issuer: i, keys: set}}
	}
	if err != jose.ErrKey && signed.Header.HasKeyID {
		return refused(refusal(err))
	}
	// The issuer may have begun to use a new key.
	wanted, calls := e.keys.WantKey(now, i.source)
	switch {
	case wanted == jwks.Arrived:
		set, state = e.keys.Keys(now, i.source)
		if usable(state) && signed.Verify(set, i.algorithms, e.signature) == nil {
			return finding{token: &verified{issuer: i, keys: set}}
		}
	case wanted == jwks.Awaited && !overdue:
		return finding{wait: true, work: e.work(calls)}
	}
	return finding{reason: refusal(err), work: e.work(calls)}
}

func usable(s jwks.State) bool { return s == jwks.Fresh || s == jwks.Stale }

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

// accept judges a token whose signature is good for a request of a route.
func (e *Engine) accept(v *verified, r *route, presented bearer.Presented, request *policy.Request) policy.Reason {
	i, claims := v.issuer, v.claims
	switch {
	case !v.introspected && !i.acceptType(v.header):
		return ReasonTypeNotAccepted
	case !i.others && !isAccessToken(claims.Object):
		return ReasonKindNotAccepted
	case !v.introspected && i.rfc9068 && !followsRFC9068(v.header, claims):
		return ReasonProfileNotFollowed
	}
	if reason := i.acceptTime(claims, request.Now, v.introspected); reason != "" {
		return reason
	}
	if reason := acceptAudience(claims.Audience, r, i); reason != "" {
		return reason
	}
	want := max(i.binding, r.binding)
	for _, q := range [...]*requirements{&i.requirements, &r.requirements} {
		if reason := q.accept(v, request.Now); reason != "" {
			return reason
		}
	}
	if revoked, why := e.revoked.Revoked(request.Now, claims.Issuer, claims.Subject, v.identity.ClientID, claims.ID, claims.IssuedAt); revoked {
		switch {
		case why == revocation.Pending && !request.Overdue:
			return waiting
		case why == revocation.Pending, why == revocation.Unavailable:
			return ReasonRevocationUnknown
		}
		return ReasonTokenRevoked
	}
	if reason := e.prove(v, want, presented, request); reason != "" {
		return reason
	}
	return ReasonTokenAccepted
}

// waiting is no reason: what decides has yet to come.
const waiting policy.Reason = "waiting"

// acceptAudience compares "aud" with what the route wants, or the issuer.
func acceptAudience(got []string, r *route, i *issuer) policy.Reason {
	if len(got) == 0 {
		return ReasonAudienceMissing
	}
	audiences := r.audiences
	if audiences == nil {
		audiences = i.audiences
	}
	found := 0
	for _, want := range audiences {
		if slices.Contains(got, want) {
			found++
		}
	}
	if found == 0 || r.allAudiences && found < len(audiences) {
		return ReasonAudienceMismatch
	}
	return ""
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

// acceptTime compares the dates with the clock, and returns "" if they are good. A
// token that is endless need not have "exp".
func (i *issuer) acceptTime(claims *jose.Claims, now time.Time, endless bool) policy.Reason {
	// RFC 7519, Section 4.1.4: not accepted on or after "exp".
	if claims.Expires.IsZero() && !endless {
		return ReasonExpiryMissing
	}
	if !claims.Expires.IsZero() && !now.Before(claims.Expires.Add(i.skew)) {
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
