//go:build !wasip1

package sdkshim_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// build compiles a plugin of testdata and returns the module's path.
func build(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", path, "./testdata/"+name)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return path
}

const bootstrap = `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
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
            - {name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: upstream}}]}
          http_filters:
          - name: wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: shim
                root_id: shim
                vm_config:
                  runtime: envoy.wasm.runtime.v8
                  code: {local: {filename: plugin.wasm}}
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: upstream
    type: STATIC
    load_assignment: {cluster_name: upstream, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]}]}
`

// run starts an Envoy with the module in front of an upstream that answers 200,
// after a while.
func run(t *testing.T, module, configuration string, while time.Duration) *envoy.Process {
	t.Helper()
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		time.Sleep(while)
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}, Body: [][]byte{[]byte("upstream")}}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: []byte(bootstrap),
		Endpoints: map[string]string{"upstream": upstream.Address()},
		Plugins:   []envoy.Plugin{{Wasm: module, Configuration: []byte(configuration)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// get sends a request with headers, given as name and value in turn, and returns
// the answer's status.
func get(t *testing.T, p *envoy.Process, headers ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	m := harness.Message{Headers: []harness.Header{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "api.example.com"},
	}}
	for i := 0; i < len(headers); i += 2 {
		m.Headers = append(m.Headers, harness.Header{Name: headers[i], Value: headers[i+1]})
	}
	response, err := envoy.Do(ctx, p.Address("ingress"), m)
	if err != nil {
		return "", err
	}
	if len(response.Headers) == 0 {
		return "", fmt.Errorf("an answer without status: %s", bytes.Join(response.Body, nil))
	}
	return response.Headers[0].Value, nil
}

// logged waits for a text in Envoy's log, which comes after the answer.
func logged(p *envoy.Process, text string) bool {
	for range 200 {
		if strings.Contains(p.Output(), text) {
			return true
		}
		time.Sleep(25 * time.Millisecond)
	}
	return false
}
