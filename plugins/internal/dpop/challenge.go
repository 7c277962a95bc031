package dpop

import (
	"strings"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
)

// Code is an error code of a DPoP challenge (RFC 9449, Section 7.1). The zero
// value stands for a request without credentials.
type Code string

// The error codes, and the status each one goes with.
const (
	// InvalidProof is a proof that is not good: 401.
	InvalidProof Code = "invalid_dpop_proof"
	// UseNonce is a proof without a nonce that is good: 401, with one.
	UseNonce Code = "use_dpop_nonce"
	// InvalidToken is an access token that is not good, or bound to another key:
	// 401.
	InvalidToken Code = "invalid_token"
	// InsufficientScope is a good token that does not reach far enough: 403.
	InsufficientScope Code = "insufficient_scope"
)

// CodeOf returns the code that tells the client of a reason. ReasonReplayUnknown
// is not the client's to know: it is answered with [Unavailable].
func CodeOf(reason policy.Reason) Code {
	switch reason {
	case ReasonNonce:
		return UseNonce
	case ReasonBinding:
		return InvalidToken
	}
	return InvalidProof
}

// Describe returns what a client's developer is told of a reason, "" if it is
// none of this package.
func Describe(reason policy.Reason) string {
	switch reason {
	case ReasonMissing:
		return "a DPoP proof is required"
	case ReasonRepeated:
		return "more than one DPoP proof"
	case ReasonTooLarge:
		return "the DPoP proof is too large"
	case ReasonMalformed:
		return "the DPoP proof is not a well-formed JWT"
	case ReasonClaims:
		return "jti, htm, htu, iat and ath are required in the DPoP proof"
	case ReasonType:
		return "typ of the DPoP proof is not dpop+jwt"
	case ReasonAlgorithm:
		return "the algorithm of the DPoP proof is not accepted"
	case ReasonKey:
		return "jwk of the DPoP proof is not a public key that fits its algorithm"
	case ReasonSignature:
		return "the signature of the DPoP proof does not verify"
	case ReasonPrivateKey:
		return "jwk of the DPoP proof holds a private key"
	case ReasonMethod:
		return "htm of the DPoP proof is another method"
	case ReasonURI:
		return "htu of the DPoP proof is another address"
	case ReasonNonce:
		return "a nonce is required in the DPoP proof"
	case ReasonTime:
		return "iat of the DPoP proof is too far from now"
	case ReasonToken:
		return "ath of the DPoP proof is the hash of another access token"
	case ReasonBinding:
		return "the access token is bound to another key"
	case ReasonReplayed:
		return "the DPoP proof was used before"
	case ReasonReplayUnknown:
		return "DPoP proofs cannot be verified at the moment"
	}
	return ""
}

// Refusal is what a client is told. Its texts must not depend on anything
// secret: they leave the gateway.
type Refusal struct {
	// Realm is the challenge's realm; empty for none.
	Realm string
	// Code is the error code, empty for a request without credentials.
	Code Code
	// Description is the "error_description", for the client's developer; empty
	// for none.
	Description string
	// Scope lists the scopes that would do, space-delimited; empty for none.
	Scope string
	// Algorithms are those that are accepted of proofs.
	Algorithms jose.Algorithms
	// Nonce is what the client's next proof must hold; empty for none.
	Nonce string
	// IncidentID lets the client's developer and the operator speak of the same
	// request; empty for none.
	IncidentID string
	// Method is the request's method. An answer to HEAD has no body (RFC 9110,
	// Section 9.3.2).
	Method string
}

// Challenge returns the value of WWW-Authenticate (RFC 9449, Section 7.1).
func (r Refusal) Challenge() string {
	var b strings.Builder
	b.WriteString("DPoP")
	separator := " "
	for _, parameter := range [...]struct{ name, value string }{
		{"realm", r.Realm},
		{"error", string(r.Code)},
		{"error_description", r.Description},
		{"scope", r.Scope},
		{"algs", strings.ReplaceAll(r.Algorithms.String(), ", ", " ")},
	} {
		// RFC 6750, Section 3.1: without credentials, no other information about
		// the error.
		if parameter.value == "" || r.Code == "" && parameter.name == "error_description" {
			continue
		}
		b.WriteString(separator + parameter.name + "=")
		quote(&b, parameter.value)
		separator = ", "
	}
	return b.String()
}

// quote writes s as a quoted-string in the characters RFC 6750, Section 3
// allows in descriptions and scopes. Others become question marks, so that
// nothing can end the string or the field.
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
// challenge, the nonce (RFC 9449, Section 9) and a problem document.
func (r Refusal) Response() policy.Response {
	status, title := 401, "Unauthorized"
	if r.Code == InsufficientScope {
		status, title = 403, "Forbidden"
	}
	response := problem.Response(status, title, r.Description, r.IncidentID, r.Method)
	response.Headers = append(response.Headers, policy.Header{Name: "www-authenticate", Value: r.Challenge()})
	if r.Nonce != "" {
		response.Headers = append(response.Headers, policy.Header{Name: "dpop-nonce", Value: r.Nonce})
	}
	return response
}

// Unavailable returns the answer to a request whose proof cannot be told from a
// replay: 503, and that a second later it may be different.
func Unavailable(incidentID, method string) policy.Response {
	response := problem.Response(503, "Service Unavailable", Describe(ReasonReplayUnknown), incidentID, method)
	response.Headers = append(response.Headers, policy.Header{Name: "retry-after", Value: "1"})
	return response
}
