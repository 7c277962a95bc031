package redact

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"gatehouse/plugins/internal/policy"
)

// attacked is what is to be hidden in these tests, in both directions.
const attacked = `{"responses":[` + attackedRule + `],"requests":[` + attackedRule + `]}`

const attackedRule = `{"match":{},
	"headers":[{"name":"x-customer-*","action":{"drop":true}}],
	"fields":[{"path":"**.cvv","action":{"drop":true}}],
	"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}},{"type":"email","action":{"replace":"[e-mail]"}}]}`

// head is what the headers of a request and of the response to it become.
func head(i *Inspector, request []string, requestEnds bool, status int, response []string, responseEnds bool) (s *inspection, up, down policy.Decision) {
	s = i.Inspect().(*inspection)
	up = s.RequestHeaders(&policy.Request{Headers: fields(append([]string{":authority: api.example.com", ":path: /"}, request...))}, requestEnds)
	if up.Outcome == policy.Allow {
		down = s.ResponseHeaders(&policy.ResponseHead{Status: status, Headers: fields(response)}, responseEnds)
	}
	return s, up, down
}

// TestTunnels asserts that the bytes of a tunnel, which nobody reads, do not pass as the
// body that its headers say they are.
func TestTunnels(t *testing.T) {
	const unread = `"unread":"pass",`
	tests := []struct {
		name     string
		request  []string
		ends     bool
		status   int
		response []string
		// refused and passing are the reasons with rules for both directions, and with
		// unread "pass".
		refused, passing policy.Reason
	}{
		{"an upgrade", []string{":method: GET", "connection: upgrade", "upgrade: websocket"}, false, 101, nil, ReasonUnread, ReasonPassedUnread},
		{"an upgrade that says it is JSON", []string{":method: GET", "connection: upgrade", "upgrade: websocket", "content-type: application/json"}, false, 101, nil, ReasonUnread, ReasonPassedUnread},
		{"an answer that says it is JSON", []string{":method: GET"}, true, 101, []string{"content-type: application/json"}, ReasonUnread, ReasonPassedUnread},
		{"an answer that says it is a text", []string{":method: GET"}, true, 101, []string{"content-type: text/plain"}, ReasonUnread, ReasonPassedUnread},
		{"CONNECT", []string{":method: CONNECT", "content-type: application/json"}, false, 200, nil, ReasonUnread, ReasonPassedUnread},
		{"an answer to CONNECT", []string{":method: CONNECT"}, true, 200, []string{"content-type: application/json"}, ReasonUnread, ReasonPassedUnread},
		{"CONNECT that is refused", []string{":method: CONNECT"}, true, 403, []string{"content-type: application/json"}, ReasonUntouched, ReasonUntouched},
		{"an upgrade that is a body", []string{":method: POST", "connection: upgrade", "upgrade: websocket", "content-type: application/json"}, false, 200, []string{"content-type: application/json"}, ReasonUntouched, ReasonUntouched},
	}
	for _, tt := range tests {
		for rules, want := range map[string]policy.Reason{attacked: tt.refused, strings.ReplaceAll(attacked, `"fields"`, unread+`"fields"`): tt.passing} {
			_, up, down := head(inspector(t, rules), tt.request, tt.ends, tt.status, tt.response, false)
			got := up
			if up.Outcome == policy.Allow {
				got = down
			}
			if got.Reason != want || (got.Outcome == policy.Deny) != (want == ReasonUnread) || want == ReasonPassedUnread && got.Body == policy.BodyStream {
				t.Errorf("%s: %s, %s, want %s", tt.name, got.Outcome, got.Reason, want)
			}
		}
	}
	// A type that passes unread is no word for a tunnel.
	images := strings.ReplaceAll(attacked, `"fields"`, `"unread_types":["image/*"],"fields"`)
	if _, _,
		down := head(inspector(t, images), []string{":method: GET"}, true, 101, []string{"content-type: image/png"}, false); down.Reason != ReasonUnread {
		t.Errorf("a tunnel that says it is a picture: %s", down.Reason)
	}
}

