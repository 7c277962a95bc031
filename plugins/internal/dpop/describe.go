package dpop

import (
	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/policy"
)

// CodeOf returns the code that tells the client of a reason. ReasonReplayUnknown
// is not the client's to know: it is answered with 503.
func CodeOf(reason policy.Reason) bearer.Code {
	switch reason {
	case ReasonNonce:
		return bearer.UseDPoPNonce
	case ReasonBinding:
		return bearer.InvalidToken
	}
	return bearer.InvalidDPoPProof
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
