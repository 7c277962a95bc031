package envoyconfigs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/certtest"
)

// partners is an authority that takes certificates back.
type partners struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      int64
}

func newPartners(t *testing.T) *partners {
	t.Helper()
	p := &partners{}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "partners"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte("partners")}
	p.certificate, p.key = p.issue(t, template)
	return p
}

// issue signs what a template says; an authority without a certificate signs for itself.
func (p *partners) issue(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.serial++
	template.SerialNumber = big.NewInt(p.serial)
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := p.certificate, p.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

// client returns a certificate with names and the handshake of its holder.
func (p *partners) client(t *testing.T, server *certtest.Authority, uri, dns string, until time.Time) (*x509.Certificate, envoy.Client) {
	t.Helper()
	template := &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if uri != "" {
		id, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = []*url.URL{id}
	}
	if dns != "" {
		template.DNSNames = []string{dns}
	}
	if !until.IsZero() {
		template.NotBefore, template.NotAfter = until.Add(-time.Hour), until
	}
	certificate, key := p.issue(t, template)
	config := server.Anonymous("api.example.com")
	config.Certificates = []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}}
	return certificate, envoy.Client{TLS: config}
}

// TestMTLSRevocation has the configuration, with the revocation list that it names,
// judge certificates before any token: by their names, their dates, and the list.
func TestMTLSRevocation(t *testing.T) {
	server, authority := certtest.New(t), newPartners(t)
	const shop = "spiffe://partners.example.com/shop"
	revoked, revokedClient := authority.client(t, server, shop, "", time.Time{})
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: revoked.SerialNumber, RevocationTime: time.Now().Add(-time.Minute)}},
	}, authority.certificate, authority.key)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, key := server.Server(t, "api.example.com")
	files := map[string]string{
		"certs/server.pem": certificate, "certs/server.key": key,
		"certs/clients.pem": file("clients.pem", "CERTIFICATE", authority.certificate.Raw),
	}
	upstream := plainUpstream(t)
	asItStands := behindTokens(t, "mtls", upstream.Address(), nil, envoy.Options{Replace: files})
	files["certs/revoked.pem"] = file("revoked.pem", "X509 CRL", list)
	withList := behindTokens(t, "mtls", upstream.Address(), exchanged(t, "# crl: {filename", "crl: {filename"), envoy.Options{Replace: files})

	client := func(uri, dns string, until time.Time) envoy.Client {
		_, c := authority.client(t, server, uri, dns, until)
		return c
	}
	for _, tt := range []struct {
		name          string
		client        envoy.Client
		without, with bool // without the list and with it
	}{
		{"a partner by URI", client(shop, "", time.Time{}), true, true},
		{"a partner by DNS name", client("", "shop.partners.example.com", time.Time{}), true, true},
		{"a partner whose certificate was taken back", revokedClient, true, false},
		{"a partner whose certificate has ended", client(shop, "", time.Now().Add(-time.Minute)), false, false},
		{"a stranger of the same authority", client("spiffe://strangers.example.com/shop", "", time.Time{}), false, false},
		{"a stranger whose name begins like a partner's", client("spiffe://partners.example.com.evil.example.org/", "", time.Time{}), false, false},
		{"a stranger whose name ends like a partner's", client("", "evilpartners.example.com", time.Time{}), false, false},
		{"a partner's URI as a DNS name", client("", "partners.example.com", time.Time{}), false, false},
		{"no name", client("", "", time.Time{}), false, false},
		{"no certificate", envoy.Client{TLS: server.Anonymous("api.example.com")}, false, false},
	} {
		for p, want := range map[*envoy.Process]bool{asItStands: tt.without, withList: tt.with} {
			upstream.Requests()
			answer, err := tt.client.Do(t.Context(), p.Address("ingress"), harness.Message{Headers: []harness.Header{
				{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/healthz"}, {Name: ":authority", Value: "api.example.com"}}})
			if got := err == nil && header(answer, ":status") == "200"; got != want || len(upstream.Requests()) > 0 != want {
				t.Errorf("%s, list = %v: %v %v, want served = %v", tt.name, p == withList, answer.Headers, err, want)
			}
		}
	}
	if n := sum(t, withList, `listener\..*ssl\.fail_verify_error`); n == 0 {
		t.Error("no certificate counts as not verified")
	}
}
