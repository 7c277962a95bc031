//go:build !wasip1

package oidctest

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is the provider's memory: the part that package op leaves to whoever
// uses it.
type storage struct {
	lifetime time.Duration

	mu       sync.Mutex
	clients  map[string]*client
	users    map[string]string       // name to password
	requests map[string]*authRequest // by id
	codes    map[string]string       // authorization code to id of request
	tokens   map[string]*token       // by "jti"
	refresh  map[string]*grant       // by refresh token
	sessions map[string]session      // by cookie
	keys     []*key
	signing  *key
	made     int // keys so far
}

// token is an access token.
type token struct {
	grant
	issued, expires time.Time
}

// session is a browser's with the provider.
type session struct {
	user  string
	since time.Time
}

var (
	_         op.Storage                        = (*storage)(nil)
	_         op.ClientCredentialsStorage       = (*storage)(nil)
	_         op.CanGetPrivateClaimsFromRequest = (*storage)(nil)
	errClient                                   = errors.New("unknown client or wrong secret")
	errGone                                     = errors.New("unknown, used or expired")
)

// CreateAuthRequest begins a login.
func (s *storage) CreateAuthRequest(ctx context.Context, asked *oidc.AuthRequest, subject string) (op.AuthRequest, error) {
	if slices.Contains(asked.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired()
	}
	// RFC 9700, Section 2.1.1.
	if asked.CodeChallenge == "" || asked.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("want a code_challenge by S256")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients[asked.ClientID]
	if !ok {
		return nil, errClient
	}
	audiences, err := c.audiences(resources(ctx))
	if err != nil {
		return nil, err
	}
	r := &authRequest{
		grant: grant{client: c, subject: subject, audiences: audiences, scopes: asked.Scopes},
		id:    rand.Text(),
		asked: asked,
	}
	s.requests[r.id] = r
	return r, nil
}

// AuthRequestByID finds a login under way.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.requests[id]; ok {
		return r, nil
	}
	return nil, errGone
}

// AuthRequestByCode finds the login that a code was given out for. A code is
// good once (RFC 6749, Section 4.1.2).
func (s *storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.requests[s.codes[code]]
	if !ok {
		return nil, errGone
	}
	delete(s.codes, code)
	return r, nil
}

// SaveAuthCode gives a code out.
func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = id
	return nil
}

// DeleteAuthRequest ends a login.
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	return nil
}

// CreateAccessToken notes an access token.
func (s *storage) CreateAccessToken(_ context.Context, request op.TokenRequest) (string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addToken(request)
}

func (s *storage) addToken(request op.TokenRequest) (id string, expires time.Time, err error) {
	r, ok := request.(interface{ granted() *grant })
	if !ok {
		return "", time.Time{}, oidc.ErrUnsupportedGrantType()
	}
	now := time.Now()
	t := &token{grant: *r.granted(), issued: now, expires: now.Add(s.lifetime)}
	id = rand.Text()
	s.tokens[id] = t
	return id, t.expires, nil
}

// CreateAccessAndRefreshTokens exchanges a refresh token, or gives out a first
// one if that is "". A refresh token is good once (RFC 9700, Section 4.14.2).
func (s *storage) CreateAccessAndRefreshTokens(_ context.Context, request op.TokenRequest, current string) (id, next string, expires time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if current != "" {
		if _, ok := s.refresh[current]; !ok {
			return "", "", time.Time{}, oidc.ErrInvalidGrant()
		}
		delete(s.refresh, current)
	}
	id, expires, err = s.addToken(request)
	if err != nil {
		return "", "", time.Time{}, err
	}
	next = rand.Text()
	g := s.tokens[id].grant
	s.refresh[next] = &g
	return id, next, expires, nil
}

// TokenRequestByRefreshToken finds what a refresh token stands for.
func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.refresh[token]
	if !ok {
		return nil, errGone
	}
	return &refreshRequest{*g}, nil
}

// TerminateSession ends what a user has with the provider (OpenID Connect
// RP-Initiated Logout, Section 2).
func (s *storage) TerminateSession(_ context.Context, user, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSessions(user)
	return nil
}

// endSessions ends those of a user, or all if that is "".
func (s *storage) endSessions(user string) {
	for cookie, session := range s.sessions {
		if user == "" || session.user == user {
			delete(s.sessions, cookie)
		}
	}
	for token, g := range s.refresh {
		if user == "" || g.subject == user {
			delete(s.refresh, token)
		}
	}
}

// RevokeToken revokes an access token by "jti", or a refresh token (RFC 7009).
func (s *storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
	delete(s.refresh, token)
	return nil
}

// GetRefreshTokenInfo tells a refresh token from other tokens.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (user, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.refresh[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return g.subject, token, nil
}

// SigningKey is the key for everything that is signed now.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signing, nil
}

// SignatureAlgorithms are those that discovery names.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256}, nil
}

// KeySet is what the key set holds.
func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []op.Key
	for _, k := range s.keys {
		keys = append(keys, publicKey{k})
	}
	return keys, nil
}

// GetClientByClientID finds a client.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.clients[id]; ok {
		copied := *c // what SetRedirects changes is not read without the lock
		return &copied, nil
	}
	return nil, errClient
}

// AuthorizeClientIDSecret compares a secret.
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients[id]
	if !ok || c.Secret == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(c.Secret)) != 1 {
		return errClient
	}
	return nil
}

// ClientCredentials authenticates a machine.
func (s *storage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(ctx, id)
}

// ClientCredentialsTokenRequest says what a machine gets. RFC 9068, Section 5:
// the subject is the client itself.
func (s *storage) ClientCredentialsTokenRequest(ctx context.Context, id string, scopes []string) (op.TokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[id]
	for _, scope := range scopes {
		if !c.IsScopeAllowed(scope) {
			return nil, oidc.ErrInvalidScope()
		}
	}
	audiences, err := c.audiences(resources(ctx))
	if err != nil {
		return nil, err
	}
	return &machineRequest{grant{client: c, subject: id, audiences: audiences, scopes: scopes}}, nil
}

// GetPrivateClaimsFromRequest adds "scope" to access tokens of the type "JWT".
func (s *storage) GetPrivateClaimsFromRequest(_ context.Context, request op.TokenRequest, _ []string) (map[string]any, error) {
	return map[string]any{"scope": strings.Join(request.GetScopes(), " ")}, nil
}

// GetPrivateClaimsFromScopes is not called: see GetPrivateClaimsFromRequest.
func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

// SetUserinfoFromScopes adds nothing to ID tokens but what they must have.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromToken answers the user info endpoint.
func (s *storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, id, _, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tokens[id]
	if !ok || time.Now().After(t.expires) {
		return errGone
	}
	info.Subject = t.subject
	return nil
}

// SetIntrospectionFromToken answers an introspection (RFC 7662, Section 2.2).
// An error makes the token one that is not active.
func (s *storage) SetIntrospectionFromToken(_ context.Context, answer *oidc.IntrospectionResponse, id, _, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tokens[id]
	if !ok || time.Now().After(t.expires) {
		return errGone
	}
	answer.Subject = t.subject
	answer.ClientID = t.client.ID
	answer.Audience = t.audiences
	answer.Scope = t.scopes
	answer.JWTID = id
	answer.Expiration = oidc.FromTime(t.expires)
	answer.IssuedAt = oidc.FromTime(t.issued)
	return nil
}

// GetKeyByIDAndClientID knows no keys of clients: they authenticate by secret.
func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errGone
}

// ValidateJWTProfileScopes grants none: there are no keys of clients.
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, nil
}

// Health is good.
func (s *storage) Health(context.Context) error { return nil }
