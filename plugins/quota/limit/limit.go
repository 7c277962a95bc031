package limit

import (
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
	// Delay is how long what was allowed has to be held back, so that it keeps the
	// limit; it is 0 but for what was taken with patience.
	Delay time.Duration
}

// Never is later than anything: the cost is larger than the limit.
const Never = time.Duration(math.MaxInt64)

// MaxDebt is how often the whole of a limit a key can owe besides having used it up.
// What is charged beyond that is not counted: a cost that nobody foresaw keeps a key
// out for a while, not for good.
const MaxDebt = 16

// MaxSize is the size of the largest state.
const MaxSize = 32

// Limit decides on costs. Whatever a state holds, no method panics and no more than
// Whole is allowed at once. A state that a clock has written which was wrong is
// mended by the next call, be it allowed or not.
type Limit interface {
	// Size is how many bytes the state of a key takes, at most MaxSize.
	Size() int
	// Whole is what a key that was never seen may take at once.
	Whole() int64
	// Take counts a cost of n, at least 0, if it is allowed, and changes state by it.
	// A state of zeros is that of a key which was never seen. A cost of 0 is always
	// allowed: it asks without taking.
	Take(state []byte, now time.Time, n int64) Result
	// Charge counts a cost of n, at least 0, whether it is allowed or not, and the
	// result tells whether it was. The key may go into debt by it, up to MaxDebt.
	Charge(state []byte, now time.Time, n int64) Result
	// Give takes n back that was counted, as far as it is still held against the key.
	// Where that is all of it the state is one of zeros again.
	Give(state []byte, now time.Time, n int64)
	// TTL is how long a state has to be kept that is as it is now: after it, it counts
	// as one of zeros does.
	TTL(state []byte, now time.Time) time.Duration
	// Rank says how much of the limit is used up: 0 for nothing, MaxRank for everything
	// or more, and in between the more the more, to a sixty-fourth. Of the keys of a
	// class what has the least of it is lost first where there is no room, so that
	// whoever wants a key forgotten has to take as much with others.
	Rank(state []byte, now time.Time) uint16
	// Class is the same for limits of the same kind and numbers, and most probably
	// another for others. Keys of one limit do not displace those of another that are
	// fewer.
	Class() uint8
}

// MaxRank is the rank of a key that has used up everything.
const MaxRank = 1<<12 - 1

// class mixes numbers.
func class(numbers ...int64) uint8 {
	h := uint64(0)
	for _, n := range numbers {
		// An odd number without a pattern (the golden ratio), as Fibonacci hashing has it.
		h = (h ^ uint64(n)) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	return uint8(h * 0x9e3779b97f4a7c15 >> 56)
}

// Bounds of the numbers of a limit. Within them no product leaves 128 bits, and no
// sum 64.
const (
	MaxRequests = 1 << 40
	MaxPer      = 366 * 24 * time.Hour
)

// rank is that of a key that has used so much. It has the first seven digits of the
// number and how many there are, in binary.
func rank(used, whole int64) uint16 {
	switch {
	case used <= 0:
		return 0
	case used >= whole:
		return MaxRank
	}
	rest := max(bits.Len64(uint64(used))-7, 0)
	return uint16(rest<<6 + int(used>>rest))
}

// owed is what is used after a charge.
func owed(used, n, whole int64) int64 { return used + min(n, whole*(1+MaxDebt)-used) }

// within is a number of a state that says what is used, as far as it can be.
func within(used uint64, whole int64) int64 { return int64(min(used, uint64(whole*(1+MaxDebt)))) }

// mulDiv is a × b / c rounded up, of numbers that are not negative; the result must
// fit 63 bits.
func mulDiv(a, b, c int64) int64 {
	if small(a, b) {
		// Quotient and remainder apart: there may be no room for what rounds up.
		q, r := uint64(a)*uint64(b)/uint64(c), uint64(a)*uint64(b)%uint64(c)
		if r > 0 {
			q++
		}
		return int64(q)
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	lo, carry := bits.Add64(lo, uint64(c-1), 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(c))
	return int64(q)
}

// mulDivDown is mulDiv rounded down.
func mulDivDown(a, b, c int64) int64 {
	if small(a, b) {
		return int64(uint64(a) * uint64(b) / uint64(c))
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}

// small tells whether a product fits 64 bits, as most do. Wasm has no instructions
// for more.
func small(a, b int64) bool { return uint64(a)|uint64(b) < 1<<32 }
