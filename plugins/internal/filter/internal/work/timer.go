package work

import (
	"container/heap"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"gatehouse/plugins/internal/policy"
)

// Monotonic is the time by a clock that nobody sets, from a point of its own: a
// step of the wall clock makes no request wait longer. It is a variable for tests.
var Monotonic = func() time.Duration { return time.Since(began) }

var began = time.Now()

// resolution is that of the proxy's timer: what is due in less is due.
const resolution = time.Millisecond

// timer has the proxy tick when the first of many deadlines is due. A proxy has one
// period a plugin context, counted from the last tick or from when it was set.
type timer struct {
	// alarms are a heap by time.
	alarms []*alarm
	// period is the proxy's now, and next when its next tick comes.
	period, next time.Duration
}

// alarm is a deadline.
type alarm struct {
	at    time.Duration
	owner interface{ ring(now time.Time) }
	// index is the place in the heap, and -1 where it is in none.
	index int
}

// start sets the period that is in force when nothing is due sooner.
func (t *timer) start() error {
	return t.set(Monotonic(), policy.TickPeriod)
}

func (t *timer) set(now, period time.Duration) error {
	t.period, t.next = period, now+period
	return proxywasm.SetTickPeriodMilliSeconds(uint32(period / time.Millisecond))
}

// add sets an alarm that is not set.
func (t *timer) add(a *alarm, at time.Duration) {
	a.at = at
	heap.Push((*alarms)(t), a)
	if at+resolution <= t.next {
		now := Monotonic()
		t.set(now, period(at-now))
	}
}

// stop takes an alarm back, if it is set. The tick that was to come for it comes.
func (t *timer) stop(a *alarm) {
	if a.index >= 0 {
		heap.Remove((*alarms)(t), a.index)
	}
}

// due takes the next alarm that is due, nil if there is none.
func (t *timer) due(now time.Duration) *alarm {
	if len(t.alarms) == 0 || t.alarms[0].at >= now+resolution {
		return nil
	}
	return heap.Pop((*alarms)(t)).(*alarm)
}

// arm is the end of a tick: the next one is to come for the first alarm, or for the
// engine's own tick.
func (t *timer) arm(now, tick time.Duration) {
	if len(t.alarms) > 0 {
		tick = min(tick, t.alarms[0].at)
	}
	if p := period(tick - now); p != t.period {
		t.set(now, p)
	} else {
		t.next = now + p
	}
}

// period is d in whole milliseconds, of which there is one at least. It is rounded
// down, because the proxy's timer rounds up, and what is due in less is due.
func period(d time.Duration) time.Duration {
	return min(max(d.Truncate(resolution), resolution), policy.TickPeriod)
}

// alarms implements heap.Interface.
type alarms timer

func (h *alarms) Len() int           { return len(h.alarms) }
func (h *alarms) Less(i, j int) bool { return h.alarms[i].at < h.alarms[j].at }
func (h *alarms) Swap(i, j int) {
	h.alarms[i], h.alarms[j] = h.alarms[j], h.alarms[i]
	h.alarms[i].index, h.alarms[j].index = i, j
}

func (h *alarms) Push(x any) {
	a := x.(*alarm)
	a.index = len(h.alarms)
	h.alarms = append(h.alarms, a)
}

func (h *alarms) Pop() any {
	last := len(h.alarms) - 1
	a := h.alarms[last]
	a.index = -1
	h.alarms[last] = nil
	h.alarms = h.alarms[:last]
	return a
}
