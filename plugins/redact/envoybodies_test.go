//go:build !wasip1

package redact_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose/josetest"
)

// tokenKey signs the tokens of tests.
var tokenKey = josetest.New("EdDSA", "redact")

// tokensOfTests is a configuration of jwt-audience that takes them.
var tokensOfTests = `{"issuers":[{"issuer":"https://idp.example.com","audiences":["shop-api"],"jwks":` + josetest.Set(tokenKey) + `,
	"algorithms":["EdDSA"],"max_lifetime":"14610d"}]}`

// token is one of a client, with the scopes that it has.
func token(client, scope string) string {
	return tokenKey.Token(`{"iss":"https://idp.example.com","sub":"user-of-` + client + `","aud":"shop-api","client_id":"` + client +
		`","exp":2740176000,"iat":1793491200,"jti":"7b1c","scope":"` + scope + `"}`)
}

// TestEnvoyRedacts is what recordings cannot say: how bodies come and how long they
// are, how they end, and who gives up first.
func TestEnvoyRedacts(t *testing.T) {
	r := startRig(t)
	defer r.unharmed(t)
	for _, by := range ways {
		t.Run(by.name, func(t *testing.T) {
			t.Run("a chunked body", func(t *testing.T) { chunked(t, r, by) })
			t.Run("events that trickle", func(t *testing.T) { trickle(t, r, by) })
			t.Run("messages in frames and trailers", func(t *testing.T) { framed(t, r, by) })
			t.Run("an upstream that breaks off", func(t *testing.T) { brokenOff(t, r, by) })
			t.Run("a client that goes away", func(t *testing.T) { clientGone(t, r, by) })
			t.Run("an upload", func(t *testing.T) { upload(t, r, by) })
			t.Run("an upload that is broken off", func(t *testing.T) { uploadBrokenOff(t, r, by) })
			t.Run("an upload that is broken", func(t *testing.T) { uploadBroken(t, r, by) })
			t.Run("an upload that waits", func(t *testing.T) { expecting(t, r, by) })
		})
	}
	t.Run("a tunnel", func(t *testing.T) { tunnel(t, r) })
	t.Run("behind other plugins", func(t *testing.T) { behindOthers(t, r) })
	t.Run("in two", func(t *testing.T) { inTwo(t, r) })
	t.Run("in flat memory", func(t *testing.T) { inFlatMemory(t, r) })
}

// chunked has the upstream send pieces of many sizes.
func chunked(t *testing.T, r *rig, by way) {
	sent, want := page(60)
	for _, size := range []int{7, 100, 1460, 16384, len(sent)} {
		response := r.get(t, by, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("ETag", `"v1"`)
			body := slices.Concat([]byte("["), sent, []byte("]"))
			for piece := range slices.Chunk(body, size) {
				w.Write(piece)
				w.(http.Flusher).Flush()
			}
		})
		got, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != 200 || string(got) != "["+string(want)+"]" {
			t.Errorf("%d bytes at a time: %d, %v, %d bytes: %.300s", size, response.StatusCode, err, len(got), got)
		}
		if response.Header.Get("ETag") != "" || response.Header.Get("Content-Length") != "" {
			t.Errorf("the headers speak of the body as it was: %v", response.Header)
		}
	}
}

// trickles are streams that come bit by bit.
var trickles = []struct{ name, contentType, coding, sent, want string }{
	{"events", "text/event-stream", "",
		"id: %d\ndata: {\"cvv\":123,\"text\":\"paid by 4111111111111111, mail to customer@example.com\"}\n\n",
		"id: %d\ndata: {\"text\":\"paid by ************1111, mail to [e-mail]\"}\n\n"},
	{"compressed events", "text/event-stream", "gzip", "id: %d\ndata: a card: 4111111111111111\n\n", "id: %d\ndata: a card: ************1111\n\n"},
	{"lines", "application/x-ndjson", "", "{\"id\":%d,\"cvv\":123,\"card\":4111111111111111}\n", "{\"id\":%d,\"card\":\"************1111\"}\n"},
	{"messages", "application/grpc+json", "", "\x00\x00\x00\x00\x12{\"cvv\":1,\"a\":%04d}", "\x00\x00\x00\x00\x0a{\"a\":%04d}"},
}

