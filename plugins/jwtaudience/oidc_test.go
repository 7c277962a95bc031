//go:build linux

package jwtaudience_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"sigs.k8s.io/yaml"

	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/jwtaudience/oidctest"
)

// gateway is a real Envoy with envoy-configs/oidc, a real provider and an API.
type gateway struct {
	*envoy.Process
	provider *oidctest.Provider
	url      string // where browsers and machines find it

	mu   sync.Mutex
	seen []*http.Request // by the API
}

// clientSecret is what the provider knows its clients by.
const clientSecret = "a secret of this test"

// startProvider starts a provider with the clients of envoy-configs/oidc.
func startProvider(t *testing.T, o oidctest.Options) *oidctest.Provider {
	t.Helper()
	o.Lifetime = 30 * time.Minute // longer than any test takes
	o.Clients = []oidctest.Client{
		{ID: "api-gateway", Secret: clientSecret, Web: true, Audiences: []string{"orders-api"}, Scopes: []string{"orders:read"}},
		{ID: "machine", Secret: clientSecret, Audiences: []string{"orders-api", "admin-api", "billing-api"}, Scopes: []string{"orders:read", "orders:write"}},
	}
	return oidctest.Start(t, o)
}

// setup is what a test changes of envoy-configs/oidc.
type setup struct {
	// policy is the plugin's configuration, issuer the one entry of its issuers.
	policy, issuer map[string]any
	// clusters are further clusters, by name, and their endpoint.
	clusters map[string]string
}

// startGateway starts Envoy as envoy-configs/oidc has it, but that the provider is
// that of the test and that it is spoken to without TLS.
func startGateway(t *testing.T, provider *oidctest.Provider, change func(*setup)) *gateway {
	t.Helper()
	text, err := os.ReadFile("../../envoy-configs/oidc/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var bootstrap struct {
		StaticResources map[string]any `json:"static_resources"`
	}
	if err := yaml.Unmarshal(text, &bootstrap); err != nil {
		t.Fatal(err)
	}
	set := setup{clusters: map[string]string{"idp": provider.Address()}}
	if err := json.Unmarshal(pluginConfiguration(t, text), &set.policy); err != nil {
		t.Fatal(err)
	}
	set.issuer = set.policy["issuers"].([]any)[0].(map[string]any)
	set.issuer["issuer"] = provider.Issuer()
	change(&set)
	configuration, err := json.Marshal(set.policy)
	if err != nil {
		t.Fatal(err)
	}
	var clusters []any
	for _, c := range bootstrap.StaticResources["clusters"].([]any) {
		c := c.(map[string]any)
		if c["name"] != "idp" {
			clusters = append(clusters, c)
			continue
		}
		delete(c, "transport_socket")
		for name := range set.clusters {
			like := maps.Clone(c)
			like["name"] = name
			clusters = append(clusters, like)
		}
	}
	bootstrap.StaticResources["clusters"] = clusters
	text, err = yaml.Marshal(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := &gateway{provider: provider}
	api := httptest.NewServer(http.HandlerFunc(g.answer))
	t.Cleanup(api.Close)
	set.clusters["upstream"] = api.Listener.Addr().String()
	idp := "https://idp.example.com"
	g.Process, err = envoy.Start(t.Context(), envoy.Options{
		Bootstrap:   text,
		Plugins:     []envoy.Plugin{{Wasm: module, Configuration: configuration}},
		Concurrency: 2,
		Timeout:     3 * time.Minute,
		Endpoints:   set.clusters,
		Replace: map[string]string{
			idp + "/authorize":                 provider.Issuer() + "/authorize",
			idp + "/oauth/token":               provider.Issuer() + "/oauth/token",
			idp + "/end_session":               provider.Issuer() + "/end_session",
			"api.example.com":                  "api.localhost",
			"placeholder-of-the-client-secret": clientSecret,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	_, port, _ := strings.Cut(g.Address("ingress"), ":")
	g.url = "http://api.localhost:" + port
	if err := provider.SetRedirects("api-gateway", []string{g.url + "/oauth2/callback"}, []string{g.url + "/"}); err != nil {
		t.Fatal(err)
	}
	return g
}

// pluginConfiguration returns that of the one Wasm filter of a bootstrap.
func pluginConfiguration(t *testing.T, bootstrap []byte) []byte {
	t.Helper()
	document, err := yaml.YAMLToJSON(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(document, []byte(`"type.googleapis.com/google.protobuf.StringValue","value":`))
	if !ok {
		t.Fatal("no plugin configuration in the bootstrap")
	}
	var value string
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&value); err != nil {
		t.Fatal(err)
	}
	return []byte(value)
}

// loadPath is the path of requests that the API does not keep.
const loadPath = "/api/load"

// answer is the API: it shows the path and keeps the request.
func (g *gateway) answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != loadPath {
		g.mu.Lock()
		g.seen = append(g.seen, r)
		g.mu.Unlock()
	}
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "<!DOCTYPE html><title>API</title><p id=path>%s", r.URL.RequestURI())
}

// last returns the request that the API got last, and how many it got.
func (g *gateway) last() (*http.Request, int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.seen) == 0 {
		return nil, 0
	}
	return g.seen[len(g.seen)-1], len(g.seen)
}

// get sends a request with a bearer token, none if that is "", and returns the
// response without its body.
func (g *gateway) get(ctx context.Context, path, token string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url+path, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := g.provider.HTTP().Transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response, err
}

// claims are those of an access token that a test looks at.
type claims struct {
	Subject  string   `json:"sub"`
	ClientID string   `json:"client_id"`
	Audience []string `json:"aud"`
	Scope    string   `json:"scope"`
	ID       string   `json:"jti"`
}

// bearer reads the access token of a request that passed jwt-audience.
func bearer(t *testing.T, r *http.Request) (c claims) {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	if len(parts) != 3 {
		t.Fatalf("Authorization of the request at the API: %d parts, want a bearer token of 3", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// page is what a browser shows.
type page struct {
	status int64
	url    *url.URL
}

// browser is a tab of a headless Chromium.
type browser struct {
	t   *testing.T
	tab context.Context
}

// do acts and waits until the page that comes of it, after all redirects, has
// loaded.
func (b browser) do(actions ...chromedp.Action[chromedp.Void]) page {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, 20*time.Second)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, actions...)
	if err != nil {
		b.t.Fatal(err)
	}
	location, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	u, err := url.Parse(location)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{response.Status, u}
}

func (b browser) open(url string) page { b.t.Helper(); return b.do(chromedp.Navigate(url)) }

// logIn fills in the provider's login page.
func (b browser) logIn(name, password string) page {
	b.t.Helper()
	return b.do(
		chromedp.SetValue(chromedp.CSS("#name"), name), chromedp.SetValue(chromedp.CSS("#password"), password),
		chromedp.Click(chromedp.CSS("#login")),
	)
}

// text returns what an element says.
func (b browser) text(selector chromedp.CSS) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, 10*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.TextContent(selector))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// forget removes a cookie of the gateway's.
func (b browser) forget(cookie, url string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.tab, network.DeleteCookies, network.DeleteCookiesParams{Name: cookie, URL: url}); err != nil {
		b.t.Fatal(err)
	}
}

