package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// kubernetes is what clients of the Kubernetes API need.
type kubernetes struct {
	kubectl string // its path
	config  string // the path of the kubeconfig
	cache   string // where kubectl keeps what it knows of the API
}

// startKubernetes starts etcd and kube-apiserver and applies the definitions of Istio and of the Gateway API.
func (c *Cluster) startKubernetes(ctx context.Context) error {
	var paths [3]string
	for i, name := range []string{"etcd", "kube-apiserver", "kubectl"} {
		path, err := tool(name)
		if err != nil {
			return err
		}
		paths[i] = path
	}
	var definitions [2]string
	for i, name := range []string{"istio/crds.yaml", "istio/gateway-api.yaml"} {
		path, err := find(name)
		if err != nil {
			return err
		}
		definitions[i] = path
	}
	etcd, err := c.startEtcd(ctx, paths[0])
	if err != nil {
		return err
	}
	if err := c.startAPI(ctx, paths[1], etcd); err != nil {
		return err
	}
	c.kube.kubectl = paths[2]
	if c.kube.cache, err = c.sub("kubectl"); err != nil {
		return err
	}
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n"
	if err := c.Apply(ctx, namespace); err != nil {
		return err
	}
	// On the server's side, for the definitions are too long for the annotation that kubectl keeps otherwise.
	if _, err := c.Kubectl(ctx, "", "apply", "--server-side", "-f", definitions[0], "-f", definitions[1]); err != nil {
		return err
	}
	_, err = c.Kubectl(ctx, "", "wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=180s")
	return err
}

func (c *Cluster) startEtcd(ctx context.Context, path string) (address string, err error) {
	dir, err := c.sub("etcd")
	if err != nil {
		return "", err
	}
	client, peer := "http://"+loopback(), "http://"+loopback()
	// What is stored need not outlive a crash of the machine.
	c.etcd, err = launch(command{name: "etcd", path: path, dir: dir, args: []string{
		"--data-dir", filepath.Join(dir, "data"), "--unsafe-no-fsync",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer,
	}})
	if err != nil {
		return "", err
	}
	return client, c.etcd.ready(ctx, func(ctx context.Context) error { return answers(ctx, http.DefaultClient, client+"/health", "") })
}

func (c *Cluster) startAPI(ctx context.Context, path, etcd string) error {
	dir, err := c.sub("kube-apiserver")
	if err != nil {
		return err
	}
	authority, err := certificate(dir)
	if err != nil {
		return err
	}
	token := rand.Text()
	if err := os.WriteFile(filepath.Join(dir, "tokens.csv"), []byte(token+`,admin,admin,"system:masters"`+"\n"), 0o600); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(loopback())
	if err != nil {
		return err
	}
	url := "https://" + net.JoinHostPort(host, port)
	if c.kube.config, err = kubeconfig(dir, url, token, authority); err != nil {
		return err
	}
	c.api, err = launch(command{name: "kube-apiserver", path: path, dir: dir, args: []string{
		"--etcd-servers=" + etcd, "--bind-address=" + host, "--advertise-address=" + host, "--secure-port=" + port,
		"--tls-cert-file=server.pem", "--tls-private-key-file=server.key", "--client-ca-file=server.pem",
		"--token-auth-file=tokens.csv", "--authorization-mode=AlwaysAllow",
		"--service-account-issuer=" + url, "--service-account-key-file=server.key", "--service-account-signing-key-file=server.key",
		// No controller makes accounts or endpoints here.
		"--service-cluster-ip-range=10.96.0.0/24", "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none",
		"--cert-dir=" + dir,
	}})
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	return c.api.ready(ctx, func(ctx context.Context) error { return answers(ctx, client, url+"/readyz", token) })
}

// answers is nil if a GET of url answers 200.
func answers(ctx context.Context, client *http.Client, url, token string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: status %d: %s", request.URL.Path, response.StatusCode, body)
	}
	return nil
}

// certificate makes a key and a certificate of 127.0.0.1 that it signs itself, as server.key and
// server.pem in dir, and returns the certificate in PEM.
func certificate(dir string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kube-apiserver"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "server.key"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return text, os.WriteFile(filepath.Join(dir, "server.pem"), text, 0o600)
}

// kubeconfig writes the file that clients of the API read, and returns its path.
func kubeconfig(dir, url, token string, authority []byte) (string, error) {
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "cluster",
		"clusters": []any{map[string]any{"name": "cluster", "cluster": map[string]any{"server": url, "certificate-authority-data": authority}}},
		"users":    []any{map[string]any{"name": "admin", "user": map[string]any{"token": token}}},
		"contexts": []any{map[string]any{"name": "cluster", "context": map[string]any{"cluster": "cluster", "user": "admin"}}},
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kubeconfig")
	return path, os.WriteFile(path, text, 0o600)
}

// Kubectl runs kubectl with stdin and returns what it prints. An error is a
// *CommandError.
func (c *Cluster) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	return run(ctx, stdin, c.kube.kubectl, append([]string{"--kubeconfig", c.kube.config, "--cache-dir", c.kube.cache}, args...)...)
}

// Apply is `kubectl apply -f -` of YAML documents.
func (c *Cluster) Apply(ctx context.Context, manifests string) error {
	_, err := c.Kubectl(ctx, manifests, "apply", "-f", "-")
	return err
}

// Delete is `kubectl delete -f -` of YAML documents, those that are gone already
// included. It returns when they are gone.
func (c *Cluster) Delete(ctx context.Context, manifests string) error {
	_, err := c.Kubectl(ctx, manifests, "delete", "--ignore-not-found", "-f", "-")
	return err
}
