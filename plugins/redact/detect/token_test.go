package detect

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestJWT(t *testing.T) {
	// RFC 7515, Appendix A.1.1: a header with line ends and spaces in it.
	const rfc7515 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	// RFC 7519, Section 6.1: without a signature.
	const rfc7519 = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
	// RFC 7516, Appendix A.2.7, shortened in its second and fourth part.
	const rfc7516 = "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.UGhIOguC7IuEvf_NPVaXsGMoLOmwvc1GyqlIKOK1nN94nHPoltGRhWhw7Zx0.AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.9hH0vgRfYgPnAHOd8stkvw"
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	pretty := b64("{\n  \"alg\": \"RS256\"\n}\n") + ".e30.c2ln"
	spaced := b64("{ \"typ\": \"JWT\", \"alg\": \"RS256\" }") + ".e30.c2ln"
	checkTexts(t, newSet(t, "jwt"), []textCase{
		{"of RFC 7515", rfc7515, "[jwt " + rfc7515 + "]"},
		{"of RFC 7519", "t=" + rfc7519 + " x", "t=[jwt " + rfc7519 + "] x"},
		{"of RFC 7516", rfc7516, "[jwt " + rfc7516 + "]"},
		{"in a header", "authorization: Bearer " + rfc7515 + "\r\n", "authorization: Bearer [jwt " + rfc7515 + "]\r\n"},
		{"in a URL", "#id_token=" + rfc7515 + "&state=x", "#id_token=[jwt " + rfc7515 + "]&state=x"},
		{"behind an encoded sign", "token%3D" + rfc7515, "token%3D[jwt " + rfc7515 + "]"},
		{"with a header over lines", pretty, "[jwt " + pretty + "]"},
		{"with spaces in the header", spaced, "[jwt " + spaced + "]"},
		{"detached payload", b64(`{"alg":"HS256"}`) + "..c2ln", "[jwt " + b64(`{"alg":"HS256"}`) + "..c2ln]"},
		{"at the end of a sentence", rfc7515 + ".", "[jwt " + rfc7515 + ".]"},
		{"inside of base64", "x" + rfc7519, ""},
		{"two parts", b64(`{"alg":"HS256"}`) + ".e30", ""},
		{"only a header", b64(`{"alg":"HS256"}`), ""},
		{"a header without alg", b64(`{"typ":"JWT"}`) + ".e30.c2ln", ""},
		{"a header that is no object", b64(`"alg"`) + ".e30.c2ln", ""},
		{"a name with dots", "eyebrow.example.com", ""},
		{"base64 of something else", "eyJub3RoaW5nIjp0cnVlfQ", ""},
		{"words", "they keep a new key; few know", ""},
	})
}

func TestTokenBeyondTheBound(t *testing.T) {
	s := newSet(t, "jwt")
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`))
	text := header + ".e30." + strings.Repeat("a", 2*maxToken)
	want := inPieces(t, s, text, "")
	if len(want) != 1 || want[0].Start != 0 || want[0].End != maxToken {
		t.Errorf("%v, want one span of the bound", want)
	}
	for _, cut := range []int{1, 10, maxToken - 1, maxToken, maxToken + 1} {
		if got := inPieces(t, s, text, "", cut); len(got) != 1 || got[0] != want[0] {
			t.Errorf("cut at %d: %v, want %v", cut, got, want)
		}
	}
}
