package traffic

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
)

// entry wraps the text of a request and of a response in a document. Both begin
// on a line of their own: 5 and 6.
func entry(request, response string) string {
	return "{\"log\": {\n\"version\": \"1.2\",\n\"entries\": [{\n\"startedDateTime\": \"2026-03-01T12:00:00.250+01:00\",\n" +
		"\"request\": " + request + ",\n\"response\": " + response + "}]}}"
}

const plainResponse = `{"status": 200, "headers": []}`

func dump(headers []harness.Header) string {
	var lines []string
	for _, h := range headers {
		lines = append(lines, h.Name+": "+h.Value)
	}
	return strings.Join(lines, "\n")
}

func joined(chunks [][]byte) string {
	var b strings.Builder
	for _, c := range chunks {
		b.Write(c)
	}
	return b.String()
}

func TestHARRequests(t *testing.T) {
	tests := []struct {
		name, request string
		headers       string
		body          string
	}{
		{
			"path is neither cleaned nor decoded",
			`{"method":"GET","url":"https://api.example.com//a/%61dmin/../x?q=%2F&r=a+b","httpVersion":"HTTP/1.1","headers":[{"name":"Host","value":"api.example.com"}]}`,
			":authority: api.example.com\n:path: //a/%61dmin/../x?q=%2F&r=a+b\n:method: GET\n:scheme: https", "",
		},
		{
			"order and duplicates are kept, names in lower case",
			`{"method":"GET","url":"http://h/","httpVersion":"HTTP/1.1","headers":[{"name":"X-B","value":"1"},{"name":"Host","value":"h"},{"name":"X-A","value":"2"},{"name":"x-b","value":"3"}]}`,
			":authority: h\n:path: /\n:method: GET\n:scheme: http\nx-b: 1\nx-a: 2\nx-b: 3", "",
		},
		{
			"url without a path, with a query",
			`{"method":"GET","url":"http://h?x=1","headers":[]}`,
			":authority: h\n:path: /?x=1\n:method: GET\n:scheme: http", "",
		},
		{
			"fragment that was sent stays for the proxy to refuse",
			`{"method":"GET","url":"http://h/a#b","headers":[]}`,
			":authority: h\n:path: /a#b\n:method: GET\n:scheme: http", "",
		},
		{
			"user and password are not sent",
			`{"method":"GET","url":"http://u:p@h:8080/","headers":[]}`,
			":authority: h:8080\n:path: /\n:method: GET\n:scheme: http", "",
		},
		{
			"host header wins over the url",
			`{"method":"GET","url":"http://10.0.0.1/","headers":[{"name":"Host","value":"api.example.com"}]}`,
			":authority: api.example.com\n:path: /\n:method: GET\n:scheme: http", "",
		},
		{
			"pseudo-header fields of HTTP/2 as recorded",
			`{"method":"GET","url":"https://h/x","httpVersion":"h2","headers":[{"name":":path","value":"/y"},{"name":":method","value":"GET"},{"name":"accept","value":"*/*"},{"name":":authority","value":"g"},{"name":":scheme","value":"https"},{"name":"host","value":"other"}]}`,
			":path: /y\n:method: GET\n:authority: g\n:scheme: https\naccept: */*", "",
		},
		{
			"HTTP/2 without pseudo-header fields",
			`{"method":"GET","url":"https://h/x","httpVersion":"HTTP/2","headers":[{"name":"accept","value":"*/*"}]}`,
			":method: GET\n:path: /x\n:scheme: https\n:authority: h\naccept: */*", "",
		},
		{
			"cookie crumbs of HTTP/2 are one field",
			`{"method":"GET","url":"https://h/x","httpVersion":"HTTP/2","headers":[{"name":"cookie","value":"a=1"},{"name":"accept","value":"*/*"},{"name":"cookie","value":"b=2"}]}`,
			":method: GET\n:path: /x\n:scheme: https\n:authority: h\naccept: */*\ncookie: a=1; b=2", "",
		},
		{
			"cookies are not doubled",
			`{"method":"GET","url":"http://h/","headers":[{"name":"Cookie","value":"a=1"}],"cookies":[{"name":"a","value":"1"}]}`,
			":authority: h\n:path: /\n:method: GET\n:scheme: http\ncookie: a=1", "",
		},
		{
			"cookies without a header become one",
			`{"method":"GET","url":"http://h/","headers":[],"cookies":[{"name":"a","value":"1"},{"name":"b","value":"2"}]}`,
			":authority: h\n:path: /\n:method: GET\n:scheme: http\ncookie: a=1; b=2", "",
		},
		{
			"fields of the connection are gone",
			`{"method":"GET","url":"http://h/","headers":[{"name":"Connection","value":"keep-alive, X-Hop"},{"name":"X-Hop","value":"1"},{"name":"Keep-Alive","value":"5"},{"name":"Proxy-Connection","value":"x"},{"name":"Upgrade","value":"h2c"},{"name":"TE","value":"gzip, trailers"},{"name":"Expect","value":"100-continue"}]}`,
			":authority: h\n:path: /\n:method: GET\n:scheme: http\nte: trailers", "",
		},
		{
			"upgrade keeps its fields",
			`{"method":"GET","url":"wss://h/","headers":[{"name":"Connection","value":"Upgrade"},{"name":"Upgrade","value":"websocket"}]}`,
			":authority: h\n:path: /\n:method: GET\n:scheme: https\nconnection: Upgrade\nupgrade: websocket", "",
		},
		{
			"text body gets its length",
			`{"method":"POST","url":"http://h/","headers":[],"postData":{"mimeType":"text/plain","text":"h\u00e9"}}`,
			":authority: h\n:path: /\n:method: POST\n:scheme: http\ncontent-length: 3", "hé",
		},
		{
			"length of another coding is put right",
			`{"method":"POST","url":"http://h/","headers":[{"name":"Content-Length","value":"99"},{"name":"x","value":"y"}],"postData":{"mimeType":"text/plain","text":"abc"}}`,
			":authority: h\n:path: /\n:method: POST\n:scheme: http\ncontent-length: 3\nx: y", "abc",
		},
		{
			"chunked coding has no length",
			`{"method":"POST","url":"http://h/","headers":[{"name":"Transfer-Encoding","value":"chunked"}],"postData":{"mimeType":"text/plain","text":"abc"}}`,
			":authority: h\n:path: /\n:method: POST\n:scheme: http", "abc",
		},
		{
			"binary body",
			`{"method":"POST","url":"http://h/","headers":[],"postData":{"mimeType":"x","encoding":"base64","text":"AP8="}}`,
			":authority: h\n:path: /\n:method: POST\n:scheme: http\ncontent-length: 2", "\x00\xff",
		},
		{
			"form from its parameters",
			`{"method":"POST","url":"http://h/","headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"}],"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1 2"},{"name":"b","value":"%41&é"}]}}`,
			":authority: h\n:path: /\n:method: POST\n:scheme: http\ncontent-type: application/x-www-form-urlencoded\ncontent-length: 22", "a=1+2&b=%41%26%C3%A9",
		},
		{
			"multipart form from its parameters",
			`{"method":"POST","url":"http://h/","headers":[{"name":"Content-Type","value":"multipart/form-data; boundary=B"}],"postData":{"mimeType":"multipart/form-data","params":[{"name":"f","fileName":"a.txt","contentType":"text/plain","value":"x"}]}}`,
			":authority: h\n:path: /\n:method: POST\n:scheme: http\ncontent-type: multipart/form-data; boundary=B\ncontent-length: 99",
			"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--\r\n",
		},
		{
			"values that a browser joined by line feeds",
			`{"method":"GET","url":"http://h/","headers":[{"name":"x","value":"1\n2"}]}`,
			":authority: h\n:path: /\n:method: GET\n:scheme: http\nx: 1\nx: 2", "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recording, err := ReadHAR("x.har", []byte(entry(test.request, plainResponse)))
			if err != nil {
				t.Fatal(err)
			}
			x := recording.Exchanges[0]
			want := test.headers
			if test.body != "" {
				if i := strings.Index(want, "content-length: "); i >= 0 {
					// The length is asserted against the body, so that a table row
					// cannot state a wrong one.
					rest := ""
					if j := strings.IndexByte(want[i:], '\n'); j >= 0 {
						rest = want[i+j:]
					}
					want = want[:i] + fmt.Sprintf("content-length: %d", len(test.body)) + rest
				}
			}
			if got := dump(x.Request.Headers); got != want {
				t.Errorf("headers:\n%s\nwant:\n%s", got, want)
			}
			if got := joined(x.Request.Body); got != test.body {
				t.Errorf("body %q, want %q", got, test.body)
			}
			if want := time.Date(2026, 3, 1, 11, 0, 0, 250e6, time.UTC); !x.At.Equal(want) {
				t.Errorf("at %v, want %v", x.At, want)
			}
		})
	}
}

