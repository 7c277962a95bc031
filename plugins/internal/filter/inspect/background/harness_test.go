//go:build !wasip1

package background

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// TestHarnessWaits sends the requests that wait in Envoy through the harness, with
// bodies whole, in pieces and, over HTTP/2, with the end in the last of them, and
// wants the same, to the millisecond.
func TestHarnessWaits(t *testing.T) {
	wasm := replaytest.Build(t, "./testdata/waiter")
	ran := 0
	for _, mayHold := range []bool{false, true} {
		// One proxy for each thing that the service does.
		proxies := map[string]*harness.Proxy{}
		for _, hold := range []string{"", "1"} {
			if hold != "" && !mayHold {
				continue
			}
			for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
				for _, tt := range waits {
					if hold != "" && len(tt.body) != len(body) {
						continue
					}
					name := fmt.Sprintf("%s over %s, may hold %t, holds %q", tt.name, protocol, mayHold, hold)
					do := ""
					request := harness.Message{Headers: []harness.Header{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "a"},
						{Name: "x-request-id", Value: "1"}, {Name: "x-hold", Value: hold}}}
					for i := 0; i < len(tt.headers); i += 2 {
						if tt.headers[i] == "x-do" {
							do = tt.headers[i+1]
						}
						request.Headers = append(request.Headers, harness.Header{Name: tt.headers[i], Value: tt.headers[i+1]})
					}
					for rest := range slices.Chunk([]byte(tt.body), 1700) {
						request.Body = append(request.Body, rest)
					}
					proxy := proxies[do]
					if proxy == nil {
						proxy = startHarness(t, wasm, mayHold, do)
						proxies[do] = proxy
					}
					before := len(proxy.Logs())
					got, err := proxy.Exchange(t.Context(), 0, harness.Exchange{Request: request, Protocol: protocol,
						Response: harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}}})
					if err != nil {
						t.Fatal(err)
					}
					ran++
					status, waited := value(got.Response.Headers, ":status"), value(got.Response.Headers, "x-waited")
					if status != strconv.Itoa(tt.status) || waited != tt.waited && tt.waited != "any" {
						t.Errorf("%s: %s, waited %q; want %d and %q", name, status, waited, tt.status, tt.waited)
					}
					// What the proxy refuses comes a tick later, and its own deadline ends a call.
					if took := got.Ended.Sub(got.Started); tt.waited != "any" && (took < time.Duration(tt.least)*time.Millisecond || took > time.Duration(tt.least+2)*time.Millisecond) {
						t.Errorf("%s: took %v, want %d ms", name, took, tt.least)
					}
					if uploaded := len(bytes.Join(got.Upstream.Request.Body, nil)); tt.status == 200 && uploaded != len(tt.body) {
						t.Errorf("%s: %d bytes came to the upstream, want %d", name, uploaded, len(tt.body))
					}
					seen := ""
					for _, line := range proxy.Logs()[before:] {
						if _, rest, ok := strings.Cut(line.Message, "seen 1 "); ok {
							seen = rest
						}
					}
					if tt.seen != "" && seen != tt.seen {
						t.Errorf("%s: seen %s, want %s", name, seen, tt.seen)
					}
					if failures := proxy.Failures(); len(failures) > 0 {
						t.Errorf("%s: %v", name, failures)
					}
				}
			}
		}
	}
	if ran < 120 {
		t.Errorf("%d requests, want 120 at least", ran)
	}
}

func startHarness(t *testing.T, wasm []byte, mayHold bool, do string) *harness.Proxy {
	t.Helper()
	proxy, err := harness.Start(t.Context(), []harness.Plugin{{Name: "waiter", Wasm: wasm, AllowOnHeadersStopIteration: mayHold}},
		harness.Options{Clusters: []string{"nobody"}, GRPCCallouts: callouts(do), BufferLimit: 20000, HTTP2BufferLimit: 20000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return proxy
}

// callouts are the services of the rig, of which one does what x-do says.
func callouts(do string) []harness.GRPCCallout {
	service := harness.GRPCCallout{Cluster: "service", Messages: [][]byte{[]byte("told to ask")}}
	switch do {
	case "fail":
		service.Status = 7
	case "reset":
		service.Unreachable = true
	default:
		n, _ := strconv.Atoi(do)
		service.Delay = time.Duration(n) * time.Millisecond
	}
	return []harness.GRPCCallout{service, {Cluster: "silent", Silent: true}, {Cluster: "away", Unreachable: true}}
}

func value(headers []harness.Header, name string) string {
	for _, h := range headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}
