package redact

import (
	"slices"

	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Reasons for letting a stream through.
const (
	// ReasonUntouched: no rule is for it, or nothing of it had to be changed.
	ReasonUntouched policy.Reason = "untouched"
	// ReasonRedacted: something was changed; in shadow mode, would have been.
	ReasonRedacted policy.Reason = "redacted"
	// ReasonPassedUnread: a body cannot be read, and the rule lets such pass.
	ReasonPassedUnread policy.Reason = "passed_unread"
)

// Reasons for refusing one.
const (
	// ReasonUnread: a body is of a media type or a coding that is not read, or a part
	// of a whole.
	ReasonUnread policy.Reason = "unread"
	// ReasonMalformed: a body is not what its headers say, or breaks bounds.
	ReasonMalformed policy.Reason = "malformed"
	// ReasonBlocked: a body holds something that may not pass.
	ReasonBlocked policy.Reason = "blocked"
)

var allowReasons = []policy.Reason{ReasonUntouched, ReasonRedacted, ReasonPassedUnread}

var denyReasons = slices.Concat([]policy.Reason{ReasonUnread, ReasonMalformed, ReasonBlocked}, match.Reasons)