func TestHARResponses(t *testing.T) {
	tests := []struct {
		name, method, response string
		headers, body          string
		reset                  bool
	}{
		{"text", "GET", `{"status":200,"headers":[{"name":"Content-Type","value":"text/plain"}],"content":{"text":"hi"}}`,
			":status: 200\ncontent-type: text/plain", "hi", false},
		{"base64", "GET", `{"status":200,"headers":[],"content":{"text":"AAH/","encoding":"base64"}}`,
			":status: 200", "\x00\x01\xff", false},
		{"aborted", "GET", `{"status":0,"headers":[],"content":{"size":0}}`, "", "", true},
		{"text was decoded, so its coding goes", "GET",
			`{"status":200,"headers":[{"name":"Content-Encoding","value":"br"},{"name":"Content-Length","value":"7"}],"content":{"text":"decoded"}}`,
			":status: 200\ncontent-length: 7", "decoded", false},
		{"base64 of the coded bytes keeps its coding", "GET",
			`{"status":200,"headers":[{"name":"Content-Encoding","value":"gzip"}],"content":{"text":"H4sI","encoding":"base64"}}`,
			":status: 200\ncontent-encoding: gzip", "\x1f\x8b\x08", false},
		{"base64 as long as the wire keeps its coding", "GET",
			`{"status":200,"bodySize":3,"headers":[{"name":"Content-Encoding","value":"br"}],"content":{"text":"AAH/","encoding":"base64"}}`,
			":status: 200\ncontent-encoding: br", "\x00\x01\xff", false},
		{"no body to HEAD, its length stays", "HEAD",
			`{"status":200,"headers":[{"name":"Content-Length","value":"7"}],"content":{"text":""}}`,
			":status: 200\ncontent-length: 7", "", false},
		{"cached body of a 304", "GET", `{"status":304,"headers":[],"content":{"text":"cached"}}`,
			":status: 304", "", false},
		{"body that was not recorded", "GET", `{"status":200,"headers":[{"name":"Content-Length","value":"7"}],"content":{"size":7}}`,
			":status: 200\ncontent-length: 0", "", false},
		{"cookies joined by a line feed", "GET", `{"status":200,"headers":[{"name":"Set-Cookie","value":"a=1\nb=2"}]}`,
			":status: 200\nset-cookie: a=1\nset-cookie: b=2", "", false},
		{"fields of the connection pass the filters, but for Keep-Alive", "GET",
			`{"status":200,"headers":[{"name":"Connection","value":"keep-alive"},{"name":"Keep-Alive","value":"5"},{"name":"Transfer-Encoding","value":"chunked"}],"content":{"text":"x"}}`,
			":status: 200\nconnection: keep-alive\ntransfer-encoding: chunked", "x", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recording, err := ReadHAR("x.har", []byte(entry(`{"method":"`+test.method+`","url":"http://h/","headers":[]}`, test.response)))
			if err != nil {
				t.Fatal(err)
			}
			m := recording.Exchanges[0].Response
			if got := dump(m.Headers); got != test.headers {
				t.Errorf("headers:\n%s\nwant:\n%s", got, test.headers)
			}
			if got := joined(m.Body); got != test.body {
				t.Errorf("body %q, want %q", got, test.body)
			}
			if m.Reset != test.reset {
				t.Errorf("reset %v, want %v", m.Reset, test.reset)
			}
		})
	}
}

