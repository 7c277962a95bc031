package introspect

import (
	"encoding/base64"

	"gatehouse/plugins/internal/policy"
)

// request is a request for introspection without its token.
type request struct {
	cluster string
	headers policy.Headers
	// before and after are the form, as far as the token and behind it.
	before string
	after  *Secret
	// authorization is a header's value, nil if there is no such header.
	authorization *Secret
}

// newRequest prepares the request. RFC 7662, Section 2.1.
func newRequest(c *Config) request {
	r := request{
		cluster: c.Cluster,
		headers: append(c.Endpoint.Headers("POST"),
			policy.Header{Name: "content-type", Value: "application/x-www-form-urlencoded"},
			policy.Header{Name: "accept", Value: "application/json"}),
		before: "token=",
	}
	after := "&token_type_hint=" + encode(c.TokenTypeHint)
	switch c.Authentication {
	case "client_secret_basic":
		// RFC 6749, Section 2.3.1: id and secret are form-encoded before they become
		// user and password.
		pair := encode(c.ClientID) + ":" + encode(c.ClientSecret.reveal())
		r.authorization = NewSecret("Basic " + base64.StdEncoding.EncodeToString([]byte(pair)))
	case "client_secret_post":
		after += "&client_id=" + encode(c.ClientID) + "&client_secret=" + encode(c.ClientSecret.reveal())
	case "bearer":
		r.authorization = NewSecret("Bearer " + c.Token.reveal())
	case "none":
		if c.ClientID != "" {
			after += "&client_id=" + encode(c.ClientID)
		}
	}
	r.after = NewSecret(after)
	return r
}

// call returns the call that asks about a token.
func (r *request) call(token string) policy.Call {
	headers := append(make(policy.Headers, 0, len(r.headers)+1), r.headers...)
	if r.authorization != nil {
		headers = append(headers, policy.Header{Name: "authorization", Value: r.authorization.reveal()})
	}
	return policy.Call{Cluster: r.cluster, Headers: headers, Body: []byte(r.before + encode(token) + r.after.reveal())}
}

// encode writes a value of a form (RFC 6749, Appendix B): letters, digits and "-._~"
// as they are, a space as a plus sign, anything else percent-encoded.
func encode(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
