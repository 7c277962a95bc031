package bearer

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// Finding is what a request presents by way of a bearer token.
type Finding uint8

const (
	// None: there is nothing where a token may be, or it is of another scheme.
	None Finding = iota
	// Single: exactly one token.
	Single
	// Malformed: what is where a token should be is not one token by its syntax.
	Malformed
	// Repeated: more than one set of credentials. Which one the upstream reads
	// is anyone's guess.
	Repeated
)

// Find returns the request's bearer token if the Finding is [Single], and ""
// otherwise. The token shares memory with headers.
func Find(headers policy.Headers) (string, Finding) {
	p := findHeader(headers, "authorization", defaults[0].Schemes)
	return p.Token, p.Finding
}

// findHeader returns the token of a header, after one of the schemes or, if there
// are none, as the whole value.
//
// A proxy may join two Authorization fields with a comma into one before a
// plugin sees them, as it would the members of a list, which Authorization is
// not (RFC 9110, Section 11.6.2). Credentials that go on after a comma with
// another scheme are therefore [Repeated] as well.
func findHeader(headers policy.Headers, name string, schemes []Scheme) Presented {
	var value string
	fields := 0
	for i := range headers {
		if headers[i].Name == name {
			value = headers[i].Value
			fields++
		}
	}
	if fields == 0 {
		return Presented{}
	}
	if fields > 1 {
		return Presented{Finding: Repeated}
	}
	value = strings.Trim(value, " \t")
	if len(schemes) == 0 {
		if strings.IndexByte(value, ',') >= 0 {
			return Presented{Finding: Repeated}
		}
		if !isToken68(value) {
			return Presented{Finding: Malformed}
		}
		return Presented{Finding: Single, Token: value}
	}
	for _, scheme := range schemes {
		if !hasScheme(value, string(scheme)) {
			continue
		}
		token := value[len(scheme):]
		if strings.IndexByte(token, ',') >= 0 {
			return Presented{Finding: Repeated}
		}
		if token == "" || token[0] != ' ' {
			return Presented{Finding: Malformed}
		}
		token = strings.TrimLeft(token, " ")
		if !isToken68(token) {
			return Presented{Finding: Malformed}
		}
		return Presented{Finding: Single, Token: token, Scheme: scheme}
	}
	if joined(value) {
		return Presented{Finding: Repeated}
	}
	return Presented{}
}

// hasScheme reports whether the scheme of value is the one, in any case (RFC 9110,
// Section 11.1). A scheme is a token and should end at a space. One that ends at
// another byte, such as a tab, is the same too: there are upstreams that take any
// white space, and what they take for a token must not pass as something else.
func hasScheme(value, scheme string) bool {
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return false
	}
	return len(value) == len(scheme) || !policy.IsTokenByte(value[len(scheme)])
}

// isToken68 reports whether s is a b64token (RFC 6750, Section 2.1): one or more
// letters, digits, -._~+/ and then any number of equals signs.
func isToken68(s string) bool {
	i := 0
	for i < len(s) && isTokenByte(s[i]) {
		i++
	}
	if i == 0 {
		return false
	}
	for i < len(s) && s[i] == '=' {
		i++
	}
	return i == len(s)
}

// tokenBytes has a bit for each ASCII character that isTokenByte accepts.
var tokenBytes = [2]uint64{0x03ffe80000000000, 0x47fffffe87fffffe}

func isTokenByte(c byte) bool {
	return c < 0x80 && tokenBytes[c>>6]>>(c&63)&1 != 0
}

// joined reports whether the credentials of another scheme are followed by
// more, after a comma. Parameters, such as those of Digest, are separated by
// commas too, but each is a name with an equals sign (RFC 9110, Section 11.2);
// commas in their quoted strings do not count. Nothing else may follow a comma.
// A quoted string that does not end may have swallowed what follows and counts
// as joined.
func joined(value string) bool {
	quoted := false
	start := -1
	for i := 0; i <= len(value); i++ {
		switch {
		case i < len(value) && quoted:
			if value[i] == '\\' {
				i++
			} else if value[i] == '"' {
				quoted = false
			}
			continue
		case i < len(value) && value[i] == '"':
			quoted = true
			continue
		case i < len(value) && value[i] != ',':
			continue
		}
		if start >= 0 && !isParameter(value[min(start, len(value)):min(i, len(value))]) {
			return true
		}
		start = i + 1
	}
	return quoted
}

// isParameter reports whether s is an auth-param, as far as its equals sign.
func isParameter(s string) bool {
	name, _, ok := strings.Cut(s, "=")
	name = strings.Trim(name, " \t")
	return ok && name != "" && !strings.ContainsAny(name, " \t\"")
}
