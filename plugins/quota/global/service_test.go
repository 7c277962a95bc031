package global

import (
	"testing"
	"time"
)

// TestServicesThatDiffer lets gateways ask services that answer in other ways than the
// model does by itself.
func TestServicesThatDiffer(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world)
		// demand and admitted are parts of the limit, and calls of the requests.
		demand, least, most, calls float64
	}{
		{"one that has the limits itself", func(w *world) { w.service.override = Override{} }, 2, 0.99, 1, 0.03},
		{"one in shadow mode", func(w *world) { w.service.shadow = true }, 3, 2.99, 3.1, 0.05},
		{"limitador within the limit", func(w *world) { w.service.strict, w.service.override = true, Override{} }, 0.5, 0.49, 0.51, 0.05},
		{"limitador over the limit", func(w *world) { w.service.strict, w.service.override = true, Override{} }, 2, 0.97, 1, 0.06},
		{"one that is far away", func(w *world) { w.latency = func() time.Duration { return 20 * time.Millisecond } }, 0.5, 0.49, 0.51, 0.06},
		{"each request by itself", func(w *world) { w.config.PerRequest = true }, 2, 0.999, 1, 1},
		{"one that loses every hundredth message", func(w *world) { w.lossy = 10 }, 2, 0.95, 1, 0.05},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const limit, windows = 6000, 3
			service := newModel(limit, Minute)
			w := newWorld(t, 5, 3, 2, Config{Keys: 64}, service)
			tt.change(w)
			for _, g := range w.gateways {
				g.restart() // with what was changed
			}
			w.load(1, tt.demand*limit/60, windows*time.Minute)
			w.run(windows*time.Minute - 1)
			f := w.figures()
			t.Log(f, "outcomes", w.outcomes, "burnt", w.burnt)
			if part := float64(f.total) / windows / limit; part < tt.least || part > tt.most {
				t.Errorf("admitted %.4f of the limit, want %v to %v", part, tt.least, tt.most)
			}
			if part := float64(f.calls) / float64(f.requests); part > tt.calls {
				t.Errorf("calls %.4f, want %v", part, tt.calls)
			}
			if n := w.outcomes[Unavailable]; w.lossy == 0 && n > 0 {
				t.Errorf("%d requests without a verdict", n)
			}
		})
	}
}

// TestAnswersOfNoise: whatever a service answers, every request gets a verdict, and no
// call is kept.
func TestAnswersOfNoise(t *testing.T) {
	for seed := range uint64(20) {
		service := newModel(100, Second)
		w := newWorld(t, seed, 2, 2, Config{Keys: 64, PerRequest: seed%4 == 0}, service)
		w.hostile = func(b []byte) []byte {
			for range w.random.IntN(4) {
				b[w.random.IntN(len(b))] = byte(w.random.Uint32())
			}
			return b[:w.random.IntN(len(b)+1)]
		}
		w.load(5, 500, 5*time.Second)
		w.run(7 * time.Second)
		w.queue = nil
		f := w.figures()
		if arrived := w.arrived; f.requests != arrived {
			t.Errorf("seed %d: %d of %d requests got a verdict", seed, f.requests, arrived)
		}
		for _, g := range w.gateways {
			for _, k := range g.workers {
				k.client.Tick(k.clock().Add(time.Minute))
				if n := len(k.client.calls) + len(k.client.open); n > 0 {
					t.Errorf("seed %d: %d calls are kept", seed, n)
				}
			}
		}
	}
}

func TestWindowEnd(t *testing.T) {
	const now = 1_750_000_020_000 // the beginning of a minute
	tests := []struct {
		name     string
		asked    int64
		response response
		want     int64
	}{
		{"within a minute", now + 5300, response{reset: 55 * time.Second, unit: Minute}, now + 60000},
		{"counted in the next second", now + 5990, response{reset: 54 * time.Second, unit: Minute}, now + 59000},
		{"a second", now + 300, response{reset: time.Second, unit: Second}, now + 1000},
		{"a second that may be the next", now - 5, response{reset: time.Second, unit: Second}, now},
		{"clocks that are apart", now + 5300, response{reset: 20 * time.Second, unit: Minute}, now + 25000},
		{"no unit", now + 5300, response{reset: 20 * time.Second}, now + 25000},
		{"a service that is more precise", now + 5300, response{reset: 1500 * time.Millisecond, unit: Minute}, now + 6800},
		{"no reset", now + 5300, response{}, now + 5300 + unlimited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := windowEnd(tt.asked, &tt.response); got != tt.want {
				t.Errorf("%d ms after the minute, want %d", got-now, tt.want-now)
			}
		})
	}
}

// TestWindowEndIsOffByLessThanASecond tries every fraction of a second that clocks can
// be apart.
func TestWindowEndIsOffByLessThanASecond(t *testing.T) {
	random := newWorldRandom(1)
	for range 100_000 {
		unit := []Unit{Second, Minute, Hour, Day, Week, Month, Year}[random.IntN(7)]
		skew := random.Int64N(10_000) - 5000
		if random.IntN(4) == 0 {
			skew = 0
		}
		asked := start.UnixMilli() + random.Int64N(1e9)
		looked := asked + random.Int64N(200)
		length := unit.length()
		serviceTime := looked + skew
		r := response{unit: unit, reset: time.Duration(length/second-serviceTime/second%(length/second)) * time.Second}
		really := serviceTime - serviceTime%length + length - skew
		end := windowEnd(asked, &r)
		// It is too early by up to the time of the call besides.
		if off := end - really; off >= second || off <= -second-(looked-asked) || skew == 0 && off > 0 {
			t.Fatalf("%v: asked at %d, looked at %d, clocks %d apart: off by %d ms", unit, asked, looked, skew, off)
		}
	}
}
