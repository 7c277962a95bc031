package endpoint

import (
	"strings"
	"time"

	"gatehouse/plugins/internal/policy"
)

// Freshness returns how long an answer that came at now says it is fresh (RFC
// 9111, Section 4.2), its age taken off; it may be negative. Said is false if it
// says nothing. Where it contradicts itself or cannot be read it is not fresh
// (Section 4.2.1).
//
// The directives that count are those for a cache of one client: "s-maxage" and
// "private" are for caches between the issuer and the proxy.
func Freshness(now time.Time, headers policy.Headers) (lifetime time.Duration, said bool) {
	age := fieldAge(headers)
	maxAge, found := time.Duration(0), false
	for _, field := range headers.Values("cache-control") {
		for directive := range strings.SplitSeq(field, ",") {
			name, argument, _ := strings.Cut(directive, "=")
			switch strings.ToLower(trim(name)) {
			case "no-store", "no-cache":
				return 0, true
			case "max-age":
				seconds, ok := parseSeconds(unquote(trim(argument)))
				if !ok || found && seconds != maxAge {
					return 0, true
				}
				maxAge, found = seconds, true
			}
		}
	}
	if found {
		return maxAge - age, true
	}
	expires := headers.Values("expires")
	if len(expires) == 0 {
		return 0, false
	}
	until, ok := parseDate(expires[0])
	if !ok || len(expires) > 1 {
		return 0, true
	}
	from := now
	if date, ok := headers.First("date"); ok {
		if from, ok = parseDate(date); !ok {
			from = now
		}
	}
	if !until.After(from) {
		return 0, true
	}
	return until.Sub(from) - age, true
}

// fieldAge reads the field Age (RFC 9111, Section 5.1), 0 if there is none that
// can be read.
func fieldAge(headers policy.Headers) time.Duration {
	value, _ := headers.First("age")
	age, _ := parseSeconds(trim(value))
	return age
}

// RetryAfter reads the field Retry-After (RFC 9110, Section 10.2.3), 0 if there
// is none that can be read.
func RetryAfter(now time.Time, headers policy.Headers) time.Duration {
	value, ok := headers.First("retry-after")
	if !ok {
		return 0
	}
	if wait, ok := parseSeconds(trim(value)); ok {
		return wait
	}
	if until, ok := parseDate(value); ok {
		return until.Sub(now)
	}
	return 0
}

// parseSeconds reads delta-seconds (RFC 9111, Section 1.2.2). More than 2^31 are
// read as so many.
func parseSeconds(text string) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	seconds := int64(0)
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		seconds = min(seconds*10+int64(text[i]-'0'), 1<<31)
	}
	return time.Duration(seconds) * time.Second, true
}

// parseDate reads an HTTP-date in its three forms (RFC 9110, Section 5.6.7).
func parseDate(text string) (time.Time, bool) {
	for _, layout := range [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if date, err := time.Parse(layout, trim(text)); err == nil {
			return date, true
		}
	}
	return time.Time{}, false
}

func trim(text string) string { return strings.Trim(text, " \t") }

// unquote takes the quotation marks off an argument in the form of a
// quoted-string, which recipients accept too (RFC 9111, Section 5.2).
func unquote(text string) string {
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		return text[1 : len(text)-1]
	}
	return text
}

// maxETagSize bounds an entity tag that is kept, in bytes.
const maxETagSize = 256

// EntityTag returns the entity tag of an answer (RFC 9110, Section 8.8.3), "" if it
// has none that can be sent back.
func EntityTag(headers policy.Headers) string {
	values := headers.Values("etag")
	if len(values) != 1 || len(values[0]) > maxETagSize {
		return ""
	}
	tag := trim(values[0])
	opaque := tag
	if len(tag) > 2 && tag[:2] == "W/" {
		opaque = tag[2:]
	}
	if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
		return ""
	}
	for _, c := range []byte(opaque[1 : len(opaque)-1]) {
		if c <= ' ' || c > '~' || c == '"' {
			return ""
		}
	}
	return strings.Clone(tag)
}
