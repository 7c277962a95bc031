package limit

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func rate(t testing.TB, requests int64, per time.Duration, burst int64) Rate {
	t.Helper()
	r, ok := NewRate(requests, per, burst)
	if !ok {
		t.Fatalf("rate %d per %v, burst %d is out of bounds", requests, per, burst)
	}
	return r
}

// limits are limits of all kinds, some of them with numbers that do not divide.
func limits(t testing.TB) map[string]Limit {
	t.Helper()
	fixed, ok1 := NewFixed(7, 3*time.Second)
	sliding, ok2 := NewSliding(11, 7*time.Second)
	day, ok3 := NewCalendar(5, Day, time.UTC)
	inflight, ok4 := NewInFlight(4, time.Minute)
	lockout, ok5 := NewLockout(5, 20*time.Second, 7*time.Second, 2, time.Minute, 5*time.Minute)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		t.Fatal("a limit is out of bounds")
	}
	return map[string]Limit{
		"rate": rate(t, 100, time.Second, 20), "odd rate": rate(t, 7, 3*time.Second+1, 5), "slow rate": rate(t, 3, 30*24*time.Hour, 2),
		"fixed": fixed, "sliding": sliding, "day": day, "in flight": inflight, "lockout": lockout,
	}
}

// step is a random time to pass at a limit.
func step(random *rand.Rand, l Limit) time.Duration {
	if r, ok := l.(Rate); ok {
		return time.Duration(random.Int64N(2*r.time(1) + 1))
	}
	if f, ok := l.(Fixed); ok {
		if _, ok := f.window.(calendar); ok {
			return time.Duration(random.Int64N(int64(9 * time.Hour)))
		}
	}
	return time.Duration(random.Int64N(int64(2 * time.Second)))
}

// TestRetryAfterIsExact wants a cost that is refused to be allowed once RetryAfter has
// passed, and not a nanosecond before.
func TestRetryAfterIsExact(t *testing.T) {
	for name, l := range limits(t) {
		if name == "in flight" {
			continue // it depends on others
		}
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, 4))
			state, now, refused := make([]byte, l.Size()), start, 0
			for range 3000 {
				now = now.Add(step(random, l))
				n := 1 + random.Int64N(3)
				r := l.Take(state, now, n)
				if r.Allowed {
					if r.RetryAfter != 0 {
						t.Fatalf("allowed, and again after %v", r.RetryAfter)
					}
					continue
				}
				if r.RetryAfter == Never {
					continue
				}
				refused++
				if early := l.Take(bytes.Clone(state), now.Add(r.RetryAfter-1), n); r.RetryAfter < 1 || early.Allowed {
					t.Fatalf("%d allowed a nanosecond before %v", n, r.RetryAfter)
				}
				if late := l.Take(bytes.Clone(state), now.Add(r.RetryAfter), n); !late.Allowed {
					t.Fatalf("%d not allowed after %v, but after %v more", n, r.RetryAfter, late.RetryAfter)
				}
			}
			if refused < 100 {
				t.Errorf("%d refusals, want at least 100", refused)
			}
		})
	}
}

// TestRemainingIsExact wants what remains to be allowed at once, and one more not.
func TestRemainingIsExact(t *testing.T) {
	for name, l := range limits(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(5, 6))
			state, now := make([]byte, l.Size()), start
			for range 2000 {
				now = now.Add(step(random, l))
				r := l.Take(state, now, 1+random.Int64N(2))
				if !l.Take(bytes.Clone(state), now, r.Remaining).Allowed {
					t.Fatalf("%d remain and are not allowed", r.Remaining)
				}
				if l.Take(bytes.Clone(state), now, r.Remaining+1).Allowed {
					t.Fatalf("%d remain, and one more is allowed", r.Remaining)
				}
				if r.Reset > 0 {
					after := l.Take(bytes.Clone(state), now.Add(r.Reset), 0)
					if fresh := l.Take(make([]byte, l.Size()), now.Add(r.Reset), 0); after.Remaining != fresh.Remaining {
						t.Fatalf("%d after the reset, want %d", after.Remaining, fresh.Remaining)
					}
				}
			}
		})
	}
}

// TestAStateIsForgottenInTime wants a state to count as one of zeros after its TTL.
func TestAStateIsForgottenInTime(t *testing.T) {
	for name, l := range limits(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, 8))
			state, now := make([]byte, l.Size()), start
			for range 1000 {
				now = now.Add(step(random, l))
				l.Take(state, now, 1+random.Int64N(2))
				later := now.Add(l.TTL(state, now))
				if got, want := l.Take(bytes.Clone(state), later, 1), l.Take(make([]byte, l.Size()), later, 1); got != want {
					t.Fatalf("after the TTL %+v, want %+v", got, want)
				}
			}
		})
	}
}

