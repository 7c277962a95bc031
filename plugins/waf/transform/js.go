package transform

import "strings"

// jsDecode resolves the escapes of ECMAScript strings: \uHHHH, \u{H…}, \xHH, up
// to three octal digits that make one byte, and \c for any other c. A code point
// becomes its low byte, and ASCII in full width becomes ASCII. A backslash at
// the end stays.
func jsDecode(dst []byte, s string) ([]byte, bool) {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return dst, false
	}
	start := 0 // s[start:i] is not yet in dst
	for i+1 < len(s) {
		if s[i] != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		c, size := jsEscape(s[i:])
		dst = append(dst, c)
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// jsEscape returns the byte that s, a backslash and at least one more byte,
// begins with, and how long its escape is.
func jsEscape(s string) (byte, int) {
	c := s[1]
	switch {
	case c == 'u' && len(s) > 2 && s[2] == '{':
		if b, size := jsCodePoint(s); size > 0 {
			return b, size
		}
	case c == 'u' && len(s) >= 6:
		high, ok := hexByte(s[2], s[3])
		low, ok2 := hexByte(s[4], s[5])
		if ok && ok2 {
			if high == 0xFF && low-1 < 0x5E {
				low += 0x20
			}
			return low, 6
		}
	case c == 'x' && len(s) >= 4:
		if b, ok := hexByte(s[2], s[3]); ok {
			return b, 4
		}
	case isOctal(c):
		b, i := c-'0', 2
		for i < 4 && i < len(s) && isOctal(s[i]) && b < 32 {
			b = b<<3 | s[i]&7
			i++
		}
		return b, i
	}
	if controls[c] != 0 {
		return controls[c], 2
	}
	return c, 2
}

// jsCodePoint is jsEscape for \u{H…} with one to six digits; the size is 0 if it
// is something else.
func jsCodePoint(s string) (byte, int) {
	var code uint32
	i := 3
	for ; i < 9 && i < len(s) && hexDigit[s[i]] != 0; i++ {
		code = code<<4 | uint32(hexDigit[s[i]]&15)
	}
	if i == 3 || i == len(s) || s[i] != '}' {
		return 0, 0
	}
	if code >= 0xFF01 && code <= 0xFF5E {
		code += 0x20
	}
	return byte(code), i + 1
}
