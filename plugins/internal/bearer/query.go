package bearer

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// findParameter returns the value of a parameter of the query. RFC 6750, Section
// 2.3: it is of the form application/x-www-form-urlencoded, so that names and
// values may be percent-encoded and a plus sign is a space. Parameters are taken to
// end at a semicolon as well: there are upstreams that do, and must not see a token
// that was not looked at here.
func findParameter(headers policy.Headers, name string) (string, Finding) {
	path, _ := headers.First(":path")
	_, query, more := strings.Cut(path, "?")
	var value string
	finding := None
	for more {
		var parameter string
		parameter, _, query, more = cutParameter(query)
		got, v, _ := strings.Cut(parameter, "=")
		if !isEncoded(got, name) {
			continue
		}
		if finding != None {
			return "", Repeated
		}
		value, finding = v, Single
	}
	if finding == None {
		return "", None
	}
	value = decode(value)
	if !isToken68(value) {
		return "", Malformed
	}
	return value, Single
}

// cutParameter cuts a query after its first parameter. Separator is what it ends
// with, and more tells whether there is one.
func cutParameter(query string) (parameter, separator, rest string, more bool) {
	i := strings.IndexAny(query, "&;")
	if i < 0 {
		return query, "", "", false
	}
	return query[:i], query[i : i+1], query[i+1:], true
}

// stripParameter returns a path without a parameter of its query, and whether it
// was there.
func stripParameter(path, name string) (string, bool) {
	base, query, more := strings.Cut(path, "?")
	if !more {
		return path, false
	}
	var b strings.Builder
	stripped := false
	before := ""
	for kept := 0; more; {
		var parameter, separator string
		parameter, separator, query, more = cutParameter(query)
		if got, _, _ := strings.Cut(parameter, "="); isEncoded(got, name) {
			stripped = true
		} else {
			if kept == 0 {
				before = "?"
			}
			b.WriteString(before)
			b.WriteString(parameter)
			kept++
		}
		before = separator
	}
	if !stripped {
		return path, false
	}
	return base + b.String(), true
}

// isEncoded reports whether s stands for text once it is decoded.
func isEncoded(s, text string) bool {
	i := 0
	for len(s) > 0 {
		c, n := decodeByte(s)
		if i == len(text) || text[i] != c {
			return false
		}
		s = s[n:]
		i++
	}
	return i == len(text)
}

// decode decodes a name or value of a form. What is no good percent-encoding
// stands for itself, as in the parser of the URL standard, Section 5.1.
func decode(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for len(s) > 0 {
		c, n := decodeByte(s)
		b = append(b, c)
		s = s[n:]
	}
	return string(b)
}

// decodeByte decodes the first byte of s, which is not empty, and tells how many
// it took.
func decodeByte(s string) (c byte, n int) {
	switch s[0] {
	case '+':
		return ' ', 1
	case '%':
		if len(s) >= 3 {
			high, low := unhex(s[1]), unhex(s[2])
			if high < 16 && low < 16 {
				return high<<4 | low, 3
			}
		}
	}
	return s[0], 1
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}
