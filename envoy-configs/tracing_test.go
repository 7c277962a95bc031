package envoyconfigs_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/prototext"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// collector takes spans as OpenTelemetry's collectors do, over OTLP's gRPC.
type collector struct {
	server  *grpc.Server
	address string

	mu    sync.Mutex
	spans []*tracepb.Span
	text  strings.Builder // all that came
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{server: grpc.NewServer(), address: listener.Addr().String()}
	c.server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "opentelemetry.proto.collector.trace.v1.TraceService",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Export", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			// TracesData has the fields of ExportTraceServiceRequest; empty, it is its response.
			var request tracepb.TracesData
			if err := decode(&request); err != nil {
				return nil, err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.text.WriteString(prototext.Format(&request))
			for _, resource := range request.GetResourceSpans() {
				for _, scope := range resource.GetScopeSpans() {
					c.spans = append(c.spans, scope.GetSpans()...)
				}
			}
			return &tracepb.TracesData{}, nil
		}}},
	}, c)
	go c.server.Serve(listener)
	t.Cleanup(c.server.Stop)
	return c
}

// with returns the spans that have an attribute with a value.
func (c *collector) with(name, value string) (found []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if attribute(span, name) == value {
			found = append(found, span)
		}
	}
	return found
}

func attribute(span *tracepb.Span, name string) string {
	for _, a := range span.GetAttributes() {
		if a.GetKey() == name {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// TestTracing follows requests from a client's span to the upstream, and a denial from
// its span to its event.
func TestTracing(t *testing.T) {
	upstream := plainUpstream(t)
	c := newCollector(t)
	p := behindTokens(t, "tracing", upstream.Address(), nil, envoy.Options{Endpoints: map[string]string{"collector": c.address}})
	address, token := p.Address("ingress"), bearer(t, "ada")
	const trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	traced := []string{"traceparent", "00-" + trace + "-" + parent + "-01", "tracestate", "vendor=1"}
	rows := []struct {
		path, status, details string
		headers               []string
		trace                 bool
	}{
		{"/orders/1?access_token=hidden-1", "200", "via_upstream", append([]string{"authorization", token, "cookie", "session=hidden-2"}, traced...), true},
		{"/orders/2?card=4111111111111111", "401", "gatehouse.jwt-audience.token_missing", traced, true},
		{"/orders/3", "401", "gatehouse.jwt-audience.signature_invalid", []string{"authorization", token[:len(token)-4] + "AAAA"}, false},
		{"/orders/4", "200", "via_upstream", []string{"authorization", token}, false},
	}
	incidents := map[string]string{}
	upstreams := map[string]harness.Message{}
	for _, r := range rows {
		answer := get(t, address, r.path, r.headers...)
		if got := header(answer, ":status"); got != r.status {
			t.Fatalf("%s: status %s, want %s", r.path, got, r.status)
		}
		var problem struct {
			Incident string `json:"incident_id"`
		}
		path, _, _ := strings.Cut(r.path, "?")
		if r.status == "401" {
			if err := json.Unmarshal([]byte(body(answer)), &problem); err != nil {
				t.Fatal(err)
			}
			incidents[path] = problem.Incident
		}
		for _, request := range upstream.Requests() {
			upstreams[path] = request
		}
	}
	var logged []string // trace ids of the access log
	for _, r := range rows {
		path, _, _ := strings.Cut(r.path, "?")
		want := 1 // the gateway's, and one of the request to the upstream
		if r.status == "200" {
			want = 2
		}
		until(t, "the spans of "+path, func() bool { return len(c.with("url.path", path)) >= want })
		spans := c.with("url.path", path)
		if len(spans) != want {
			t.Fatalf("%s: %d spans, want %d", path, len(spans), want)
		}
		server := spans[0]
		if server.GetKind() != tracepb.Span_SPAN_KIND_SERVER {
			spans[0], spans[len(spans)-1] = spans[len(spans)-1], spans[0]
			server = spans[0]
		}
		id := hex.EncodeToString(server.GetTraceId())
		logged = append(logged, id)
		if server.GetName() != "GET api" || attribute(server, "http.url") != "http://api.example.com" {
			t.Errorf("%s: span %q of %q, want GET api of http://api.example.com", path, server.GetName(), attribute(server, "http.url"))
		}
		if got := attribute(server, "envoy.response_code_details"); got != r.details || attribute(server, "http.status_code") != r.status {
			t.Errorf("%s: %s %s in the span, want %s %s", path, attribute(server, "http.status_code"), got, r.status, r.details)
		}
		if got := hex.EncodeToString(server.GetParentSpanId()); r.trace && (id != trace || got != parent) || !r.trace && (id == trace || got != "") {
			t.Errorf("%s: trace %s, parent %q: the client's is to go on, and where there is none a new one to begin", path, id, got)
		}
		if r.status == "401" {
			if got := attribute(server, "guid:x-request-id"); got == "" || got != incidents[path] {
				t.Errorf("%s: the client was told the incident %q, the span says %q", path, incidents[path], got)
			}
			if _, ok := upstreams[path]; ok {
				t.Errorf("%s: it is at the upstream", path)
			}
			continue
		}
		client := spans[1]
		if client.GetKind() != tracepb.Span_SPAN_KIND_CLIENT || !bytes.Equal(client.GetParentSpanId(), server.GetSpanId()) || !bytes.Equal(client.GetTraceId(), server.GetTraceId()) {
			t.Errorf("%s: the upstream's span is not below the gateway's", path)
		}
		if got, want := header(upstreams[path], "traceparent"), "00-"+id+"-"+hex.EncodeToString(client.GetSpanId())+"-01"; got != want {
			t.Errorf("%s: traceparent at the upstream %s, want %s", path, got, want)
		}
		if got := header(upstreams[path], "tracestate"); r.trace && got != "vendor=1" {
			t.Errorf("%s: tracestate at the upstream %q, want the client's", path, got)
		}
	}

	// A collector that is gone is nothing to a client.
	c.server.Stop()
	for range 20 {
		if got := header(get(t, address, "/healthz"), ":status"); got != "200" {
			t.Errorf("without a collector: status %s, want 200", got)
		}
	}
	p.Stop() // It has the log written.

	denied, lines := 0, []string{}
	for _, line := range p.Lines() {
		if strings.HasPrefix(line, "GET ") {
			lines = append(lines, line)
		}
		_, event, ok := strings.Cut(line, "wasm log jwt-audience jwt-audience: ")
		if !ok {
			continue
		}
		denied++
		var e struct {
			Metadata struct {
				UID         string `json:"uid"`
				Correlation string `json:"correlation_uid"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal([]byte(event), &e); err != nil {
			t.Fatal(err)
		}
		spans := c.with("guid:x-request-id", e.Metadata.UID)
		if len(spans) != 1 {
			t.Fatalf("%d spans have the id of the event %s", len(spans), event)
		}
		if id := hex.EncodeToString(spans[0].GetTraceId()); e.Metadata.Correlation != "" && e.Metadata.Correlation != id || id == trace && e.Metadata.Correlation == "" {
			t.Errorf("the event is of trace %q, its span of %s", e.Metadata.Correlation, id)
		}
	}
	if denied != len(incidents) {
		t.Errorf("%d events, want %d", denied, len(incidents))
	}
	for i, id := range logged {
		if i >= len(lines) || !strings.HasSuffix(lines[i], " "+id) {
			t.Errorf("the access log has no line of trace %s at its place: %q", id, lines)
		}
	}
	for _, secret := range []string{token[7:], token[7:80], "hidden-1", "hidden-2", "access_token", "4111111111111111", "card="} {
		if strings.Contains(c.text.String(), secret) || strings.Contains(p.Output(), secret) {
			t.Errorf("%.12s… is in a span or a log", secret)
		}
	}
}
