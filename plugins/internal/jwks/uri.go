package jwks

import "strings"

// maxURISize bounds a URI, in bytes.
const maxURISize = 2048

// uri is an absolute http or https URI (RFC 9110, Section 4.2) as a call needs
// it.
type uri struct {
	secure    bool
	authority string
	// target is the path, with the query if there is one.
	target string
}

// scheme is what ":scheme" says.
func (u uri) scheme() string {
	if u.secure {
		return "https"
	}
	return "http"
}

// parseURI reads a URI, or says what is wanted instead. User information would
// be a secret in a place where none is looked for, and a fragment is never sent:
// both are refused. So is everything but the characters of RFC 3986, which no
// two readers take for different addresses.
func parseURI(text string) (u uri, fault string) {
	const want = "want https://host/path or http://host/path"
	if len(text) > maxURISize {
		return uri{}, "longer than 2048 bytes"
	}
	rest, secure := strings.CutPrefix(text, "https://")
	if !secure {
		var plain bool
		if rest, plain = strings.CutPrefix(text, "http://"); !plain {
			return uri{}, want
		}
	}
	u = uri{secure: secure, authority: rest, target: "/"}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		u.authority, u.target = rest[:i], rest[i:]
	}
	if !isAuthority(u.authority) {
		return uri{}, want + ", the host a name or an address and nothing before it"
	}
	if u.target[0] == '?' {
		u.target = "/" + u.target
	}
	for i := 0; i < len(u.target); i++ {
		if c := u.target[i]; c <= ' ' || c > '~' || strings.IndexByte("#\"<>\\^`{|}", c) >= 0 {
			return uri{}, want + ", without a fragment and in the characters of a URI"
		}
	}
	return u, ""
}

// isAuthority tells whether text is a host with or without a port.
func isAuthority(text string) bool {
	host, port := text, ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return false
		}
		host, port = text[1:end], text[end+1:]
		if strings.Trim(host, "0123456789abcdefABCDEF:.") != "" {
			return false
		}
	} else {
		if i := strings.IndexByte(text, ':'); i >= 0 {
			host, port = text[:i], text[i:]
		}
		for i := 0; i < len(host); i++ {
			c := host[i]
			if c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	if host == "" || len(port) > 6 || port == ":" || port != "" && port[0] != ':' {
		return false
	}
	return strings.Trim(port, "0123456789") == "" || strings.Trim(port[1:], "0123456789") == ""
}

// OpenIDConfiguration returns where the metadata of an issuer is by OpenID
// Connect Discovery 1.0, Section 4: below the issuer's own path.
func OpenIDConfiguration(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}

// ServerMetadata returns where the metadata of an issuer is by RFC 8414, Section
// 3.1: between its host and its path.
func ServerMetadata(issuer string) string {
	const wellKnown = "/.well-known/oauth-authorization-server"
	issuer = strings.TrimSuffix(issuer, "/")
	_, rest, _ := strings.Cut(issuer, "://")
	host, _, _ := strings.Cut(rest, "/")
	end := len(issuer) - len(rest) + len(host)
	return issuer[:end] + wellKnown + issuer[end:]
}
