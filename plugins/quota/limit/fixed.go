package limit

import (
	"encoding/binary"
	"time"
)

// Fixed counts in windows that follow each other: Requests in each. The state is the
// number of the window and what was taken in it.
type Fixed struct {
	requests int64
	window   window
}

// window says which window a time is in: its number, and when it ends.
type window interface {
	at(now time.Time) (number int64, ends time.Time)
	// length tells kinds of windows apart.
	length() int64
}

// NewFixed returns a limit by windows of a length, counted from 1970. It returns
// false if a number is not positive or out of bounds.
func NewFixed(requests int64, per time.Duration) (Fixed, bool) {
	return Fixed{requests, span(per)}, requests > 0 && requests <= MaxRequests && per > 0 && per <= MaxPer
}

// Unit is a unit of the calendar.
type Unit uint8

// The units.
const (
	Day Unit = iota
	Month
	Year
)

// NewCalendar returns a limit by days, months or years in a time zone.
func NewCalendar(requests int64, unit Unit, zone *time.Location) (Fixed, bool) {
	return Fixed{requests, calendar{unit, zone}}, requests > 0 && requests <= MaxRequests && unit <= Year && zone != nil
}

type span time.Duration

func (s span) at(now time.Time) (number int64, ends time.Time) {
	t := now.UnixNano()
	number = t / int64(s)
	if t < 0 && t%int64(s) != 0 {
		number--
	}
	return number, time.Unix(0, (number+1)*int64(s))
}

func (s span) length() int64 { return int64(s) }

type calendar struct {
	unit Unit
	zone *time.Location
}

func (c calendar) at(now time.Time) (number int64, ends time.Time) {
	year, month, day := now.In(c.zone).Date()
	switch c.unit {
	case Day:
		// A day may have 23 or 25 hours: its number is that of its date.
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400, time.Date(year, month, day+1, 0, 0, 0, 0, c.zone)
	case Month:
		return int64(year)*12 + int64(month), time.Date(year, month+1, 1, 0, 0, 0, 0, c.zone)
	}
	return int64(year), time.Date(year+1, 1, 1, 0, 0, 0, 0, c.zone)
}

func (c calendar) length() int64 { return -1 - int64(c.unit) }

// Size implements Limit.
func (Fixed) Size() int { return 16 }

// Whole implements Limit.
func (f Fixed) Whole() int64 { return f.requests }

// counted is the number of the window that a state is of, and what was taken in it;
// one that is over counts no more. The next window is that of a thread whose clock is
// a little ahead: it stays. One further ahead was written by a clock that was wrong:
// what was taken in it counts in this window, from now on.
func (f Fixed) counted(state []byte, number int64) (of, used int64) {
	of, used = int64(binary.LittleEndian.Uint64(state)), within(binary.LittleEndian.Uint64(state[8:]), f.requests)
	switch {
	case of < number:
		return number, 0
	case uint64(of)-uint64(number) > 1:
		f.write(state, number, used)
		return number, used
	}
	return of, used
}

// Take implements Limit.
func (f Fixed) Take(state []byte, now time.Time, n int64) Result {
	number, ends := f.window.at(now)
	of, used := f.counted(state, number)
	r := f.result(used, n, ends.Sub(now))
	if r.Allowed && n > 0 {
		f.write(state, of, used+n)
	}
	return r
}

// result is what is said of a cost of n, that is counted if it is allowed.
func (f Fixed) result(used, n int64, left time.Duration) Result {
	r := Result{Remaining: max(f.requests-used, 0), Reset: left}
	switch {
	case n > f.requests:
		r.RetryAfter = Never
	case n > r.Remaining:
		r.RetryAfter = left
	default:
		r.Allowed = true
		r.Remaining -= n
	}
	if r.Remaining == f.requests {
		r.Reset = 0
	}
	return r
}

func (f Fixed) write(state []byte, number, used int64) {
	binary.LittleEndian.PutUint64(state, uint64(number))
	binary.LittleEndian.PutUint64(state[8:], uint64(used))
}

// Charge implements Limit. The debt ends with the window.
func (f Fixed) Charge(state []byte, now time.Time, n int64) Result {
	number, ends := f.window.at(now)
	of, used := f.counted(state, number)
	r := f.result(used, n, ends.Sub(now))
	if n > 0 {
		used = owed(used, n, f.requests)
		f.write(state, of, used)
		r.Remaining, r.Reset = max(f.requests-used, 0), ends.Sub(now)
	}
	return r
}

// Give implements Limit.
func (f Fixed) Give(state []byte, now time.Time, n int64) {
	number, _ := f.window.at(now)
	switch of, used := f.counted(state, number); {
	case used > n:
		f.write(state, of, used-n)
	case used > 0:
		clear(state[:f.Size()])
	}
}

// TTL implements Limit.
func (f Fixed) TTL(state []byte, now time.Time) time.Duration {
	number, ends := f.window.at(now)
	of, used := f.counted(state, number)
	switch {
	case used == 0:
		return 0
	case of > number:
		_, ends = f.window.at(ends)
	}
	return ends.Sub(now)
}

// Rank implements Limit.
func (f Fixed) Rank(state []byte, now time.Time) uint16 {
	number, _ := f.window.at(now)
	_, used := f.counted(state, number)
	return rank(used, f.requests)
}

// Class implements Limit.
func (f Fixed) Class() uint8 { return class(5, f.requests, f.window.length()) }
