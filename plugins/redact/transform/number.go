package transform

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// AgeConfig is how exactly ages are told.
type AgeConfig struct {
	// Width is how many years a bucket has, 1 to 100. Required.
	Width int
	// Top is the age from which on all are one bucket, 2 to 150: 90 for the Safe
	// Harbor method (45 CFR 164.514(b)(2)(i)(C)). Default 0: none.
	Top int
}

// age is [NewAge].
type age struct {
	opaque
	AgeConfig
}

// NewAge returns the transform of an age in whole years, 0 to 999, to the bucket it
// is in: "30-39", "90+" from Top on.
func NewAge(c AgeConfig) (Transform, error) {
	switch {
	case c.Width < 1 || c.Width > 100:
		return nil, errors.New("width: " + strconv.Itoa(c.Width) + ", want 1 to 100 years")
	case c.Top != 0 && (c.Top < 2 || c.Top > 150):
		return nil, errors.New("top: " + strconv.Itoa(c.Top) + ", want 2 to 150 years, or none")
	}
	return &age{"age", c}, nil
}

// Apply appends the bucket of the age.
func (a *age) Apply(dst, value []byte, _ string) ([]byte, error) {
	const most = 3
	lowest, _, _ := bytes.Cut(value, []byte("-"))
	lowest = bytes.TrimSuffix(lowest, []byte("+"))
	years := digits(lowest)
	if len(lowest) == 0 || len(lowest) > most || years < 0 {
		return dst, FaultNumber
	}
	start := len(dst)
	bucketed := a.bucket(dst, years)
	if len(lowest) != len(value) && !bytes.Equal(bucketed[start:], value) {
		return dst, FaultNumber // neither an age nor one of our buckets
	}
	return bucketed, nil
}

func (a *age) bucket(dst []byte, years int) []byte {
	if a.Top > 0 && years >= a.Top {
		return append(strconv.AppendInt(dst, int64(a.Top), 10), '+')
	}
	low := years - years%a.Width
	high := low + a.Width - 1
	if a.Top > 0 {
		high = min(high, a.Top-1)
	}
	dst = strconv.AppendInt(dst, int64(low), 10)
	if high > low {
		dst = strconv.AppendInt(append(dst, '-'), int64(high), 10)
	}
	return dst
}

// RangeConfig is the ranges that numbers are told by: one of Width and Bounds.
type RangeConfig struct {
	// Width makes ranges of one width, which begin at its multiples: 1 to 10^15.
	Width int64
	// Bounds are where one range ends and the next begins, ascending, each from
	// -10^15 to 10^15.
	Bounds []int64
}

// maxRange bounds numbers and ranges: below it each has an exact float64.
const maxRange = 1_000_000_000_000_000

// ranges is [NewRange].
type ranges struct {
	opaque
	RangeConfig
}

// NewRange returns the transform of a number to the range it is in. A range has its
// lower end and not its upper: "[50000,60000)"; "<18" is below the first bound and
// ">=65" from the last one on. Numbers are those of JSON (RFC 8259, Section 6), from
// -10^15 to 10^15.
func NewRange(c RangeConfig) (Transform, error) {
	switch {
	case (c.Width == 0) == (len(c.Bounds) == 0):
		return nil, errors.New("range: want one of width and bounds")
	case c.Width < 0 || c.Width > maxRange:
		return nil, fmt.Errorf("width: %d, want 1 to 10^15", c.Width)
	}
	for i, bound := range c.Bounds {
		switch {
		case bound < -maxRange || bound > maxRange:
			return nil, fmt.Errorf("bounds[%d]: %d, want -10^15 to 10^15", i, bound)
		case i > 0 && bound <= c.Bounds[i-1]:
			return nil, fmt.Errorf("bounds[%d]: %d, want more than %d before it", i, bound, c.Bounds[i-1])
		}
	}
	c.Bounds = slices.Clone(c.Bounds)
	return &ranges{"range", c}, nil
}

// Apply appends the range of the number.
func (r *ranges) Apply(dst, value []byte, _ string) ([]byte, error) {
	if whole, ok := floor(value); ok {
		return r.rangeOf(dst, whole), nil
	}
	whole, ok := r.within(value)
	start := len(dst)
	ranged := r.rangeOf(dst, whole)
	if !ok || !bytes.Equal(ranged[start:], value) {
		return dst, FaultNumber // neither a number nor one of our ranges
	}
	return ranged, nil
}

// within returns a number of the range that a value names.
func (r *ranges) within(value []byte) (int64, bool) {
	switch {
	case bytes.HasPrefix(value, []byte(">=")):
		return floorDecimal(value[2:])
	case bytes.HasPrefix(value, []byte("<")):
		n, ok := floorDecimal(value[1:])
		return n - 1, ok
	case bytes.HasPrefix(value, []byte("[")):
		low, _, _ := bytes.Cut(value[1:], []byte(","))
		return floorDecimal(low)
	}
	return 0, false
}

func (r *ranges) rangeOf(dst []byte, n int64) []byte {
	if r.Width > 0 {
		below := n % r.Width
		if below < 0 {
			below += r.Width
		}
		return appendRange(dst, n-below, n-below+r.Width)
	}
	i := 0
	for i < len(r.Bounds) && n >= r.Bounds[i] {
		i++
	}
	switch i {
	case 0:
		return strconv.AppendInt(append(dst, '<'), r.Bounds[0], 10)
	case len(r.Bounds):
		return strconv.AppendInt(append(dst, ">="...), r.Bounds[i-1], 10)
	}
	return appendRange(dst, r.Bounds[i-1], r.Bounds[i])
}

func appendRange(dst []byte, low, high int64) []byte {
	dst = strconv.AppendInt(append(dst, '['), low, 10)
	dst = strconv.AppendInt(append(dst, ','), high, 10)
	return append(dst, ')')
}

// floor is the greatest whole number that is not greater than a number.
func floor(text []byte) (int64, bool) {
	const most = 64
	if len(text) == 0 || len(text) > most {
		return 0, false
	}
	if n, ok := floorDecimal(text); ok {
		return n, n >= -maxRange && n <= maxRange
	}
	for _, c := range text {
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Abs(f) > maxRange {
		return 0, false
	}
	return int64(math.Floor(f)), true
}

// floorDecimal is floor of a number of at most 16 digits before the point and without
// an exponent, which are nearly all.
func floorDecimal(text []byte) (int64, bool) {
	const most = 16
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	n := int64(0)
	i := 0
	for i < len(text) && i < most && text[i] >= '0' && text[i] <= '9' {
		n = n*10 + int64(text[i]-'0')
		i++
	}
	fraction := false
	if i > 0 && i+1 < len(text) && text[i] == '.' {
		for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			fraction = fraction || text[i] != '0'
		}
	}
	if i == 0 || i < len(text) {
		return 0, false
	}
	if negative {
		n = -n
		if fraction {
			n--
		}
	}
	return n, true
}
