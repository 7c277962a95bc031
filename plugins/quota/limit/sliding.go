package limit

import (
	"encoding/binary"
	"math"
	"time"
)

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

// Whole implements Limit.
func (s Sliding) Whole() int64 { return s.requests }

// counts are what was taken in the window that a state is of and in the one before,
// as they stand in the window of now. As for Fixed, the next window is one of a clock
// that is a little ahead, and what is further ahead counts in this one.
func (s Sliding) counts(state []byte, number int64) (of, current, before int64) {
	of = int64(binary.LittleEndian.Uint64(state))
	current, before = within(binary.LittleEndian.Uint64(state[8:]), s.requests), within(binary.LittleEndian.Uint64(state[16:]), s.requests)
	switch ahead := uint64(of) - uint64(number); {
	case of < number && ahead == math.MaxUint64:
		return number, 0, current
	case of < number:
		return number, 0, 0
	case ahead > 1:
		s.write(state, number, current, before)
		return number, current, before
	}
	return of, current, before
}

func (s Sliding) write(state []byte, number, current, before int64) {
	binary.LittleEndian.PutUint64(state, uint64(number))
	binary.LittleEndian.PutUint64(state[8:], uint64(current))
	binary.LittleEndian.PutUint64(state[16:], uint64(before))
}

// used is what counts now, rounded up, so that what is told to be free is.
func (s Sliding) used(current, before, left int64) int64 {
	return current + mulDiv(before, left, int64(s.per))
}

// Take implements Limit.
func (s Sliding) Take(state []byte, now time.Time, n int64) Result {
	number, ends := s.per.at(now)
	of, current, before := s.counts(state, number)
	left := int64(ends.Sub(now))
	r := s.result(current, before, n, left)
	if r.Allowed && n > 0 {
		current += n
		s.write(state, of, current, before)
	}
	r.Reset = s.reset(current, before, left)
	return r
}

// result is what is said of a cost of n, that is counted if it is allowed.
func (s Sliding) result(current, before, n, left int64) Result {
	r := Result{Remaining: max(s.requests-s.used(current, before, left), 0)}
	switch {
	case n > s.requests:
		r.RetryAfter = Never
	case n > r.Remaining:
		r.RetryAfter = s.wait(current, before, n, left)
	default:
		r.Allowed = true
		r.Remaining -= n
	}
	return r
}

// reset is how long it takes until nothing counts any more.
func (s Sliding) reset(current, before, left int64) time.Duration {
	switch {
	case current > 0:
		return time.Duration(left + int64(s.per))
	case before > 0:
		return time.Duration(left)
	}
	return 0
}

// wait is how long it takes until n is allowed that is not: in this window, while the
// one before fades, or in the next, while this one does.
func (s Sliding) wait(current, before, n, left int64) time.Duration {
	per := int64(s.per)
	if free := s.requests - n - current; free >= 0 {
		// The weight of the window before has to fall to free.
		return time.Duration(left - mulDivDown(free, per, before))
	}
	return time.Duration(left + per - mulDivDown(s.requests-n, per, current))
}

// Charge implements Limit. The debt fades with the windows that it was made in.
func (s Sliding) Charge(state []byte, now time.Time, n int64) Result {
	number, ends := s.per.at(now)
	of, current, before := s.counts(state, number)
	left := int64(ends.Sub(now))
	r := s.result(current, before, n, left)
	if n > 0 {
		current = owed(current, n, s.requests)
		s.write(state, of, current, before)
		r.Remaining = max(s.requests-s.used(current, before, left), 0)
	}
	if r.Reset = s.reset(current, before, left); !r.Allowed && n <= s.requests {
		r.RetryAfter = s.wait(current, before, n, left)
	}
	return r
}

// Give implements Limit.
func (s Sliding) Give(state []byte, now time.Time, n int64) {
	number, _ := s.per.at(now)
	of, current, before := s.counts(state, number)
	switch taken := min(n, current); {
	case current+before > n:
		s.write(state, of, current-taken, before-(n-taken))
	case current+before > 0:
		clear(state[:s.Size()])
	}
}

// TTL implements Limit.
func (s Sliding) TTL(state []byte, now time.Time) time.Duration {
	number, ends := s.per.at(now)
	of, current, before := s.counts(state, number)
	ttl := s.reset(current, before, int64(ends.Sub(now)))
	if of > number && ttl > 0 {
		ttl += time.Duration(s.per)
	}
	return ttl
}

// Rank implements Limit.
func (s Sliding) Rank(state []byte, now time.Time) uint16 {
	number, ends := s.per.at(now)
	_, current, before := s.counts(state, number)
	return rank(s.used(current, before, int64(ends.Sub(now))), s.requests)
}

// Class implements Limit.
func (s Sliding) Class() uint8 { return class(2, s.requests, int64(s.per)) }
