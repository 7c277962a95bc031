package limit

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// Result is what a limit says of a cost.
type Result struct {
	// Allowed says that the cost was within the limit, and was counted.
	Allowed bool
	// Remaining is what could be taken at this moment, after this.
	Remaining int64
	// Reset is how long it takes until all of the limit can be taken again, if
	// nothing else is.
	Reset time.Duration
	// RetryAfter is how long it takes until the same cost is allowed, if nothing else
	// is taken; 0 if it was, and Never if it never is.
	RetryAfter time.Duration
}

// Never is later than anything: the cost is larger than the limit.
const Never = time.Duration(math.MaxInt64)

// Limit decides on costs.
type Limit interface {
	// Size is how many bytes the state of a key takes.
	Size() int
	// Take counts a cost of n, at least 0, if it is allowed, and changes state by it.
	// A state of zeros is that of a key which was never seen. A cost of 0 asks
	// without taking.
	Take(state []byte, now time.Time, n int64) Result
	// Give takes n back that was counted, as far as it is still held against the key.
	Give(state []byte, now time.Time, n int64)
	// TTL is how long a state has to be kept that is as it is now: after it, it counts
	// as one of zeros does.
	TTL(state []byte, now time.Time) time.Duration
}

// Rate is a token bucket by GCRA (ITU-T I.371, Annex A): Requests in each Per,
// sustained, and Burst at once. The state is the time at which the bucket is full.
// It is exact to the nanosecond, however small the rate.
type Rate struct {
	requests, burst int64
	// per is in nanoseconds.
	per int64
}

// Bounds of a Rate. Within them no product leaves 128 bits, and no sum 64.
const (
	MaxRequests = 1 << 40
	MaxPer      = 366 * 24 * time.Hour
)

// NewRate returns a rate, and false if a number is not positive or out of bounds.
func NewRate(requests int64, per time.Duration, burst int64) (Rate, bool) {
	ok := requests > 0 && requests <= MaxRequests && burst > 0 && burst <= MaxRequests && per > 0 && per <= MaxPer
	if ok {
		// The whole bucket must be full within the range of times.
		hi, _ := bits.Mul64(uint64(burst), uint64(per))
		ok = hi < uint64(requests) && mulDiv(burst, int64(per), requests) <= int64(100*MaxPer)
	}
	return Rate{requests, burst, int64(per)}, ok
}

// mulDiv is a × b / c rounded up, of numbers that are not negative; the result must
// fit 63 bits.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	lo, carry := bits.Add64(lo, uint64(c-1), 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(c))
	return int64(q)
}

// mulDivDown is mulDiv rounded down.
func mulDivDown(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}

// Size implements Limit.
func (Rate) Size() int { return 8 }

// time is how long n requests take to come back.
func (r Rate) time(n int64) int64 { return mulDiv(n, r.per, r.requests) }

// Take implements Limit.
func (r Rate) Take(state []byte, now time.Time, n int64) Result {
	t := now.UnixNano()
	full := r.full(state, t)
	window := r.time(r.burst)
	if n > r.burst {
		return r.result(false, full, t, window, Never)
	}
	next := full + r.time(n)
	if wait := next - window - t; wait > 0 {
		return r.result(false, full, t, window, time.Duration(wait))
	}
	if n > 0 {
		binary.LittleEndian.PutUint64(state, uint64(next))
	}
	return r.result(true, next, t, window, 0)
}

// full is the time at which the bucket is full. One that lies further ahead than the
// bucket is deep was written by a clock that was wrong, and counts as empty.
func (r Rate) full(state []byte, t int64) int64 {
	full := int64(binary.LittleEndian.Uint64(state))
	return min(max(full, t), t+r.time(r.burst))
}

func (r Rate) result(allowed bool, full, t, window int64, retry time.Duration) Result {
	return Result{
		Allowed:    allowed,
		Remaining:  min(mulDivDown(max(window-(full-t), 0), r.requests, r.per), r.burst),
		Reset:      time.Duration(full - t),
		RetryAfter: retry,
	}
}

// Give implements Limit.
func (r Rate) Give(state []byte, now time.Time, n int64) {
	t := now.UnixNano()
	full := r.full(state, t)
	binary.LittleEndian.PutUint64(state, uint64(max(full-r.time(min(n, r.burst)), t)))
}

// TTL implements Limit.
func (r Rate) TTL(state []byte, now time.Time) time.Duration {
	t := now.UnixNano()
	return time.Duration(r.full(state, t) - t)
}
