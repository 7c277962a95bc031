package jose

import (
	"strings"
)

// MaxTokenSize is the longest token that is read, in bytes of its compact
// serialization. Access tokens take 1 to 4 KiB; servers commonly refuse a
// header field of more than 8 to 16 KiB.
const MaxTokenSize = 16 << 10

// Header is what a JWS header says that matters here (RFC 7515, Section 4.1).
// "jku", "jwk", "x5u", "x5c", "x5t" and "cty" are not looked at: a token does
// not choose the key that judges it (RFC 8725, Section 3.10). Only
// [ParseProof] reads "jwk".
type Header struct {
	// Algorithm is "alg".
	Algorithm Algorithm
	// KeyID is "kid", and HasKeyID whether there is one.
	KeyID    string
	HasKeyID bool
	// Type is "typ" as it was written, and HasType whether there is one.
	Type    string
	HasType bool
}

// JWS is a signed message in parts. Nothing in it is to be believed before
// Verify has returned nil.
type JWS struct {
	Header Header
	// Payload is the message.
	Payload   string
	input     string
	signature []byte
}

// ParseCompact takes a compact serialization (RFC 7515, Section 7.1) to pieces.
// It verifies nothing. Errors are of type [Error].
func ParseCompact(token string) (*JWS, error) {
	t, _, err := parseCompact(token)
	return t, err
}

// parseCompact returns the members of the header besides.
func parseCompact(token string) (*JWS, Object, error) {
	if len(token) > MaxTokenSize {
		return nil, nil, ErrTokenSize
	}
	header, rest, ok := strings.Cut(token, ".")
	if !ok {
		return nil, nil, ErrCompact
	}
	payload, signature, ok := strings.Cut(rest, ".")
	if !ok || header == "" || signature == "" || strings.IndexByte(signature, '.') >= 0 {
		return nil, nil, ErrCompact
	}
	rawHeader, err := decodeBase64URL(header)
	if err != nil {
		return nil, nil, err
	}
	rawPayload, err := decodeBase64URL(payload)
	if err != nil {
		return nil, nil, err
	}
	t := &JWS{Payload: string(rawPayload), input: token[:len(header)+1+len(payload)]}
	if t.signature, err = decodeBase64URL(signature); err != nil {
		return nil, nil, err
	}
	members, err := ParseObject(string(rawHeader))
	if err != nil {
		return nil, nil, err
	}
	if t.Header, err = parseHeader(members); err != nil {
		return nil, nil, err
	}
	return t, members, nil
}

// parseHeader reads a JOSE header.
func parseHeader(o Object) (Header, error) {
	var h Header
	// RFC 7515, Section 4.1.11: a recipient that does not understand an
	// extension listed in "crit" rejects the JWS. An empty or misplaced list is
	// an error too. RFC 7797, Section 6: "b64" is one such extension, and a
	// message that carries it outside "crit" means different things to different
	// readers.
	if o.Get("crit").Kind() != Absent || o.Get("b64").Kind() != Absent {
		return Header{}, ErrCritical
	}
	name, ok := o.Get("alg").Text()
	if !ok {
		return Header{}, ErrHeader
	}
	if h.KeyID, h.HasKeyID, ok = optionalText(o, "kid"); !ok || len(h.KeyID) > maxKeyID {
		return Header{}, ErrHeader
	}
	if h.Type, h.HasType, ok = optionalText(o, "typ"); !ok {
		return Header{}, ErrHeader
	}
	if h.Algorithm, ok = ParseAlgorithm(name); !ok {
		return Header{}, ErrAlgorithm
	}
	return h, nil
}

// optionalText returns a member's string and whether it is there. ok is false
// if it is there and not a string.
func optionalText(o Object, name string) (text string, has, ok bool) {
	v := o.Get(name)
	if v.Kind() == Absent {
		return "", false, true
	}
	text, ok = v.Text()
	return text, true, ok
}

// Verify returns nil if, and only if, a key of set made the signature with an
// algorithm that is in allowed and that the key may be used with. Errors are
// [ErrAlgorithmNotAllowed], [ErrKey] and [ErrSignature]. A nil verify is
// [VerifySignature].
func (t *JWS) Verify(set *KeySet, allowed Algorithms, verify VerifyFunc) error {
	if !allowed.Has(t.Header.Algorithm) {
		return ErrAlgorithmNotAllowed
	}
	if verify == nil {
		verify = VerifySignature
	}
	input := []byte(t.input)
	good := false
	tried := set.candidates(t, func(key *Key) bool {
		good = verify(t.Header.Algorithm, key, input, t.signature)
		return good
	})
	switch {
	case good:
		return nil
	case !tried:
		return ErrKey
	}
	return ErrSignature
}
