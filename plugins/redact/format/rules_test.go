package format

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
)

// TestRulesReachEveryPlace wants a field found by its name wherever a format may have it:
// first and later, in containers, in documents in values.
func TestRulesReachEveryPlace(t *testing.T) {
	const object = `{"a":[[1,{"pin":1234}],{"b":{"pin":"1234"}}],"pin":[1234],"s":"[{\"x\":0},{\"pin\":1234}]"}`
	frame := func(s string) string {
		return string(append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(s))), s...))
	}
	part := func(header, body string) string { return "--b\n" + header + "\n" + body + "\n" }
	tests := []struct{ name, contentType, doc string }{
		{"JSON", "application/json", "[0," + object + "," + object + "]"},
		{"JSON lines", "application/x-ndjson", object + "\n" + object + "\n" + object},
		{"a text sequence", "application/json-seq", "\x1e" + object + "\n\x1e" + object},
		{"events", "text/event-stream", "data: " + object + "\n\nid: 1\ndata: " + strings.ReplaceAll(object, `],"`, "],\ndata: \"") + "\n\n"},
		{"a form", "application/x-www-form-urlencoded", "a=1&pin=1234&%70in=1234&x=" + strings.NewReplacer("\"", "%22", "\\", "%5C").Replace(object)},
		{"CSV", "text/csv", "a,pin,\"b\"\n1,1234,\"" + strings.ReplaceAll(object, `"`, `""`) + "\"\n2,\"1234\",3\n"},
		{"tab-separated values", "text/tab-separated-values", "a\tpin\n1\t1234\n2\t1234\n"},
		{"XML", "application/xml", "<r><pin>1234</pin><a><x:pin a='1'>1234</x:pin><b/><pin><c>1234</c></pin></a><d>" + strings.ReplaceAll(object, `"`, "&quot;") + "</d></r>"},
		{"HTML", "text/html", "<p>" + strings.ReplaceAll(object, `"`, "&#34;") + "</p><script type=application/json>" + object + "</script><a data-x='" + object + "'>"},
		{"parts", "multipart/mixed; boundary=b", part("Content-Type: application/json\n", object) + part("Content-Type: application/json\n", object) +
			part("Content-Disposition: x; name=pin\n", "1234") + part("Content-Type: text/csv\n", "a,pin\n1,1234") + part("Content-Type: application/json\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte(object))) +
			part("Content-Type: multipart/mixed; boundary=c\n", "--c\nContent-Type: application/json\n\n1\n--c\nContent-Type: application/json\n\n"+object+"\n--c--") + "--b--"},
		{"frames", "application/grpc+json", frame(object) + frame(object)},
	}
	v := &ruled{rules: []rule{{"**.pin", Replace, "*"}}}
	deltas, err := Compile(StreamedTexts)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		doc := tt.doc
		if strings.HasPrefix(tt.contentType, "multipart") {
			doc = crlf(doc)
		}
		for _, joined := range []*Paths{nil, deltas} {
			got, err := allWays(t, doc, func() Rewriter {
				r, err := New(Choose(tt.contentType, ""), v, Options{Paths: v.paths(t), Deltas: joined})
				if err != nil {
					t.Fatal(err)
				}
				return r
			})
			if i := strings.Index(got, "base64\r\n\r\n"); i > 0 {
				text, rest, _ := strings.Cut(got[i+10:], "\r\n--b")
				b, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				got = got[:i] + string(b) + rest
			}
			if strings.Contains(got, "1234") || !strings.Contains(got, "*") || err != nil {
				t.Errorf("%s: %q\n became %q, %v", tt.name, doc, got, err)
			}
		}
	}
}
