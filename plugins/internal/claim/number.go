package claim

import "strings"

// decimal is the value of a JSON number, 0.DIGITS × 10^point, without rounding.
type decimal struct {
	negative bool
	// digits are those from the first that is not zero to the last, perhaps with a
	// decimal point among them. Zero has none.
	digits string
	// count is how many digits there are.
	count int
	point int64
}

// maxExponent is where exponents stop being told apart. No configured number has
// one as large.
const maxExponent = 1 << 60

// decimalOf reads a number that JSON allows. Of other texts it makes some number
// or other.
func decimalOf(text string) (d decimal) {
	text, d.negative = strings.CutPrefix(text, "-")
	mantissa, exponent := text, int64(0)
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		negative := false
		for _, c := range []byte(text[i+1:]) {
			switch {
			case c == '-':
				negative = true
			case '0' <= c && c <= '9' && exponent < maxExponent/16:
				exponent = exponent*10 + int64(c-'0')
			case '0' <= c && c <= '9':
				exponent = maxExponent
			}
		}
		if negative {
			exponent = -exponent
		}
	}
	whole := strings.IndexByte(mantissa, '.')
	if whole < 0 {
		whole = len(mantissa)
	}
	first := strings.IndexAny(mantissa, "123456789")
	if first < 0 {
		return decimal{}
	}
	last := strings.LastIndexAny(mantissa, "123456789")
	d.digits = mantissa[first : last+1]
	d.count = len(d.digits)
	if first < whole {
		d.point = int64(whole-first) + exponent
		if last > whole {
			d.count--
		}
	} else {
		d.point = int64(whole+1-first) + exponent
	}
	return d
}

// compareNumbers returns -1, 0 or 1 as a is less than b, equal or greater.
func compareNumbers(a, b string) int {
	x, y := decimalOf(a), decimalOf(b)
	switch {
	case x.count == 0 && y.count == 0:
		return 0
	case x.count == 0:
		return -y.sign()
	case y.count == 0 || x.negative != y.negative:
		return x.sign()
	case x.point != y.point:
		if x.point < y.point {
			return -x.sign()
		}
		return x.sign()
	}
	i, j := 0, 0
	for i < len(x.digits) && j < len(y.digits) {
		switch {
		case x.digits[i] == '.':
			i++
		case y.digits[j] == '.':
			j++
		case x.digits[i] < y.digits[j]:
			return -x.sign()
		case x.digits[i] > y.digits[j]:
			return x.sign()
		default:
			i++
			j++
		}
	}
	// The last digit is not zero, so what goes on is greater.
	switch {
	case i < len(x.digits):
		return x.sign()
	case j < len(y.digits):
		return -x.sign()
	}
	return 0
}

func (d decimal) sign() int {
	if d.negative {
		return -1
	}
	return 1
}
