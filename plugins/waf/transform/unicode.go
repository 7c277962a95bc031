package transform

import (
	"strconv"
	"unicode/utf8"
)

// utf8ToUnicode spells what is not ASCII as %u and at least four digits in lower
// case. Bytes that are no UTF-8 become %ufffd.
func utf8ToUnicode(dst []byte, s string) ([]byte, bool) {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return dst, false
	}
	start := 0 // s[start:i] is not yet in dst
	for i < len(s) {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = append(dst, '%', 'u')
		if r > 0xFFFF {
			dst = strconv.AppendUint(dst, uint64(r), 16)
		} else {
			dst = append(dst, lowerHex[r>>12], lowerHex[r>>8&15], lowerHex[r>>4&15], lowerHex[r&15])
		}
		i += size
		start = i
	}
	return append(dst, s[start:]...), true
}
