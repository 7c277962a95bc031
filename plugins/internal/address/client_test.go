package address

import (
	"net/netip"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// from is the attribute source.address.
type from string

func (f from) Attribute(path ...string) ([]byte, bool) {
	return []byte(f), f != "" && strings.Join(path, ".") == "source.address"
}

// request is one with header fields, names and values in turn.
func request(source string, fields ...string) *policy.Request {
	r := &policy.Request{Attributes: from(source)}
	for i := 0; i < len(fields); i += 2 {
		r.Headers = append(r.Headers, policy.Header{Name: fields[i], Value: fields[i+1]})
	}
	return r
}

func reader(t testing.TB, document string) *Reader {
	t.Helper()
	c := &Config{}
	if err := config.Decode([]byte(document), c); err != nil {
		t.Fatal(err)
	}
	return New(c)
}

const (
	xff     = "x-forwarded-for"
	hops    = `{"trusted_hops":2}`
	proxies = `{"trusted_proxies":["10.0.0.0/8","2001:db8:1::/48","203.0.113.7"]}`
	rfc7239 = `{"trusted_proxies":["10.0.0.0/8"],"header":"forwarded"}`
)

func TestClient(t *testing.T) {
	for _, test := range []struct {
		name, config, source string
		fields               []string
		want                 string // none if empty
	}{
		{"the connection", `{}`, "192.0.2.1:4711", nil, "192.0.2.1"},
		{"the connection and not the header", `{}`, "192.0.2.1:4711", []string{xff, "198.51.100.1"}, "192.0.2.1"},
		{"an IPv6 connection", `{}`, "[2001:db8::1]:4711", nil, "2001:db8::1"},
		{"IPv4 in IPv6", `{}`, "[::ffff:192.0.2.1]:4711", nil, "192.0.2.1"},
		{"a zone", `{}`, "[fe80::1%eth0]:4711", nil, "fe80::1"},
		{"no port", `{}`, "192.0.2.1", nil, "192.0.2.1"},
		{"a socket of Unix", `{}`, "/run/envoy.sock", nil, ""},
		{"an internal listener", `{}`, "envoy://inner/", nil, ""},
		{"nothing", `{}`, "", nil, ""},
		{"nothing, and a header", hops, "", []string{xff, "192.0.2.1, 192.0.2.2"}, ""},

		{"the second from the right", hops, "10.0.0.1:1", []string{xff, "192.0.2.1, 10.0.0.1"}, "192.0.2.1"},
		{"over two fields", hops, "10.0.0.1:1", []string{xff, "192.0.2.1", "x", "y", xff, "10.0.0.1"}, "192.0.2.1"},
		{"in the first of two fields", hops, "10.0.0.1:1", []string{xff, "192.0.2.9, 192.0.2.1", xff, "10.0.0.1"}, "192.0.2.1"},
		{"too few entries", hops, "10.0.0.1:1", []string{xff, "192.0.2.1"}, "10.0.0.1"},
		{"no header", hops, "10.0.0.1:1", nil, "10.0.0.1"},
		{"another header", hops, "10.0.0.1:1", []string{"forwarded", "for=192.0.2.1, for=10.0.0.1"}, "10.0.0.1"},
		{"a port", hops, "10.0.0.1:1", []string{xff, "192.0.2.1:80,10.0.0.1"}, "192.0.2.1"},
		{"IPv6", hops, "10.0.0.1:1", []string{xff, "2001:DB8:0::1, 10.0.0.1"}, "2001:db8::1"},
		{"IPv6 in brackets", hops, "10.0.0.1:1", []string{xff, "[2001:db8::1] , 10.0.0.1"}, "2001:db8::1"},
		{"IPv6 with a port", hops, "10.0.0.1:1", []string{xff, "[2001:db8::1%2]:80, 10.0.0.1"}, "2001:db8::1"},
		{"mapped", hops, "10.0.0.1:1", []string{xff, "::ffff:c000:201, 10.0.0.1"}, "192.0.2.1"},
		{"junk where the client should be", hops, "10.0.0.1:1", []string{xff, "192.0.2.1, unknown, 10.0.0.1"}, "10.0.0.1"},
		{"an empty entry where the client should be", hops, "10.0.0.1:1", []string{xff, "192.0.2.1, , 10.0.0.1"}, "10.0.0.1"},
		{"an empty entry at the end", hops, "10.0.0.1:1", []string{xff, "192.0.2.1, 192.0.2.2, "}, "192.0.2.2"},
		{"an empty field", hops, "10.0.0.1:1", []string{xff, "192.0.2.1, 192.0.2.2", xff, ""}, "192.0.2.2"},
		{"junk where nobody looks", hops, "10.0.0.1:1", []string{xff, "192.0.2.1, x"}, "192.0.2.1"},

		{"the first that is no proxy", proxies, "10.0.0.1:1", []string{xff, "198.51.100.1, 192.0.2.1, 203.0.113.7, 10.1.2.3"}, "192.0.2.1"},
		{"with the peer appended", proxies, "10.0.0.1:1", []string{xff, "192.0.2.1, 10.0.0.1"}, "192.0.2.1"},
		{"IPv6 proxies", proxies, "[2001:db8:1::9]:1", []string{xff, "2001:db8:2::1, 2001:db8:1::2"}, "2001:db8:2::1"},
		{"a mapped proxy", proxies, "[::ffff:10.0.0.1]:1", []string{xff, "192.0.2.1, ::ffff:10.0.0.2"}, "192.0.2.1"},
		{"all are proxies", proxies, "10.0.0.1:1", []string{xff, "10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"no header behind a proxy", proxies, "10.0.0.1:1", nil, "10.0.0.1"},
		{"junk behind proxies", proxies, "10.0.0.1:1", []string{xff, "192.0.2.1, x, 10.0.0.2"}, "10.0.0.1"},
		{"junk left of the client", proxies, "10.0.0.1:1", []string{xff, "x, 192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"an empty header behind a proxy", proxies, "10.0.0.1:1", []string{xff, ""}, "10.0.0.1"},
		{"a connection from elsewhere", proxies, "192.0.2.1:1", []string{xff, "198.51.100.1, 10.0.0.2"}, "192.0.2.1"},

		{"RFC 7239, Section 4", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.43, For="[2001:db8:cafe::17]:4711";proto=http;by=10.0.0.9`}, "2001:db8:cafe::17"},
		{"forwarded by two", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.60;proto=http;by=203.0.113.43`, "forwarded", "proto=https;for=10.0.0.7"}, "192.0.2.60"},
		{"a port in quotation marks", rfc7239, "10.0.0.1:1", []string{"forwarded", `for="192.0.2.60:80"`}, "192.0.2.60"},
		{"an escaped address", rfc7239, "10.0.0.1:1", []string{"forwarded", `for="192.0.2.\60"`}, "192.0.2.60"},
		{"a semicolon in quotation marks", rfc7239, "10.0.0.1:1", []string{"forwarded", `host="a;for=1.1.1.1";for=192.0.2.60`}, "192.0.2.60"},
		{"a port without quotation marks", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.60:80`}, "10.0.0.1"},
		{"IPv6 without brackets", rfc7239, "10.0.0.1:1", []string{"forwarded", `for="2001:db8::1"`}, "10.0.0.1"},
		{"unknown", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.1, for=unknown`}, "10.0.0.1"},
		{"obfuscated", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.1, for="_gazonk"`}, "10.0.0.1"},
		{"for twice", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.1;for=192.0.2.2`}, "10.0.0.1"},
		{"no for", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.1, proto=https`}, "10.0.0.1"},
		{"a comma in quotation marks", rfc7239, "10.0.0.1:1", []string{"forwarded", `for=192.0.2.1;host="a,b"`}, "10.0.0.1"},
		{"a control character", rfc7239, "10.0.0.1:1", []string{"forwarded", "for=192.0.2.1;host=\"a\x01\""}, "10.0.0.1"},
		{"quotation marks that a client left open", rfc7239, "10.0.0.1:1", []string{"forwarded", `for="198.51.100.1, for=192.0.2.1`}, "192.0.2.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := reader(t, test.config).Client(request(test.source, test.fields...))
			if ok != (test.want != "") || ok && got.String() != test.want {
				t.Errorf("Client = %v, %t, want %q", got, ok, test.want)
			}
		})
	}
}

// TestSpoofing: whatever a client at 192.0.2.1 writes into the header, behind two
// proxies or alone, it stays 192.0.2.1.
func TestSpoofing(t *testing.T) {
	hundred := strings.Repeat("198.51.100.1,", 99) + "198.51.100.1"
	for _, written := range []string{
		"", "198.51.100.1", "10.0.0.1", "198.51.100.1, 10.0.0.2", "10.0.0.2, 10.0.0.2", "10.0.0.2,", ",", ",,,", "unknown", "x\x00y", hundred, strings.Repeat(",", 1000),
		"127.0.0.1", "::1", "[::1]:1", "192.0.2.1", `"`, `for="`, "for=198.51.100.1", "198.51.100.1;10.0.0.2", "198.51.100.1 10.0.0.2", strings.Repeat("9", 10000),
	} {
		joined := func(proxy ...string) string {
			if written != "" {
				proxy = append([]string{written}, proxy...)
			}
			return strings.Join(proxy, ", ")
		}
		for _, test := range []struct {
			name, config, source string
			fields               []string
		}{
			{"nothing configured", `{}`, "192.0.2.1:1", []string{xff, joined("192.0.2.1")}},
			{"two hops, joined", hops, "10.0.0.2:1", []string{xff, joined("192.0.2.1", "10.0.0.2")}},
			{"two hops, in fields of their own", hops, "10.0.0.2:1", []string{xff, written, xff, "192.0.2.1", xff, "10.0.0.2"}},
			{"trusted proxies, joined", proxies, "10.0.0.3:1", []string{xff, joined("192.0.2.1", "10.0.0.2")}},
			{"trusted proxies, the last of which writes nothing of its own", proxies, "10.0.0.3:1", []string{xff, joined("192.0.2.1")}},
			{"trusted proxies, in fields of their own", proxies, "10.0.0.3:1", []string{xff, written, xff, "192.0.2.1", xff, "10.0.0.2"}},
			{"past the proxies", proxies, "192.0.2.1:1", []string{xff, joined("10.0.0.2")}},
			{"past the proxies, as they would write", proxies, "192.0.2.1:1", []string{xff, joined("198.51.100.1", "10.0.0.2")}},
			{"forwarded", rfc7239, "10.0.0.3:1", []string{"forwarded", joined(`for=192.0.2.1;proto=https`, "for=10.0.0.2")}},
			{"forwarded, in fields of their own", rfc7239, "10.0.0.3:1", []string{"forwarded", written, "forwarded", "for=192.0.2.1"}},
		} {
			if got, ok := reader(t, test.config).Client(request(test.source, test.fields...)); !ok || got.String() != "192.0.2.1" {
				t.Errorf("%s, %.40q: %v, %t", test.name, written, got, ok)
			}
		}
	}
}

func TestPrefix(t *testing.T) {
	for _, test := range []struct{ config, address, want string }{
		{`{}`, "192.0.2.1", "192.0.2.1/32"}, {`{}`, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{`{"ipv4_prefix":24,"ipv6_prefix":48}`, "192.0.2.1", "192.0.2.0/24"}, {`{"ipv4_prefix":24,"ipv6_prefix":48}`, "2001:db8:1:2::3", "2001:db8:1::/48"},
		{`{"ipv6_prefix":128}`, "2001:db8::3", "2001:db8::3/128"},
	} {
		if got := reader(t, test.config).Prefix(netip.MustParseAddr(test.address)); got.String() != test.want {
			t.Errorf("%s of %s = %s, want %s", test.config, test.address, got, test.want)
		}
	}
	if got := reader(t, `{}`).Prefix(netip.Addr{}); got.IsValid() {
		t.Errorf("prefix of nothing = %s", got)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, test := range []struct{ document, path, want string }{
		{`{"trusted_hops":1,"trusted_proxies":["10.0.0.0/8"]}`, "trusted_proxies", "want trusted_hops or trusted_proxies, not both"},
		{`{"header":"forwarded"}`, "header", "no header is looked at without"},
		{`{"header":"x-real-ip","trusted_hops":1}`, "header", `want "x-forwarded-for" or "forwarded"`},
		{`{"trusted_hops":-1}`, "trusted_hops", "want at least 0"},
		{`{"trusted_proxies":[]}`, "trusted_proxies", "want at least 1 entry"},
		{`{"trusted_proxies":["10.0.0.1/8"]}`, "trusted_proxies[0]", "want zero bits behind the prefix, such as 10.0.0.0/8"},
		{`{"trusted_proxies":["::ffff:10.0.0.0/104"]}`, "trusted_proxies[0]", "want an IPv4 address as one"},
		{`{"trusted_proxies":["fe80::1%eth0"]}`, "trusted_proxies[0]", "want a range of addresses"},
		{`{"trusted_proxies":["10.0.0.0/33"]}`, "trusted_proxies[0]", "want a range of addresses"},
		{`{"trusted_proxies":["proxy"]}`, "trusted_proxies[0]", "want a range of addresses"},
		{`{"trusted_proxies":[10]}`, "trusted_proxies[0]", "got number"},
		{`{"ipv6_prefix":129}`, "ipv6_prefix", "want at most 128"},
		{`{"ipv4_prefix":0}`, "ipv4_prefix", "want at least 8"},
	} {
		err := config.Decode([]byte(test.document), &Config{})
		if err == nil || !strings.Contains(err.Error(), "config: "+test.path+": ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s: %s", test.document, err, test.path, test.want)
		}
	}
}

// FuzzClient: what a client writes, in front of what proxies append, changes
// nothing.
func FuzzClient(f *testing.F) {
	for _, written := range []string{"", "198.51.100.1", "10.0.0.2, ", `for="`, "[::1", "1.2.3.4:", "::ffff:1.2.3.4%x"} {
		f.Add(written, written)
	}
	readers := []*Reader{reader(f, `{}`), reader(f, hops), reader(f, proxies), reader(f, rfc7239)}
	f.Fuzz(func(t *testing.T, written, source string) {
		for i, test := range []*policy.Request{
			request("192.0.2.1:1", xff, written),
			request("10.0.0.2:1", xff, written+", 192.0.2.1, 10.0.0.2"),
			request("10.0.0.3:1", xff, written+", 192.0.2.1,10.0.0.2"),
			request("10.0.0.3:1", "forwarded", written+", for=192.0.2.1;by=_x, for=10.0.0.2"),
		} {
			if got, ok := readers[i].Client(test); !ok || got.String() != "192.0.2.1" {
				t.Fatalf("reader %d: %v, %t", i, got, ok)
			}
			got, ok := readers[i].Client(request(source, xff, written, "forwarded", written))
			if ok && (!got.IsValid() || got.Is4In6() || got.Zone() != "" || !readers[i].Prefix(got).Contains(got)) {
				t.Fatalf("reader %d of %q: %v", i, source, got)
			}
		}
		if a, ok := parse(source); ok {
			for _, spelt := range []string{netip.AddrPortFrom(a, 80).String(), a.String()} {
				if again, ok := parse(spelt); !ok || again != a {
					t.Fatalf("%q is %v, %q is %v", source, a, spelt, again)
				}
			}
		}
	})
}

func BenchmarkClient(b *testing.B) {
	for _, test := range []struct {
		name, config string
		request      *policy.Request
		want         string
	}{
		{"connection", `{}`, request("192.0.2.1:4711"), "192.0.2.1"},
		{"trusted proxies", proxies, request("10.0.0.1:4711", xff, "198.51.100.1, 192.0.2.1, 10.1.2.3"), "192.0.2.1"},
	} {
		r := reader(b, test.config)
		want := netip.MustParseAddr(test.want)
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got, ok := r.Client(test.request); !ok || got != want {
					b.Fatalf("client %v", got)
				}
			}
		})
	}
}
