package load_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/harness/envoy/load"
)

const (
	get  = "GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
	head = "HEAD /a HTTP/1.1\r\nhost: x\r\n\r\n"
	post = "POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello"
)

func dial(t *testing.T, connections int, handle http.HandlerFunc) *load.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	client, err := load.Dial(t.Context(), server.Listener.Addr().String(), connections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestRequestsTakeTurnsAndAreAllAnswered(t *testing.T) {
	var gets, heads, posts, addresses atomic.Int32
	var seen [3]atomic.Pointer[string]
	client := dial(t, 3, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for i := range seen {
			if seen[i].CompareAndSwap(nil, &r.RemoteAddr) {
				addresses.Add(1)
			}
			if *seen[i].Load() == r.RemoteAddr {
				break
			}
		}
		switch {
		case r.Method == "GET":
			if gets.Add(1)%2 == 0 { // this one comes in chunks
				fmt.Fprint(w, "the beginning, and ")
				w.(http.Flusher).Flush()
			}
		case r.Method == "HEAD":
			heads.Add(1)
		case string(body) == "hello":
			posts.Add(1)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		fmt.Fprint(w, "an answer")
	})
	var ok, empty atomic.Int32
	took, err := client.Send(t.Context(), []load.Request{load.Request(get), load.Request(post), load.Request(head), load.Request(get)}, 200, func(status int) error {
		switch status {
		case 200:
			ok.Add(1)
		case 204:
			empty.Add(1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if gets.Load() != 100 || posts.Load() != 50 || heads.Load() != 50 || ok.Load() != 150 || empty.Load() != 50 {
		t.Errorf("%d GET, %d POST, %d HEAD, %d answers with 200, %d with 204; want 100, 50, 50, 150, 50", gets.Load(), posts.Load(), heads.Load(), ok.Load(), empty.Load())
	}
	if addresses.Load() != 3 {
		t.Errorf("%d connections, want 3", addresses.Load())
	}
	if len(took) != 200 || load.Quantile(took, 0) <= 0 {
		t.Errorf("%d times from %v on, want 200 above 0", len(took), load.Quantile(took, 0))
	}
}

func TestSendingEndsWithTheFirstBadAnswer(t *testing.T) {
	tests := []struct {
		name   string
		handle http.HandlerFunc
		want   string
	}{
		{"a status that the check refuses", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "status 503"},
		{"a body whose end nothing tells", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\na")
			conn.Close()
		}, "neither a content-length nor chunks"},
		{"trailers", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "Sum")
			fmt.Fprint(w, "a")
			w.(http.Flusher).Flush()
			w.Header().Set("Sum", "1")
		}, "after the last chunk"},
		{"another protocol", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(conn, "SSH-2.0-OpenSSH_9.2p1\r\n")
			conn.Close()
		}, "want HTTP/1.1"},
		{"an end", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := dial(t, 2, tt.handle)
			_, err := client.Send(t.Context(), []load.Request{load.Request(get)}, 1000, func(status int) error {
				if status != 200 {
					return fmt.Errorf("status %d", status)
				}
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.25: 2, 0.5: 3, 0.999: 5, 1: 5} {
		if got := load.Quantile(values, q); got != want {
			t.Errorf("Quantile(%v, %v) = %v, want %v", values, q, got, want)
		}
	}
}
