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

func TestHTTP2RequestsAndTrailersReachTheUpstreamAsTheyStand(t *testing.T) {
	upstream, err := envoy.NewHTTP2Upstream(func(harness.Message) harness.Message {
		return harness.Message{
			Headers:  []harness.Header{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}},
			Body:     [][]byte{[]byte("he"), []byte("llo")},
			Trailers: []harness.Header{{Name: "grpc-status", Value: "0"}},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	config := bootstrap + `
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
`
	p, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: []byte(config), Endpoints: map[string]string{"upstream": upstream.Address()}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	large := strings.Repeat("0123456789", 40000)
	for _, body := range []string{"onetwo", large} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		response, err := envoy.DoHTTP2(ctx, p.Address("ingress"), harness.Message{
			Headers: []harness.Header{
				{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/x"}, {Name: ":authority", Value: "api.example.com"},
				{Name: "b", Value: "1"}, {Name: "a", Value: "2"}, {Name: "b", Value: "3"},
			},
			Body:     [][]byte{[]byte(body[:3]), []byte(body[3:])},
			Trailers: []harness.Header{{Name: "x-t", Value: "1"}},
		})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(slices.Concat(response.Body...)); response.Reset || got != "hello" {
			t.Errorf("body = %q, reset %v, want hello, whole", got, response.Reset)
		}
		if want := []harness.Header{{Name: "grpc-status", Value: "0"}}; !slices.Equal(response.Trailers, want) {
			t.Errorf("trailers = %v, want %v", response.Trailers, want)
		}
		requests := upstream.Requests()
		if len(requests) != 1 {
			t.Fatalf("the upstream saw %d requests, want 1", len(requests))
		}
		var own []string
		for _, h := range requests[0].Headers {
			if h.Name == "a" || h.Name == "b" {
				own = append(own, h.Name+"="+h.Value)
			}
		}
		if want := []string{"b=1", "a=2", "b=3"}; !slices.Equal(own, want) {
			t.Errorf("the upstream saw %q, want %q", own, want)
		}
		if got := string(slices.Concat(requests[0].Body...)); got != body {
			t.Errorf("the upstream's body has %d bytes, want the %d that were sent", len(got), len(body))
		}
		if want := []harness.Header{{Name: "x-t", Value: "1"}}; !slices.Equal(requests[0].Trailers, want) {
			t.Errorf("the upstream's trailers = %v, want %v", requests[0].Trailers, want)
		}
	}
}

func TestABrokenOffHTTP2RequestResetsTheUpstream(t *testing.T) {
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message { return harness.Message{} })
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	p, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: []byte(bootstrap), Endpoints: map[string]string{"upstream": upstream.Address()}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	response, err := envoy.DoHTTP2(ctx, p.Address("ingress"), harness.Message{
		Headers: []harness.Header{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/x"}, {Name: ":authority", Value: "a"}},
		Body:    [][]byte{[]byte("half")},
		Reset:   true,
	})
	if err != nil || !response.Reset || len(response.Headers) > 0 {
		t.Errorf("response = %v, %v, want none to a request that broke off", response, err)
	}
	time.Sleep(50 * time.Millisecond)
	requests := upstream.Requests()
	if len(requests) != 1 || !requests[0].Reset {
		t.Errorf("the upstream saw %v, want one request that broke off", requests)
	}
}
