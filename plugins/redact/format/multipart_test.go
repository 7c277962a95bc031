package format

import (
	"bytes"
	"io"
	stdmultipart "mime/multipart"
	"strings"
	"testing"
)

// crlf makes line breaks of the lines of a test.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func multipartOf(t testing.TB, boundary string, v Visitor, o Options) Rewriter {
	r, err := New(Choice{Media: MediaMultipart, Coding: CodingIdentity, Boundary: boundary}, v, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMultipart(t *testing.T) {
	field := func(name, value string) string {
		return "--b\nContent-Disposition: form-data; name=\"" + name + "\"\n\n" + value + "\n"
	}
	tests := []struct {
		name  string
		doc   string
		rules []rule
		want  string
	}{
		{"nothing", "", nil, ""},
		{"nothing is found", field("a", "1\n--\n--c") + "--b \nX: y\n z\n\n\n--b--  \nend", nil, field("a", "1\n--\n--c") + "--b \nX: y\n z\n\n\n--b--  \nend"},
		{"no parts", "--b--\n", nil, "--b--\n"},
		{"a field is replaced", field("a", "1") + field("b", "2") + "--b--\n", []rule{{"a", Replace, "xyz"}}, field("a", "xyz") + field("b", "2") + "--b--\n"},
		{"a word in a field", field("a", "1 WORD\nWORD") + "--b--\n", nil, field("a", "1 **\n**") + "--b--\n"},
		{"JSON in a part", "--b\nContent-Disposition: form-data; name=j\nContent-Type: application/json\nContent-Length: 9\n\n{\"a\":\"WORD\",\"c\":1}\n--b--\n", []rule{{"j.c", Drop, ""}},
			"--b\nContent-Disposition: form-data; name=j\nContent-Type: application/json\n\n{\"a\":\"**\"}\n--b--\n"},
		{"a part without a name", "--b\nContent-Type: application/json\n\n{\"a\":1}\n--b\nContent-Type: application/json\n\n{\"a\":2}\n--b--\n", []rule{{"[1].a", Nullify, ""}},
			"--b\nContent-Type: application/json\n\n{\"a\":1}\n--b\nContent-Type: application/json\n\n{\"a\":null}\n--b--\n"},
		{"any part without a name", "--b\n\n1\n--b\n\n2\n--b\nContent-Type: application/json\n\n{\"a\":1}\n--b--\n", []rule{{"*", Replace, "x"}, {"**.a", Nullify, ""}}, "--b\n\nx\n--b\n\nx\n--b\nContent-Type: application/json\n\n\"x\"\n--b--\n"},
		{"parts in a part", "--b\nContent-Disposition: form-data; name=f\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nWORD\n--c--\n--b--\n", nil,
			"--b\nContent-Disposition: form-data; name=f\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n**\n--c--\n--b--\n"},
		{"parts without a body", "--b\n\n--b\nX: y\n\n--b\n\n\n--b--\n", nil, "--b\n\n--b\nX: y\n\n--b\n\n\n--b--\n"},
		{"a part without a body is dropped", field("a", "1") + "--b\nContent-Type: text/plain\n\n--b--", []rule{{`[1]["@content-type"]`, Drop, ""}}, field("a", "1") + "--b--"},
		{"text around parts", "WORD\n" + field("a", "1") + "--b--\nWORD\n", nil, "**\n" + field("a", "1") + "--b--\n**\n"},
		{"a name of a file", "--b\nContent-Disposition: form-data; name=f; filename=\"WORD.txt\"\n\nx\n--b--", nil, "--b\nContent-Disposition: form-data; name=f; filename=\"**.txt\"\n\nx\n--b--"},
		{"a field of a header is dropped", "--b\nX-A: 1\nX-B: 2\n\nx\n--b--", []rule{{`[0]["@x-a"]`, Drop, ""}}, "--b\nX-B: 2\n\nx\n--b--"},
		{"a part with a header that is replaced goes", "--b\nContent-Type: text/plain\n\nx\n--b\n\ny\n--b--", []rule{{`[0]["@content-type"]`, Replace, "x"}}, "--b\n\ny\n--b--"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := &ruled{rules: tt.rules, word: "WORD", with: "**"}
			got, err := allWays(t, crlf(tt.doc), func() Rewriter { return multipartOf(t, "b", v, Options{Paths: v.paths(t)}) })
			if got != crlf(tt.want) || err != nil {
				t.Errorf("%q became\n %q, %v, want\n %q", crlf(tt.doc), got, err, crlf(tt.want))
			}
		})
	}
}

