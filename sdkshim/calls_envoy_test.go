//go:build !wasip1

package sdkshim_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// users is a cluster that speaks gRPC: the method Check answers, Fail fails.
const users = `
  - name: users
    type: STATIC
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
    load_assignment: {cluster_name: users, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]}]}
`

func TestCallsThatTheSDKLacks(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("text"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	base := base64.StdEncoding.EncodeToString

	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}, Body: [][]byte{[]byte("upstream")}}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	grpc, err := envoy.NewHTTP2Upstream(func(request harness.Message) harness.Message {
		code := "0"
		for _, h := range request.Headers {
			if h.Name == ":path" && h.Value == "/a.b.C/Fail" {
				code = "7"
			}
		}
		return harness.Message{
			Headers:  []harness.Header{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}},
			Body:     [][]byte{bytes.Join(request.Body, nil)},
			Trailers: []harness.Header{{Name: "grpc-status", Value: code}, {Name: "grpc-message", Value: "said"}},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(grpc.Close)
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: []byte(bootstrap + users),
		Endpoints: map[string]string{"upstream": upstream.Address(), "users": grpc.Address()},
		Plugins:   []envoy.Plugin{{Wasm: build(t, "calls")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)

	tests := []struct {
		name    string
		do      string
		headers []string
		want    string
	}{
		{"no call", "", nil, "upstream"},
		{"a good signature", "verify", []string{"x-key", base(spki), "x-signature", base(signature), "x-text", base([]byte("text"))}, "true <nil>"},
		{"a signature of another text", "verify", []string{"x-key", base(spki), "x-signature", base(signature), "x-text", base([]byte("texts"))}, "false <nil>"},
		{"a key that is none", "verify", []string{"x-key", base([]byte("key")), "x-signature", base(signature), "x-text", base([]byte("text"))}, "false <nil>"},
		{"information", "information", nil, "level 3 <nil>; headers true <nil>; body <nil>; clock true; foreign host: not found"},
		{"filter state", "state", nil, "<nil>; host: not found"},
		{"a gRPC call", "grpc", nil, `message 4 "ping" <nil>`},
		{"a gRPC call that fails", "grpc failure", nil, `closed 7, status 7 "said{via_upstream}" <nil>`},
		{"a gRPC call to an unknown cluster", "grpc unknown", nil, "host: internal failure"},
		{"a gRPC stream", "stream", nil, `initial true <nil>; message "ping" <nil>; trailing true <nil>; closed 0`},
		{"an HTTP call through the SDK", "http", nil, "upstream <nil>"},
		{"no call after all that", "", nil, "upstream"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := harness.Message{Headers: []harness.Header{
				{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "api.example.com"},
				{Name: "x-do", Value: tt.do},
			}}
			for i := 0; i < len(tt.headers); i += 2 {
				m.Headers = append(m.Headers, harness.Header{Name: tt.headers[i], Value: tt.headers[i+1]})
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			response, err := envoy.Do(ctx, p.Address("ingress"), m)
			if err != nil {
				t.Fatalf("%v\n%s", err, p.Output())
			}
			if got := string(bytes.Join(response.Body, nil)); got != tt.want {
				t.Errorf("= %s\nwant %s\n%s", got, tt.want, p.Output())
			}
		})
	}
}

// Far more streams at a time than the shim's table has places, so that many take
// the SDK's own way, each with an HTTP callout that has to find its stream again.
func TestMoreStreamsThanTheTableHolds(t *testing.T) {
	const streams = 700
	p := run(t, build(t, "calls"), "", 2*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var all sync.WaitGroup
	var right atomic.Int32
	for range streams {
		all.Go(func() {
			response, err := envoy.Do(ctx, p.Address("ingress"), harness.Message{Headers: []harness.Header{
				{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "api.example.com"},
				{Name: "x-do", Value: "http"},
			}})
			if err == nil && string(bytes.Join(response.Body, nil)) == "upstream <nil>" {
				right.Add(1)
			}
		})
	}
	all.Wait()
	if right.Load() != streams {
		t.Errorf("%d of %d streams were answered from their callout\n%.2000s", right.Load(), streams, p.Output())
	}
}
