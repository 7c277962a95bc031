package jwks

import (
	"testing"
	"time"
)

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
	// What is no URI is refused elsewhere, and must not panic here.
	for _, text := range []string{"", "/", "://", "x", "https://"} {
		if OpenIDConfiguration(text) == "" || ServerMetadata(text) == "" {
			t.Errorf("%q gives no address at all", text)
		}
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
		{"bad address", with(func(s *Source) { s.URI = "idp/jwks" }), "[1].uri: want https://host/path or http://host/path, of at most 2048 bytes"},
		{"bad address of metadata", Source{Issuer: "a", DiscoveryURI: "a", Cluster: "a"}, "[1].discovery_uri: want https://host/path or http://host/path, of at most 2048 bytes"},
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
