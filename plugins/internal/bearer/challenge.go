package bearer

import (
	"strings"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
)

// Code is an error code of RFC 6750, Section 3.1. The zero value stands for a
// request without credentials, which the challenge answers without a code.
type Code string

// The error codes, and the status each one goes with.
const (
	// InvalidRequest is a request that presents a token in a way it must not:
	// 400.
	InvalidRequest Code = "invalid_request"
	// InvalidToken is a token that is expired, malformed or not good for
	// another reason: 401.
	InvalidToken Code = "invalid_token"
	// InsufficientScope is a good token that does not reach far enough: 403.
	InsufficientScope Code = "insufficient_scope"
)

// Refusal is what a client is told. Its texts must not depend on anything
// secret: they leave the gateway.
type Refusal struct {
	// Realm is the challenge's realm, at least one character.
	Realm string
	// Code is the error code, empty for a request without credentials.
	Code Code
	// Description is the "error_description", for the client's developer;
	// empty for none.
	Description string
	// Scope lists the scopes that would do, space-delimited; empty for none.
	Scope string
	// IncidentID lets the client's developer and the operator speak of the same
	// request; empty for none. It may come from the client: what is not letters,
	// digits and -._ or longer than 128 bytes is left out.
	IncidentID string
	// Method is the request's method. An answer to HEAD has no body (RFC 9110,
	// Section 9.3.2).
	Method string
}

// status returns the status of RFC 6750, Section 3.1, and its title.
func (c Code) status() (int, string) {
	switch c {
	case InvalidRequest:
		return 400, "Bad Request"
	case InsufficientScope:
		return 403, "Forbidden"
	}
	return 401, "Unauthorized"
}

// Challenge returns the value of WWW-Authenticate (RFC 6750, Section 3).
func (r Refusal) Challenge() string {
	var b strings.Builder
	b.WriteString("Bearer realm=")
	quote(&b, r.Realm)
	for _, parameter := range [...]struct{ name, value string }{
		{"error", string(r.Code)},
		{"error_description", r.Description},
		{"scope", r.Scope},
	} {
		// RFC 6750, Section 3.1: without credentials, no error code nor other
		// information about the error.
		if parameter.value != "" && (r.Code != "" || parameter.name == "scope") {
			b.WriteString(", " + parameter.name + "=")
			quote(&b, parameter.value)
		}
	}
	return b.String()
}

// quote writes s as a quoted-string in the characters RFC 6750, Section 3
// allows in descriptions and scopes: printable ASCII without quotation mark and
// backslash. Others become question marks, so that nothing can end the string
// or the field.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			b.WriteByte('?')
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}

// Response returns the answer to the client: the status of the code, the
// challenge, and a problem document.
func (r Refusal) Response() policy.Response {
	status, title := r.Code.status()
	response := problem.Response(status, title, r.Description, r.IncidentID, r.Method)
	response.Headers = append(response.Headers, policy.Header{Name: "www-authenticate", Value: r.Challenge()})
	return response
}
