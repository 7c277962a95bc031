//go:build !wasip1

package oidctest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// accessTokens makes the access tokens that package op leaves to the provider to
// make. To package op an access token is its id and its subject, "enciphered" so
// that only the provider can read them. Here that is a JWT by RFC 9068, signed
// with the provider's key. Package op calls it before it makes the ID token, so
// that "at_hash" is right. What else is enciphered, authorization codes, goes
// to the cipher that package op has.
type accessTokens struct {
	op.Crypto
	storage *storage
	issuer  string
}

// accessClaims are those of RFC 9068, Section 2.2.
type accessClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	ClientID string   `json:"client_id"`
	Expires  int64    `json:"exp"`
	Issued   int64    `json:"iat"`
	ID       string   `json:"jti"`
	Scope    string   `json:"scope,omitempty"`
	AuthTime int64    `json:"auth_time,omitempty"`
}

// newCipher returns a cipher as package op has it, with a key of its own.
func newCipher() op.Crypto {
	var key [32]byte
	rand.Read(key[:])
	return op.NewAES256GCMCrypto(key, "oidctest")
}

// Encrypt implements op.Encrypter.
func (a *accessTokens) Encrypt(text string) (string, error) {
	id, _, ok := strings.Cut(text, ":")
	if !ok {
		return a.Crypto.Encrypt(text)
	}
	a.storage.mu.Lock()
	defer a.storage.mu.Unlock()
	t, ok := a.storage.tokens[id]
	if !ok {
		return "", errGone
	}
	claims := accessClaims{
		Issuer: a.issuer, Subject: t.subject, Audience: t.audiences, ClientID: t.client.ID,
		Expires: t.expires.Unix(), Issued: t.issued.Unix(), ID: id, Scope: strings.Join(t.scopes, " "),
	}
	if !t.authTime.IsZero() {
		claims.AuthTime = t.authTime.Unix()
	}
	return a.storage.signing.sign("at+jwt", claims)
}

// Decrypt implements op.Decrypter. An access token that is not the provider's
// own is an error.
func (a *accessTokens) Decrypt(text string) (string, error) {
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		return a.Crypto.Decrypt(text)
	}
	if typ, _ := signed.Signatures[0].Header.ExtraHeaders[jose.HeaderType].(string); typ != "at+jwt" {
		return "", errors.New("not an access token")
	}
	a.storage.mu.Lock()
	defer a.storage.mu.Unlock()
	for _, k := range a.storage.keys {
		if k.id != signed.Signatures[0].Header.KeyID {
			continue
		}
		payload, err := signed.Verify(k.private.Public())
		if err != nil {
			return "", err
		}
		var claims accessClaims
		if err := json.Unmarshal(payload, &claims); err != nil {
			return "", err
		}
		return claims.ID + ":" + claims.Subject, nil
	}
	return "", errors.New("unknown key")
}
