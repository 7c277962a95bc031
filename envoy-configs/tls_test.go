package envoyconfigs_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/certtest"
)

// TestTLS shakes hands in every way that is allowed and some that are not.
func TestTLS(t *testing.T) {
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		// A weaker promise of the upstream does not stand.
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}, {Name: "strict-transport-security", Value: "max-age=0"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	authority := certtest.New(t)
	certificate, key := authority.Server(t, "api.example.com")
	p := behindTokens(t, "tls", upstream.Address(), nil, envoy.Options{
		Replace: map[string]string{"certs/server.pem": certificate, "certs/server.key": key},
	})
	base, _ := authority.Client(t, "api.example.com", "spiffe://nobody.example.com/")
	base.Certificates = nil
	const hsts = "max-age=31536000; includeSubDomains"

	v12 := func(suite uint16) func(*tls.Config) {
		return func(c *tls.Config) { c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{suite} }
	}
	curve := func(id tls.CurveID) func(*tls.Config) {
		return func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{id} }
	}
	for _, tt := range []struct {
		name    string
		change  func(*tls.Config)
		version uint16 // 0 where the handshake is to fail, with refusal in the error.
		refusal string
	}{
		{"what the client likes best", func(*tls.Config) {}, tls.VersionTLS13, ""},
		{"1.3 alone", func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, tls.VersionTLS13, ""},
		{"1.2 alone", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, tls.VersionTLS12, ""},
		{"1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, 0, "protocol version"},
		{"1.0", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }, 0, "protocol version"},
		{"AES-128 GCM", v12(tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), tls.VersionTLS12, ""},
		{"AES-256 GCM", v12(tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384), tls.VersionTLS12, ""},
		{"ChaCha20", v12(tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256), tls.VersionTLS12, ""},
		{"CBC", v12(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA), 0, "handshake failure"},
		{"CBC with SHA-256", v12(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256), 0, "handshake failure"},
		{"no forward secrecy", v12(tls.TLS_RSA_WITH_AES_128_GCM_SHA256), 0, "handshake failure"},
		{"RC4", v12(tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA), 0, "handshake failure"},
		{"3DES", v12(tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA), 0, "handshake failure"},
		{"X25519MLKEM768", curve(tls.X25519MLKEM768), tls.VersionTLS13, ""},
		{"X25519", curve(tls.X25519), tls.VersionTLS13, ""},
		{"P-256", curve(tls.CurveP256), tls.VersionTLS13, ""},
		{"P-521", curve(tls.CurveP521), 0, "handshake failure"},
		{"another name", func(c *tls.Config) { c.ServerName = "other.example.com" }, 0, ""},
		{"no name", func(c *tls.Config) { c.ServerName, c.InsecureSkipVerify = "", true }, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := base.Clone()
			tt.change(config)
			conn, err := tls.Dial("tcp", p.Address("ingress"), config)
			if tt.version == 0 {
				if err == nil {
					conn.Close()
					t.Fatal("the handshake was good, want none")
				}
				if !strings.Contains(err.Error(), tt.refusal) {
					t.Errorf("%v, want %s", err, tt.refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if got := conn.ConnectionState().Version; got != tt.version {
				t.Errorf("version %x, want %x", got, tt.version)
			}
			// Envoy closes the connection after its own refusal of a path.
			for _, exchange := range []struct {
				path string
				want int
			}{{"/healthz", 200}, {"/orders", 401}, {"/healthz%2forders", 400}} {
				path, want := exchange.path, exchange.want
				if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nhost: api.example.com\r\n\r\n", path); err != nil {
					t.Fatal(err)
				}
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				if got := answer.Header.Values("strict-transport-security"); answer.StatusCode != want || len(got) != 1 || got[0] != hsts {
					t.Errorf("%s: status %d, HSTS %q, want %d and %q", path, answer.StatusCode, got, want, hsts)
				}
				answer.Body.Close()
			}
		})
	}

	for offered, want := range map[string]string{"h2 http/1.1": "h2", "http/1.1 h2": "h2", "http/1.1": "http/1.1", "": ""} {
		config := base.Clone()
		config.NextProtos = strings.Fields(offered)
		conn, err := tls.Dial("tcp", p.Address("ingress"), config)
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.ConnectionState().NegotiatedProtocol; got != want {
			t.Errorf("ALPN %q became %q, want %q", offered, got, want)
		}
		conn.Close()
	}
	h2 := base.Clone()
	h2.NextProtos = []string{"h2"}
	answer, err := envoy.Client{TLS: h2}.DoHTTP2(t.Context(), p.Address("ingress"), harness.Message{Headers: []harness.Header{
		{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: "/orders"}, {Name: ":authority", Value: "api.example.com"},
		{Name: "authorization", Value: bearer(t, "ada")},
	}})
	if err != nil || header(answer, ":status") != "200" || header(answer, "strict-transport-security") != hsts {
		t.Errorf("HTTP/2: %v %v, want 200 with HSTS", answer.Headers, err)
	}

	upstream.Requests()
	for _, tt := range []struct {
		name, path, location, status string
		headers                      []string
	}{
		{"a browser", "/orders?q=1", "https://api.example.com/orders?q=1", "308", nil},
		{"with a port", "/orders", "https://api.example.com/orders", "308", []string{":authority", "api.example.com:10080"}},
		{"a host that is not ours", "/orders", "", "404", []string{":authority", "evil.example.org"}},
		{"a token in the clear", "/orders", "", "403", []string{"authorization", bearer(t, "ada")}},
	} {
		answer := get(t, p.Address("redirect"), tt.path, tt.headers...)
		location := strings.Replace(header(answer, "location"), ":443", "", 1)
		if header(answer, ":status") != tt.status || location != tt.location || header(answer, "strict-transport-security") != "" {
			t.Errorf("http, %s: %v, want %s to %q without HSTS, which counts over https only", tt.name, answer.Headers, tt.status, tt.location)
		}
	}
	if n := len(upstream.Requests()); n != 0 {
		t.Errorf("%d requests over http at the upstream", n)
	}
}
