package harness

import (
	"container/heap"
	"time"
)

// clock is the proxy's time and what is to happen in it. Time moves only when
// somebody moves it, so that a run of five minutes takes no longer than its
// work, and always gives the same.
type clock struct {
	start time.Time
	now   time.Time
	queue eventQueue
	// turn orders events that are due at the same time.
	turn uint64
}

type event struct {
	at   time.Time
	turn uint64
	run  func()
	// dead events stay in the queue and do nothing.
	dead bool
}

func newClock(start time.Time) *clock { return &clock{start: start, now: start} }

// after runs f once d has passed.
func (c *clock) after(d time.Duration, f func()) *event {
	c.turn++
	e := &event{at: c.now.Add(max(d, 0)), turn: c.turn, run: f}
	heap.Push(&c.queue, e)
	return e
}

// step runs the next event that is due until the time given, and says whether
// there was one.
func (c *clock) step(until time.Time) bool {
	for len(c.queue) > 0 {
		if c.queue[0].at.After(until) {
			return false
		}
		e := heap.Pop(&c.queue).(*event)
		if e.dead {
			continue
		}
		if e.at.After(c.now) {
			c.now = e.at
		}
		e.run()
		return true
	}
	return false
}

// stepAny runs the next event, whenever it is due.
func (c *clock) stepAny() bool {
	for len(c.queue) > 0 && c.queue[0].dead {
		heap.Pop(&c.queue)
	}
	if len(c.queue) == 0 {
		return false
	}
	return c.step(c.queue[0].at)
}

// cancel makes an event not happen; nil is none.
func (e *event) cancel() {
	if e != nil {
		e.dead = true
	}
}

type eventQueue []*event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].turn < q[j].turn
	}
	return q[i].at.Before(q[j].at)
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(*event)) }
func (q *eventQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return e
}