// TestWhatIsGivenBackCanBeTakenAgain undoes what was taken, and nothing else.
func TestWhatIsGivenBackCanBeTakenAgain(t *testing.T) {
	for name, l := range limits(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(9, 10))
			state, now := make([]byte, l.Size()), start
			for range 1000 {
				now = now.Add(step(random, l))
				before := l.Take(bytes.Clone(state), now, 0).Remaining
				n := 1 + random.Int64N(3)
				if !l.Take(state, now, n).Allowed {
					continue
				}
				if random.IntN(2) == 0 {
					l.Give(state, now, n)
					// A rate rounds up to a nanosecond each time.
					if after := l.Take(bytes.Clone(state), now, 0).Remaining; after != before {
						t.Fatalf("%d remain after giving back, want %d", after, before)
					}
				}
			}
			if now = now.Add(l.TTL(state, now)); l.TTL(state, now) != 0 {
				t.Errorf("kept for %v after its TTL", l.TTL(state, now))
			}
			l.Take(state, now, 1)
			if l.Give(state, now, 1<<40); !bytes.Equal(state, make([]byte, l.Size())) || l.TTL(state, now) != 0 || l.Rank(state, now) != 0 {
				t.Errorf("%x after giving back all", state)
			}
		})
	}
}

// TestClocksThatJump: however the clock moves, a limit admits no more in a run than it
// would to a new key at each time that it was set forward beyond all times before.
func TestClocksThatJump(t *testing.T) {
	for name, l := range limits(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(11, 12))
			state, now := make([]byte, l.Size()), start
			for range 2000 {
				switch random.IntN(10) {
				case 0:
					now = now.Add(-time.Duration(random.Int64N(int64(48 * time.Hour))))
				case 1:
					now = now.Add(time.Duration(random.Int64N(int64(48 * time.Hour))))
				default:
					now = now.Add(step(random, l))
				}
				r := l.Take(state, now, 1)
				if r.Remaining < 0 || r.Reset < 0 || r.RetryAfter < 0 {
					t.Fatalf("%+v has a number below 0", r)
				}
				if ttl := l.TTL(state, now); ttl < 0 {
					t.Fatalf("ttl %v", ttl)
				}
			}
		})
	}
}

func TestTheClockSetBackGivesNothing(t *testing.T) {
	for name, l := range limits(t) {
		t.Run(name, func(t *testing.T) {
			state := make([]byte, l.Size())
			for l.Take(state, start, 1).Allowed {
			}
			if l.Take(state, start.Add(-time.Second), 1).Allowed {
				t.Error("a key that has used everything up gets more when the clock is set back")
			}
		})
	}
}

func TestCalendar(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string, zone *time.Location) time.Time {
		moment, err := time.ParseInLocation("2006-01-02 15:04:05", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	tests := []struct {
		name string
		unit Unit
		zone *time.Location
		now  string
		left time.Duration
	}{
		{"a day", Day, time.UTC, "2026-11-25 22:00:00", 2 * time.Hour},
		{"the day of 25 hours", Day, berlin, "2026-10-25 00:00:00", 25 * time.Hour},
		{"the day of 23 hours", Day, berlin, "2026-03-29 00:00:00", 23 * time.Hour},
		{"the second before midnight", Day, berlin, "2026-03-28 23:59:59", time.Second},
		{"February of a leap year", Month, time.UTC, "2028-02-01 00:00:00", 29 * 24 * time.Hour},
		{"the last hour of a year", Month, berlin, "2026-12-31 23:00:00", time.Hour},
		{"a year", Year, time.UTC, "2026-12-30 00:00:00", 48 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, ok := NewCalendar(1, tt.unit, tt.zone)
			if !ok {
				t.Fatal("out of bounds")
			}
			state, now := make([]byte, l.Size()), at(tt.now, tt.zone)
			if !l.Take(state, now, 1).Allowed {
				t.Fatal("the first is refused")
			}
			if r := l.Take(state, now, 1); r.Allowed || r.RetryAfter != tt.left || r.Reset != tt.left {
				t.Errorf("%+v, want a refusal for %v", r, tt.left)
			}
			if !l.Take(state, now.Add(tt.left), 1).Allowed {
				t.Error("refused in the next window")
			}
		})
	}
}

