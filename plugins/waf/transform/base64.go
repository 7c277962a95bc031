package transform

// base64Values is, for a character of the alphabet of RFC 4648, Section 4, one
// more than its value, else 0.
var base64Values = [256]uint8{
	'A': 1, 'B': 2, 'C': 3, 'D': 4, 'E': 5, 'F': 6, 'G': 7, 'H': 8, 'I': 9, 'J': 10, 'K': 11, 'L': 12, 'M': 13,
	'N': 14, 'O': 15, 'P': 16, 'Q': 17, 'R': 18, 'S': 19, 'T': 20, 'U': 21, 'V': 22, 'W': 23, 'X': 24, 'Y': 25, 'Z': 26,
	'a': 27, 'b': 28, 'c': 29, 'd': 30, 'e': 31, 'f': 32, 'g': 33, 'h': 34, 'i': 35, 'j': 36, 'k': 37, 'l': 38, 'm': 39,
	'n': 40, 'o': 41, 'p': 42, 'q': 43, 'r': 44, 's': 45, 't': 46, 'u': 47, 'v': 48, 'w': 49, 'x': 50, 'y': 51, 'z': 52,
	'0': 53, '1': 54, '2': 55, '3': 56, '4': 57, '5': 58, '6': 59, '7': 60, '8': 61, '9': 62, '+': 63, '/': 64,
}

// base64Decode decodes up to the first byte that is not of the alphabet; line
// ends are passed over, and padding is not needed.
func base64Decode(dst []byte, s string) ([]byte, bool) { return decodeBase64(dst, s, false) }

// base64DecodeExt passes over all that is not of the alphabet and decodes up to
// the first "=". The characters of base64url are understood, too.
func base64DecodeExt(dst []byte, s string) ([]byte, bool) { return decodeBase64(dst, s, true) }

func decodeBase64(dst []byte, s string, forgiving bool) ([]byte, bool) {
	var bits uint32
	n := 0 // characters in bits
loop:
	for i := range len(s) {
		v := base64Values[s[i]]
		if v == 0 {
			switch c := s[i]; {
			case c == '\r' || c == '\n':
				continue
			case !forgiving || c == '=':
				break loop
			case c == '-':
				v = 63
			case c == '_':
				v = 64
			default:
				continue
			}
		}
		bits = bits<<6 | uint32(v-1)
		if n++; n == 4 {
			dst = append(dst, byte(bits>>16), byte(bits>>8), byte(bits))
			bits, n = 0, 0
		}
	}
	switch n {
	case 2:
		dst = append(dst, byte(bits>>4))
	case 3:
		dst = append(dst, byte(bits>>10), byte(bits>>2))
	}
	// The result is shorter than s, so only the empty value is its own.
	return dst, s != ""
}

// base64Encode encodes as RFC 4648, Section 4 does, with padding.
func base64Encode(dst []byte, s string) ([]byte, bool) {
	if s == "" {
		return dst, false
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for ; len(s) >= 3; s = s[3:] {
		x := uint32(s[0])<<16 | uint32(s[1])<<8 | uint32(s[2])
		dst = append(dst, alphabet[x>>18], alphabet[x>>12&63], alphabet[x>>6&63], alphabet[x&63])
	}
	switch len(s) {
	case 1:
		dst = append(dst, alphabet[s[0]>>2], alphabet[s[0]&3<<4], '=', '=')
	case 2:
		x := uint32(s[0])<<8 | uint32(s[1])
		dst = append(dst, alphabet[x>>10], alphabet[x>>4&63], alphabet[x&15<<2], '=')
	}
	return dst, true
}
