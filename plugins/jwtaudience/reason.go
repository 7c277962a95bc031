package jwtaudience

import (
	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/dpop"
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
	// ReasonPreflightAllowed: a CORS preflight, which has no token.
	ReasonPreflightAllowed policy.Reason = "preflight_allowed"
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
	// ReasonKeysUnavailable: the issuer's keys could not be fetched.
	ReasonKeysUnavailable policy.Reason = "keys_unavailable"
	// ReasonKeyUnknown: the issuer has no key for "kid" and "alg".
	ReasonKeyUnknown policy.Reason = "key_unknown"
	// ReasonSignatureInvalid: the issuer did not sign the token. What comes after
	// this one concerns tokens that the issuer did sign.
	ReasonSignatureInvalid policy.Reason = "signature_invalid"
	// ReasonTokenInactive: the issuer, when it was asked, did not vouch for the token.
	ReasonTokenInactive policy.Reason = "token_inactive"
	// ReasonIntrospectionFailed: the issuer could not be asked about the token.
	ReasonIntrospectionFailed policy.Reason = "introspection_failed"
	// ReasonTypeNotAccepted: "typ" is not among the issuer's token types.
	ReasonTypeNotAccepted policy.Reason = "type_not_accepted"
	// ReasonKindNotAccepted: the token says that it is an ID token, a refresh token or
	// another one that is no access token.
	ReasonKindNotAccepted policy.Reason = "kind_not_accepted"
	// ReasonProfileNotFollowed: a claim or the type that RFC 9068 asks for is missing.
	ReasonProfileNotFollowed policy.Reason = "profile_not_followed"
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
	// ReasonTokenTooOld: "iat" is longer ago than allowed.
	ReasonTokenTooOld policy.Reason = "token_too_old"
	// ReasonClientNotAllowed: the client is not among those that may.
	ReasonClientNotAllowed policy.Reason = "client_not_allowed"
	// ReasonClaimMismatch: a condition on a claim does not hold.
	ReasonClaimMismatch policy.Reason = "claim_mismatch"
	// ReasonAuthenticationInsufficient: the user was not authenticated as asked for,
	// or too long ago.
	ReasonAuthenticationInsufficient policy.Reason = "authentication_insufficient"
	// ReasonTokenRevoked: a list says that the token is revoked.
	ReasonTokenRevoked policy.Reason = "token_revoked"
	// ReasonRevocationUnknown: a list could not be fetched.
	ReasonRevocationUnknown policy.Reason = "revocation_unknown"
	// ReasonBindingMissing: the token is not bound as asked for.
	ReasonBindingMissing policy.Reason = "binding_missing"
	// ReasonCertificateMismatch: the token is bound to another certificate than that
	// of the connection.
	ReasonCertificateMismatch policy.Reason = "certificate_mismatch"
	// ReasonDPoPScheme: a token that is bound to a key came as a bearer token. After
	// it come the reasons of package dpop.
	ReasonDPoPScheme policy.Reason = "dpop_scheme"
	// ReasonMetadataServed: the request is for the resource's metadata, which the
	// gateway answers itself.
	ReasonMetadataServed policy.Reason = "metadata_served"
)

// answer is what a client is told of a reason. It is coarser than the reason:
// a client learns what it can do something about, and of a token that the
// issuer did not sign nothing at all.
type answer struct {
	code        bearer.Code
	description string
	// status is 0 for a challenge with the code.
	status int
}

const (
	malformed    = "the access token is malformed"
	notValid     = "the access token is not valid"
	notAccepted  = "the access token is of a kind that is not accepted here"
	unverifiable = "access tokens cannot be verified at the moment"
	ambiguous    = "the request can be read in more than one way"
	notForHere   = "the access token is not meant for this resource"
)

