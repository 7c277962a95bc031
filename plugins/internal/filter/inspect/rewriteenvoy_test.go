//go:build !wasip1

package inspect

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/harness"
)

// TestEnvoyRewrites sends the exchanges of the harness's test through Envoy.
func TestEnvoyRewrites(t *testing.T) {
	r := startEnvoyWith(t, "./testdata/scribe",
		listener{name: "HTTP/1.1"}, listener{name: "HTTP/2", http2: true},
		listener{name: "HTTP/1.1 held", mayHold: true}, listener{name: "HTTP/2 held", http2: true, mayHold: true})
	type sent struct {
		name     string
		c        rewriteCase
		response harness.Message
		id       string
	}
	var mu sync.Mutex
	var all []sent
	var running sync.WaitGroup
	places := make(chan bool, 16)
	rewriteCases(t, 10, []int{100, 10000}, func(name, protocol string, x harness.Exchange, c rewriteCase) {
		to := protocol
		if c.held {
			to += " held"
		}
		places <- true
		running.Go(func() {
			defer func() { <-places }()
			response, id, err := r.try(t.Context(), to, protocol, x)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, sent{name, c, response, id})
		})
	})
	running.Wait()
	for _, s := range all {
		request, reached := r.upstream(s.id, !s.c.cuts() || s.c.download)
		s.c.compare(t, s.name, &request, reached && !request.Reset, &s.response)
	}
	if len(all) < 500 {
		t.Errorf("%d exchanges, want 500 at least", len(all))
	}
	counters := r.counters(t)
	if done := counters["gatehouse.scribe.done"]; done != uint64(len(all)) {
		t.Errorf("%d streams are done, want %d", done, len(all))
	}
}

