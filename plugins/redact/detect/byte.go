package detect

func isLetter(c byte) bool { return c|0x20-'a' < 26 }

func isAlnum(c byte) bool { return isLetter(c) || isDigit(c) }

// isWord tells whether a byte is one of \w.
func isWord(c byte) bool { return isAlnum(c) || c == '_' }

func isHex(c byte) bool { return isDigit(c) || c|0x20-'a' < 6 }

func lower(c byte) byte {
	if c-'A' < 26 {
		c |= 0x20
	}
	return c
}

// hasPrefixFold tells whether the text at i begins with a prefix in lower case,
// in any case.
func hasPrefixFold(v *view, i int, prefix string) bool {
	for n := 0; n < len(prefix); n++ {
		if lower(v.at(i+n)) != prefix[n] {
			return false
		}
	}
	return true
}

// wordBefore returns the start of the word that ends before end, of at most most
// bytes; it reads no further back than one more.
func wordBefore(v *view, end, most int) (start int) {
	start = end
	for start > 0 && end-start < most && isWord(v.text[start-1]) {
		start--
	}
	return start
}
