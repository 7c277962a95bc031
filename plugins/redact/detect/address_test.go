package detect

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

func TestIPv4(t *testing.T) {
	checkTexts(t, newSet(t, "ipv4"), []textCase{
		{"alone", "93.184.215.14", "[ipv4 93.184.215.14]"},
		{"in a sentence", "from 93.184.215.14.", "from [ipv4 93.184.215.14]."},
		{"with a port", "93.184.215.14:8080", "[ipv4 93.184.215.14]:8080"},
		{"with a prefix length", "10.20.0.0/16", "[ipv4 10.20.0.0]/16"},
		{"a range", "10.20.0.1-10.20.0.9", "[ipv4 10.20.0.1]-[ipv4 10.20.0.9]"},
		{"in a URL", "https://93.184.215.14/x", "https://[ipv4 93.184.215.14]/x"},
		{"in a path", "/hosts/93.184.215.14/ports", "/hosts/[ipv4 93.184.215.14]/ports"},
		{"in a list", "1.1.1.1,8.8.8.8", "[ipv4 1.1.1.1],[ipv4 8.8.8.8]"},
		{"behind a sign", "ip=93.184.215.14", "ip=[ipv4 93.184.215.14]"},
		{"behind an escaped line end", `\n93.184.215.14\n`, `\n[ipv4 93.184.215.14]\n`},
		{"in brackets", "[93.184.215.14]", "[[ipv4 93.184.215.14]]"},
		{"the highest", "255.255.255.255", "[ipv4 255.255.255.255]"},
		{"in Chinese text", "地址：93.184.215.14。", "地址：[ipv4 93.184.215.14]。"},
		{"five numbers", "1.2.3.4.5", ""},
		{"five numbers, the last ones in range", "300.1.2.3.4", ""},
		{"three numbers", "1.2.3", ""},
		{"a number too high", "256.1.1.1", ""},
		{"a leading zero", "10.01.0.1", ""},
		{"a number too long", "10.0.0.1234", ""},
		{"a version with v", "v1.2.3.4", ""},
		{"a version with its word", "version 1.2.3.4", ""},
		{"a version with its word and a colon", "Version: 10.0.19.41", ""},
		{"a version in a field", "app_version=10.0.19.41", ""},
		{"a version in JSON", `"firmware":"10.0.19.41"`, ""},
		{"a product", "Chrome/120.0.0.0 Safari", ""},
		{"a product at the beginning", "Chrome/120.0.0.0", ""},
		{"a file", "lib-1.2.3.4.tar.gz", ""},
		{"a release candidate", "1.2.3.4-rc1", ""},
		{"a version of a browser's engine", "(X11; rv:1.9.6.20)", ""},
		{"a section", "see section 1.2.3.4", ""},
		{"a date", "26.11.2026", ""},
		{"a decimal", "3.14", ""},
		{"a time", "12:30:45.123", ""},
		{"an object identifier", "1.3.6.1.4.1.311", ""},
		{"a name with numbers", "host.1.2.3.4", ""},
	})
}

func TestIPv4Confidence(t *testing.T) {
	s := newSet(t, "ipv4")
	for text, want := range map[string]uint8{
		"93.184.215.14": 85, "10.20.30.40": 65, "172.16.0.11": 65, "172.32.0.11": 85, "192.168.1.10": 65, "169.254.10.20": 65,
		"100.64.10.1": 65, "firmware version is 14.6.40.8": 50, "the version of the host 14.6.40.8": 85, "version 2 at 14.6.40.8": 85, "version:\n14.6.40.8": 50,
		"a version\n14.6.40.8": 85, "'firmware version': '14.6.40.8'": 50, "rv 2 14.6.40.8": 85,
		"100.64.10.2": 65, "198.51.100.7": 65, "127.0.0.1": 40, "0.0.0.0": 40, "239.1.1.10": 40, "1.2.3.4": 55,
	} {
		spans, _ := s.Find(nil, []byte(text), Context{}, true)
		if len(spans) != 1 || spans[0].Confidence != want {
			t.Errorf("%s: %v, want confidence %d", text, spans, want)
		}
	}
}

