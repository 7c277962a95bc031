// Package certtest makes certificates for tests of Envoys that speak TLS: an
// authority, a server and clients of it. They are good for an hour and made anew
// each time.
package certtest

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
)

// Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      int64
	// File is the path of its certificate, in PEM.
	File string
}

// New makes an authority whose file goes when the test ends.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{}
	template := x509.Certificate{Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, key := a.sign(t, template)
	var err error
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.key = key
	a.File = write(t, "authority.pem", "CERTIFICATE", der)
	return a
}

// sign makes a certificate and its key; an authority without one signs for itself.
func (a *Authority) sign(t testing.TB, template x509.Certificate) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.serial++
	template.SerialNumber = big.NewInt(a.serial)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = &template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return der, key
}

// Server makes a certificate for a host and returns the files of it and its key.
func (a *Authority) Server(t testing.TB, host string) (certificate, key string) {
	t.Helper()
	der, private := a.sign(t, x509.Certificate{DNSNames: []string{host}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "server.pem", "CERTIFICATE", der), write(t, "server.key", "PRIVATE KEY", text)
}

// Client makes a certificate for a URI, such as a SPIFFE ID, and returns what a
// client with it says in its handshake with host, and the certificate in DER.
func (a *Authority) Client(t testing.TB, host, uri string) (*tls.Config, []byte) {
	t.Helper()
	id, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	der, key := a.sign(t, x509.Certificate{URIs: []*url.URL{id}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	config := a.Anonymous(host)
	config.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	return config, der
}

// Anonymous is what a client without a certificate says.
func (a *Authority) Anonymous(host string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{RootCAs: pool, ServerName: host}
}

func write(t testing.TB, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
