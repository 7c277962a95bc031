package endpoint

import (
	"strings"
	"testing"
)

var uriTests = []struct {
	name, text string
	// want is "scheme authority target", empty for a fault.
	want string
}{
	{"host and path", "https://idp.example/jwks", "https idp.example /jwks"},
	{"plain http", "http://idp.example/jwks", "http idp.example /jwks"},
	{"port", "https://idp.example:8443/jwks", "https idp.example:8443 /jwks"},
	{"address", "https://192.0.2.1/jwks", "https 192.0.2.1 /jwks"},
	{"address of version 6", "https://[2001:db8::1]:443/jwks", "https [2001:db8::1]:443 /jwks"},
	{"query", "https://idp.example/jwks?a=b&c=%20", "https idp.example /jwks?a=b&c=%20"},
	{"no path", "https://idp.example", "https idp.example /"},
	{"query without path", "https://idp.example?a", "https idp.example /?a"},
	{"longest", "https://i/" + strings.Repeat("x", maxSize-10), "https i /" + strings.Repeat("x", maxSize-10)},

	{"nothing", "", ""},
	{"no host", "https:///jwks", ""},
	{"port without host", "https://:443/jwks", ""},
	{"other scheme", "ftp://idp.example/jwks", ""},
	{"scheme in capitals", "HTTPS://idp.example/jwks", ""},
	{"relative", "/jwks", ""},
	{"user information", "https://user:pass@idp.example/jwks", ""},
	{"at sign", "https://@idp.example/jwks", ""},
	{"fragment", "https://idp.example/jwks#x", ""},
	{"space", "https://idp.example/jw ks", ""},
	{"line break", "https://idp.example/jwks\r\nx: y", ""},
	{"line break in the host", "https://idp.example\r\n/jwks", ""},
	{"backslash", `https://idp.example\@evil/jwks`, ""},
	{"backslash in the path", `https://idp.example/\jwks`, ""},
	{"beyond ASCII", "https://idp.example/jwks/ä", ""},
	{"host beyond ASCII", "https://idp.exämple/jwks", ""},
	{"encoded host", "https://idp%2eexample/jwks", ""},
	{"empty port", "https://idp.example:/jwks", ""},
	{"port that is no number", "https://idp.example:https/jwks", ""},
	{"port with a sign", "https://idp.example:-1/jwks", ""},
	{"two ports", "https://idp.example:1:2/jwks", ""},
	{"port of six digits", "https://idp.example:123456/jwks", ""},
	{"open bracket", "https://[::1/jwks", ""},
	{"bytes after the bracket", "https://[::1]x/jwks", ""},
	{"name in brackets", "https://[idp]/jwks", ""},
	{"nothing in brackets", "https://[]/jwks", ""},
	{"too long", "https://i/" + strings.Repeat("x", maxSize-9), ""},
}

func TestParse(t *testing.T) {
	for _, test := range uriTests {
		u, fault := Parse(test.text)
		got := ""
		if fault == "" {
			got = u.scheme + " " + u.authority + " " + u.target
		}
		if got != test.want {
			t.Errorf("%s: Parse(%q) = %q, %q, want %q", test.name, test.text, got, fault, test.want)
		}
	}
}

// FuzzParse checks that a URI that is accepted has the parts it was written
// with, and nothing that ends a header line or a host.
func FuzzParse(f *testing.F) {
	for _, test := range uriTests {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, fault := Parse(text)
		if fault != "" {
			if len(fault) > 100 {
				t.Fatalf("fault %q", fault)
			}
			return
		}
		whole := u.scheme + "://" + u.authority + u.target
		if whole != text && strings.Replace(whole, "/?", "?", 1) != text && whole != text+"/" {
			t.Fatalf("Parse(%q) = %+v", text, u)
		}
		if strings.ContainsAny(whole, "\r\n\x00 #\\") || strings.ContainsAny(u.authority, "@/?") || u.authority == "" || u.target[0] != '/' {
			t.Fatalf("Parse(%q) = %+v", text, u)
		}
	})
}