// answers has every reason of a denial that comes of credentials.
var answers = []struct {
	reason policy.Reason
	answer
}{
	{match.ReasonPathAmbiguous, answer{"", ambiguous, 400}},
	{match.ReasonHostAmbiguous, answer{"", ambiguous, 400}},
	{match.ReasonHeaderAmbiguous, answer{"", ambiguous, 400}},
	{ReasonAuthorizationRepeated, answer{bearer.InvalidRequest, "more than one set of credentials", 0}},
	{ReasonTokenMissing, answer{"", "an access token is required", 0}},
	{ReasonTokenTooLarge, answer{bearer.InvalidToken, "the access token is too large", 0}},
	{ReasonTokenMalformed, answer{bearer.InvalidToken, malformed, 0}},
	{ReasonHeaderCritical, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonAlgorithmUnsupported, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonClaimMalformed, answer{bearer.InvalidToken, malformed, 0}},
	{ReasonIssuerMissing, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonIssuerUnknown, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonAlgorithmNotAllowed, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonKeysUnavailable, answer{"", unverifiable, 503}},
	{ReasonKeyUnknown, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonSignatureInvalid, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonTokenInactive, answer{bearer.InvalidToken, notValid, 0}},
	{ReasonIntrospectionFailed, answer{"", unverifiable, 503}},
	{ReasonTypeNotAccepted, answer{bearer.InvalidToken, notAccepted, 0}},
	{ReasonKindNotAccepted, answer{bearer.InvalidToken, notAccepted, 0}},
	{ReasonProfileNotFollowed, answer{bearer.InvalidToken, notAccepted, 0}},
	{ReasonExpiryMissing, answer{bearer.InvalidToken, notAccepted, 0}},
	{ReasonTokenExpired, answer{bearer.InvalidToken, "the access token expired", 0}},
	{ReasonNotYetValid, answer{bearer.InvalidToken, "the access token is not valid yet", 0}},
	{ReasonIssuedInFuture, answer{bearer.InvalidToken, "the access token is not valid yet", 0}},
	{ReasonIssuedAtMissing, answer{bearer.InvalidToken, notAccepted, 0}},
	{ReasonLifetimeTooLong, answer{bearer.InvalidToken, notAccepted, 0}},
	{ReasonAudienceMissing, answer{bearer.InvalidToken, notForHere, 0}},
	{ReasonAudienceMismatch, answer{bearer.InvalidToken, notForHere, 0}},
	{ReasonTokenTooOld, answer{bearer.InvalidToken, "the access token is too old", 0}},
	{ReasonClientNotAllowed, answer{"", "the client may not use this resource", 403}},
	{ReasonClaimMismatch, answer{"", "the access token does not allow to use this resource", 403}},
	{ReasonAuthenticationInsufficient, answer{bearer.InsufficientUserAuthentication, "a different or more recent authentication is required", 0}},
	{ReasonTokenRevoked, answer{bearer.InvalidToken, "the access token was revoked", 0}},
	{ReasonRevocationUnknown, answer{"", unverifiable, 503}},
	{ReasonBindingMissing, answer{bearer.InvalidToken, "the access token is not bound to the client", 0}},
	{ReasonCertificateMismatch, answer{bearer.InvalidToken, "the access token is bound to another certificate", 0}},
	{ReasonDPoPScheme, answer{bearer.InvalidToken, "the access token is bound to a key and needs a proof", 0}},
	{ReasonMetadataServed, answer{}},
}

// answerFor returns what a client is told, in the words for a bad token if the
// reason has none of its own.
func answerFor(reason policy.Reason) answer {
	for i := range answers {
		if answers[i].reason == reason {
			return answers[i].answer
		}
	}
	if description := dpop.Describe(reason); description != "" {
		if reason == dpop.ReasonReplayUnknown {
			return answer{"", description, 503}
		}
		return answer{dpop.CodeOf(reason), description, 0}
	}
	return answer{bearer.InvalidToken, notValid, 0}
}

// The closed sets of reasons of this engine.
var (
	allowReasons = []policy.Reason{ReasonTokenAccepted, ReasonAnonymousAllowed, ReasonPreflightAllowed}
	denyReasons  = func() []policy.Reason {
		var reasons []policy.Reason
		for i := range answers {
			reasons = append(reasons, answers[i].reason)
		}
		return append(reasons, dpop.Reasons...)
	}()
)
