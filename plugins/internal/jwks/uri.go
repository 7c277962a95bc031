package jwks

import "strings"

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
