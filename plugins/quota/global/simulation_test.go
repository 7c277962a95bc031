package global

import (
	"fmt"
	"testing"
	"time"
)

// carried is the bound on what is used in a window beyond its limit, of the
// documentation: what gateways hold of the window before.
func carried(w *world) int64 {
	batch := min(w.config.MaxBatch, max(int64(w.service.limit)/portion, 1))
	return min(int64(w.service.limit), int64(len(w.gateways))*(batch+batch/2))
}

// TestFigures prints figures; others hold what they must.
func TestFigures(t *testing.T) {
	tests := []struct {
		limit    uint32
		unit     Unit
		gateways int
		workers  int
		demand   float64 // of the limit
		skew     time.Duration
	}{
		{1000, Second, 1, 4, 0.5, 0}, {1000, Second, 3, 4, 0.5, 0}, {1000, Second, 3, 4, 1.05, 0}, {1000, Second, 3, 4, 2, 0}, {1000, Second, 3, 4, 10, 0},
		{1000, Second, 3, 4, 2, 300 * time.Millisecond}, {1000, Second, 3, 4, 0.5, 300 * time.Millisecond},
		{100, Second, 3, 4, 0.5, 0}, {100, Second, 3, 4, 2, 0},
		{6000, Minute, 3, 4, 0.5, 0}, {6000, Minute, 3, 4, 1.05, 0}, {6000, Minute, 3, 4, 2, 0}, {6000, Minute, 3, 4, 2, 300 * time.Millisecond}, {6000, Minute, 16, 2, 2, 0},
		{300, Minute, 3, 4, 0.5, 0}, {300, Minute, 3, 4, 2, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			service := newModel(tt.limit, tt.unit)
			w := newWorld(t, 1, tt.gateways, tt.workers, Config{MaxBatch: 10000}, service)
			for i, g := range w.gateways {
				g.skew = tt.skew * time.Duration(i-1)
			}
			length := time.Duration(service.unit.length()) * time.Millisecond
			windows := max(5, int(20*time.Second/length))
			end := time.Duration(windows) * length
			w.load(1, tt.demand*float64(tt.limit)/length.Seconds(), end)
			w.run(end - 1)
			total, most, least := int64(0), int64(0), int64(1<<60)
			for _, n := range w.admitted {
				total += n
				most, least = max(most, n), min(least, n)
			}
			requests := w.outcomes[Allowed] + w.outcomes[Denied] + w.outcomes[Unavailable]
			t.Logf("%d requests, %d calls (%.2f %%), waited %.2f %%, admitted a window %.1f %% of the limit, from %d to %d, unavailable %d, burnt %.2f %%", requests, len(w.calls),
				100*float64(len(w.calls))/float64(requests), 100*float64(w.waited)/float64(requests), 100*float64(total)/float64(windows)/float64(tt.limit), least, most, w.outcomes[Unavailable], 100*float64(w.burnt)/float64(windows)/float64(tt.limit))
		})
	}
}
