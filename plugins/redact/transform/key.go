package transform

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds of keys.
const (
	// MinSecret is the length of a secret in bytes that there must be at least.
	MinSecret = 32
	// MaxKeyID is the length of the id of a key in bytes that there may be at most.
	MaxKeyID = 32
)

// Key is a secret and the name that values made under it carry. The keys of the
// ciphers and MACs are derived from it, one for each use, so that one secret serves
// all transforms.
type Key struct {
	id string
	// secret is a function because fmt does not ask Format of a Key that stands in
	// an unexported field, and follows a pointer there for a verb that is wrong.
	secret func() []byte
}

// NewKey returns the key with an id of 1 to [MaxKeyID] of A-Z, a-z, 0-9, ".", "_"
// and "-", and a secret of at least [MinSecret] bytes. A secret should be random: one
// that can be guessed can be guessed from the values made under it. The key keeps a
// copy of the secret.
func NewKey(id string, secret []byte) (Key, error) {
	if !validKeyID(id) {
		return Key{}, errors.New("id: want 1 to " + strconv.Itoa(MaxKeyID) + ` of A-Z, a-z, 0-9, ".", "_" and "-"`)
	}
	if len(secret) < MinSecret {
		return Key{}, errors.New("secret: " + strconv.Itoa(len(secret)) + " bytes, want at least " + strconv.Itoa(MinSecret))
	}
	kept := bytes.Clone(secret)
	return Key{id, func() []byte { return kept }}, nil
}

// ParseKey returns the key with an id and a secret in text, as in a file or an
// environment variable: "base64:" or "hex:" and the secret in that coding (RFC 4648,
// Sections 4 and 5, with or without padding, and Section 8), or else the bytes of
// the text. Line breaks at the end are not part of it. For the rest see [NewKey].
func ParseKey(id, text string) (Key, error) {
	text = strings.TrimRight(text, "\r\n")
	secret := []byte(text)
	if coded, ok := strings.CutPrefix(text, "base64:"); ok {
		coded = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(coded, "="))
		var valid bool
		if secret, valid = decode(nil, []byte(coded)); !valid {
			return Key{}, errors.New("secret: not base64")
		}
	} else if coded, ok := strings.CutPrefix(text, "hex:"); ok {
		var err error
		if secret, err = hex.DecodeString(coded); err != nil {
			return Key{}, errors.New("secret: not hex")
		}
	}
	return NewKey(id, secret)
}

func validKeyID(id string) bool {
	for i := 0; i < len(id); i++ {
		c := id[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return id != "" && len(id) <= MaxKeyID
}

// ID returns the name of the key.
func (k Key) ID() string { return k.id }

// String returns the name of the key. The secret is not in what is printed of a key.
func (k Key) String() string { return "key " + k.id }

// Format writes the name of the key for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText returns the name of the key, for encoders.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// derive returns n bytes for one use of the key: HKDF-SHA-256 (RFC 5869) of the
// secret, without a salt, with the info "gatehouse redact 1", the use and what
// separates domains within it, each after a zero byte. No use has a zero byte in it.
func (k Key) derive(use, domain string, n int) ([]byte, error) {
	if k.secret == nil {
		return nil, errors.New("key: none, want one that NewKey made")
	}
	return hkdf.Key(sha256.New, k.secret(), nil, "gatehouse redact 1\x00"+use+"\x00"+domain, n)
}

// Keyring is keys among which values are told apart by the id they carry: new
// values are made under the current one, and the retired ones still reveal theirs.
type Keyring struct {
	keys []Key
}

// NewKeyring returns the keyring of a current key and those it follows on, all with
// different ids.
func NewKeyring(current Key, retired ...Key) (*Keyring, error) {
	ring := &Keyring{append([]Key{current}, retired...)}
	for i, key := range ring.keys {
		if key.secret == nil {
			return nil, errors.New("keys[" + strconv.Itoa(i) + "]: none, want one that NewKey made")
		}
		if j := slices.IndexFunc(ring.keys, func(k Key) bool { return k.id == key.id }); j < i {
			return nil, fmt.Errorf("keys[%d]: id %q already used by keys[%d]", i, key.id, j)
		}
	}
	return ring, nil
}

// Current returns the key that new values are made under.
func (r *Keyring) Current() Key { return r.keys[0] }

// String returns the names of the keys.
func (r *Keyring) String() string {
	s := "keyring"
	for _, key := range r.keys {
		s += " " + key.id
	}
	return s
}

// Format writes the names of the keys for every verb.
func (r *Keyring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// each calls make for every key in order and returns what it made, with the ids.
func each[T any](r *Keyring, prefix string, make func(Key) (T, error)) ([]keyed[T], error) {
	if r == nil || len(r.keys) == 0 {
		return nil, errors.New("keyring: none, want one that NewKeyring made")
	}
	var all []keyed[T]
	for _, key := range r.keys {
		made, err := make(key)
		if err != nil {
			return nil, err
		}
		all = append(all, keyed[T]{prefix + key.id + ":", made})
	}
	return all, nil
}

// keyed is what a transform has for one key, and how values made with it begin.
type keyed[T any] struct {
	prefix string
	use    T
}
