//go:build !wasip1

package oidctest

import (
	"net/url"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Client is an application that the provider knows.
type Client struct {
	// ID is the client_id. Required.
	ID string
	// Secret is the client_secret, sent in the body or by Basic authentication. A
	// client without one is public. Required for client credentials.
	Secret string
	// Redirects are the redirect URIs of a client that logs users in by
	// authorization code. A client without any is a machine and gets its tokens by
	// client credentials. Optional: SetRedirects sets them later.
	Redirects []string
	// Web makes a client without Redirects one that logs users in.
	Web bool
	// LogoutRedirects are where a browser may be sent after a logout. Optional.
	LogoutRedirects []string
	// Audiences are what tokens may be asked for by "resource" (RFC 8707). One that
	// asks for none gets the first. Required.
	Audiences []string
	// Scopes that the client may ask for besides those of OpenID Connect. Optional.
	Scopes []string
}

func (c *Client) logsIn() bool { return c.Web || len(c.Redirects) > 0 }

// client is a Client as the op package asks about it.
type client struct {
	Client
	typ op.AccessTokenType
}

var _ op.Client = (*client)(nil)

func (c *client) GetID() string                       { return c.ID }
func (c *client) RedirectURIs() []string              { return c.Redirects }
func (c *client) PostLogoutRedirectURIs() []string    { return c.LogoutRedirects }
func (c *client) AccessTokenType() op.AccessTokenType { return c.typ }
func (c *client) IDTokenLifetime() time.Duration      { return time.Hour }
func (c *client) ClockSkew() time.Duration            { return 0 }

// DevMode allows redirects to plain http, which on the loopback interface they
// have to be.
func (c *client) DevMode() bool { return true }

func (c *client) ApplicationType() op.ApplicationType {
	if c.Secret == "" {
		return op.ApplicationTypeUserAgent
	}
	return op.ApplicationTypeWeb
}

func (c *client) AuthMethod() oidc.AuthMethod {
	if c.Secret == "" {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodPost
}

func (c *client) ResponseTypes() []oidc.ResponseType {
	if c.logsIn() {
		return []oidc.ResponseType{oidc.ResponseTypeCode}
	}
	return nil
}

func (c *client) GrantTypes() []oidc.GrantType {
	if c.logsIn() {
		return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
	}
	return []oidc.GrantType{oidc.GrantTypeClientCredentials}
}

func (c *client) LoginURL(id string) string { return loginPath + "?id=" + url.QueryEscape(id) }

func (c *client) IsScopeAllowed(scope string) bool { return slices.Contains(c.Scopes, scope) }

func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

func (c *client) IDTokenUserinfoClaimsAssertion() bool { return false }

// audiences returns what a token is for that was asked for by resources.
func (c *client) audiences(resources []string) ([]string, error) {
	if len(resources) == 0 {
		return c.Audiences[:1], nil
	}
	for _, resource := range resources {
		if !slices.Contains(c.Audiences, resource) {
			// RFC 8707, Section 2.
			return nil, &oidc.Error{ErrorType: oidc.InvalidTarget, Description: "the client may not ask for this resource"}
		}
	}
	return resources, nil
}
