package jwtaudience

import (
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// IdentityProperty is the name of the property that a good token is handed on
// as: filter state that later filters and access logs read and no client can
// set. Its value is one JSON object:
//
//	iss        the issuer
//	sub        the subject, if the token has one
//	client_id  the client (RFC 9068, Section 2.2), or else "azp"
//	aud        the audiences, always a list
//	exp        the end, in seconds since 1970, as the token has it
//	iat jti    as the token has them, if it does
//	scope scp  as the token has them, if it does: a string or a list
//	claims     an object with further claims that the configuration names
const IdentityProperty = "gatehouse.identity"

// clientID returns the client that the token was issued to.
func clientID(claims *jose.Claims) string {
	for _, name := range [...]string{"client_id", "azp"} {
		if id, ok := claims.Object.Get(name).Text(); ok && id != "" {
			return id
		}
	}
	return ""
}

// identity returns who a token, signed by its issuer, is for.
func identity(claims *jose.Claims) policy.Identity {
	return policy.Identity{Issuer: claims.Issuer, Subject: claims.Subject, ClientID: clientID(claims)}
}

// property returns what is handed on of a good token.
func property(claims *jose.Claims, who policy.Identity, further []string) policy.Property {
	b := make([]byte, 0, 512)
	b = append(b, `{"iss":`...)
	b = jose.AppendText(b, who.Issuer)
	if who.Subject != "" {
		b = append(b, `,"sub":`...)
		b = jose.AppendText(b, who.Subject)
	}
	if who.ClientID != "" {
		b = append(b, `,"client_id":`...)
		b = jose.AppendText(b, who.ClientID)
	}
	b = append(b, `,"aud":[`...)
	for i, audience := range claims.Audience {
		if i > 0 {
			b = append(b, ',')
		}
		b = jose.AppendText(b, audience)
	}
	b = append(b, ']')
	for _, name := range [...]string{"exp", "iat", "jti", "scope", "scp"} {
		if v := claims.Object.Get(name); v.Kind() != jose.Absent {
			b = append(b, `,"`...)
			b = append(b, name...)
			b = append(b, `":`...)
			b = append(b, v.Raw()...)
		}
	}
	opened := false
	for _, name := range further {
		v := claims.Object.Get(name)
		if v.Kind() == jose.Absent {
			continue
		}
		if !opened {
			b = append(b, `,"claims":{`...)
			opened = true
		} else {
			b = append(b, ',')
		}
		b = jose.AppendText(b, name)
		b = append(b, ':')
		b = append(b, v.Raw()...)
	}
	if opened {
		b = append(b, '}')
	}
	return policy.Property{Name: IdentityProperty, Value: append(b, '}')}
}
