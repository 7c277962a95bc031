package match

import (
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNormalizeReadsAPath(t *testing.T) {
	tests := []struct{ name, target, want string }{
		{"the root", "/", "/"},
		{"a clean path", "/orders/17", "/orders/17"},
		{"a query", "/orders?next=/admin", "/orders"},
		{"a query with what a path must not hold", "/orders?a=%2f..;\\%00#", "/orders"},
		{"a query after a path to resolve", "//orders?x//y", "/orders"},
		{"a trailing slash", "/orders/", "/orders/"},
		{"another case", "/Admin", "/Admin"},
		{"an encoded unreserved character", "/%61dmin", "/admin"},
		{"all characters encoded", "/%61%64%6d%69%6E", "/admin"},
		{"an encoded tilde, dot and underscore", "/%7euser%2ehtml%5f", "/~user.html_"},
		{"an encoded character that a segment may hold", "/v1/x%3acancel%40now", "/v1/x:cancel@now"},
		{"a duplicate slash", "//admin", "/admin"},
		{"many slashes", "///a////b//", "/a/b/"},
		{"a parent segment", "/x/../admin", "/admin"},
		{"parent segments above the root", "/../../admin", "/admin"},
		{"a segment for the same place", "/./admin/./users", "/admin/users"},
		{"dots that are a name", "/.../..x/x..", "/.../..x/x.."},
		{"a name that begins with a dot", "/.well-known/jwks.json", "/.well-known/jwks.json"},
		{"a parent of the root at the end", "/x/..", "/"},
		{"only a dot", "/.", "/"},
		{"only two dots", "/..", "/"},
		{"slashes before a parent at the root", "//../admin", "/admin"},
		{"an empty segment that nothing goes back over", "/a//b/../c", "/a/c"},
		{"a space", "/a%20b", "/a%20b"},
		{"lower-case hexadecimal digits", "/%c3%a9%7b", "/%C3%A9%7B"},
		{"raw UTF-8", "/é", "/%C3%A9"},
		{"half raw UTF-8", "/\xc3%a9", "/%C3%A9"},
		{"raw characters outside the grammar", `/{a|b}^"<>`, "/%7Ba%7Cb%7D%5E%22%3C%3E"},
		{"an encoded question mark", "/what%3f", "/what%3F"},
		{"an encoded number sign", "/c%23", "/c%23"},
		{"an encoded percent sign", "/100%25", "/100%25"},
		{"an encoded percent sign before letters", "/%25zz", "/%25zz"},
		{"an asterisk in a segment", "/*", "/*"},
		{"an authority look-alike", "//evil.example/admin", "/evil.example/admin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, form := Normalize(tt.target, 0)
			if got != tt.want || form != Unambiguous {
				t.Errorf("Normalize(%q) = %q, %s, want %q", tt.target, got, form, tt.want)
			}
			if again, form := Normalize(got, 0); again != got || form != Unambiguous {
				t.Errorf("Normalize(%q) = %q, %s: not a fixed point", got, again, form)
			}
		})
	}
}

