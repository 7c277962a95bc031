package body

import (
	"strings"
	"unicode"
)

// maxParameters is how many parameters of a header are read. More make it a
// header that cannot be read; no client sends that many.
const maxParameters = 64

// mediaType is the value of a Content-Type or Content-Disposition header (RFC
// 2045, Section 5.1; RFC 2183, Section 2).
type mediaType struct {
	name       string // in lower case
	n          int
	parameters [maxParameters]Pair // names in lower case
}

// parse reads a header, as leniently as Go's mime.ParseMediaType. If it cannot
// be read, the parameters are empty; the name may still be known.
func (m *mediaType) parse(r *Result, v string) bool {
	m.n = 0
	base, _, _ := strings.Cut(v, ";")
	rest := v[len(base):]
	m.name = strings.TrimSpace(strings.ToLower(base))
	kind, subtype, slash := strings.Cut(m.name, "/")
	if !token(kind) || slash && !token(subtype) {
		m.name = ""
		return false
	}
	for rest = trimSpace(rest); rest != ""; rest = trimSpace(rest) {
		name, value, after, ok := parameter(r, rest)
		if !ok {
			if strings.TrimSpace(rest) == ";" {
				break
			}
			m.n = 0
			return false
		}
		old, exists := m.get(name)
		switch {
		case exists && old != value:
			m.name, m.n = "", 0
			return false
		case exists:
		case m.n == maxParameters:
			m.n = 0
			return false
		default:
			m.parameters[m.n] = Pair{name, value}
			m.n++
		}
		rest = after
	}
	return true
}

func (m *mediaType) get(name string) (value string, ok bool) {
	for _, p := range m.parameters[:m.n] {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// value returns a parameter, with what RFC 2231, Sections 3 and 4 let it be
// spread over.
func (m *mediaType) value(r *Result, name string) string {
	plain, _ := m.get(name)
	if v, ok := m.get(name + "*"); ok {
		if decoded, ok := decodeExtended(r, v); ok {
			return decoded
		}
		return plain
	}
	found := false
	var joined []byte // seldom any, so not in the arena
	for n := range maxParameters {
		piece := name + "*" + itoa(n)
		v, ok := m.get(piece)
		if !ok {
			if v, ok = m.get(piece + "*"); !ok {
				break
			}
			if n == 0 {
				v, ok = decodeExtended(r, v)
			} else {
				v, ok = decodePercent(r, v)
			}
			if !ok {
				v = ""
			}
		}
		found = true
		joined = append(joined, v...)
	}
	if found {
		return string(joined)
	}
	return plain
}

// itoa returns a number below 100 in decimal.
func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return string([]byte{byte('0' + n/10), byte('0' + n%10)})
}

// parameter reads ";" name "=" value, with white space between all of them.
func parameter(r *Result, v string) (name, value, rest string, ok bool) {
	rest, ok = strings.CutPrefix(v, ";")
	if !ok {
		return "", "", "", false
	}
	rest = trimSpace(rest)
	n := tokenLength(rest)
	name, rest = strings.ToLower(rest[:n]), trimSpace(rest[n:])
	if rest, ok = strings.CutPrefix(rest, "="); !ok || name == "" {
		return "", "", "", false
	}
	rest = trimSpace(rest)
	if !strings.HasPrefix(rest, `"`) {
		n = tokenLength(rest)
		return name, rest[:n], rest[n:], n > 0
	}
	value, n, ok = quoted(r, rest)
	return name, value, rest[n:], ok
}

// quoted reads a quoted-string and returns what it stands for and its length. A
// backslash before anything but a special character stands for itself, as in
// paths that old browsers sent.
func quoted(r *Result, v string) (value string, n int, ok bool) {
	escapes := false
	for i := 1; i < len(v); i++ {
		switch v[i] {
		case '"':
			if !escapes {
				return v[1:i], i + 1, true
			}
			out := r.text.reserve(i)
			for k := 1; k < i; k++ {
				if v[k] == '\\' && special(v[k+1]) {
					k++
				}
				out = append(out, v[k])
			}
			return r.text.commit(out), i + 1, true
		case '\\':
			if i+1 < len(v) && special(v[i+1]) {
				escapes = true
				i++
			}
		case '\r', '\n':
			return "", 0, false
		}
	}
	return "", 0, false
}

// decodeExtended reads charset'language'value (RFC 8187, Section 3.2.1) in one
// of the two charsets that are read.
func decodeExtended(r *Result, v string) (string, bool) {
	charset, v, _ := strings.Cut(v, "'")
	_, v, ok := strings.Cut(v, "'")
	charset = strings.ToLower(charset)
	if !ok || charset != "us-ascii" && charset != "utf-8" {
		return "", false
	}
	return decodePercent(r, v)
}

// decodePercent reads "%" and two hexadecimal digits as a byte. ok tells whether
// every "%" is followed by two; one that is not stands for itself.
func decodePercent(r *Result, s string) (decoded string, ok bool) {
	first := strings.IndexByte(s, '%')
	if first < 0 {
		return s, true
	}
	ok = true
	out := append(r.text.reserve(len(s)), s[:first]...)
	for i := first; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			hi, lo := byte(255), byte(255)
			if i+2 < len(s) {
				hi, lo = unhex(s[i+1]), unhex(s[i+2])
			}
			if hi|lo < 16 {
				c = hi<<4 | lo
				i += 2
			} else {
				ok = false
			}
		}
		out = append(out, c)
	}
	return r.text.commit(out), ok
}

func trimSpace(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }

func token(s string) bool { return s != "" && tokenLength(s) == len(s) }

// tokenLength returns how many bytes of a token s begins with (RFC 2045, Section
// 5.1).
func tokenLength(s string) int {
	n := 0
	for n < len(s) && s[n] > ' ' && s[n] < 0x7f && !special(s[n]) {
		n++
	}
	return n
}

// special tells whether c is one of the tspecials of RFC 2045, Section 5.1.
func special(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '@', ',', ';', ':', '\\', '"', '/', '[', ']', '?', '=':
		return true
	}
	return false
}
