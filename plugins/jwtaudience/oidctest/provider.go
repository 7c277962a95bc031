//go:build !wasip1

package oidctest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// Options configure Start.
type Options struct {
	// Clients that the provider knows. Required.
	Clients []Client
	// Users are names and passwords. Default: "alice" with "wonderland".
	Users map[string]string
	// Algorithm of the first key, RS256 or ES256. Default RS256.
	Algorithm string
	// TokenType is the header "typ" of access tokens. Default "at+jwt" (RFC 9068),
	// with ID tokens for the client alone. With "JWT" access tokens are as package
	// op makes them, and ID tokens have the audiences of access tokens too. With
	// "opaque" they are no JWT: introspection says what they are.
	TokenType string
	// Lifetime of access tokens. Default 5 minutes.
	Lifetime time.Duration
	// Host is the name in the issuer, one that ends in ".localhost": browsers take
	// such a name for the loopback interface and for a site of its own. Default
	// "idp.localhost".
	Host string
}

// Provider is an OpenID provider on the loopback interface.
type Provider struct {
	// Faults stands before the discovery document and the key set.
	Faults *Faults

	issuer  string
	gate    *gate
	storage *storage
	http    *http.Client
}

// Start starts a provider, which ends with the test.
func Start(t testing.TB, o Options) *Provider {
	t.Helper()
	p, err := start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.gate.close()
		p.Faults.gate.close()
		p.http.CloseIdleConnections()
	})
	return p
}

func start(o Options) (*Provider, error) {
	if o.Users == nil {
		o.Users = map[string]string{"alice": "wonderland"}
	}
	if o.Algorithm == "" {
		o.Algorithm = RS256
	}
	if o.TokenType == "" {
		o.TokenType = "at+jwt"
	}
	if o.Lifetime == 0 {
		o.Lifetime = 5 * time.Minute
	}
	if o.Host == "" {
		o.Host = "idp.localhost"
	}
	typ := op.AccessTokenTypeBearer
	switch o.TokenType {
	case "at+jwt", "opaque":
	case "JWT":
		typ = op.AccessTokenTypeJWT
	default:
		return nil, fmt.Errorf("oidctest: token type %q, want at+jwt, JWT or opaque", o.TokenType)
	}
	s := &storage{
		lifetime: o.Lifetime,
		clients:  make(map[string]*client),
		users:    o.Users,
		requests: make(map[string]*authRequest),
		codes:    make(map[string]string),
		tokens:   make(map[string]*token),
		refresh:  make(map[string]*grant),
		sessions: make(map[string]session),
	}
	for _, c := range o.Clients {
		if len(c.Audiences) == 0 {
			return nil, fmt.Errorf("oidctest: client %q: no audiences", c.ID)
		}
		s.clients[c.ID] = &client{c, typ}
	}
	p := &Provider{storage: s, http: &http.Client{Transport: &http.Transport{DialContext: dialLoopback}, Timeout: 30 * time.Second}}
	if _, err := p.Rotate(o.Algorithm); err != nil {
		return nil, err
	}
	var mux http.ServeMux
	var err error
	if p.gate, err = newGate(&mux); err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(p.gate.address)
	if err != nil {
		return nil, err
	}
	p.issuer = "http://" + net.JoinHostPort(o.Host, port)
	cipher := newCipher()
	if o.TokenType == "at+jwt" {
		cipher = &accessTokens{cipher, s, p.issuer}
	}
	algorithms := []string{RS256, ES256}
	protocol, err := op.NewProvider(
		&op.Config{CodeMethodS256: true, AuthMethodPost: true, GrantTypeRefreshToken: true},
		s, op.StaticIssuer(p.issuer),
		op.WithAllowInsecure(),
		op.WithCrypto(cipher),
		op.WithHttpInterceptors(withResources),
		op.WithAccessTokenVerifierOpts(op.WithSupportedAccessTokenSigningAlgorithms(algorithms...)),
		op.WithIDTokenHintVerifierOpts(op.WithSupportedIDTokenHintSigningAlgorithms(algorithms...)),
	)
	if err != nil {
		return nil, err
	}
	mux.HandleFunc(loginPath, p.login)
	mux.Handle("/", protocol)
	p.Faults, err = newFaults(p, protocol)
	return p, err
}

// dialLoopback connects to the loopback interface whatever the host is called.
func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if host != "127.0.0.1" && host != "localhost" && !strings.HasSuffix(host, ".localhost") {
		return nil, fmt.Errorf("oidctest: %s is not on the loopback interface", address)
	}
	return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

// resourcesKey is the key of a context's resources.
type resourcesKey struct{}

// withResources puts the parameters "resource" of a request into its context:
// package op does not know RFC 8707 but leaves audiences to the storage.
func withResources(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err == nil && len(r.Form["resource"]) > 0 {
			r = r.WithContext(context.WithValue(r.Context(), resourcesKey{}, r.Form["resource"]))
		}
		next.ServeHTTP(w, r)
	})
}

func resources(ctx context.Context) []string {
	list, _ := ctx.Value(resourcesKey{}).([]string)
	return list
}

// Issuer returns "iss" of the tokens, such as "http://idp.localhost:41234": where
// a browser finds the provider. The endpoints are "/authorize", "/oauth/token",
// "/end_session", "/oauth/introspect", "/revoke", "/userinfo" and, for documents,
// "/keys" and "/.well-known/openid-configuration".
func (p *Provider) Issuer() string { return p.issuer }

// Address returns "127.0.0.1:port" of the provider itself: what a cluster of
// Envoy has for its endpoint that reaches tokens. Documents are to be fetched from
// Faults' Address.
func (p *Provider) Address() string { return p.gate.address }

// HTTP returns a client that finds the provider, and any other host that ends in
// ".localhost", on the loopback interface and refuses the rest of the world.
func (p *Provider) HTTP() *http.Client { return p.http }

// SetRedirects sets where a client may have browsers sent after login, and after
// logout.
func (p *Provider) SetRedirects(clientID string, redirects, logoutRedirects []string) error {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	c, ok := p.storage.clients[clientID]
	if !ok {
		return fmt.Errorf("oidctest: no client %q", clientID)
	}
	c.Redirects, c.LogoutRedirects = redirects, logoutRedirects
	return nil
}

// SetLifetime sets how long access tokens live that are issued from now on.
func (p *Provider) SetLifetime(lifetime time.Duration) {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	p.storage.lifetime = lifetime
}

// EndSessions ends the sessions of all browsers with the provider and takes back
// all refresh tokens, as an administrator would.
func (p *Provider) EndSessions() {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	p.storage.endSessions("")
}

// Stop closes the provider and what Faults passes on: connections are refused.
// Keys, sessions and tokens stay.
func (p *Provider) Stop() {
	p.gate.close()
	p.Faults.stopped(true)
}

// Resume opens the provider again on the same port.
func (p *Provider) Resume() error {
	if err := p.gate.open(); err != nil {
		return err
	}
	return p.Faults.stopped(false)
}
