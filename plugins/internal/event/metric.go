package event

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// Metric is a counter of decisions.
type Metric struct {
	// Shadow says that the decisions were denials in shadow mode.
	Shadow bool
	// Outcome and Reason are those of the decisions.
	Outcome policy.Outcome
	Reason  policy.Reason
}

// MetricOf is the metric that counts a decision.
func MetricOf(d *policy.Decision) Metric {
	return Metric{Shadow: d.Outcome != policy.Allow && d.Mode == policy.Shadow, Outcome: d.Outcome, Reason: d.Reason}
}

// Metrics are those that decisions of the engine can have, to be defined when
// the plugin is configured.
func Metrics(e interface {
	Reasons(policy.Outcome) []policy.Reason
}) []Metric {
	var metrics []Metric
	for _, reason := range e.Reasons(policy.Allow) {
		metrics = append(metrics, Metric{Outcome: policy.Allow, Reason: reason})
	}
	for _, reason := range e.Reasons(policy.Deny) {
		metrics = append(metrics, Metric{Outcome: policy.Deny, Reason: reason}, Metric{Shadow: true, Outcome: policy.Deny, Reason: reason})
	}
	return metrics
}

// Name is what the metric is defined as:
//
//	gatehouse.jwt_audience.deny.audience_mismatch
//
// Denials in shadow mode are counted apart, as "shadow_deny", so that no alert
// mistakes one for the other. Envoy puts "wasmcustom." before the name.
//
// Letters, digits and "_" stay as they are and everything else becomes "_":
// statsd and Prometheus give other bytes a meaning of their own.
func (m Metric) Name(plugin string) string {
	b := make([]byte, 0, 64)
	b = append(b, "gatehouse."...)
	b = appendWord(b, plugin)
	switch {
	case m.Outcome == policy.Allow:
		b = append(b, ".allow."...)
	case m.Shadow:
		b = append(b, ".shadow_deny."...)
	default:
		b = append(b, ".deny."...)
	}
	return string(appendWord(b, string(m.Reason)))
}

// CounterName is what a counter of an engine's own is defined as, a word after
// the other:
//
//	gatehouse.waf.rules.sqli
func CounterName(plugin, name string) string {
	b := appendWord([]byte("gatehouse."), plugin)
	for word := range strings.SplitSeq(name, ".") {
		b = appendWord(append(b, '.'), word)
	}
	return string(b)
}

func appendWord(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			c = '_'
		}
		b = append(b, c)
	}
	return b
}
