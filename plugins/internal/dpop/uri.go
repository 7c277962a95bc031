package dpop

import (
	"bytes"
	"strings"
)

// SameURI tells whether two absolute http or https addresses are the same but
// for query and fragment, after the normalisation that RFC 9449, Section 4.3
// recommends: by syntax (RFC 3986, Section 6.2.2: case of scheme and host,
// percent-encodings, dot segments) and by scheme (Section 6.2.3: default port,
// empty path). What is no such address is the same as nothing.
func SameURI(a, b string) bool {
	a, ok := normalize(a)
	if !ok {
		return false
	}
	b, ok = normalize(b)
	return ok && a == b
}

// normalize returns the one spelling of an address without query and fragment,
// and false if it is not an http or https address, or has user information.
func normalize(uri string) (string, bool) {
	if i := strings.IndexAny(uri, "?#"); i >= 0 {
		uri = uri[:i]
	}
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return "", false
	}
	defaultPort := ""
	switch {
	case strings.EqualFold(scheme, "https"):
		scheme, defaultPort = "https", "443"
	case strings.EqualFold(scheme, "http"):
		scheme, defaultPort = "http", "80"
	default:
		return "", false
	}
	authority, path := rest, "/"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	host, port, ok := cutPort(authority)
	if !ok {
		return "", false
	}
	out := make([]byte, 0, len(uri)+16)
	out = append(out, scheme...)
	out = append(out, "://"...)
	start := len(out)
	if out, ok = appendEncoded(out, host); !ok {
		return "", false
	}
	// A name of unreserved characters or an IP literal: what else RFC 3986 allows
	// names no host that could be reached.
	literal := host[0] == '['
	for i := start; i < len(out); i++ {
		c := out[i]
		if literal && !strings.ContainsRune("[]:.", rune(c)) && unhex(c) < 0 || !literal && !unreserved(c) {
			return "", false
		}
		if 'A' <= c && c <= 'Z' {
			out[i] += 'a' - 'A'
		}
	}
	if port != "" && port != defaultPort {
		out = append(append(out, ':'), port...)
	}
	encoded, ok := appendEncoded(make([]byte, 0, len(path)+16), path)
	if !ok {
		return "", false
	}
	return string(appendPath(out, encoded)), true
}

// cutPort takes an authority apart (RFC 3986, Section 3.2). User information has
// no place in the address of a request (RFC 9110, Section 4.2.4), and makes it
// false.
func cutPort(authority string) (host, port string, ok bool) {
	host = authority
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 {
			return "", "", false
		}
		host, port = authority[:end+1], authority[end+1:]
		if port != "" && port[0] != ':' {
			return "", "", false
		}
		if strings.IndexByte(host[1:end], '[') >= 0 {
			return "", "", false
		}
	} else if i := strings.IndexByte(authority, ':'); i >= 0 {
		host, port = authority[:i], authority[i:]
	}
	port = strings.TrimPrefix(port, ":")
	for i := 0; i < len(port); i++ {
		if port[i] < '0' || port[i] > '9' {
			return "", "", false
		}
	}
	return host, port, host != ""
}

const hexDigits = "0123456789ABCDEF"

// appendEncoded appends s with its percent-encodings normalised: those of
// unreserved characters are decoded, the digits of others are capitals, and what
// may not stand in a URI as it is, but is found there, is encoded. White space,
// control characters and a percent sign that begins no encoding make it false.
func appendEncoded(dst []byte, s string) ([]byte, bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			if i+2 >= len(s) {
				return dst, false
			}
			high, low := unhex(s[i+1]), unhex(s[i+2])
			if high < 0 || low < 0 {
				return dst, false
			}
			i += 2
			if c = byte(high<<4 | low); unreserved(c) {
				dst = append(dst, c)
			} else {
				dst = append(dst, '%', hexDigits[high], hexDigits[low])
			}
		case c <= ' ' || c == 0x7f:
			return dst, false
		case unreserved(c) || strings.IndexByte("!$&'()*+,;=:@/[]", c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst, true
}

// unreserved tells whether c means the same encoded and not (RFC 3986, Section
// 2.3).
func unreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// appendPath appends a path that begins with a slash without its dot segments
// (RFC 3986, Section 5.2.4).
func appendPath(dst, path []byte) []byte {
	start := len(dst)
	for len(path) > 0 {
		end := 1
		for end < len(path) && path[end] != '/' {
			end++
		}
		segment := path[:end]
		path = path[end:]
		switch string(segment) {
		case "/.":
		case "/..":
			dst = dst[:start+max(0, bytes.LastIndexByte(dst[start:], '/'))]
		default:
			dst = append(dst, segment...)
			continue
		}
		if len(path) == 0 {
			dst = append(dst, '/')
		}
	}
	return dst
}
