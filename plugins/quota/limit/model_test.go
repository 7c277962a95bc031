package limit_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"gatehouse/plugins/quota/limit"
	"gatehouse/plugins/quota/limit/limittest"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// TestModels runs random schedules through each limit and through its model: what is
// taken, charged and given back, while the clock moves and jumps both ways.
func TestModels(t *testing.T) {
	const runs, steps = 40, 1000
	for _, c := range limittest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(21, 22))
			allowed, refused := 0, 0
			for run := range runs {
				state, model, now := make([]byte, c.Limit.Size()), c.Model(), start
				for i := range steps {
					now = limittest.Clock(random, now, c.Step)
					n := random.Int64N(min(c.Limit.Whole()+1, 4) + 1)
					op, got, want := "take", false, false
					switch random.IntN(12) {
					case 0:
						op = "charge"
						if random.IntN(10) == 0 {
							n *= c.Limit.Whole()
						}
						got, want = c.Limit.Charge(state, now, n).Allowed, model.Charge(now, n)
					case 1, 2:
						op = "give"
						c.Limit.Give(state, now, n)
						model.Give(now, n)
					default:
						got, want = c.Limit.Take(state, now, n).Allowed, model.Take(now, n)
						if got {
							allowed++
						} else {
							refused++
						}
					}
					if got != want {
						t.Fatalf("run %d, step %d: %s %d at %v: %t, want %t", run, i, op, n, now.Sub(start), got, want)
					}
				}
			}
			if min(allowed, refused) < runs*steps/20 {
				t.Errorf("%d allowed and %d refused, want at least %d of each", allowed, refused, runs*steps/20)
			}
		})
	}
}

// TestDelaysKeepTheRate takes with patience, and runs the times at which it leaves
// through a bucket without any: each has to be allowed, in the order in which they
// came, and no sooner.
func TestDelaysKeepTheRate(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 24))
	delayed, refused := 0, 0
	for range 200 {
		l, ok := limit.NewRate(50, time.Second, 5)
		if !ok {
			t.Fatal("out of bounds")
		}
		state, now, left := make([]byte, l.Size()), start, start
		model, leaving := limittest.NewBucket(50, time.Second, 5), limittest.NewBucket(50, time.Second, 5)
		for range 500 {
			now = now.Add(time.Duration(random.Int64N(int64(50 * time.Millisecond))))
			n, patience := 1+random.Int64N(3), time.Duration(random.Int64N(int64(200*time.Millisecond)))
			r := l.TakeWithin(state, now, n, patience)
			if delay, ok := model.TakeWithin(now, n, patience); ok != r.Allowed || delay != r.Delay {
				t.Fatalf("%+v, want %v after %v", r, ok, delay)
			}
			if !r.Allowed {
				refused++
				if soon := l.TakeWithin(append([]byte(nil), state...), now.Add(r.RetryAfter-1), n, patience); soon.Allowed {
					t.Fatalf("allowed a nanosecond before %v", r.RetryAfter)
				}
				if late := l.TakeWithin(append([]byte(nil), state...), now.Add(r.RetryAfter), n, patience); !late.Allowed || late.Delay != patience {
					t.Fatalf("%+v after %v", late, r.RetryAfter)
				}
				continue
			}
			if r.Delay > patience {
				t.Fatalf("held back for %v, patience %v", r.Delay, patience)
			}
			at := now.Add(r.Delay)
			if at.Before(left) {
				t.Fatalf("%v leaves before what came first", at.Sub(start))
			}
			if r.Delay > 0 {
				delayed++
				early := *leaving
				if early.Take(at.Add(-1), n) {
					t.Fatalf("%d could leave a nanosecond sooner than after %v", n, r.Delay)
				}
			}
			if !leaving.Take(at, n) {
				t.Fatalf("%d after %v does not keep the rate", n, r.Delay)
			}
			left = at
		}
	}
	if min(delayed, refused) < 10000 {
		t.Errorf("%d delayed and %d refused, want at least 10000 of each", delayed, refused)
	}
}

// TestParallelGuesses starts many guesses before any has failed: no more are allowed
// than one after the other, and those that were none give their place back.
func TestParallelGuesses(t *testing.T) {
	l, ok := limit.NewLockout(5, time.Minute, time.Minute, 2, 10*time.Minute, time.Hour)
	if !ok {
		t.Fatal("out of bounds")
	}
	state, allowed := make([]byte, l.Size()), 0
	for range 100 {
		if l.Take(state, start, 1).Allowed {
			allowed++
		}
	}
	if allowed != 5 {
		t.Fatalf("%d guesses at the same time, want 5", allowed)
	}
	l.Give(state, start, 1)
	if r := l.Take(state, start, 0); !r.Allowed || r.Remaining != 1 {
		t.Fatalf("after a good one: %+v, want 1", r)
	}
	l.Give(state, start, 4)
	for _, b := range state[24:] {
		if b != 0 {
			t.Fatalf("%x after all were good", state)
		}
	}
}

// TestBlocksGrow fails on and on, as soon as it is allowed.
func TestBlocksGrow(t *testing.T) {
	l, _ := limit.NewLockout(2, time.Minute, 10*time.Second, 3, 100*time.Second, time.Hour)
	state, now := make([]byte, l.Size()), start
	for i, want := range []time.Duration{10, 30, 90, 100, 100} {
		for range 2 {
			if !l.Take(state, now, 1).Allowed {
				t.Fatalf("block %d: no guess", i)
			}
		}
		r := l.Take(state, now, 1)
		if r.Allowed || r.RetryAfter != want*time.Second {
			t.Fatalf("block %d: %+v, want %v s", i, r, int64(want))
		}
		now = now.Add(r.RetryAfter)
	}
	if ttl := l.TTL(state, now); ttl != time.Hour {
		t.Errorf("forgotten after %v, want an hour", ttl)
	}
	now = now.Add(time.Hour)
	l.Take(state, now, 2)
	if r := l.Take(state, now, 1); r.RetryAfter != 10*time.Second {
		t.Errorf("after an hour: %+v, want the first block again", r)
	}
}

// TestAWrongClockIsMended: what was written by a clock that was years ahead holds a
// key for no longer than the limit reaches, even if all it asks for is refused.
func TestAWrongClockIsMended(t *testing.T) {
	for _, c := range limittest.Cases(t) {
		state := make([]byte, c.Limit.Size())
		ahead := start.AddDate(50, 0, 0)
		for range 2 * c.Limit.Whole() {
			c.Limit.Take(state, ahead, 1)
		}
		now := start
		if c.Limit.Take(state, now, 1).Allowed {
			t.Errorf("%s: allowed when the clock is set back", c.Name)
		}
		now = now.Add(c.Limit.TTL(state, now))
		if now.Sub(start) > limit.MaxPer {
			t.Errorf("%s: kept for %v", c.Name, now.Sub(start))
		}
		if r := c.Limit.Take(state, now, c.Limit.Whole()); !r.Allowed {
			t.Errorf("%s: refused after %v: %+v", c.Name, now.Sub(start), r)
		}
	}
}
