package detect

// iban finds international bank account numbers: ISO 13616-1, with the lengths of
// the IBAN registry and the check digits of ISO/IEC 7064, MOD 97-10.
var iban = detector{
	Info: Info{
		Kind: "iban", Title: "international bank account number", Group: "financial",
		Example: "DE89 3704 0044 0532 0130 00",
		Source:  "ISO 13616-1 and the IBAN registry (SWIFT)",
	},
	runs:       1<<32 - 1<<2,
	onlyInWord: true,
	back:       "A-Za-z", before: 2,
	pair:     true,
	integer:  never,
	shortest: 15,
	longest:  34 + 3*8 + 8,
	find:     findIBAN,
}

// ibanLengths are the countries and the lengths of their numbers: those of the
// registry, then those that use the form without being in it.
const ibanLengths = "" +
	"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27" +
	"GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24" +
	"PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30" +
	"AO25BF28BJ28CF27CG27CI28CM27CV25DZ26GA27GG22GQ27GW25IM22IR26JE22KM27MA28MG27ML28MZ25NE28SN28TD27TG28YT27"

func ibanLength(a, b byte) int {
	for i := 0; i < len(ibanLengths); i += 4 {
		if ibanLengths[i] == a && ibanLengths[i+1] == b {
			return int(ibanLengths[i+2]-'0')*10 + int(ibanLengths[i+3]-'0')
		}
	}
	return 0
}

func findIBAN(v *view, at int) (start, end int, confidence uint8) {
	first, second := v.at(at-2)&^0x20, v.at(at-1)&^0x20
	if first-'A' >= 26 || second-'A' >= 26 || !isDigit(v.at(at+1)) || isAlnum(v.at(at-3)) {
		return 0, 0, 0
	}
	length := ibanLength(first, second)
	if length == 0 {
		return 0, 0, 0
	}
	// The number is read as one whose first four characters stand at its end.
	head := [4]byte{first, second, v.at(at), v.at(at + 1)}
	rest := 0
	i := at + 2
	for n := 4; n < length; n++ {
		if n%4 == 0 {
			if class, skip := v.separator(i); class == ' ' || class == '-' {
				i += skip
			}
		}
		c := v.at(i)
		if !isAlnum(c) {
			return 0, 0, 0
		}
		rest = mod97(rest, c)
		i++
	}
	if isAlnum(v.at(i)) || head[2] == '0' && head[3] < '2' || head[2] == '9' && head[3] == '9' {
		return 0, 0, 0
	}
	for _, c := range head {
		rest = mod97(rest, c)
	}
	if rest != 1 {
		return 0, 0, 0
	}
	return at - 2, i, 99
}

// insideIBAN tells whether groups of digits from start to end are part of the number
// of an account that is written in groups of four and begins before them.
func (v *view) insideIBAN(start, end int) bool {
	// The head and up to seven groups of four, with spaces of up to three bytes.
	for n, i := 0, start; n < 8; n++ {
		j := i
		for j > 0 && i-j < 3 && !isAlnum(v.text[j-1]) {
			j--
		}
		if class, length := v.separator(j); class != ' ' && class != '-' || j+length != i || j < 4 {
			return false
		}
		for i = j - 4; j > i; j-- {
			if !isAlnum(v.text[j-1]) {
				return false
			}
		}
		if isLetter(v.text[i]) && isLetter(v.text[i+1]) && isDigit(v.text[i+2]) {
			if _, last, confidence := findIBAN(v, i+2); confidence > 0 && last >= end {
				return true
			}
		}
	}
	return false
}

// mod97 appends a digit, or a letter as the two digits of 10 to 35, to a number of
// which rest is left when divided by 97.
func mod97(rest int, c byte) int {
	if isDigit(c) {
		return (rest*10 + int(c-'0')) % 97
	}
	return (rest*100 + int(c&^0x20-'A') + 10) % 97
}
