package detect

import "bytes"

// phone finds telephone numbers: international ones by their plus sign, country
// code and length; national ones by the ways in which nothing else is written, or
// by words of context.
var phone = detector{
	Info: Info{
		Kind: "phone", Title: "telephone number", Group: "contact", Example: "+1 415 555 2671",
		Source: "ITU-T E.164 and E.123; North American Numbering Plan; lengths by country from libphonenumber's metadata",
	},
	runs:     1<<16 - 1<<6,
	signed:   1<<6 - 1<<1,
	least:    6,
	notDates: true,
	integer:  never,
	back:     "(+", before: 2,
	longest: 64,
	words:   phoneWords,
	find:    findPhone,
}

var phoneWords = []string{
	"*phone*", "tel", "*tel no", "telno", "telnr", "tel nr", "*telefon*", "teléfono*", "téléphone*", "mobile*", "mobil", "*mobilnr", "cell", "cellular", "cellulare",
	"cell number", "fax*", "call", "dial", "whatsapp*", "sms", "msisdn", "contact no", "contact number", "rufnummer*", "handy*", "móvil*",
	"movil*", "celular*", "portable", "gsm", "reach", "ring", "answering", "messages to", "texts to", "text me", "desk", "office no", "office number", "电话", "電話", "手机", "手機", "携帯", "전화",
}

// dialled is a telephone number as it is written.
type dialled struct {
	digits [15]byte
	// sizes are the digits of each group, ends where a group ends in the text, its
	// closing parenthesis not included, totals the digits up to there.
	sizes, totals [9]uint8
	ends          [9]int
	// before is what separates a group from the one before it: ' ', '-', '.', '/', or
	// ')' if there is a parenthesis.
	before [9]byte
	count  int
	// trunk says that "(0)" was left out.
	trunk bool
	// overlong says that more digits follow than a number has.
	overlong bool
}

// read reads groups of digits from i on, inside a parenthesis or not.
func (d *dialled) read(v *view, i int, inside bool) {
	n, between := 0, byte(0)
	for d.count < len(d.sizes) {
		first := n
		for isDigit(v.at(i)) {
			if n == len(d.digits) {
				d.overlong = true
				return
			}
			d.digits[n] = v.at(i)
			n++
			i++
		}
		d.sizes[d.count], d.totals[d.count], d.ends[d.count], d.before[d.count] = uint8(n-first), uint8(n), i, between
		d.count++
		between = 0
		if inside {
			if v.at(i) == ')' {
				inside, between = false, ')'
				i++
			}
		}
		if class, length := v.separator(i); class != 0 {
			if between == 0 {
				between = class
			}
			i += length
			// A dash or slash may stand between spaces.
			if next, more := v.separator(i); next != 0 && (class == ' ') != (next == ' ') {
				if class == ' ' {
					between = next
				}
				i += more
				if last, length := v.separator(i); last == ' ' && next != ' ' {
					i += length
				}
			}
		}
		if v.at(i) == '(' && !inside {
			if v.at(i+1) == '0' && v.at(i+2) == ')' {
				d.trunk = true
				i += 3
				if _, length := v.separator(i); length > 0 {
					i += length
				}
				between = ')'
			} else {
				inside, between = true, ')'
				i++
			}
		}
		if between == 0 || !isDigit(v.at(i)) {
			return
		}
	}
}

