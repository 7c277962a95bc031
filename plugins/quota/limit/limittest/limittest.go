// Package limittest has a model of each kind of limit, as plain as it can be: exact
// fractions and lists of what happened. Tests run the same schedule through a limit
// and its model, which have to agree on every decision, however the clock moves.
package limittest

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"gatehouse/plugins/quota/limit"
)

// Model decides as a limit does on one key.
type Model interface {
	// Take and Charge tell whether a cost is allowed.
	Take(now time.Time, n int64) bool
	Charge(now time.Time, n int64) bool
	Give(now time.Time, n int64)
}

// Case is a limit and how to model a key of it.
type Case struct {
	Name  string
	Limit limit.Limit
	Model func() Model
	// Step is a time in which about one request is allowed.
	Step time.Duration
}

// Cases are limits of all kinds. Rates have intervals of whole nanoseconds, since a
// model in fractions does not round.
func Cases(t testing.TB) []Case {
	t.Helper()
	good := func(ok bool) {
		t.Helper()
		if !ok {
			t.Fatal("a limit is out of bounds")
		}
	}
	var cases []Case
	for _, r := range []struct {
		name     string
		requests int64
		per      time.Duration
		burst    int64
	}{{"rate", 100, time.Second, 20}, {"slow rate", 1, time.Hour, 1}, {"fast rate", 1_000_000, time.Second, 3}, {"deep rate", 8, time.Second, 1000}} {
		l, ok := limit.NewRate(r.requests, r.per, r.burst)
		good(ok)
		step := r.per / time.Duration(r.requests)
		cases = append(cases, Case{r.name, l, func() Model { return NewBucket(r.requests, r.per, r.burst) }, step})
	}
	fixed, ok := limit.NewFixed(7, 3*time.Second)
	good(ok)
	day, ok := limit.NewCalendar(5, limit.Day, time.UTC)
	good(ok)
	sliding, ok := limit.NewSliding(11, 7*time.Second)
	good(ok)
	inflight, ok := limit.NewInFlight(4, time.Minute)
	good(ok)
	lockout, ok := limit.NewLockout(5, time.Minute, 30*time.Second, 3, time.Hour, 4*time.Hour)
	good(ok)
	return append(cases,
		Case{"fixed window", fixed, func() Model { return &windows{requests: 7, per: 3 * time.Second} }, 400 * time.Millisecond},
		Case{"calendar day", day, func() Model { return &windows{requests: 5, per: 24 * time.Hour} }, 5 * time.Hour},
		Case{"sliding window", sliding, func() Model { return &windows{requests: 11, per: 7 * time.Second, sliding: true} }, 600 * time.Millisecond},
		Case{"in flight", inflight, func() Model { return &flights{most: 4, forgotten: time.Minute} }, 5 * time.Second},
		Case{"lockout", lockout, func() Model {
			return &guesses{failures: 5, per: time.Minute, block: 30 * time.Second, factor: 3, most: time.Hour, forget: 4 * time.Hour}
		}, 10 * time.Second},
	)
}

// Clock moves in steps of a case, now and then a little back, and seldom by hours.
func Clock(random *rand.Rand, now time.Time, step time.Duration) time.Time {
	switch random.IntN(60) {
	case 0:
		return now.Add(time.Duration(random.Int64N(int64(200 * step))))
	case 1:
		return now.Add(-time.Duration(random.Int64N(int64(200 * step))))
	case 2:
		return now.Add(-time.Duration(random.Int64N(int64(2 * step))))
	case 3:
		return now.Add(time.Duration(random.Int64N(int64(96*time.Hour))) - 48*time.Hour)
	case 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25:
		return now
	}
	return now.Add(time.Duration(random.Int64N(int64(2*step) + 1)))
}

// Bucket is a token bucket, by the time at which it is full, in exact fractions of a
// nanosecond.
type Bucket struct {
	interval, burst, full *big.Rat
}

// NewBucket returns a bucket that is full.
func NewBucket(requests int64, per time.Duration, burst int64) *Bucket {
	return &Bucket{big.NewRat(int64(per), requests), big.NewRat(burst, 1), new(big.Rat)}
}

// missing is how many tokens are missing, at most the debt and the bucket.
func (b *Bucket) missing(now time.Time) *big.Rat {
	missing := new(big.Rat).Sub(b.full, big.NewRat(now.UnixNano(), 1))
	missing.Quo(missing, b.interval)
	if missing.Sign() < 0 {
		return new(big.Rat)
	}
	if deepest := new(big.Rat).Mul(b.burst, big.NewRat(1+limit.MaxDebt, 1)); missing.Cmp(deepest) > 0 {
		b.set(now, deepest)
		return deepest
	}
	return missing
}

