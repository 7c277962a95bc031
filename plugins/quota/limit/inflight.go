package limit

import (
	"encoding/binary"
	"time"
)

// InFlight counts what is under way: so many at a time. What was taken is given back
// when it ends. The state is the count and the time of the last change; what nobody
// gave back for Forgotten, because its gateway died, counts no more.
type InFlight struct {
	most      int64
	forgotten time.Duration
}

// NewInFlight returns a limit. It returns false if a number is not positive or out of
// bounds.
func NewInFlight(most int64, forgotten time.Duration) (InFlight, bool) {
	return InFlight{most, forgotten}, most > 0 && most <= MaxRequests && forgotten > 0 && forgotten <= MaxPer
}

// Size implements Limit.
func (InFlight) Size() int { return 16 }

// Whole implements Limit.
func (l InFlight) Whole() int64 { return l.most }

// count is what is under way. A change later than Forgotten from now was written by a
// clock that was wrong: it counts as one of now.
func (l InFlight) count(state []byte, now time.Time) int64 {
	t, changed := now.UnixNano(), int64(binary.LittleEndian.Uint64(state[8:]))
	count := within(binary.LittleEndian.Uint64(state), l.most)
	switch {
	case t >= changed && uint64(t)-uint64(changed) >= uint64(l.forgotten):
		return 0
	case changed > t && uint64(changed)-uint64(t) > uint64(l.forgotten):
		l.write(state, now, count)
	}
	return count
}

// Take implements Limit. When it is allowed again depends on others: RetryAfter is 0.
func (l InFlight) Take(state []byte, now time.Time, n int64) Result {
	count := l.count(state, now)
	r := l.result(count, n)
	if r.Allowed && n > 0 {
		l.write(state, now, count+n)
	}
	return r
}

// result is what is said of a cost of n, that is counted if it is allowed.
func (l InFlight) result(count, n int64) Result {
	r := Result{Remaining: max(l.most-count, 0)}
	switch {
	case n > l.most:
		r.RetryAfter = Never
	case n <= r.Remaining:
		r.Allowed = true
		r.Remaining -= n
	}
	return r
}

func (l InFlight) write(state []byte, now time.Time, count int64) {
	binary.LittleEndian.PutUint64(state, uint64(count))
	binary.LittleEndian.PutUint64(state[8:], uint64(now.UnixNano()))
}

// Charge implements Limit.
func (l InFlight) Charge(state []byte, now time.Time, n int64) Result {
	count := l.count(state, now)
	r := l.result(count, n)
	if n > 0 {
		count = owed(count, n, l.most)
		l.write(state, now, count)
		r.Remaining = max(l.most-count, 0)
	}
	return r
}

// Give implements Limit.
func (l InFlight) Give(state []byte, now time.Time, n int64) {
	switch count := l.count(state, now); {
	case count > n:
		l.write(state, now, count-n)
	case count > 0:
		clear(state[:l.Size()])
	}
}

// TTL implements Limit.
func (l InFlight) TTL(state []byte, now time.Time) time.Duration {
	if l.count(state, now) == 0 {
		return 0
	}
	changed := int64(binary.LittleEndian.Uint64(state[8:]))
	return time.Duration(changed - now.UnixNano() + int64(l.forgotten))
}

// Rank implements Limit.
func (l InFlight) Rank(state []byte, now time.Time) uint16 {
	return rank(l.count(state, now), l.most)
}

// Class implements Limit.
func (l InFlight) Class() uint8 { return class(3, l.most, int64(l.forgotten)) }
