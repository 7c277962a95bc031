package transform

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
)

// Lengths of a pseudonym's parts in bytes.
const (
	pseudonymTag   = 16
	pseudonymCheck = 8
)

// pseudonym is [NewPseudonym].
type pseudonym struct {
	opaque
	keys []keyed[pseudonymKey]
	sum  [sha256.Size]byte
	raw  []byte
}

type pseudonymKey struct {
	tag, check hash.Hash
}

// NewPseudonym returns the transform of a value to a name for it, which cannot be
// reversed without trying values under the key:
//
//	"psn:" key id ":" base64url(tag, check)
//	tag   = HMAC-SHA-256(HKDF(key, "pseudonym", namespace), value), its first 16 bytes
//	check = HMAC-SHA-256(HKDF(key, "pseudonym check", namespace), tag), its first 8
//
// In one namespace the same value has the same pseudonym, so records can be linked
// by it. Give two fields one namespace to link them with each other, or a namespace
// each so that they cannot be. A value that is a pseudonym of the namespace under a
// key of the ring stays as it is.
func NewPseudonym(ring *Keyring, namespace string) (Transform, error) {
	keys, err := each(ring, "psn:", func(key Key) (k pseudonymKey, err error) {
		if k.tag, err = derivedMAC(key, "pseudonym", namespace); err != nil {
			return k, err
		}
		k.check, err = derivedMAC(key, "pseudonym check", namespace)
		return k, err
	})
	if err != nil {
		return nil, err
	}
	return &pseudonym{opaque: opaque("pseudonym " + ring.Current().ID()), keys: keys}, nil
}

// derivedMAC returns HMAC-SHA-256 with a key derived for one use.
func derivedMAC(key Key, use, domain string) (hash.Hash, error) {
	derived, err := key.derive(use, domain, sha256.Size)
	if err != nil {
		return nil, err
	}
	return hmac.New(sha256.New, derived), nil
}

// Apply appends the pseudonym of the value under the current key.
func (p *pseudonym) Apply(dst, value []byte, _ string) ([]byte, error) {
	if p.made(value) {
		return append(dst, value...), nil
	}
	key := &p.keys[0]
	raw := append(p.raw[:0], hmacSum(key.use.tag, &p.sum, value)[:pseudonymTag]...)
	raw = append(raw, hmacSum(key.use.check, &p.sum, raw)[:pseudonymCheck]...)
	p.raw = raw
	return coding.AppendEncode(append(dst, key.prefix...), raw), nil
}

// made tells whether a value is a pseudonym of this namespace.
func (p *pseudonym) made(value []byte) bool {
	key, text, fault := find(p.keys, "psn:", value)
	if fault != "" || len(text) != coding.EncodedLen(pseudonymTag+pseudonymCheck) {
		return false
	}
	raw, ok := decode(p.raw[:0], text)
	p.raw = raw
	return ok && hmac.Equal(hmacSum(key.use.check, &p.sum, raw[:pseudonymTag])[:pseudonymCheck], raw[pseudonymTag:])
}