// TestRealProviders sends browsers and machines with tokens of real providers
// through one Envoy, and breaks and rotates the keys of some of them beside.
func TestRealProviders(t *testing.T) {
	provider := startProvider(t, oidctest.Options{})
	if _, err := provider.AddKey(oidctest.ES256); err != nil {
		t.Fatal(err)
	}
	k := startTenants(t)
	g := startGateway(t, provider, func(s *setup) {
		s.issuer["clock_skew"] = "0s" // a session must be renewed before its token has ended
		k.configure(s)
	})
	t.Run("logins and tokens", func(t *testing.T) {
		t.Parallel()
		t.Run("nobody passes without a login", g.testNoLogin)
		t.Run("tokens of machines", g.testMachines)
		t.Run("browser", g.testBrowser)
	})
	t.Run("keys", func(t *testing.T) {
		t.Parallel()
		g.testKeys(t, k)
	})
}

// testBrowser walks a browser through Envoy's oauth2 filter and jwt-audience
// behind it. The provider insists on PKCE.
func (g *gateway) testBrowser(t *testing.T) {
	const lifetime = 4 * time.Second
	g.provider.SetLifetime(lifetime)
	b := browser{t, oidctest.Browser(t)}
	atLogin := func(p page, passed int) {
		t.Helper()
		if got := p.url.Scheme + "://" + p.url.Host; got != g.provider.Issuer() || p.url.Path != "/login" || p.status != 200 {
			t.Fatalf("status %d at %s, want the provider's login page", p.status, p.url)
		}
		if _, n := g.last(); n != passed {
			t.Fatalf("%d requests at the API, want %d", n, passed)
		}
	}
	atAPI := func(p page, path string) claims {
		t.Helper()
		if p.status != 200 || p.url.String() != g.url+path {
			t.Fatalf("status %d at %s, want 200 at %s", p.status, p.url, path)
		}
		if got := b.text("#path"); got != path {
			t.Fatalf("the API saw %s, want %s", got, path)
		}
		r, _ := g.last()
		c := bearer(t, r)
		for _, cookie := range r.Cookies() {
			// Envoy hands these two on, in the clear; what renews the session stays with it.
			if cookie.Name != "BearerToken" && cookie.Name != "IdToken" {
				t.Errorf("cookie %s at the API", cookie.Name)
			}
		}
		if c.Subject != "alice" || c.ClientID != "api-gateway" || len(c.Audience) != 1 || c.Audience[0] != "orders-api" {
			t.Errorf("claims at the API %+v, want those of alice for orders-api", c)
		}
		return c
	}

	_, passed := g.last()
	atLogin(b.open(g.url+"/orders?page=2"), passed)
	p := b.logIn("alice", "rabbit")
	if p.status != 401 || b.text("#fault") == "" {
		t.Fatalf("status %d after a wrong password, want 401 and why", p.status)
	}
	first := atAPI(b.logIn("alice", "wonderland"), "/orders?page=2")
	if want := "openid offline_access orders:read"; first.Scope != want {
		t.Errorf("scope %q, want %q", first.Scope, want)
	}
	if again := atAPI(b.open(g.url+"/orders?page=3"), "/orders?page=3"); again.ID != first.ID {
		t.Error("another token for the second page, want the session's")
	}

	// The token ends, the session does not.
	time.Sleep(lifetime + time.Second)
	renewed := atAPI(b.open(g.url+"/orders?page=4"), "/orders?page=4")
	if renewed.ID == first.ID {
		t.Error("the same token after its lifetime, want a renewed one")
	}

	// A session whose cookies do not fit together is none; the provider still
	// knows the browser and asks for nothing.
	b.forget("OauthHMAC", g.url)
	if other := atAPI(b.open(g.url+"/orders?page=5"), "/orders?page=5"); other.ID == renewed.ID {
		t.Error("the same token without the cookie that vouches for it, want another")
	}

	// The provider ends the session: so does the gateway when the token ends.
	_, passed = g.last()
	g.provider.EndSessions()
	time.Sleep(lifetime + time.Second)
	atLogin(b.open(g.url+"/orders?page=6"), passed)
	atAPI(b.logIn("alice", "wonderland"), "/orders?page=6")

	// A logout ends both.
	_, passed = g.last()
	atLogin(b.open(g.url+"/oauth2/logout"), passed)
	atLogin(b.open(g.url+"/orders?page=7"), passed)
}

