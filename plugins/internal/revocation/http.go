package revocation

import (
	"strconv"
	"strings"
	"time"

	"gatehouse/plugins/internal/policy"
)

// freshFor tells how long an answer is fresh, as far as it says (RFC 9111, Section
// 4.2.1).
func freshFor(headers policy.Headers) (time.Duration, bool) {
	found := false
	var age time.Duration
	for _, field := range headers.Values("cache-control") {
		for directive := range strings.SplitSeq(field, ",") {
			name, value, _ := strings.Cut(strings.ToLower(strings.Trim(directive, " \t")), "=")
			switch name {
			case "no-store", "no-cache":
				return 0, true
			case "max-age":
				seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
				if err != nil {
					return 0, true // RFC 9111, Section 4.2.1: stale
				}
				if d := time.Duration(seconds) * time.Second; !found || d < age {
					age = d
				}
				found = true
			}
		}
	}
	if passed, ok := headers.First("age"); ok && found {
		seconds, err := strconv.ParseUint(passed, 10, 31)
		if err != nil {
			return 0, true
		}
		age = max(0, age-time.Duration(seconds)*time.Second)
	}
	return age, found
}

// entityTag returns the ETag of an answer if it can be repeated as it is (RFC 9110,
// Section 8.8.3).
func entityTag(headers policy.Headers) string {
	tag, _ := headers.First("etag")
	opaque := strings.TrimPrefix(tag, "W/")
	if len(tag) > 255 || len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
		return ""
	}
	for i := 1; i < len(opaque)-1; i++ {
		if c := opaque[i]; c <= ' ' || c == '"' || c >= 0x7f {
			return ""
		}
	}
	return tag
}
