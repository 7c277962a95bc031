//go:build linux

package jwtaudience_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/plugins/jwtaudience/oidctest"
)

// tenant is a provider whose keys the gateway fetches.
type tenant struct {
	*oidctest.Provider
	// fault is what is tried on it.
	fault oidctest.Fault
	paths []string
	// known is a token with the first key.
	known string
}

// begin lets the fault begin, end ends it. Where connections are refused it is
// the whole provider that is stopped.
func (p *tenant) begin() error {
	if p.fault == oidctest.Refused {
		p.Stop()
		return nil
	}
	return p.Faults.Set(p.fault, p.paths...)
}

func (p *tenant) end() error {
	if p.fault == oidctest.Refused {
		return p.Resume()
	}
	return p.Faults.Set(oidctest.Healthy)
}

// token gets a machine's token, signed with the provider's key.
func (p *tenant) token(ctx context.Context) (string, error) {
	tokens, err := p.ClientCredentials(ctx, "machine", "orders:read")
	return tokens.Access, err
}

// status sends a token and returns the status of the answer.
func (g *gateway) status(ctx context.Context, token string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	response, err := g.get(ctx, loadPath, token)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, nil
}

// await sends a token until the answer has a status, for a time.
func (g *gateway) await(ctx context.Context, token string, want int, within time.Duration) error {
	end := time.Now().Add(within)
	for {
		got, err := g.status(ctx, token)
		if err != nil {
			return err
		}
		if got == want {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("status %d for %v, want %d", got, within, want)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// forged is a token with another "kid", which its issuer never had.
func forged(token string, n int) string {
	_, rest, _ := strings.Cut(token, ".")
	header := fmt.Sprintf(`{"alg":"ES256","kid":"forged-%d","typ":"at+jwt"}`, n)
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
}

// tenants are providers with a fault each, one without any, one whose access
// tokens have the type of ID tokens, and one whose tokens only introspection reads.
type tenants struct {
	broken                 []*tenant
	healthy, plain, opaque *tenant
}

// startTenants starts them, each with its fault.
func startTenants(t *testing.T) *tenants {
	t.Helper()
	k := &tenants{
		healthy: &tenant{Provider: startProvider(t, oidctest.Options{Algorithm: oidctest.ES256})},
		plain:   &tenant{Provider: startProvider(t, oidctest.Options{Algorithm: oidctest.ES256, TokenType: "JWT"})},
		opaque:  &tenant{Provider: startProvider(t, oidctest.Options{Algorithm: oidctest.ES256, TokenType: "opaque"})},
	}
	k.healthy.Faults.SetCaching("max-age=5")
	for _, fault := range oidctest.AllFaults() {
		p := &tenant{Provider: startProvider(t, oidctest.Options{Algorithm: oidctest.ES256}), fault: fault}
		if fault == oidctest.OtherIssuer {
			// Keys that are where the metadata says are the issuer's.
			p.paths = []string{oidctest.DiscoveryPath}
		}
		p.known = mustToken(t, p)
		if err := p.begin(); err != nil {
			t.Fatal(err)
		}
		k.broken = append(k.broken, p)
	}
	return k
}

// configure makes them issuers beside the one that there is.
func (k *tenants) configure(s *setup) {
	issuers := s.policy["issuers"].([]any)
	for i, p := range append([]*tenant{k.healthy, k.plain}, k.broken...) {
		cluster := fmt.Sprintf("keys-%d", i)
		s.clusters[cluster] = p.Faults.Address()
		entry := maps.Clone(s.issuer)
		entry["issuer"] = p.Issuer()
		entry["discovery"] = map[string]any{"cluster": cluster, "timeout": "4s", "refresh": "10s", "unknown_key_interval": "1s"}
		if p == k.plain {
			entry["token_types"] = []string{"jwt"}
		}
		issuers = append(issuers, entry)
	}
	s.clusters["introspection"] = k.opaque.Address()
	entry := maps.Clone(s.issuer)
	delete(entry, "discovery")
	entry["issuer"] = k.opaque.Issuer()
	entry["introspection"] = map[string]any{
		"endpoint": k.opaque.Issuer() + "/oauth/introspect", "cluster": "introspection",
		"client_id": "machine", "client_secret": clientSecret, "max_age": "2s", "negative_age": "2s",
	}
	s.policy["issuers"] = append(issuers, entry)
}

// testKeys has the gateway fetch keys of many providers at once, each with a
// fault of its own and one with none.
func (g *gateway) testKeys(t *testing.T, k *tenants) {
	if err := g.await(t.Context(), mustToken(t, k.healthy), 200, 5*time.Second); err != nil {
		t.Fatalf("the provider without a fault: %v", err)
	}
	huge := func() (n int) {
		for _, p := range k.broken {
			for _, fetch := range p.Faults.Fetches() {
				if fetch.Fault == oidctest.Huge {
					n++
				}
			}
		}
		return n
	}
	memory := func(when string) uint64 {
		bytes, err := g.Memory()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: resident set size %d MB, %d documents of %d MB so far", when, bytes>>20, huge(), oidctest.HugeSize>>20)
		return bytes
	}
	before := memory("at first")
	t.Run("start with the fault", func(t *testing.T) { g.testStart(t, k.broken) })
	t.Run("meet the fault later", func(t *testing.T) { g.testLater(t, k.healthy, k.broken) })
	memory("after the faults")
	t.Run("ID tokens for the API", func(t *testing.T) { g.testIDTokens(t, k.plain) })
	t.Run("opaque tokens", func(t *testing.T) { g.testOpaque(t, k.opaque) })
	t.Run("rotate under load", func(t *testing.T) { g.testRotation(t, k.healthy) })
	t.Run("strangers ask for keys", func(t *testing.T) { g.testStrangers(t, k.healthy) })
	after := memory("after the load")
	if most := before + 48<<20; after > most || huge() < 3 {
		t.Errorf("resident set size %d MB after %d documents of %d MB, want at most %d MB after 3", after>>20, huge(), oidctest.HugeSize>>20, most>>20)
	}
}

func mustToken(t *testing.T, p *tenant) string {
	t.Helper()
	token, err := p.token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// each tries f on all tenants at once.
func each(t *testing.T, tenants []*tenant, f func(p *tenant) error) {
	t.Helper()
	var all sync.WaitGroup
	for _, p := range tenants {
		all.Go(func() {
			if err := f(p); err != nil {
				t.Errorf("%s: %v", p.fault, err)
			}
		})
	}
	all.Wait()
}

// testStart: Envoy has been started while keys could not be fetched.
func (g *gateway) testStart(t *testing.T, tenants []*tenant) {
	ctx := t.Context()
	each(t, tenants, func(p *tenant) error {
		want := http.StatusServiceUnavailable
		if p.fault == oidctest.Slow {
			want = http.StatusOK
		}
		if err := g.await(ctx, p.known, want, 10*time.Second); err != nil {
			return err
		}
		if err := p.end(); err != nil {
			return err
		}
		return g.await(ctx, p.known, 200, 20*time.Second)
	})
}

// testLater: keys that the gateway has go on being used while it cannot fetch
// others, and those of a provider without a fault as if nothing was.
func (g *gateway) testLater(t *testing.T, healthy *tenant, tenants []*tenant) {
	const during = 5 * time.Second
	ctx := t.Context()
	stop := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() {
		token, err := healthy.token(ctx)
		for err == nil {
			begin := time.Now()
			var status int
			if status, err = g.status(ctx, token); err == nil && status != 200 {
				t.Errorf("the provider without a fault: status %d", status)
			}
			// Half a timeout is more than a request takes and less than waiting for
			// another provider would.
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("the provider without a fault: answer after %v", took)
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
		t.Error(err)
	})
	each(t, tenants, func(p *tenant) error {
		if _, err := p.Rotate(oidctest.ES256); err != nil {
			return err
		}
		next, err := p.token(ctx)
		if err != nil {
			return err
		}
		if err := p.begin(); err != nil {
			return err
		}
		for begin, i := time.Now(), 0; time.Since(begin) < during; i++ {
			status, err := g.status(ctx, p.known)
			if err != nil || status != 200 {
				return fmt.Errorf("a token with a known key: status %d, %v", status, err)
			}
			if status, err = g.status(ctx, next); err != nil {
				return err
			}
			if arrives := p.fault == oidctest.Slow || p.fault == oidctest.OtherIssuer; (status == 200) != arrives {
				return fmt.Errorf("a token with the next key: status %d", status)
			}
			if status, err = g.status(ctx, forged(p.known, i)); err != nil || status == 200 {
				return fmt.Errorf("a forged token: status %d, %v", status, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if err := p.end(); err != nil {
			return err
		}
		return g.await(ctx, next, 200, 20*time.Second)
	})
	close(stop)
	beside.Wait()
}

// testIDTokens: where access tokens and ID tokens have one type and one audience,
// an ID token is still none.
func (g *gateway) testIDTokens(t *testing.T, p *tenant) {
	ctx := t.Context()
	if err := p.SetRedirects("api-gateway", []string{g.url + "/oauth2/callback"}, nil); err != nil {
		t.Fatal(err)
	}
	tokens, err := p.Login(ctx, "api-gateway", "alice", "openid orders:read")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.await(ctx, tokens.Access, 200, 5*time.Second); err != nil {
		t.Errorf("the access token: %v", err)
	}
	if status, err := g.status(ctx, tokens.ID); err != nil || status != 401 {
		t.Errorf("the ID token: status %d, %v, want 401", status, err)
	}
}

// testOpaque: tokens that are no JWT are what their provider says of them.
func (g *gateway) testOpaque(t *testing.T, p *tenant) {
	ctx := t.Context()
	if err := p.SetRedirects("api-gateway", []string{g.url + "/oauth2/callback"}, nil); err != nil {
		t.Fatal(err)
	}
	user, err := p.Login(ctx, "api-gateway", "alice", "openid offline_access orders:read")
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.ClientCredentials(ctx, "machine", "orders:read", "billing-api")
	if err != nil {
		t.Fatal(err)
	}
	unasked := mustToken(t, p)
	changed := []byte(user.Access)
	if last := &changed[len(changed)-5]; *last == 'A' {
		*last = 'B'
	} else {
		*last = 'A'
	}
	for name, token := range map[string]string{
		"for another resource": other.Access, "a refresh token": user.Refresh, "made up": "x" + user.Refresh, "changed": string(changed),
	} {
		if status, err := g.status(ctx, token); err != nil || status != 401 {
			t.Errorf("%s: status %d, %v, want 401", name, status, err)
		}
	}
	if status, err := g.status(ctx, user.Access); err != nil || status != 200 {
		t.Errorf("the access token: status %d, %v, want 200", status, err)
	}
	p.Stop()
	if status, err := g.status(ctx, unasked); err != nil || status != 503 {
		t.Errorf("a token that nobody can be asked about: status %d, %v, want 503", status, err)
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := g.await(ctx, unasked, 200, 10*time.Second); err != nil {
		t.Errorf("the same token when the provider is back: %v", err)
	}
	if err := p.Revoke(ctx, "api-gateway", user.Access); err != nil {
		t.Fatal(err)
	}
	if err := g.await(ctx, user.Access, 401, 10*time.Second); err != nil {
		t.Errorf("the access token when it was revoked: %v", err)
	}
}

// testRotation: no token is refused for being signed with a new key.
func (g *gateway) testRotation(t *testing.T, p *tenant) {
	ctx := t.Context()
	withdrawn := mustToken(t, p)
	stop := make(chan struct{})
	var load sync.WaitGroup
	var sent atomic.Int64
	for range 4 {
		load.Go(func() {
			for {
				token, err := p.token(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				for range 5 {
					status, err := g.status(ctx, token)
					if err != nil || status != 200 {
						t.Errorf("a good token: status %d, %v", status, err)
					}
					sent.Add(1)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for i := range 4 {
		algorithm := []string{oidctest.RS256, oidctest.ES256}[i%2]
		time.Sleep(1500 * time.Millisecond) // longer than unknown_key_interval
		if _, err := p.Rotate(algorithm); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Second)
	close(stop)
	load.Wait()
	t.Logf("%d requests with good tokens over 4 rotations", sent.Load())
	if sent.Load() < 100 {
		t.Errorf("%d requests, want at least 100", sent.Load())
	}
	p.Withdraw()
	if err := g.await(ctx, withdrawn, 401, 20*time.Second); err != nil {
		t.Errorf("a token with a key that was withdrawn: %v", err)
	}
}

// testStrangers: whatever strangers send, the provider is asked once an interval,
// and a key that was published in time is known when it is used.
func (g *gateway) testStrangers(t *testing.T, p *tenant) {
	const during = 4 * time.Second
	ctx := t.Context()
	token := mustToken(t, p)
	next, err := p.AddKey(oidctest.ES256)
	if err != nil {
		t.Fatal(err)
	}
	before := len(p.Faults.Fetches())
	begin := time.Now()
	n, slowest := 0, time.Duration(0)
	for signs := false; time.Since(begin) < during; n++ {
		sent := time.Now()
		if status, err := g.status(ctx, forged(token, n)); err != nil || status != 401 {
			t.Fatalf("a forged token: status %d, %v, want 401", status, err)
		}
		slowest = max(slowest, time.Since(sent))
		if !signs && time.Since(begin) > during/2 {
			signs = true
			if err := p.SignWith(next); err != nil {
				t.Fatal(err)
			}
			token = mustToken(t, p)
		}
		if status, err := g.status(ctx, token); err != nil || status != 200 {
			t.Fatalf("a good token: status %d, %v", status, err)
		}
	}
	fetched := p.Faults.Fetches()
	if last := fetched[len(fetched)-1]; last.Header.Get("If-None-Match") == "" {
		t.Errorf("the last fetch has headers %v, want If-None-Match", last.Header)
	}
	fetches := len(fetched) - before
	t.Logf("%d forged tokens, %d fetches in %v, the slowest answer after %v", n, fetches, during, slowest)
	if most := int(during/time.Second) + 2; fetches > most {
		t.Errorf("%d fetches for %d forged tokens in %v, want at most %d", fetches, n, during, most)
	}
}
