package transform

import "strings"

// escapeSeqDecode resolves the escapes of ANSI C: \a to \v, \xHH, \XHH, one to
// three octal digits of which the low byte counts, and \c for any other c. A
// backslash at the end stays.
func escapeSeqDecode(dst []byte, s string) ([]byte, bool) {
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
		c := s[i+1]
		i += 2
		switch {
		case controls[c] != 0:
			c = controls[c]
		case c|0x20 == 'x' && i+1 < len(s):
			if b, ok := hexByte(s[i], s[i+1]); ok {
				c = b
				i += 2
			}
		case isOctal(c):
			c -= '0'
			for end := min(i+2, len(s)); i < end && isOctal(s[i]); i++ {
				c = c<<3 | s[i]&7
			}
		}
		dst = append(dst, c)
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}
