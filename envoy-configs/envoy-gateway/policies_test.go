//go:build istio

package envoygateway_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"

	"gatehouse/harness/envoy/certtest"
)

// request is one that a policy is to answer; want is the status, with "!" if the proxy
// answers, and body a part of the answer, "" for any.
type request struct{ path, scope, want, body string }

// policies are the manifests and what they do. The first request of each is the one that
// tells the policy from none: it is asked until it is answered so.
var policies = []struct {
	files    []string
	plugins  []string
	edit     func(t *testing.T, text string) string
	requests []request
}{
	{files: []string{"jwt-audience.yaml", "client-traffic.yaml"}, plugins: []string{"jwt-audience"}, requests: []request{
		{"/orders", "", "401!", "Unauthorized"}, {"/orders", "any", "200", ""}, {"/healthz", "", "200", ""},
		{"/things", "", "401!", ""}, {"/admin/users", "any", "401!", ""},
		{"/orders%2f..%2fadmin", "any", "400!", ""}, {"/healthz/%2e%2e/orders", "", "401!", ""},
	}},
	{files: []string{"scope.yaml"}, plugins: []string{"jwt-audience", "scope"}, requests: []request{
		{"/orders/17", "", "401!", ""}, {"/orders/17", "customers:read", "403!", ""}, {"/orders/17", "orders:write", "200", ""}, {"/things", "", "200", ""},
	}},
	{files: []string{"waf.yaml"}, plugins: []string{"waf"}, requests: []request{
		{"/orders?id=1%27%20OR%20%271%27=%271", "", "403!", ""}, {"/orders?q=blue+shoes", "", "200", ""}, {"/things?name=../../../etc/passwd", "", "403!", ""},
	}},
	{files: []string{"quota.yaml"}, plugins: []string{"jwt-audience", "quota"}, requests: []request{
		{"/orders", "", "401!", ""}, {"/orders", "any", "200", ""}, {"/orders", "any", "200", ""}, {"/orders", "any", "200", ""}, {"/orders", "any", "200", ""},
		{"/orders", "any", "200", ""}, {"/orders", "any", "429!", ""}, {"/healthz", "any", "200", ""},
	}},
	{files: []string{"redact.yaml"}, plugins: []string{"jwt-audience", "redact"}, requests: []request{
		{"/orders", "", "401!", ""}, {"/orders/17", "accounts:read", "200", `"email":"psn:k1:`}, {"/orders/17", "accounts:read", "200", "DE89370400440532013000"},
		{"/orders/17", "customers:read", "200", `"email":"ada@example.com","iban":"DE******************00"`},
	}},
	{files: []string{"private-image.yaml"}, plugins: []string{"jwt-audience"}, edit: private, requests: []request{
		{"/orders", "", "401!", ""}, {"/orders", "any", "200", ""},
	}},
	{files: []string{"http.yaml"}, edit: served, requests: []request{
		{"/orders", "", "401!", ""}, {"/orders", "any", "200", ""},
	}},
	{files: []string{"discovery.yaml"}, plugins: []string{"jwt-audience"}, edit: provider, requests: []request{
		{"/orders", "", "401!", ""}, {"/orders", "any", "200", ""},
	}},
	{files: []string{"security-policy.yaml"}, plugins: []string{"scope"}, requests: []request{
		{"/orders/17", "", "401!", ""}, {"/orders/17", "customers:read", "403!", "Forbidden"}, {"/orders/17", "orders:write", "200", ""}, {"/things", "", "200", ""},
	}},
	{files: []string{"pipeline.yaml", "client-traffic.yaml"}, plugins: []string{"gatehouse"}, requests: []request{
		{"/orders?id=1%27%20OR%20%271%27=%271", "", "403!", ""}, {"/orders/17", "", "401!", ""}, {"/orders/17", "customers:read", "403!", ""},
		{"/orders/17", "orders:write", "200", `"id":17`}, {"/healthz", "", "200", ""},
	}},
	{files: []string{"waf.yaml", "patch.yaml"}, plugins: []string{"waf"}, edit: func(t *testing.T, text string) string {
		return exchange(t, text, "mode: enforce", "mode: enforce\n      hold_headers: true")
	}, requests: []request{
		{"/orders?id=1%27%20OR%20%271%27=%271", "", "403!", ""}, {"/orders?q=blue+shoes", "", "200", ""},
	}},
}

