//go:build !wasip1

package inspect

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
)

// TestEnvoyWithUpstreamsOfTheirOwnMind is what an upstream may do that a recording
// cannot say.
func TestEnvoyWithUpstreamsOfTheirOwnMind(t *testing.T) {
	r := startEnvoy(t,
		listener{name: "plain", configuration: `{"request_limit": 40}`, raw: true,
			manager: object{"upgrade_configs": list{object{"upgrade_type": "websocket"}}, "proxy_100_continue": true}},
		listener{name: "held", configuration: `{"hold_headers": true}`, mayHold: true, raw: true,
			manager: object{"route_config": object{"virtual_hosts": list{object{"name": "all", "domains": list{"*"}, "routes": list{
				object{"match": object{"prefix": "/"}, "route": object{"cluster": "raw", "timeout": "0.5s"}}}}}}}})
	calls := func() map[string]uint64 {
		counters := map[string]uint64{}
		for name, n := range r.counters(t) {
			counters[strings.TrimPrefix(name, "gatehouse.guard.")] = n
		}
		return counters
	}
	// grown waits for a stream's end and says by how much the counters have grown.
	before := map[string]uint64{}
	grown := func() map[string]uint64 {
		var now map[string]uint64
		for range 200 {
			if now = calls(); now["calls.done"] > before["calls.done"] {
				break
			}
			time.Sleep(25 * time.Millisecond)
		}
		by := map[string]uint64{}
		for name, n := range now {
			if n > before[name] {
				by[name] = n - before[name]
			}
		}
		before = now
		return by
	}
	once := func(t *testing.T, names ...string) {
		t.Helper()
		by := grown()
		for _, name := range names {
			if by["calls."+name] != 1 {
				t.Errorf("%s: %d calls, want 1", name, by["calls."+name])
			}
			delete(by, "calls."+name)
		}
		for name, n := range by {
			if strings.HasPrefix(name, "calls.") {
				t.Errorf("%s +%d, want none", name, n)
			}
		}
	}

	t.Run("informational responses are not inspected", func(t *testing.T) {
		r.next(t, func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx-response: attack\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfine")
			time.Sleep(time.Second)
		})
		_, reader := dial(t, r, "plain", "GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
		answer, err := http.ReadResponse(reader, nil)
		for err == nil && answer.StatusCode < 200 {
			answer, err = http.ReadResponse(reader, nil)
		}
		if err != nil || answer.StatusCode != 200 {
			t.Fatalf("answer %v, %v, want 200", answer, err)
		}
		once(t, "request_headers", "request_body", "response_headers", "response_body", "done")
	})

	t.Run("a response before the request's body", func(t *testing.T) {
		r.next(t, func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 4\r\n\r\nlong")
			time.Sleep(time.Second)
		})
		_, reader := dial(t, r, "plain", "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nsome")
		answer, err := http.ReadResponse(reader, nil)
		if err != nil || answer.StatusCode != 413 {
			t.Fatalf("answer %v, %v, want 413", answer, err)
		}
		once(t, "request_headers", "response_headers", "response_body", "done")
	})

	t.Run("a client that goes away in the middle of the response's body", func(t *testing.T) {
		left := make(chan bool)
		r.next(t, func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\nsome")
			<-left
			time.Sleep(300 * time.Millisecond)
		})
		conn, reader := dial(t, r, "plain", "GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
		if answer, err := http.ReadResponse(reader, nil); err != nil || answer.StatusCode != 200 {
			t.Fatalf("answer %v, %v, want 200", answer, err)
		}
		conn.Close()
		close(left)
		once(t, "request_headers", "request_body", "response_headers", "done")
	})

	t.Run("an upstream that stops in its body while its headers wait", func(t *testing.T) {
		answered := make(chan bool)
		r.next(t, func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome")
			<-answered
		})
		_, reader := dial(t, r, "held", "GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
		answer, err := http.ReadResponse(reader, nil)
		close(answered)
		if err != nil || answer.StatusCode != 504 {
			t.Fatalf("answer %v, %v, want 504", answer, err)
		}
		once(t, "request_headers", "request_body", "response_headers", "done")
	})

	t.Run("WebSocket over HTTP/2", func(t *testing.T) {
		early, late := make(chan string, 1), make(chan string, 1)
		r.next(t, func(conn net.Conn) {
			reader := bufio.NewReader(conn)
			request, err := http.ReadRequest(reader)
			if err != nil || request.Method != "GET" || request.Header.Get("Upgrade") != "websocket" {
				early <- "no upgrade"
				return
			}
			early <- within(conn, reader, 300*time.Millisecond)
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\npong")
			late <- within(conn, reader, 500*time.Millisecond)
		})
		request := request("CONNECT", "an attack", ":protocol", "websocket")
		got, _ := r.send(t, "plain", "HTTP/2", harness.Exchange{Request: harness.Message{
			Headers: append([]harness.Header{{Name: ":protocol", Value: "websocket"}}, request.Headers[:4]...), Body: request.Body}})
		if before, after := heard(t, early), heard(t, late); before != "" || after != "an attack" {
			t.Errorf("the upstream got %q before it answered and %q after, want nothing and the rest", before, after)
		}
		if status, body := value(got.Headers, ":status"), bytes.Join(got.Body, nil); status != "200" || string(body) != "pong" {
			t.Errorf("the client got %s, %q; want 200 and pong", status, body)
		}
		once(t, "request_headers", "request_body", "response_headers", "response_body", "done")
	})
}
