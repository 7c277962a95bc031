package format

import (
	"bytes"
	"encoding/binary"
	"mime"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestChoose(t *testing.T) {
	tests := []struct {
		contentType, encoding string
		want                  Choice
	}{
		{"application/json", "", Choice{Media: MediaJSON, Coding: CodingIdentity}},
		{"Application/JSON; Charset=\"UTF-8\"", "identity", Choice{Media: MediaJSON, Coding: CodingIdentity}},
		{"application/problem+json", "GZIP", Choice{Media: MediaJSON, Coding: CodingGzip}},
		{"application/graphql-response+json; charset=utf-8", "x-gzip", Choice{Media: MediaJSON, Coding: CodingGzip}},
		{"application/x-ndjson", "identity, deflate", Choice{Media: MediaJSONLines, Coding: CodingDeflate}},
		{"application/stream+json", "", Choice{Media: MediaJSONLines, Coding: CodingIdentity}},
		{"application/json-seq", "", Choice{Media: MediaJSONLines, Coding: CodingIdentity}},
		{"text/event-stream;charset=UTF-8", "", Choice{Media: MediaEvents, Coding: CodingIdentity}},
		{"application/x-www-form-urlencoded", "", Choice{Media: MediaForm, Coding: CodingIdentity}},
		{"text/plain; charset=iso-8859-1", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"text/csv; header=absent", "", Choice{Media: MediaCSV, Coding: CodingIdentity, NoHeader: true}},
		{"text/tab-separated-values", "", Choice{Media: MediaCSV, Coding: CodingIdentity, Delimiter: '\t'}},
		{"application/soap+xml; action=\"a;b\"", "", Choice{Media: MediaXML, Coding: CodingIdentity}},
		{"multipart/form-data; boundary=----x", "", Choice{Media: MediaMultipart, Coding: CodingIdentity, Boundary: "----x"}},
		{"multipart/mixed; boundary=\"a b=\\\"c\"", "", Choice{Media: MediaMultipart, Coding: CodingIdentity, Boundary: "a b=\"c"}},
		{"text/html; charset=windows-1252", "", Choice{Media: MediaHTML, Coding: CodingIdentity}},
		{"application/xhtml+xml", "", Choice{Media: MediaXML, Coding: CodingIdentity}},
		{"image/svg+xml", "", Choice{Media: MediaXML, Coding: CodingIdentity}},
		{"text/css", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"text/javascript;charset=utf-8", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"application/javascript", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"text/markdown; variant=GFM", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"text/x-log", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"application/yaml", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"text/yaml", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"application/vnd.oai.openapi+yaml", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"application/graphql", "", Choice{Media: MediaText, Coding: CodingIdentity}},
		{"application/vnd.api+json", "", Choice{Media: MediaJSON, Coding: CodingIdentity}},
		{"application/geo+json-seq", "", Choice{Media: MediaJSONLines, Coding: CodingIdentity}},
		{"application/grpc+json", "", Choice{Media: MediaFramed, Coding: CodingIdentity}},
		{"application/grpc-web+json", "", Choice{Media: MediaFramed, Coding: CodingIdentity}},

		{"", "", Choice{Coding: CodingIdentity}},
		{"application/json", "br", Choice{Media: MediaJSON}},
		{"application/json", "zstd", Choice{Media: MediaJSON}},
		{"application/json", "gzip, gzip", Choice{Media: MediaJSON}},
		{"application/json", "gzip;q=1", Choice{Media: MediaJSON}},
		{"application/json, text/plain", "", Choice{Coding: CodingIdentity}},
		{"application/json; charset=utf-7", "", Choice{Coding: CodingIdentity}},
		{"application/json; charset=utf-8; charset=utf-8", "", Choice{Coding: CodingIdentity}},
		{"text/plain; charset=utf-7", "", Choice{Coding: CodingIdentity}},
		{"text/plain; charset=shift_jis", "", Choice{Coding: CodingIdentity}},
		{"text/html; charset=shift_jis", "", Choice{Coding: CodingIdentity}},
		{"text/html; charset=utf-16le", "", Choice{Coding: CodingIdentity}},
		{"application/json; charset=utf-16", "", Choice{Coding: CodingIdentity}},
		{"application/json; charset=utf-32be", "", Choice{Coding: CodingIdentity}},
		{"text/rtf", "", Choice{Coding: CodingIdentity}},
		{"application/x-protobuf", "", Choice{Coding: CodingIdentity}},
		{"application/vnd.google.protobuf", "", Choice{Coding: CodingIdentity}},
		{"application/grpc+proto", "", Choice{Coding: CodingIdentity}},
		{"application/vnd.amazon.eventstream", "", Choice{Coding: CodingIdentity}},
		{"application/vnd.oai.openapi", "", Choice{Coding: CodingIdentity}},
		{"application/json5", "", Choice{Coding: CodingIdentity}},
		{"application/pdf", "", Choice{Coding: CodingIdentity}},
		{"application/octet-stream", "", Choice{Coding: CodingIdentity}},
		{"application/grpc", "", Choice{Coding: CodingIdentity}},
		{"application/grpc-web-text+json", "", Choice{Coding: CodingIdentity}},
		{"application/vnd.x+json+zip", "", Choice{Coding: CodingIdentity}},
		{"multipart/form-data", "", Choice{Coding: CodingIdentity}},
		{"multipart/byteranges; boundary=x", "", Choice{Coding: CodingIdentity}},
		{"multipart/form-data; boundary=x; boundary=y", "", Choice{Coding: CodingIdentity}},
		{"multipart/form-data; boundary=\"a\\b\"", "", Choice{Coding: CodingIdentity}},
		{"multipart/form-data; boundary*=utf-8''x", "", Choice{Coding: CodingIdentity}},
		{"multipart/form-data; boundary=" + strings.Repeat("x", 71), "", Choice{Coding: CodingIdentity}},
		{"json", "", Choice{Coding: CodingIdentity}},
		{"application/", "", Choice{Coding: CodingIdentity}},
		{"text/plain; charset", "", Choice{Coding: CodingIdentity}},
		{"text/plain; charset=\"x", "", Choice{Coding: CodingIdentity}},
	}
	for _, tt := range tests {
		got := Choose(tt.contentType, tt.encoding)
		if got != tt.want {
			t.Errorf("Choose(%q, %q) = %+v, want %+v", tt.contentType, tt.encoding, got, tt.want)
		}
		_, err := New(got, keeper{}, Options{})
		if known := got.Known(); known != (err == nil) || known != (got.Media != 0 && got.Coding != 0) || err != nil && err != ErrUnread {
			t.Errorf("New for %q: %v", tt.contentType, err)
		}
	}
}

// FuzzMediaType compares with package mime: what is read is read as it reads it.
func FuzzMediaType(f *testing.F) {
	for _, s := range []string{"text/plain; charset=utf-8", "multipart/form-data; boundary=\"a\\\"b\"", "a/b;c=d;", "text/csv ; header = absent", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := parseMediaType(s)
		if !ok {
			return
		}
		name, parameters, err := mime.ParseMediaType(s)
		if err != nil {
			return // it knows no "\" before other characters in file names, and more
		}
		if name != m.name || parameters["charset"] != m.charset || parameters["boundary"] != m.boundary || parameters["header"] != m.header {
			t.Errorf("%q is %+v, want %q %q", s, m, name, parameters)
		}
	})
}

