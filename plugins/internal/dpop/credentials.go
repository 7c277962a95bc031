package dpop

import (
	"strings"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/policy"
)

// scheme is that of a token which is presented with a proof (RFC 9449, Section
// 7.1).
const scheme = "dpop"

// FindToken returns the access token of a request with the scheme DPoP if the
// finding is [bearer.Single], and "" otherwise, as [bearer.Find] does for the
// scheme Bearer: fields that repeat, or were joined with a comma, are
// [bearer.Repeated]. The token shares memory with headers.
func FindToken(headers policy.Headers) (string, bearer.Finding) {
	value, fields, ours := "", 0, false
	for i := range headers {
		if headers[i].Name != "authorization" {
			continue
		}
		fields++
		if v := strings.Trim(headers[i].Value, " \t"); isDPoP(v) {
			value, ours = v, true
		}
	}
	switch {
	case !ours:
		return "", bearer.None
	case fields > 1 || strings.IndexByte(value, ',') >= 0:
		return "", bearer.Repeated
	}
	token := value[len(scheme):]
	if token == "" || token[0] != ' ' {
		return "", bearer.Malformed
	}
	token = strings.TrimLeft(token, " ")
	if !isToken68(token) {
		return "", bearer.Malformed
	}
	return token, bearer.Single
}

// isDPoP tells whether the scheme of credentials is DPoP, in any case. A scheme
// that ends at a byte other than a space, such as a tab, is taken for it too:
// there are upstreams that do.
func isDPoP(value string) bool {
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return false
	}
	return len(value) == len(scheme) || !isTokenByte(value[len(scheme)], "!#$%&'*+-.^_`|~")
}

// isToken68 tells whether s is a token68 (RFC 9110, Section 11.2).
func isToken68(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := 0; i < len(s); i++ {
		if !isTokenByte(s[i], "-._~+/") {
			return false
		}
	}
	return s != ""
}

// isTokenByte tells whether c is a letter, a digit or one of others.
func isTokenByte(c byte, others string) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte(others, c) >= 0
}
