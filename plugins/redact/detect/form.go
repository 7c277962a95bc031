package detect

import "strings"

// form is a way to write a number. In a pattern 0 is a digit, A a letter, X one of
// both, a space a space of any width and a hyphen a hyphen or dash; all other bytes
// are themselves. Letters stand before the first digit, if at all, or behind it.
type form struct {
	pattern string
	// alone is the confidence without words of context, 0 if there is no find then;
	// told is the one with them. Where they are not needed only the name of the field
	// is looked at.
	alone, told uint8
}

// validity is what the check of a number says.
type validity uint8

const (
	invalid validity = iota
	// weak numbers are valid in a way that many others are too: finds need words of
	// context, whatever the form.
	weak
	valid
)

// numberWords are words of context that go with every national identifier.
var numberWords = []string{
	"national id*", "national insurance*", "national number", "identity number", "identity card", "identification number", "id number", "id no",
	"id card", "personal number", "personal id*", "citizen id", "tax id*", "tax number", "tax no", "taxpayer*", "tin", "social security*", "government id",
}

// maxForm is how many letters and digits a form has at most.
const maxForm = 20

// compiled is a form with what tells at once that a number is in another one.
type compiled struct {
	form
	// lead is how many letters and signs stand before the first digit.
	lead int
	// runs has the bits of the runs of digits that the first one may be part of.
	runs uint32
	// next is what separates this run from the next digits, 0 if nothing has to.
	next byte
	// least is how many digits there are before the first letter.
	least int
	// plain forms are digits alone.
	plain bool
}

// compile returns the detector with what the scanner needs to know of its forms.
func (d *detector) compile() *detector {
	c := *d
	forms := make([]compiled, len(c.forms))
	c.least = maxForm
	for i, f := range c.forms {
		forms[i] = f.compile()
		if forms[i].next == 0 {
			c.runs |= forms[i].runs
		} else {
			c.signed |= forms[i].runs
		}
		if lead := forms[i].lead; lead > 0 {
			c.inWord = true
			c.back, c.before = "A-Za-z -", max(c.before, lead)
		}
		c.least = min(c.least, forms[i].least)
		// A space or hyphen may be three bytes long, and what follows is looked at.
		c.longest = max(c.longest, 3*len(f.pattern)+8)
	}
	c.integer = integerForm(forms)
	check := c.check
	c.find = func(v *view, at int) (start, end int, confidence uint8) { return v.form(forms, check, at) }
	return &c
}

// integerForm is detector.integer of forms. Those that are not found without words do
// not count, nor do those that no such number has.
func integerForm(forms []compiled) int {
	least := never
	for i := range forms {
		switch f := &forms[i]; {
		case f.alone == 0:
		case f.plain:
			least = min(least, len(f.pattern))
		case strings.Trim(f.pattern, "0.") == "":
			return 0
		}
	}
	return least
}

func (f form) compile() compiled {
	c := compiled{form: f, lead: strings.IndexByte(f.pattern, '0'), plain: strings.Trim(f.pattern, "0") == ""}
	n, open := 0, false
	for _, p := range []byte(f.pattern[c.lead:]) {
		// Where letters can be digits too, a run may be longer.
		if p != '0' && p != 'X' {
			if p != 'A' && !open {
				c.next = p
			}
			break
		}
		if p == 'X' {
			open = true
			c.runs |= 1 << n
		}
		n++
	}
	c.runs |= 1 << n
	if open {
		for ; n > 0 && c.runs>>(n-1)&1 == 0; n-- {
			c.runs |= 1 << (n - 1)
		}
	}
	for _, p := range []byte(f.pattern[c.lead:]) {
		if p == 'A' || p == 'X' {
			break
		}
		if p == '0' {
			c.least++
		}
	}
	if c.plain && n >= 8 {
		// Integers lose their zeros.
		c.least -= 2
		c.runs |= 1<<(n-1) | 1<<(n-2)
	}
	return c
}

// form finds a number in one of the forms of a detector.
func (v *view) form(forms []compiled, check func(chars []byte) validity, at int) (start, end int, confidence uint8) {
	next := v.at(at + v.run)
	for i := range forms {
		f := &forms[i]
		if f.runs>>v.run&1 == 0 || f.next != 0 && next != f.next && next < 0x80 {
			continue
		}
		var n int
		var small, lost bool
		switch {
		case !f.plain:
			start, end, n, small = v.match(f.pattern, at-f.lead)
		case v.run == len(f.pattern):
			start, end, n = at, at+v.run, copy(v.chars[:], v.text[at:at+v.run])
		default:
			start, end, n = v.withoutZeros(f, at)
			lost = true
		}
		if n == 0 {
			continue
		}
		if !v.isolated(start, end) {
			continue
		}
		validity := check(v.chars[:n])
		switch {
		case validity == invalid:
		case lost:
			return start, end, f.told - 10
		case f.alone > 0 && validity == valid && !small && v.at(start-1) != '+': // a telephone number has the sign
			if v.named() {
				return start, end, f.told
			}
			return start, end, f.alone
		case v.told(start):
			return start, end, f.told
		}
	}
	return 0, 0, 0
}

