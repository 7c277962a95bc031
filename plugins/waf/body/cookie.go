package body

import "strings"

// Cookies appends the cookies of a Cookie header to list (REQUEST_COOKIES), in
// the order of the header and not decoded. Control characters and spaces around
// names and values are dropped (RFC 6265, Section 4.1.1 has them in neither). A
// cookie without a name is kept, for some servers read its value.
func Cookies(header string, list []Pair) []Pair {
	for header != "" {
		var pair string
		pair, header, _ = strings.Cut(header, ";")
		name, value, _ := strings.Cut(pair, "=")
		name, value = trimControls(name), trimControls(value)
		if name != "" || value != "" {
			list = append(list, Pair{name, value})
		}
	}
	return list
}

func trimControls(s string) string {
	for s != "" && (s[0] <= ' ' || s[0] == 0x7f) {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] <= ' ' || s[len(s)-1] == 0x7f) {
		s = s[:len(s)-1]
	}
	return s
}
