package limit

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// Rate is a token bucket by GCRA (ITU-T I.371, Annex A): Requests in each Per,
// sustained, and Burst at once. The state is the time at which the bucket is full.
// It is exact to the nanosecond, however small the rate.
type Rate struct {
	requests, burst int64
	// per is in nanoseconds, and so are window, how long an empty bucket takes to
	// fill, and deepest, how long it takes at most.
	per, window, deepest int64
}

// NewRate returns a rate, and false if a number is not positive or out of bounds.
func NewRate(requests int64, per time.Duration, burst int64) (Rate, bool) {
	ok := requests > 0 && requests <= MaxRequests && burst > 0 && burst <= MaxRequests && per > 0 && per <= MaxPer
	if !ok {
		return Rate{}, false
	}
	// The whole bucket must be full within the range of times, and so must the debt,
	// which is cut where the bucket is deeper than years.
	hi, _ := bits.Mul64(uint64(burst), uint64(per))
	if hi >= uint64(requests) {
		return Rate{}, false
	}
	r := Rate{requests: requests, burst: burst, per: int64(per), window: mulDiv(burst, int64(per), requests)}
	if r.window > int64(100*MaxPer) {
		return Rate{}, false
	}
	r.deepest = r.window + min(r.window, int64(50*MaxPer)/MaxDebt)*MaxDebt
	return r, true
}

// Size implements Limit.
func (Rate) Size() int { return 8 }

// Whole implements Limit.
func (r Rate) Whole() int64 { return r.burst }

// time is how long n requests take to come back, or deepest if that is shorter.
func (r Rate) time(n int64) int64 {
	if small(n, r.per) {
		return min(mulDiv(n, r.per, r.requests), r.deepest)
	}
	hi, lo := bits.Mul64(uint64(n), uint64(r.per))
	lo, carry := bits.Add64(lo, uint64(r.requests-1), 0)
	if hi += carry; hi >= uint64(r.requests) {
		return r.deepest
	}
	q, _ := bits.Div64(hi, lo, uint64(r.requests))
	return int64(min(q, uint64(r.deepest)))
}

// Take implements Limit.
func (r Rate) Take(state []byte, now time.Time, n int64) Result {
	return r.TakeWithin(state, now, n, 0)
}

// TakeWithin is Take with patience: a cost that would be allowed within it is taken
// now, and the result says by how much it has to be delayed. What leaves after its
// delay keeps the rate as exactly as what is taken without, and in the order in which
// it came: a leaky bucket with a queue. RetryAfter is how long it takes until the
// cost is allowed with the same patience. A patience of more than MaxDebt buckets is
// one of MaxDebt.
func (r Rate) TakeWithin(state []byte, now time.Time, n int64, patience time.Duration) Result {
	t := now.UnixNano()
	ahead := r.ahead(state, t)
	switch {
	case n == 0:
		return r.result(true, ahead, 0)
	case n > r.burst:
		return r.result(false, ahead, Never)
	}
	next := ahead + r.time(n)
	wait := max(next-r.window, 0)
	if early := wait - min(max(int64(patience), 0), r.deepest-r.window); early > 0 {
		return r.result(false, ahead, time.Duration(early))
	}
	r.write(state, t, next)
	result := r.result(true, next, 0)
	result.Delay = time.Duration(wait)
	return result
}

// ahead is how long it takes until the bucket is full. What lies further ahead than
// the deepest debt was written by a clock that was wrong: it counts as that debt, from
// now on.
func (r Rate) ahead(state []byte, t int64) int64 {
	full := int64(binary.LittleEndian.Uint64(state))
	if full <= t {
		return 0
	}
	// Unsigned, the difference fits whatever the two are.
	ahead := uint64(full) - uint64(t)
	if ahead > uint64(r.deepest) {
		r.write(state, t, r.deepest)
		return r.deepest
	}
	return int64(ahead)
}

func (r Rate) write(state []byte, t, ahead int64) {
	binary.LittleEndian.PutUint64(state, uint64(t+ahead))
}

func (r Rate) result(allowed bool, ahead int64, retry time.Duration) Result {
	return Result{
		Allowed:    allowed,
		Remaining:  min(mulDivDown(max(r.window-ahead, 0), r.requests, r.per), r.burst),
		Reset:      time.Duration(ahead),
		RetryAfter: retry,
	}
}

// Charge implements Limit.
func (r Rate) Charge(state []byte, now time.Time, n int64) Result {
	t := now.UnixNano()
	ahead := r.ahead(state, t)
	cost := r.time(n)
	next := ahead + min(cost, r.deepest-ahead)
	if n > 0 {
		r.write(state, t, next)
	}
	switch {
	case n > r.burst:
		return r.result(false, next, Never)
	case n > 0 && ahead+cost > r.window:
		// The same cost, once more: what was charged is held against it as well.
		return r.result(false, next, time.Duration(next+cost-r.window))
	}
	return r.result(true, next, 0)
}

// Give implements Limit.
func (r Rate) Give(state []byte, now time.Time, n int64) {
	t := now.UnixNano()
	ahead := r.ahead(state, t)
	switch back := r.time(n); {
	case ahead > back:
		r.write(state, t, ahead-back)
	case ahead > 0:
		clear(state[:r.Size()])
	}
}

// TTL implements Limit.
func (r Rate) TTL(state []byte, now time.Time) time.Duration {
	return time.Duration(r.ahead(state, now.UnixNano()))
}

// Rank implements Limit.
func (r Rate) Rank(state []byte, now time.Time) uint16 {
	ahead := r.ahead(state, now.UnixNano())
	if ahead >= r.window {
		return MaxRank
	}
	return rank(mulDiv(ahead, r.requests, r.per), r.burst)
}

// Class implements Limit.
func (r Rate) Class() uint8 { return class(1, r.requests, r.per, r.burst) }
