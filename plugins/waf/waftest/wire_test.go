//go:build !wasip1

package waftest

import (
	"reflect"
	"strings"
	"testing"
)

func TestMessage(t *testing.T) {
	text := func(s string) *string { return &s }
	off := false
	tests := []struct {
		name string
		in   stageInput
		want string
	}{
		{"nothing said", stageInput{}, "GET / HTTP/1.1|Connection: close||"},
		{
			"headers in order of their names", stageInput{Headers: map[string]string{"b": "1", "Host": "h", "Accept": "*/*"}},
			"GET / HTTP/1.1|Accept: */*|Host: h|b: 1|Connection: close||",
		},
		{
			"form data is encoded", stageInput{Method: text("POST"), Data: text("a=b c&d&e=<f=g>")},
			"POST / HTTP/1.1|Content-Type: application/x-www-form-urlencoded|Connection: close|Content-Length: 21||a=b+c&d&e=%3Cf%3Dg%3E",
		},
		{
			"form data that decodes to something else is not", stageInput{Method: text("POST"), Data: text("a=b+c&d=<")},
			"POST / HTTP/1.1|Content-Type: application/x-www-form-urlencoded|Connection: close|Content-Length: 9||a=b+c&d=<",
		},
		{
			"form data that ends in an ampersand", stageInput{Method: text("POST"), Data: text("a=< >&")},
			"POST / HTTP/1.1|Content-Type: application/x-www-form-urlencoded|Connection: close|Content-Length: 9||a=%3C+%3E",
		},
		{
			"form data that does not decode is not", stageInput{Method: text("POST"), Data: text("a=100%")},
			"POST / HTTP/1.1|Content-Type: application/x-www-form-urlencoded|Connection: close|Content-Length: 6||a=100%",
		},
		{
			"other data is as it is", stageInput{Method: text("PUT"), Headers: map[string]string{"content-type": "application/json"}, Data: text(`{"a": "b c"}`)},
			`PUT / HTTP/1.1|content-type: application/json|Connection: close|Content-Length: 12||{"a": "b c"}`,
		},
		{
			"a Content-Length that is there stays", stageInput{Method: text("POST"), Headers: map[string]string{"Content-Length": "3", "Connection": "keep-alive"}},
			"POST / HTTP/1.1|Connection: keep-alive|Content-Length: 3||",
		},
		{"methods with a body say so", stageInput{Method: text("XPUTX")}, "XPUTX / HTTP/1.1|Connection: close|Content-Length: 0||"},
		{
			"nothing completed", stageInput{Autocomplete: &off, Method: text("POST"), Version: text(""), URI: text(""), Data: text("a=b c")},
			"POST  ||a=b c",
		},
		{
			"multipart lines end with CRLF", stageInput{Autocomplete: &off, Headers: map[string]string{"Content-Type": "Multipart/Form-Data; boundary=x"}, Data: text("--x\n\na\n--x--\n")},
			"GET / HTTP/1.1|Content-Type: Multipart/Form-Data; boundary=x||--x||a|--x--|",
		},
		{"repetition", stageInput{Autocomplete: &off, Data: text(`<{{ "ab" | repeat 3 }}>`)}, "GET / HTTP/1.1||<ababab>"},
		{"raw", stageInput{Encoded: "R0VUIC8="}, "GET /"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := message(&tt.in)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(tt.want, "|", "\r\n")
			if string(got) != want {
				t.Errorf("message is %q, want %q", got, want)
			}
		})
	}
}

