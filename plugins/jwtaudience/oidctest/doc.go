//go:build !wasip1

// Package oidctest runs an OpenID provider on the loopback interface for tests:
// authorization code with PKCE and a login page, client credentials, refresh
// tokens, audiences by resource (RFC 8707), JWT access tokens by RFC 9068, and
// keys that are rotated when the test says so. What Envoy fetches of it, the
// discovery document and the key set, comes through [Faults], which breaks in
// every way that a server on the network can.
//
//	provider := oidctest.Start(t, oidctest.Options{Clients: []oidctest.Client{
//		{ID: "web", Secret: "secret", Redirects: []string{callback}, Audiences: []string{"orders-api"}},
//		{ID: "machine", Secret: "secret", Audiences: []string{"orders-api"}},
//	}})
//	tokens, err := provider.ClientCredentials(ctx, "machine", "orders:read")
//	provider.Rotate(oidctest.ES256)
//	provider.Faults.Set(oidctest.Huge)
//
// The protocol is the op package's of github.com/zitadel/oidc; RATIONALE.md says
// why. The provider keeps everything in memory and is for tests alone.
package oidctest