// trickle has the upstream send an event only when the one before has arrived, so that
// each leaves Envoy before there is another.
func trickle(t *testing.T, r *rig, by way) {
	for _, tt := range trickles {
		const events = 200
		arrived := make(chan bool)
		sent := make(chan time.Time, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url(by.listener, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tt.contentType)
			var body io.Writer = w
			flush := func() {}
			if tt.coding == "" {
				w.Header().Set("Trailer", "X-Sum") // which holds nothing back
			} else {
				w.Header().Set("Content-Encoding", tt.coding)
				z := gzip.NewWriter(w)
				defer z.Close()
				body, flush = z, func() { z.Flush() }
			}
			w.WriteHeader(200)
			flush()
			w.(http.Flusher).Flush()
			for i := range events {
				select {
				case <-arrived:
				case <-ctx.Done():
					return
				}
				sent <- time.Now()
				fmt.Fprintf(body, tt.sent, 1000+i)
				flush()
				w.(http.Flusher).Flush()
			}
		}), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip")
		response := r.do(t, by, request)
		body := io.Reader(response.Body)
		var took []time.Duration
		piece := make([]byte, 1024)
		for i := range events {
			select {
			case arrived <- true:
			case <-ctx.Done():
				t.Fatalf("%s: event %d is not sent", tt.name, i)
			}
			if i == 0 && tt.coding != "" {
				if body, err = gzip.NewReader(body); err != nil {
					t.Fatal(err)
				}
			}
			want := fmt.Sprintf(tt.want, 1000+i)
			if _, err := io.ReadFull(body, piece[:len(want)]); err != nil || string(piece[:len(want)]) != want {
				t.Fatalf("%s: event %d is %q, %v", tt.name, i, piece[:len(want)], err)
			}
			took = append(took, time.Since(<-sent))
		}
		if rest, err := io.ReadAll(body); err != nil || len(rest) > 0 {
			t.Errorf("%s: at the end: %q, %v", tt.name, rest, err)
		}
		cancel()
		slices.Sort(took)
		median, longest := took[events/2], took[events-1]
		t.Logf("%s take %v from upstream to client, 99 %% of them less than %v, the longest %v", tt.name, median, took[events*99/100], longest)
		if median > 10*time.Millisecond || longest > time.Second {
			t.Errorf("%s take %v, the longest %v; want less than 10 ms, and no second", tt.name, median, longest)
		}
	}
}

// framed has trailers follow that nobody announced, as those of gRPC do.
func framed(t *testing.T, r *rig, by way) {
	frame := func(message string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
	}
	response := r.get(t, by, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc+json")
		for range 3 {
			w.Write(frame(`{"cvv":123,"card":"4111111111111111"}`))
			w.(http.Flusher).Flush()
		}
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", "no account of customer-1%40example.com")
	})
	got, err := io.ReadAll(response.Body)
	want := bytes.Repeat(frame(`{"card":"************1111"}`), 3)
	if err != nil || !bytes.Equal(got, want) || response.Trailer.Get("Grpc-Status") != "0" || response.Trailer.Get("Grpc-Message") != "no account of [e-mail]" {
		t.Errorf("%q, %v, trailers %v; want %q, a status and a message without an address", got, err, response.Trailer, want)
	}
}

// inTwo has two redacts look for one thing each, of which one holds bodies and headers
// back: both are shown the trailers, whether they come with the last of the body or not.
func inTwo(t *testing.T, r *rig) {
	const text = "Write to customer-1@example.com of card 4111111111111111"
	for _, contentType := range []string{"text/plain", "application/json"} {
		for _, announced := range []bool{true, false} {
			if contentType == "text/plain" && !announced {
				continue // breaks off, because it ends in what may go on
			}
			send, want := text, "Write to [e-mail] of card [card]"
			if contentType == "application/json" {
				send, want = `["`+send+`"]`, `["`+want+`"]`
			}
			response := r.get(t, way{listener: "two", client: speaking(true)}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", contentType)
				name := http.TrailerPrefix + "X-Note"
				if announced {
					name = "X-Note"
					w.Header().Set("Trailer", name)
				}
				for len(send) > 0 {
					n := min(20, len(send))
					io.WriteString(w, send[:n])
					w.(http.Flusher).Flush()
					send = send[n:]
				}
				w.Header().Set(name, text)
			})
			got, err := io.ReadAll(response.Body)
			if note := response.Trailer.Get("X-Note"); err != nil || string(got) != want || note != "Write to [e-mail] of card [card]" {
				t.Errorf("%s, announced %t: %q, %v, trailer %q; want %q", contentType, announced, got, err, note, want)
			}
		}
	}
}

