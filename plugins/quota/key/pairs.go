package key

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// cookie returns the value of a cookie (RFC 6265, Section 4.2) without quotation
// marks and decoded, as some frameworks do: for those that do not, values that are
// one when decoded are one counter.
func cookie(headers policy.Headers, name string) (value string, presence Presence) {
	for i := range headers {
		if headers[i].Name != "cookie" {
			continue
		}
		for pair := range strings.SplitSeq(headers[i].Value, ";") {
			n, v, _ := strings.Cut(pair, "=")
			if decode(strings.Trim(n, " \t")) != name {
				continue
			}
			v = strings.Trim(v, " \t")
			if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
				v = v[1 : len(v)-1]
			}
			if value, presence = and(value, presence, decode(v)); presence == Malformed {
				return "", Malformed
			}
		}
	}
	return value, presence
}

// parameter returns the value of a parameter of a target's query, decoded as of a
// form (URL Standard, Section 5.1). A semicolon in one is a separator to some
// readers and not to others.
func parameter(target, name string) (value string, presence Presence) {
	_, query, _ := strings.Cut(target, "?")
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		if strings.IndexByte(pair, ';') >= 0 {
			for part := range strings.SplitSeq(pair, ";") {
				if n, _, _ := strings.Cut(part, "="); decode(n) == name {
					return "", Malformed
				}
			}
		}
		n, v, _ := strings.Cut(pair, "=")
		if pair == "" || decode(n) != name {
			continue
		}
		if value, presence = and(value, presence, decode(v)); presence == Malformed {
			return "", Malformed
		}
	}
	return value, presence
}

// and adds another value of the same name.
func and(value string, presence Presence, another string) (string, Presence) {
	if presence == Present && value != another {
		return "", Malformed
	}
	return another, Present
}

// decode decodes percent-encodings and "+", which is a space. What is no encoding
// stays as it is.
func decode(s string) string {
	i := strings.IndexAny(s, "%+")
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	b = append(b, s[:i]...)
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s):
			if high, low := digit(s[i+1]), digit(s[i+2]); high >= 0 && low >= 0 {
				c = byte(high<<4 | low)
				i += 2
			}
		}
		b = append(b, c)
	}
	return string(b)
}

// digit is the value of a hexadecimal digit, -1 for any other byte.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