func TestWhatIsNotMultipart(t *testing.T) {
	tests := []struct {
		name, doc string
		want      error
	}{
		{"no delimiter", "x\n", ErrTruncated},
		{"an empty line", "\n", ErrTruncated},
		{"half a delimiter", "--", ErrTruncated},
		{"no last delimiter", "--b\n\nx\n--b\n", ErrTruncated},
		{"half a last delimiter", "--b\n\nx\n--b-", ErrTruncated},
		{"no header", "--b\n", ErrTruncated},
		{"a line that begins as a delimiter", "--b\n\nx\n--bc\n--b--", ErrSyntax},
		{"a line that begins as the last delimiter", "--b\n\nx\n--b--c\n--b--", ErrSyntax},
		{"a header without a colon", "--b\nx\n\n\n--b--", ErrSyntax},
		{"a header twice", "--b\nContent-Type: text/plain\ncontent-type: text/plain\n\n\n--b--", ErrSyntax},
		{"a name twice", "--b\nContent-Disposition: form-data; name=a; name=b\n\n\n--b--", ErrSyntax},
		{"a file that is not known", "--b\nContent-Type: image/png\n\nx\n--b--", ErrUnread},
		{"a transfer encoding", "--b\nContent-Transfer-Encoding: x-bits\n\nV09SRA==\n--b--", ErrUnread},
		{"parts in parts in parts", "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: multipart/mixed; boundary=d\n\n--d--\n--c--\n--b--", ErrUnread},
		{"line feeds alone", "--b~~x~--b--~", ErrSyntax},
		{"line feeds alone around a delimiter", "x~--b\n\n1\n--b--", ErrSyntax},
		{"a delimiter behind a line feed alone", "--b\n\n1~--b\n\n2\n--b--", ErrSyntax},
		{"a line feed in a header", "--b\nX: y~Content-Type: application/json\n\n1\n--b--", ErrSyntax},
		{"a carriage return in a header", "--b\nX: y^Content-Type: application/json\n\n1\n--b--", ErrSyntax},
		{"JSON that is cut short", "--b\nContent-Type: application/json\n\n{\n--b--", ErrTruncated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := strings.NewReplacer("\n", "\r\n", "~", "\n", "^", "\r").Replace(tt.doc)
			_, err := allWays(t, doc, func() Rewriter { return multipartOf(t, "b", keeper{}, Options{}) })
			if err != tt.want {
				t.Errorf("%q: %v, want %v", tt.doc, err, tt.want)
			}
		})
	}
}

func TestPartsAreChosen(t *testing.T) {
	doc := crlf("--b\nContent-Type: image/png\nContent-Length: 4\n\nWORD\n--b\nContent-Disposition: form-data; name=\"x\"; filename=y\n\n{\"a\":\"WORD\"}\n--b--\n")
	v := &ruled{word: "WORD", with: "**"}
	var seen []string
	o := Options{Part: func(p *Path, part *Part) {
		seen = append(seen, string(p.Append(nil))+" "+part.ContentType+" "+part.Filename)
		switch {
		case part.ContentType == "image/png":
			part.Pass = true
		case part.HasFilename:
			part.Choice.Media = MediaJSON
		}
	}}
	got, err := rewritten(multipartOf(t, "b", v, o), []byte(doc))
	if want := strings.Replace(doc, `"WORD"`, `"**"`, 1); got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got := strings.Join(seen, ", "); got != "[0] image/png , x text/plain y" {
		t.Errorf("saw %q", got)
	}
	// a part whose name the visitor drops goes, one that it skips passes
	for verdict, want := range map[Verdict]string{Drop: "--b--", Skip: "--b\n" + `Content-Disposition: form-data; name="x"` + "\n\nWORD\n--b--"} {
		got, err := rewritten(multipartOf(t, "b", nameVerdict{name: "x", v: verdict}, Options{}), []byte(crlf("--b\n"+`Content-Disposition: form-data; name="x"`+"\n\nWORD\n--b--")))
		if got != crlf(want) || err != nil {
			t.Errorf("verdict %d: %q, %v, want %q", verdict, got, err, crlf(want))
		}
	}
}

// TestMultipartAsTheLibrary writes parts with the standard library and reads what
// becomes of them with it.
func TestMultipartAsTheLibrary(t *testing.T) {
	contents := []string{"", "WORD", "\r\n", "\r\n--x", "a\r\r\n--", strings.Repeat("WORD line\r\n", 30), "--b", "\r"}
	var doc bytes.Buffer
	w := stdmultipart.NewWriter(&doc)
	for i, c := range contents {
		p, err := w.CreateFormField(string(rune('a' + i)))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(p, c)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	v := &ruled{word: "WORD", with: "a longer word"}
	got, err := allWays(t, doc.String(), func() Rewriter { return multipartOf(t, w.Boundary(), v, Options{}) })
	if err != nil {
		t.Fatal(err)
	}
	r := stdmultipart.NewReader(strings.NewReader(got), w.Boundary())
	for i, c := range contents {
		p, err := r.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if want := strings.ReplaceAll(c, "WORD", "a longer word"); err != nil || string(b) != want || p.FormName() != string(rune('a'+i)) {
			t.Errorf("part %q is %q, %v, want %q", p.FormName(), b, err, want)
		}
	}
	if _, err := r.NextRawPart(); err != io.EOF {
		t.Errorf("%v behind the last part", err)
	}
}