func TestUTF16(t *testing.T) {
	v := &ruled{word: "WORD", with: "*"}
	for contentType, doc := range map[string]string{
		"text/plain": "a WORD é", "text/csv": "a,b\n1,WORD\n", "application/xml": "<?xml version='1.0' encoding='UTF-16'?><r>WORD</r>", "application/json": `{"a":"WORD"}`,
	} {
		in := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(doc)) {
			in = binary.LittleEndian.AppendUint16(in, u)
		}
		for _, cuts := range [][]int{nil, everyByte(in)} {
			r, err := New(Choose(contentType, ""), v, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := rewritten(r, in, cuts...)
			want := []byte{0xff, 0xfe}
			for _, u := range utf16.Encode([]rune(strings.ReplaceAll(doc, "WORD", "*"))) {
				want = binary.LittleEndian.AppendUint16(want, u)
			}
			if got != string(want) || err != nil {
				t.Errorf("%s: %q, %v, want %q", contentType, got, err, want)
			}
		}
	}
}

func TestFramed(t *testing.T) {
	frame := func(flags byte, message string) string {
		return string(append(binary.BigEndian.AppendUint32([]byte{flags}, uint32(len(message))), message...))
	}
	v := &ruled{rules: []rule{{"a", Drop, ""}}, word: "WORD", with: "*"}
	o := Options{Paths: v.paths(t), Message: CodingGzip}
	start := func() Rewriter {
		r, err := New(Choose("application/grpc+json", ""), v, o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	doc := frame(0, `{"a":1,"b":"WORD"}`) + frame(0, "") + frame(0, `{}`) + frame(0x80, "grpc-status: 0\r\ngrpc-message: WORD\r\n") + frame(2, `{"error":"WORD"}`)
	got, err := allWays(t, doc, start)
	if want := frame(0, `{"b":"*"}`) + frame(0, "") + frame(0, `{}`) + frame(0x80, "grpc-status: 0\r\ngrpc-message: *\r\n") + frame(2, `{"error":"*"}`); got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	got, err = allWays(t, frame(1, string(compressed(t, "gzip", 6, []byte(`{"b":"WORD"}`))))+frame(1, ""), start)
	if err != nil {
		t.Fatal(err)
	}
	size := binary.BigEndian.Uint32([]byte(got[1:5]))
	if text := uncompressed(t, "gzip", []byte(got[5:5+size])); got[0] != 1 || text != `{"b":"*"}` || got[5+size:] != frame(1, "") {
		t.Errorf("%q in a compressed message", text)
	}
	faults := []struct {
		name, doc string
		want      error
	}{
		{"half a header", "\x00\x00", ErrTruncated},
		{"half a message", frame(0, "{}")[:6], ErrTruncated},
		{"half an object", frame(0, "{"), ErrTruncated},
		{"another flag", frame(4, "{}"), ErrSyntax},
		{"a long message", "\x00\xff\xff\xff\xff", ErrSize},
		{"text in a compressed message", frame(1, "{\"a\": \"some text\"}"), ErrCompressed},
	}
	for _, tt := range faults {
		if _, err := allWays(t, tt.doc, start); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	o.Message = CodingUnknown
	if _, err := rewritten(start(), []byte(frame(1, "x"))); err != ErrUnread {
		t.Errorf("a message in an unknown coding: %v", err)
	}
	if bytes.Contains([]byte(got), []byte("WORD")) {
		t.Errorf("%q leaves", got)
	}
}
