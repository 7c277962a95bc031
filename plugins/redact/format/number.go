package format

// AppendPlain appends the digits of a number that is written with a fraction or an
// exponent (RFC 8259, Section 6) and is an integer of at most 32 digits: a card number
// that passed through a floating-point value is 4.111111111111111e15 in JSON, and
// readers make an integer of it again. It is not ok for all others, those that are
// written plainly among them: their text says already what there is to find.
func AppendPlain(dst, text []byte) (_ []byte, ok bool) {
	const most = 32
	var digits [most]byte
	n, point, i := 0, -1, 0
	if i < len(text) && text[i] == '-' {
		i++
	}
	for ; i < len(text) && (text[i]-'0' < 10 || text[i] == '.'); i++ {
		switch {
		case text[i] == '.':
			point = n
		case n == most && (text[i] != '0' || point < 0):
			return dst, false
		case n == most:
			// zeros behind what matters
		case n > 0 || text[i] != '0' || point >= 0:
			digits[n] = text[i]
			n++
		}
	}
	exponent := 0
	if plain := i == len(text); plain && point < 0 {
		return dst, false
	} else if !plain {
		i++
		negative := i < len(text) && text[i] == '-'
		if i < len(text) && (text[i] == '-' || text[i] == '+') {
			i++
		}
		for ; i < len(text); i++ {
			if exponent = exponent*10 + int(text[i]-'0'); exponent > 1000 {
				return dst, false
			}
		}
		if negative {
			exponent = -exponent
		}
	}
	if point < 0 {
		point = n
	}
	size := point + exponent
	for n > 0 && n > size && digits[n-1] == '0' {
		n--
	}
	first := 0
	for first < n && digits[first] == '0' {
		first++
	}
	if n > size || size > most || first == n {
		return dst, false
	}
	dst = append(dst, digits[first:n]...)
	for ; n < size; n++ {
		dst = append(dst, '0')
	}
	return dst, true
}
