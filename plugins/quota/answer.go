package quota

import (
	"strconv"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
	"gatehouse/plugins/quota/limit"
)

// quotaExceeded is the problem type of draft-ietf-httpapi-ratelimit-headers-10,
// Section 5.1, whose member "violated-policies" names the limits.
const quotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded"

// exceeded answers a request over limits: all that it is over, and for how long.
func (s *inspection) exceeded(wait limit.Result) policy.Response {
	a := &s.inspector.config.Answer
	p := problem.Problem{
		Type: quotaExceeded, Title: "Quota exceeded", Status: a.Status, Detail: string(a.Detail), IncidentID: s.request.IncidentID,
	}
	names := []byte("[")
	for i := range s.taken {
		if t := &s.taken[i]; !t.result.Allowed && !t.shadow {
			if len(names) > 1 {
				names = append(names, ',')
			}
			names = strconv.AppendQuote(names, t.rule.name)
		}
	}
	p.Members = []problem.Member{{Name: "violated-policies", JSON: string(append(names, ']'))}}
	response := p.Answer(problem.FormOf(s.request.Headers))
	if wait.RetryAfter != limit.Never {
		// RFC 9110, Section 10.2.3. At least a second: what is under way may end at any
		// time, and a client that tries at once is told the same.
		response.Headers = append(response.Headers, policy.Header{Name: "retry-after", Value: strconv.FormatInt(max(seconds(wait.RetryAfter), 1), 10)})
	}
	response.Headers = s.fields(response.Headers)
	return response
}

// fields appends what tells a client of its limits.
func (s *inspection) fields(headers policy.Headers) policy.Headers {
	kind := s.inspector.config.Answer.Fields
	if kind == "none" {
		return headers
	}
	if kind != "legacy" {
		headers = s.draftFields(headers)
	}
	if kind != "draft" {
		headers = s.legacyFields(headers)
	}
	return headers
}

// draftFields are RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-
// headers-10, Sections 3 and 4): lists of Structured Fields, an entry for each limit.
func (s *inspection) draftFields(headers policy.Headers) policy.Headers {
	var policies, limits []byte
	for i := range s.taken {
		t := &s.taken[i]
		if t.shadow || t.unknown {
			continue
		}
		if len(limits) > 0 {
			policies, limits = append(policies, ", "...), append(limits, ", "...)
		}
		policies = append(policies, t.rule.policy...)
		limits = append(append(append(limits, '"'), t.rule.name...), `";r=`...)
		limits = strconv.AppendInt(limits, max(t.result.Remaining, 0), 10)
		if reset := t.resets(); reset > 0 {
			limits = strconv.AppendInt(append(limits, ";t="...), reset, 10)
		}
	}
	if len(limits) == 0 {
		return headers
	}
	return append(headers, policy.Header{Name: "ratelimit-policy", Value: string(policies)}, policy.Header{Name: "ratelimit", Value: string(limits)})
}

// legacyFields are what many services sent before there was a draft, of the limit with
// the smallest part left.
func (s *inspection) legacyFields(headers policy.Headers) policy.Headers {
	var nearest *taken
	for i := range s.taken {
		t := &s.taken[i]
		if t.shadow || t.unknown {
			continue
		}
		if nearest == nil || t.part() < nearest.part() {
			nearest = t
		}
	}
	if nearest == nil {
		return headers
	}
	return append(headers,
		policy.Header{Name: "x-ratelimit-limit", Value: strconv.FormatInt(nearest.rule.quota, 10)},
		policy.Header{Name: "x-ratelimit-remaining", Value: strconv.FormatInt(max(nearest.result.Remaining, 0), 10)},
		policy.Header{Name: "x-ratelimit-reset", Value: strconv.FormatInt(nearest.resets(), 10)})
}

// part is how much of the limit is left, in millionths.
func (t *taken) part() int64 {
	return int64(float64(max(t.result.Remaining, 0)) / float64(t.rule.limit.Whole()) * 1e6)
}

// resets is how many seconds it takes until there is more.
func (t *taken) resets() int64 {
	if !t.result.Allowed && t.result.RetryAfter != limit.Never {
		return seconds(t.result.RetryAfter)
	}
	return seconds(t.result.Reset)
}
