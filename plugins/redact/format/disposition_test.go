package format

import (
	"strings"
	"testing"
)

func TestDisposition(t *testing.T) {
	part := func(parameters string) string {
		return crlf("--b\nContent-Disposition: form-data; " + parameters + "\n\nx\n--b--\n")
	}
	tests := []struct{ name, parameters, want string }{
		{"as it is", `name="a"; filename="a WORD.txt"`, `name="a"; filename="a **.txt"`},
		{"behind backslashes", `name="a"; filename="W\OR\D\".txt"; x=1`, `name="a"; filename="**_.txt"; x=1`},
		{"backslashes that hide nothing", `name="a"; filename="C:\dir\\\"x"; x=1`, `name="a"; filename="C:\dir\\\"x"; x=1`},
		{"in percent-encoding", `name="a"; filename="%57ORD%22.txt"`, `name="a"; filename="**_.txt"`},
		{"in an extended value", `filename*=UTF-8'en'W%4FRD%C3%A9; name=a`, `filename*=UTF-8''**%C3%A9; name=a`},
		{"an extended value that hides nothing", `name=a; filename*=utf-8''%c3%a9; filename="%"`, `name=a; filename*=utf-8''%c3%a9; filename="%"`},
		{"a quoted extended value", `name=a; filename*="utf-8''W%4FRD"`, `name=a; filename*="UTF-8''**"`},
		{"a name", `name="a%57ORD"`, `name="a**"`},
	}
	v := &ruled{word: "WORD", with: "**"}
	for _, tt := range tests {
		got, err := allWays(t, part(tt.parameters), func() Rewriter { return multipartOf(t, "b", v, Options{}) })
		if got != part(tt.want) || err != nil {
			t.Errorf("%s: %q became\n %q, %v, want\n %q", tt.name, part(tt.parameters), got, err, part(tt.want))
		}
	}
	for verdict, want := range map[Verdict]string{Replace: `""`, Nullify: `""`, Drop: `""`} {
		got, err := rewritten(multipartOf(t, "b", hiddenVerdict(verdict), Options{}), []byte(part(`name=a; filename="%41"`)))
		if got != part("name=a; filename="+want) || err != nil {
			t.Errorf("verdict %d: %q, %v", verdict, got, err)
		}
	}
	if _, err := rewritten(multipartOf(t, "b", hiddenVerdict(Block), Options{}), []byte(part(`name=a; filename="%41"`))); err != ErrBlocked {
		t.Errorf("Block: %v", err)
	}
	if got, err := rewritten(multipartOf(t, "b", v, Options{}), []byte(part(`name=a; filename="=?utf-8?q?W=4FRD?="`))); err != ErrUnread || strings.Contains(got, "RD") {
		t.Errorf("an encoded word: %q, %v", got, err)
	}
}

// hiddenVerdict answers about texts that are "A".
type hiddenVerdict Verdict

func (hiddenVerdict) Container(*Path, Kind, *Edit) Verdict { return Keep }
func (hiddenVerdict) Name(*Path, []byte, *Edit) Verdict    { return Keep }
func (h hiddenVerdict) Value(_ *Path, _ Kind, text []byte, _ *Edit) Verdict {
	if string(text) == "A" {
		return Verdict(h)
	}
	return Keep
}

// TestCharacterEncodingsOfFields wants forms that hide their text from who reads ASCII
// not to pass.
func TestCharacterEncodingsOfFields(t *testing.T) {
	tests := []struct {
		name, contentType, doc string
		want                   error
	}{
		{"a form in UTF-8", "application/x-www-form-urlencoded", "a=1&_charset_=UTF-8&b=2", nil},
		{"a form in an encoding with ASCII in it", "application/x-www-form-urlencoded", "a=1&_charset_=%77indows-1252", nil},
		{"a form that does not say it yet", "application/x-www-form-urlencoded", "_charset_=&a=1", nil},
		{"a form in UTF-16", "application/x-www-form-urlencoded", "_charset_=utf-16be&a=%00W%00O%00R%00D", ErrEncoding},
		{"a form in UTF-7", "application/x-www-form-urlencoded", "a=1&%5fcharset_=%75tf-7", ErrEncoding},
		{"a form with a long name of an encoding", "application/x-www-form-urlencoded", "_charset_=" + strings.Repeat("x", 200), ErrEncoding},
		{"a form that is UTF-16 itself", "application/x-www-form-urlencoded", "a\x00=\x001\x00", ErrEncoding},
		{"a form with a byte order mark", "application/x-www-form-urlencoded", "\xff\xfea=1", ErrEncoding},
		{"parts in UTF-8", "multipart/form-data; boundary=b", crlf("--b\nContent-Disposition: form-data; name=\"_charset_\"\n\nutf-8\n--b--"), nil},
		{"parts in Shift_JIS", "multipart/form-data; boundary=b", crlf("--b\nContent-Disposition: form-data; name=\"_charset_\"\n\nshift_jis\n--b--"), ErrEncoding},
		{"a part in UTF-16", "multipart/form-data; boundary=b", crlf("--b\nContent-Type: text/plain; charset=utf-16\n\nx\n--b--"), ErrUnread},
		{"a part with zeros", "multipart/form-data; boundary=b", crlf("--b\n\nx\x00y\x00\n--b--"), ErrEncoding},
		{"a part with a byte order mark", "multipart/form-data; boundary=b", crlf("--b\n\n\xfe\xff\n--b--"), ErrEncoding},
	}
	for _, tt := range tests {
		got, err := allWays(t, tt.doc, func() Rewriter {
			r, err := New(Choose(tt.contentType, ""), keeper{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		})
		if err != tt.want || err == nil && got != tt.doc {
			t.Errorf("%s: %q, %v, want %v", tt.name, got, err, tt.want)
		}
	}
	for _, contentType := range []string{"application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded; charset=iso-2022-jp", "multipart/form-data; boundary=b; charset=utf-16"} {
		if Choose(contentType, "").Known() {
			t.Errorf("%s is read", contentType)
		}
	}
}