// TestNormalizeRefuses has every form, what it reads as where it is allowed,
// and that allowing everything else does not let it through.
func TestNormalizeRefuses(t *testing.T) {
	tests := []struct {
		name, target string
		form         Form
		allowed      string // the reading where the form is allowed
	}{
		{"an encoded slash", "/a%2fb", EncodedSlash, "/a%2Fb"},
		{"an encoded slash in capitals", "/a%2Fb", EncodedSlash, "/a%2Fb"},
		{"encoded dots", "/x/%2e%2e/admin", EncodedDotSegment, "/admin"},
		{"half encoded dots", "/x/.%2E/admin", EncodedDotSegment, "/admin"},
		{"one encoded dot", "/%2e/admin", EncodedDotSegment, "/admin"},
		{"a parameter", "/admin;a=b/users", PathParameter, "/admin/users"},
		{"a parent with a parameter", "/x/..;/admin", PathParameter, "/admin"},
		{"a parent with a named parameter", "/x/..;a=b/admin", PathParameter, "/admin"},
		{"an encoded semicolon", "/admin%3Bx", PathParameter, "/admin"},
		{"a segment of a parameter only", "/;x/admin", PathParameter, "/admin"},
		{"a raw backslash", `/a\b`, Backslash, "/a%5Cb"},
		{"an encoded backslash", "/a%5cb", Backslash, "/a%5Cb"},
		{"an encoded zero byte", "/admin%00.png", NUL, "/admin%00.png"},
		{"a raw zero byte", "/admin\x00", NUL, "/admin%00"},
		{"an encoded line feed", "/a%0ab", ControlCharacter, "/a%0Ab"},
		{"a raw delete", "/a\x7f", ControlCharacter, "/a%7F"},
		{"a double encoding", "/%252fadmin", DoubleEncoding, "/%252fadmin"},
		{"a double encoding of a letter", "/%2561dmin", DoubleEncoding, "/%2561dmin"},
		{"a percent sign alone", "/100%", MalformedPercent, "/100%25"},
		{"a percent sign before one digit", "/%4", MalformedPercent, "/%254"},
		{"a percent sign before letters", "/%zz", MalformedPercent, "/%25zz"},
		{"a percent-u encoding", "/%u0061dmin", MalformedPercent, "/%25u0061dmin"},
		{"an overlong slash", "/a%c0%afb", OverlongUTF8, "/a%C0%AFb"},
		{"an overlong slash of three bytes", "/a%e0%80%afb", OverlongUTF8, "/a%E0%80%AFb"},
		{"an overlong slash of four bytes", "/a%f0%80%80%afb", OverlongUTF8, "/a%F0%80%80%AFb"},
		{"a raw overlong dot", "/\xc0\xae", OverlongUTF8, "/%C0%AE"},
		{"Latin-1", "/caf%e9", InvalidUTF8, "/caf%E9"},
		{"a surrogate", "/%ed%a0%80", InvalidUTF8, "/%ED%A0%80"},
		{"a fragment", "/admin#x", Fragment, "/admin"},
		{"a fragment before a query", "/admin#x?y", Fragment, "/admin"},
		{"a dot at the end", "/admin/.", FinalDotSegment, "/admin/"},
		{"a parent at the end", "/admin/users/..", FinalDotSegment, "/admin/"},
		{"a parent of an empty segment", "/a//../b", EmptySegmentParent, "/b"},
		{"a later parent of an empty segment", "/a//b/../../c", EmptySegmentParent, "/c"},
		{"nothing", "", NotAbsolute, ""},
		{"only a query", "?a", NotAbsolute, ""},
		{"no slash at the start", "admin", NotAbsolute, ""},
		{"absolute-form", "http://h/admin", NotAbsolute, ""},
		{"an asterisk", "*", NotAbsolute, ""},
		{"a backslash at the start", `\admin`, NotAbsolute, ""},
	}
	seen := map[Form]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen[tt.form] = true
			if got, form := Normalize(tt.target, 0); form != tt.form || got != "" {
				t.Errorf("Normalize(%q) = %q, %s, want %s", tt.target, got, form, tt.form)
			}
			if got, form := Normalize(tt.target, allForms&^FormsOf(tt.form)); form != tt.form || got != "" {
				t.Errorf("all other forms allowed: Normalize(%q) = %q, %s, want %s", tt.target, got, form, tt.form)
			}
			want := Unambiguous
			if tt.form == NotAbsolute {
				want = NotAbsolute
			}
			if got, form := Normalize(tt.target, FormsOf(tt.form)); got != tt.allowed || form != want {
				t.Errorf("%s allowed: Normalize(%q) = %q, %s, want %q", tt.form, tt.target, got, form, tt.allowed)
			}
		})
	}
	for f := EncodedSlash; f <= NotAbsolute; f++ {
		if !seen[f] {
			t.Errorf("no case for %s", f)
		}
	}
}

