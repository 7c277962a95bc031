package traffic

import (
	"bytes"
	"os"
	"reflect"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"gatehouse/harness"
)

func TestTxtarEverySection(t *testing.T) {
	data, err := os.ReadFile("testdata/orders.txtar")
	if err != nil {
		t.Fatal(err)
	}
	recording, err := Read("orders.txtar", data)
	if err != nil {
		t.Fatal(err)
	}
	want := "response 201\n"
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	h := func(pairs ...string) (headers []harness.Header) {
		for i := 0; i < len(pairs); i += 2 {
			headers = append(headers, harness.Header{Name: pairs[i], Value: pairs[i+1]})
		}
		return headers
	}
	exchanges := []Exchange{
		{
			Line: 5,
			Want: &want,
			Exchange: harness.Exchange{
				Name: "first order", At: at, Protocol: "HTTP/1.1", UpstreamProtocol: "HTTP/1.1",
				Request: harness.Message{
					Headers: h(":authority", "api.example.com", ":path", "/orders?dry=1", ":method", "POST", ":scheme", "http",
						"content-type", "application/json", "content-length", "11"),
					Body: [][]byte{[]byte(`{"it`), []byte(`em"`), []byte(`: 1}`)},
				},
				Response: harness.Message{
					Headers:  h(":status", "201", "content-type", "application/octet-stream"),
					Body:     [][]byte{{0}, {1, 2}, {3, 4, 5}},
					Trailers: h("x-checksum", "1"),
					Delay:    20 * time.Millisecond,
				},
				Properties: map[string][]byte{"source.address": []byte("203.0.113.7:4711")},
			},
		},
		{
			Line: 30,
			Exchange: harness.Exchange{
				At: at.Add(1500 * time.Millisecond), Protocol: "HTTP/2", UpstreamProtocol: "HTTP/1.1",
				Request: harness.Message{
					Headers:  h(":method", "GET", ":path", "/a%2fb", ":scheme", "http", ":authority", "other.example.com", "te", "trailers"),
					Trailers: h("x-end", "yes"),
				},
				Response: harness.Message{Reset: true},
			},
		},
	}
	for i := range exchanges {
		if !reflect.DeepEqual(recording.Exchanges[i], exchanges[i]) {
			t.Errorf("exchange %d:\n%+v\nwant:\n%+v", i, recording.Exchanges[i], exchanges[i])
		}
	}
	if len(recording.Exchanges) != len(exchanges) {
		t.Errorf("%d exchanges, want %d", len(recording.Exchanges), len(exchanges))
	}
	if string(recording.Configuration) != "{\"issuers\": []}\n" || recording.Comment != "Every section a recording can have, on two exchanges." {
		t.Errorf("configuration %q, comment %q", recording.Configuration, recording.Comment)
	}
}

func TestTxtarBodies(t *testing.T) {
	tests := []struct{ name, request, body, length string }{
		{"newline of the section is the archive's", "POST / HTTP/1.1\n\nabc\n", "abc", "3"},
		{"empty line sends a newline", "POST / HTTP/1.1\n\nabc\n\n", "abc\n", "4"},
		{"content-length may count the newline", "POST / HTTP/1.1\nContent-Length: 4\n\nabc\n", "abc\n", "4"},
		{"content-length may leave it out", "POST / HTTP/1.1\nContent-Length: 3\n\nabc\n", "abc", "3"},
		{"chunked coding has no length", "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\nabc\n", "abc", ""},
		{"HTTP/2 needs no length", "POST / HTTP/2\n\nabc\n", "abc", ""},
		{"lines end in CRLF", "POST / HTTP/1.1\r\nX: y\r\n\r\nab\r\nc\n", "ab\r\nc", "5"},
		{"no empty line, no body", "GET / HTTP/1.1\nX: y\n", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recording, err := ReadTxtar("x.txtar", []byte("-- request --\n"+test.request+"-- want --\n"))
			if err != nil {
				t.Fatal(err)
			}
			m := recording.Exchanges[0].Request
			if got := joined(m.Body); got != test.body {
				t.Errorf("body %q, want %q", got, test.body)
			}
			if got, _ := first(m.Headers, "content-length"); got != test.length {
				t.Errorf("content-length %q, want %q", got, test.length)
			}
		})
	}
}