// TestEnvoyRewritesWhatIsNoOrdinaryBody is what recordings cannot say, and what has
// no body.
func TestEnvoyRewritesWhatIsNoOrdinaryBody(t *testing.T) {
	upgrades := list{object{"upgrade_type": "websocket"}}
	small := object{"per_connection_buffer_limit_bytes": 2000}
	r := startEnvoyWith(t, "./testdata/scribe",
		listener{name: "raw", raw: true, manager: object{"upgrade_configs": upgrades, "proxy_100_continue": true}},
		listener{name: "raw held", raw: true, mayHold: true},
		listener{name: "plain", manager: object{"http_protocol_options": object{"accept_http_10": true, "enable_trailers": true}}},
		listener{name: "plain over HTTP/2", http2: true},
		listener{name: "small", top: small}, listener{name: "small over HTTP/2", top: small, http2: true})

	const get = "GET /a HTTP/1.1\r\nhost: a\r\nx-download: "
	// answers has the raw upstream answer with a chunked body, a chunk of it now and
	// then, and end it, or break it off.
	answers := func(whole bool, chunks ...string) {
		r.next(t, func(conn net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
				return
			}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
			for _, chunk := range chunks {
				time.Sleep(50 * time.Millisecond)
				fmt.Fprintf(conn, "%x\r\n%s\r\n", len(chunk), chunk)
			}
			time.Sleep(50 * time.Millisecond)
			if whole {
				io.WriteString(conn, "0\r\n\r\n")
			}
		})
	}
	// asks asks for what the raw upstream answers.
	asks := func(t *testing.T, listener, request string) (status int, body string, err error) {
		t.Helper()
		_, reader := dial(t, r, listener, request)
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(answer.Body)
		return answer.StatusCode, string(got), err
	}
	for _, tt := range downloads {
		t.Run(tt.name, func(t *testing.T) {
			answers(tt.whole, tt.chunks...)
			listener, more := "raw", ""
			if tt.wish != "" {
				listener, more = "raw held", tt.wish+": 1\r\n"
			}
			status, body, err := asks(t, listener, get+tt.do+"\r\n"+more+"\r\n")
			if status != tt.status || body != tt.body || (err != nil) != tt.breaks {
				t.Errorf("%d, %q, %v; want %d, %q, broken off %t", status, body, err, tt.status, tt.body, tt.breaks)
			}
		})
	}

	for _, do := range []string{"deny", "panic"} {
		t.Run("an upload that ends in a "+do, func(t *testing.T) {
			got := make(chan string, 1)
			r.next(t, func(conn net.Conn) {
				everything, _ := io.ReadAll(conn)
				got <- string(everything)
			})
			conn, reader := dial(t, r, "raw", "POST /a HTTP/1.1\r\nhost: a\r\nx-upload: "+do+"\r\ncontent-length: 18\r\n\r\ngood")
			time.Sleep(100 * time.Millisecond)
			io.WriteString(conn, "bad! secret")
			answer, err := http.ReadResponse(reader, nil)
			if want := map[string]int{"deny": 403, "panic": 500}[do]; err != nil || answer.StatusCode != want {
				t.Errorf("answer %v, %v, want %d", answer, err, want)
			}
			if text := heard(t, got); !strings.HasSuffix(text, "\r\n4\r\nGOOD\r\n") || strings.Contains(text, "content-length") {
				t.Errorf("the upstream got %q, want GOOD and no end", text)
			}
		})
	}

	t.Run("an upload that its client breaks off", func(t *testing.T) {
		got := make(chan string, 1)
		r.next(t, func(conn net.Conn) {
			everything, _ := io.ReadAll(conn)
			got <- string(everything)
		})
		conn, _ := dial(t, r, "raw", "POST /a HTTP/1.1\r\nhost: a\r\nx-upload: hold\r\ntransfer-encoding: chunked\r\n\r\n258\r\n"+secret+"\r\n")
		time.Sleep(100 * time.Millisecond)
		conn.Close()
		if _, body, _ := strings.Cut(heard(t, got), "\r\n\r\n"); body != "1f4\r\n"+strings.ToUpper(secret)[:500]+"\r\n" {
			t.Errorf("the upstream got %q, want 500 bytes and no end", body)
		}
	})

	t.Run("each event leaves as it comes", func(t *testing.T) {
		sent := make(chan time.Time, 100)
		r.next(t, func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
			for range 50 {
				time.Sleep(20 * time.Millisecond)
				sent <- time.Now()
				io.WriteString(conn, "d\r\ndata: event\n\n\r\n")
			}
			io.WriteString(conn, "0\r\n\r\n")
		})
		_, reader := dial(t, r, "raw", get+"upper\r\n\r\n")
		answer, err := http.ReadResponse(reader, nil)
		for err == nil && answer.StatusCode == 103 {
			answer, err = http.ReadResponse(reader, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		var took []time.Duration
		events := bufio.NewReader(answer.Body)
		for {
			line, err := events.ReadString('\n')
			if err != nil {
				break
			}
			if line == "DATA: EVENT\n" {
				took = append(took, time.Since(<-sent))
			}
		}
		slices.Sort(took)
		if len(took) != 50 || took[25] > 10*time.Millisecond {
			t.Errorf("%d events took %v, want 50 and half of them less than 10 ms", len(took), took)
		}
		t.Logf("median %v, 90 %% %v, longest %v", took[len(took)/2], took[len(took)*9/10], took[len(took)-1])
	})

	t.Run("a client that goes away", func(t *testing.T) {
		gone := make(chan string, 1)
		r.next(t, func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\n")
			io.Copy(io.Discard, conn)
			gone <- "gone"
		})
		conn, reader := dial(t, r, "raw", get+"hold\r\n\r\n")
		if _, err := http.ReadResponse(reader, nil); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		heard(t, gone)
	})

	t.Run("a response before the request is over", func(t *testing.T) {
		got := make(chan string, 1)
		r.next(t, func(conn net.Conn) {
			reader := bufio.NewReader(conn)
			request, err := http.ReadRequest(reader)
			if err != nil {
				got <- err.Error()
				return
			}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\n")
			body, _ := io.ReadAll(request.Body)
			got <- string(body)
			io.WriteString(conn, "4\r\nlate\r\n0\r\n\r\n")
		})
		conn, reader := dial(t, r, "raw", "POST /a HTTP/1.1\r\nhost: a\r\nx-upload: hold\r\nx-download: upper\r\ncontent-length: 8\r\n\r\nsome")
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "more")
		body, err := io.ReadAll(answer.Body)
		if uploaded := heard(t, got); uploaded != "SOMEMORE" || string(body) != "GOODLATE" || err != nil {
			t.Errorf("the upstream got %q, the client %q, %v", uploaded, body, err)
		}
	})

	t.Run("a tunnel", func(t *testing.T) {
		got := make(chan string, 1)
		r.next(t, func(conn net.Conn) {
			reader := bufio.NewReader(conn)
			http.ReadRequest(reader)
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\npong")
			got <- within(conn, reader, 300*time.Millisecond)
		})
		_, reader := dial(t, r, "raw", "GET /a HTTP/1.1\r\nhost: a\r\nx-upload: upper\r\nx-download: upper\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nping")
		answer, err := http.ReadResponse(reader, nil)
		pong := make([]byte, 4)
		if err == nil {
			_, err = io.ReadFull(reader, pong)
		}
		if ping := heard(t, got); err != nil || answer.StatusCode != 101 || ping != "ping" || string(pong) != "pong" {
			t.Errorf("status %v, %v, ping %q, pong %q", answer, err, ping, pong)
		}
	})

	sized := func(status string, length string) harness.Message {
		m := response(status, "")
		if length != "" {
			m.Headers = append(m.Headers, harness.Header{Name: "content-length", Value: length})
		}
		return m
	}
	for _, tt := range []struct {
		name, method string
		response     harness.Message
		length, body string
	}{
		{"an answer to HEAD", "HEAD", sized("200", "7"), "", ""},
		{"304", "GET", sized("304", "7"), "", ""},
		{"204", "GET", sized("204", ""), "", ""},
		{"a body of no bytes", "GET", sized("200", "0"), "0", ""},
		{"206", "GET", withBody(sized("206", "4"), "part"), "", "PART"},
		{"an error", "GET", withBody(sized("500", "4"), "part"), "", "PART"},
	} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			t.Run(tt.name+" over "+protocol, func(t *testing.T) {
				to := "plain"
				if protocol == "HTTP/2" {
					to += " over HTTP/2"
				}
				got, _ := r.send(t, to, protocol, harness.Exchange{Request: request(tt.method, "", "x-download", "upper"), Response: tt.response})
				if status, want := value(got.Headers, ":status"), value(tt.response.Headers, ":status"); status != want {
					t.Errorf("status %s, want %s", status, want)
				}
				if length := value(got.Headers, "content-length"); length != tt.length && protocol == "HTTP/1.1" || got.Reset {
					t.Errorf("content-length %q, broken off %t, want %q", length, got.Reset, tt.length)
				}
				if body := string(bytes.Join(got.Body, nil)); body != tt.body {
					t.Errorf("body %q, want %q", body, tt.body)
				}
			})
		}
	}

	t.Run("an answer of the proxy's own", func(t *testing.T) {
		m := request("GET", "", "x-download", "upper")
		m.Headers[2].Value = "/direct"
		got, _ := r.send(t, "plain", "HTTP/1.1", harness.Exchange{Request: m})
		if body := string(bytes.Join(got.Body, nil)); body != "AN ATTACK" || got.Reset {
			t.Errorf("body %q, broken off %t; want AN ATTACK", body, got.Reset)
		}
	})

	t.Run("HTTP/1.0", func(t *testing.T) {
		r.mu.Lock()
		r.answers["00000000-0000-4000-8000-999999999999"] = withBody(sized("200", "4"), "text")
		r.mu.Unlock()
		_, reader := dial(t, r, "plain", "POST /a HTTP/1.0\r\nhost: a\r\nx-request-id: 00000000-0000-4000-8000-999999999999\r\nx-upload: double\r\nx-download: double\r\ncontent-length: 4\r\n\r\nsome")
		got, err := io.ReadAll(reader)
		if _, body, _ := strings.Cut(string(got), "\r\n\r\n"); err != nil || body != "TTEEXXTT" {
			t.Errorf("%q, %v; want TTEEXXTT until the connection ends", got, err)
		}
		if request, ok := r.upstream("00000000-0000-4000-8000-999999999999", true); !ok || string(bytes.Join(request.Body, nil)) != "SSOOMMEE" {
			t.Errorf("the upstream got %q", request.Body)
		}
	})

	t.Run("buffers that are smaller than a piece", func(t *testing.T) {
		body := pages[len(pages)-1]
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			to := "small"
			if protocol == "HTTP/2" {
				to += " over HTTP/2"
			}
			for _, do := range []string{"upper", "hold", "double", "drop"} {
				for _, f := range framings[:3] {
					x := harness.Exchange{Request: f.frame(request("POST", "", "x-upload", do, "x-download", do), body, 10000), Response: f.frame(response("200", ""), body, 10000)}
					got, id := r.send(t, to, protocol, x)
					if f.announced && do == "hold" && protocol == "HTTP/1.1" {
						// The price of trailers: the body is gathered, and is too long.
						if status := value(got.Headers, ":status"); status != "413" {
							t.Errorf("%s of %d bytes at a time with trailers announced: %s, want 413", do, 10000, status)
						}
						continue
					}
					upstream, reached := r.upstream(id, true)
					rewriteCase{f: f, do: do, body: body}.compare(t, protocol+" "+do+" "+f.name, &upstream, reached && !upstream.Reset, &got)
				}
			}
		}
	})
}

