package transform

// hexDecode decodes pairs of hexadecimal digits; a value that is anything else
// stays as it is.
func hexDecode(dst []byte, s string) ([]byte, bool) {
	if len(s) == 0 || len(s)%2 != 0 {
		return dst, false
	}
	for i := range len(s) {
		if hexDigit[s[i]] == 0 {
			return dst, false
		}
	}
	for i := 0; i < len(s); i += 2 {
		b, _ := hexByte(s[i], s[i+1])
		dst = append(dst, b)
	}
	return dst, true
}

// hexEncode spells each byte with two digits in lower case.
func hexEncode(dst []byte, s string) ([]byte, bool) {
	for i := range len(s) {
		dst = append(dst, lowerHex[s[i]>>4], lowerHex[s[i]&15])
	}
	return dst, s != ""
}