func TestHARErrors(t *testing.T) {
	ok := `{"method":"GET","url":"http://h/","headers":[]}`
	tests := []struct{ name, har, want string }{
		{"empty object", `{}`, `x.har:1:1: not a HAR document: no member "log", want an object`},
		{"array", `[]`, `x.har:1:1: not a HAR document: an array, want an object with a member "log"`},
		{"log is no object", `{"log": 3}`, `x.har:1:9: not a HAR document: a number, want an object`},
		{"no entries", `{"log": {}}`, `x.har:1:9: log: no member "entries", want an array`},
		{"empty entries", `{"log": {"entries": []}}`, `x.har:1:21: log.entries: empty, want at least one exchange`},
		{"HAR of another time", `{"log": {"version": "2.0", "entries": []}}`, `x.har:1:21: log.version: HAR version "2.0", want 1.2`},
		{"cut short", "{\"log\":\n {\"entries\": [", `x.har:2:15: not JSON: end of file, want a JSON value`},
		{"trailing bytes", `{"log": {}} x`, `x.har:1:13: not JSON: 'x' after the JSON document, want the end of the file`},
		{"comma too many", "{\"log\": {\n\"entries\": [],}}", `x.har:2:15: not JSON: '}', want the name of a member`},
		{"member twice", `{"log": 1, "log": 2}`, `x.har:1:12: not JSON: member "log" twice in one object`},
		{"not UTF-8", "{\"log\": \"\xff\"}", `x.har:1:10: not JSON: byte 0xff is not UTF-8, which JSON is written in`},
		{"too deep", strings.Repeat("[", 2000), `x.har:1:1002: not JSON: nested deeper than 1000 levels`},
		{"no url", entry(`{"method":"GET"}`, plainResponse), `x.har:5:12: log.entries[0].request: no member "url", want a string`},
		{"relative url", entry(`{"method":"GET","url":"/x"}`, plainResponse), `x.har:5:34: log.entries[0].request.url: "/x", want an absolute url`},
		{"url that begins with a port", entry(`{"method":"GET","url":"localhost:8080/x"}`, plainResponse), `x.har:5:34: log.entries[0].request.url: "localhost:8080/x", want an absolute url`},
		{"url without a host", entry(`{"method":"GET","url":"http:///x"}`, plainResponse), `x.har:5:34: log.entries[0].request.url: "http:///x", want a host in the url`},
		{"method with a space", entry(`{"method":"G T","url":"http://h/"}`, plainResponse), `x.har:5:22: log.entries[0].request.method: "G T", want a method such as "GET"`},
		{"unknown protocol", entry(`{"method":"GET","url":"http://h/","httpVersion":"SPDY/3"}`, plainResponse), `x.har:5:60: log.entries[0].request.httpVersion: "SPDY/3", want HTTP/1.1, HTTP/2 or HTTP/3`},
		{"header name with a space", entry(`{"method":"GET","url":"http://h/","headers":[{"name":"a b","value":"c"}]}`, plainResponse), `x.har:5:57: log.entries[0].request.headers[0]: header name "a b", want a token (RFC 9110, Section 5.6.2)`},
		{"header value with CR", entry(`{"method":"GET","url":"http://h/","headers":[{"name":"a","value":"b\rc"}]}`, plainResponse), `x.har:5:57: log.entries[0].request.headers[0]: value of header "a": byte 0x0d, which no header value can hold`},
		{"headers are no list", entry(`{"method":"GET","url":"http://h/","headers":{}}`, plainResponse), `x.har:5:56: log.entries[0].request.headers: an object, want an array`},
		{"bad base64", entry(`{"method":"POST","url":"http://h/","postData":{"text":"*","encoding":"base64"}}`, plainResponse), `x.har:5:66: log.entries[0].request.postData.text: not base64: illegal base64 data at input byte 0`},
		{"unknown encoding", entry(ok, `{"status":200,"content":{"text":"x","encoding":"rot13"}}`), `x.har:6:60: log.entries[0].response.content.encoding: "rot13", want "base64" or none`},
		{"status out of range", entry(ok, `{"status":9}`), `x.har:6:23: log.entries[0].response.status: "9", want 100 to 599, or 0 for none`},
		{"status as text", entry(ok, `{"status":"200"}`), `x.har:6:23: log.entries[0].response.status: a string, want a number`},
		{"no response", `{"log":{"entries":[{"request":` + ok + `}]}}`, `x.har:1:20: log.entries[0]: no member "response", want an object`},
		{"time without an offset", `{"log":{"entries":[{"startedDateTime":"2026-03-01T12:00:00"}]}}`, `x.har:1:39: log.entries[0].startedDateTime: time "2026-03-01T12:00:00", want one like "2026-03-01T12:00:00.250Z"`},
		{"nothing HTTP in it", entry(`{"method":"GET","url":"data:text/plain,x"}`, plainResponse), `x.har:3:12: log.entries: none of 1 entries is HTTP`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read("x.har", []byte(test.har))
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
}

func TestHARSkipsWhatIsNotHTTP(t *testing.T) {
	har := `{"log":{"entries":[
{"request":{"method":"GET","url":"data:text/plain,x"},"response":{"status":200}},
{"request":{"method":"GET","url":"chrome-extension://id/x"},"response":{"status":200}},
{"request":{"method":"GET","url":"blob:https://h/0"},"response":{"status":200}},
{"request":{"method":"GET","url":"http://h/"},"response":{"status":200},"_webSocketMessages":[{"type":"send"}]}]}}`
	recording, err := ReadHAR("x.har", []byte(har))
	if err != nil {
		t.Fatal(err)
	}
	want := []Skipped{{2, `url of scheme "data"`}, {3, `url of scheme "chrome-extension"`}, {4, `url of scheme "blob"`}}
	if !reflect.DeepEqual(recording.Skipped, want) || len(recording.Exchanges) != 1 || recording.Exchanges[0].Line != 5 {
		t.Errorf("skipped %v and read %d exchanges, want %v and 1", recording.Skipped, len(recording.Exchanges), want)
	}
}

// Our JSON parser takes what encoding/json takes, but for the two things it is
// stricter in, and reads the same strings.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{}`, `[1,-0.5e+3,true,null,"é\ud83d\ude00\ud800x\/"]`, `{"a":{"b":[]},"_c":1}`, `"\u12"`, `01`, "\"\xff\"", ` [ 1 , 2 ] `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := parseJSON(data)
		var want any
		fault := json.Unmarshal(data, &want)
		if err != nil {
			_, problem := asSyntaxError(err)
			stricter := strings.Contains(problem, "not UTF-8") || strings.Contains(problem, "twice") || strings.Contains(problem, "deeper") ||
				fault != nil
			if !stricter {
				t.Fatalf("refused what encoding/json takes: %v", err)
			}
			return
		}
		if fault != nil && !strings.Contains(fault.Error(), "cannot unmarshal number") {
			t.Fatalf("took what encoding/json refuses: %v", fault)
		}
		if fault == nil && !same(n, want) {
			t.Fatalf("read %q differently from encoding/json", data)
		}
	})
}

