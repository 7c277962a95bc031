package claim

import (
	"strconv"
	"strings"
)

// Numbers whose point is this far from their first digit are written with an
// exponent.
const (
	maxPlainPoint = 40
	minPlainPoint = -10
)

// PlainNumber returns the one text of a JSON number's value, so that numbers are
// equal exactly if their texts are: 1, 1.0 and 1e0 are "1". It returns false if raw
// is not a number as RFC 8259, Section 6 has it. Exponents beyond 1e18 are not told
// apart.
func PlainNumber(raw string) (string, bool) {
	if !isNumber(raw) {
		return "", false
	}
	d := decimalOf(raw)
	if d.count == 0 {
		return "0", true
	}
	if d.count == len(raw) && d.point == int64(len(raw)) && d.point <= maxPlainPoint {
		return raw, true // a whole number as most are
	}
	digits := d.digits
	if d.count < len(digits) {
		digits = strings.Replace(digits, ".", "", 1)
	}
	b := make([]byte, 0, len(digits)+maxPlainPoint)
	if d.negative {
		b = append(b, '-')
	}
	switch count := int64(d.count); {
	case d.point > maxPlainPoint || d.point < minPlainPoint:
		b = append(b, "0."...)
		b = append(b, digits...)
		b = append(b, 'e')
		b = strconv.AppendInt(b, d.point, 10)
	case d.point >= count:
		b = append(b, digits...)
		for range d.point - count {
			b = append(b, '0')
		}
	case d.point > 0:
		b = append(b, digits[:d.point]...)
		b = append(b, '.')
		b = append(b, digits[d.point:]...)
	default:
		b = append(b, "0."...)
		for range -d.point {
			b = append(b, '0')
		}
		b = append(b, digits...)
	}
	return string(b), true
}
