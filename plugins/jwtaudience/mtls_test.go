//go:build !wasip1

package jwtaudience

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/certtest"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/dpop"
	"gatehouse/plugins/internal/jose/josetest"
)

// TestBoundTokensThroughEnvoy has the configuration of envoy-configs/mtls judge
// tokens that are bound to certificates and keys, on two worker threads.
func TestBoundTokensThroughEnvoy(t *testing.T) {
	const host = "api.example.com"
	bootstrap, err := os.ReadFile("../../envoy-configs/mtls/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "jwt-audience.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	authority := certtest.New(t)
	certificate, key := authority.Server(t, host)
	clients, err := os.ReadFile("../../envoy-configs/mtls/clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	clientsFile := filepath.Join(t.TempDir(), "clients.yaml")
	if err := os.WriteFile(clientsFile, bytes.ReplaceAll(clients, []byte("certs/clients.pem"), []byte(authority.File)), 0o600); err != nil {
		t.Fatal(err)
	}
	partnerTLS, der := authority.Client(t, host, "spiffe://partners.example.com/shop")
	strangerTLS, _ := authority.Client(t, host, "spiffe://strangers.example.com/shop")
	otherTLS, _ := certtest.New(t).Client(t, host, "spiffe://partners.example.com/shop")
	otherTLS.RootCAs = partnerTLS.RootCAs
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	configuration := `{"issuers":[{"issuer":"` + testIssuer + `","audiences":["orders-api"],"jwks":` + josetest.Set(ecKey) + `,"binding":"any"}],
 "dpop":{"max_age":"10m"},
 "routes":[{"match":{"path":{"prefix":"/partners"}},"binding":"mtls"},{"match":{"path":{"exact":"/healthz"}},"allow_anonymous":true}]}`
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: bootstrap, Concurrency: 2, Timeout: 3 * time.Minute,
		Endpoints: map[string]string{"upstream": upstream.Address()},
		Plugins:   []envoy.Plugin{{Wasm: module, Configuration: []byte(configuration)}},
		Replace:   map[string]string{"certs/server.pem": certificate, "certs/server.key": key, "envoy-configs/mtls/clients.yaml": clientsFile},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()

	sum := sha256.Sum256(der)
	dates := []string{"exp", fmt.Sprint(recordedExpiry), "iat", fmt.Sprint(recordedIssue)}
	bound := func(cnf string) string { return ecKey.Token(claims(append(dates, "cnf", cnf)...)) }
	toCertificate := bound(`{"x5t#S256":"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"}`)
	toAnother := bound(`{"x5t#S256":"` + base64.RawURLEncoding.EncodeToString(make([]byte, 32)) + `"}`)
	client := josetest.New("ES256", "client")
	toKey := bound(`{"jkt":"` + thumbprintOf(t, client) + `"}`)
	unbound := ecKey.Token(claims(dates...))
	now := fmt.Sprint(time.Now().Unix())
	proof := func(jti, path string) string {
		return proofOf(client, toKey, "jti", `"`+jti+`"`, "iat", now, "htu", `"https://`+host+path+`"`)
	}

	partner := envoy.Client{TLS: partnerTLS}
	tests := []struct {
		name, path, authorization, proof string
		client                           envoy.Client
		want                             string
	}{
		{"no certificate", "/healthz", "", "", envoy.Client{TLS: authority.Anonymous(host)}, ""},
		{"certificate of another authority", "/healthz", "", "", envoy.Client{TLS: otherTLS}, ""},
		{"certificate of a stranger", "/healthz", "", "", envoy.Client{TLS: strangerTLS}, ""},
		{"certificate of a partner", "/healthz", "", "", partner, "200"},
		{"token bound to it", "/partners", "Bearer " + toCertificate, "", partner, "200"},
		{"token bound to another", "/partners", "Bearer " + toAnother, "", partner, "401 certificate_mismatch"},
		{"token that is not bound", "/partners", "Bearer " + unbound, "", partner, "401 binding_missing"},
		{"token bound to a key, where a certificate is asked for", "/partners", "DPoP " + toKey, proof("0", "/partners"), partner, "401 binding_missing"},
		{"token bound to a key, with a proof", "/orders", "DPoP " + toKey, proof("1", "/orders"), partner, "200"},
		{"proof with a query of its own", "/orders?page=2", "DPoP " + toKey, proof("2", "/orders"), partner, "200"},
		{"proof for another path", "/orders", "DPoP " + toKey, proof("3", "/admin"), partner, "401 dpop_uri"},
		{"no proof", "/orders", "DPoP " + toKey, "", partner, "401 dpop_missing"},
		{"as a bearer token", "/orders", "Bearer " + toKey, proof("4", "/orders"), partner, "401 dpop_scheme"},
	}
	send := func(t *testing.T, client envoy.Client, path, authorization, proof string) (string, error) {
		t.Helper()
		request := harness.Message{Headers: []harness.Header{{Name: ":method", Value: "GET"}, {Name: ":path", Value: path}, {Name: ":authority", Value: host}}}
		if authorization != "" {
			request.Headers = append(request.Headers, harness.Header{Name: "authorization", Value: authorization})
		}
		if proof != "" {
			request.Headers = append(request.Headers, harness.Header{Name: "dpop", Value: proof})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		response, err := client.Do(ctx, p.Address("ingress"), request)
		if err != nil || len(response.Headers) == 0 {
			return "", err
		}
		return response.Headers[0].Value, nil
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := send(t, tt.client, tt.path, tt.authorization, tt.proof)
			if status, _, _ := strings.Cut(tt.want, " "); got != status || (err != nil) != (status == "") {
				t.Errorf("status %q, %v, want %q", got, err, tt.want)
			}
		})
	}

	// Whichever thread gets it, a proof is accepted once.
	once := proof("once", "/orders")
	accepted := 0
	for range 20 {
		got, err := send(t, partner, "/orders", "DPoP "+toKey, once)
		if err != nil {
			t.Fatal(err)
		}
		if got == "200" {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("one proof was accepted %d times, want once", accepted)
	}

	stats, err := p.Stats("gatehouse.jwt_audience.deny")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		if _, reason, ok := strings.Cut(tt.want, " "); ok && sumOf(stats, "deny."+reason) == 0 {
			t.Errorf("%s: no denial of %s among %v", tt.name, reason, stats)
		}
	}
	if got := sumOf(stats, "deny."+string(dpop.ReasonReplayed)); got != 19 {
		t.Errorf("%d replays, want 19", got)
	}
}

// sumOf adds up the counters whose names end so.
func sumOf(stats map[string]uint64, name string) (sum uint64) {
	for n, value := range stats {
		if strings.HasSuffix(n, name) {
			sum += value
		}
	}
	return sum
}