// What Envoy refuses is kept as it was sent: refusing is for the harness.
func TestTxtarOddRequestTargets(t *testing.T) {
	tests := []struct {
		name, line string
		want       []harness.Header
	}{
		{"a space", "GET /a b HTTP/1.1", []harness.Header{{Name: ":path", Value: "/a b"}, {Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}}},
		{"raw UTF-8", "GET /caf\u00e9 HTTP/1.1", []harness.Header{{Name: ":path", Value: "/caf\u00e9"}, {Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}}},
		{"an asterisk", "OPTIONS * HTTP/1.1", []harness.Header{{Name: ":path", Value: "*"}, {Name: ":method", Value: "OPTIONS"}, {Name: ":scheme", Value: "http"}}},
		{"CONNECT", "CONNECT h:443 HTTP/1.1", []harness.Header{{Name: ":authority", Value: "h:443"}, {Name: ":method", Value: "CONNECT"}, {Name: ":scheme", Value: "http"}}},
		{"CONNECT over HTTP/2", "CONNECT h:443 HTTP/2", []harness.Header{{Name: ":method", Value: "CONNECT"}, {Name: ":authority", Value: "h:443"}}},
		{"CONNECT with a path", "CONNECT /a HTTP/1.1", []harness.Header{{Name: ":path", Value: "/a"}, {Name: ":method", Value: "CONNECT"}, {Name: ":scheme", Value: "http"}}},
		{"a url", "GET http://h/p?q HTTP/1.1", []harness.Header{{Name: ":authority", Value: "h"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/p?q"}, {Name: ":method", Value: "GET"}}},
		{"a url without a path", "GET http://h HTTP/1.1", []harness.Header{{Name: ":authority", Value: "h"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/"}, {Name: ":method", Value: "GET"}}},
		{"an upgrade to HTTP/2 or something else", "GET / HTTP/1.1\nConnection: upgrade\nUpgrade: h2c, websocket", []harness.Header{{Name: ":path", Value: "/"}, {Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: "connection", Value: "upgrade"}, {Name: "upgrade", Value: "h2c, websocket"}}},
		{"a url with only a query", "GET http://h?q HTTP/1.1", []harness.Header{{Name: ":authority", Value: "h"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "?q"}, {Name: ":method", Value: "GET"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recording, err := ReadTxtar("x.txtar", []byte("-- request --\n"+test.line+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got := recording.Exchanges[0].Request.Headers; !reflect.DeepEqual(got, test.want) {
				t.Errorf("headers %q, want %q", got, test.want)
			}
		})
	}
}

func TestTxtarTimes(t *testing.T) {
	get := "-- request --\nGET / HTTP/1.1\n"
	tests := []struct {
		name, archive string
		want          []time.Time
	}{
		{"none", get + get, []time.Time{{}, {}}},
		{"after without a time before it counts from the epoch", get + "-- exchange --\nafter: 1s\n" + get, []time.Time{Epoch, Epoch.Add(time.Second)}},
		{"an exchange without a time happens at once", "-- exchange --\nat: 2026-01-01T00:00:05Z\n" + get + get, []time.Time{Epoch.Add(5 * time.Second), Epoch.Add(5 * time.Second)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recording, err := ReadTxtar("x.txtar", []byte(test.archive))
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range recording.Exchanges {
				if !x.At.Equal(test.want[i]) {
					t.Errorf("exchange %d at %v, want %v", i, x.At, test.want[i])
				}
			}
		})
	}
}

func TestTxtarErrors(t *testing.T) {
	get := "-- request --\nGET / HTTP/1.1\n"
	tests := []struct{ name, archive, want string }{
		{"no section", "hello", `x.txtar:1: not a txtar archive: no section, want a line such as "-- request --"`},
		{"no exchange", "-- config.json --\n{}\n", `x.txtar:1: no exchange, want a section "request"`},
		{"unknown section", get + "-- respond --\n", `x.txtar:3: respond: unknown section, want config.json, callouts.yaml, exchange, request, upstream, one of their .base64, .chunks and .trailers, or want`},
		{"answer before the request", "-- upstream --\n", `x.txtar:1: upstream: want a section "request" before it`},
		{"configuration too late", get + "-- config.json --\n", `x.txtar:3: config.json: after the first exchange, want it before`},
		{"section twice", get + "-- want --\n-- want --\n", `x.txtar:4: want: twice, want it once an exchange`},
		{"empty request", "-- request --\n-- want --\n", `x.txtar:2: request: empty, want an HTTP message`},
		{"request line without a version", "-- request --\nGET /\n", `x.txtar:2: request: request line "GET /", want one like "GET /orders HTTP/1.1"`},
		{"target that is none", "-- request --\nGET x HTTP/1.1\n", `x.txtar:2: request: request target "x", want a path that begins with "/" or an http url`},
		{"header without a colon", "-- request --\nGET / HTTP/1.1\nHost\n", `x.txtar:3: request: header line without a colon, want "Name: value", or an empty line before the body`},
		{"folded header", "-- request --\nGET / HTTP/1.1\nA: b\n c\n", `x.txtar:4: request: header line that begins with white space (RFC 9112, Section 5.2 has done away with folding)`},
		{"length that is not the body's", "-- request --\nPOST / HTTP/1.1\nContent-Length: 9\n\nabc\n", `x.txtar:1: request: content-length 9, but the body has 3 bytes`},
		{"two bodies", "-- request --\nPOST / HTTP/1.1\n\nabc\n-- request.base64 --\nAA==\n", `x.txtar:5: request.base64: a second body, want the one of request or this`},
		{"bad base64", "-- request --\nPOST / HTTP/1.1\n-- request.base64 --\n*\n", `x.txtar:4: request.base64: not base64: illegal base64 data at input byte 0`},
		{"chunk larger than the body", "-- request --\nPOST / HTTP/1.1\n\nabc\n-- request.chunks --\n2\n2\n", `x.txtar:7: request.chunks: chunk of 2 bytes, want at most the 1 that are left of the body`},
		{"chunks of nothing", get + "-- request.chunks --\n2\n", `x.txtar:3: request.chunks: no body, want one to cut`},
		{"bad status line", get + "-- upstream --\n200 OK\n", `x.txtar:4: upstream: status line "200 OK", want one like "HTTP/1.1 200 OK"`},
		{"body where none can be", get + "-- upstream --\nHTTP/1.1 204 No Content\n\nabc\n", `x.txtar:3: upstream: a body, but an answer 204 to GET has none`},
		{"unknown key", "-- exchange --\nwhen: now\n" + get, `x.txtar:2: exchange: unknown key "when", want name, at, after, delay, reset or property PATH`},
		{"bad time", "-- exchange --\nat: noon\n" + get, `x.txtar:2: exchange: at: time "noon", want one like 2026-03-01T12:00:00Z`},
		{"bad duration", "-- exchange --\n\nafter: -1s\n" + get, `x.txtar:3: exchange: after: duration "-1s", want one like 1.5s`},
		{"exchange without a request", "-- exchange --\nname: x\n", `x.txtar:1: exchange: no section "request" after it`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read("x.txtar", []byte(test.archive))
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
}

func TestReadDetectsTheFormat(t *testing.T) {
	har := entry(`{"method":"GET","url":"http://h/"}`, plainResponse)
	archive := "-- request --\nGET / HTTP/1.1\n"
	tests := []struct{ name, file, data, want string }{
		{"HAR by content", "traffic", har, "har"},
		{"HAR with a byte order mark", "x.har", "\xef\xbb\xbf" + har, "har"},
		{"txtar by content", "traffic", archive, "txtar"},
		{"txtar with a brace in its comment", "traffic", "{why}\n" + archive, "txtar"},
		{"neither", "traffic", "hello", `traffic:1: not a recording: want a HAR document ("{") or a txtar archive ("-- request --")`},
		{"empty", "x.har", " \n", `x.har: empty file, want a HAR document or a txtar archive`},
		{"HAR that is called txtar", "x.txtar", har, `x.txtar:1: not a txtar archive: no section, want a line such as "-- request --"`},
		{"txtar that is called HAR", "x.har", archive, `x.har:1:2: not JSON: '-', want a digit`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recording, err := Read(test.file, []byte(test.data))
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = string(recording.Format)
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// The splitter finds the sections that golang.org/x/tools/txtar finds.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a\n-- b --\nc\n-- d --\n", "-- a --\r\nb", "--  --\n", "-- --\n", "-- a --", "\n-- a --\n-- b --\nx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The library replaces CRLF endings throughout an archive that has any;
		// recordings keep them.
		if bytes.Contains(data, []byte("\r")) {
			return
		}
		sections, comment := split(data)
		archive := txtar.Parse(data)
		newline := func(b []byte) string {
			if len(b) > 0 && b[len(b)-1] != '\n' {
				return string(b) + "\n"
			}
			return string(b)
		}
		if newline(comment) != string(archive.Comment) || len(sections) != len(archive.Files) {
			t.Fatalf("comment %q and %d sections, want %q and %d", comment, len(sections), archive.Comment, len(archive.Files))
		}
		for i, s := range sections {
			if s.name != archive.Files[i].Name || newline(s.data) != string(archive.Files[i].Data) {
				t.Fatalf("section %q: %q, want %q: %q", s.name, s.data, archive.Files[i].Name, archive.Files[i].Data)
			}
		}
	})
}
