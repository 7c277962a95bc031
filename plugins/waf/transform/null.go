package transform

import "strings"

// removeNulls removes NUL bytes.
func removeNulls(dst []byte, s string) ([]byte, bool) {
	i := strings.IndexByte(s, 0)
	if i < 0 {
		return dst, false
	}
	dst = append(dst, s[:i]...)
	for ; i < len(s); i++ {
		if s[i] != 0 {
			dst = append(dst, s[i])
		}
	}
	return dst, true
}

// replaceNulls makes a space of each NUL byte.
func replaceNulls(dst []byte, s string) ([]byte, bool) {
	i := strings.IndexByte(s, 0)
	if i < 0 {
		return dst, false
	}
	base := len(dst)
	dst = append(dst, s...)
	for out := dst[base:]; i < len(out); i++ {
		if out[i] == 0 {
			out[i] = ' '
		}
	}
	return dst, true
}
