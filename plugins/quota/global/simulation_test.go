package global

import (
	"fmt"
	"testing"
	"time"
)

// held is how many hits of a window gateways hold at most that no request has used,
// which is the bound on what is admitted in the next one beyond its limit: a lease and
// the half of one that was left when it was asked for, and what was granted to the
// requests that wait just then.
func held(w *world, waiting int64) int64 {
	batch := min(w.config.MaxBatch, max(int64(w.service.limit)/portion, 1))
	return min(int64(w.service.limit), int64(len(w.gateways))*(batch+batch/2+waiting))
}

// figures are what a run came to.
type figures struct {
	requests, calls, waited int64
	windows                 int
	// total is what was admitted in all windows, most in one of them.
	total, most, least int64
}

func (f figures) String() string {
	percent := func(a, b int64) float64 { return 100 * float64(a) / float64(max(b, 1)) }
	return fmt.Sprintf("%d requests, calls %.2f %%, waited %.2f %%, %d windows of %d to %d, %d in all", f.requests, percent(f.calls, f.requests), percent(f.waited, f.requests),
		f.windows, f.least, f.most, f.total)
}

func (w *world) figures() figures {
	f := figures{calls: int64(len(w.calls)), waited: w.waited, requests: w.outcomes[Allowed] + w.outcomes[Denied] + w.outcomes[Unavailable], windows: len(w.admitted), least: 1 << 62}
	for _, n := range w.admitted {
		f.total += n
		f.most, f.least = max(f.most, n), min(f.least, n)
	}
	return f
}

// TestFigures holds what the documentation says of steady and of saturating load.
func TestFigures(t *testing.T) {
	tests := []struct {
		name      string
		limit     uint32
		unit      Unit
		gateways  int
		demand    float64 // of the limit
		skew      time.Duration
		mostCalls float64 // of 1 request
		least     float64 // of the limit, or of the demand if that is less
	}{
		{"one gateway at half the limit", 1000, Second, 1, 0.5, 0, 0.02, 0.999},
		{"half the limit", 1000, Second, 3, 0.5, 0, 0.05, 0.999},
		{"just over the limit", 1000, Second, 3, 1.05, 0, 0.05, 0.98},
		{"twice the limit", 1000, Second, 3, 2, 0, 0.03, 0.98},
		{"ten times the limit", 1000, Second, 3, 10, 0, 0.02, 0.97},
		{"clocks that are apart", 1000, Second, 3, 2, 300 * time.Millisecond, 0.03, 0.97},
		{"a small limit", 100, Second, 3, 2, 0, 0.15, 0.98},
		{"half the limit of a minute", 6000, Minute, 3, 0.5, 0, 0.04, 0.999},
		{"just over the limit of a minute", 6000, Minute, 3, 1.05, 0, 0.04, 0.995},
		{"twice the limit of a minute", 6000, Minute, 3, 2, 0, 0.03, 0.995},
		{"clocks that are apart by minutes", 6000, Minute, 3, 2, 100 * time.Second, 0.03, 0.99},
		{"many gateways", 6000, Minute, 16, 2, 0, 0.04, 0.99},
		{"a small limit of a minute", 300, Minute, 3, 2, 0, 0.10, 0.99},
		{"a day", 20_000, Day, 3, 1.2, 0, 0.05, 0.995},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := newModel(tt.limit, tt.unit)
			w := newWorld(t, 1, tt.gateways, 4, Config{MaxBatch: 10_000}, service)
			for i, g := range w.gateways {
				g.skew = tt.skew * time.Duration(i-1)
			}
			length := time.Duration(service.unit.length()) * time.Millisecond
			windows := max(2, int(20*time.Second/length))
			if tt.unit == Minute {
				windows = 6
			}
			// start is not the beginning of a day.
			begin := start.Add(length).Truncate(length).Sub(start) % length
			w.now = begin
			w.load(1, tt.demand*float64(tt.limit)/length.Seconds(), begin+time.Duration(windows)*length)
			w.run(begin + time.Duration(windows)*length - 1)
			f := w.figures()
			t.Log(f, "burnt", w.burnt)
			if calls := float64(f.calls) / float64(f.requests); calls > tt.mostCalls {
				t.Errorf("%.2f %% calls, want at most %v %%", 100*calls, 100*tt.mostCalls)
			}
			if want := min(float64(f.requests), float64(windows)*float64(tt.limit)) * tt.least; float64(f.total) < want {
				t.Errorf("admitted %d, want %.0f at least", f.total, want)
			}
			if most := int64(tt.limit) + held(w, 20); f.most > most {
				t.Errorf("admitted %d in a window, want %d at most", f.most, most)
			}
			if tt.skew == 0 && f.most > int64(tt.limit)+20 {
				t.Errorf("admitted %d in a window although clocks agree", f.most)
			}
			if w.outcomes[Unavailable] > 0 {
				t.Errorf("%d requests without a verdict", w.outcomes[Unavailable])
			}
		})
	}
}

