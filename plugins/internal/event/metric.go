package event

import "gatehouse/plugins/internal/policy"

// MetricName is the counter of decisions with this outcome and reason:
//
//	gatehouse.jwt_audience.deny.audience_mismatch
//
// Denials in shadow mode are counted apart, as "shadow_deny", so that no alert
// mistakes one for the other. Envoy puts "wasmcustom." before the name.
//
// Letters, digits and "_" stay as they are and everything else in the plugin's
// name becomes "_": statsd and Prometheus give other bytes a meaning of their
// own.
func MetricName(plugin string, m policy.Mode, o policy.Outcome, reason policy.Reason) string {
	b := make([]byte, 0, 64)
	b = append(b, "gatehouse."...)
	b = appendWord(b, plugin)
	switch {
	case o == policy.Allow:
		b = append(b, ".allow."...)
	case m == policy.Shadow:
		b = append(b, ".shadow_deny."...)
	default:
		b = append(b, ".deny."...)
	}
	return string(appendWord(b, string(reason)))
}

// MetricNames are all names that decisions with these reasons can have, to be
// defined when the plugin is configured.
func MetricNames(plugin string, reasons []policy.Reason) []string {
	names := make([]string, 0, 3*len(reasons))
	for _, reason := range reasons {
		names = append(names,
			MetricName(plugin, policy.Enforce, policy.Allow, reason),
			MetricName(plugin, policy.Enforce, policy.Deny, reason),
			MetricName(plugin, policy.Shadow, policy.Deny, reason))
	}
	return names
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
