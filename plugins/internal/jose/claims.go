package jose

import "time"

// ClaimError is a claim whose value is not of the type RFC 7519 gives it. It is
// the claim's name and never quotes the value.
type ClaimError string

// Error returns the claim's name and what is wrong.
func (e ClaimError) Error() string { return "jose: claim " + string(e) + " has the wrong type" }

// Claims are the claims of a JWT (RFC 7519, Section 4). Those of the registered
// names are read and typed, the rest are in Object.
type Claims struct {
	// Issuer is "iss", Subject "sub", ID "jti"; "" means there is none, and an
	// empty string identifies nobody either.
	Issuer, Subject, ID string
	// Audience is "aud"; a single string is a list of one. Nil means there is no
	// such claim, or an empty list.
	Audience []string
	// Expires is "exp", NotBefore "nbf", IssuedAt "iat". The zero time means
	// there is no such claim.
	Expires, NotBefore, IssuedAt time.Time
	// Object holds every claim.
	Object Object
}

// ParseClaims reads the payload of a JWT. A registered claim of another type
// than RFC 7519, Section 4.1 gives it is a [ClaimError]: null, too, is not
// absent. Other errors are those of [ParseObject].
func ParseClaims(payload string) (*Claims, error) {
	o, err := ParseObject(payload)
	if err != nil {
		return nil, err
	}
	c := &Claims{Object: o}
	for _, text := range []struct {
		name string
		into *string
	}{{"iss", &c.Issuer}, {"sub", &c.Subject}, {"jti", &c.ID}} {
		var ok bool
		if *text.into, _, ok = optionalText(o, text.name); !ok {
			return nil, ClaimError(text.name)
		}
	}
	for _, date := range []struct {
		name string
		into *time.Time
	}{{"exp", &c.Expires}, {"nbf", &c.NotBefore}, {"iat", &c.IssuedAt}} {
		v := o.Get(date.name)
		if v.Kind() == Absent {
			continue
		}
		t, ok := v.Date()
		if !ok {
			return nil, ClaimError(date.name)
		}
		*date.into = t
	}
	// RFC 7519, Section 4.1.3: an array of case-sensitive strings, or one string.
	switch aud := o.Get("aud"); aud.Kind() {
	case Absent:
	case String:
		text, _ := aud.Text()
		c.Audience = []string{text}
	default:
		texts, ok := aud.Texts()
		if !ok {
			return nil, ClaimError("aud")
		}
		c.Audience = texts
	}
	return c, nil
}
