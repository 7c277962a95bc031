// Package endpoint is what an engine that calls others over HTTP has to know of HTTP:
// addresses, and how long answers are good.
package endpoint

import (
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// maxSize bounds a URI, in bytes.
const maxSize = 2048

// URI is an absolute http or https URI (RFC 9110, Section 4.2). The zero value is
// none.
//
//schema:is {"type":"string","maxLength":2048,"pattern":"^https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?][!#-;=?-\\[\\]_a-z~]*)?$"}
type URI struct{ scheme, authority, target string }

// String returns the URI, with a path.
func (u URI) String() string {
	if u.scheme == "" {
		return ""
	}
	return u.scheme + "://" + u.authority + u.target
}

// Headers returns the pseudo-header fields of a request, with room for more.
func (u URI) Headers(method string) policy.Headers {
	return append(make(policy.Headers, 0, 8),
		policy.Header{Name: ":method", Value: method},
		policy.Header{Name: ":scheme", Value: u.scheme},
		policy.Header{Name: ":authority", Value: u.authority},
		policy.Header{Name: ":path", Value: u.target})
}

// Secure tells whether it is an https URI.
func (u URI) Secure() bool { return u.scheme == "https" }

// UnmarshalConfig reads a URI, as Parse does.
func (u *URI) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String {
		return v.Errorf(wantURI)
	}
	read, fault := Parse(v.Text())
	if fault != "" {
		return v.Errorf("%s", fault)
	}
	*u = read
	return nil
}

const wantURI = "want https://host/path or http://host/path, of at most 2048 bytes"

// Parse reads a URI, or says what is wanted instead. User information would be a
// secret in a place where none is looked for, and a fragment is never sent: both are
// refused. So is everything but the characters of RFC 3986, which no two readers take
// for different addresses.
func Parse(text string) (u URI, fault string) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme != "https" && scheme != "http" || len(text) > maxSize {
		return URI{}, wantURI
	}
	u = URI{scheme: scheme, authority: rest, target: "/"}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		u.authority, u.target = rest[:i], rest[i:]
	}
	if !isAuthority(u.authority) {
		return URI{}, "want a host, and nothing before it"
	}
	if u.target[0] == '?' {
		u.target = "/" + u.target
	}
	for i := 0; i < len(u.target); i++ {
		if c := u.target[i]; c <= ' ' || c > '~' || strings.IndexByte("#\"<>\\^`{|}", c) >= 0 {
			return URI{}, "want the characters of a URI, without a fragment"
		}
	}
	return u, ""
}

// isAuthority tells whether text is a host, with or without a port.
func isAuthority(text string) bool {
	host, port := text, ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 || strings.Trim(text[1:end], "0123456789abcdefABCDEF:.") != "" {
			return false
		}
		host, port = text[1:end], text[end+1:]
	} else if i := strings.IndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i:]
	}
	for i := 0; i < len(host) && text[0] != '['; i++ {
		c := host[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	if host == "" {
		return false
	}
	return port == "" || len(port) > 1 && len(port) <= 6 && port[0] == ':' && strings.Trim(port[1:], "0123456789") == ""
}