// TestSeveralFormsNeedEachAllowed: what is beside an allowed form stays refused.
func TestSeveralFormsNeedEachAllowed(t *testing.T) {
	tests := []struct {
		target  string
		allowed Forms
		form    Form
	}{
		{"/x/..%2fadmin", FormsOf(EncodedSlash), EncodedDotSegment},
		{"/x/..%5cadmin", FormsOf(Backslash), EncodedDotSegment},
		{"/x/%2e%2e%2fadmin", FormsOf(EncodedSlash), EncodedDotSegment},
		{"/x%2f../admin", FormsOf(EncodedDotSegment), EncodedSlash},
		{"/x/%2e%2e;/admin", FormsOf(PathParameter), EncodedDotSegment},
		{"/x;%00/admin", FormsOf(NUL), PathParameter},
		{"/a%2fb%00", FormsOf(EncodedSlash), NUL},
	}
	for _, tt := range tests {
		if got, form := Normalize(tt.target, tt.allowed); form != tt.form || got != "" {
			t.Errorf("Normalize(%q) = %q, %s, want %s", tt.target, got, form, tt.form)
		}
	}
}

// goReading is what a Go upstream sees: url.Parse, then path.Clean with the
// trailing slash put back, as http.ServeMux does.
func goReading(target string) (string, bool) {
	raw, _, _ := strings.Cut(target, "?")
	u, err := url.ParseRequestURI(raw)
	if err != nil || u.Host != "" || u.Opaque != "" {
		return "", false
	}
	clean := path.Clean(u.Path)
	if strings.HasSuffix(u.Path, "/") && clean != "/" {
		clean += "/"
	}
	return clean, true
}

// rfcReading is RFC 3986, Section 5.2.4, taken literally, then decoded, then
// empty segments dropped.
func rfcReading(target string) (string, bool) {
	in, _, _ := strings.Cut(target, "?")
	out := ""
	for in != "" {
		switch {
		case strings.HasPrefix(in, "../"):
			in = in[3:]
		case strings.HasPrefix(in, "./"):
			in = in[2:]
		case strings.HasPrefix(in, "/./"):
			in = in[2:]
		case in == "/.":
			in = "/"
		case strings.HasPrefix(in, "/../"), in == "/..":
			if in == "/.." {
				in = "/"
			} else {
				in = in[3:]
			}
			out = out[:max(strings.LastIndexByte(out, '/'), 0)]
		case in == "." || in == "..":
			in = ""
		default:
			end := strings.IndexByte(in[1:], '/') + 1
			if end == 0 {
				end = len(in)
			}
			out += in[:end]
			in = in[end:]
		}
	}
	decoded, err := url.PathUnescape(out)
	if err != nil {
		return "", false
	}
	for strings.Contains(decoded, "//") {
		decoded = strings.ReplaceAll(decoded, "//", "/")
	}
	return decoded, true
}

// servletReading drops path parameters before anything else, then reads as Go.
func servletReading(target string) (string, bool) {
	raw, _, _ := strings.Cut(target, "?")
	segments := strings.Split(raw, "/")
	for i, s := range segments {
		segments[i], _, _ = strings.Cut(s, ";")
	}
	return goReading(strings.Join(segments, "/"))
}