func (b *Bucket) set(now time.Time, missing *big.Rat) {
	b.full = new(big.Rat).Mul(missing, b.interval)
	b.full.Add(b.full, big.NewRat(now.UnixNano(), 1))
}

// Take implements Model.
func (b *Bucket) Take(now time.Time, n int64) bool {
	_, ok := b.TakeWithin(now, n, 0)
	return ok
}

// TakeWithin says how long a cost is held back that is allowed with patience.
func (b *Bucket) TakeWithin(now time.Time, n int64, patience time.Duration) (time.Duration, bool) {
	missing := b.missing(now)
	if n == 0 {
		return 0, true
	}
	after := new(big.Rat).Add(missing, big.NewRat(n, 1))
	beyond := new(big.Rat).Sub(after, b.burst)
	beyond.Mul(beyond, b.interval)
	if big.NewRat(n, 1).Cmp(b.burst) > 0 || beyond.Cmp(big.NewRat(int64(patience), 1)) > 0 {
		return 0, false
	}
	b.set(now, after)
	if beyond.Sign() <= 0 {
		return 0, true
	}
	// Rounded up; the fractions of these rates are whole.
	delay := new(big.Int).Quo(new(big.Int).Add(beyond.Num(), new(big.Int).Sub(beyond.Denom(), big.NewInt(1))), beyond.Denom())
	return time.Duration(delay.Int64()), true
}

// Charge implements Model.
func (b *Bucket) Charge(now time.Time, n int64) bool {
	after := new(big.Rat).Add(b.missing(now), big.NewRat(n, 1))
	if n > 0 {
		b.set(now, after)
		b.missing(now)
	}
	return n == 0 || after.Cmp(b.burst) <= 0
}

// Give implements Model.
func (b *Bucket) Give(now time.Time, n int64) {
	missing := b.missing(now)
	if missing.Sign() == 0 {
		return
	}
	if missing.Sub(missing, big.NewRat(n, 1)); missing.Sign() <= 0 {
		b.full = new(big.Rat) // long ago: nothing is known of the key
		return
	}
	b.set(now, missing)
}

// event is what was counted in a window.
type event struct {
	window, n int64
}

// windows is a list of what was counted. Its newest window may be the next one: of a
// clock that is a little ahead.
type windows struct {
	requests int64
	per      time.Duration
	sliding  bool
	events   []event
	newest   int64
}

// at is the window of now, and what counts in it and in the one before.
func (w *windows) at(now time.Time) (window int64, current, before int64) {
	window = new(big.Int).Div(big.NewInt(now.UnixNano()), big.NewInt(int64(w.per))).Int64()
	if ahead := w.newest - window; ahead > 1 {
		// A clock that was wrong: everything moves back.
		for i := range w.events {
			w.events[i].window -= ahead
		}
		w.newest -= ahead
	}
	window = max(window, w.newest)
	for _, e := range w.events {
		switch e.window {
		case window:
			current += e.n
		case window - 1:
			before += e.n
		}
	}
	return window, current, before
}

// fits tells whether a cost does: of the window before, the part counts that the
// window which has just passed still reaches back into.
func (w *windows) fits(now time.Time, n, current, before int64) bool {
	used := big.NewRat(current+n, 1)
	if w.sliding {
		inside := new(big.Int).Mod(big.NewInt(now.UnixNano()), big.NewInt(int64(w.per))).Int64()
		part := big.NewRat(int64(w.per)-inside, int64(w.per))
		used.Add(used, part.Mul(part, big.NewRat(before, 1)))
	}
	return n == 0 || used.Cmp(big.NewRat(w.requests, 1)) <= 0
}

func (w *windows) add(window, n int64) {
	w.newest = window
	w.events = append(w.events, event{window, n})
}

// Take implements Model.
func (w *windows) Take(now time.Time, n int64) bool {
	window, current, before := w.at(now)
	ok := w.fits(now, n, current, before)
	if ok && n > 0 {
		w.add(window, n)
	}
	return ok
}

// Charge implements Model.
func (w *windows) Charge(now time.Time, n int64) bool {
	window, current, before := w.at(now)
	if n > 0 {
		w.add(window, min(n, w.requests*(1+limit.MaxDebt)-current))
	}
	return w.fits(now, n, current, before)
}

// Give implements Model.
func (w *windows) Give(now time.Time, n int64) {
	window, current, before := w.at(now)
	reach := window
	if w.sliding {
		reach--
		current += before
	}
	if current == 0 {
		return
	}
	w.newest = window
	for i := len(w.events) - 1; i >= 0; i-- {
		if e := &w.events[i]; e.window >= reach && e.window <= window {
			back := min(n, e.n)
			e.n -= back
			n -= back
			current -= back
		}
	}
	if current == 0 {
		// Nothing is known of the key.
		w.newest, w.events = math.MinInt64/2, nil
	}
}

