package endpoint

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
)

func read(text string) (URI, error) {
	var c struct {
		URI URI `json:"uri"`
	}
	document, err := json.Marshal(map[string]string{"uri": text})
	if err == nil {
		err = config.Decode(document, &c)
	}
	return c.URI, err
}

func TestURI(t *testing.T) {
	for text, want := range map[string]string{
		"https://a.example/b?c=d":    "[{:method GET} {:scheme https} {:authority a.example} {:path /b?c=d}]",
		"http://a":                   "[{:method GET} {:scheme http} {:authority a} {:path /}]",
		"https://A_b-1.example:8443": "[{:method GET} {:scheme https} {:authority A_b-1.example:8443} {:path /}]",
		"https://[::1]:80?x":         "[{:method GET} {:scheme https} {:authority [::1]:80} {:path /?x}]",
		"https://127.0.0.1/%41//..":  "[{:method GET} {:scheme https} {:authority 127.0.0.1} {:path /%41//..}]",
	} {
		u, err := read(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := fmt.Sprint(u.Headers("GET")); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"": "want https://host/path", "a": "want https://host/path", "ftp://a/": "want https://host/path", "HTTPS://a/": "want https://host/path",
		"https://" + strings.Repeat("a", maxSize): "want https://host/path",
		"https://": "want a host", "https:///a": "want a host", "https://u@a/": "want a host", "https://u:p@a/": "want a host", "https://a:/": "want a host",
		"https://a:b/": "want a host", "https://a:123456/": "want a host", "https://[::1/": "want a host", "https://[a.example]/": "want a host", "https://[::1]80/": "want a host",
		"https://[]/": "want a host", "https://a b/": "want a host", "https://é/": "want a host", "https://:80/": "want a host",
		"https://a/#b": "want the characters", "https://a#b": "want the characters", "https://a/ ": "want the characters", "https://a/\r\nx:y": "want the characters", "https://a/é": "want the characters",
	} {
		if _, err := read(text); err == nil || !strings.HasPrefix(err.Error(), "config: uri: "+want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if got := (URI{}).String(); got != "" {
		t.Errorf("no URI: %q", got)
	}
}

// FuzzURI: what is accepted is a URI for net/url too, with the same host and target.
func FuzzURI(f *testing.F) {
	f.Add("https://a.example:8443/b?c=d")
	f.Add("http://[::1]?x")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := read(text)
		if err != nil {
			return
		}
		parsed, err := url.Parse(text)
		if err != nil {
			if strings.Contains(text, "%") || strings.Contains(text, "[") || strings.Contains(text, ":") {
				return // net/url reads percent-encoding, addresses and ports more strictly
			}
			t.Fatalf("%q: %v", text, err)
		}
		if parsed.Host != u.authority || parsed.User != nil || parsed.Fragment != "" || parsed.Scheme != u.scheme {
			t.Fatalf("%q is %q, and for net/url %q", text, u, parsed)
		}
		if again, err := read(u.String()); err != nil || again != u {
			t.Fatalf("%q is %q, and that is %q, %v", text, u, again, err)
		}
	})
}
