package transform

// urlDecode decodes %XX and makes a space of +. What is not %XX stays.
func urlDecode(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i := skip(s, 0, isURL); i < len(s); i = skip(s, i, isURL) {
		c, size := s[i], 1
		if c == '+' {
			c = ' '
		} else {
			if i+2 >= len(s) {
				i++
				continue
			}
			b, ok := hexByte(s[i+1], s[i+2])
			if !ok {
				i++
				continue
			}
			c, size = b, 3
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, c)
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// urlDecodeUni is urlDecode that also decodes %uXXXX, the spelling of IIS, into
// one byte: the ASCII character that fits best, or the low byte.
func urlDecodeUni(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i := skip(s, 0, isURL); i < len(s); i = skip(s, i, isURL) {
		c, size := s[i], 1
		switch {
		case c == '+':
			c = ' '
		case i+1 < len(s) && s[i+1]|0x20 == 'u':
			if i+5 >= len(s) {
				i += 2
				continue
			}
			high, ok := hexByte(s[i+2], s[i+3])
			low, ok2 := hexByte(s[i+4], s[i+5])
			if !ok || !ok2 {
				i += 2
				continue
			}
			c, size = bestFit(high, low), 6
		default:
			if i+2 >= len(s) {
				i++
				continue
			}
			b, ok := hexByte(s[i+1], s[i+2])
			if !ok {
				i++
				continue
			}
			c, size = b, 3
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, c)
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// bestFit returns the byte for a %u escape: where code page 20127 (US-ASCII) has
// a best fit, that, else the low byte.
func bestFit(high, low byte) byte {
	switch {
	case high == 0xFF:
		// U+FF01 to U+FF5E are ASCII in full width.
		if low-1 < 0x5E {
			low += 0x20
		}
	case high < 4:
		return bestFitLatin[int(high)<<8|int(low)]
	case high == 0x20:
		return bestFitPunctuation[low]
	case high == 0x21 && low == 0x22:
		return 'T' // U+2122, the trade mark
	}
	return low
}

// unreserved are the bytes that urlEncode leaves as they are.
var unreserved = ByteSet{digitBits | 1<<'*', upperBits | lowerBits}

// urlEncode makes + of a space and %xx of all but letters, digits and *.
func urlEncode(dst []byte, s string) ([]byte, bool) {
	i := 0
	for i < len(s) && unreserved.Has(s[i]) {
		i++
	}
	if i == len(s) {
		return dst, false
	}
	dst = append(dst, s[:i]...)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case unreserved.Has(c):
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', lowerHex[c>>4], lowerHex[c&15])
		}
	}
	return dst, true
}