func TestPolicies(t *testing.T) {
	used := map[string]bool{"gateway.yaml": true}
	for _, p := range policies {
		t.Run(strings.Join(p.files, " "), func(t *testing.T) {
			for _, plugin := range p.plugins {
				push(t, plugin)
			}
			text := manifests(t, p.files...)
			if p.edit != nil {
				text = p.edit(t, text)
			}
			apply(t, text)
			for i, r := range p.requests {
				token := ""
				if r.scope != "" {
					token = bearer(t, r.scope)
				}
				if i == 0 {
					t.Logf("%s after %s: %v", r.want, p.files[0], turns(t, r.path, token, r.want))
				}
				status, body := get(r.path, token)
				if status != r.want || !strings.Contains(body, r.body) {
					t.Errorf("%s with scope %q = %s %s, want %s %s", r.path, r.scope, status, body, r.want, r.body)
				}
			}
		})
		for _, file := range p.files {
			used[file] = true
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".yaml") && !used[entry.Name()] {
			t.Errorf("%s: no test applies it", entry.Name())
		}
	}
}

// private has the registry want a login and the manifest have it and the right digest.
func private(t *testing.T, text string) string {
	behind := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: control.Registry()})
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "reader" || password != "placeholder" {
			asked++
			w.Header().Set("WWW-Authenticate", `Basic realm="private"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		if asked == 0 {
			t.Error("the registry asked nobody for a login")
		}
	})
	text = strings.ReplaceAll(text, control.Registry(), strings.TrimPrefix(server.URL, "http://"))
	// The API server makes data of stringData. There is none here.
	_, login, _ := strings.Cut(text, ".dockerconfigjson: '")
	login, _, _ = strings.Cut(login, "'")
	text = exchange(t, exchange(t, text, "stringData:", "data:"), "'"+login+"'", base64.StdEncoding.EncodeToString([]byte(login)))
	return exchange(t, text, strings.Repeat("0", 64), push(t, "jwt-audience"))
}

// served has the manifest name a web server that has the module.
func served(t *testing.T, text string) string {
	wasm := module(t, "jwt-audience")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/gatehouse/jwt-audience.wasm" {
			http.NotFound(w, r)
			return
		}
		w.Write(wasm)
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(wasm)
	return exchange(t, exchange(t, text, "https://files.example.com", server.URL), strings.Repeat("0", 64), hex.EncodeToString(sum[:]))
}

// provider starts one that speaks TLS with a certificate of an authority of its own.
func provider(t *testing.T, text string) string {
	authority := certtest.New(t)
	certificate, key := authority.Server(t, "idp.example.com")
	mux := http.NewServeMux()
	server := &http.Server{Handler: mux}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"issuer":"https://idp.example.com","jwks_uri":"https://idp.example.com/keys"}`))
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(here(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"example","alg":"EdDSA","use":"sig","x":"RV38dCgz0SXvZ9RXdm89csbt7uEFv1b3d55NMuksDVw"}]}`)))
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.ServeTLS(l, certificate, key)
	t.Cleanup(func() { server.Close() })
	pem, err := os.ReadFile(authority.File)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	text = exchange(t, text, "fqdn: {hostname: idp.example.com, port: 443}", "ip: {address: 127.0.0.1, port: "+port+"}")
	text = exchange(t, text, "wellKnownCACertificates: System", "caCertificateRefs: [{group: \"\", kind: ConfigMap, name: authority}]")
	return text + "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: authority, namespace: default}\ndata:\n  ca.crt: |\n    " +
		strings.ReplaceAll(strings.TrimSpace(string(pem)), "\n", "\n    ") + "\n"
}
