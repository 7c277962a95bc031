// Package tokentest signs access tokens for tests of configurations, in place of the
// provider whose key is a placeholder in them. Its key is known to everyone who has the
// source: it protects nothing.
package tokentest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"maps"
	"testing"
	"time"
)

var signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// PublicKey is the member x of the signer's JSON Web Key (RFC 8037, Section 2), whose kid
// is "example" and whose alg is "EdDSA".
var PublicKey = base64.RawURLEncoding.EncodeToString(signer.Public().(ed25519.PublicKey))

// Bearer returns the value of an Authorization header with a token (RFC 9068) of
// https://idp.example.com for the client "shop", good for half an hour. Claims are added, or
// take the place of those.
func Bearer(t testing.TB, claims map[string]any) string {
	t.Helper()
	part := func(v map[string]any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	now := time.Now().Unix()
	all := map[string]any{"iss": "https://idp.example.com", "client_id": "shop", "jti": "1", "iat": now, "exp": now + 1800}
	maps.Copy(all, claims)
	text := part(map[string]any{"alg": "EdDSA", "typ": "at+jwt", "kid": "example"}) + "." + part(all)
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(signer, []byte(text)))
}
