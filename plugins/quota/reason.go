package quota

import (
	"slices"

	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Reasons for letting a request through.
const (
	// ReasonWithinLimits: every limit that counts the request had room for it.
	ReasonWithinLimits policy.Reason = "within_limits"
	// ReasonNearLimit: so had they, and of one more than its near_percent is used.
	ReasonNearLimit policy.Reason = "near_limit"
	// ReasonDelayed: the request was held back until a rate had room for it.
	ReasonDelayed policy.Reason = "delayed"
	// ReasonExempt: no limit counts the request.
	ReasonExempt policy.Reason = "exempt"
	// ReasonServiceUnavailableAllowed: the rate limit service did not answer, and
	// on_error is "allow".
	ReasonServiceUnavailableAllowed policy.Reason = "service_unavailable_allowed"
)

// Reasons for refusing one.
const (
	// ReasonLimitExceeded: a rate, a window or a calendar limit is used up.
	ReasonLimitExceeded policy.Reason = "limit_exceeded"
	// ReasonTooManyInFlight: as many requests as there may be are under way.
	ReasonTooManyInFlight policy.Reason = "too_many_in_flight"
	// ReasonLockedOut: there were too many failures.
	ReasonLockedOut policy.Reason = "locked_out"
	// ReasonKeyMissing: the request lacks what it is counted by, and the limit
	// refuses those.
	ReasonKeyMissing policy.Reason = "key_missing"
	// ReasonIdentityAmbiguous: two filters say who the request is from.
	ReasonIdentityAmbiguous policy.Reason = "identity_ambiguous"
	// ReasonIdentityMalformed: what a filter says of who it is from cannot be read.
	ReasonIdentityMalformed policy.Reason = "identity_malformed"
	// ReasonServiceUnavailable: the rate limit service did not answer, and on_error
	// is "deny".
	ReasonServiceUnavailable policy.Reason = "service_unavailable"
	// ReasonCountersUnavailable: the memory that threads share cannot be used.
	ReasonCountersUnavailable policy.Reason = "counters_unavailable"
)

var allowReasons = []policy.Reason{
	ReasonWithinLimits, ReasonNearLimit, ReasonDelayed, ReasonExempt, ReasonServiceUnavailableAllowed,
}

var denyReasons = slices.Concat([]policy.Reason{
	ReasonLimitExceeded, ReasonTooManyInFlight, ReasonLockedOut, ReasonKeyMissing,
	ReasonIdentityAmbiguous, ReasonIdentityMalformed, ReasonServiceUnavailable, ReasonCountersUnavailable,
}, match.Reasons)
