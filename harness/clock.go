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
	// posted are functions that run as soon as possible, in order.
	posted []func()
	// turn orders events that are due at the same time.
	turn uint64
	// dead is how many of the queue were cancelled.
	dead int
}

type event struct {
	clock *clock
	at    time.Time
	turn  uint64
	run   func()
	// A cancelled event stays in the queue, without run, until it is due or
	// there are too many of its kind. index is -1 once it is out.
	cancelled bool
	index     int
}

func newClock(start time.Time) *clock { return &clock{start: start, now: start} }

// after runs f once d has passed.
func (c *clock) after(d time.Duration, f func()) *event {
	c.turn++
	e := &event{clock: c, at: c.now.Add(max(d, 0)), turn: c.turn, run: f}
	heap.Push(&c.queue, e)
	return e
}

// post runs f once what runs now is over, as Envoy's threads do: with what is due now, or
// before the next piece of a message arrives.
func (c *clock) post(f func()) {
	c.posted = append(c.posted, f)
	c.after(0, c.runOldest)
}

// runPosted runs what has been posted so far.
func (c *clock) runPosted() {
	for range len(c.posted) {
		c.runOldest()
	}
}

func (c *clock) runOldest() {
	if len(c.posted) > 0 {
		f := c.posted[0]
		c.posted = c.posted[1:]
		f()
	}
}

// pop takes the next event out of the queue.
func (c *clock) pop() *event {
	e := heap.Pop(&c.queue).(*event)
	if e.cancelled {
		c.dead--
	}
	return e
}

// sweep takes cancelled events out of the queue: every exchange leaves its
// timeouts there.
func (c *clock) sweep() {
	live := make(eventQueue, 0, len(c.queue)-c.dead)
	for _, e := range c.queue {
		if e.index = -1; !e.cancelled {
			e.index = len(live)
			live = append(live, e)
		}
	}
	c.queue, c.dead = live, 0
	heap.Init(&c.queue)
}

// step runs the next event that is due until the time given, and says whether
// there was one.
func (c *clock) step(until time.Time) bool {
	for len(c.queue) > 0 {
		if c.queue[0].at.After(until) {
			return false
		}
		e := c.pop()
		if e.cancelled {
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
	for len(c.queue) > 0 && c.queue[0].cancelled {
		c.pop()
	}
	if len(c.queue) == 0 {
		return false
	}
	return c.step(c.queue[0].at)
}

// cancel makes an event not happen; nil is none, and one that has happened
// stays so.
func (e *event) cancel() {
	if e == nil || e.cancelled || e.index < 0 {
		return
	}
	e.cancelled, e.run = true, nil
	if e.clock.dead++; e.clock.dead > 1000 && e.clock.dead > len(e.clock.queue)/2 {
		e.clock.sweep()
	}
}

// eventQueue is a heap by time and turn.
type eventQueue []*event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].turn < q[j].turn
	}
	return q[i].at.Before(q[j].at)
}
func (q eventQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}
func (q *eventQueue) Push(x any) {
	e := x.(*event)
	e.index = len(*q)
	*q = append(*q, e)
}
func (q *eventQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.index = -1
	return e
}