// TestTheBoundHoldsWhateverHappens lets gateways restart, messages get lost or slow,
// the service pause, clocks be apart, threads get into each other's way and rates
// change, all at random, and holds every window and every run of windows against the
// bound.
func TestTheBoundHoldsWhateverHappens(t *testing.T) {
	runs, over := 40, int64(0)
	if testing.Short() {
		runs = 20
	}
	for seed := range uint64(runs) {
		random := newWorldRandom(seed)
		service := newModel(uint32(1+random.IntN(2000)), []Unit{Second, Second, Minute}[random.IntN(3)])
		if random.IntN(3) == 0 {
			service.override = Override{}
		}
		service.skew = time.Duration(random.Int64N(int64(10 * time.Second)))
		w := newWorld(t, seed, 1+random.IntN(4), 1+random.IntN(4), Config{MaxBatch: 1 + random.Int64N(500), Keys: 64}, service)
		for _, g := range w.gateways {
			g.skew = time.Duration(random.Int64N(int64(3 * time.Second)))
			g.store.conflicts = random.IntN(300)
		}
		length := time.Duration(service.unit.length()) * time.Millisecond
		end := 12 * time.Second
		if service.unit == Minute {
			end = 3 * length
		}
		keys := 1 + random.IntN(3)
		var change func()
		change = func() {
			if w.now >= end {
				return
			}
			pause := time.Duration(random.Int64N(int64(end / 8)))
			switch random.IntN(6) {
			case 0:
				w.gateways[random.IntN(len(w.gateways))].restart()
			case 1:
				service.paused = true
				w.in(pause/2, func() { service.paused = false })
			case 2:
				service.down = true
				w.in(pause/2, func() { service.down = false })
			case 3:
				mean := random.ExpFloat64() * 10e6
				w.latency = func() time.Duration { return time.Duration(w.random.ExpFloat64() * mean) }
			case 4:
				w.lossy = random.IntN(100)
			case 5:
				w.load(keys, random.Float64()*4*float64(service.limit)/length.Seconds(), min(w.now+2*pause, end))
			}
			w.in(pause, change)
		}
		w.load(keys, float64(service.limit)/length.Seconds(), end)
		w.in(0, change)
		w.run(end + time.Second)
		late := held(w, w.mostWaiting)
		for key := range keys {
			// The service's windows in order, with what was admitted beyond in a run of
			// them that ends here.
			run := int64(0)
			for at := time.Duration(0); at <= end+length; at += length {
				w.now = at
				n := w.admitted[service.window(key)]
				run = max(run, 0) + n - int64(service.limit)
				over = max(over, n-int64(service.limit))
				if run > late {
					t.Errorf("seed %d: %d of %d %+v beyond the limit of %d, want %d at most", seed, run, n, service.override, service.limit, late)
				}
			}
		}
		if w.outcomes[Allowed] == 0 {
			t.Errorf("seed %d: nothing was allowed", seed)
		}
		for _, g := range w.gateways {
			for _, k := range g.workers {
				k.do(k.client.Tick(k.clock().Add(time.Minute)))
				if n := len(k.client.calls) + len(k.client.open); n > 0 {
					t.Errorf("seed %d: %d calls are still open", seed, n)
				}
			}
		}
	}
	t.Logf("%d hits beyond a limit at most", over)
	if over == 0 {
		t.Error("no window went beyond its limit: there was nothing to bound")
	}
}

