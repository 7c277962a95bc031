//go:build !wasip1

package oidctest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// Tokens are a response of the token endpoint (RFC 6749, Section 5.1).
type Tokens struct {
	Access    string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Refresh   string `json:"refresh_token"`
	ID        string `json:"id_token"`
}

// ClientCredentials gets a machine its token (RFC 6749, Section 4.4), for the
// scopes, separated by spaces, and the resources (RFC 8707).
func (p *Provider) ClientCredentials(ctx context.Context, clientID, scope string, resources ...string) (Tokens, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "resource": resources}
	if scope != "" {
		form.Set("scope", scope)
	}
	return p.token(ctx, clientID, form)
}

// Refresh exchanges a refresh token (RFC 6749, Section 6).
func (p *Provider) Refresh(ctx context.Context, clientID, refreshToken string) (Tokens, error) {
	return p.token(ctx, clientID, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}})
}

// Revoke takes back an access or a refresh token of a client with a secret (RFC
// 7009). A JWT goes on being good for whoever does not ask.
func (p *Provider) Revoke(ctx context.Context, clientID, token string) error {
	p.storage.mu.Lock()
	c, ok := p.storage.clients[clientID]
	p.storage.mu.Unlock()
	if !ok {
		return fmt.Errorf("oidctest: no client %q", clientID)
	}
	form := url.Values{"token": {token}, "client_id": {clientID}, "client_secret": {c.Secret}}
	response, err := p.post(ctx, p.http, p.issuer+"/revoke", form)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("oidctest: revocation endpoint: status %d", response.StatusCode)
	}
	return nil
}

// token posts a form to the token endpoint. An answer that is no token is an
// error with what it says.
func (p *Provider) token(ctx context.Context, clientID string, form url.Values) (Tokens, error) {
	p.storage.mu.Lock()
	c, ok := p.storage.clients[clientID]
	p.storage.mu.Unlock()
	if !ok {
		return Tokens{}, fmt.Errorf("oidctest: no client %q", clientID)
	}
	form.Set("client_id", clientID)
	if c.Secret != "" {
		form.Set("client_secret", c.Secret)
	}
	response, err := p.post(ctx, p.http, p.issuer+"/oauth/token", form)
	if err != nil {
		return Tokens{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Tokens{}, err
	}
	var tokens Tokens
	if response.StatusCode != http.StatusOK {
		return Tokens{}, fmt.Errorf("oidctest: token endpoint: status %d: %s", response.StatusCode, body)
	}
	return tokens, json.Unmarshal(body, &tokens)
}

func (p *Provider) post(ctx context.Context, by *http.Client, to string, form url.Values) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return by.Do(request)
}

// Login logs a user in without a browser, by authorization code with PKCE (RFC
// 7636), and returns what the client gets: with "openid" an ID token, with
// "offline_access" a refresh token.
func (p *Provider) Login(ctx context.Context, clientID, user, scope string, resources ...string) (Tokens, error) {
	p.storage.mu.Lock()
	c, ok := p.storage.clients[clientID]
	password := p.storage.users[user]
	p.storage.mu.Unlock()
	if !ok || len(c.Redirects) == 0 {
		return Tokens{}, fmt.Errorf("oidctest: client %q: unknown or without redirects", clientID)
	}
	callback := c.Redirects[0]
	jar, err := cookiejar.New(nil)
	if err != nil {
		return Tokens{}, err
	}
	var code string
	browser := &http.Client{Transport: p.http.Transport, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			code = r.URL.Query().Get("code")
			return http.ErrUseLastResponse
		}
		return nil
	}}
	verifier := rand.Text() + rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	question := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callback}, "scope": {scope}, "resource": resources,
		"state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.issuer+"/authorize?"+question.Encode(), nil)
	if err != nil {
		return Tokens{}, err
	}
	page, err := browser.Do(request)
	if err != nil {
		return Tokens{}, err
	}
	page.Body.Close()
	form := url.Values{"id": {page.Request.URL.Query().Get("id")}, "name": {user}, "password": {password}}
	answer, err := p.post(ctx, browser, p.issuer+loginPath, form)
	if err != nil {
		return Tokens{}, err
	}
	answer.Body.Close()
	if code == "" {
		return Tokens{}, errors.New("oidctest: login: no code: " + answer.Status)
	}
	return p.token(ctx, clientID, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	})
}
