package jose

// ParseProof takes a compact serialization to pieces whose header carries the
// public key that verifies it, "jwk" (RFC 7515, Section 4.1.3), as a DPoP proof
// does (RFC 9449, Section 4.2). The key proves nothing but that its owner signed:
// who that is the caller knows from elsewhere, by its [Key.Thumbprint].
//
// It verifies nothing. Errors are those of [ParseCompact], [ErrHeaderKey] and
// [ErrPrivateKey].
func ParseProof(token string) (*JWS, *Key, error) {
	t, header, err := parseCompact(token)
	if err != nil {
		return nil, nil, err
	}
	jwk := header.Get("jwk")
	if jwk.Kind() != ObjectKind {
		return nil, nil, ErrHeaderKey
	}
	members, err := ParseObject(jwk.Raw())
	if err != nil {
		return nil, nil, err
	}
	for _, name := range privateMembers {
		if members.Get(name).Kind() != Absent {
			return nil, nil, ErrPrivateKey
		}
	}
	key, problem := parseKey(members)
	if problem != nil || key == nil {
		return nil, nil, ErrHeaderKey
	}
	return t, key, nil
}

// VerifyKey is [JWS.Verify] with one key, whatever "kid" the token names. Errors
// are the same.
func (t *JWS) VerifyKey(key *Key, allowed Algorithms, verify VerifyFunc) error {
	if !allowed.Has(t.Header.Algorithm) {
		return ErrAlgorithmNotAllowed
	}
	if !key.algorithms.Has(t.Header.Algorithm) {
		return ErrKey
	}
	if verify == nil {
		verify = VerifySignature
	}
	if !verify(t.Header.Algorithm, key, []byte(t.input), t.signature) {
		return ErrSignature
	}
	return nil
}
