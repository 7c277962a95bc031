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

// NewInFlight returns a limit. It returns false if a number is not positive.
func NewInFlight(most int64, forgotten time.Duration) (InFlight, bool) {
	return InFlight{most, forgotten}, most > 0 && most <= MaxRequests && forgotten > 0 && forgotten <= MaxPer
}

// Size implements Limit.
func (InFlight) Size() int { return 16 }

func (l InFlight) count(state []byte, t int64) int64 {
	if t-int64(binary.LittleEndian.Uint64(state[8:])) >= int64(l.forgotten) {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(state))
}

// Take implements Limit. When it is allowed again depends on others: RetryAfter is 0.
func (l InFlight) Take(state []byte, now time.Time, n int64) Result {
	count := l.count(state, now.UnixNano())
	if n > l.most {
		return Result{Remaining: max(l.most-count, 0), RetryAfter: Never}
	}
	if count+n > l.most {
		return Result{Remaining: max(l.most-count, 0)}
	}
	if n > 0 {
		l.write(state, now, count+n)
	}
	return Result{Allowed: true, Remaining: l.most - count - n}
}

func (l InFlight) write(state []byte, now time.Time, count int64) {
	binary.LittleEndian.PutUint64(state, uint64(count))
	binary.LittleEndian.PutUint64(state[8:], uint64(now.UnixNano()))
}

// Give implements Limit.
func (l InFlight) Give(state []byte, now time.Time, n int64) {
	l.write(state, now, max(l.count(state, now.UnixNano())-n, 0))
}

// TTL implements Limit.
func (l InFlight) TTL(state []byte, now time.Time) time.Duration {
	if l.count(state, now.UnixNano()) == 0 {
		return 0
	}
	return l.forgotten
}
