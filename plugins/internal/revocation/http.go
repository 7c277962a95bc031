package revocation

import (
	"strconv"
	"strings"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// URI is where a list is.
//
//schema:is {"type":"string","maxLength":2048,"pattern":"^https?://[A-Za-z0-9._:\\[\\]-]+([/?][!#-;=?-\\[\\]_a-z~]*)?$"}
type URI struct{ authority, path string }

// UnmarshalConfig reads the URL.
func (u *URI) UnmarshalConfig(v config.Value) error {
	const want = `want a URL that begins with "http://" or "https://", without user and fragment`
	text := v.Text()
	rest, ok := strings.CutPrefix(text, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(text, "http://")
	}
	if v.Kind() != config.String || !ok || len(text) > 2048 {
		return v.Errorf(want)
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	u.authority, u.path = rest[:end], rest[end:]
	if !strings.HasPrefix(u.path, "/") {
		u.path = "/" + u.path
	}
	for i := 0; i < len(u.authority); i++ {
		c := u.authority[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte(".-_:[]", c) < 0 {
			return v.Errorf(want)
		}
	}
	for i := 0; i < len(u.path); i++ {
		if c := u.path[i]; c <= ' ' || c > '~' || strings.IndexByte("\"#<>\\^`{|}", c) >= 0 {
			return v.Errorf(want)
		}
	}
	if u.authority == "" {
		return v.Errorf(want)
	}
	return nil
}

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
