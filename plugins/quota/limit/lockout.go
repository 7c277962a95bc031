package limit

import (
	"encoding/binary"
	"math"
	"time"
)

// Lockout guards against guessing: so many failures are allowed in a time from the
// first one, and the last of them begins a block. Each further block is longer, until
// the key is forgotten.
//
// It counts pessimistically: Take counts a failure when the guess begins, and Give
// says that it was none and undoes it, with the block that it has begun. So guesses
// made at the same time cannot exceed the limit. What is given back after the window
// of its Take is over counts for the window of that time, if there is one: there may
// be one more guess for each success that took so long.
//
// The state is when the window of failures began, when the last block ends and when
// the one before it did, how many failures there were in the window, and how many
// blocks. As many failures as are allowed mean that the last block is theirs.
type Lockout struct {
	failures                int64
	per, block, most, quiet int64
	factor                  int64
}

// NewLockout returns a limit of failures in a time per. The first block takes block,
// each further one factor times the one before, up to most. The blocks are forgotten
// once forget has passed since the last window with a failure or the last block ended.
// It returns false if a number is not positive or out of bounds, or most is less than
// block.
func NewLockout(failures int64, per, block time.Duration, factor int64, most, forget time.Duration) (Lockout, bool) {
	ok := failures > 0 && failures <= math.MaxInt32 && factor > 0 && factor <= MaxRequests && block > 0 && block <= most
	for _, d := range []time.Duration{per, most, forget} {
		ok = ok && d > 0 && d <= MaxPer
	}
	return Lockout{failures: failures, per: int64(per), block: int64(block), most: int64(most), quiet: int64(forget), factor: factor}, ok
}

// Size implements Limit.
func (Lockout) Size() int { return 32 }

// Whole implements Limit.
func (l Lockout) Whole() int64 { return l.failures }

// guesses is a state of Lockout, read. Times are nanoseconds since 1970.
type guesses struct {
	began, until, before int64
	failures, blocks     int64
}

func (g *guesses) write(state []byte) {
	binary.LittleEndian.PutUint64(state, uint64(g.began))
	binary.LittleEndian.PutUint64(state[8:], uint64(g.until))
	binary.LittleEndian.PutUint64(state[16:], uint64(g.before))
	binary.LittleEndian.PutUint32(state[24:], uint32(g.failures))
	binary.LittleEndian.PutUint32(state[28:], uint32(g.blocks))
}

// read reads a state. Times further ahead than the limit reaches were written by a
// clock that was wrong: they count as ones of now, from now on.
func (l Lockout) read(state []byte, t int64) guesses {
	g := guesses{
		began:    int64(binary.LittleEndian.Uint64(state)),
		until:    int64(binary.LittleEndian.Uint64(state[8:])),
		before:   int64(binary.LittleEndian.Uint64(state[16:])),
		failures: min(int64(binary.LittleEndian.Uint32(state[24:])), l.failures),
		blocks:   int64(binary.LittleEndian.Uint32(state[28:])),
	}
	if g.failures > 0 && g.began > t+l.per || g.until > t+l.most || g.before > t+l.most {
		g.began, g.until, g.before = min(g.began, t), min(g.until, t+l.most), min(g.before, t)
		g.write(state)
	}
	if t >= l.forgotten(g) {
		return guesses{}
	}
	return g
}

// forgotten is when a state counts as one of zeros.
func (l Lockout) forgotten(g guesses) int64 {
	end := int64(0)
	if g.failures > 0 {
		end = g.began + l.per
	}
	if g.blocks > 0 {
		end = max(end, g.until) + l.quiet
	}
	return end
}

// blocked tells whether a block is on.
func (l Lockout) blocked(g guesses, t int64) bool { return g.failures == l.failures && t < g.until }

// over tells whether the window of failures is over: its time has passed, or the block
// that they have begun.
func (l Lockout) over(g guesses, t int64) bool {
	if g.failures == l.failures {
		return t >= g.until
	}
	return g.failures == 0 || t >= g.began+l.per
}

// length is how long a block takes, the first one's number being 1.
func (l Lockout) length(number int64) int64 {
	length := l.block
	for ; number > 1 && l.factor > 1 && length < l.most; number-- {
		if length > l.most/l.factor {
			return l.most
		}
		length *= l.factor
	}
	return length
}

// count adds failures to a window, as many as are free.
func (l Lockout) count(g *guesses, t, n int64) {
	if l.over(*g, t) {
		g.began, g.failures = t, 0
	}
	if g.failures += n; g.failures == l.failures {
		g.before, g.blocks = g.until, min(g.blocks+1, math.MaxUint32)
		g.until = t + l.length(g.blocks)
	}
}

// free is how many failures are allowed.
func (l Lockout) free(g guesses, t int64) int64 {
	if l.over(g, t) {
		return l.failures
	}
	return l.failures - g.failures
}

// result is what is said of a cost of n when so many are free.
func (l Lockout) result(g guesses, t, n int64) Result {
	r := Result{Remaining: l.free(g, t)}
	if !l.over(g, t) {
		r.Reset = time.Duration(g.began + l.per - t)
		if g.failures == l.failures {
			r.Reset = time.Duration(g.until - t)
		}
	}
	switch {
	case n > l.failures:
		r.RetryAfter = Never
	case n > r.Remaining:
		r.RetryAfter = r.Reset
	default:
		r.Allowed = true
	}
	return r
}

// Take implements Limit.
func (l Lockout) Take(state []byte, now time.Time, n int64) Result {
	t := now.UnixNano()
	g := l.read(state, t)
	r := l.result(g, t, n)
	if !r.Allowed || n == 0 {
		return r
	}
	l.count(&g, t, n)
	g.write(state)
	after := l.result(g, t, 0)
	r.Remaining, r.Reset = after.Remaining, after.Reset
	return r
}

// Charge implements Limit. While a block is on it begins anew, as long as it was.
func (l Lockout) Charge(state []byte, now time.Time, n int64) Result {
	t := now.UnixNano()
	g := l.read(state, t)
	r := l.result(g, t, n)
	if n == 0 {
		return r
	}
	if l.blocked(g, t) {
		g.until = max(g.until, t+l.length(g.blocks))
	} else {
		l.count(&g, t, min(n, r.Remaining))
	}
	g.write(state)
	after := l.result(g, t, n)
	r.Remaining, r.Reset = after.Remaining, after.Reset
	if !r.Allowed {
		r.RetryAfter = after.RetryAfter
	}
	return r
}

// Give implements Limit.
func (l Lockout) Give(state []byte, now time.Time, n int64) {
	t := now.UnixNano()
	g := l.read(state, t)
	if g.failures == 0 || n == 0 {
		return
	}
	if g.failures == l.failures {
		g.until, g.blocks = g.before, max(g.blocks-1, 0)
	}
	if g.failures = max(g.failures-n, 0); t >= l.forgotten(g) {
		g = guesses{}
	}
	g.write(state)
}

// TTL implements Limit.
func (l Lockout) TTL(state []byte, now time.Time) time.Duration {
	t := now.UnixNano()
	return time.Duration(max(l.forgotten(l.read(state, t))-t, 0))
}

// Rank implements Limit. A key that has been blocked has used up everything: its next
// block would be the first again.
func (l Lockout) Rank(state []byte, now time.Time) uint16 {
	g := l.read(state, now.UnixNano())
	if g.blocks > 0 {
		return MaxRank
	}
	return rank(g.failures, l.failures)
}

// Class implements Limit.
func (l Lockout) Class() uint8 {
	return class(4, l.failures, l.per, l.block, l.factor, l.most, l.quiet)
}
