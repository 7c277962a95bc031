//go:build !wasip1

package jose

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

const hostverifyBootstrap = `
static_resources:
  listeners:
  - name: ingress
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          route_config:
            virtual_hosts:
            - {name: all, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 404}}]}
          http_filters:
          - name: wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: hostverify
                root_id: hostverify
                vm_config:
                  runtime: envoy.wasm.runtime.v8
                  code: {local: {filename: plugin.wasm}}
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`

// inEnvoy has a plugin in Envoy verify signatures with HostVerify.
type inEnvoy struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
	// asked is how often the plugin asked Envoy so far.
	asked int
}

func startInEnvoy(t *testing.T) *inEnvoy {
	t.Helper()
	module := filepath.Join(t.TempDir(), "hostverify.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./testdata/hostverify"), 0o600); err != nil {
		t.Fatal(err)
	}
	process, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: []byte(hostverifyBootstrap),
		Plugins:   []envoy.Plugin{{Wasm: module}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Stop)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", process.Address("ingress"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &inEnvoy{t: t, conn: conn, reader: bufio.NewReader(conn)}
}

// verify is a VerifyFunc.
func (e *inEnvoy) verify(algorithm Algorithm, key *Key, input, signature []byte) bool {
	e.t.Helper()
	var request bytes.Buffer
	encode := base64.RawURLEncoding.EncodeToString
	fmt.Fprintf(&request, "GET / HTTP/1.1\r\nhost: x\r\nx-keys: {\"keys\":[%s]}\r\nx-algorithm: %s\r\nx-input: %s\r\nx-signature: %s\r\n\r\n",
		e.jwk(key), algorithm, encode(input), encode(signature))
	if _, err := e.conn.Write(request.Bytes()); err != nil {
		e.t.Fatal(err)
	}
	response, err := http.ReadResponse(e.reader, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	response.Body.Close()
	asked, err := strconv.Atoi(response.Header.Get("x-asked"))
	if problem := response.Header.Get("x-problem"); err != nil || problem != "" {
		e.t.Fatalf("status %d, %v: %s", response.StatusCode, err, problem)
	}
	// One call for every signature that is a host's, none for others.
	want := 0
	if hosted().Has(algorithm) && key.algorithms.Has(algorithm) && len(signature) == key.signatureSize() {
		want = 1
	}
	if e.asked > 0 && asked-e.asked != want {
		e.t.Errorf("%s: Envoy asked %d times, want %d", algorithm, asked-e.asked, want)
	}
	e.asked = asked
	return response.Header.Get("x-valid") == "true"
}

// jwk writes a key down again, bound to nothing but its type.
func (e *inEnvoy) jwk(key *Key) string {
	encode := base64.RawURLEncoding.EncodeToString
	switch public := key.public.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, encode(public.N.Bytes()), encode(big.NewInt(int64(public.E)).Bytes()))
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			e.t.Fatal(err)
		}
		half := 1 + len(point)/2
		return fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q}`, public.Curve.Params().Name, encode(point[1:half]), encode(point[half:]))
	case ed25519.PublicKey:
		return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, encode(public))
	}
	e.t.Fatalf("key of type %T", key.public)
	return ""
}

// TestWycheproofInEnvoy runs the vectors of the algorithms that a host verifies
// through the real one.
func TestWycheproofInEnvoy(t *testing.T) {
	e := startInEnvoy(t)
	vectors, accepted := 0, 0
	for _, family := range signatureFamilies {
		for _, file := range signatureFiles(t, family.patterns) {
			for _, v := range signatureVectors(t, file) {
				for _, algorithm := range v.algorithms {
					if v.key == nil || !hosted().Has(algorithm) {
						continue
					}
					vectors++
					got := e.verify(algorithm, v.key, v.message, v.signature)
					if got != v.valid {
						t.Errorf("%s: %s: valid = %v, want %v", v.id, algorithm, got, v.valid)
					}
					if got {
						accepted++
					}
				}
			}
		}
	}
	for _, count := range wycheproofCounts {
		for _, v := range wycheproofVectors(t, count.file) {
			want, got := accepts(string(v.keys), v.token, nil), accepts(string(v.keys), v.token, e.verify)
			if fmt.Sprint(want) != fmt.Sprint(got) {
				t.Errorf("%s: %v, want %v", v.id, got, want)
			}
			vectors++
			if got == nil {
				accepted++
			}
		}
	}
	if vectors != 7521 || accepted != 1388 {
		t.Errorf("%d vectors, %d accepted, want 7521, 1388", vectors, accepted)
	}
}
