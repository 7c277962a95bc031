package jose

// Error is why a token is refused. It names the rule that was broken and never
// quotes the token.
type Error string

// Error returns the rule with the package's name in front.
func (e Error) Error() string { return "jose: " + string(e) }

const (
	// ErrTokenSize: the token is longer than [MaxTokenSize].
	ErrTokenSize Error = "token is too large"
	// ErrCompact: the token is not three base64url parts joined by dots, or its
	// header or signature is empty (RFC 7515, Section 7.1).
	ErrCompact Error = "not a compact serialization"
	// ErrBase64: a part is not base64url as RFC 7515, Section 2 has it: without
	// padding, line breaks or other characters, unused bits zero.
	ErrBase64 Error = "not strict base64url"
	// ErrJSON: not one JSON object in valid UTF-8 (RFC 8259), or bytes follow it.
	ErrJSON Error = "not a JSON object"
	// ErrDuplicateMember: an object, at any level, has two members of one name
	// (RFC 7515, Section 4; RFC 7519, Section 4).
	ErrDuplicateMember Error = "duplicate JSON member"
	// ErrDepth: values are nested deeper than [MaxDepth].
	ErrDepth Error = "JSON nested too deep"
	// ErrHeader: a header parameter that is read has the wrong type, or "alg" is
	// missing.
	ErrHeader Error = "header parameter of the wrong type"
	// ErrCritical: the header has "crit" or "b64" (RFC 7515, Section 4.1.11,
	// RFC 7797). No extension is implemented, so none can be understood.
	ErrCritical Error = "critical header parameter"
	// ErrAlgorithm: "alg" is not one this package implements. "none" and the
	// HMAC algorithms are among those it does not.
	ErrAlgorithm Error = "unsupported algorithm"
	// ErrAlgorithmNotAllowed: the caller's set does not name "alg".
	ErrAlgorithmNotAllowed Error = "algorithm not allowed"
	// ErrKey: no key of the set fits the token's "kid" and "alg".
	ErrKey Error = "no key for the token"
	// ErrHeaderKey: the header of a proof has no "jwk", or one that is not in order
	// or not for verifying signatures.
	ErrHeaderKey Error = "no key in the header that verifies signatures"
	// ErrPrivateKey: the "jwk" of a proof holds private or symmetric key material.
	ErrPrivateKey Error = "private key in the header"
	// ErrSignature: the keys that fit did not make the signature.
	ErrSignature Error = "signature mismatch"
)