func findPhone(v *view, at int) (start, end int, confidence uint8) {
	start = at
	inside, plus := false, false
	if v.at(start-1) == '+' {
		plus = true
		start--
	}
	if v.at(start-1) == '(' {
		inside = true
		start--
		if !plus && v.at(start-1) == '+' {
			plus = true
			start--
		}
	}
	prev := v.at(start - 1)
	if isWord(prev) || prev == '.' && isDigit(v.at(start-2)) || prev == '-' && (isAlnum(v.at(start-2)) || plus) {
		return 0, 0, 0
	}
	if v.bare(at) && !v.named() {
		return 0, 0, 0
	}
	if !plus && !inside && v.run != 3 && v.run != 1 && v.continued(start) {
		// A number that goes on may have an American one in it, and nothing else.
		return 0, 0, 0
	}
	var d dialled
	d.read(v, at, inside)
	if plus {
		if i := d.international(d.digits[:], d.count); i >= 0 {
			if end = v.extension(d.ends[i]); v.ends(end) {
				return v.closed(start, end, 95)
			}
		}
		return 0, 0, 0
	}
	last := d.count - 1
	if last < 0 {
		return 0, 0, 0
	}
	total := int(d.totals[last])
	if total < 6 || last == 0 && v.at(at) == '1' && (total == 10 || total == 13) && v.context.Field == "" {
		// Too short for all but some islands, or seconds or milliseconds since 1970.
		return 0, 0, 0
	}
	// What comes before with a space is a number of its own, or part of this one.
	inner := v.continued(start)
	if i := d.american(); i >= 0 {
		if end = v.extension(d.ends[i]); v.ends(end) && (d.before[i] != ' ' || !inner && i == last) {
			return v.closed(start, end, d.americanConfidence(v, i, start, end))
		}
	}
	end = v.extension(d.ends[last])
	if inner || d.overlong || !v.ends(end) || d.isOther() || d.before[1] != 0 && v.insideIBAN(at, d.ends[last]) {
		return 0, 0, 0
	}
	if d.area(inside) || d.chinese() {
		return v.closed(start, end, 65)
	}
	if last > 0 && total >= 11 && d.prefixed() && !d.shared() && d.international(d.digits[2:], d.count) == last {
		return v.closed(start, end, 80)
	}
	national := total >= 7 && d.national()
	switch {
	case national && v.named():
		return v.closed(start, end, 90)
	case v.named():
		return v.closed(start, end, 85)
	case total >= 6 && !(d.count == 2 && total == 6 && d.sizes[0] == 2) && v.announced(start, end):
		return v.closed(start, end, 75)
	case national:
		// ZIP+4 and employer identification numbers look like that too.
		if s := d.sizes; d.count == 2 && d.before[1] == '-' && (s[0] == 5 && s[1] == 4 || s[0] == 2 && s[1] == 7) {
			return 0, 0, 0
		}
		if d.shared() {
			return v.closed(start, end, 50)
		}
		return v.closed(start, end, 60)
	}
	return 0, 0, 0
}

// continued tells whether digits and a separator stand before start.
func (v *view) continued(start int) bool {
	if !isSign(v.at(start - 1)) {
		return false
	}
	for n := 1; n <= 3; n++ {
		if class, length := v.separator(start - n); class != 0 && length == n {
			return isDigit(v.at(start - n - 1))
		}
	}
	return false
}

// prefixed tells whether a number begins with the international prefix 00, and its
// country code ends in the same group or is one of its own.
func (d *dialled) prefixed() bool {
	if d.digits[0] != '0' || d.digits[1] != '0' {
		return false
	}
	code, length := lookupCode(d.digits[2:])
	return code != nil && (d.sizes[0] == 2 || int(d.sizes[0]) >= 2+length)
}

// shared tells whether other numbers are written in such groups too: those of people
// that begin with a date or have nine digits, those of parcels, and postal codes.
func (d *dialled) shared() bool {
	switch s := d.sizes; d.count {
	case 2:
		return s[0] == 6 || s[0] == 5 && s[1] == 4
	case 4:
		return s[0] == 3 && s[1] == 3 && s[2] == 2 && d.before[1] == '-' && d.before[2] == '-'
	case 3:
		return s[0] == 3 && (s[1] == 2 && s[2] == 4 || s[1] == 3 && s[2] == 3) || s[0] == 4 && s[1] == 4 && s[2] == 4
	}
	return false
}

// announced tells whether words of context stand before a number with no other number
// between them, or behind it. Numbers in a list have the words before the first one.
func (v *view) announced(start, end int) bool {
	if !v.windowed || v.windowEnd != start {
		v.readWindow(start)
	}
	before := v.before[:v.beforeLength]
	// other says that what stands behind the number before this one is more than what
	// joins a list, digits is how many digits of a number were seen.
	other, digits, letters := false, 0, 0
	first, last := len(before), len(before)
	for ; first > v.windowFirst; first-- {
		switch c := before[first-1]; {
		case isDigit(c):
			if digits == 0 {
				last = first
			}
			if digits++; digits > 2 && other {
				// The words before that number are about it.
				return mentioned(v.words, before, behindTag(before, last), openWord) || v.calledBehind(end)
			}
			letters = 0
		case isLetter(c) || c >= 0x80:
			if digits > 2 {
				other = false
			}
			digits = 0
			if letters++; letters > 3 {
				other = true
			}
		default:
			letters = 0
			if c == '\n' || c == '|' {
				other = other || digits <= 2
				digits = 0
			}
		}
	}
	return mentioned(v.words, before, v.windowFirst, openWord) || v.calledBehind(end)
}

