package envoyconfigs_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// exchanged returns an edit of a bootstrap that puts each second text in the place of
// the first of its pair, once: a test cannot wait for as long as a user's limit is.
func exchanged(t *testing.T, pairs ...string) func([]byte) []byte {
	return func(bootstrap []byte) []byte {
		for i := 0; i < len(pairs); i += 2 {
			if n := bytes.Count(bootstrap, []byte(pairs[i])); n != 1 {
				t.Fatalf("%q is %d times in the bootstrap, want 1", pairs[i], n)
			}
			bootstrap = bytes.Replace(bootstrap, []byte(pairs[i]), []byte(pairs[i+1]), 1)
		}
		return bootstrap
	}
}

// patience is how long a test waits for what has to happen.
const patience = 30 * time.Second

// dial opens a connection that a test may use for as long as its patience lasts.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// drip writes start and then one byte of rest at a time until the server ends the
// connection, and returns what it said before that.
func drip(t *testing.T, address, start, rest string) string {
	t.Helper()
	conn := dial(t, address)
	if _, err := io.WriteString(conn, start); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			if rest == "" {
				continue
			}
			if _, err := conn.Write([]byte{rest[i%len(rest)]}); err != nil {
				return
			}
		}
	}()
	defer close(done)
	said, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the connection was not ended")
	}
	return string(said)
}

// until waits for a condition.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !met(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func sum(t *testing.T, p *envoy.Process, filter string) (n uint64) {
	t.Helper()
	stats, err := p.Stats(filter)
	if err != nil {
		t.Fatal(err)
	}
	if len(stats) == 0 {
		t.Fatalf("no statistic matches %s", filter)
	}
	for _, value := range stats {
		n += value
	}
	return n
}

func plainUpstream(t *testing.T) *envoy.Upstream {
	t.Helper()
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	upstream, err := envoy.NewUpstream(func(request harness.Message) harness.Message {
		answer := harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}, Body: [][]byte{[]byte("ok")}}
		if header(request, ":path") == "/large" {
			answer.Body = [][]byte{large}
		}
		return answer
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	return upstream
}

// TestLimitsCutSlowClients sends as slowly as it can, while another client is served.
func TestLimitsCutSlowClients(t *testing.T) {
	upstream := plainUpstream(t)
	p := behindTokens(t, "limits", upstream.Address(), exchanged(t,
		"request_headers_timeout: 10s", "request_headers_timeout: 1s",
		"request_timeout: 60s", "request_timeout: 2s",
		"stream_idle_timeout: 30s", "stream_idle_timeout: 1.5s",
		"  idle_timeout: 120s", "  idle_timeout: 1s",
		"max_connections: 10000", "max_connections: 100",
		"delay: 1s", "delay: 0.1s",
	), envoy.Options{Concurrency: 2})
	address, token := p.Address("ingress"), bearer(t, "ada")

	// A client that behaves, all the while.
	var served atomic.Int64
	stop := make(chan struct{})
	var good sync.WaitGroup
	good.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			answer, err := envoy.Do(t.Context(), address, harness.Message{Headers: []harness.Header{
				{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/healthz"}, {Name: ":authority", Value: "api.example.com"}}})
			if err != nil || header(answer, ":status") != "200" {
				t.Errorf("the client that behaves: %v %v", answer.Headers, err)
				return
			}
			served.Add(1)
		}
	})
	t.Run("at once", func(t *testing.T) {
		request := "POST /orders HTTP/1.1\r\nhost: api.example.com\r\nauthorization: " + token + "\r\n"
		for _, tt := range []struct{ name, start, rest, want string }{
			{"headers by the byte", "GET /healthz HTTP/1.1\r\nhost: api.example.com\r\nx-slow: ", "a", "HTTP/1.1 408"},
			{"a body by the byte", request + "content-length: 100000\r\n\r\n", "a", "HTTP/1.1 408"},
			{"chunks by the byte", request + "transfer-encoding: chunked\r\n\r\n", "1\r\na\r\n", "HTTP/1.1 408"},
			{"a body that stops", request + "content-length: 100\r\n\r\nab", "", "HTTP/1.1 408"},
			{"a body without a token", "POST /orders HTTP/1.1\r\nhost: api.example.com\r\ncontent-length: 100000\r\n\r\n", "a", "HTTP/1.1 401"},
			{"nothing", "", "", ""},
			{"nothing after an answer", "GET /healthz HTTP/1.1\r\nhost: api.example.com\r\n\r\n", "", "HTTP/1.1 200"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				if said := drip(t, address, tt.start, tt.rest); !strings.HasPrefix(said, tt.want) || said != "" && tt.want == "" {
					t.Errorf("the server said %q, want %q and the end", said, tt.want)
				}
			})
		}
		t.Run("an answer that is not read", func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address)
			if _, err := fmt.Fprintf(conn, "GET /large HTTP/1.1\r\nhost: api.example.com\r\nauthorization: %s\r\n\r\n", token); err != nil {
				t.Fatal(err)
			}
			until(t, "the stream's end", func() bool {
				return sum(t, p, `http\.ingress\.downstream_rq_tx_reset|http\.ingress\.downstream_rq_idle_timeout`) > 1
			})
			if read, _ := io.Copy(io.Discard, conn); read >= 16<<20 {
				t.Errorf("%d bytes came, want fewer than all", read)
			}
		})
	})
	close(stop)
	good.Wait()
	if served.Load() < 20 {
		t.Errorf("the client that behaves was served %d times", served.Load())
	}

	t.Run("more connections than allowed", func(t *testing.T) {
		until(t, "the end of all other connections", func() bool { return sum(t, p, `http\.ingress\.downstream_cx_active`) == 0 })
		for range 120 {
			dial(t, address)
		}
		until(t, "20 connections over the limit", func() bool { return sum(t, p, `connection_limit\.ingress\.limited_connections`) == 20 })
		until(t, "the end of idle ones", func() bool { return sum(t, p, `http\.ingress\.downstream_cx_active`) == 0 })
		if got := header(get(t, address, "/healthz"), ":status"); got != "200" {
			t.Errorf("status %s after that, want 200", got)
		}
	})
}

