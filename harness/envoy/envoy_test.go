package envoy_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

const bootstrap = `
static_resources:
  listeners:
  - name: ingress
    address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          generate_request_id: false
          route_config:
            virtual_hosts:
            - {name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: upstream}}]}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, suppress_envoy_headers: true}
  clusters:
  - name: upstream
    type: STATIC
`

func TestRequestsReachTheUpstreamAsTheyStand(t *testing.T) {
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{
			Headers:  []harness.Header{{Name: ":status", Value: "201"}, {Name: "set-cookie", Value: "a=1"}, {Name: "set-cookie", Value: "b=2"}},
			Body:     [][]byte{[]byte("he"), []byte("llo")},
			Trailers: nil,
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: []byte(bootstrap),
		Endpoints: map[string]string{"upstream": upstream.Address()},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	response, err := envoy.Do(ctx, p.Address("ingress"), harness.Message{
		Headers: []harness.Header{
			{Name: ":method", Value: "POST"}, {Name: ":path", Value: "/x/../%61?q=%2f"}, {Name: ":authority", Value: "api.example.com"},
			{Name: "b", Value: "1"}, {Name: "a", Value: "2"}, {Name: "b", Value: "3"},
		},
		Body: [][]byte{[]byte("one"), []byte("two")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Headers[0].Value; got != "201" {
		t.Errorf("status = %s, want 201", got)
	}
	var cookies []string
	for _, h := range response.Headers {
		if h.Name == "set-cookie" {
			cookies = append(cookies, h.Value)
		}
	}
	if !slices.Equal(cookies, []string{"a=1", "b=2"}) {
		t.Errorf("cookies = %q, want both in order", cookies)
	}
	if got := string(slices.Concat(response.Body...)); got != "hello" {
		t.Errorf("body = %q, want hello", got)
	}
	requests := upstream.Requests()
	if len(requests) != 1 {
		t.Fatalf("the upstream saw %d requests, want 1", len(requests))
	}
	var own []string
	for _, h := range requests[0].Headers {
		if h.Name == ":path" || h.Name == "a" || h.Name == "b" {
			own = append(own, h.Name+"="+h.Value)
		}
	}
	if want := []string{":path=/x/../%61?q=%2f", "b=1", "a=2", "b=3"}; !slices.Equal(own, want) {
		t.Errorf("the upstream saw %q, want %q", own, want)
	}
	if got := string(slices.Concat(requests[0].Body...)); got != "onetwo" {
		t.Errorf("the upstream's body = %q, want onetwo", got)
	}
	stats, err := p.Stats("http.ingress.downstream_rq_2xx")
	if err != nil || stats["http.ingress.downstream_rq_2xx"] != 1 {
		t.Errorf("stats = %v, %v, want one 2xx", stats, err)
	}
	if _, err := p.Memory(); err != nil {
		t.Error(err)
	}
	if _, err := p.CPUTime(); err != nil {
		t.Error(err)
	}
	p.Stop()
	select {
	case <-p.Exited():
	default:
		t.Error("Envoy still runs after Stop")
	}
}

func TestABrokenBootstrapIsReportedWithEnvoysWords(t *testing.T) {
	_, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: []byte(`{static_resources: {listeners: [{nme: x}]}}`)})
	if err == nil || !strings.Contains(err.Error(), "nme") {
		t.Fatalf("err = %v, want Envoy's complaint about nme", err)
	}
}

func TestUnknownNamesInOptionsAreErrors(t *testing.T) {
	tests := []struct {
		name string
		o    envoy.Options
		want string
	}{
		{"a cluster that is not there", envoy.Options{Endpoints: map[string]string{"upstraem": "127.0.0.1:1"}}, "0 clusters of the bootstrap named, want 1"},
		{"an endpoint without a port", envoy.Options{Endpoints: map[string]string{"upstream": "127.0.0.1"}}, "want host:port"},
		{"a string that is not there", envoy.Options{Replace: map[string]string{"dist/x.wasm": "y"}}, `"dist/x.wasm" is not in the bootstrap`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Bootstrap = []byte(bootstrap)
			if _, err := envoy.Start(t.Context(), tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}
