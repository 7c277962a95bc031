package detect

// numbers are the detectors of what is a number or has one in it: those that a
// function finds here, those that a form and a check describe in the lists below.
var numbers = [...]detector{card, iban, phone, birthDate}

// separator tells whether bytes between two groups of digits stand at i: ' ' for a
// space of any width, '-' for a hyphen or dash, '.' and '/' for themselves, 0 for
// none; and how many bytes these are.
func (v *view) separator(i int) (class byte, length int) {
	switch c := v.at(i); c {
	case ' ', '-', '.', '/':
		return c, 1
	case 0xc2:
		if v.at(i+1) == 0xa0 { // no-break space
			return ' ', 2
		}
	case 0xe2:
		switch second, third := v.at(i+1), v.at(i+2); {
		case second == 0x80 && third >= 0x90 && third <= 0x94: // hyphens and dashes
			return '-', 3
		case second == 0x80 && (third >= 0x80 && third <= 0x8a || third == 0xaf): // spaces
			return ' ', 3
		case second == 0x88 && third == 0x92: // minus sign
			return '-', 3
		}
	}
	return 0, 0
}

// isolated tells whether the bytes from start to end stand for themselves: that
// they are not part of a word, a longer number, a decimal fraction, a version or a
// UUID. That a fraction of nothing follows, as in a card number that some program
// has taken for a float, is no matter.
func (v *view) isolated(start, end int) bool {
	switch c := v.at(start - 1); {
	case isAlnum(c):
		return false
	case c == '.':
		if isDigit(v.at(start - 2)) {
			return false
		}
	case c == '-':
		if isDigit(v.at(start-2)) || v.hexGroup(start-5) {
			return false
		}
	case c >= 0x80:
		if class, length := v.separator(start - 3); class == '-' && length == 3 && isDigit(v.at(start-4)) {
			return false
		}
	}
	switch c := v.at(end); {
	case isAlnum(c):
		return false
	case c == '.':
		return !isDigit(v.at(end+1)) || v.at(end+1) == '0' && !isAlnum(v.at(end+2))
	case c == '-':
		return !isDigit(v.at(end+1)) && !v.hexGroup(end+1)
	case c >= 0x80:
		class, length := v.separator(end)
		return class != '-' || !isDigit(v.at(end+length))
	}
	return true
}

// hexGroup tells whether four hexadecimal digits stand at i, as in the middle of a
// UUID.
func (v *view) hexGroup(i int) bool {
	return isHex(v.at(i)) && isHex(v.at(i+1)) && isHex(v.at(i+2)) && isHex(v.at(i+3))
}

// groups are digits with the same separator between them.
type groups struct {
	digits [maxGrouped]byte
	// sizes, ends and totals say of each group how many digits it has, where it ends
	// in the text and how many digits there are up to there.
	sizes, totals [maxGroups]uint8
	ends          [maxGroups]int
	count         int
	separator     byte
}

// A number in groups has at most so many digits in at most so many groups.
const (
	maxGrouped = 20
	maxGroups  = 8
)

// read reads the groups that begin at i, none of which is incomplete.
func (g *groups) read(v *view, i int) {
	n := 0
	for g.count < maxGroups {
		first := n
		for isDigit(v.at(i)) {
			if n == maxGrouped {
				return
			}
			g.digits[n] = v.at(i)
			n++
			i++
		}
		g.sizes[g.count] = uint8(n - first)
		g.totals[g.count] = uint8(n)
		g.ends[g.count] = i
		g.count++
		class, length := v.separator(i)
		if class == 0 || g.separator != 0 && class != g.separator || !isDigit(v.at(i+length)) {
			return
		}
		g.separator = class
		i += length
	}
}

// luhn tells whether the last digit is the check digit of those before it: ISO/IEC
// 7812-1, Annex B.
func luhn(digits []byte) bool {
	sum := 0
	for i, c := range digits {
		n := int(c - '0')
		if (len(digits)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
