package work

import (
	"time"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/sdkshim"
)

// maxWaiting is how many requests wait at a time on a worker thread.
const maxWaiting = 4096

// held is a stream that waits, for one answer or for its time.
type held struct {
	alarm
	worker    *Worker
	stream    host.Stream
	contextID uint32
	// call is the ID of the call it waits for, 0 for any.
	call       uint64
	list       *list
	prev, next *held
}

// list are streams that wait for the same, in the order in which they came.
type list struct {
	first, last *held
	n           int
}

// room is where streams wait.
type room struct {
	any   list
	lists map[uint64]*list
	n     int
	// idle and idleLists are used again.
	idle      []*held
	idleLists []*list
}

func newRoom() room { return room{lists: make(map[uint64]*list)} }

// Full tells whether no more streams may wait: one that would has to be decided at
// once, as if it were overdue.
func (w *Worker) Full() bool { return w.room.n >= maxWaiting }

// Elapsed is the time that Hold counts from.
func (w *Worker) Elapsed() time.Duration { return Monotonic() }

// Hold lets a stream wait for the answer to a call, 0 for any, and at most for a time
// counted from since. What it returns is good until Resume or Release.
func (w *Worker) Hold(s host.Stream, contextID uint32, since time.Duration, call uint64, atMost time.Duration) host.Held {
	r := &w.room
	h := r.take()
	*h = held{worker: w, stream: s, contextID: contextID, call: call}
	h.owner, h.index = h, -1
	h.list = &r.any
	if h.call != 0 {
		if h.list = r.lists[h.call]; h.list == nil {
			h.list = r.newList()
			r.lists[h.call] = h.list
		}
	}
	h.list.add(h)
	r.n++
	w.timer.add(&h.alarm, since+atMost)
	return h
}

// Release implements host.Held.
func (h *held) Release() {
	w := h.worker
	r := &w.room
	w.timer.stop(&h.alarm)
	h.list.remove(h)
	if h.call != 0 && h.list.first == nil && r.lists[h.call] == h.list {
		delete(r.lists, h.call)
		r.idleLists = append(r.idleLists, h.list)
	}
	r.n--
	*h = held{}
	r.idle = append(r.idle, h)
}

// wake resumes those that wait in a list, but for those that then wait again.
func (w *Worker) wake(l *list, now time.Time) {
	if l.n == 0 {
		return
	}
	for n := l.n; n > 0 && l.first != nil; n-- {
		l.first.resume(now, false)
	}
	w.home()
}

// home has what follows in this callback act on the plugin's own context again.
func (w *Worker) home() { sdkshim.SetEffectiveContext(w.id) }

// ring is the end of the time that a stream may wait.
func (h *held) ring(now time.Time) {
	w := h.worker
	h.resume(now, true)
	w.home()
}

// resume asks about a stream. One that has ended meanwhile is forgotten: the proxy
// knows its context no more.
func (h *held) resume(now time.Time, overdue bool) {
	s, id := h.stream, h.contextID
	h.Release()
	if sdkshim.SetEffectiveContext(id) != nil {
		return
	}
	s.Resume(now, overdue)
}

func (l *list) add(h *held) {
	h.prev = l.last
	if l.last != nil {
		l.last.next = h
	} else {
		l.first = h
	}
	l.last = h
	l.n++
}

func (l *list) remove(h *held) {
	if h.prev != nil {
		h.prev.next = h.next
	} else {
		l.first = h.next
	}
	if h.next != nil {
		h.next.prev = h.prev
	} else {
		l.last = h.prev
	}
	l.n--
}

func (r *room) take() *held {
	if n := len(r.idle); n > 0 {
		h := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return h
	}
	return new(held)
}

func (r *room) newList() *list {
	if n := len(r.idleLists); n > 0 {
		l := r.idleLists[n-1]
		r.idleLists = r.idleLists[:n-1]
		return l
	}
	return new(list)
}
