package dpop

import (
	"net/url"
	"strings"
	"testing"
)

func TestSameURI(t *testing.T) {
	const base = "https://api.example.com/a/b"
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"the same", base, base, true},
		{"query and fragment ignored", base + "?x=1#y", base + "#?", true},
		{"RFC 3986, 6.2.2.1: case of scheme and host", "HTTPS://API.Example.COM/a/b", base, true},
		{"RFC 3986, 6.2.2.1: case of the path counts", "https://api.example.com/A/b", base, false},
		{"RFC 3986, 6.2.2.1: case of an encoding", base + "%3a", base + "%3A", true},
		{"RFC 3986, 6.2.2.2: encoded letters", "https://api.example.com/%61/%62", base, true},
		{"RFC 3986, 6.2.2.2: encoded letters of the host", "https://%61pi.example.com/a/b", base, true},
		{"RFC 3986, 6.2.2.2: unreserved and not", base + "%7E%2D%2e%5F", base + "~-._", true},
		{"RFC 3986, 6.2.2.2: encoded slash is data", "https://api.example.com/a%2Fb", base, false},
		{"RFC 3986, 6.2.2.2: reserved characters stay apart", base + "%3B", base + ";", false},
		{"RFC 3986, 6.2.2.3: dot segments", "https://api.example.com/x/../a/./c/../b", base, true},
		{"RFC 3986, 6.2.2.3: encoded dot segments", "https://api.example.com/x/%2e%2E/a/b", base, true},
		{"RFC 3986, 6.2.2.3: above the root", "https://api.example.com/../../a/b", base, true},
		{"RFC 3986, 6.2.2.3: final dot segment", base + "/.", base + "/", true},
		{"RFC 3986, 6.2.2.3: not the same as none", base + "/.", base, false},
		{"RFC 3986, 6.2.3: default port", "https://api.example.com:443/a/b", base, true},
		{"RFC 3986, 6.2.3: empty port", "https://api.example.com:/a/b", base, true},
		{"RFC 3986, 6.2.3: default port of http", "http://api.example.com:80/", "http://api.example.com", true},
		{"RFC 3986, 6.2.3: default port of the other scheme", "https://api.example.com:80/a/b", base, false},
		{"RFC 3986, 6.2.3: empty path", "https://api.example.com?x", "https://api.example.com/", true},
		{"another scheme", "http://api.example.com/a/b", base, false},
		{"another port", "https://api.example.com:8443/a/b", base, false},
		{"trailing slash", base + "/", base, false},
		{"empty segment", "https://api.example.com//a/b", base, false},
		{"dot after the host", "https://api.example.com./a/b", base, false},
		{"host that goes on", "https://api.example.com.evil.example/a/b", base, false},
		{"host in the path", "https://evil.example/api.example.com/a/b", base, false},
		{"IP literal", "https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a", true},
		{"characters that must be encoded and are not", "https://api.example.com/{a}|é", "https://api.example.com/%7Ba%7D%7C%C3%A9", true},
		{"user information", "https://u@api.example.com/a/b", "https://u@api.example.com/a/b", false},
		{"no scheme", "//api.example.com/a/b", "//api.example.com/a/b", false},
		{"another kind of scheme", "ftp://api.example.com/", "ftp://api.example.com/", false},
		{"one slash", "https:/api.example.com/a/b", base, false},
		{"no host", "https:///a/b", "https:///a/b", false},
		{"only a port", "https://:443/", "https://:443/", false},
		{"port that is no number", "https://api.example.com:x/", "https://api.example.com:x/", false},
		{"encoded slash in the host", "https://api.example.com%2fx/", "https://api.example.com%2Fx/", false},
		{"half an IP literal", "https://[::1/", "https://[::1/", false},
		{"percent sign alone", base + "%", base + "%", false},
		{"percent sign before other characters", base + "%zz", base + "%zz", false},
		{"space", base + " ", base + " ", false},
		{"line break", base + "\n", base + "\n", false},
		{"nothing", "", "", false},
	}
	for _, test := range tests {
		if got := SameURI(test.a, test.b); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
		if got := SameURI(test.b, test.a); got != test.want {
			t.Errorf("%s, the other way: %v, want %v", test.name, got, test.want)
		}
	}
}

// FuzzNormalize checks that what is normal stays as it is, that normalisation
// does not change what net/url reads, and dot segments are resolved as it does.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{
		"https://api.example.com/a/../b/./c?x#y", "HTTP://[2001:DB8::1]:080/%7e/%2e%2e/%zz", "https://a:443", "https://a/b//..//c/..", "https://h/%2F{|}é", "https://%41%2e/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		normal, ok := normalize(uri)
		if !ok {
			return
		}
		if again, ok := normalize(normal); !ok || again != normal {
			t.Fatalf("normalize(%q) = %q, and of that %q, %v", uri, normal, again, ok)
		}
		if len(normal) > 3*len(uri)+16 {
			t.Fatalf("normalize(%q) is %d bytes long", uri, len(normal))
		}
		if i := strings.IndexAny(uri, "?#"); i >= 0 {
			uri = uri[:i]
		}
		theirs, err := url.Parse(uri)
		if err != nil || theirs.Opaque != "" {
			return // net/url is stricter about hosts
		}
		ours, err := url.Parse(normal)
		if err != nil {
			t.Fatalf("normalize(%q) = %q: %v", uri, normal, err)
		}
		if !strings.EqualFold(theirs.Hostname(), ours.Hostname()) {
			t.Fatalf("normalize(%q) = %q: host %q, want %q", uri, normal, ours.Hostname(), theirs.Hostname())
		}
		if strings.Contains(strings.ToLower(theirs.EscapedPath()), "%2f") || strings.Contains(theirs.Path, "//") {
			return // resolved after decoding by net/url, and with empty segments dropped
		}
		path := theirs.Path
		if path == "" {
			path = "/"
		}
		resolved := (&url.URL{Scheme: "http", Host: "h", Path: "/"}).ResolveReference(&url.URL{Path: path})
		if resolved.Path != ours.Path {
			t.Fatalf("normalize(%q) = %q: path %q, want %q", uri, normal, ours.Path, resolved.Path)
		}
	})
}
