//go:build !wasip1

package oidctest

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// grant is what a client may have, for a user or for itself. Requests for tokens
// embed it.
type grant struct {
	client    *client
	subject   string
	audiences []string
	scopes    []string
	authTime  time.Time // when the user logged in; zero for a machine
}

func (g *grant) granted() *grant                  { return g }
func (g *grant) GetSubject() string               { return g.subject }
func (g *grant) GetClientID() string              { return g.client.ID }
func (g *grant) GetScopes() []string              { return g.scopes }
func (g *grant) GetAuthTime() time.Time           { return g.authTime }
func (g *grant) GetAMR() []string                 { return []string{"pwd"} }
func (g *grant) SetCurrentScopes(scopes []string) { g.scopes = scopes }

// GetAudience is "aud" of the tokens that the op package makes: of ID tokens,
// and with the type "JWT" of access tokens as well.
func (g *grant) GetAudience() []string {
	if g.client.typ == op.AccessTokenTypeJWT {
		return g.audiences
	}
	return []string{g.client.ID}
}

// authRequest is a login under way (OpenID Connect Core, Section 3.1.2.1).
type authRequest struct {
	grant
	id    string
	asked *oidc.AuthRequest
	done  bool
}

var _ op.AuthRequest = (*authRequest)(nil)

func (r *authRequest) GetID() string                      { return r.id }
func (r *authRequest) GetACR() string                     { return "" }
func (r *authRequest) GetNonce() string                   { return r.asked.Nonce }
func (r *authRequest) GetRedirectURI() string             { return r.asked.RedirectURI }
func (r *authRequest) GetResponseType() oidc.ResponseType { return r.asked.ResponseType }
func (r *authRequest) GetResponseMode() oidc.ResponseMode { return r.asked.ResponseMode }
func (r *authRequest) GetState() string                   { return r.asked.State }
func (r *authRequest) Done() bool                         { return r.done }

func (r *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	if r.asked.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: r.asked.CodeChallenge, Method: r.asked.CodeChallengeMethod}
}

// refreshRequest is a refresh token that is being used.
type refreshRequest struct{ grant }

// machineRequest asks for a token by client credentials.
type machineRequest struct{ grant }

var (
	_ op.RefreshTokenRequest = (*refreshRequest)(nil)
	_ op.TokenRequest        = (*machineRequest)(nil)
)
