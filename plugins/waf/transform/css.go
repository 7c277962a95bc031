package transform

import (
	"strings"
	"unicode/utf8"
)

// cssDecode resolves the escapes of CSS Syntax Level 3, Section 4.3.7: up to six
// hexadecimal digits and one white space after a backslash are a code point, a
// line feed is nothing, any other byte is itself. A backslash at the end goes.
func cssDecode(dst []byte, s string) ([]byte, bool) {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return dst, false
	}
	start := 0 // s[start:i] is not yet in dst
	for i < len(s) {
		if s[i] != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		i++
		var code rune
		digits := 0
		for ; digits < 6 && i < len(s) && hexDigit[s[i]] != 0; digits++ {
			code = code<<4 | rune(hexDigit[s[i]]&15)
			i++
		}
		switch {
		case digits > 0:
			if code == 0 {
				code = utf8.RuneError
			}
			// U+FF01 to U+FF5E are ASCII in full width.
			if code >= 0xFF01 && code <= 0xFF5E {
				code -= 0xFEE0
			}
			dst = utf8.AppendRune(dst, code)
			if i < len(s) && isSpace(s[i]) {
				i++
			}
		case i < len(s):
			if s[i] != '\n' {
				dst = append(dst, s[i])
			}
			i++
		}
		start = i
	}
	return append(dst, s[start:]...), true
}
