//go:build !wasip1

package inspect

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
)

// request is a request of a method with a body, headers given as name and value in
// turn.
func request(method string, body string, headers ...string) harness.Message {
	m := harness.Message{Headers: []harness.Header{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/a"}, {Name: ":authority", Value: "api.example.com"}}}
	for i := 0; i < len(headers); i += 2 {
		m.Headers = append(m.Headers, harness.Header{Name: headers[i], Value: headers[i+1]})
	}
	if body != "" {
		m.Body = [][]byte{[]byte(body)}
	}
	return m
}

func response(status, body string) harness.Message {
	m := harness.Message{Headers: []harness.Header{{Name: ":status", Value: status}}}
	if body != "" {
		m.Body = [][]byte{[]byte(body)}
	}
	return m
}

// TestEnvoyOnItsOwn is what Envoy does that the harness is not asked for.
func TestEnvoyOnItsOwn(t *testing.T) {
	small := object{"per_connection_buffer_limit_bytes": 2000}
	r := startEnvoy(t,
		listener{name: "held-without-permission", configuration: `{"hold_headers": true}`, manager: object{"stream_idle_timeout": "0.5s"}},
		listener{name: "small-buffer", configuration: `{}`, top: small},
		listener{name: "small-buffer-held", configuration: `{"hold_headers": true}`, mayHold: true, top: small},
		listener{name: "small-buffer-limited", configuration: `{"request_limit": 1000, "response_limit": 1000}`, top: small},
		listener{name: "small-buffer-shadow", configuration: `{"mode": "shadow"}`, top: small},
		listener{name: "plain", configuration: `{"response_limit": 40}`},
		listener{name: "held", configuration: `{"response_limit": 40, "hold_headers": true}`, mayHold: true},
		listener{name: "held-http2", configuration: `{"response_limit": 40, "hold_headers": true}`, mayHold: true, http2: true},
	)
	long := strings.Repeat("a", 5000)
	tests := []struct {
		name, listener        string
		http2                 bool
		exchange              harness.Exchange
		status, body, details string
		reset, reached        bool
	}{
		{name: "headers that wait without allow_on_headers_stop_iteration wait for ever", listener: "held-without-permission",
			exchange: harness.Exchange{Request: request("POST", "a=1")}, status: "504", body: "stream timeout", details: "stream_idle_timeout"},
		{name: "no body, nothing to wait for", listener: "held-without-permission",
			exchange: harness.Exchange{Request: request("GET", ""), Response: response("204", "")}, status: "204", details: "via_upstream", reached: true},
		{name: "a response that waits without it waits for ever", listener: "held-without-permission",
			exchange: harness.Exchange{Request: request("GET", ""), Response: response("200", "fine")}, status: "504", body: "stream timeout", details: "stream_idle_timeout", reached: true},
		{name: "a request over Envoy's buffer limit", listener: "small-buffer",
			exchange: harness.Exchange{Request: request("POST", long)}, status: "413", body: "Payload Too Large", details: "request_payload_too_large"},
		{name: "a request over Envoy's buffer limit while headers wait", listener: "small-buffer-held",
			exchange: harness.Exchange{Request: request("POST", long)}, status: "413", body: "Payload Too Large", details: "request_payload_too_large"},
		{name: "a response over Envoy's buffer limit", listener: "small-buffer",
			exchange: harness.Exchange{Request: request("GET", ""), Response: response("200", long)}, status: "200", reset: true, details: "response_payload_too_large", reached: true},
		{name: "a response over Envoy's buffer limit while headers wait", listener: "small-buffer-held",
			exchange: harness.Exchange{Request: request("GET", ""), Response: response("200", long)}, status: "500", body: "Internal Server Error", details: "response_payload_too_large", reached: true},
		{name: "the engine's limit below Envoy's lets long bodies pass", listener: "small-buffer-limited",
			exchange: harness.Exchange{Request: request("POST", long), Response: response("200", long)}, status: "200", body: long, details: "via_upstream", reached: true},
		{name: "shadow mode has no limit", listener: "small-buffer-shadow",
			exchange: harness.Exchange{Request: request("POST", long), Response: response("200", long)}, status: "200", body: long, details: "via_upstream", reached: true},
		{name: "an answer of the proxy's own is inspected", listener: "plain",
			exchange: harness.Exchange{Request: harness.Message{Headers: append(request("GET", "").Headers[:2:2], harness.Header{Name: ":path", Value: "/direct"}, harness.Header{Name: ":authority", Value: "a"})}},
			status:   "200", reset: true, details: "gatehouse.guard.response_body"},
		{name: "an answer of the proxy's own that waits is replaced", listener: "held",
			exchange: harness.Exchange{Request: harness.Message{Headers: append(request("GET", "").Headers[:2:2], harness.Header{Name: ":path", Value: "/direct"}, harness.Header{Name: ":authority", Value: "a"})}},
			status:   "403", body: `{"denied":"response_body"}`, details: "gatehouse.guard.response_body"},
		{name: "a request that Envoy answers before the plugin is asked", listener: "plain",
			exchange: harness.Exchange{Request: request("GET", "", "x-long", strings.Repeat("a", 70<<10))}, status: "431", body: "Request Header Fields Too Large"},
		{name: "an upgrade that is not allowed", listener: "plain",
			exchange: harness.Exchange{Request: request("GET", "", "connection", "upgrade", "upgrade", "websocket")}, status: "403", details: "upgrade_failed"},
		{name: "an upstream that goes away while its headers wait", listener: "held",
			exchange: harness.Exchange{Request: request("GET", ""), Response: broken(response("200", "a"))}, status: "502", reached: true,
			body: "upstream connect error or disconnect/reset before headers", details: "upstream_reset_after_response_started"},
		{name: "an upstream that goes away while its headers wait, over HTTP/2", listener: "held-http2", http2: true,
			exchange: harness.Exchange{Request: request("GET", ""), Response: broken(response("200", "a"))}, status: "503", reached: true,
			body: "upstream connect error or disconnect/reset before headers", details: "upstream_reset_after_response_started"},
		{name: "and the plugin is as before", listener: "plain",
			exchange: harness.Exchange{Request: request("POST", "a=1"), Response: response("200", "fine")}, status: "200", body: "fine", details: "via_upstream", reached: true},
	}
	ids := make([]string, len(tests))
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			protocol := "HTTP/1.1"
			if tt.http2 {
				protocol = "HTTP/2"
			}
			got, id := r.send(t, tt.listener, protocol, tt.exchange)
			ids[i] = id
			if status := value(got.Headers, ":status"); status != tt.status {
				t.Errorf("status %s, want %s", status, tt.status)
			}
			// How the test's upstream breaks off is left to chance, here and in the details.
			if body, _, _ := strings.Cut(string(bytes.Join(got.Body, nil)), ". reset reason"); body != tt.body {
				t.Errorf("body %.100q, want %.100q", body, tt.body)
			}
			if got.Reset != tt.reset {
				t.Errorf("broken off %t, want %t", got.Reset, tt.reset)
			}
			if request, reached := r.upstream(id, tt.reached); (reached && !request.Reset) != tt.reached {
				t.Errorf("the upstream was reached %t, want %t", reached, tt.reached)
			}
		})
	}
	counters := r.counters(t)
	// All but the two streams that Envoy answers before the filters.
	if begun, done, want := counters["gatehouse.guard.calls.request_headers"], counters["gatehouse.guard.calls.done"], uint64(len(tests)-2); begun != want || done != want {
		t.Errorf("%d inspections begun, %d done; want %d", begun, done, want)
	}
	details := r.details()
	for i, tt := range tests {
		// Of headers that are too large Envoy does not keep the id.
		if got, _, _ := strings.Cut(details[ids[i]], "{"); got != tt.details && ids[i] != "" {
			t.Errorf("%s: details %q, want %q", tt.name, got, tt.details)
		}
	}
}