// testNoLogin sends what no login comes of.
func (g *gateway) testNoLogin(t *testing.T) {
	_, before := g.last()
	tests := []struct {
		name, path string
		headers    http.Header
		status     int
		challenge  string
		location   string
	}{
		{"a page", "/orders", nil, 302, "", g.provider.Issuer() + "/authorize?"},
		{"a page of another host", "/orders", http.Header{"Host": {"evil.example"}}, 401, "", ""},
		{"an interface", "/api/orders", nil, 401, `Bearer realm="api"`, ""},
		{"a path that is read in two ways", "/api%2fhealthz", nil, 400, "", ""},
		{"a token that is none", "/orders", http.Header{"Authorization": {"Bearer x"}}, 401, `Bearer realm="api", error="invalid_token"`, ""},
		{"credentials of another kind", "/api/orders", http.Header{"Authorization": {"Basic YTpi"}}, 401, `Bearer realm="api"`, ""},
		{"a callback without a login", "/oauth2/callback?code=abc&state=abc", nil, 401, "", ""},
		{"cookies of one's own", "/orders", http.Header{"Cookie": {"BearerToken=a.b.c; OauthExpires=9999999999; OauthHMAC=AAAA"}}, 302, "", g.provider.Issuer() + "/authorize?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header = tt.headers.Clone()
			if request.Header == nil {
				request.Header = make(http.Header)
			}
			if host := request.Header.Get("Host"); host != "" {
				request.Host = host
			}
			response, err := g.provider.HTTP().Transport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != tt.status {
				t.Errorf("status %d, want %d", response.StatusCode, tt.status)
			}
			if got := response.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, tt.challenge) {
				t.Errorf("WWW-Authenticate %q, want %q", got, tt.challenge)
			}
			if got := response.Header.Get("Location"); !strings.HasPrefix(got, tt.location) {
				t.Errorf("Location %q, want %q", got, tt.location)
			}
		})
	}
	if _, n := g.last(); n != before {
		t.Errorf("%d requests at the API, want none", n-before)
	}
}

