package scope

import (
	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Why a request is let through.
const (
	// ReasonAccessGranted: the identity has what the route needs.
	ReasonAccessGranted policy.Reason = "access_granted"
	// ReasonRoutePublic: the route needs nothing.
	ReasonRoutePublic policy.Reason = "route_public"
	// ReasonPreflightAllowed: a CORS preflight, which brings no credentials, asks
	// about a route, and the configuration lets preflights through.
	ReasonPreflightAllowed policy.Reason = "preflight_allowed"
	// ReasonDefaultAllowed: no route matches, and the configuration lets such
	// requests through.
	ReasonDefaultAllowed policy.Reason = "default_allowed"
)

// Why a request is denied, in the order in which the rules are checked. Before
// them come the reasons of package match.
const (
	// ReasonRouteUnknown: no route matches.
	ReasonRouteUnknown policy.Reason = "route_unknown"
	// ReasonIdentityMissing: nobody verified who the request is from.
	ReasonIdentityMissing policy.Reason = "identity_missing"
	// ReasonIdentityAmbiguous: more than one filter left an identity.
	ReasonIdentityAmbiguous policy.Reason = "identity_ambiguous"
	// ReasonIdentityMalformed: what was left as the identity is none.
	ReasonIdentityMalformed policy.Reason = "identity_malformed"
	// ReasonClientNotAllowed: the route is for other clients.
	ReasonClientNotAllowed policy.Reason = "client_not_allowed"
	// ReasonGrantTypeNotAllowed: the route is for tokens that were granted in
	// another way.
	ReasonGrantTypeNotAllowed policy.Reason = "grant_type_not_allowed"
	// ReasonClaimMalformed: a claim that scopes are read from is neither a string
	// nor a list of strings.
	ReasonClaimMalformed policy.Reason = "claim_malformed"
	// ReasonInsufficientScope: the identity lacks a scope that the route needs.
	ReasonInsufficientScope policy.Reason = "insufficient_scope"
)

// answer is what a client is told of a reason.
type answer struct {
	// status goes with a plain problem document; 0 means a challenge with code.
	status int
	code   bearer.Code
	detail string
}

const (
	ambiguous = "the request can be read in more than one way"
	unusable  = "the access token cannot be used here"
)

// answers has every reason of a denial.
var answers = []struct {
	reason policy.Reason
	answer
}{
	{match.ReasonPathAmbiguous, answer{status: 400, detail: ambiguous}},
	{match.ReasonHostAmbiguous, answer{status: 400, detail: ambiguous}},
	{match.ReasonHeaderAmbiguous, answer{status: 400, detail: ambiguous}},
	{ReasonRouteUnknown, answer{status: 403, detail: "this request is not allowed"}},
	{ReasonIdentityMissing, answer{detail: "an access token is required"}},
	{ReasonIdentityAmbiguous, answer{code: bearer.InvalidRequest, detail: "more than one set of credentials"}},
	{ReasonIdentityMalformed, answer{code: bearer.InvalidToken, detail: unusable}},
	{ReasonClientNotAllowed, answer{status: 403, detail: "this client is not allowed to make this request"}},
	{ReasonGrantTypeNotAllowed, answer{status: 403, detail: "an access token of this kind is not allowed for this request"}},
	{ReasonClaimMalformed, answer{code: bearer.InvalidToken, detail: unusable}},
	{ReasonInsufficientScope, answer{code: bearer.InsufficientScope, detail: "the access token lacks a scope that is needed"}},
}

// answerFor returns what a client is told, and nothing but a refusal if the
// reason has no words of its own.
func answerFor(reason policy.Reason) answer {
	for i := range answers {
		if answers[i].reason == reason {
			return answers[i].answer
		}
	}
	return answer{status: 403}
}

// The closed sets of reasons of this engine.
var (
	allowReasons = []policy.Reason{ReasonAccessGranted, ReasonRoutePublic, ReasonPreflightAllowed, ReasonDefaultAllowed}
	denyReasons  = func() []policy.Reason {
		reasons := make([]policy.Reason, len(answers))
		for i := range answers {
			reasons[i] = answers[i].reason
		}
		return reasons
	}()
)
