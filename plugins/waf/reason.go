package waf

import "gatehouse/plugins/internal/policy"

// Why a message is let through.
const (
	// ReasonClean: no rule that is reported matched.
	ReasonClean policy.Reason = "clean"
	// ReasonBelowThreshold: rules matched, and none of them denied.
	ReasonBelowThreshold policy.Reason = "below_threshold"
	// ReasonRouteOff: the route is not inspected.
	ReasonRouteOff policy.Reason = "route_off"
)

// Why a message is denied.
const (
	// ReasonInboundScore: the anomaly score of the request reached its threshold.
	ReasonInboundScore policy.Reason = "inbound_anomaly_score"
	// ReasonOutboundScore: the anomaly score of the response reached its threshold.
	ReasonOutboundScore policy.Reason = "outbound_anomaly_score"
	// ReasonRule: a rule denied by itself.
	ReasonRule policy.Reason = "rule"
	// ReasonBodyInvalid: a body is not what its content type says, by the rules
	// 200002 and 200003 of the recommended configuration.
	ReasonBodyInvalid policy.Reason = "body_invalid"
	// ReasonArgumentsLimit: more arguments than SecArgumentsLimit, by rule 200007.
	ReasonArgumentsLimit policy.Reason = "arguments_limit"
	// ReasonRequestBodyLimit: a request body over SecRequestBodyLimit.
	ReasonRequestBodyLimit policy.Reason = "request_body_limit"
	// ReasonResponseBodyLimit: a response body over SecResponseBodyLimit.
	ReasonResponseBodyLimit policy.Reason = "response_body_limit"
)

var (
	allowReasons = []policy.Reason{ReasonClean, ReasonBelowThreshold, ReasonRouteOff}
	denyReasons  = []policy.Reason{ReasonInboundScore, ReasonOutboundScore, ReasonRule, ReasonBodyInvalid, ReasonArgumentsLimit, ReasonRequestBodyLimit, ReasonResponseBodyLimit}
)

// reasonOf names why rule id interrupted in a phase.
func reasonOf(id, phase int) policy.Reason {
	switch {
	case id == 0 && phase <= 2:
		return ReasonRequestBodyLimit
	case id == 0:
		return ReasonResponseBodyLimit
	case id >= 949000 && id < 950000:
		return ReasonInboundScore
	case id >= 959000 && id < 960000:
		return ReasonOutboundScore
	case id == 200002 || id == 200003:
		return ReasonBodyInvalid
	case id == 200007:
		return ReasonArgumentsLimit
	}
	return ReasonRule
}
