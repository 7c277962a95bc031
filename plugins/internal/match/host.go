package match

import "strings"

// Hostname cuts the port and the dot of the root off an authority, RFC 3986,
// Section 3.2, and tells whether what is left is a plain name or an address:
// letters, digits, "-", "_" and "." without empty labels, or an IP literal in
// brackets. User information, percent-encodings and anything else two readers
// could take for different hosts is none. Case is kept.
func Hostname(authority string) (string, bool) {
	host, port := authority, ""
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 {
			return "", false
		}
		host, port = authority[:end+1], authority[end+1:]
		for i := 1; i < end; i++ {
			if c := host[i]; hex(c) < 0 && c != ':' && c != '.' {
				return "", false
			}
		}
	} else {
		if i := strings.IndexByte(authority, ':'); i >= 0 {
			host, port = authority[:i], authority[i:]
		}
		for i := 0; i < len(host); i++ {
			c := host[i]
			if c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return "", false
			}
		}
		if n := len(host); n > 1 && host[n-1] == '.' {
			host = host[:n-1]
		}
		if host != "" && (host[0] == '.' || host[len(host)-1] == '.' || strings.Contains(host, "..")) {
			return "", false
		}
	}
	if port != "" && port[0] != ':' {
		return "", false
	}
	for i := 1; i < len(port); i++ {
		if port[i] < '0' || port[i] > '9' {
			return "", false
		}
	}
	return host, true
}

// match holds the host of a request, as Hostname returns it, against h.
func (h Host) match(host string) bool {
	want := string(h)
	if strings.HasPrefix(want, "*.") {
		want = want[1:]
		if len(host) <= len(want) {
			return false
		}
		host = host[len(host)-len(want):]
	}
	if len(host) != len(want) {
		return false
	}
	for i := 0; i < len(host); i++ {
		c := host[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != want[i] {
			return false
		}
	}
	return true
}
