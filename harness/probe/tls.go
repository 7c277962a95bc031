package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/url"
	"sync"
	"time"
)

// serverName is what the clients of TLS ask for.
const serverName = "api.example.com"

// identity is a certificate with its key, in the forms that both ends take.
type identity struct {
	certificate []byte // DER
	key         *ecdsa.PrivateKey
	pemChain    string
	pemKey      string
}

// identities are the server's and the client's, each signed by itself, made anew
// by every process.
var identities = sync.OnceValue(func() (ids struct{ server, client identity }) {
	ids.server = newIdentity(x509.Certificate{
		Subject:  pkix.Name{CommonName: "gateway", Organization: []string{"Gatehouse"}},
		DNSNames: []string{serverName, "*.example.com"},
		URIs:     uris("spiffe://example.com/gateway"),
	})
	ids.client = newIdentity(x509.Certificate{
		Subject:  pkix.Name{CommonName: "orders, client", Organization: []string{"Gatehouse"}, Country: []string{"DE"}},
		DNSNames: []string{"client.example.com", "other.example.com"},
		URIs:     uris("spiffe://example.com/ns/shop/sa/orders", "urn:second"),
	})
	return ids
})

func uris(texts ...string) []*url.URL {
	var all []*url.URL
	for _, text := range texts {
		u, err := url.Parse(text)
		if err != nil {
			panic(err)
		}
		all = append(all, u)
	}
	return all
}

func newIdentity(template x509.Certificate) identity {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template.SerialNumber = big.NewInt(0x1234567890)
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(time.Hour)
	template.IsCA, template.BasicConstraintsValid = true, true
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return identity{certificate: der, key: key,
		pemChain: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		pemKey:   string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))}
}

// downstreamTLS is Envoy's side of the handshake.
func downstreamTLS(mode TLS) object {
	ids := identities()
	common := object{"tls_certificates": array{object{
		"certificate_chain": object{"inline_string": ids.server.pemChain},
		"private_key":       object{"inline_string": ids.server.pemKey},
	}}}
	if mode == MutualTLS {
		common["validation_context"] = object{"trusted_ca": object{"inline_string": ids.client.pemChain}}
	}
	return typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", object{
		"common_tls_context": common, "require_client_certificate": mode == MutualTLS,
	})
}

// clientTLS is the client's side, nil for none.
func clientTLS(mode TLS) *tls.Config {
	if mode == NoTLS {
		return nil
	}
	ids := identities()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(ids.server.pemChain))
	config := &tls.Config{RootCAs: roots, ServerName: serverName, MaxVersion: tls.VersionTLS12}
	if mode == MutualTLS {
		config.Certificates = []tls.Certificate{{Certificate: [][]byte{ids.client.certificate}, PrivateKey: ids.client.key}}
		config.MaxVersion = tls.VersionTLS13
	}
	return config
}

// tlsProperties are what a recording declares of the connection.
func tlsProperties(mode TLS) map[string][]byte {
	if mode == NoTLS {
		return nil
	}
	p := map[string][]byte{
		"connection.requested_server_name":     []byte(serverName),
		"connection.tls_version":               []byte("TLSv1.2"),
		"connection.subject_local_certificate": []byte("CN=gateway,O=Gatehouse"),
		"connection.dns_san_local_certificate": []byte(serverName),
		"connection.uri_san_local_certificate": []byte("spiffe://example.com/gateway"),
	}
	if mode == MutualTLS {
		digest := sha256.Sum256(identities().client.certificate)
		p["connection.mtls"] = []byte{1}
		p["connection.tls_version"] = []byte("TLSv1.3")
		p["connection.subject_peer_certificate"] = []byte(`CN=orders\, client,O=Gatehouse,C=DE`)
		p["connection.dns_san_peer_certificate"] = []byte("client.example.com")
		p["connection.uri_san_peer_certificate"] = []byte("spiffe://example.com/ns/shop/sa/orders")
		p["connection.sha256_peer_certificate_digest"] = []byte(hex.EncodeToString(digest[:]))
	}
	return p
}