// beginnings are bodies that stop within something that is not decided yet, with what
// a client may get of them.
var beginnings = []struct{ name, contentType, sent, want string }{
	{"in a string", "application/json", `{"a": "x", "card": "4111 1111 1111 1`, `{"a": "x"`},
	{"in a number", "application/json", `{"a": "x", "card": 411111111111111`, `{"a": "x"`},
	{"in a name", "application/json", `{"a": "x", "customer-1@example.co`, `{"a": "x"`},
	{"before a field that goes", "application/json", `{"a": "x", "cvv": 12`, `{"a": "x"`},
	{"in a text", "text/plain", "a card: 4111 1111 1111 1", "a card: "},
	{"in an event", "text/event-stream", "data: {\"a\":1}\n\ndata: {\"card\":\"4111111111111111\"}\n", "data: {\"a\":1}\n\n"},
	{"in a field of a form", "application/x-www-form-urlencoded", "a=x&card=41111111111", "a=x"},
	{"in a cell", "text/csv", "a,card\nx,4111 1111", "a,card\nx,"},
	{"in an element", "application/xml", "<a><b>x</b><card>4111 1111", "<a><b>x</b><card>"},
}

// brokenOff has the upstream break off, or end what is not over. The client gets
// nothing that is not decided, and no end.
func brokenOff(t *testing.T, r *rig, by way) {
	for _, tt := range beginnings {
		ends := map[string]http.HandlerFunc{
			"reset":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"cut short": func(http.ResponseWriter, *http.Request) {},
		}
		for name, end := range ends {
			if name == "cut short" && tt.contentType != "application/json" && tt.contentType != "application/xml" {
				continue // has no end of its own that could be missing
			}
			response := r.get(t, by, func(w http.ResponseWriter, request *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				io.WriteString(w, tt.sent)
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
				end(w, request)
			})
			got, err := io.ReadAll(response.Body)
			if err == nil || !strings.HasPrefix(tt.want, string(got)) {
				t.Errorf("%s %s: status %d, %q, %v; want it broken off after %q at the latest", name, tt.name, response.StatusCode, got, err, tt.want)
			}
		}
	}
	// What is shorter than its announced length.
	response := r.get(t, by, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"card": "4111 1111`)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	if got, err := io.ReadAll(response.Body); err == nil || strings.Contains(string(got), "4111") {
		t.Errorf("shorter than it should be: %q, %v", got, err)
	}
}

// clientGone has the client leave in the middle of a long body.
func clientGone(t *testing.T, r *rig, by way) {
	sent, _ := page(60)
	before := r.counter(t, "allow.redacted")
	gone := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, r.url(by.listener, func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, err := pages{sent, 1 << 30}.WriteTo(w)
		gone <- err
	}), nil)
	response, err := by.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
		t.Error(err)
	}
	cancel()
	response.Body.Close()
	select {
	case <-gone:
	case <-time.After(20 * time.Second):
		t.Error("the upstream is not told")
	}
	r.counts(t, "allow.redacted", before+1)
	chunked(t, r, by)
}

// upload sends a body in chunks, which the upstream then gets redacted.
func upload(t *testing.T, r *rig, by way) {
	sent, want := page(60)
	got := make(chan error, 1)
	body, w := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url(by.listener, func(w http.ResponseWriter, request *http.Request) {
		got <- pages{want, 100}.compare(request.Body, nil)
		w.WriteHeader(204)
	}), body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	go func() {
		_, err := pages{sent, 100}.WriteTo(w)
		w.CloseWithError(err)
	}()
	if response := r.do(t, by, request); response.StatusCode != 204 {
		t.Errorf("status %d, want 204", response.StatusCode)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// uploadBrokenOff has the client leave in the middle of what is not decided yet.
func uploadBrokenOff(t *testing.T, r *rig, by way) {
	for _, tt := range beginnings {
		got := make(chan string, 1)
		began := make(chan bool, 1)
		body, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		request, _ := http.NewRequestWithContext(ctx, http.MethodPost, r.url(by.listener, func(_ http.ResponseWriter, request *http.Request) {
			began <- true
			text, err := io.ReadAll(request.Body)
			if err == nil {
				t.Errorf("%s: the upstream sees an end", tt.name)
			}
			got <- string(text)
		}), body)
		request.Header.Set("Content-Type", tt.contentType)
		answered := make(chan bool)
		go func() {
			if response, err := by.client.Do(request); err == nil {
				response.Body.Close()
			}
			close(answered)
		}()
		io.WriteString(w, tt.sent)
		<-began
		time.Sleep(20 * time.Millisecond)
		cancel()
		w.CloseWithError(io.ErrUnexpectedEOF)
		<-answered
		if text := <-got; !strings.HasPrefix(tt.want, text) {
			t.Errorf("%s: the upstream gets %q, want %q at the most", tt.name, text, tt.want)
		}
	}
}

// uploadBroken sends what is not what its type says: the client is told, and the
// upstream gets no end.
func uploadBroken(t *testing.T, r *rig, by way) {
	whole := make(chan bool, 1)
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url(by.listener, func(w http.ResponseWriter, request *http.Request) {
		text, err := io.ReadAll(request.Body)
		whole <- err == nil || strings.Contains(string(text), "4111")
	}), strings.NewReader(`{"a": "x", "card": "4111 1111 1111 1111"]`))
	request.Header.Set("Content-Type", "application/json")
	response := r.do(t, by, request)
	if response.StatusCode != 400 || response.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d, want 400", response.StatusCode)
	}
	select {
	case whole := <-whole:
		if whole {
			t.Error("the upstream gets an end, or the card")
		}
	case <-time.After(100 * time.Millisecond): // it was not reached
	}
}