func withBody(m harness.Message, body string) harness.Message {
	m.Body = [][]byte{[]byte(body)}
	return m
}

// TestEnvoyShowsTrailersToBothOfTwo sends the exchanges of the harness's test through
// Envoy, which passes what it goes on with to the filters behind alone.
func TestEnvoyShowsTrailersToBothOfTwo(t *testing.T) {
	r := startEnvoyWith(t, "./testdata/scribe", listener{name: "two", http2: true, mayHold: true, configuration: "first-", second: "second-"})
	ran := 0
	for _, b := range betweens() {
		response, id := r.send(t, "two", "HTTP/2", b.exchange)
		request, reached := r.upstream(id, true)
		if !reached {
			t.Errorf("%s: the upstream was not reached", b.name)
		}
		ran++
		b.compare(t, &request, &response)
	}
	if ran != 43 {
		t.Errorf("%d exchanges, want 43", ran)
	}
}

// TestEnvoyRewritesInFlatMemory has a large body pass, and a client that reads slowly
// what is more than came.
func TestEnvoyRewritesInFlatMemory(t *testing.T) {
	r := startEnvoyWith(t, "./testdata/scribe", listener{name: "raw", raw: true, manager: object{"route_config": object{"virtual_hosts": list{object{
		"name": "all", "domains": list{"*"}, "routes": list{object{"match": object{"prefix": "/"}, "route": object{"cluster": "raw", "timeout": "0s"}}}}}}}})
	chunk := bytes.Repeat([]byte("abcdefghijklmnop"), 4<<10)
	var before uint64
	for _, tt := range []struct {
		name, do string
		size     int
		times    int
		pause    time.Duration
		more     int
	}{
		{"a little first", "double", 50 << 20, 2, 0, 1 << 30},
		{"a large download", "upper", 200 << 20, 1, 0, 20 << 20},
		{"a slow client", "double", 50 << 20, 2, 2 * time.Second, 20 << 20},
	} {
		r.next(t, func(conn net.Conn) {
			conn.SetDeadline(time.Now().Add(3 * time.Minute))
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
				return
			}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n")
			for range tt.size / len(chunk) {
				fmt.Fprintf(conn, "%x\r\n%s\r\n", len(chunk), chunk)
			}
			io.WriteString(conn, "0\r\n\r\n")
		})
		began := time.Now()
		conn, reader := dial(t, r, "raw", "GET /a HTTP/1.1\r\nhost: a\r\nx-download: "+tt.do+"\r\n\r\n")
		conn.SetDeadline(time.Now().Add(3 * time.Minute))
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(tt.pause)
		var peak uint64
		n, lower := 0, 0
		piece := make([]byte, 1<<20)
		for err == nil {
			var k int
			k, err = io.ReadFull(answer.Body, piece)
			n += k
			lower += bytes.IndexByte(piece[:k], 'a') + 1
			if n>>20%16 == 0 {
				memory, err := r.Memory()
				if err != nil {
					t.Fatal(err)
				}
				peak = max(peak, memory)
			}
		}
		if err != io.EOF && err != io.ErrUnexpectedEOF || n != tt.size*tt.times || lower != 0 {
			t.Errorf("%s: %d bytes, %v; want %d in capitals", tt.name, n, err, tt.size*tt.times)
		}
		t.Logf("%s: %d MB came in %v, memory %d MB at the most, %d pieces so far", tt.name, n>>20, time.Since(began).Round(time.Millisecond), peak>>20, r.counters(t)["gatehouse.scribe.download.pieces"])
		if before > 0 && peak > before+uint64(tt.more) {
			t.Errorf("%s: memory has grown from %d MB to %d MB", tt.name, before>>20, peak>>20)
		}
		if before == 0 {
			before = peak
		}
	}
}