// TestDigestsOfWhatDoesNotCome asserts that nobody is told the digest of what is hidden:
// a card's check value has a thousand values to try.
func TestDigestsOfWhatDoesNotCome(t *testing.T) {
	speaks := []string{"content-digest: sha-256=:YQ==:", "repr-digest: sha-256=:YQ==:", "digest: sha-256=YQ==", "content-md5: YQ==", "content-length: 17", "etag: \"abc\""}
	tests := []struct {
		name    string
		method  string
		asks    string
		status  int
		kind    string
		removed string // of the response's headers
	}{
		{"HEAD", "HEAD", "", 200, "application/json", "content-digest,repr-digest,digest,content-md5,content-length,etag"},
		{"HEAD of a picture", "HEAD", "", 200, "image/png", ""},
		{"HEAD without a type", "HEAD", "", 200, "", "content-digest,repr-digest,digest,content-md5,content-length,etag"},
		{"304", "GET", "if-none-match: *", 304, "", "content-digest,repr-digest,digest,content-md5,content-length,etag"},
		{"304 of what the client has", "GET", `if-none-match: "x", "abc"`, 304, "", "content-digest,repr-digest,digest,content-md5,content-length"},
		{"nothing", "GET", "", 200, "application/json", ""},
	}
	for _, tt := range tests {
		response := slices.Clone(speaks)
		if tt.kind != "" {
			response = append(response, "content-type: "+tt.kind)
		}
		_, _, down := head(inspector(t, attacked), []string{":method: " + tt.method, tt.asks}, true, tt.status, response, true)
		var removed []string
		for _, f := range fields(speaks) {
			if slices.Contains(down.RemoveHeaders, f.Name) {
				removed = append(removed, f.Name)
			}
		}
		if got := strings.Join(removed, ","); got != tt.removed {
			t.Errorf("%s: without %s, want without %s", tt.name, got, tt.removed)
		}
	}
	// Trailers have digests of what has been rewritten, and of what has not.
	for kind, want := range map[string]bool{"application/json": true, "image/png": false} {
		i := inspector(t, strings.ReplaceAll(attacked, `"fields"`, `"unread_types":["image/*"],"fields"`))
		s, _, _ := head(i, []string{":method: GET"}, true, 200, []string{"content-type: " + kind}, false)
		if d := s.ResponseTrailers(fields(speaks)); slices.Contains(d.RemoveHeaders, "content-digest") != want || slices.Contains(d.RemoveHeaders, "etag") != want {
			t.Errorf("trailers of %s leave without %v", kind, d.RemoveHeaders)
		}
	}
}

// TestCodingsThatAreAskedFor asserts that the upstream is asked for what the client can
// read.
func TestCodingsThatAreAskedFor(t *testing.T) {
	tests := []struct{ accepted, want string }{
		{"", "identity"}, {"gzip", "gzip"}, {"br, GZIP;q=0.5", "gzip"}, {"x-gzip", "gzip"}, {"br;q=1 , gzip ; q=1.0", "gzip"}, {"br", "identity"},
		{"gzip;q=0", "identity"}, {"br, gzip; q=0.000", "identity"}, {"identity;q=1, gzip-like", "identity"},
	}
	for _, tt := range tests {
		_, up, _ := head(inspector(t, attacked), []string{":method: GET", "accept-encoding: " + tt.accepted}, true, 200, nil, true)
		if got, _ := up.SetHeaders.First("accept-encoding"); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.accepted, got, tt.want)
		}
	}
}