// TestSlidingIsBounded holds every stretch of a window's length against the bound of
// the documentation.
func TestSlidingIsBounded(t *testing.T) {
	l, _ := NewSliding(50, time.Second)
	random := rand.New(rand.NewPCG(13, 14))
	state, now := make([]byte, l.Size()), start
	var admitted []time.Time
	for range 20000 {
		now = now.Add(time.Duration(random.Int64N(int64(30 * time.Millisecond))))
		for range random.IntN(8) {
			if l.Take(state, now, 1).Allowed {
				admitted = append(admitted, now)
			}
		}
	}
	worst, first := 0, 0
	for i, at := range admitted {
		for !admitted[first].After(at.Add(-time.Second)) {
			first++
		}
		worst = max(worst, i-first+1)
	}
	if worst < 50 || worst >= 100 {
		t.Errorf("%d in a second at most, want from 50 to under 100", worst)
	}
}

func TestBounds(t *testing.T) {
	for _, tt := range []struct {
		requests int64
		per      time.Duration
		burst    int64
	}{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {-1, 1, 1}, {MaxRequests + 1, 1, 1}, {1, MaxPer + 1, 1}, {1, MaxPer, 101}, {1, time.Hour, MaxRequests}} {
		if _, ok := NewRate(tt.requests, tt.per, tt.burst); ok {
			t.Errorf("%v is accepted", tt)
		}
	}
	for _, tt := range []struct {
		requests int64
		per      time.Duration
		burst    int64
	}{{1, 1, 1}, {MaxRequests, 1, MaxRequests}, {1, MaxPer, 100}, {MaxRequests, MaxPer, MaxRequests}} {
		r, ok := NewRate(tt.requests, tt.per, tt.burst)
		if !ok {
			t.Errorf("%v is refused", tt)
			continue
		}
		state := make([]byte, 8)
		if got := r.Take(state, start, tt.burst); !got.Allowed {
			t.Errorf("%v: the burst is refused: %+v", tt, got)
		}
	}
}

// FuzzLimits: no state, whatever is in it, and no cost makes a limit panic, allow more
// than its whole at once, or say less than nothing.
func FuzzLimits(f *testing.F) {
	f.Add([]byte{1, 2, 3}, int64(5), int64(0))
	f.Add(bytes.Repeat([]byte{0xff}, 32), int64(1<<62), int64(-1<<62))
	f.Add(bytes.Repeat([]byte{0x80, 0, 0, 0, 0, 0, 0, 0}, 4), int64(1), int64(1<<60))
	f.Fuzz(func(t *testing.T, state []byte, n, now int64) {
		if n < 0 {
			n = -(n + 1)
		}
		// A clock may be wrong by a century, not by three.
		now %= int64(50 * MaxPer)
		for name, l := range limits(t) {
			s := make([]byte, l.Size())
			copy(s, state)
			at := time.Unix(0, now)
			taken, whole := int64(0), l.Whole()
			for i, cost := range []int64{n, 1, n % (whole + 1), 0, whole, 1} {
				r := l.Take(s, at, cost)
				if r.Allowed {
					taken += cost
				}
				if taken+r.Remaining > whole || r.Remaining < 0 || r.Reset < 0 || r.RetryAfter < 0 || r.Delay != 0 {
					t.Fatalf("%s, %d: %d of %d taken, and %+v", name, i, taken, whole, r)
				}
			}
			if ttl := l.TTL(s, at); ttl < 0 {
				t.Fatalf("%s: TTL %v", name, ttl)
			}
			if used, rank := l.Take(s, at, 0).Remaining < whole, l.Rank(s, at); used && rank == 0 {
				t.Fatalf("%s: something is used, and the rank is 0", name)
			}
			if r := l.Charge(s, at, n); r.Remaining < 0 || r.Reset < 0 || r.RetryAfter < 0 {
				t.Fatalf("%s: charged %d: %+v", name, n, r)
			}
			l.Give(s, at, n)
			if r := l.Take(s, at, whole+1); r.Allowed || r.RetryAfter != Never {
				t.Fatalf("%s: more than the whole: %+v", name, r)
			}
			copy(s, state)
			l.Give(s, at, n)
			if r := l.Take(s, at, 0); r.Remaining > whole {
				t.Fatalf("%s: %+v after giving back", name, r)
			}
		}
	})
}

// BenchmarkTake takes from a key that has taken once, and from one that has taken
// everything.
func BenchmarkTake(b *testing.B) {
	for name, l := range limits(b) {
		for _, used := range []int64{1, l.Whole()} {
			state := make([]byte, l.Size())
			l.Take(state, start, used)
			before, want := bytes.Clone(state), used < l.Whole()
			b.Run(map[bool]string{true: name + ", allowed", false: name + ", refused"}[want], func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					copy(state, before)
					if l.Take(state, start, 1).Allowed != want {
						b.Fatal("a wrong answer")
					}
				}
			})
		}
	}
}
