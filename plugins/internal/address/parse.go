package address

import (
	"net/netip"
	"strings"

	"gatehouse/plugins/internal/policy"
)

// maxEntry is longer than any address with a zone and a port.
const maxEntry = 128

// parse reads an address, with or without a port: "192.0.2.1", "192.0.2.1:80",
// "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80". An IPv4 address in an IPv6
// one is the IPv4 address, and a zone, which means something to one host only, is
// cut off.
func parse(text string) (netip.Addr, bool) {
	if len(text) > maxEntry {
		return netip.Addr{}, false
	}
	host := text
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 || !isPort(text[end+1:]) || strings.IndexByte(text[:end], ':') < 0 {
			return netip.Addr{}, false
		}
		host = text[1:end]
	} else if at := strings.IndexByte(text, ':'); at >= 0 && strings.IndexByte(text[at+1:], ':') < 0 {
		if !isPort(text[at:]) {
			return netip.Addr{}, false
		}
		host = text[:at]
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.WithZone("").Unmap(), true
}

// isPort tells whether a text is a colon and a port, or nothing.
func isPort(text string) bool {
	if text == "" {
		return true
	}
	if text[0] != ':' || len(text) < 2 || len(text) > 6 {
		return false
	}
	n := 0
	for _, c := range []byte(text[1:]) {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n <= 65535
}

// forwarded reads the address of "for" in a forwarded-element (RFC 7239, Section 4).
// The whole element must be well-formed, and must not hold a comma in quotation
// marks: so each entry can be read without those before it, which a client may have
// written. "unknown" and obfuscated identifiers (Section 6) are no addresses.
func forwarded(element string) (netip.Addr, bool) {
	var found netip.Addr
	for rest, more := element, true; more; {
		var pair string
		if pair, rest, more = cutPair(rest); pair == "" {
			return netip.Addr{}, false
		}
		name, value, ok := strings.Cut(pair, "=")
		if ok && value != "" && value[0] == '"' {
			value, ok = unquote(value)
		} else {
			ok = ok && policy.IsToken(value)
		}
		if !ok || !policy.IsToken(name) {
			return netip.Addr{}, false
		}
		if !strings.EqualFold(name, "for") {
			continue
		}
		a, ok := parse(value)
		// Section 6: an IPv6 address is in brackets, and each parameter is there once.
		if !ok || found.IsValid() || strings.Count(value, ":") > 1 && value[0] != '[' {
			return netip.Addr{}, false
		}
		found = a
	}
	return found, found.IsValid()
}

// cutPair splits off what is before the first semicolon outside quotation marks.
func cutPair(s string) (pair, rest string, more bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++
		case !quoted && s[i] == ';':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// unquote returns the text of a quoted-string (RFC 9110, Section 5.6.4).
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[len(s)-1] != '"' {
		return "", false
	}
	s = s[1 : len(s)-1]
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			if i++; i == len(s) {
				return "", false
			}
			c = s[i]
		} else if c == '"' {
			return "", false
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), true
}
