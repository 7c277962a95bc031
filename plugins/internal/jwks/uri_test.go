package jwks

import (
	"strings"
	"testing"
	"time"
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
	{"longest", "https://i/" + strings.Repeat("x", maxURISize-10), "https i /" + strings.Repeat("x", maxURISize-10)},

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
	{"too long", "https://i/" + strings.Repeat("x", maxURISize-9), ""},
}

func TestParseURI(t *testing.T) {
	for _, test := range uriTests {
		u, fault := parseURI(test.text)
		got := ""
		if fault == "" {
			got = u.scheme() + " " + u.authority + " " + u.target
		}
		if got != test.want {
			t.Errorf("%s: parseURI(%q) = %q, %q, want %q", test.name, test.text, got, fault, test.want)
		}
	}
}

func TestMetadataAddresses(t *testing.T) {
	tests := []struct{ issuer, openid, server string }{
		{"https://idp.example", "https://idp.example/.well-known/openid-configuration", "https://idp.example/.well-known/oauth-authorization-server"},
		{"https://idp.example/", "https://idp.example/.well-known/openid-configuration", "https://idp.example/.well-known/oauth-authorization-server"},
		{"https://idp.example:8443/realms/one", "https://idp.example:8443/realms/one/.well-known/openid-configuration",
			"https://idp.example:8443/.well-known/oauth-authorization-server/realms/one"},
		{"https://idp.example/t/v2.0/", "https://idp.example/t/v2.0/.well-known/openid-configuration",
			"https://idp.example/.well-known/oauth-authorization-server/t/v2.0"},
	}
	for _, test := range tests {
		if got := OpenIDConfiguration(test.issuer); got != test.openid {
			t.Errorf("OpenIDConfiguration(%q) = %q, want %q", test.issuer, got, test.openid)
		}
		if got := ServerMetadata(test.issuer); got != test.server {
			t.Errorf("ServerMetadata(%q) = %q, want %q", test.issuer, got, test.server)
		}
	}
	for _, text := range []string{"", "/", "://", "x", "https://"} {
		OpenIDConfiguration(text)
		ServerMetadata(text)
	}
}

func TestSources(t *testing.T) {
	with := func(change func(*Source)) Source {
		s := plain("idp")
		change(&s)
		return s
	}
	tests := []struct {
		name   string
		source Source
		want   string
	}{
		{"least", Source{URI: "https://a/", Cluster: "a"}, ""},
		{"refresh beyond the default bounds", with(func(s *Source) { s.Refresh = 2 * time.Hour }), ""},
		{"refresh below the default bounds", with(func(s *Source) { s.Refresh = 2 * time.Second }), ""},
		{"nothing", Source{}, "[1].cluster: want the name of a cluster"},
		{"no address", Source{Cluster: "a"}, "[1].uri: want it or discovery_uri"},
		{"two addresses", with(func(s *Source) { s.DiscoveryURI = s.URI }), "[1].uri: want it or discovery_uri, not both"},
		{"no issuer", Source{DiscoveryURI: "https://a/", Cluster: "a"}, "[1].issuer: want the issuer that the metadata names"},
		{"bad address", with(func(s *Source) { s.URI = "idp/jwks" }), "[1].uri: want https://host/path or http://host/path"},
		{"bad address of metadata", Source{Issuer: "a", DiscoveryURI: "a", Cluster: "a"}, "[1].discovery_uri: want https://host/path or http://host/path"},
		{"negative timeout", with(func(s *Source) { s.Timeout = -1 }), "[1].timeout: -1ns, want 1ms to 8784h0m0s"},
		{"negative stale", with(func(s *Source) { s.MaxStale = -time.Second }), "[1].max_stale: -1s, want 0s to 8784h0m0s"},
		{"stale for ever", with(func(s *Source) { s.MaxStale = 1 << 62 }), "[1].max_stale: 1281023h53m38.427387904s, want 0s to 8784h0m0s"},
		{"refresh below its bound", with(func(s *Source) { s.Refresh, s.MinRefresh = time.Minute, time.Hour }), "[1].refresh: 1m0s, want 1h0m0s to 8784h0m0s"},
		{"refresh above its bound", with(func(s *Source) { s.Refresh, s.MaxRefresh = time.Hour, time.Minute }), "[1].max_refresh: 1m0s, want 1h0m0s to 8784h0m0s"},
		{"refresh all the time", with(func(s *Source) { s.MinRefresh = time.Millisecond }), "[1].min_refresh: 1ms, want 1s to 8784h0m0s"},
		{"unknown keys all the time", with(func(s *Source) { s.UnknownKeyInterval = 1 }), "[1].unknown_key_interval: 1ns, want 1s to 8784h0m0s"},
	}
	for _, test := range tests {
		_, err := New([]Source{plain("first"), test.source}, nil, 0)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: New = %q, want %q", test.name, got, test.want)
		}
	}
}
