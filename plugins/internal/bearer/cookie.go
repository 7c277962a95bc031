package bearer

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// findCookie returns the value of a cookie. RFC 6265, Section 4.2.1: a
// cookie-string is pairs with semicolons between them, and they may be spread over
// several fields (RFC 9113, Section 8.2.3). A cookie that is there twice is
// Repeated: RFC 6265, Section 4.2.2 has servers not rely on which comes first.
func findCookie(headers policy.Headers, name string) (string, Finding) {
	var value string
	finding := None
	for i := range headers {
		if headers[i].Name != "cookie" {
			continue
		}
		for rest, more := headers[i].Value, true; more; {
			var pair string
			pair, rest, more = strings.Cut(rest, ";")
			v, ok := cookieValue(pair, name)
			if !ok {
				continue
			}
			if finding != None {
				return "", Repeated
			}
			value, finding = v, Single
		}
	}
	if finding == Single && !isToken68(value) {
		return "", Malformed
	}
	return value, finding
}

// cookieValue returns the value of a pair if its name is the one. The quotation
// marks that RFC 6265, Section 4.1.1 allows around a value are no part of it for
// some readers, and of no token for any.
func cookieValue(pair, name string) (string, bool) {
	got, value, ok := strings.Cut(pair, "=")
	if !ok || strings.Trim(got, " \t") != name {
		return "", false
	}
	value = strings.Trim(value, " \t")
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return value, true
}

// joinCookies returns the cookies of all fields as one cookie-string. RFC 9113,
// Section 8.2.3 has the separator.
func joinCookies(headers policy.Headers) string {
	var all string
	for i := range headers {
		if headers[i].Name == "cookie" {
			if all != "" {
				all += "; "
			}
			all += headers[i].Value
		}
	}
	return all
}

// stripCookie returns a cookie-string without a cookie, and whether it was there.
func stripCookie(cookies, name string) (string, bool) {
	var b strings.Builder
	stripped := false
	empty := true
	for rest, more := cookies, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, ";")
		if _, ok := cookieValue(pair, name); ok {
			stripped = true
			continue
		}
		if !empty {
			b.WriteByte(';')
		} else if stripped {
			pair = strings.TrimLeft(pair, " \t")
		}
		b.WriteString(pair)
		empty = false
	}
	return b.String(), stripped
}
