//go:build !wasip1

package oidctest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const callback = "http://app.localhost/callback"

func startTest(t *testing.T, o Options) *Provider {
	t.Helper()
	o.Clients = []Client{
		{ID: "web", Secret: "w", Redirects: []string{callback}, Audiences: []string{"orders-api", "billing-api"}, Scopes: []string{"orders:read"}},
		{ID: "public", Redirects: []string{callback}, Audiences: []string{"orders-api"}},
		{ID: "machine", Secret: "m", Audiences: []string{"orders-api", "billing-api"}, Scopes: []string{"orders:read"}},
	}
	return Start(t, o)
}

// verified reads a token that the provider's key set, as it is published, signed.
func verified(t *testing.T, p *Provider, token string) (typ string, claims map[string]any) {
	t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	body, status := fetch(t, p, p.Issuer()+KeysPath)
	if status != http.StatusOK {
		t.Fatalf("key set: status %d", status)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatal(err)
	}
	header := signed.Signatures[0].Header
	keys := set.Key(header.KeyID)
	if len(keys) != 1 || keys[0].Algorithm != header.Algorithm || keys[0].Use != "sig" {
		t.Fatalf("%d keys for kid %q, want one for %s", len(keys), header.KeyID, header.Algorithm)
	}
	payload, err := signed.Verify(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	typ, _ = header.ExtraHeaders[jose.HeaderType].(string)
	return typ, claims
}

func fetch(t *testing.T, p *Provider, from string) ([]byte, int) {
	t.Helper()
	response, err := p.HTTP().Get(from)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body, response.StatusCode
}

// TestTokensAreAsTheirProfileSays covers both flows, both algorithms and both
// types of access token.
func TestTokensAreAsTheirProfileSays(t *testing.T) {
	tests := []struct {
		algorithm, typ string
		// wantID is "aud" of an ID token for the client web and orders-api.
		wantID []any
	}{
		{RS256, "at+jwt", []any{"web"}},
		{ES256, "at+jwt", []any{"web"}},
		{RS256, "JWT", []any{"orders-api", "web"}},
		{ES256, "JWT", []any{"orders-api", "web"}},
	}
	for _, tt := range tests {
		t.Run(tt.algorithm+" "+tt.typ, func(t *testing.T) {
			p := startTest(t, Options{Algorithm: tt.algorithm, TokenType: tt.typ})
			check := func(token, client, subject, scope string) {
				t.Helper()
				typ, claims := verified(t, p, token)
				if typ != tt.typ {
					t.Errorf("typ %q, want %q", typ, tt.typ)
				}
				want := map[string]any{"iss": p.Issuer(), "sub": subject, "client_id": client, "scope": scope}
				for name, value := range want {
					if claims[name] != value {
						t.Errorf("%s: %v, want %v", name, claims[name], value)
					}
				}
				if audience, _ := claims["aud"].([]any); !slices.Equal(audience, []any{"orders-api"}) {
					t.Errorf("aud: %v, want orders-api", claims["aud"])
				}
				for _, name := range []string{"exp", "iat", "jti"} {
					if claims[name] == nil {
						t.Errorf("no %s", name)
					}
				}
			}
			machine, err := p.ClientCredentials(t.Context(), "machine", "orders:read")
			if err != nil {
				t.Fatal(err)
			}
			check(machine.Access, "machine", "machine", "orders:read")
			if machine.Refresh != "" || machine.ID != "" {
				t.Error("a machine got a refresh token or an ID token")
			}
			user, err := p.Login(t.Context(), "web", "alice", "openid offline_access orders:read")
			if err != nil {
				t.Fatal(err)
			}
			check(user.Access, "web", "alice", "openid offline_access orders:read")
			typ, claims := verified(t, p, user.ID)
			if audience, _ := claims["aud"].([]any); typ != "JWT" || !slices.Equal(audience, tt.wantID) {
				t.Errorf("ID token: typ %q and aud %v, want JWT and %v", typ, claims["aud"], tt.wantID)
			}
			again, err := p.Refresh(t.Context(), "web", user.Refresh)
			if err != nil {
				t.Fatal(err)
			}
			check(again.Access, "web", "alice", "openid offline_access orders:read")
			if _, err := p.Refresh(t.Context(), "web", user.Refresh); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
				t.Errorf("a refresh token used twice: %v, want invalid_grant", err)
			}
		})
	}
}

