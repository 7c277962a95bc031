//go:build !wasip1

package address

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// listener is one that writes what it takes for the client, and the header as the
// filters see it, for the settings given.
const listener = `
  - name: NAME
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: NAME
          SETTINGS
          access_log:
          - name: stdout
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
              log_format: {text_format_source: {inline_string: "seen|NAME|%CEL(source.address)%|%REQ(X-FORWARDED-FOR)%\n"}}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: ""}, direct_response: {status: 200}}]
          http_filters:
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`

// TestEnvoy holds the table of the package's documentation against a real Envoy,
// with 127.0.0.1 as the connection's peer, and what is recommended there.
func TestEnvoy(t *testing.T) {
	const sent = "198.51.100.1, 192.0.2.1, 10.0.0.2"
	tests := []struct {
		name, settings string
		source         string
		appends        bool
		config, client string
	}{
		{"edge", "use_remote_address: true", "127.0.0.1", true, `{}`, "127.0.0.1"},
		{"edge-proxies", "use_remote_address: true", "127.0.0.1", true, `{"trusted_proxies":["10.0.0.0/8","127.0.0.0/8","APPENDED"]}`, "192.0.2.1"},
		{"edge-hops", "use_remote_address: true", "127.0.0.1", true, `{"trusted_hops":3}`, "192.0.2.1"},
		{"edge-told", "{use_remote_address: true, xff_num_trusted_hops: 2}", "192.0.2.1", true, `{}`, "192.0.2.1"},
		{"edge-silent", "{use_remote_address: true, skip_xff_append: true}", "127.0.0.1", false, `{"trusted_hops":2}`, "192.0.2.1"},
		{"mesh", "use_remote_address: false", "10.0.0.2", false, `{}`, "10.0.0.2"},
		{"mesh-hops", "use_remote_address: false", "10.0.0.2", false, `{"trusted_hops":2}`, "192.0.2.1"},
		{"mesh-told", "{use_remote_address: false, xff_num_trusted_hops: 1}", "192.0.2.1", false, `{}`, "192.0.2.1"},
		{"mesh-few", "{use_remote_address: false, xff_num_trusted_hops: 3}", "127.0.0.1", false, `{}`, "127.0.0.1"},
	}
	bootstrap := "static_resources:\n  listeners:"
	for _, test := range tests {
		settings := strings.ReplaceAll(strings.Trim(test.settings, "{}"), ", ", "\n          ")
		bootstrap += strings.NewReplacer("NAME", test.name, "SETTINGS", settings).Replace(listener)
	}
	p, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: []byte(bootstrap), Timeout: 3 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	for _, test := range tests {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err := envoy.Do(ctx, p.Address(test.name), harness.Message{Headers: []harness.Header{
			{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "a"}, {Name: xff, Value: sent},
		}})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
	}
	p.Stop() // writes what is logged
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source, header, ok := seen(p.Lines(), test.name)
			if !ok {
				t.Fatalf("nothing in the log: %s", p.Output())
			}
			host, _, err := net.SplitHostPort(source)
			// In place of a peer on the loopback interface Envoy appends its own address.
			appended, written := strings.CutPrefix(header, sent)
			appended, appends := strings.CutPrefix(appended, ",")
			if err != nil || host != test.source || !written || appends != test.appends {
				t.Errorf("source.address %q, x-forwarded-for %q, want %q, and an entry appended: %t", source, header, test.source, test.appends)
			}
			config := strings.Replace(test.config, "APPENDED", appended, 1)
			if got, _ := reader(t, config).Client(request(source, xff, header)); got.String() != test.client {
				t.Errorf("client %s with %s, want %s", got, config, test.client)
			}
		})
	}
}

// seen returns what a listener wrote.
func seen(lines []string, name string) (source, header string, ok bool) {
	for _, line := range lines {
		if part := strings.Split(line, "|"); len(part) == 4 && part[0] == "seen" && part[1] == name {
			return part[2], part[3], true
		}
	}
	return "", "", false
}