// TestLimitsCutOversizeClients takes the configuration as it stands.
func TestLimitsCutOversizeClients(t *testing.T) {
	upstream := plainUpstream(t)
	p := behindTokens(t, "limits", upstream.Address(), nil, envoy.Options{})
	address, token := p.Address("ingress"), bearer(t, "ada")
	post := func(headers, body string) string {
		return "POST /orders HTTP/1.1\r\nhost: api.example.com\r\nconnection: close\r\nauthorization: " + token + "\r\n" + headers + "\r\n" + body
	}
	many := func(n int) (headers string) {
		for i := range n {
			headers += fmt.Sprintf("x-%d: a\r\n", i)
		}
		return headers
	}
	sized := func(n int) (string, string) { return fmt.Sprintf("content-length: %d\r\n", n), strings.Repeat("a", n) }
	chunked := func(n int) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", n, strings.Repeat("a", n)) }
	for _, tt := range []struct{ name, request, want, upstream string }{
		{"a good request", post(sized(1000)), "200", "/orders"},
		{"a large body", post(sized(1 << 20)), "200", "/orders"},
		{"a body one byte larger", post(sized(1<<20 + 1)), "413", ""},
		{"a large chunked body", post("transfer-encoding: chunked\r\n", chunked(1<<20)), "200", "/orders"},
		{"a chunked body one byte larger", post("transfer-encoding: chunked\r\n", chunked(1<<20+1)), "413", ""},
		{"90 headers", post(many(90), ""), "200", "/orders"},
		{"101 headers", post(many(101), ""), "431", ""},
		{"30 KiB of headers", post("x-a: "+strings.Repeat("a", 30<<10)+"\r\n", ""), "200", "/orders"},
		{"33 KiB of headers", post("x-a: "+strings.Repeat("a", 33<<10)+"\r\n", ""), "431", ""},
		{"an underscore in a header's name", post("x_user: admin\r\n", ""), "400", ""},
		{"dots", "GET /healthz/../orders HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "401", ""},
		{"escaped dots", "GET /healthz/%2e%2E/orders HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "401", ""},
		{"dots that end at a good path", "GET /orders/../healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "200", "/healthz"},
		{"two slashes", "GET //healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "200", "/healthz"},
		{"an escaped slash", "GET /healthz%2Forders HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "400", ""},
		{"an escaped backslash", "GET /healthz%5Corders HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "400", ""},
		{"two lengths", post("content-length: 1\r\ncontent-length: 2\r\n", "a"), "400", ""},
		{"a length and chunks", post("content-length: 3\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"), "400", ""},
		{"HTTP/1.0", "GET /healthz HTTP/1.0\r\nhost: a\r\n\r\n", "426", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			upstream.Requests()
			conn := dial(t, address)
			go io.WriteString(conn, tt.request) // It fails where the server has heard enough.
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			path := ""
			for _, request := range upstream.Requests() {
				path += header(request, ":path")
			}
			if got := fmt.Sprint(answer.StatusCode); got != tt.want || path != tt.upstream {
				t.Errorf("status %s, path at the upstream %q, want %s and %q", got, path, tt.want, tt.upstream)
			}
			if tt.want == "400" && answer.Header.Get("content-type") == "application/problem+json" {
				t.Error("the plugin refused it, want Envoy to")
			}
		})
	}
	for _, host := range []string{"api.example.com:8443", "api.example.com.", "api.example.com"} {
		upstream.Requests()
		get(t, address, "/healthz", ":authority", host)
		if requests := upstream.Requests(); len(requests) != 1 || header(requests[0], ":authority") != "api.example.com" {
			t.Errorf("host %s: %v at the upstream, want api.example.com", host, requests)
		}
	}

	t.Run("HTTP/2 streams", func(t *testing.T) {
		conn := dial(t, address)
		if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
			t.Fatal(err)
		}
		framer := http2.NewFramer(conn, conn)
		if err := framer.WriteSettings(); err != nil {
			t.Fatal(err)
		}
		var block bytes.Buffer
		encoder := hpack.NewEncoder(&block)
		for i := range 101 {
			block.Reset()
			for _, h := range []hpack.HeaderField{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/orders"},
				{Name: ":authority", Value: "api.example.com"}, {Name: "authorization", Value: token}} {
				encoder.WriteField(h) // A bytes.Buffer takes everything.
			}
			if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: block.Bytes(), EndHeaders: true}); err != nil {
				t.Fatal(err)
			}
		}
		for {
			frame, err := framer.ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if n, ok := frame.Value(http2.SettingMaxConcurrentStreams); !frame.IsAck() && (!ok || n != 100) {
					t.Errorf("the server allows %d streams, want 100", n)
				}
			case *http2.RSTStreamFrame:
				if frame.StreamID != 201 || frame.ErrCode != http2.ErrCodeRefusedStream {
					t.Errorf("stream %d reset with %v, want the 101st refused", frame.StreamID, frame.ErrCode)
				}
				return
			case *http2.GoAwayFrame:
				t.Fatalf("the connection was ended (%v), want one stream refused", frame.ErrCode)
			}
		}
	})
}

// TestLimitsUnderOverload has the proxy at the end of its means.
func TestLimitsUnderOverload(t *testing.T) {
	upstream := plainUpstream(t)
	t.Run("connections", func(t *testing.T) {
		p := behindTokens(t, "limits", upstream.Address(), exchanged(t,
			"max_active_downstream_connections: 20000", "max_active_downstream_connections: 10",
			"max_connection_duration: 3600s", "max_connection_duration: 1s",
		), envoy.Options{})
		address := p.Address("ingress")
		conn := dial(t, address)
		answers := bufio.NewReader(conn)
		until(t, "the end of a connection that is used all the time", func() bool {
			if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"); err != nil {
				return true
			}
			answer, err := http.ReadResponse(answers, nil)
			if err != nil {
				return true
			}
			io.Copy(io.Discard, answer.Body)
			return answer.Close
		})
		for range 30 {
			dial(t, address)
		}
		until(t, "connections refused", func() bool { return sum(t, p, `listener\..*downstream_global_cx_overflow`) >= 15 })
		until(t, "a good client after that", func() bool {
			answer, err := envoy.Do(t.Context(), address, harness.Message{Headers: []harness.Header{
				{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/healthz"}, {Name: ":authority", Value: "api.example.com"}}})
			return err == nil && header(answer, ":status") == "200"
		})
	})
	t.Run("heap", func(t *testing.T) {
		p := behindTokens(t, "limits", upstream.Address(), exchanged(t, "max_heap_size_bytes: 1073741824", "max_heap_size_bytes: 1048576",
			// So that there is an answer to be seen.
			"stop_accepting_connections\n    triggers:\n    - {name: envoy.resource_monitors.fixed_heap, threshold: {value: 0.98}}",
			"stop_accepting_connections\n    triggers:\n    - {name: envoy.resource_monitors.global_downstream_max_connections, threshold: {value: 0.98}}",
		), envoy.Options{})
		until(t, "requests refused", func() bool {
			return sum(t, p, `overload\.envoy\.overload_actions\.stop_accepting_requests\.active`) == 1
		})
		upstream.Requests()
		answer := get(t, p.Address("ingress"), "/healthz")
		if header(answer, ":status") != "503" || len(upstream.Requests()) != 0 {
			t.Errorf("status %s, want 503 of the proxy", header(answer, ":status"))
		}
	})
}
