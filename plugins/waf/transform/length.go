package transform

import "strconv"

// length gives the number of bytes, in decimal. "1" is the one value that is its
// own length.
func length(dst []byte, s string) ([]byte, bool) {
	if s == "1" {
		return dst, false
	}
	return strconv.AppendInt(dst, int64(len(s)), 10), true
}