// windowsReading takes backslashes for slashes, and decodes before it splits.
func windowsReading(target string) (string, bool) {
	raw, _, _ := strings.Cut(target, "?")
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return "", false
	}
	decoded = strings.ReplaceAll(decoded, `\`, "/")
	clean := path.Clean(decoded)
	if strings.HasSuffix(decoded, "/") && clean != "/" {
		clean += "/"
	}
	return clean, true
}

// twiceReading decodes what was decoded once more, where that is possible.
func twiceReading(target string) (string, bool) {
	once, ok := goReading(target)
	if !ok {
		return "", false
	}
	twice, err := url.PathUnescape(once)
	if err != nil {
		// "%" without digits is left alone by those who decode twice
		return once, true
	}
	return twice, true
}

var readings = map[string]func(string) (string, bool){
	"go": goReading, "rfc3986": rfcReading, "servlet": servletReading, "windows": windowsReading, "decoding twice": twiceReading,
}

// checkReadings is the property that routes rest on: a path that is not refused
// is the same path for every reader.
func checkReadings(t *testing.T, target string) {
	t.Helper()
	got, form := Normalize(target, 0)
	if form != Unambiguous {
		if got != "" {
			t.Errorf("Normalize(%q) = %q although %s", target, got, form)
		}
		return
	}
	again, form := Normalize(got, 0)
	if again != got || form != Unambiguous {
		t.Errorf("Normalize(%q) = %q, but that reads as %q, %s", target, got, again, form)
	}
	decoded, err := url.PathUnescape(got)
	if err != nil || !utf8.ValidString(decoded) || strings.Contains(got, "//") || got[0] != '/' {
		t.Errorf("Normalize(%q) = %q, which is no normal form", target, got)
	}
	for name, read := range readings {
		if other, ok := read(target); ok && other != decoded {
			t.Errorf("Normalize(%q) = %q, but %s reads %q", target, got, name, other)
		}
	}
}

// alphabet is what ambiguous paths are made of.
var alphabet = []string{"/", ".", "a", "%2e", "%2f", "%61", ";", "\\", "%5c", "%25", "2e", "%3b", "?", "é", "%c3%a9", "%c0%af", "%", "%3a", ":", " ", "%00"}

// TestNoTwoReadings tries every path of up to four of the pieces that ambiguous
// paths are made of, and of up to eight dots, slashes and letters.
func TestNoTwoReadings(t *testing.T) {
	most, least := 4, 300000
	if testing.Short() {
		most, least = 3, 97000
	}
	count := 0
	var walk func(prefix string, left int)
	walk = func(prefix string, left int) {
		checkReadings(t, prefix)
		count++
		if left == 0 || t.Failed() {
			return
		}
		for _, piece := range alphabet {
			walk(prefix+piece, left-1)
		}
	}
	walk("/", most)
	walk("/x/", most-1)
	// dots and slashes alone go deeper
	var dots func(prefix string, left int)
	dots = func(prefix string, left int) {
		checkReadings(t, prefix)
		count++
		if left == 0 || t.Failed() {
			return
		}
		for _, piece := range []string{"/", ".", "..", "a"} {
			dots(prefix+piece, left-1)
		}
	}
	dots("/", 8)
	if count < least {
		t.Errorf("tried %d paths, want at least %d", count, least)
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"/", "/%61dmin", "//admin", "/x/../admin", "/a%2fb", "/..;/", "/a//../b", "/a/.", "/\xc0\xaf", "/%252f", "/a?b", "/é", "/#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		checkReadings(t, target)
		if got, form := Normalize(target, allForms); form != Unambiguous && form != NotAbsolute {
			t.Errorf("all allowed: Normalize(%q) = %q, %s", target, got, form)
		} else if form == Unambiguous {
			if again, form := Normalize(got, allForms); again != got || form != Unambiguous {
				t.Errorf("all allowed: Normalize(%q) = %q, but that reads as %q, %s", target, got, again, form)
			}
		}
	})
}

func TestNormalizeAllocatesNothingForACleanPath(t *testing.T) {
	for _, target := range []string{"/", "/orders/17/items?sort=asc", "/.well-known/jwks.json", "/a/b/c/d/e/f/"} {
		if n := testing.AllocsPerRun(100, func() { Normalize(target, 0) }); n != 0 {
			t.Errorf("Normalize(%q) allocates %v times", target, n)
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	for _, bb := range []struct{ name, target, want string }{
		{"clean", "/api/v1/customers/17/orders/2026-11-24?sort=asc", "/api/v1/customers/17/orders/2026-11-24"},
		{"encoded", "/api/v1/customers/j%C3%BCrgen/orders", "/api/v1/customers/j%C3%BCrgen/orders"},
		{"dots", "/api//v1/./customers/../orders", "/api/v1/orders"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.target)))
			got := ""
			for b.Loop() {
				got, _ = Normalize(bb.target, 0)
			}
			if got != bb.want {
				b.Fatalf("got %q, want %q", got, bb.want)
			}
		})
	}
}
