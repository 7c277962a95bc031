//go:build !wasip1

package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Algorithms of signing keys (RFC 7518, Section 3.1).
const (
	RS256 = "RS256"
	ES256 = "ES256"
)

// key is a key of the provider's. It is an op.SigningKey.
type key struct {
	id        string
	algorithm jose.SignatureAlgorithm
	private   crypto.Signer
}

func (k *key) ID() string                                  { return k.id }
func (k *key) SignatureAlgorithm() jose.SignatureAlgorithm { return k.algorithm }
func (k *key) Key() any                                    { return k.private }

// publicKey is a key as the key set has it, an op.Key.
type publicKey struct{ *key }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return k.algorithm }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return k.private.Public() }

func generate(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return nil, fmt.Errorf("oidctest: algorithm %q, want %s or %s", algorithm, RS256, ES256)
}

// AddKey makes a key for an algorithm, publishes it in the key set and returns
// its "kid". What is signed is still signed with the key from before.
func (p *Provider) AddKey(algorithm string) (kid string, err error) {
	private, err := generate(algorithm)
	if err != nil {
		return "", err
	}
	s := p.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	kid = "key-" + strconv.Itoa(s.made)
	s.keys = append(s.keys, &key{kid, jose.SignatureAlgorithm(algorithm), private})
	return kid, nil
}

// SignWith has everything from now on signed with a key of the key set.
func (p *Provider) SignWith(kid string) error {
	s := p.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.keys {
		if k.id == kid {
			s.signing = k
			return nil
		}
	}
	return fmt.Errorf("oidctest: no key %q in the key set", kid)
}

// Rotate publishes a new key and signs with it at once, as a provider does whose
// key leaked. The keys from before stay in the key set: see Withdraw.
func (p *Provider) Rotate(algorithm string) (kid string, err error) {
	kid, err = p.AddKey(algorithm)
	if err != nil {
		return "", err
	}
	return kid, p.SignWith(kid)
}

// Withdraw takes every key out of the key set but the one that signs.
func (p *Provider) Withdraw() {
	s := p.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = slices.DeleteFunc(s.keys, func(k *key) bool { return k != s.signing })
}

// KeySet returns the key set as it is published now, a JWK Set (RFC 7517,
// Section 5), whatever Faults does.
func (p *Provider) KeySet() ([]byte, error) {
	s := p.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, k := range s.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: string(k.algorithm), Use: "sig"})
	}
	return json.Marshal(set)
}

// sign signs claims with a header "typ".
func (k *key) sign(typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: k.algorithm, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}},
		(&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

var (
	_ op.SigningKey = (*key)(nil)
	_ op.Key        = publicKey{}
)
