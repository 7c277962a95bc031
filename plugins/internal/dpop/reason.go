package dpop

import "gatehouse/plugins/internal/policy"

// Why a proof is refused, in the order of the rules of RFC 9449, Section 4.3. The
// first one that is broken counts; but what cannot be read is found first.
const (
	// ReasonMissing: there is no proof.
	ReasonMissing policy.Reason = "dpop_missing"
	// ReasonRepeated: more than one DPoP field, or one that is a list (rule 1).
	ReasonRepeated policy.Reason = "dpop_repeated"
	// ReasonTooLarge: longer than MaxProofSize.
	ReasonTooLarge policy.Reason = "dpop_too_large"
	// ReasonMalformed: not one well-formed JWT (rule 2).
	ReasonMalformed policy.Reason = "dpop_malformed"
	// ReasonClaims: a required claim is missing or has the wrong type (rule 3).
	ReasonClaims policy.Reason = "dpop_claims"
	// ReasonType: "typ" is not "dpop+jwt" (rule 4).
	ReasonType policy.Reason = "dpop_type"
	// ReasonAlgorithm: "alg" is not an asymmetric algorithm that is allowed (rule
	// 5).
	ReasonAlgorithm policy.Reason = "dpop_algorithm"
	// ReasonKey: "jwk" is not a public key that fits "alg", or an RSA key of more
	// than MaxRSABits.
	ReasonKey policy.Reason = "dpop_key"
	// ReasonSignature: "jwk" did not make the signature (rule 6).
	ReasonSignature policy.Reason = "dpop_signature"
	// ReasonPrivateKey: "jwk" holds private key material (rule 7).
	ReasonPrivateKey policy.Reason = "dpop_private_key"
	// ReasonMethod: "htm" is another method (rule 8).
	ReasonMethod policy.Reason = "dpop_method"
	// ReasonURI: "htu" is another address (rule 9).
	ReasonURI policy.Reason = "dpop_uri"
	// ReasonNonce: "nonce" is missing, or not one that was issued lately (rule
	// 10). The client is to be given one, see [CodeOf].
	ReasonNonce policy.Reason = "dpop_nonce"
	// ReasonTime: "iat" is too far back or ahead (rule 11).
	ReasonTime policy.Reason = "dpop_time"
	// ReasonToken: "ath" is the hash of another access token (rule 12).
	ReasonToken policy.Reason = "dpop_token"
	// ReasonBinding: the access token is bound to another key, or to none (rule
	// 12).
	ReasonBinding policy.Reason = "dpop_binding"
	// ReasonReplayed: the proof was presented before (Section 11.1).
	ReasonReplayed policy.Reason = "dpop_replayed"
	// ReasonReplayUnknown: whether it was cannot be told, because there is no room
	// to remember it or no memory at all. It is no fault of the client's.
	ReasonReplayUnknown policy.Reason = "dpop_replay_unknown"
)

// Reasons are all reasons of this package, for an engine to add to its own.
var Reasons = []policy.Reason{
	ReasonMissing, ReasonRepeated, ReasonTooLarge, ReasonMalformed, ReasonClaims, ReasonType, ReasonAlgorithm, ReasonKey, ReasonSignature,
	ReasonPrivateKey, ReasonMethod, ReasonURI, ReasonNonce, ReasonTime, ReasonToken, ReasonBinding, ReasonReplayed, ReasonReplayUnknown,
}
