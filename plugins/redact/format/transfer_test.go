package format

import (
	"bytes"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
	"testing"
)

func TestTransferEncodings(t *testing.T) {
	part := func(encoding, body string) string {
		return crlf("--b\nContent-Disposition: form-data; name=a\nContent-Type: application/json\nContent-Transfer-Encoding: " + encoding + "\n\n" + body + "\n--b--\n")
	}
	armored := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := []struct{ name, doc, want string }{
		{"base64", part("base64", armored(`{"a":"WORD"}`)), part("base64", armored(`{"a":"**"}`))},
		{"base64 in any lines", part("BASE64", "ey\nJhIjoxf Q=\n=\n"), part("BASE64", "ey\nJhIjoxf Q=\n=\n")},
		{"base64 in long lines", part("base64", armored(`["`+strings.Repeat("x", 60)+` WORD"]`)), part("base64", armored(`["` + strings.Repeat("x", 60) + ` **"]`)[:76]+"\n"+armored(`["` + strings.Repeat("x", 60) + ` **"]`)[76:])},
		{"quoted-printable", part("Quoted-Printable", "[\"W=4fR=\n=44\",=20  \n \"=C3=A9\"]"), part("Quoted-Printable", "[\"**\",=20\n \"=C3=A9\"]")},
		{"quoted-printable that stays", part("quoted-printable", "[\"WOR=\n\", \t\n=5B]=  \n]"), part("quoted-printable", "[\"WOR=\n\", \t\n=5B]=  \n]")},
		{"nothing", part("base64", ""), part("base64", "")},
	}
	v := &ruled{word: "WORD", with: "**"}
	for _, tt := range tests {
		got, err := allWays(t, tt.doc, func() Rewriter { return multipartOf(t, "b", v, Options{}) })
		if got != tt.want || err != nil {
			t.Errorf("%s: %q became\n %q, %v, want\n %q", tt.name, tt.doc, got, err, tt.want)
		}
	}
	v.names = true
	faults := []struct {
		name, doc string
		want      error
	}{
		{"a character that some pass over", part("base64", "eyJ*hIjoxfQ=="), ErrSyntax},
		{"padding in the middle", part("base64", "ey==eyJhIjoxfQ=="), ErrSyntax},
		{"no padding", part("base64", "eyJhIjoxfQ"), ErrSyntax},
		{"too much padding", part("base64", "e==="), ErrSyntax},
		{"an equals sign", part("quoted-printable", "[\"=4\"]"), ErrSyntax},
		{"JSON that is none", part("base64", armored("{")), ErrTruncated},
		{"a text that only says that it is base64", strings.Replace(part("base64", "xxWORDxx"), "application/json", "text/plain", 1), ErrUnread},
		{"another encoding", part("x-uuencode", "x"), ErrUnread},
		{"a long part", part("base64", armored(strings.Repeat(" ", 2000))), ErrSize},
	}
	for _, tt := range faults {
		got, err := allWays(t, tt.doc, func() Rewriter { return multipartOf(t, "b", v, Options{Limits: Limits{Value: 100, Encoded: 1000}}) })
		if err != tt.want || strings.Contains(got, "ey") {
			t.Errorf("%s: %q, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

// TestTransferEncodingsAsTheLibrary compares with the standard library.
func TestTransferEncodingsAsTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 3000 {
		text := make([]byte, r.IntN(300))
		for i := range text {
			text[i] = "ab =\t\r\n\x00\xe9"[r.IntN(9)]
		}
		if b, ok := unarmored(appendArmored(nil, text)); !ok || !bytes.Equal(b, text) {
			t.Fatalf("%q became %q in base64", text, b)
		}
		quoted := appendQuoted(nil, text)
		b, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(quoted)))
		if err != nil || !bytes.Equal(b, text) {
			t.Fatalf("%q became %q, which is %q, %v", text, quoted, b, err)
		}
		if b, ok := unquoted(quoted); !ok || !bytes.Equal(b, text) {
			t.Fatalf("%q became %q, which is read as %q", text, quoted, b)
		}
		for line := range bytes.SplitSeq(quoted, []byte("\r\n")) {
			if len(line) > lineSize {
				t.Fatalf("a line of %d", len(line))
			}
		}
		// What the library writes is read as it reads it.
		var lib bytes.Buffer
		w := quotedprintable.NewWriter(&lib)
		_, _ = w.Write(text)
		_ = w.Close()
		want, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(lib.Bytes())))
		if b, ok := unquoted(lib.Bytes()); err != nil || !ok || !bytes.Equal(b, want) {
			t.Fatalf("%q is read as %q, want %q", lib.Bytes(), b, want)
		}
	}
}
