package envoyconfigs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
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

// list is a revocation list of the authority's, with the certificates that it takes back.
func (p *partners) list(t *testing.T, revoked ...*x509.Certificate) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, c := range revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: time.Now().Add(-time.Minute)})
	}
	list, err := x509.CreateRevocationList(rand.Reader, template, p.certificate, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list})
}

// clients is mtls/clients.yaml with changes in a folder.
func clients(t *testing.T, dir string, edit func([]byte) []byte) (path string) {
	t.Helper()
	text, err := os.ReadFile("mtls/clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return rename(t, dir, "clients.yaml", edit(text))
}

// serves tells whether a client is let in, on a connection of its own, and sees that nothing of who is
// not gets to the upstream.
func serves(t *testing.T, client envoy.Client, p *envoy.Process, upstream *envoy.Upstream) (served bool, why string) {
	t.Helper()
	upstream.Requests()
	answer, err := client.Do(t.Context(), p.Address("ingress"), harness.Message{Headers: []harness.Header{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/healthz"}, {Name: ":authority", Value: "api.example.com"}}})
	served = err == nil && header(answer, ":status") == "200"
	if reached := len(upstream.Requests()) > 0; reached != served {
		t.Errorf("served = %v, the upstream was reached = %v", served, reached)
	}
	return served, fmt.Sprint(answer.Headers, err)
}

// partnerGateway is the configuration in Envoy, with its files in a folder.
type partnerGateway struct {
	*envoy.Process
	dir string
}

// gateway starts the configuration for an authority, with a revocation list unless that is nil.
func (p *partners) gateway(t *testing.T, server *certtest.Authority, upstream *envoy.Upstream, list []byte) *partnerGateway {
	t.Helper()
	dir := t.TempDir()
	changes := []string{"certs/clients.pem", rename(t, dir, "clients.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw}))}
	if list != nil {
		changes = append(changes, "# crl: {filename: certs/revoked.pem}", "crl: {filename: "+rename(t, dir, "revoked.pem", list)+"}")
	}
	certificate, key := server.Server(t, "api.example.com")
	files := map[string]string{"certs/server.pem": certificate, "certs/server.key": key,
		"envoy-configs/mtls/clients.yaml": clients(t, dir, exchanged(t, changes...))}
	return &partnerGateway{behindTokens(t, "mtls", upstream.Address(), nil, envoy.Options{Replace: files}), dir}
}

// TestMTLSRevocation has the configuration, with the revocation list that it names,
// judge certificates before any token: by their names, their dates, and the list.
func TestMTLSRevocation(t *testing.T) {
	server, authority := certtest.New(t), newPartners(t)
	const shop = "spiffe://partners.example.com/shop"
	revoked, revokedClient := authority.client(t, server, shop, "", time.Time{})
	upstream := plainUpstream(t)
	asItStands := authority.gateway(t, server, upstream, nil)
	withList := authority.gateway(t, server, upstream, authority.list(t, revoked))

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
		for p, want := range map[*partnerGateway]bool{asItStands: tt.without, withList: tt.with} {
			if got, why := serves(t, tt.client, p.Process, upstream); got != want {
				t.Errorf("%s, list = %v: %s, want served = %v", tt.name, p == withList, why, want)
			}
		}
	}
	if n := sum(t, withList.Process, `listener\..*ssl\.fail_verify_error`); n == 0 {
		t.Error("no certificate counts as not verified")
	}
}

// TestMTLSChangesWithoutRestart takes a certificate back, and adds a name, while Envoy runs. A list that
// is cut off leaves the one before in force.
func TestMTLSChangesWithoutRestart(t *testing.T) {
	server, authority := certtest.New(t), newPartners(t)
	upstream := plainUpstream(t)
	certificate, shop := authority.client(t, server, "spiffe://partners.example.com/shop", "", time.Time{})
	_, another := authority.client(t, server, "spiffe://partners.example.com/office", "", time.Time{})
	_, newcomer := authority.client(t, server, "spiffe://newcomers.example.com/shop", "", time.Time{})
	p := authority.gateway(t, server, upstream, authority.list(t))
	turns := func(what string, client envoy.Client, want bool) {
		t.Helper()
		began, why := time.Now(), ""
		defer func() { t.Logf("%s: after %v, %s", what, time.Since(began).Round(time.Millisecond), why) }()
		until(t, what, func() bool {
			var served bool
			served, why = serves(t, client, p.Process, upstream)
			return served == want
		})
	}
	turns("a partner", shop, true)
	rename(t, p.dir, "revoked.pem", authority.list(t, certificate))
	turns("a partner whose certificate is taken back", shop, false)
	failed := func() uint64 { return sum(t, p.Process, `sds\.clients\.key_rotation_failed`) }
	before := failed()
	list := authority.list(t)
	rename(t, p.dir, "revoked.pem", list[:len(list)/2])
	until(t, "a list that cannot be read is counted", func() bool { return failed() > before })
	turns("the same, with a list that is cut off", shop, false)
	rename(t, p.dir, "revoked.pem", []byte("no list"))
	turns("another partner, with a text that is no list", another, false)
	rename(t, p.dir, "revoked.pem", list)
	turns("a partner whose certificate is good again", shop, true)
	rename(t, p.dir, "revoked.pem", authority.list(t, certificate))
	turns("the same, taken back again", shop, false)
	rename(t, p.dir, "revoked.pem", nil)
	turns("the same, with an empty file, which takes nobody back", shop, true)
	turns("a stranger", newcomer, false)
	text, err := os.ReadFile(filepath.Join(p.dir, "clients.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	rename(t, p.dir, "clients.yaml", exchanged(t, "spiffe://partners.example.com/", "spiffe://newcomers.example.com/")(text))
	turns("a stranger who becomes a partner", newcomer, true)
	turns("a partner who is none any more", shop, false)

	p = authority.gateway(t, server, upstream, list[:len(list)/2])
	turns("another partner, where Envoy starts with a list that is cut off", another, false)
}
