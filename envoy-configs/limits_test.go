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
	"path/filepath"
	"slices"
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
	for end := time.Now().Add(patience); !met(); time.Sleep(10 * time.Millisecond) {
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

// TestLimitsAsTheHeapFills has the heap as full as the test says, step by step, and sees
// what becomes of clients.
func TestLimitsAsTheHeapFills(t *testing.T) {
	upstream := plainUpstream(t)
	level := filepath.Join(t.TempDir(), "level")
	fresh := level + ".new"
	write := func(pressure string) {
		if err := os.WriteFile(fresh, []byte(pressure), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(fresh, level); err != nil {
			t.Fatal(err)
		}
	}
	write("0")
	const heap, injected = "envoy.resource_monitors.fixed_heap", "envoy.resource_monitors.injected_resource"
	monitor := exchanged(t,
		"envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig", "envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig",
		"max_heap_size_bytes: 1073741824", "filename: "+level)
	p := behindTokens(t, "limits", upstream.Address(), func(bootstrap []byte) []byte {
		return bytes.ReplaceAll(monitor(bootstrap), []byte(heap), []byte(injected))
	}, envoy.Options{})
	address, token := p.Address("ingress"), bearer(t, "ada")
	set := func(percent uint64, actions ...string) {
		t.Helper()
		write(fmt.Sprintf("0.%02d", percent))
		until(t, fmt.Sprintf("%d %% of the heap", percent), func() bool { return sum(t, p, `resource_monitors\.injected_resource\.pressure`) == percent })
		for _, action := range []string{"shrink_heap", "disable_http_keepalive", "stop_accepting_requests", "stop_accepting_connections"} {
			want := uint64(0)
			if slices.Contains(actions, action) {
				want = 1
			}
			until(t, fmt.Sprintf("%s = %d at %d %%", action, want, percent), func() bool { return sum(t, p, `overload_actions\.`+action+`\.active`) == want })
		}
	}
	status := func() string { return header(get(t, address, "/healthz"), ":status") }

	set(80)
	if got := status(); got != "200" {
		t.Errorf("80 %%: status %s, want 200", got)
	}
	set(87)
	until(t, "shorter time limits", func() bool { return sum(t, p, `overload_actions\.reduce_timeouts\.scale_percent`) >= 15 })

	set(93, "shrink_heap", "disable_http_keepalive")
	until(t, "memory given back", func() bool { return sum(t, p, `overload_actions\.shrink_heap\.shrink_count`) > 0 })
	answers := map[string]int{}
	for range 100 {
		answer := get(t, address, "/healthz")
		answers[header(answer, ":status")]++
		if header(answer, "connection") != "close" {
			t.Errorf("93 %%: connection: %s, want close", header(answer, "connection"))
		}
	}
	if answers["200"] == 0 || answers["503"] == 0 || len(answers) != 2 {
		t.Errorf("93 %%: %v, want some of each, 200 and 503", answers)
	}

	// Two clients that were there before: one sends a body that does not end, one does
	// nothing.
	set(80)
	idle := dial(t, address)
	began := time.Now()
	// Envoy counts what a stream holds in HTTP/2 only.
	rest, body := io.Pipe()
	defer body.Close()
	request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+address+"/orders", rest)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("authorization", token)
	held := make(chan error, 1)
	go func() {
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetUnencryptedHTTP2(true)
		defer transport.CloseIdleConnections()
		answer, err := transport.RoundTrip(request)
		if err == nil {
			answer.Body.Close()
			err = fmt.Errorf("status %d", answer.StatusCode)
		}
		held <- err
	}()
	if _, err := body.Write(bytes.Repeat([]byte("a"), 900000)); err != nil {
		t.Fatal(err)
	}
	go func() { // Else its time is up before its memory is.
		for err := error(nil); err == nil; time.Sleep(100 * time.Millisecond) {
			_, err = body.Write([]byte("a"))
		}
	}()
	until(t, "its body", func() bool { return sum(t, p, `http\.ingress\.downstream_cx_rx_bytes_total`) >= 900000 })
	set(97, "shrink_heap", "disable_http_keepalive", "stop_accepting_requests")
	upstream.Requests()
	if got := status(); got != "503" || len(upstream.Requests()) != 0 {
		t.Errorf("97 %%: status %s, want 503 of the proxy", got)
	}
	until(t, "the end of the largest stream", func() bool { return sum(t, p, `overload_actions\.reset_high_memory_stream\.count`) > 0 })
	select {
	case err := <-held:
		t.Logf("its client got: %v", err)
	case <-time.After(patience):
		t.Error("its client still waits")
	}
	if _, err := io.ReadAll(idle); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a client that does nothing is there after %v, want its end long before the 120 s of better times", time.Since(began))
	}

	set(99, "shrink_heap", "disable_http_keepalive", "stop_accepting_requests", "stop_accepting_connections")
	before := sum(t, p, `http\.ingress\.downstream_cx_total`)
	waiting := dial(t, address)
	if _, err := io.WriteString(waiting, "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // Nothing is to happen: a slow machine only makes this easier.
	if after := sum(t, p, `http\.ingress\.downstream_cx_total`); after != before {
		t.Errorf("99 %%: %d connections were accepted, want none", after-before)
	}
	set(10)
	if answer, err := http.ReadResponse(bufio.NewReader(waiting), nil); err != nil || answer.StatusCode != 200 {
		t.Errorf("the client that waited: %v, %v, want 200 as soon as there is room", answer, err)
	}
	if got := status(); got != "200" {
		t.Errorf("after all: status %s, want 200", got)
	}
}