// behindTag returns where the end tag that stands at i ends, i if there is none: its
// name is that of what stands before it.
func behindTag(text []byte, i int) int {
	if i+1 >= len(text) || text[i] != '<' || text[i+1] != '/' {
		return i
	}
	for n := i; n < len(text); n++ {
		if text[n] == '>' {
			return n
		}
	}
	return len(text)
}

// behindWords are words of context behind a number, as in a signature.
var behindWords = [...]string{"office", "fax", "mobile", "cell", "home", "work", "phone", "desk", "direct", "tel"}

// calledBehind tells whether a word of context stands behind the number that ends at
// end: "030 1234567 (mobile)", but not "1234567 mobile users".
func (v *view) calledBehind(end int) bool {
	for n := 0; n < 3 && (v.at(end) == ' ' || v.at(end) == '(' || v.at(end) == ')' || v.at(end) == '-' || v.at(end) == ','); n++ {
		end++
	}
	for _, w := range behindWords {
		if !hasPrefixFold(v, end, w) {
			continue
		}
		behind := end + len(w)
		c := v.at(behind)
		return !isWord(c) && c != ':' && c != '=' && !(c == ' ' && isLetter(v.at(behind+1)))
	}
	return false
}

// bare tells at once of most numbers that are the whole text that they are one only if
// the field says so: of digits alone, and of two groups that do not begin with 0.
func (v *view) bare(at int) bool {
	end := at + v.run
	if c := v.at(end); isSign(c) {
		if c >= 0x80 || c == '(' || v.at(at) == '0' {
			return false
		}
		for end++; isDigit(v.at(end)); end++ {
		}
	}
	return at == 0 && v.final && end == len(v.text) && isDigit(v.at(end-1))
}

// ends tells whether a number may end at i.
func (v *view) ends(i int) bool {
	c := v.at(i)
	return !isWord(c) && c != '@' && !((c == '.' || c == '-' || c == ':' || c == '/') && isDigit(v.at(i+1)))
}

// closed returns a span with the parenthesis that belongs to the one at the start.
func (v *view) closed(start, end int, confidence uint8) (int, int, uint8) {
	if v.at(start) == '(' && v.at(end) == ')' {
		open := 0
		for i := start; i < end; i++ {
			switch v.at(i) {
			case '(':
				open++
			case ')':
				open--
			}
		}
		if open > 0 {
			end++
		}
	}
	return start, end, confidence
}

// extension returns where the extension behind a number that ends at i ends, i if
// there is none.
func (v *view) extension(i int) int {
	end := i
	for n := 0; n < 2 && (v.at(end) == ' ' || v.at(end) == ','); n++ {
		end++
	}
	switch c := lower(v.at(end)); {
	case c == 'x':
		end++
	case c == 'e' && lower(v.at(end+1)) == 'x' && lower(v.at(end+2)) == 't':
		end += 3
		if hasPrefixFold(v, end, "ension") {
			end += 6
		}
	case c == '#':
		end++
	default:
		return i
	}
	for n := 0; n < 2 && (v.at(end) == ' ' || v.at(end) == '.' || v.at(end) == ':'); n++ {
		end++
	}
	digits := end
	for end-digits < 7 && isDigit(v.at(end)) {
		end++
	}
	if end == digits || end-digits == 7 {
		return i
	}
	return end
}

// international returns the last of the groups with which digits are a country code
// and a national number of a possible length, −1 if there is none. Digits are all
// of the number, or those behind a prefix.
func (d *dialled) international(digits []byte, count int) int {
	code, length := lookupCode(digits)
	if code == nil {
		return -1
	}
	prefix := len(d.digits) - len(digits) + length
	for i := count - 1; i >= 0; i-- {
		n := int(d.totals[i]) - prefix
		if n < 3 {
			break
		}
		if code.lengths>>n&1 != 0 || !d.trunk && digits[length] == '0' && code.lengths>>(n-1)&1 != 0 {
			if code.code == 1 && digits[length] < '2' {
				continue
			}
			return i
		}
	}
	return -1
}