// flights is what is under way.
type flights struct {
	most      int64
	forgotten time.Duration
	count     int64
	changed   time.Time
}

// held is what is under way now.
func (f *flights) held(now time.Time) int64 {
	switch ago := now.Sub(f.changed); {
	case ago >= f.forgotten:
		return 0
	case ago < -f.forgotten:
		f.changed = now
	}
	return f.count
}

// Take implements Model.
func (f *flights) Take(now time.Time, n int64) bool {
	held := f.held(now)
	ok := n == 0 || held+n <= f.most
	if ok && n > 0 {
		f.count, f.changed = held+n, now
	}
	return ok
}

// Charge implements Model.
func (f *flights) Charge(now time.Time, n int64) bool {
	held := f.held(now)
	if n > 0 {
		f.count, f.changed = min(held+n, f.most*(1+limit.MaxDebt)), now
	}
	return n == 0 || held+n <= f.most
}

// Give implements Model.
func (f *flights) Give(now time.Time, n int64) {
	if held := f.held(now); held > 0 {
		f.count, f.changed = max(held-n, 0), now
	}
}

// guesses is every failure and every block.
type guesses struct {
	failures     int64
	per, block   time.Duration
	factor       int64
	most, forget time.Duration
	window       []time.Time // of the failures since the window began
	began        time.Time
	blocks       []time.Time // when they end
}

// forgotten tells whether nothing counts any more.
func (g *guesses) forgotten(now time.Time) bool {
	last, before := time.Unix(0, 0), time.Unix(0, 0)
	if len(g.blocks) > 0 {
		last = g.blocks[len(g.blocks)-1]
	}
	if len(g.blocks) > 1 {
		before = g.blocks[len(g.blocks)-2]
	}
	// What no clock can have written that was right.
	if len(g.window) > 0 && g.began.Sub(now) > g.per || last.Sub(now) > g.most || before.Sub(now) > g.most {
		if g.began.After(now) {
			g.began = now
		}
		if last.Sub(now) > g.most {
			g.blocks[len(g.blocks)-1] = now.Add(g.most)
		}
		for i := range len(g.blocks) - 1 {
			if g.blocks[i].After(now) {
				g.blocks[i] = now
			}
		}
	}
	end := time.Unix(0, 0)
	if len(g.window) > 0 {
		end = g.began.Add(g.per)
	}
	if len(g.blocks) > 0 {
		if last := g.blocks[len(g.blocks)-1]; last.After(end) {
			end = last
		}
		end = end.Add(g.forget)
	}
	return !now.Before(end)
}

func (g *guesses) full() bool { return int64(len(g.window)) == g.failures }

// free is how many guesses are left.
func (g *guesses) free(now time.Time) int64 {
	switch {
	case g.forgotten(now):
		return g.failures
	case g.full() && now.Before(g.blocks[len(g.blocks)-1]):
		return 0
	case g.full(), len(g.window) == 0, !now.Before(g.began.Add(g.per)):
		return g.failures
	}
	return g.failures - int64(len(g.window))
}

func (g *guesses) fail(now time.Time, n int64) {
	if g.forgotten(now) {
		g.window, g.blocks = nil, nil
	}
	if g.free(now) == g.failures {
		g.window, g.began = nil, now
	}
	for range n {
		g.window = append(g.window, now)
	}
	if g.full() {
		length := g.block
		for range g.blocks {
			length = min(length*time.Duration(g.factor), g.most)
		}
		g.blocks = append(g.blocks, now.Add(length))
	}
}

// Take implements Model.
func (g *guesses) Take(now time.Time, n int64) bool {
	free := g.free(now)
	if n > free {
		return false
	}
	if n > 0 {
		g.fail(now, n)
	}
	return true
}

// Charge implements Model.
func (g *guesses) Charge(now time.Time, n int64) bool {
	free := g.free(now)
	switch {
	case n == 0:
		return true
	case free == 0:
		length := g.block
		for range len(g.blocks) - 1 {
			length = min(length*time.Duration(g.factor), g.most)
		}
		if until := now.Add(length); until.After(g.blocks[len(g.blocks)-1]) {
			g.blocks[len(g.blocks)-1] = until
		}
		return false
	}
	g.fail(now, min(n, free))
	return n <= free
}

// Give implements Model.
func (g *guesses) Give(now time.Time, n int64) {
	if g.forgotten(now) || n == 0 || len(g.window) == 0 {
		return
	}
	if g.full() {
		g.blocks = g.blocks[:len(g.blocks)-1]
	}
	if g.window = g.window[:max(int64(len(g.window))-n, 0)]; g.forgotten(now) {
		g.window, g.blocks = nil, nil
	}
}
