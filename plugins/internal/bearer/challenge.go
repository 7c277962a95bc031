package bearer

import (
	"strconv"
	"strings"
	"time"

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
	// InsufficientUserAuthentication is a good token of a user who has to
	// authenticate again, or in another way: 401 (RFC 9470, Section 3).
	InsufficientUserAuthentication Code = "insufficient_user_authentication"
	// InvalidDPoPProof is a token without a good proof of possession: 401 (RFC
	// 9449, Section 7.1). It is told with the scheme DPoP.
	InvalidDPoPProof Code = "invalid_dpop_proof"
	// UseDPoPNonce is a proof that must hold the nonce of the answer: 401 (RFC
	// 9449, Section 9). It is told with the scheme DPoP.
	UseDPoPNonce Code = "use_dpop_nonce"
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
	// ACRValues lists the ways of authentication that would do, space-delimited, the
	// best first, and MaxAge is how long ago the user may have authenticated at
	// most, in whole seconds (RFC 9470, Section 3). They are told with an error code
	// only; empty and 0 for none.
	ACRValues string
	MaxAge    time.Duration
	// ResourceMetadata is the URL of the document that says where tokens come from
	// (RFC 9728, Section 5.1); empty for none.
	ResourceMetadata string
	// Schemes are those that would do, each of which gets a challenge. None stand
	// for Bearer.
	Schemes []Scheme
	// Presented is the scheme of the request's token. The error is told in the
	// challenge of this scheme, and in the first one if it has none (RFC 9449,
	// Section 7.2).
	Presented Scheme
	// ProofAlgorithms lists the signature algorithms of DPoP proofs that would do,
	// space-delimited (RFC 9449, Section 7.1); empty for none.
	ProofAlgorithms string
	// Nonce is for the client's next DPoP proof (RFC 9449, Section 9); empty for
	// none.
	Nonce string
	// IncidentID lets the client's developer and the operator speak of the same
	// request; empty for none. It may come from the client: what is not letters,
	// digits and -._ or longer than 128 bytes is left out.
	IncidentID string
	// Form is the form of the answer that the client reads: see problem.FormOf.
	Form problem.Form
	// Method is the request's method. An answer to HEAD has no body (RFC 9110,
	// Section 9.3.2). It is not needed where Form says so.
	Method string
}

// status returns the status of the code, and its title.
func (c Code) status() (int, string) {
	switch c {
	case InvalidRequest:
		return 400, "Bad Request"
	case InsufficientScope:
		return 403, "Forbidden"
	}
	return 401, "Unauthorized"
}

// Challenge returns the first challenge, the value of WWW-Authenticate (RFC 6750,
// Section 3).
func (r Refusal) Challenge() string { return r.Challenges()[0] }

// Challenges returns the challenges, one for each scheme. Each is for a field of
// its own: not all clients find a second one in the same field (RFC 9110, Section
// 11.6.1).
func (r Refusal) Challenges() []string {
	schemes := r.Schemes
	if len(schemes) == 0 {
		schemes = defaults[0].Schemes
	}
	presented := r.Presented
	if r.Code == InvalidDPoPProof || r.Code == UseDPoPNonce {
		presented = DPoP
	}
	erring := 0
	for i := range schemes {
		if schemes[i] == presented {
			erring = i
		}
	}
	challenges := make([]string, len(schemes))
	for i := range schemes {
		challenges[i] = r.challenge(schemes[i], i == erring)
	}
	return challenges
}

// challenge returns the challenge of a scheme, with or without the error. RFC
// 6750, Section 3.1: without credentials, no error code nor other information about
// the error.
func (r Refusal) challenge(scheme Scheme, erring bool) string {
	var b strings.Builder
	b.WriteString(string(scheme))
	b.WriteString(" realm=")
	quote(&b, r.Realm)
	if erring && r.Code != "" {
		parameter(&b, "error", string(r.Code))
		parameter(&b, "error_description", r.Description)
	}
	parameter(&b, "scope", r.Scope)
	if erring && r.Code != "" {
		parameter(&b, "acr_values", r.ACRValues)
		if seconds := int64(r.MaxAge / time.Second); seconds > 0 {
			parameter(&b, "max_age", strconv.FormatInt(seconds, 10))
		}
	}
	if scheme == DPoP {
		parameter(&b, "algs", r.ProofAlgorithms)
	}
	parameter(&b, "resource_metadata", r.ResourceMetadata)
	return b.String()
}

// parameter writes a parameter of a challenge that has others before, unless it is
// empty.
func parameter(b *strings.Builder, name, value string) {
	if value != "" {
		b.WriteString(", ")
		b.WriteString(name)
		b.WriteByte('=')
		quote(b, value)
	}
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
// challenges, and a problem document or what else the client reads. An answer to a
// client of gRPC has the challenges too.
func (r Refusal) Response() policy.Response {
	form := r.Form
	if r.Method == "HEAD" {
		form = problem.Bodiless
	}
	status, title := r.Code.status()
	response := problem.Answer(form, status, title, r.Description, r.IncidentID)
	for _, challenge := range r.Challenges() {
		response.Headers = append(response.Headers, policy.Header{Name: "www-authenticate", Value: challenge})
	}
	if r.Nonce != "" {
		response.Headers = append(response.Headers, policy.Header{Name: "dpop-nonce", Value: r.Nonce})
	}
	return response
}