// TestManyKeys: keys that nobody sees again cost one call each and take no room from
// those that are in use.
func TestManyKeys(t *testing.T) {
	service := newModel(6000, Minute)
	w := newWorld(t, 3, 1, 2, Config{Keys: 256}, service)
	end := 30 * time.Second
	w.load(1, 100, end)
	strangers := 0
	var next func()
	next = func() {
		if w.now < end {
			strangers++
			w.gateways[0].workers[strangers%2].arrive(1000+strangers, 1)
			w.in(2*time.Millisecond, next)
		}
	}
	w.in(0, next)
	w.run(end + time.Second)
	f := w.figures()
	t.Log(f, strangers, "strangers")
	if own := f.calls - int64(strangers); own < 0 || own > 200 {
		t.Errorf("%d calls for 3000 requests of one key beside %d strangers, want 200 at most", own, strangers)
	}
	if w.outcomes[Denied]+w.outcomes[Unavailable] > 0 {
		t.Errorf("outcomes %v", w.outcomes)
	}
}

// TestRecoveryWithoutAStampede lets a service with 10,000 busy keys go away and come
// back.
func TestRecoveryWithoutAStampede(t *testing.T) {
	for seed := range uint64(2) {
		service := newModel(1_000_000, Second)
		w := newWorld(t, seed, 1, 8, Config{Keys: 20_000}, service)
		service.down = true
		end := 9 * time.Second
		w.load(10_000, 10_000, end+time.Second)
		w.run(5 * time.Second)
		down := len(w.calls)
		if down > 100 {
			t.Errorf("seed %d: %d calls in 5 s while the service is down, want 100 at most", seed, down)
		}
		if w.outcomes[Allowed] > 0 {
			t.Fatalf("outcomes %v", w.outcomes)
		}
		service.down = false
		back := w.now
		for w.outcomes[Allowed] == 0 && w.now < end {
			w.run(w.now + time.Millisecond)
		}
		if gone := w.now - back; gone > lastPause*3/2*time.Millisecond+DefaultTimeout {
			t.Errorf("seed %d: asked again after %v", seed, gone)
		}
		// The first answer came up to a millisecond ago.
		recovered, before := w.now, len(w.calls)
		w.run(recovered + rampSteps*rampStep*time.Millisecond - 2*time.Millisecond)
		calls, most := len(w.calls)-before, 0
		for i := range rampSteps {
			most += rampCalls << (i / rampDouble)
		}
		t.Logf("seed %d: %d calls while down, back after %v, then %d calls in a second", seed, down, recovered-back, calls)
		if calls > most || calls < 1000 {
			t.Errorf("seed %d: %d calls in the second of the recovery, want 1000 to %d", seed, calls, most)
		}
		w.run(recovered + 1500*time.Millisecond)
		last := w.outcomes[Unavailable]
		w.run(end + time.Second)
		if n := w.outcomes[Unavailable]; n > last {
			t.Errorf("seed %d: %d requests without a verdict long after the recovery", seed, n-last)
		}
		if len(w.messages) != 2 {
			t.Errorf("messages %q, want one of the failure and one of the recovery", w.messages)
		}
	}
}

// TestBusyKeys: each of many keys that are in use makes as few calls as one does.
func TestBusyKeys(t *testing.T) {
	w := newWorld(t, 4, 1, 4, Config{Keys: 256}, newModel(6000, Minute))
	w.load(200, 1000, time.Minute)
	w.run(time.Minute - 1)
	f := w.figures()
	t.Log(f)
	if part := float64(f.calls) / float64(f.requests); part > 0.05 || f.total != f.requests {
		t.Errorf("calls %.4f of %d requests, %d admitted", part, f.requests, f.total)
	}
}