// withoutZeros reads digits that a form has without separators and that have lost
// one or two zeros at their beginning, as integers have, in a field that says what
// they are. Its results are those of match.
func (v *view) withoutZeros(f *compiled, at int) (start, end, n int) {
	lost := len(f.pattern) - v.run
	if lost < 1 || lost > 2 || !v.named() {
		return 0, 0, 0
	}
	for n := range lost {
		v.chars[n] = '0'
	}
	end = at + v.run
	return at, end, lost + copy(v.chars[lost:], v.text[at:end])
}

// match reads a text that begins at from by the pattern of a form, into v.chars. It
// returns where it begins and ends, how many letters and digits it has, 0 if it is
// another text, and whether letters are in lower case.
func (v *view) match(pattern string, from int) (start, end, n int, small bool) {
	start, end = from, from
	for i := 0; i < len(pattern); i++ {
		c := v.at(end)
		switch p := pattern[i]; p {
		case '0', 'A', 'X':
			letter := isLetter(c)
			if p == '0' && !isDigit(c) || p == 'A' && !letter || p == 'X' && !letter && !isDigit(c) {
				return 0, 0, 0, false
			}
			if letter && c >= 'a' {
				small = true
				c &^= 0x20
			}
			v.chars[n] = c
			n++
			end++
		case ' ', '-':
			class, length := v.separator(end)
			if class != p {
				return 0, 0, 0, false
			}
			end += length
		default:
			if c != p {
				return 0, 0, 0, false
			}
			end++
		}
	}
	return start, end, n, small
}

// number returns the value of digits.
func number(digits []byte) int64 {
	n := int64(0)
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	return n
}

// weighted returns the sum of digits times their weights: '1' to '9' are these, ':'
// is 10, ';' is 11 and so on as ASCII goes on.
func weighted(digits []byte, weights string) int {
	sum := 0
	for i := 0; i < len(weights); i++ {
		sum += int(digits[i]-'0') * int(weights[i]-'0')
	}
	return sum
}

// digit returns the value of a digit.
func digit(c byte) int { return int(c - '0') }

// when turns a condition into a validity.
func when(ok bool) validity {
	if ok {
		return valid
	}
	return invalid
}

// digitOrZero returns the check digit of a weighted sum that is 11 less the rest by
// eleven, or 0 where that has two digits.
func digitOrZero(sum int) int {
	if rest := sum % 11; rest >= 2 {
		return 11 - rest
	}
	return 0
}

// uniform tells whether all digits are the same.
func uniform(digits []byte) bool {
	for _, c := range digits {
		if c != digits[0] {
			return false
		}
	}
	return true
}

// isDate tells whether there is such a day. A year of two digits is one in which
// it may be.
func isDate(year, month, day int64) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	last := int64("\x1f\x1d\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"[month-1])
	if month == 2 && (year%4 != 0 || year > 99 && year%100 == 0 && year%400 != 0) {
		last = 28
	}
	return day <= last
}

// isYYMMDD and isDDMMYY tell whether six digits are a date.
func isYYMMDD(d []byte) bool { return isDate(number(d[:2]), number(d[2:4]), number(d[4:6])) }
func isDDMMYY(d []byte) bool { return isDate(number(d[4:6]), number(d[2:4]), number(d[:2])) }

// mod11and10 tells whether the last digit is the check digit of ISO/IEC 7064, MOD
// 11,10.
func mod11and10(digits []byte) bool {
	rest := 10
	for _, c := range digits[:len(digits)-1] {
		if rest = (rest + digit(c)) % 10; rest == 0 {
			rest = 10
		}
		rest = rest * 2 % 11
	}
	return (rest+digit(digits[len(digits)-1]))%10 == 1
}

// crossSum returns the sum of the digits of the products of digits and weights.
func crossSum(digits []byte, weights string) int {
	sum := 0
	for i, c := range digits {
		n := digit(c) * int(weights[i]-'0')
		sum += n/10 + n%10
	}
	return sum
}

// verhoeff tells whether the last digit is the check digit of the dihedral group D5:
// J. Verhoeff, Error Detecting Decimal Codes (1969).
func verhoeff(digits []byte) bool {
	const (
		product = "0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210"
		// permuted are the powers of the permutation (1 5 8 9 4 2 7 0)(3 6), a row of ten
		// each.
		permuted = "01234567891576283094580379614289160435279453126870428657390127938064157046913258"
	)
	c := 0
	for i := range digits {
		n := digit(digits[len(digits)-1-i])
		c = digit(product[c*10+digit(permuted[i%8*10+n])])
	}
	return c == 0
}