func TestReceive(t *testing.T) {
	s := newServer()
	defer s.close()
	tests := []struct {
		name, raw string
		want      Request
	}{
		{
			"header names and their order stay", "POST /a%20b?c#d HTTP/1.1\r\nhOST: h\r\nx-B:  1 \r\nX-A:\r\nx-b: 2\r\nContent-Length: 3\r\n\r\nabcd",
			Request{Method: "POST", URI: "/a%20b?c#d", Protocol: "HTTP/1.1", Headers: [][2]string{{"hOST", "h"}, {"x-B", "1"}, {"X-A", ""}, {"x-b", "2"}, {"Content-Length", "3"}}, Body: []byte("abc")},
		},
		{
			"chunks are put together", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
			Request{Method: "POST", URI: "/", Protocol: "HTTP/1.1", Headers: [][2]string{{"Host", "h"}, {"Transfer-Encoding", "chunked"}}, Body: []byte("abc")},
		},
		{
			"a body cut short", "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nabc",
			Request{Method: "POST", URI: "/", Protocol: "HTTP/1.0", Headers: [][2]string{{"Content-Length", "5"}}, Body: []byte("abc")},
		},
		{
			"a folded header", "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n  c\r\n\r\n",
			Request{Method: "GET", URI: "/", Protocol: "HTTP/1.1", Headers: [][2]string{{"Host", "h"}, {"A", "b c"}}},
		},
		{
			"the server's own target", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
			Request{Method: "OPTIONS", URI: "*", Protocol: "HTTP/1.1", Headers: [][2]string{{"Host", "h"}}},
		},
		{
			"a target with blanks", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\nx",
			Request{Method: "GET", URI: "/a b", Protocol: "HTTP/1.1", Headers: [][2]string{{"Host", "h"}}, Body: []byte("x"), Refused: 400},
		},
		{
			"a version to come", "GET / HTTP/4.0\nHost: h\n\n",
			Request{Method: "GET", URI: "/", Protocol: "HTTP/4.0", Headers: [][2]string{{"Host", "h"}}, Refused: 505},
		},
		{"no request at all", "\x16\x03\x01", Request{Method: "\x16\x03\x01", Refused: 400}},
		{"nothing", "", Request{Refused: 400}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.receive([]byte(tt.raw))
			if string(got.Raw) != tt.raw {
				t.Errorf("raw message %q, want it as it came", got.Raw)
			}
			got.Raw, got.RemoteAddr, got.RemotePort = nil, "", 0
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("received %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestReflect(t *testing.T) {
	plain := [2]string{"Content-Type", "text/plain"}
	tests := []struct {
		name, method, uri, body string
		want                    *Response
	}{
		{"another path", "POST", "/get", `{"status":500}`, nil},
		{"another method", "GET", "/reflect", `{"status":500}`, nil},
		{"no wishes", "POST", "/reflect?a", `{}`, &Response{Status: 200, Headers: [][2]string{plain}, Body: []byte{}}},
		{
			"all wishes", "POST", "/reflect", `{"status":503,"headers":{"b":"2","a":"1"},"body":"x","encodedBody":"eQ==","logMessage":"z"}`,
			&Response{Status: 503, Headers: [][2]string{plain, {"a", "1"}, {"b", "2"}}, Body: []byte("x")},
		},
		{"an encoded body", "POST", "/reflect/x", `{"encodedBody":"eQ=="}`, &Response{Status: 200, Headers: [][2]string{plain}, Body: []byte("y")}},
		{"a body that is not base64", "POST", "/reflect", `{"encodedBody":"?"}`, &Response{Status: 200, Headers: [][2]string{plain}, Body: []byte("invalid base64 encoding of response body")}},
		{"a status that is none", "POST", "/reflect", `{"status":99}`, &Response{Status: 400, Headers: [][2]string{plain}, Body: []byte("Invalid status code: 99")}},
		{"no JSON", "POST", "/reflect", `{`, &Response{Status: 400, Headers: [][2]string{plain}, Body: []byte("Invalid JSON in request body")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Reflect(&Request{Method: tt.method, URI: tt.uri, Body: []byte(tt.body)})
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Reflect returned %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestTests looks at what the loader makes of all files together.
func TestTests(t *testing.T) {
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	refused, answered, ids, noIDs, texts := 0, 0, 0, 0, 0
	for _, tc := range tests {
		if RuleOf(tc.Name) < 900000 {
			t.Errorf("%s: no rule id in the name", tc.Name)
		}
		for i := range tc.Stages {
			s := &tc.Stages[i]
			e := s.Expect
			if s.Request.Refused != 0 {
				refused++
			}
			if s.Response != nil {
				answered++
			}
			if len(e.IDs) > 0 {
				ids++
			}
			if len(e.NoIDs) > 0 {
				noIDs++
			}
			if e.LogContains != "" || e.NoLogContains != "" {
				texts++
			}
			if len(e.IDs)+len(e.NoIDs)+e.Status == 0 && e.LogContains == "" && e.NoLogContains == "" {
				t.Errorf("%s: stage %d expects nothing", tc.Name, i)
			}
		}
	}
	got := [5]int{refused, answered, ids, noIDs, texts}
	if want := [5]int{20, 87, 3746, 899, 15}; got != want {
		t.Errorf("refused, answered, with ids, with ids that must not match, with texts: %v, want %v", got, want)
	}
}
