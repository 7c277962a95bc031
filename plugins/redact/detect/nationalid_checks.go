package detect

// spanishLetters are the control letters of DNI and NIE by the rest by 23.
const spanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// checkNIR checks a French number: sex, month, département, and the key of the
// number with 2A and 2B counted as 19 and 18.
func checkNIR(d []byte) validity {
	switch d[0] {
	case '1', '2', '3', '4', '7', '8':
	default:
		return invalid
	}
	// Months above 12 are of births whose month is unknown.
	if month := number(d[3:5]); month < 1 || month > 12 && month < 20 || month > 42 && month < 50 {
		return invalid
	}
	var digits [15]byte
	copy(digits[:], d)
	switch {
	case d[5] == '2' && d[6] == 'A':
		digits[5], digits[6] = '1', '9'
	case d[5] == '2' && d[6] == 'B':
		digits[5], digits[6] = '1', '8'
	case !isDigit(d[5]) || !isDigit(d[6]) || d[5] == '0' && d[6] == '0':
		return invalid
	}
	switch {
	case 97-number(digits[:13])%97 != number(digits[13:]):
		return invalid
	case d[0] > '2':
		// Device numbers begin so too.
		return weak
	}
	return valid
}

// checkSteuerID checks that the first digit is not 0, that of the first ten exactly
// one stands there twice or three times, and the check digit.
func checkSteuerID(d []byte) validity {
	var count [10]uint8
	for _, c := range d[:10] {
		count[digit(c)]++
	}
	repeated := 0
	for _, n := range count {
		if n > 3 {
			return invalid
		}
		if n > 1 {
			repeated++
		}
	}
	return when(d[0] != '0' && repeated == 1 && mod11and10(d))
}

// checkSNILS checks the number's last two digits.
func checkSNILS(d []byte) validity {
	// Numbers up to 001-001-998 have no check.
	if number(d[:9]) <= 1001998 {
		return invalid
	}
	return when(int64(weighted(d, "987654321")%101%100) == number(d[9:]))
}

// fiscalCode is the form of a codice fiscale: letters, and digits which letters may
// stand for where two people would have the same code (omocodia).
const fiscalCode = "AAAAAA00A00A000A"

// fiscalOdd are the values of 0 to 9 and of A to Z at odd positions.
const fiscalOdd = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15" +
	"\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17"

// findCodiceFiscale finds a codice fiscale by its first digit. One in which letters
// stand for all digits is not found.
func findCodiceFiscale(v *view, at int) (start, end int, confidence uint8) {
	start = at
	for at-start < 16 && isLetter(v.at(start-1)) {
		start--
	}
	if at-start < 6 || at-start > 15 {
		return 0, 0, 0
	}
	var code [len(fiscalCode)]byte
	small := false
	for i := range code {
		c := v.at(start + i)
		if c >= 'a' && isLetter(c) {
			small = true
			c &^= 0x20
		}
		code[i] = c
		if fiscalCode[i] == '0' {
			if !isDigit(c) {
				if code[i] = omocodia(c); code[i] == 0 {
					return 0, 0, 0
				}
			}
		} else if !isLetter(c) {
			return 0, 0, 0
		}
	}
	end = start + len(code)
	if !v.isolated(start, end) || month(code[8]) == 0 || number(code[9:11])%40 > 31 || number(code[9:11])%40 == 0 {
		return 0, 0, 0
	}
	sum := 0
	for i := range 15 {
		// The check character is that of the letters as they stand there.
		c := v.at(start + i)
		n := int(c&^0x20-'A') + 10
		if isDigit(c) {
			n = digit(c)
		}
		switch {
		case i%2 == 0:
			sum += int(fiscalOdd[n])
		case n >= 10:
			sum += n - 10
		default:
			sum += n
		}
	}
	if code[15] != byte('A'+sum%26) || small && !v.told(start) {
		return 0, 0, 0
	}
	return start, end, 98
}

// omocodia returns the digit that a letter stands for, 0 if it is another letter.
func omocodia(c byte) byte {
	for i := 0; i < 10; i++ {
		if c == "LMNPQRSTUV"[i] {
			return byte('0' + i)
		}
	}
	return 0
}

// month returns the month of a letter in a codice fiscale, 0 if it is another one.
func month(c byte) int {
	for i := 0; i < 12; i++ {
		if c == "ABCDEHLMPRST"[i] {
			return i + 1
		}
	}
	return 0
}