func broken(m harness.Message) harness.Message {
	m.Headers = append(m.Headers, harness.Header{Name: "content-length", Value: "100"})
	m.Reset = true
	return m
}

// dial opens a connection to a listener and writes to it.
func dial(t *testing.T, r *rig, name, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", r.Address(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// TestEnvoyTunnels: nothing that a client sends for a tunnel reaches an upstream
// that has not agreed, and all of it one that has.
func TestEnvoyTunnels(t *testing.T) {
	r := startEnvoy(t, listener{name: "tunnels", configuration: `{"request_limit": 40}`, raw: true,
		manager: object{"upgrade_configs": list{object{"upgrade_type": "websocket"}, object{"upgrade_type": "CONNECT"}}, "stream_idle_timeout": "3s"}})
	const upgrade = "GET /a HTTP/1.1\r\nhost: api.example.com\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\r\n"
	tests := []struct {
		name, request, answer string
		opens                 bool
	}{
		{"an upgrade", upgrade, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", true},
		{"an upgrade that the upstream knows nothing of", upgrade, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine", false},
		{"an upgrade with a body", "POST /a HTTP/1.1\r\nhost: api.example.com\r\nconnection: upgrade\r\nupgrade: websocket\r\ncontent-length: 12\r\n\r\n", "", false},
		{"CONNECT", "CONNECT api.example.com:443 HTTP/1.1\r\nhost: api.example.com:443\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", true},
		{"CONNECT that is refused", "CONNECT api.example.com:443 HTTP/1.1\r\nhost: api.example.com:443\r\n\r\n", "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			early, late := make(chan string, 1), make(chan string, 1)
			r.next(t, func(conn net.Conn) {
				reader := bufio.NewReader(conn)
				if _, err := http.ReadRequest(reader); err != nil {
					early <- err.Error()
					return
				}
				early <- within(conn, reader, 300*time.Millisecond)
				io.WriteString(conn, tt.answer)
				late <- within(conn, reader, 500*time.Millisecond)
				io.WriteString(conn, "pong")
			})
			conn, reader := dial(t, r, "tunnels", tt.request+"early attack")
			if got := heard(t, early); got != "" {
				t.Errorf("the upstream got %q before it answered", got)
			}
			if tt.answer != "" {
				answer, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatal(err)
				}
				if want := strings.Fields(tt.answer)[1]; fmt.Sprint(answer.StatusCode) != want {
					t.Errorf("status %d, want %s", answer.StatusCode, want)
				}
			}
			io.WriteString(conn, ", late attack")
			got := heard(t, late)
			if want := "early attack, late attack"; tt.opens && got != want {
				t.Errorf("the upstream got %q, want %q", got, want)
			} else if !tt.opens && strings.Contains(got, "attack") {
				t.Errorf("the upstream that refused got %q", got)
			}
			if tt.opens {
				if answer := make([]byte, 4); true {
					if _, err := io.ReadFull(reader, answer); err != nil || string(answer) != "pong" {
						t.Errorf("the client got %q, %v, want pong", answer, err)
					}
				}
			}
		})
	}
}

// within reads what comes in a time.
func within(conn net.Conn, r io.Reader, d time.Duration) string {
	conn.SetReadDeadline(time.Now().Add(d))
	got, _ := io.ReadAll(r)
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	return string(got)
}