func same(n *node, v any) bool {
	switch v := v.(type) {
	case string:
		return n.kind == jsonString && n.text == v
	case []any:
		if n.kind != jsonArray || len(n.items) != len(v) {
			return false
		}
		for i := range v {
			if !same(n.items[i], v[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, m := range n.members {
			if !same(m.value, v[m.name]) {
				return false
			}
			delete(v, m.name)
		}
		for name := range v {
			if !strings.HasPrefix(name, "_") {
				return false
			}
		}
		return n.kind == jsonObject
	}
	return n.kind != jsonString && n.kind != jsonArray && n.kind != jsonObject
}

// Whatever a file holds, the readers give exchanges that can be run or one line
// that says what is wrong.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/*.har", "testdata/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no seeds %s", pattern)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte(entry(`{"method":"GET","url":"http://h/"}`, plainResponse)))
	f.Fuzz(func(t *testing.T, data []byte) {
		recording, err := Read("x", data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		if len(recording.Exchanges) == 0 {
			t.Fatal("no error and no exchange")
		}
		for _, x := range recording.Exchanges {
			if len(x.Request.Headers) == 0 {
				t.Fatal("request without headers")
			}
			if len(x.Response.Headers) == 0 && !x.Response.Reset {
				t.Fatal("response without headers that is no reset")
			}
			for _, headers := range [][]harness.Header{x.Request.Headers, x.Response.Headers, x.Request.Trailers, x.Response.Trailers} {
				for _, h := range headers {
					if h.Name == "" || h.Name != strings.ToLower(h.Name) || strings.ContainsAny(h.Name+h.Value, "\x00\r\n") {
						t.Fatalf("header %q: %q", h.Name, h.Value)
					}
				}
			}
			for _, chunk := range append(x.Request.Body, x.Response.Body...) {
				if len(chunk) == 0 {
					t.Fatal("empty chunk")
				}
			}
		}
	})
}