// TestResourcesAreTheAudience covers RFC 8707.
func TestResourcesAreTheAudience(t *testing.T) {
	p := startTest(t, Options{})
	for _, resources := range [][]string{{"billing-api"}, {"billing-api", "orders-api"}} {
		machine, err := p.ClientCredentials(t.Context(), "machine", "", resources...)
		if err != nil {
			t.Fatal(err)
		}
		user, err := p.Login(t.Context(), "web", "alice", "openid", resources...)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{machine.Access, user.Access} {
			_, claims := verified(t, p, token)
			var got []string
			for _, audience := range claims["aud"].([]any) {
				got = append(got, audience.(string))
			}
			if !slices.Equal(got, resources) {
				t.Errorf("aud %q, want %q", got, resources)
			}
		}
	}
	if _, err := p.ClientCredentials(t.Context(), "machine", "", "payroll-api"); err == nil || !strings.Contains(err.Error(), "invalid_target") {
		t.Errorf("a resource that is not the client's: %v, want invalid_target", err)
	}
}

// TestWhatIsNotRightIsRefused covers what the flows above do not show.
func TestWhatIsNotRightIsRefused(t *testing.T) {
	p := startTest(t, Options{})
	if _, err := p.Login(t.Context(), "public", "alice", "openid"); err != nil {
		t.Errorf("a public client with PKCE: %v", err)
	}
	if _, err := p.ClientCredentials(t.Context(), "machine", "orders:admin"); err == nil {
		t.Error("a scope that is not the client's was granted")
	}
	for name, form := range map[string]url.Values{
		"a wrong secret":              {"grant_type": {"client_credentials"}, "client_id": {"machine"}, "client_secret": {"x"}},
		"the credentials of a person": {"grant_type": {"client_credentials"}, "client_id": {"web"}, "client_secret": {"w"}},
		"a code of one's own":         {"grant_type": {"authorization_code"}, "client_id": {"web"}, "client_secret": {"w"}, "code": {"abc"}, "redirect_uri": {callback}},
	} {
		response, err := p.HTTP().PostForm(p.Issuer()+"/oauth/token", form)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode < 400 {
			t.Errorf("%s: status %d, want an error", name, response.StatusCode)
		}
	}
	question := url.Values{"response_type": {"code"}, "client_id": {"web"}, "redirect_uri": {callback}, "scope": {"openid"}, "state": {"s"}}
	noFollow := *p.HTTP()
	noFollow.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := noFollow.Get(p.Issuer() + "/authorize?" + question.Encode())
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if location := response.Header.Get("Location"); !strings.HasPrefix(location, callback+"?error=invalid_request") {
		t.Errorf("a login without PKCE is sent to %q, want an error at the client", location)
	}
	if _, err := p.HTTP().Get("http://idp.example.com/"); err == nil || !strings.Contains(err.Error(), "not on the loopback interface") {
		t.Errorf("another host: %v, want an error", err)
	}
}

