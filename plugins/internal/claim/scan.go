package claim

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is the type of a JSON value.
type kind uint8

const (
	noKind kind = iota
	stringKind
	numberKind
	boolKind
	nullKind
	arrayKind
	objectKind
)

// kindOf tells the type of a value by its first byte.
func kindOf(raw string) kind {
	if raw == "" {
		return noKind
	}
	switch c := raw[0]; {
	case c == '"':
		return stringKind
	case c == '-' || '0' <= c && c <= '9':
		return numberKind
	case c == 't' || c == 'f':
		return boolKind
	case c == 'n':
		return nullKind
	case c == '[':
		return arrayKind
	case c == '{':
		return objectKind
	}
	return noKind
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// skipString returns where a string ends that begins at i.
func skipString(s string, i int) (end int, ok bool) {
	for i++; i < len(s); i++ {
		if c := s[i]; c == '"' {
			return i + 1, true
		} else if c == '\\' {
			i++
		}
	}
	return i, false
}

// delimits holds, for each byte, whether a number or a word ends before it.
var delimits = [256]bool{'{': true, '}': true, '[': true, ']': true, ',': true, ':': true, '"': true, ' ': true, '\t': true, '\n': true, '\r': true}

// skipValue returns where a value ends that begins at i. It looks no closer than
// it must: what is between brackets is not checked.
func skipValue(s string, i int) (end int, ok bool) {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			if i, ok = skipString(s, i); !ok {
				return i, false
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
			if depth < 0 {
				return i, false
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i, false
			}
			i++
			continue
		default:
			for i < len(s) && !delimits[s[i]] {
				i++
			}
		}
		if depth == 0 {
			return i, true
		}
	}
	return i, false
}

// members calls visit with the name, still quoted, and the value of each member
// of an object, until it returns false. It returns false if the text is not an
// object.
func members(raw string, visit func(name, value string) bool) bool {
	return entries(raw, '{', '}', func(i int) (int, bool, bool) {
		if raw[i] != '"' {
			return i, false, false
		}
		end, ok := skipString(raw, i)
		if !ok {
			return i, false, false
		}
		name := raw[i:end]
		if i = skipSpace(raw, end); i == len(raw) || raw[i] != ':' {
			return i, false, false
		}
		i = skipSpace(raw, i+1)
		if end, ok = skipValue(raw, i); !ok {
			return i, false, false
		}
		return end, visit(name, raw[i:end]), true
	})
}

// elements calls visit with each entry of an array, until it returns false. It
// returns false if the text is not an array.
func elements(raw string, visit func(value string) bool) bool {
	return entries(raw, '[', ']', func(i int) (int, bool, bool) {
		end, ok := skipValue(raw, i)
		if !ok {
			return i, false, false
		}
		return end, visit(raw[i:end]), true
	})
}

// entries reads what stands between two brackets, separated by commas. Read
// returns where an entry ends, whether there shall be another, and whether the
// entry is one.
func entries(raw string, open, end byte, read func(i int) (next int, more, ok bool)) bool {
	if len(raw) < 2 || raw[0] != open {
		return false
	}
	i := skipSpace(raw, 1)
	if i < len(raw) && raw[i] == end {
		return i+1 == len(raw)
	}
	for i < len(raw) {
		next, more, ok := read(i)
		if !ok {
			return false
		}
		if !more {
			return true
		}
		i = skipSpace(raw, next)
		if i == len(raw) || raw[i] != ',' {
			break
		}
		i = skipSpace(raw, i+1)
	}
	return i < len(raw) && raw[i] == end && i+1 == len(raw)
}

// unquote returns the text of a string. Without escapes it shares memory with
// raw.
func unquote(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	raw = raw[1 : len(raw)-1]
	i := strings.IndexByte(raw, '\\')
	if i < 0 {
		return raw, true
	}
	b := make([]byte, 0, len(raw))
	for ; i >= 0; i = strings.IndexByte(raw, '\\') {
		b = append(b, raw[:i]...)
		raw = raw[i:]
		n := 2
		if len(raw) < n {
			return "", false
		}
		switch raw[1] {
		case '"', '\\', '/':
			b = append(b, raw[1])
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, ok := unit(raw)
			n = 6
			if ok && utf16.IsSurrogate(r) {
				low, lowOK := unit(raw[6:])
				r = utf16.DecodeRune(r, low)
				ok = lowOK && r != utf8.RuneError
				n = 12
			}
			if !ok {
				return "", false
			}
			b = utf8.AppendRune(b, r)
		default:
			return "", false
		}
		raw = raw[n:]
	}
	return string(append(b, raw...)), true
}

// unit returns the code unit of the escape \uXXXX that s begins with.
func unit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for i := 2; i < 6; i++ {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
