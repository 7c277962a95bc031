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

// Size implements Limit.
func (Fixed) Size() int { return 16 }

// used is what was taken in the window of now. A window that is yet to come was
// written by a clock that has been set back: what was taken in it still counts.
func (f Fixed) used(state []byte, number int64) int64 {
	if int64(binary.LittleEndian.Uint64(state)) < number {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(state[8:]))
}

// Take implements Limit.
func (f Fixed) Take(state []byte, now time.Time, n int64) Result {
	number, ends := f.window.at(now)
	used, left := f.used(state, number), ends.Sub(now)
	r := Result{Remaining: f.requests - used, Reset: left}
	switch {
	case n > f.requests:
		r.RetryAfter = Never
	case n > f.requests-used:
		r.RetryAfter = left
	default:
		r.Allowed = true
		r.Remaining -= n
		if n > 0 {
			f.write(state, max(number, int64(binary.LittleEndian.Uint64(state))), used+n)
		}
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

// Give implements Limit.
func (f Fixed) Give(state []byte, now time.Time, n int64) {
	number, _ := f.window.at(now)
	if used := f.used(state, number); used > 0 {
		f.write(state, int64(binary.LittleEndian.Uint64(state)), max(used-n, 0))
	}
}

// TTL implements Limit.
func (f Fixed) TTL(state []byte, now time.Time) time.Duration {
	number, ends := f.window.at(now)
	if f.used(state, number) == 0 {
		return 0
	}
	return ends.Sub(now)
}

// Sliding counts over the time that has just passed, as far as two windows tell:
// what was taken in this one, and of the one before the part that the window still
// reaches back into. What it allows in any time of the window's length is at most
// the limit if the window before was used evenly, and less than twice of it if not.
// The state is the number of the window and what was taken in it and the one before.
type Sliding struct {
	requests int64
	per      span
}

// NewSliding returns a limit over a length of time. It returns false if a number is
// not positive or out of bounds.
func NewSliding(requests int64, per time.Duration) (Sliding, bool) {
	return Sliding{requests, span(per)}, requests > 0 && requests <= MaxRequests && per > 0 && per <= MaxPer
}

// Size implements Limit.
func (Sliding) Size() int { return 24 }

// counts are what was taken in the window of now and in the one before.
func (s Sliding) counts(state []byte, number int64) (current, before int64) {
	switch ahead := number - int64(binary.LittleEndian.Uint64(state)); {
	case ahead <= 0: // also by a clock that has been set back
		return int64(binary.LittleEndian.Uint64(state[8:])), int64(binary.LittleEndian.Uint64(state[16:]))
	case ahead == 1:
		return 0, int64(binary.LittleEndian.Uint64(state[8:]))
	}
	return 0, 0
}

// Take implements Limit.
func (s Sliding) Take(state []byte, now time.Time, n int64) Result {
	number, ends := s.per.at(now)
	current, before := s.counts(state, number)
	left := int64(ends.Sub(now))
	// Rounded up, so that what is told to be free is.
	used := current + mulDiv(before, left, int64(s.per))
	r := Result{Remaining: max(s.requests-used, 0)}
	switch {
	case n > s.requests:
		r.RetryAfter = Never
	case used+n > s.requests:
		r.RetryAfter = s.wait(current, before, n, left)
	default:
		r.Allowed = true
		r.Remaining -= n
		current += n
		if n > 0 {
			binary.LittleEndian.PutUint64(state, uint64(max(number, int64(binary.LittleEndian.Uint64(state)))))
			binary.LittleEndian.PutUint64(state[8:], uint64(current))
			binary.LittleEndian.PutUint64(state[16:], uint64(before))
		}
	}
	switch {
	case current > 0:
		r.Reset = time.Duration(left + int64(s.per))
	case before > 0:
		r.Reset = time.Duration(left)
	}
	return r
}

// wait is how long it takes until n is allowed: in this window, while the one before
// fades, or in the next, while this one does.
func (s Sliding) wait(current, before, n, left int64) time.Duration {
	per := int64(s.per)
	if free := s.requests - n - current; free >= 0 {
		// The weight of the window before has to fall to free.
		return time.Duration(left - mulDivDown(free, per, before))
	}
	return time.Duration(left + per - mulDivDown(s.requests-n, per, current))
}

// Give implements Limit.
func (s Sliding) Give(state []byte, now time.Time, n int64) {
	number, _ := s.per.at(now)
	current, before := s.counts(state, number)
	taken := min(n, current)
	binary.LittleEndian.PutUint64(state, uint64(max(number, int64(binary.LittleEndian.Uint64(state)))))
	binary.LittleEndian.PutUint64(state[8:], uint64(current-taken))
	binary.LittleEndian.PutUint64(state[16:], uint64(max(before-(n-taken), 0)))
}

// TTL implements Limit.
func (s Sliding) TTL(state []byte, now time.Time) time.Duration {
	number, ends := s.per.at(now)
	switch current, before := s.counts(state, number); {
	case current > 0:
		return ends.Sub(now) + time.Duration(s.per)
	case before > 0:
		return ends.Sub(now)
	}
	return 0
}
