package transform

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// CommonLayouts are written forms of dates that can be read in one way only, as
// layouts of package time. "02/01/2006" and "01/02/2006" are not among them: which
// of the two a field has must be said.
func CommonLayouts() []string {
	return []string{
		"2 January 2006", "02 January 2006", "January 2, 2006", "2 Jan 2006", "02 Jan 2006", "Jan 2, 2006",
		"2006/01/02", "2006.01.02", "Monday, 2 January 2006", "Monday, January 2, 2006",
		time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC, time.UnixDate,
	}
}

// dates reads and writes dates: the calendar dates of ISO 8601-1, Section 5.2.2.1,
// alone or in a date and time, and other forms by their layout.
type dates struct {
	layouts []string
}

// A form of dates is the index of a layout, or one of ISO 8601.
const (
	extended = -1 // 2006-01-02
	basic    = -2 // 20060102
)

// date is a date as a value has it.
type date struct {
	year, month, day int
	form             int
	// rest is what follows in a form of ISO 8601: nothing, or the time of day from
	// its separator on, and where its zone begins in it.
	rest []byte
	zone int
	// at is the date and time in a form that has a layout.
	at time.Time
}

// newDates returns the reader of ISO 8601 and of layouts, each of which must say
// year, month and day.
func newDates(layouts []string) (dates, error) {
	for i, layout := range layouts {
		a := time.Date(2019, 11, 23, 0, 0, 0, 0, time.UTC)
		read, err := time.ParseInLocation(layout, a.Format(layout), time.UTC)
		if err != nil || !read.Equal(a) {
			return dates{}, fmt.Errorf("layouts[%d]: %q, want a layout of package time with year, month and day, such as %q", i, layout, "02.01.2006")
		}
	}
	return dates{slices.Clone(layouts)}, nil
}

// read reads a date. What has a layout must be as the layout would write it.
func (d *dates) read(value []byte) (date, bool) {
	if read, ok := readISO(value); ok {
		return read, true
	}
	const most = 64 // longer than any date
	if len(value) > most {
		return date{}, false
	}
	for i, layout := range d.layouts {
		// What begins in another way is not worth the error of time.Parse.
		if len(value) == 0 || begins(layout[0]) != begins(value[0]) {
			continue
		}
		at, err := time.ParseInLocation(layout, string(value), time.UTC)
		if err != nil {
			continue
		}
		var written [2 * most]byte
		if string(at.AppendFormat(written[:0], layout)) != string(value) {
			continue
		}
		year, month, day := at.Date()
		return date{year: year, month: int(month), day: day, form: i, at: at}, year >= 1 && year <= 9999
	}
	return date{}, false
}

// begins is the class of a character that a date begins with. "_" in a layout is a
// space or a digit, and a space can stand for it.
func begins(c byte) byte {
	switch {
	case c >= '0' && c <= '9', c == '_', c == ' ':
		return '0'
	case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		return 'A'
	}
	return c
}

// write appends a date in the form of another, with the time of day that it has
// there or, at midnight, with a time of day of zeros.
func (d *dates) write(dst []byte, as *date, year, month, day int, midnight bool) []byte {
	if as.form >= 0 {
		at := as.at
		if midnight {
			at = time.Date(year, time.Month(month), day, 0, 0, 0, 0, at.Location())
		} else {
			at = time.Date(year, time.Month(month), day, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location())
		}
		return at.AppendFormat(dst, d.layouts[as.form])
	}
	dst = appendDigits(dst, year, 4)
	if as.form == extended {
		dst = append(dst, '-')
	}
	dst = appendDigits(dst, month, 2)
	if as.form == extended {
		dst = append(dst, '-')
	}
	dst = appendDigits(dst, day, 2)
	start := len(dst)
	dst = append(dst, as.rest...)
	if midnight {
		clock := dst[start : start+as.zone]
		for i, c := range clock {
			if c >= '0' && c <= '9' {
				clock[i] = '0'
			}
		}
	}
	return dst
}

// readISO reads a date, or a date and time, of ISO 8601.
func readISO(value []byte) (date, bool) {
	read := date{form: extended}
	n := 10
	switch {
	case len(value) >= 10 && value[4] == '-' && value[7] == '-':
		read.year, read.month, read.day = digits(value[:4]), digits(value[5:7]), digits(value[8:10])
	case len(value) >= 8:
		n, read.form = 8, basic
		read.year, read.month, read.day = digits(value[:4]), digits(value[4:6]), digits(value[6:8])
	default:
		return read, false
	}
	if read.year < 1 || read.month < 1 || read.month > 12 || read.day < 1 || read.day > daysIn(read.year, read.month) {
		return read, false
	}
	read.rest = value[n:]
	zone, ok := timeOfDay(read.rest)
	read.zone = zone
	return read, ok
}

// timeOfDay tells whether text is empty or "T" or a space and a time of day with or
// without a zone (ISO 8601-1, Section 5.3, RFC 3339, Section 5.6), and where the zone
// begins.
func timeOfDay(text []byte) (zone int, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != 'T' && text[0] != 't' && text[0] != ' ' {
		return 0, false
	}
	i := 1
	part := func(most int) bool {
		if i+2 > len(text) {
			return false
		}
		n := digits(text[i : i+2])
		i += 2
		return n >= 0 && n <= most
	}
	if !part(24) {
		return 0, false
	}
	colons := i < len(text) && text[i] == ':'
	more := func() bool {
		if i < len(text) && text[i] == ':' && colons {
			i++
			return true
		}
		return !colons && i < len(text) && text[i] >= '0' && text[i] <= '9'
	}
	if more() {
		if !part(59) {
			return 0, false
		}
		if more() && !part(60) {
			return 0, false
		}
	}
	if i < len(text) && (text[i] == '.' || text[i] == ',') {
		i++
		start := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		if i == start || i-start > 12 {
			return 0, false
		}
	}
	zone = i
	switch {
	case i == len(text):
		return zone, true
	case text[i] == 'Z' || text[i] == 'z':
		return zone, i+1 == len(text)
	case text[i] != '+' && text[i] != '-':
		return zone, false
	}
	i++
	if !part(23) {
		return zone, false
	}
	if i == len(text) {
		return zone, true
	}
	if text[i] == ':' {
		i++
	}
	return zone, part(59) && i == len(text)
}

// digits is the number that text is, -1 if it is not all digits.
func digits(text []byte) int {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// appendDigits appends a number with zeros in front up to the width.
func appendDigits(dst []byte, n, width int) []byte {
	least := 1 // the least number that has the width
	for range width - 1 {
		least *= 10
	}
	for ; n < least && least > 1; least /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
