package transform

import "errors"

// Unit is how exactly a date is still told.
type Unit uint8

// The units.
const (
	Month Unit = iota
	Quarter
	Year
)

// PeriodConfig is how exactly dates are told, and in which form.
type PeriodConfig struct {
	// Unit is the period that is told. Default Month.
	Unit Unit
	// First writes the first day of the period in the form of the value, with all
	// of its time of day zero, for readers that want a date. Default: the period
	// as in "2006-01" (ISO 8601-1, Section 5.2.2.2), "2006-Q1" and "2006".
	First bool
	// Layouts are forms of dates to read besides those of ISO 8601, as layouts of
	// package time; see [CommonLayouts]. Default: none.
	Layouts []string
}

// period is [NewPeriod].
type period struct {
	opaque
	PeriodConfig
	dates
}

// NewPeriod returns the transform of a date to the month, quarter or year it is in.
// Dates have four digits for the year and may have a time of day; a period in the
// form that this transform writes is left as it is, or made less exact if it is more
// exact than the unit.
func NewPeriod(c PeriodConfig) (Transform, error) {
	if c.Unit > Year {
		return nil, errors.New("unit: unknown, want month, quarter or year")
	}
	d, err := newDates(c.Layouts)
	if err != nil {
		return nil, err
	}
	return &period{"period", c, d}, nil
}

// Apply appends the period of the date.
func (p *period) Apply(dst, value []byte, _ string) ([]byte, error) {
	if year, month, unit, ok := readPeriod(value); ok {
		return appendPeriod(dst, year, month, max(unit, p.Unit)), nil
	}
	read, ok := p.read(value)
	if !ok {
		return dst, FaultDate
	}
	if !p.First {
		return appendPeriod(dst, read.year, read.month, p.Unit), nil
	}
	month := read.month
	switch p.Unit {
	case Quarter:
		month -= (month - 1) % 3
	case Year:
		month = 1
	}
	return p.write(dst, &read, read.year, month, 1, true), nil
}

// appendPeriod appends the period of a unit that a month is in.
func appendPeriod(dst []byte, year, month int, unit Unit) []byte {
	dst = appendDigits(dst, year, 4)
	switch unit {
	case Month:
		return appendDigits(append(dst, '-'), month, 2)
	case Quarter:
		return append(dst, '-', 'Q', '1'+byte((month-1)/3))
	}
	return dst
}

// readPeriod reads what appendPeriod writes; month is the first of the period.
func readPeriod(value []byte) (year, month int, unit Unit, ok bool) {
	const yearDigits = 4
	if len(value) < yearDigits {
		return 0, 0, 0, false
	}
	year, month, unit = digits(value[:yearDigits]), 1, Year
	switch rest := value[yearDigits:]; {
	case len(rest) == 0:
	case len(rest) == 3 && rest[0] == '-' && rest[1] == 'Q':
		unit, month = Quarter, 3*int(rest[2]-'0')-2
	case len(rest) == 3 && rest[0] == '-':
		unit, month = Month, digits(rest[1:])
	default:
		return 0, 0, 0, false
	}
	return year, month, unit, year >= 1 && month >= 1 && month <= 12
}