// expecting has the client wait for 100 (Continue), which Envoy sends itself, or the
// upstream.
func expecting(t *testing.T, r *rig, by way) {
	for _, listener := range []string{by.listener, "expecting"} {
		got := make(chan string, 1)
		request, _ := http.NewRequest(http.MethodPost, r.url(listener, func(w http.ResponseWriter, request *http.Request) {
			text, _ := io.ReadAll(request.Body)
			got <- string(text)
			w.WriteHeader(204)
		}), strings.NewReader(`{"card":"4111111111111111"}`))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Expect", "100-continue")
		continued := make(chan bool, 1)
		request = request.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { continued <- true }}))
		response := r.do(t, by, request)
		if text := <-got; response.StatusCode != 204 || text != `{"card":"************1111"}` || len(continued) != 1 {
			t.Errorf("%s: status %d, the upstream gets %q, continued %d times", listener, response.StatusCode, text, len(continued))
		}
	}
}

// tunnel asks for a tunnel, which the upstream agrees to: nobody reads what is in one.
func tunnel(t *testing.T, r *rig) {
	heard := make(chan string, 1)
	url := r.url("expecting", func(w http.ResponseWriter, _ *http.Request) {
		conn, reader, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\na card 4111111111111111")
		text, _ := io.ReadAll(reader)
		heard <- string(text)
	})
	address, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nmy card 4111111111111111", path)
	got, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 502 ") || strings.Contains(string(got), "4111") {
		t.Errorf("the client gets %q, %v; want 502", got, err)
	}
	if text := <-heard; text != "" {
		t.Errorf("the upstream gets %q", text)
	}
}

// behindOthers has redact show what a token is good for, which another plugin has
// verified, and one in between has counted.
func behindOthers(t *testing.T, r *rig) {
	for _, tt := range []struct {
		name, token string
		status      int
		want        string
	}{
		{"nobody", "", 401, ""},
		{"the support desk", token("desk", "orders:read"), 200, `{"card":"************1111"}`},
		{"the auditor", token("audit", "orders:read cards:read"), 200, `{"card":"4111111111111111"}`},
		{"somebody else's token", token("audit", "cards:read") + "x", 401, ""},
	} {
		for _, by := range ways[:2] {
			request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url("behind others", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, `{"card":"4111111111111111","cvv":123}`)
			}), nil)
			if tt.token != "" {
				request.Header.Set("Authorization", "Bearer "+tt.token)
			}
			response := r.do(t, by, request)
			got, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != tt.status || tt.status == 200 && string(got) != tt.want {
				t.Errorf("%s over %s: %d, %q, %v; want %d, %s", tt.name, by.name, response.StatusCode, got, err, tt.status, tt.want)
			}
			if problem := response.Header.Get("Content-Type"); tt.status == 401 && (problem != "application/problem+json" || len(got) == 0) {
				t.Errorf("%s over %s: an answer of type %s, %q", tt.name, by.name, problem, got)
			}
			if (response.Header.Get("RateLimit") != "") != (tt.status == 200) {
				t.Errorf("%s over %s: headers %v", tt.name, by.name, response.Header)
			}
		}
	}
}
