package transform

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
)

// Parts of an envelope before its ciphertext.
const (
	envelopeVersion = 1
	nonceSize       = 12
)

// encrypt is [NewEncrypt].
type encrypt struct {
	opaque
	keys   []keyed[envelopeKey]
	random func([]byte) error
	raw    []byte
	opened []byte
}

type envelopeKey struct {
	aead cipher.AEAD
	// associated is the prefix and the version: no part of an envelope can be
	// changed.
	associated []byte
}

// NewEncrypt returns the transform of a value to an envelope from which the holder
// of the key gets it back:
//
//	"enc:" key id ":" base64url(version 1, nonce of 12 bytes, ciphertext and tag)
//
// That is AES-256-GCM (NIST SP 800-38D) under HKDF(key, "encrypt", namespace), with
// what stands before the nonce ("enc:", key id, ":" and the byte of the version) for
// associated data. The same value has another envelope each time: an envelope tells
// how long its value is and nothing else. A value that is an envelope of the
// namespace under a key of the ring stays as it is.
//
// Random fills its argument with random bytes. Nonces are random, so no more than
// 2^32 values may be encrypted under one key and namespace, by all gateways together
// (SP 800-38D, Section 8.3): at 1000 values a second the key has to be followed by
// another within 49 days. [NewToken] has no such limit.
func NewEncrypt(ring *Keyring, namespace string, random func([]byte) error) (Reversible, error) {
	if random == nil {
		return nil, errors.New("random: none, want a source of randomness")
	}
	keys, err := each(ring, "enc:", func(key Key) (k envelopeKey, err error) {
		derived, err := key.derive("encrypt", namespace, 32)
		if err != nil {
			return k, err
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return k, err
		}
		k.associated = append([]byte("enc:"+key.ID()+":"), envelopeVersion)
		k.aead, err = cipher.NewGCM(block)
		return k, err
	})
	if err != nil {
		return nil, err
	}
	return &encrypt{opaque: opaque("encrypt " + ring.Current().ID()), keys: keys, random: random}, nil
}

// Apply appends an envelope of the value under the current key.
func (e *encrypt) Apply(dst, value []byte, _ string) ([]byte, error) {
	opened, fault := e.open(e.opened[:0], value)
	clear(opened)
	e.opened = reuse(opened)
	if fault == "" {
		return append(dst, value...), nil
	}
	key := &e.keys[0]
	raw := append(e.raw[:0], envelopeVersion)
	raw = append(raw, make([]byte, nonceSize)...)
	nonce := raw[1:]
	if e.random(nonce) != nil {
		return dst, FaultRandom
	}
	raw = key.use.aead.Seal(raw, nonce, value, key.use.associated)
	dst = coding.AppendEncode(append(dst, key.prefix...), raw)
	e.raw = reuse(raw)
	return dst, nil
}

// Reveal appends the value of an envelope, under whichever key it names.
func (e *encrypt) Reveal(dst, value []byte, _ string) ([]byte, error) {
	dst, fault := e.open(dst, value)
	if fault != "" {
		return dst, fault
	}
	return dst, nil
}

func (e *encrypt) open(dst, value []byte) ([]byte, Fault) {
	key, text, fault := find(e.keys, "enc:", value)
	if fault != "" {
		return dst, fault
	}
	raw, ok := decode(e.raw[:0], text)
	e.raw = reuse(raw)
	if !ok || len(raw) < 1+nonceSize+key.use.aead.Overhead() || raw[0] != envelopeVersion {
		return dst, FaultSealed
	}
	opened, err := key.use.aead.Open(dst, raw[1:1+nonceSize], raw[1+nonceSize:], key.use.associated)
	if err != nil {
		return dst, FaultForged
	}
	return opened, ""
}