// testMachines sends tokens of every kind that the provider issues, and what can
// be made of them.
func (g *gateway) testMachines(t *testing.T) {
	provider, ctx := g.provider, t.Context()
	machine := func(resources ...string) string {
		t.Helper()
		tokens, err := provider.ClientCredentials(ctx, "machine", "orders:read", resources...)
		if err != nil {
			t.Fatal(err)
		}
		return tokens.Access
	}
	user, err := provider.Login(ctx, "api-gateway", "alice", "openid offline_access orders:read")
	if err != nil {
		t.Fatal(err)
	}
	provider.SetLifetime(time.Second)
	short, end := machine(), time.Now().Add(time.Second)
	provider.SetLifetime(time.Minute)
	rs256 := machine()
	if err := provider.SignWith("key-2"); err != nil {
		t.Fatal(err)
	}
	es256 := machine()
	defer provider.SignWith("key-1")
	foreign := startProvider(t, oidctest.Options{})
	other, err := foreign.ClientCredentials(ctx, "machine", "orders:read")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path, token string
		status            int
		why               string
	}{
		{"signed with RS256", "/api/orders", rs256, 200, ""},
		{"signed with ES256", "/api/orders", es256, 200, ""},
		{"of a user", "/api/orders", user.Access, 200, ""},
		{"on a page", "/orders", rs256, 200, ""},
		{"for one of two resources", "/api/orders", machineWith(t, provider, "key-1", "billing-api", "orders-api"), 200, ""},
		{"for the route's own audience", "/api/admin/users", machineWith(t, provider, "key-1", "admin-api"), 200, ""},
		{"for another resource", "/api/orders", machineWith(t, provider, "key-1", "billing-api"), 401, "not meant for this resource"},
		{"for another route's audience", "/api/admin/users", rs256, 401, "not meant for this resource"},
		{"a refresh token", "/api/orders", user.Refresh, 401, "not valid"},
		{"an ID token", "/api/orders", user.ID, 401, "of a kind that is not accepted"},
		{"past its end", "/api/orders", short, 401, "expired"},
		{"with a claim changed", "/api/orders", tampered(t, rs256, "payload"), 401, "not valid"},
		{"with a signature changed", "/api/orders", tampered(t, rs256, "signature"), 401, "not valid"},
		{"with the signature of another", "/api/orders", tampered(t, rs256, es256), 401, "not valid"},
		{"with a key that is not published", "/api/orders", forged(rs256, 1), 401, "not valid"},
		{"of another provider", "/api/orders", other.Access, 401, "not valid"},
	}
	_, passed := g.last()
	time.Sleep(time.Until(end))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response, err := g.get(ctx, tt.path, tt.token)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != tt.status {
				t.Errorf("status %d, want %d", response.StatusCode, tt.status)
			}
			if got := response.Header.Get("WWW-Authenticate"); !strings.Contains(got, tt.why) {
				t.Errorf("WWW-Authenticate %q, want one with %q", got, tt.why)
			}
			if tt.status == 200 {
				passed++
			}
			if _, n := g.last(); n != passed {
				t.Errorf("%d requests at the API, want %d", n, passed)
			}
		})
	}
}

// machineWith gets a machine its token, signed with a key.
func machineWith(t *testing.T, provider *oidctest.Provider, kid string, resources ...string) string {
	t.Helper()
	if err := provider.SignWith(kid); err != nil {
		t.Fatal(err)
	}
	tokens, err := provider.ClientCredentials(t.Context(), "machine", "orders:read", resources...)
	if err != nil {
		t.Fatal(err)
	}
	return tokens.Access
}

// tampered returns a token with its payload or its signature changed, or with the
// signature of another token.
func tampered(t *testing.T, token, how string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	switch how {
	case "payload":
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Replace(payload, []byte("orders:read"), []byte("orders:write"), 1)
		if bytes.Equal(payload, changed) {
			t.Fatalf("payload %s, want one with a scope", payload)
		}
		parts[1] = base64.RawURLEncoding.EncodeToString(changed)
	case "signature":
		signature, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		signature[len(signature)/2] ^= 1
		parts[2] = base64.RawURLEncoding.EncodeToString(signature)
	default:
		parts[2] = strings.Split(how, ".")[2]
	}
	return strings.Join(parts, ".")
}
