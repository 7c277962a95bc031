package transform

// token is [NewToken].
type token struct {
	opaque
	keys   []keyed[*siv]
	raw    []byte
	opened []byte
}

// NewToken returns the transform of a value to a token from which the holder of the
// key gets it back:
//
//	"tok:" key id ":" base64url(AES-SIV(HKDF(key, "token"), namespace, value))
//
// That is AES-256-SIV (RFC 5297) with the namespace for associated data. A token is
// 16 bytes longer than its value, before base64url. In one namespace the same value
// has the same token, so records can be linked by it; fields with a namespace each
// cannot be linked with each other. A token tells how long its value is and where
// two values are equal, and nothing else. A value that is a token of the namespace
// under a key of the ring stays as it is.
func NewToken(ring *Keyring, namespace string) (Reversible, error) {
	keys, err := each(ring, "tok:", func(key Key) (*siv, error) {
		derived, err := key.derive("token", "", 64)
		if err != nil {
			return nil, err
		}
		return newSIV(derived, []byte(namespace))
	})
	if err != nil {
		return nil, err
	}
	return &token{opaque: opaque("token " + ring.Current().ID()), keys: keys}, nil
}

// Apply appends the token of the value under the current key.
func (t *token) Apply(dst, value []byte, _ string) ([]byte, error) {
	opened, fault := t.open(t.opened[:0], value)
	clear(opened)
	t.opened = reuse(opened)
	if fault == "" {
		return append(dst, value...), nil
	}
	key := &t.keys[0]
	raw := key.use.seal(t.raw[:0], value)
	dst = coding.AppendEncode(append(dst, key.prefix...), raw)
	t.raw = reuse(raw)
	return dst, nil
}

// Reveal appends the value of a token, under whichever key it names.
func (t *token) Reveal(dst, value []byte, _ string) ([]byte, error) {
	dst, fault := t.open(dst, value)
	if fault != "" {
		return dst, fault
	}
	return dst, nil
}

func (t *token) open(dst, value []byte) ([]byte, Fault) {
	key, text, fault := find(t.keys, "tok:", value)
	if fault != "" {
		return dst, fault
	}
	raw, ok := decode(t.raw[:0], text)
	t.raw = reuse(raw)
	if !ok {
		return dst, FaultSealed
	}
	dst, ok = key.use.open(dst, raw)
	if !ok {
		return dst, FaultForged
	}
	return dst, ""
}
