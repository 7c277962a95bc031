package jwtaudience

import (
	"slices"
	"strings"
	"time"

	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// requirements are Requirements ready for tokens.
type requirements struct {
	clients    []string
	claims     []claim.Matcher
	maxAge     time.Duration // 0 for any
	acrValues  []string
	authMaxAge time.Duration // 0 for any
	binding    binding
}

func newRequirements(c *Requirements) requirements {
	q := requirements{clients: c.Clients, claims: c.Claims, binding: bindingOf(c.Binding)}
	if c.MaxAge != nil {
		q.maxAge = c.MaxAge.Std()
	}
	if a := c.Authentication; a != nil {
		q.acrValues = a.ACRValues
		if a.MaxAge != nil {
			q.authMaxAge = a.MaxAge.Std()
		}
	}
	return q
}

// accept judges a token, and returns "" if it meets what is asked for.
func (q *requirements) accept(v *verified, now time.Time) policy.Reason {
	skew := v.issuer.skew
	if q.maxAge > 0 {
		switch issued := v.claims.IssuedAt; {
		case issued.IsZero():
			return ReasonIssuedAtMissing
		case now.Sub(issued) > q.maxAge+skew:
			return ReasonTokenTooOld
		}
	}
	if q.clients != nil && (v.identity.ClientID == "" || !slices.Contains(q.clients, v.identity.ClientID)) {
		return ReasonClientNotAllowed
	}
	for i := range q.claims {
		if !q.claims[i].Match(v.payload) {
			return ReasonClaimMismatch
		}
	}
	if !q.authenticated(v, now, skew) {
		return ReasonAuthenticationInsufficient
	}
	return ""
}

// authenticated tells whether the user was authenticated as asked for. RFC 9470,
// Section 6.1: "acr" and "auth_time" of the token say how and when.
func (q *requirements) authenticated(v *verified, now time.Time, skew time.Duration) bool {
	if q.acrValues != nil {
		acr, ok := v.claims.Object.Get("acr").Text()
		if !ok || !slices.Contains(q.acrValues, acr) {
			return false
		}
	}
	if q.authMaxAge > 0 {
		at, ok := v.claims.Object.Get("auth_time").Date()
		if !ok || now.Sub(at) > q.authMaxAge+skew || at.Sub(now) > skew {
			return false
		}
	}
	return true
}

// stepUp is what a user has to do to be authenticated as q and others ask for: one
// of the acr values of both, and not longer ago than the shorter of their ages. If
// no value does for both, those of q are as good as any.
func (q *requirements) stepUp(others *requirements) (acrValues []string, maxAge time.Duration) {
	acrValues, maxAge = q.acrValues, q.authMaxAge
	if acrValues == nil {
		acrValues = others.acrValues
	} else if others.acrValues != nil {
		var both []string
		for _, value := range acrValues {
			if slices.Contains(others.acrValues, value) {
				both = append(both, value)
			}
		}
		if both != nil {
			acrValues = both
		}
	}
	if maxAge == 0 || others.authMaxAge > 0 && others.authMaxAge < maxAge {
		maxAge = others.authMaxAge
	}
	return acrValues, maxAge
}

// isAccessToken tells whether nothing in a token says that it is something else:
// RFC 8725, Section 2.8 has what comes of taking one kind for another. Hashes are in
// ID tokens alone (OpenID Connect Core 1.0, Sections 3.1.3.6 and 3.3.2.11), "events"
// in those that tell of something (RFC 8417); "token_use" and "typ" are how widely
// used issuers mark theirs.
func isAccessToken(claims jose.Object) bool {
	for _, name := range [...]string{"at_hash", "c_hash", "s_hash", "events"} {
		if claims.Get(name).Kind() != jose.Absent {
			return false
		}
	}
	if use, ok := claims.Get("token_use").Text(); ok && use != "access" && use != "access_token" {
		return false
	}
	if typ, ok := claims.Get("typ").Text(); ok {
		switch strings.ToLower(typ) {
		case "id", "refresh", "offline", "logout":
			return false
		}
	}
	return true
}

// followsRFC9068 tells whether a token has the type and the claims of RFC 9068,
// Section 2.
func followsRFC9068(header jose.Header, c *jose.Claims) bool {
	id, ok := c.Object.Get("client_id").Text()
	return header.HasType && canonicalType(header.Type) == "at+jwt" && ok && id != "" && c.Subject != "" && c.ID != "" && !c.IssuedAt.IsZero()
}