// lookupCode returns the country code that digits begin with and its length.
func lookupCode(digits []byte) (*countryCode, int) {
	if digits[0] == '0' {
		return nil, 0
	}
	code := uint16(0)
	for n := 1; n <= 3 && n <= len(digits) && isDigit(digits[n-1]); n++ {
		code = code*10 + uint16(digits[n-1]-'0')
		lo, hi := 0, len(countryCodes)
		for lo < hi {
			if mid := (lo + hi) / 2; countryCodes[mid].code < code {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		if lo < len(countryCodes) && countryCodes[lo].code == code && code != 0 {
			return &countryCodes[lo], n
		}
	}
	return nil, 0
}

// american returns the last group of a number of the North American Numbering Plan
// in its usual groups, an area code and an exchange that do not begin with 0 or 1;
// −1 if it is another.
func (d *dialled) american() int {
	i := 0
	if d.sizes[0] == 1 && d.digits[0] == '1' {
		i = 1
	}
	if d.count < i+3 || d.sizes[i] != 3 || d.sizes[i+1] != 3 || d.sizes[i+2] != 4 || d.digits[i] < '2' || d.digits[i+3] < '2' {
		return -1
	}
	return i + 2
}

func (d *dialled) americanConfidence(v *view, last, start, end int) uint8 {
	switch {
	case v.named():
		return 95
	case d.before[last-1] == ')':
		return 85
	case d.before[last] != ' ':
		return 75
	case v.announced(start, end):
		return 70
	}
	return 55
}

// national tells whether digits are written as a national number with its trunk
// prefix: 0 and more, in groups of at least two digits.
func (d *dialled) national() bool {
	last := d.count - 1
	total := d.totals[last]
	if last == 0 || last > 4 || d.digits[0] != '0' || d.digits[1] == '0' || total < 9 || total > 12 {
		return false
	}
	for i, size := range d.sizes[:d.count] {
		if size < 2 || i > 1 && d.before[i] != d.before[1] && d.before[1] != ')' && d.before[1] != '/' && d.before[1] != '-' {
			return false
		}
	}
	return true
}

// area tells whether a number has its area code in parentheses and the usual
// groups behind it: (11) 98765-4321.
func (d *dialled) area(inside bool) bool {
	s := d.sizes
	return inside && d.count == 3 && d.before[1] == ')' && d.before[2] == '-' && (s[0] == 2 || s[0] == 3) && s[1] >= 3 && s[1] <= 5 && s[2] == 4
}

// chinese tells whether digits are a mobile number of China in its usual groups.
func (d *dialled) chinese() bool {
	s := d.sizes
	return d.count == 3 && s[0] == 3 && s[1] == 4 && s[2] == 4 && d.digits[0] == '1' && d.digits[1] >= '3' && d.before[1] == d.before[2] && d.before[1] != '.'
}

// isOther tells whether the groups are a date, an IP address, amounts, fractions or
// versions.
func (d *dialled) isOther() bool {
	s := d.sizes[:d.count]
	if len(s) == 2 && (d.before[1] == '.' && d.digits[0] != '0' || d.before[1] == '-' && s[0] == 4 && (d.digits[0] == '1' && d.digits[1] == '9' || d.digits[0] == '2' && d.digits[1] == '0')) {
		// A decimal fraction, a year and a number.
		return true
	}
	if last := len(s) - 1; last >= 2 && d.before[1] == '.' && (d.before[last] == '-' || d.before[last] == '/') {
		// A number of a person or company in South America.
		return true
	}
	if len(s) >= 3 && d.before[1] == '.' && (s[0] == 1 && d.digits[0] != '1' || s[1] == 1 || s[2] == 1) {
		// An object identifier, a version.
		return true
	}
	if single := bytes.Count(s[min(len(s), 1):], []byte{1}); single >= 2 {
		// A number of a book.
		return true
	}
	if len(s) >= 3 && d.before[1] == d.before[2] && d.before[1] != ' ' {
		if s[0] == 4 && s[1] == 2 && s[2] == 2 || s[0] <= 2 && s[1] <= 2 && s[2] == 4 {
			return true
		}
	}
	return len(s) == 4 && d.before[1] == '.' && d.before[2] == '.' && d.before[3] == '.' && s[0] <= 3 && s[1] <= 3 && s[2] <= 3 && s[3] <= 3
}
