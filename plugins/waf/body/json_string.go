package body

import (
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string (RFC 8259, Section 7) and returns what is between the
// quotes, as written, and whether there are escapes in it. Bytes from 0x80 up
// are not checked to be UTF-8, for not all receivers do.
func (j *jsonReader) text() (s string, escaped, ok bool) {
	b := j.b
	start := j.i + 1
	for i := start; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			j.i = i + 1
			return b[start:i], escaped, true
		case c == '\\':
			escaped = true
			i++
			if i == len(b) {
				return "", false, false
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if i+4 >= len(b) || hex4(b[i+1:i+5]) < 0 {
					return "", false, false
				}
				i += 4
			default:
				return "", false, false
			}
		case c < ' ':
			return "", false, false
		}
	}
	return "", false, false
}

// appendUnescaped appends what a string stands for. An escaped surrogate without
// its other half becomes U+FFFD. In a broken document, "\u" without four
// hexadecimal digits is NUL, and the string ends, as for Coraza, at a control
// character and at a backslash that begins no escape.
func appendUnescaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' {
			if c < ' ' {
				return dst
			}
			dst = append(dst, c)
			continue
		}
		if i++; i == len(s) {
			return dst
		}
		switch s[i] {
		case '"', '\\', '/':
			dst = append(dst, s[i])
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			if len(s)-i < 5 {
				return dst
			}
			r := max(hex4(s[i+1:i+5]), 0)
			i += 4
			if utf16.IsSurrogate(r) {
				if pair := utf16.DecodeRune(r, escapedUnit(s[i+1:])); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			return dst
		}
	}
	return dst
}

// escapedUnit returns the UTF-16 unit of the "\uXXXX" that s begins with, -1 if
// it begins with none.
func escapedUnit(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	return hex4(s[2:6])
}

// hex4 returns the value of four hexadecimal digits, -1 if they are not.
func hex4(s string) rune {
	a, b, c, d := unhex(s[0]), unhex(s[1]), unhex(s[2]), unhex(s[3])
	if a|b|c|d > 15 {
		return -1
	}
	return rune(a)<<12 | rune(b)<<8 | rune(c)<<4 | rune(d)
}