// TestIntrospection covers RFC 7662 and RFC 7009 for all types of token.
func TestIntrospection(t *testing.T) {
	for _, typ := range []string{"at+jwt", "JWT", "opaque"} {
		p := startTest(t, Options{TokenType: typ})
		tokens, err := p.Login(t.Context(), "web", "alice", "openid offline_access orders:read", "billing-api")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jose.ParseSignedCompact(tokens.Access, []jose.SignatureAlgorithm{jose.RS256}); (err != nil) != (typ == "opaque") {
			t.Errorf("%s: the access token read as a JWT: %v", typ, err)
		}
		type answer struct {
			Active   bool     `json:"active"`
			ClientID string   `json:"client_id"`
			Subject  string   `json:"sub"`
			Audience []string `json:"aud"`
			Scope    string   `json:"scope"`
		}
		introspect := func(token string) (a answer) {
			t.Helper()
			request, err := http.NewRequest(http.MethodPost, p.Issuer()+"/oauth/introspect", strings.NewReader(url.Values{"token": {token}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			request.SetBasicAuth("machine", "m")
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			response, err := p.HTTP().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
				t.Fatal(err)
			}
			return a
		}
		want := answer{true, "web", "alice", []string{"billing-api"}, "openid offline_access orders:read"}
		if got := introspect(tokens.Access); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: a good token is %+v, want %+v", typ, got, want)
		}
		if introspect(tokens.Refresh).Active {
			t.Errorf("%s: a refresh token is active as an access token", typ)
		}
		if err := p.Revoke(t.Context(), "web", tokens.Access); err != nil {
			t.Fatal(err)
		}
		if introspect(tokens.Access).Active {
			t.Errorf("%s: active after it was revoked", typ)
		}
	}
}

// TestKeysRotate follows a key from its publication to its end.
func TestKeysRotate(t *testing.T) {
	p := startTest(t, Options{})
	kids := func() (ids []string) {
		document, err := p.KeySet()
		if err != nil {
			t.Fatal(err)
		}
		published, _ := fetch(t, p, p.Issuer()+KeysPath)
		var set, served jose.JSONWebKeySet
		if err := json.Unmarshal(document, &set); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(published, &served); err != nil {
			t.Fatal(err)
		}
		for i, k := range set.Keys {
			ids = append(ids, k.KeyID)
			if served.Keys[i].KeyID != k.KeyID {
				t.Errorf("served key %q, want %q", served.Keys[i].KeyID, k.KeyID)
			}
		}
		return ids
	}
	signedWith := func() string {
		tokens, err := p.ClientCredentials(t.Context(), "machine", "")
		if err != nil {
			t.Fatal(err)
		}
		signed, err := jose.ParseSignedCompact(tokens.Access, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		return signed.Signatures[0].Header.KeyID
	}
	want := func(signing string, set ...string) {
		t.Helper()
		if got := kids(); !slices.Equal(got, set) || signedWith() != signing {
			t.Errorf("key set %q and tokens by %q, want %q and %q", got, signedWith(), set, signing)
		}
	}
	want("key-1", "key-1")
	if _, err := p.AddKey(ES256); err != nil {
		t.Fatal(err)
	}
	want("key-1", "key-1", "key-2")
	if err := p.SignWith("key-2"); err != nil {
		t.Fatal(err)
	}
	want("key-2", "key-1", "key-2")
	p.Withdraw()
	want("key-2", "key-2")
	if _, err := p.Rotate(RS256); err != nil {
		t.Fatal(err)
	}
	want("key-3", "key-2", "key-3")
	if err := p.SignWith("key-1"); err == nil {
		t.Error("signing with a key that was withdrawn, want an error")
	}
}

// TestFaults meets every fault with a plain client.
func TestFaults(t *testing.T) {
	p := startTest(t, Options{})
	get := func(path string, limit time.Duration, header ...string) (int, []byte, error) {
		request, err := http.NewRequest(http.MethodGet, "http://"+p.Faults.Address()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(header) == 2 {
			request.Header.Set(header[0], header[1])
		}
		client := &http.Client{Timeout: limit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		response, err := client.Do(request)
		if err != nil {
			return 0, nil, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return response.StatusCode, body, err
	}
	good := make(map[string][]byte)
	for _, path := range []string{DiscoveryPath, KeysPath} {
		good[path], _ = fetch(t, p, p.Issuer()+path)
	}
	for _, fault := range append(AllFaults(), Healthy) {
		t.Run(fault.String(), func(t *testing.T) {
			if err := p.Faults.Set(fault); err != nil {
				t.Fatal(err)
			}
			for path, want := range good {
				limit := 5 * time.Second
				if fault == Silent || fault == Trickled {
					limit = 300 * time.Millisecond
				}
				begin := time.Now()
				status, body, err := get(path, limit)
				arrived := err == nil && status == http.StatusOK && bytes.Equal(body, want)
				if arrives := fault == Healthy || fault == Slow || fault == NoKeys && path == DiscoveryPath; arrived != arrives {
					t.Errorf("%s: status %d, %d bytes, %v: arrived is %v, want %v", path, status, len(body), err, arrived, arrives)
				}
				if fault == Slow && time.Since(begin) < SlowBy {
					t.Errorf("%s: after %v, want %v", path, time.Since(begin), SlowBy)
				}
				if fault == Huge && (len(body) != HugeSize || !json.Valid(body)) {
					t.Errorf("%s: %d bytes, want %d of valid JSON", path, len(body), HugeSize)
				}
			}
		})
	}
	p.Faults.SetCaching("max-age=60")
	response, err := http.Get("http://" + p.Faults.Address() + KeysPath)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	etag := response.Header.Get("ETag")
	if status, _, err := get(KeysPath, time.Second, "If-None-Match", etag); etag == "" || err != nil || status != http.StatusNotModified {
		t.Errorf("If-None-Match %s: status %d, %v, want 304", etag, status, err)
	}
	p.Stop()
	if _, _, err := get(KeysPath, time.Second); err == nil {
		t.Error("keys of a stopped provider, want a refused connection")
	}
	if _, err := p.ClientCredentials(t.Context(), "machine", ""); err == nil {
		t.Error("a token of a stopped provider, want a refused connection")
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	if status, _, err := get(KeysPath, time.Second); status != http.StatusOK {
		t.Errorf("status %d, %v after the provider came back, want 200", status, err)
	}
	fetches := p.Faults.Fetches()
	if last := fetches[len(fetches)-1]; last.Path != KeysPath || last.Fault != Healthy || last.Time.IsZero() {
		t.Errorf("last fetch %+v, want one of the keys", last)
	}
}