// TestConfigurationsOfOthers asserts that what people write who know another product is
// refused with a word that helps, and does not stand there without effect.
func TestConfigurationsOfOthers(t *testing.T) {
	rule := func(text string) string { return `{"responses":[{"match":{},` + text + `}]}` }
	tests := []struct{ name, document, want string }{
		{"a pointer", rule(`"fields":[{"path":"/customer/email","action":{"drop":true}}]`), `responses[0].fields[0].path: begins with "/", want names joined by dots`},
		{"pointers", rule(`"fields":[{"path":["a","/b"],"action":{"drop":true}}]`), `responses[0].fields[0].path[1]: begins with "/"`},
		{"a query of gjson", rule(`"fields":[{"path":"items.#(kind==\"card\").number","action":{"drop":true}}]`), `responses[0].fields[0].path: "#(" is a query`},
		{"a filter of JSONPath", rule(`"fields":[{"path":"$.items[?(@.kind==1)].number","action":{"drop":true}}]`), "responses[0].fields[0].path: [?("},
		{"a recognizer of Presidio", rule(`"detectors":[{"type":"EMAIL_ADDRESS","action":{"drop":true}}]`), `no detector of this name, did you mean "email"?`},
		{"a name that is like none", rule(`"detectors":[{"type":"CREDIT_CARD","action":{"drop":true}}]`), "no detector of this name, want card, iban, "},
		{"an operator of Presidio", rule(`"fields":[{"path":"a","action":{"redact":{}}}]`), `unknown field "redact"`},
		{"an action as a word", rule(`"fields":[{"path":"a","action":"mask"}]`), "responses[0].fields[0].action: want an object, got string"},
		{"a look ahead", rule(`"detectors":[{"name":"x","pattern":"(?=a)b","action":{"drop":true}}]`), "responses[0].detectors[0]: pattern: "},
	}
	for _, tt := range tests {
		i, err := New([]byte(tt.document))
		if err == nil {
			err = i.UseEnvironment(func(string) (string, bool) { return "", false })
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	// Behind a backslash and in quotes these are names.
	for _, path := range []string{`\/a`, `$['/a']`, `["#(a)"]`, `\#(a)`, "a/b"} {
		quoted, _ := json.Marshal(path)
		i := inspector(t, rule(`"fields":[{"path":`+string(quoted)+`,"action":{"null":true}}]`))
		o := run(i, exchange{fields: []string{"content-type: application/json"}, body: `{"/a":1,"#(a)":1,"a/b":1}`})
		if strings.Count(o.body, "null") != 1 {
			t.Errorf("%s: %s", path, o.body)
		}
	}
}

// spelling writes a document in another way.
type spelling func(text string) string

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func zlibbed(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// wide writes a text in units of so many bytes, without a mark in front.
func wide(size int, order binary.AppendByteOrder) spelling {
	return func(text string) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			if size == 2 {
				b = order.AppendUint16(b, unit)
			} else {
				b = order.AppendUint32(b, uint32(unit))
			}
		}
		return string(b)
	}
}

// frame is a message of gRPC.
func frame(flags byte, message string) string {
	return string(binary.BigEndian.AppendUint32([]byte{flags}, uint32(len(message)))) + message
}

// TestNothingPassesUnread gives what is to be hidden in spellings, types and codings in
// which a reader may get it, and asserts that it leaves changed or not at all.
func TestNothingPassesUnread(t *testing.T) {
	const document = `{"cvv":1234567,"a":"4111111111111111","b":"ada@example.com"}`
	type attack struct{ name, kind, coding, body string }
	var attacks []attack
	for _, kind := range []string{
		"", "json", "*/*", "application/json, text/plain", "application/json; charset=utf-16", "application/json; charset=utf-7",
		"text/json;charset=utf-16",
		"application/json; charset=utf-8; charset=utf-16", "application/json; charset*=utf-16''x", "application/json; charset=\"utf-\\8\"",
		"APPLICATION/JSON", "application/json ; v=1;;",
		"application/problem+json", "application/json+x", "application/x-json", "application/octet-stream", "application/cbor", "application/grpc",
		"application/grpc-web-text+json",
		"message/http", "multipart/byteranges; boundary=b", "multipart/x-mixed-replace; boundary=b", "multipart/mixed", "multipart/mixed; boundary=b",
		"image/svg+xml",
		"text/xml", "application/x-ndjson", "text/event-stream; charset=utf-16",
	} {
		attacks = append(attacks, attack{"of type " + kind, kind, "", document})
	}
	codings := []struct {
		name string
		spelling
	}{
		{"gzip", gzipped}, {"GZIP", gzipped}, {"x-gzip", gzipped}, {"identity, gzip", gzipped}, {"deflate", zlibbed}, {"deflate", deflated},
		{"", gzipped}, {"identity", gzipped},
		{"gzip, gzip", func(s string) string { return gzipped(gzipped(s)) }}, {"gzip", func(s string) string { return gzipped(s) + s }},
		{"gzip", func(s string) string { return gzipped(s) + gzipped(" ") }},
		{"gzip", func(s string) string { return gzipped(s[:20]) + gzipped(s[20:]) }}, {"deflate", func(s string) string { return zlibbed(s) + s }},
		{"deflate", func(s string) string { return deflated(s) + s }},
		{"gzip", func(s string) string { return gzipped(strings.Repeat(" ", 8<<20) + s) }}, {"br", strings.Clone}, {"none", strings.Clone},
		{"gzip;q=1", gzipped}, {"gzip", strings.Clone},
	}
	for _, c := range codings {
		attacks = append(attacks, attack{"in coding " + c.name, "application/json", c.name, c.spelling(document)})
	}
	widths := map[string]spelling{
		"UTF-16LE": wide(2, binary.LittleEndian), "UTF-16BE": wide(2, binary.BigEndian),
		"UTF-32LE": wide(4, binary.LittleEndian), "UTF-32BE": wide(4, binary.BigEndian),
	}
	for _, kind := range []string{"application/json", "text/plain", "text/csv", "text/html", "application/xml", "text/event-stream", "application/x-ndjson", "application/x-www-form-urlencoded"} {
		for name, spelt := range widths {
			text := "<a>card 4111111111111111 of ada@example.com</a>\n"
			if kind == "application/json" {
				text = document
			}
			for _, mark := range []string{"", "\ufeff"} {
				attacks = append(attacks, attack{kind + " in " + name + " " + mark, kind, "", spelt(mark + text)})
			}
		}
	}
	for kind, bodies := range map[string][]string{
		"application/json": {
			`{"cvv":1,"cvv":1234567,"CVV":1234567,"c_v-v":1234567,"c\u0076v":1234567," cvv ":1234567,"c.v.v":1234567}`,
			`{"cvv":[1234567,{"x":"1234567"}]}`, `[[{"cvv":1234567}]]`,
			`{"a":4.111111111111111e15}`, `{"a":4.111111111111111E+15}`, `{"a":4111111111111111.0}`, `{"a":-4111111111111111}`,
			`{"a":0004111111111111111}`, `4111111111111111`, `"4111111111111111"`,
			"{\"a\":\"4111\u00a01111\u00a01111\u00a01111\"}", "{\"a\":\"4111\u20091111\u20091111\u20091111\"}",
			"{\"a\":\"4111\u20111111\u20111111\u20111111\"}", `{"a":"\u0034111.1111.1111.1111"}`,
			`{"a":"card_4111111111111111_x","b":"pan=4111111111111111;","c":"5555555555554444 4111111111111111"}`,
			`{"4111111111111111":{"ada@example.com":1}}`, `{"a":"ada%40example.com"}`,
			`{"a":"{\"cvv\":1234567,\"x\":\"{\\\"cvv\\\":1234567}\"}"}`, "\ufeff" + document, ")]}',\n" + document, "cb(" + document + ")",
			document + document, document + " 4111111111111111",
			`{"a":1 /* 4111111111111111 */}`, "+AHsAIg-cvv+ACI-:1234567}",
		},
		"application/x-ndjson": {
			document + "\r" + document + "\r", document + document, "\x1e" + document + "\n", "[\n" + document + ",\n" + document + "\n]",
			"\ufeff" + document, document + ",\n" + document, "4111111111111111 x",
		},
		"text/event-stream": {
			"data: " + document, "data:" + document + "\r\r", "data: {\"cvv\":\ndata: 1234567}\n\n", "\ufeffdata: " + document + "\n\n",
			"data: \"{\\\"cvv\\\":1234567}\"\n\n", "data: [1," + document + "]\n\n",
			"data: {\"cvv\":1234567,\n\n", "id: 4111111111111111\ndata: x\n\n", "event: ada@example.com\n\n", ": 4111111111111111\n\n",
			"retry: 4111111111111111\n\n", "x: 4111111111111111\n\n", "4111111111111111: x\n\n", "4111111111111111\n\n",
		},
		"application/xml": {
			"<a><![CDATA[4111111111111111]]></a>", "<a>4111<![CDATA[1111]]>1111<![CDATA[1111]]></a>", "<a><!-- 4111111111111111 --></a>",
			"<a/><!-- 4111111111111111 -->", "<a><?x 4111111111111111?></a>",
			"<!DOCTYPE a [<!ENTITY e '4111111111111111'>]><a>&e;</a>", "<!DOCTYPE a '4111111111111111'><a/>",
			"<a>&#52;111111111111111 ada&#x40;example.com</a>", "<x:cvv xmlns:x='u'>1234567</x:cvv>", "<CVV><b>1234567</b></CVV>",
			"<cvv><![CDATA[1234567]]><!--1234567--></cvv>", "<?xml version='1.0' encoding='utf-7'?><a>+ADQ-111111111111111</a>",
			"<a>{\"cvv\":1234567}</a>", "<a b='4111111111111111' c=\"ada&#64;example.com\"/>", "<a/>4111111111111111",
		},
		"text/html": {
			"<p>4111<wbr>1111<wbr>1111<wbr>1111", "<p><b>4111</b><i>1111</i>1111<u>1111</u>", "<p>4111&nbsp;1111&nbsp;1111&nbsp;1111",
			"<p>&#52;111111111111111 ada&commat;example.com ada&#64example.com", "<a href='mailto:ada@example.com'>",
			"<a href='?m=ada%40example.com'>",
			"<script>var a='4111111111111111'</script>", "<script type=application/json>" + document + "</script>",
			"<style>a{content:'4111111111111111'}</style>", "<!-- 4111111111111111 -->", "<!--[if IE]>4111111111111111<![endif]-->",
			"<meta content=4111111111111111>",
			"<title>4111111111111111</title>", "<textarea>4111111111111111</textarea>", "<template>4111111111111111</template>",
			"<plaintext>4111111111111111", "<xmp>4111111111111111</xmp>", "<?php 4111111111111111 ?>", "<!DOCTYPE html '4111111111111111'>",
			"<p>ada<b>@</b>example.com", "<p 4111111111111111=x>", "<meta charset=utf-7><p>+ADQ-111111111111111",
		},
		"text/csv": {
			"id,cvv\n1,1234567\n", "id;cvv\n1;1234567\n", "id\tcvv\n1\t1234567\n", "id|cvv\n1|1234567\n", "sep=;\nid;cvv\n1;1234567\n",
			"\ufeffid,\"cvv\"\n1,=\"1234567\"\n", "id, cvv\n1, '1234567\n", "id,cvv\n1,12\"34567\n", "cvv,id\n1234567,1,4111111111111111\n",
		},
		"application/x-www-form-urlencoded": {
			"c%76v=1234567&cvv=1&CVV=1234567&+cvv=1234567", "x=4111+1111+1111+1111&y=ada%2540example.com", "4111111111111111=x&4111111111111111",
			"p=%7B%22cvv%22%3A1234567%7D&q={\"cvv\":1234567}",
		},
		"multipart/form-data; boundary=b": {
			"--b\r\nContent-Disposition: form-data; name=\"cvv\"\r\n\r\n1234567\r\n--b--\r\n",
			"4111111111111111\r\n--b\r\nX: y\r\n\r\nx\r\n--b--\r\n4111111111111111",
			"--b\nContent-Disposition: form-data; name=\"cvv\"\n\n1234567\n--b--\n",
			"--b\r\nContent-Disposition: form-data;\r\n name=\"cvv\"\r\n\r\n1234567\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=\"a\"; name=\"cvv\"\r\n\r\n1234567\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=34111111111111111\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=a; filename=4111111111111111.txt\r\nX: ada@example.com\r\n\r\nx\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: application/octet-stream\r\n\r\n4111111111111111\r\n--b--\r\n",
			"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n4111111111111111\r\n--c--\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: application/json\r\n\r\n" + document + "\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=_charset_\r\n\r\nutf-16\r\n--b--\r\n",
		},
		"application/grpc+json": {
			frame(0, document), frame(1, gzipped(document)), frame(2, document), frame(0, document) + "4111111111111111",
			frame(0x80, "grpc-message: 4111111111111111\r\n"), frame(0, document)[:30], "\x00\xff\xff\xff\xff" + document,
		},
	} {
		for _, body := range bodies {
			attacks = append(attacks, attack{kind, kind, "", body})
		}
	}
	if len(attacks) < 200 {
		t.Fatalf("%d attacks", len(attacks))
	}
	i := inspector(t, attacked)
	for _, a := range attacks {
		x := exchange{fields: []string{"content-encoding: " + a.coding, "content-type: " + a.kind}, body: a.body}
		if a.kind == "" {
			x.fields = x.fields[:1]
		}
		o := run(i, x)
		left := strings.ReplaceAll(o.body+inflated(o.body), "\x00", "")
		for _, canary := range []string{"411111", "1234567", "ada@example.com", "1111111111111111", "NDExMTEx"} {
			if strings.Contains(left, canary) {
				t.Errorf("%s, %.80q: leaves as %.120q", a.name, a.body, left)
			}
		}
		if len(a.body) > 1000 {
			continue
		}
		for x.cut = 1; x.cut < len(a.body); x.cut += 1 + len(a.body)/16 {
			if cut := run(i, x); o.refusal == nil && inflated(cut.body) != inflated(o.body) || (cut.refusal == nil) != (o.refusal == nil) {
				t.Errorf("%s, %.80q: cut at %d leaves as %.120q, not %.120q", a.name, a.body, x.cut, cut.body, o.body)
			}
		}
	}
}

// inflated is a body without its coding.
func inflated(body string) string {
	var r io.Reader
	var err error
	if r, err = gzip.NewReader(strings.NewReader(body)); err != nil {
		if r, err = zlib.NewReader(strings.NewReader(body)); err != nil {
			r = flate.NewReader(strings.NewReader(body))
		}
	}
	text, err := io.ReadAll(r)
	if err != nil || len(text) == 0 {
		return body
	}
	return string(text)
}
