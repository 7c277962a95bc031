//go:build istio

package istio_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/envoy/certtest"
	"gatehouse/plugins/quota/ratelimittest"
)

// TestRequestAuthentication has Istio's filter verify tokens and scope read what it
// leaves. istiod fetches the key set.
func TestRequestAuthentication(t *testing.T) {
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/jwks.json" {
			io.WriteString(w, jwks())
			return
		}
		http.NotFound(w, r)
	}))
	defer issuer.Close()
	f := ingress(t)
	f.apply(t, manifest(t, "request-authentication/wasmplugin.yaml"))
	f.apply(t, manifest(t, "request-authentication/requestauthentication.yaml", "https://idp.example.com/jwks.json", issuer.URL+"/jwks.json"))
	good := bearer(t, map[string]any{"scope": "orders:read"})
	forged := good
	forged.Value = forged.Value[:len(forged.Value)-4] + "AAAA"
	f.walk(t, []step{
		{name: "no token", path: "/orders/17", status: "401", reason: "gatehouse.scope.identity_missing"},
		{name: "a token that the issuer did not sign", path: "/orders/17", status: "401", holds: "Jwt", headers: []harness.Header{forged}},
		{name: "a token without the scope", path: "/orders/17", status: "403", reason: "gatehouse.scope.insufficient_scope",
			headers: []harness.Header{bearer(t, map[string]any{"scope": "other"})}},
		{name: "a token with the scope", path: "/orders/17", status: "200", headers: []harness.Header{good}},
		{name: "a token with the role", path: "/orders/17", status: "200",
			headers: []harness.Header{bearer(t, map[string]any{"realm_access": map[string]any{"roles": []string{"clerk"}}})}},
		{name: "health", path: "/healthz", status: "200"},
	})
}

// service is an HTTPS server on loopback under a name that is not its own.
func service(t *testing.T, authority *certtest.Authority, host string, clients bool, answer http.HandlerFunc) (port string) {
	t.Helper()
	certificate, key := authority.Server(t, host)
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(answer)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	if clients {
		server.TLS.ClientCAs = pool(t, authority)
		server.TLS.ClientAuth = tls.RequireAndVerifyClientCert
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return portOf(t, server.Listener.Addr().String())
}

func pool(t *testing.T, authority *certtest.Authority) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(authority.File)
	if err != nil {
		t.Fatal(err)
	}
	all := x509.NewCertPool()
	if !all.AppendCertsFromPEM(text) {
		t.Fatal("no certificate in the authority's file")
	}
	return all
}

// credential writes a client's certificate and key into files, as a Secret would be
// mounted.
func credential(t *testing.T, authority *certtest.Authority) (certificate, key string) {
	t.Helper()
	config, der := authority.Client(t, "introspection.example.com", "spiffe://example.com/gateway")
	private, err := x509.MarshalPKCS8PrivateKey(config.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"tls.crt": {Type: "CERTIFICATE", Bytes: der}, "tls.key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
}

// terminate speaks TLS and HTTP/2 in front of a plain address, as the rate limit
// service's own TLS would.
func terminate(t *testing.T, authority *certtest.Authority, host, address string) (port string) {
	t.Helper()
	certificate, key := authority.Server(t, host)
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", address)
				if err != nil {
					return
				}
				defer server.Close()
				go func() { io.Copy(server, client); server.Close() }()
				io.Copy(client, server)
			}()
		}
	}()
	return portOf(t, listener.Addr().String())
}

// TestServices has the plugins ask an issuer, its introspection endpoint and the rate
// limit service of Envoy's project over the clusters that ServiceEntries make.
func TestServices(t *testing.T) {
	authority := certtest.New(t)
	var asked atomic.Int64
	idp := service(t, authority, "idp.example.com", false, func(w http.ResponseWriter, r *http.Request) {
		switch r.Host + r.URL.Path {
		case "idp.example.com/.well-known/openid-configuration":
			io.WriteString(w, `{"issuer":"https://idp.example.com","jwks_uri":"https://idp.example.com/jwks.json"}`)
		case "idp.example.com/jwks.json":
			io.WriteString(w, jwks())
		default:
			http.NotFound(w, r)
		}
	})
	introspection := service(t, authority, "introspection.example.com", true, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("content-type", "application/json")
		if r.FormValue("token") == "opaque-and-good" && len(r.TLS.PeerCertificates[0].URIs) == 1 {
			io.WriteString(w, `{"active":true,"iss":"https://idp.example.com","aud":"orders-api","sub":"machine-3","exp":4102444800,"token_type":"Bearer"}`)
			return
		}
		io.WriteString(w, `{"active":false}`)
	})
	stack := ratelimittest.Start(t, ratelimittest.Config{YAML: "domain: gatehouse\n"})
	ratelimit := terminate(t, authority, "ratelimit.example.com", stack.Address())
	certificate, key := credential(t, authority)

	entries := manifest(t, "services/serviceentry.yaml",
		"/etc/ssl/certs/ca-certificates.crt", authority.File,
		"/etc/gatehouse/tls.crt", certificate, "/etc/gatehouse/tls.key", key)
	// The names are in no DNS: their addresses are here.
	for _, entry := range [][2]string{{"name: https", idp}, {"name: https", introspection}, {"name: grpc", ratelimit}} {
		entries = strings.Replace(entries, "  resolution: DNS\n",
			fmt.Sprintf("  resolution: STATIC\n  endpoints:\n  - {address: 127.0.0.1, ports: {%s: %s}}\n", strings.TrimPrefix(entry[0], "name: "), entry[1]), 1)
	}
	if strings.Contains(entries, "DNS") {
		t.Fatal("more services than the test has")
	}

	f := ingress(t)
	f.apply(t, entries)
	f.apply(t, manifest(t, "services/wasmplugin.yaml"))
	opaque := func(token string) []harness.Header {
		return []harness.Header{{Name: "authorization", Value: "Bearer " + token}}
	}
	f.walk(t, []step{
		{name: "no token", path: "/orders", status: "401", reason: "gatehouse.jwt-audience.token_missing"},
		{name: "a signed token", path: "/orders", status: "200", headers: []harness.Header{bearer(t, nil)}},
		{name: "a token for others", path: "/orders", status: "401", reason: "gatehouse.jwt-audience.audience_mismatch",
			headers: []harness.Header{bearer(t, map[string]any{"aud": "other"})}},
		{name: "an opaque token", path: "/orders", status: "200", headers: opaque("opaque-and-good")},
		{name: "an opaque token that is none", path: "/orders", status: "401", reason: "gatehouse.jwt-audience.token_inactive", headers: opaque("opaque-and-bad")},
		{name: "the sixth of a day", path: "/orders", status: "429", reason: "gatehouse.quota.limit_exceeded",
			headers: []harness.Header{bearer(t, map[string]any{"sub": "user-18"})}},
	})
	if asked.Load() == 0 {
		t.Error("nobody asked the introspection endpoint")
	}
	if keys, err := stack.Command("KEYS", "*"); err != nil || !strings.Contains(keys, "gatehouse_") {
		t.Errorf("counters of the rate limit service: %q, %v, want one of the domain", keys, err)
	}

	// Without the service's counters the plugin does as "on_error: deny" says, so the
	// refusal above was not one of its own.
	stack.Service.Kill()
	f.walk(t, []step{{name: "nobody counts", path: "/orders", status: "503", headers: []harness.Header{bearer(t, map[string]any{"sub": "user-19"})}}})
}