func TestIPv6(t *testing.T) {
	checkTexts(t, newSet(t, "ipv6"), []textCase{
		{"all groups", "2001:db8:0:0:8:800:200c:417a", "[ipv6 2001:db8:0:0:8:800:200c:417a]"},
		{"groups left out", "2001:db8::8:800:200C:417A", "[ipv6 2001:db8::8:800:200C:417A]"},
		{"at the beginning left out", "::ffff:192.0.2.128", "[ipv6 ::ffff:192.0.2.128]"},
		{"IPv4 at the end", "2001:db8:1:2:3:4:192.0.2.33", "[ipv6 2001:db8:1:2:3:4:192.0.2.33]"},
		{"loopback", "::1", "[ipv6 ::1]"},
		{"a prefix", "2001:db8::/32", "[ipv6 2001:db8::]/32"},
		{"with a port", "[2001:db8::1]:443", "[[ipv6 2001:db8::1]]:443"},
		{"with a zone", "fe80::a%eth0", "[ipv6 fe80::a]%eth0"},
		{"in a sentence", "at 2001:db8::1.", "at [ipv6 2001:db8::1]."},
		{"before a colon", "2001:db8::1: up", "[ipv6 2001:db8::1]: up"},
		{"behind a name", "addr:2001:db8::1 inet6:fe80::1", "addr:[ipv6 2001:db8::1] inet6:[ipv6 fe80::1]"},
		{"behind an escaped line end", `\n2001:db8::1`, `\n[ipv6 2001:db8::1]`},
		{"nine groups", "1:2:3:4:5:6:7:8:9", ""},
		{"two gaps", "2001::1::2", ""},
		{"a time", "12:34:56", ""},
		{"a time with date", "2026-11-26T12:34:56", ""},
		{"a scope", "std::string", ""},
		{"a scope of hexadecimal letters", "Abc::Def", ""},
		{"nothing but a gap", "a :: b", ""},
		{"a MAC address", "3c:22:fb:9a:41:07", ""},
		{"a fingerprint", "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89", ""},
		{"a group too long", "2001:db8::12345", ""},
		{"a word goes on", "2001:db8::1x", ""},
		{"a ratio", "16:9", ""},
	})
}

// TestAddressesAsNetipReadsThem compares with the parser of the standard library.
func TestAddressesAsNetipReadsThem(t *testing.T) {
	s := newSet(t, "ipv4", "ipv6")
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "0123456789abcdef::::::....25"
	valid := 0
	try := func(text string) {
		addr, err := netip.ParseAddr(text)
		spans, _ := s.Find(nil, []byte(text), Context{}, true)
		whole := len(spans) == 1 && spans[0].Start == 0 && spans[0].End == len(text)
		// What has no digit and few groups is no find by intention.
		named := !strings.ContainsAny(text, "0123456789") && len(strings.FieldsFunc(text, func(r rune) bool { return r == ':' })) < 4
		if want := err == nil && !named; whole != want {
			t.Errorf("%q: %v, want found %v (%v)", text, spans, want, addr)
		}
		if err == nil {
			valid++
		}
	}
	for range 200_000 {
		n := 3 + random.IntN(18)
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		try(string(b))
	}
	for range 20_000 {
		var raw [16]byte
		for i := range raw {
			if random.IntN(3) > 0 {
				raw[i] = byte(random.Uint32())
			}
		}
		try(netip.AddrFrom16(raw).String())
		try(netip.AddrFrom4([4]byte(raw[:4])).String())
	}
	if valid < 40_000 {
		t.Errorf("%d texts were addresses, want at least 40000", valid)
	}
}

func TestMAC(t *testing.T) {
	checkTexts(t, newSet(t, "mac"), []textCase{
		{"with colons", "mac 3c:22:fb:9a:41:07 up", "mac [mac 3c:22:fb:9a:41:07] up"},
		{"with hyphens", "3C-22-FB-9A-41-07", "[mac 3C-22-FB-9A-41-07]"},
		{"with dots", "3c22.fb9a.4107", "[mac 3c22.fb9a.4107]"},
		{"64 bits", "02:00:5e:ff:fe:00:53:01", "[mac 02:00:5e:ff:fe:00:53:01]"},
		{"behind a name", "ether:3c:22:fb:9a:41:07", "ether:[mac 3c:22:fb:9a:41:07]"},
		{"seven pairs", "3c:22:fb:9a:41:07:01", ""},
		{"a fingerprint", "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89", ""},
		{"five pairs", "3c:22:fb:9a:41", ""},
		{"a UUID", "550e8400-e29b-41d4-a716-446655440000", ""},
		{"a time", "12:34:56", ""},
		{"a date", "26-11-26", ""},
		{"mixed signs", "3c:22-fb:9a-41:07", ""},
		{"a longer word", "x3c:22:fb:9a:41:07", ""},
	})
}
