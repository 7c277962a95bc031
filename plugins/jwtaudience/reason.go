package jwtaudience

import (
	"slices"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Why a request is let through.
const (
	// ReasonTokenAccepted: the token is good for this request.
	ReasonTokenAccepted policy.Reason = "token_accepted"
	// ReasonAnonymousAllowed: the route lets requests without a good token
	// through.
	ReasonAnonymousAllowed policy.Reason = "anonymous_allowed"
)

// Why a request is denied, in the order in which the rules are checked. Before
// them come the reasons of package match.
const (
	// ReasonAuthorizationRepeated: more than one set of credentials.
	ReasonAuthorizationRepeated policy.Reason = "authorization_repeated"
	// ReasonTokenMissing: no bearer token.
	ReasonTokenMissing policy.Reason = "token_missing"
	// ReasonTokenTooLarge: longer than jose.MaxTokenSize.
	ReasonTokenTooLarge policy.Reason = "token_too_large"
	// ReasonTokenMalformed: not a JWS in compact serialization with a JSON object
	// inside, by the strict reading of package jose.
	ReasonTokenMalformed policy.Reason = "token_malformed"
	// ReasonHeaderCritical: the token needs an extension ("crit", "b64").
	ReasonHeaderCritical policy.Reason = "header_critical"
	// ReasonAlgorithmUnsupported: "none", an HMAC, or an algorithm unknown here.
	ReasonAlgorithmUnsupported policy.Reason = "algorithm_unsupported"
	// ReasonClaimMalformed: a registered claim has a type that RFC 7519 does not
	// give it.
	ReasonClaimMalformed policy.Reason = "claim_malformed"
	// ReasonIssuerMissing: no "iss".
	ReasonIssuerMissing policy.Reason = "issuer_missing"
	// ReasonIssuerUnknown: "iss" is no configured issuer.
	ReasonIssuerUnknown policy.Reason = "issuer_unknown"
	// ReasonAlgorithmNotAllowed: "alg" is not among the issuer's algorithms.
	ReasonAlgorithmNotAllowed policy.Reason = "algorithm_not_allowed"
	// ReasonKeyUnknown: the issuer has no key for "kid" and "alg".
	ReasonKeyUnknown policy.Reason = "key_unknown"
	// ReasonSignatureInvalid: the issuer did not sign the token. What comes after
	// this one concerns tokens that the issuer did sign.
	ReasonSignatureInvalid policy.Reason = "signature_invalid"
	// ReasonTypeNotAccepted: "typ" is not among the issuer's token types.
	ReasonTypeNotAccepted policy.Reason = "type_not_accepted"
	// ReasonExpiryMissing: no "exp".
	ReasonExpiryMissing policy.Reason = "expiry_missing"
	// ReasonTokenExpired: "exp" is now or past, beyond the skew.
	ReasonTokenExpired policy.Reason = "token_expired"
	// ReasonNotYetValid: "nbf" is to come, beyond the skew.
	ReasonNotYetValid policy.Reason = "not_yet_valid"
	// ReasonIssuedInFuture: "iat" is to come, beyond the skew.
	ReasonIssuedInFuture policy.Reason = "issued_in_future"
	// ReasonIssuedAtMissing: no "iat", with a bound on the lifetime.
	ReasonIssuedAtMissing policy.Reason = "issued_at_missing"
	// ReasonLifetimeTooLong: "exp" is later than the longest lifetime after "iat".
	ReasonLifetimeTooLong policy.Reason = "lifetime_too_long"
	// ReasonAudienceMissing: no "aud", or an empty list.
	ReasonAudienceMissing policy.Reason = "audience_missing"
	// ReasonAudienceMismatch: no audience of the route is in "aud".
	ReasonAudienceMismatch policy.Reason = "audience_mismatch"
)

// answer is what a client is told of a reason. It is coarser than the reason:
// a client learns what it can do something about, and of a token that the
// issuer did not sign nothing at all.
type answer struct {
	code        bearer.Code
	description string
}

const (
	malformed   = "the access token is malformed"
	notValid    = "the access token is not valid"
	notAccepted = "the access token is of a kind that is not accepted here"
	notForHere  = "the access token is not meant for this resource"
)

// answers has every reason of a denial that comes of credentials.
var answers = []struct {
	reason policy.Reason
	answer
}{
	{ReasonAuthorizationRepeated, answer{bearer.InvalidRequest, "more than one set of credentials"}},
	{ReasonTokenMissing, answer{"", "an access token is required"}},
	{ReasonTokenTooLarge, answer{bearer.InvalidToken, "the access token is too large"}},
	{ReasonTokenMalformed, answer{bearer.InvalidToken, malformed}},
	{ReasonHeaderCritical, answer{bearer.InvalidToken, notValid}},
	{ReasonAlgorithmUnsupported, answer{bearer.InvalidToken, notValid}},
	{ReasonClaimMalformed, answer{bearer.InvalidToken, malformed}},
	{ReasonIssuerMissing, answer{bearer.InvalidToken, notValid}},
	{ReasonIssuerUnknown, answer{bearer.InvalidToken, notValid}},
	{ReasonAlgorithmNotAllowed, answer{bearer.InvalidToken, notValid}},
	{ReasonKeyUnknown, answer{bearer.InvalidToken, notValid}},
	{ReasonSignatureInvalid, answer{bearer.InvalidToken, notValid}},
	{ReasonTypeNotAccepted, answer{bearer.InvalidToken, notAccepted}},
	{ReasonExpiryMissing, answer{bearer.InvalidToken, notAccepted}},
	{ReasonTokenExpired, answer{bearer.InvalidToken, "the access token expired"}},
	{ReasonNotYetValid, answer{bearer.InvalidToken, "the access token is not valid yet"}},
	{ReasonIssuedInFuture, answer{bearer.InvalidToken, "the access token is not valid yet"}},
	{ReasonIssuedAtMissing, answer{bearer.InvalidToken, notAccepted}},
	{ReasonLifetimeTooLong, answer{bearer.InvalidToken, notAccepted}},
	{ReasonAudienceMissing, answer{bearer.InvalidToken, notForHere}},
	{ReasonAudienceMismatch, answer{bearer.InvalidToken, notForHere}},
}

// answerFor returns what a client is told, in the words for a bad token if the
// reason has none of its own.
func answerFor(reason policy.Reason) answer {
	for i := range answers {
		if answers[i].reason == reason {
			return answers[i].answer
		}
	}
	return answer{bearer.InvalidToken, notValid}
}

// The closed sets of reasons of this engine.
var (
	allowReasons = []policy.Reason{ReasonTokenAccepted, ReasonAnonymousAllowed}
	denyReasons  = func() []policy.Reason {
		reasons := slices.Clone(match.Reasons)
		for i := range answers {
			reasons = append(reasons, answers[i].reason)
		}
		return reasons
	}()
)
