package accuracy

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
)

func (m maker) email() (string, bool) {
	letters := func(n int) string { return m.from(small, n) }
	local := m.of(letters(5), letters(3)+"."+letters(7), letters(4)+"+"+letters(3), letters(1)+"_"+letters(5), letters(4)+m.digits(3),
		m.from(capital, 6), letters(3)+"-"+letters(4), "o'"+letters(4))
	domain := m.of(letters(6)+".com", letters(4)+".co.uk", "mail."+letters(5)+".org", letters(3)+"-"+letters(4)+".de", "bücher.example", "xn--bcher-kva."+letters(3),
		m.from(capital, 5)+".NET", letters(2)+".io", m.digits(2)+letters(3)+".pl")
	return local + "@" + domain, false
}

// ip returns an address of either version. Loopback, multicast and those of no network
// are nobody's.
func (m maker) ip() (string, bool) {
	if m.IntN(5) < 3 {
		for {
			a := netip.AddrFrom4([4]byte{byte(1 + m.IntN(223)), byte(m.IntN(256)), byte(m.IntN(256)), byte(10 + m.IntN(246))})
			if !a.IsLoopback() {
				return a.String(), false
			}
		}
	}
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(m.Uint32())
	}
	raw[0], raw[1] = 0x20, byte(1+m.IntN(20))
	for range m.IntN(3) {
		at := 2 + 2*m.IntN(6)
		clear(raw[at : at+2])
	}
	a := netip.AddrFrom16(raw)
	return m.of(a.String(), a.StringExpanded(), strings.ToUpper(a.String())), false
}

func (m maker) mac() (string, bool) {
	var pairs []string
	for range 6 {
		pairs = append(pairs, m.from(hexadecimal, 2))
	}
	return strings.Join(pairs, m.of(":", "-")), false
}

func (m maker) jwt() (string, bool) {
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	header := m.of(`{"alg":"HS256","typ":"JWT"}`, `{"typ":"JWT","alg":"RS256","kid":"`+m.from(small, 4)+`"}`, `{ "alg" : "ES256" }`)
	return encode(header) + "." + encode(`{"sub":"`+m.from(small, 8)+`"}`) + "." + encode(m.from(small, 32)), false
}

// apiKey returns a key in the form of a service. Prefixes are in two parts, so that
// scanners of this repository do not take them for leaks.
func (m maker) apiKey() (string, bool) {
	const alnum = digits + small + capital
	return m.of(
		"AK"+"IA"+m.from(capital+"234567", 16),
		"gh"+"p_"+m.from(alnum, 36),
		fmt.Sprintf("xo"+"xb-%s-%s-%s", m.digits(12), m.digits(12), m.from(alnum, 24)),
		"sk"+"_live_"+m.from(alnum, 24),
		"AI"+"za"+m.from(alnum+"_-", 35),
		"gl"+"pat-"+m.from(alnum, 20),
		"np"+"m_"+m.from(alnum, 36),
	), false
}
