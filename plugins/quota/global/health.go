package global

import (
	"encoding/binary"
	"time"

	"gatehouse/plugins/internal/slot"
)

const (
	// broken is how many calls fail in a row until the service counts as down.
	broken = 3
	// The time between two probes begins with firstPause and doubles up to
	// lastPause, times a random 0.5 to 1.5.
	firstPause = 100
	lastPause  = 3000
	// After a recovery calls are counted in steps: rampCalls in the first ones,
	// and twice as many every rampDouble steps, until rampSteps are over.
	rampStep   = 50
	rampSteps  = 20
	rampCalls  = 32
	rampDouble = 4
)

// health is what all threads know of the service: nothing, while it is well.
type health struct {
	// failures is how many calls have failed in a row.
	failures uint32
	// changed is when the service broke or recovered: what comes of calls that were
	// made before says nothing.
	changed int64
	// probe is when the next call may be made while it is down.
	probe int64
	// step is that of the ramp after a recovery, 0 if there is none, and calls are
	// those made in it.
	step, calls uint32
}

const healthSize = 4 + 8 + 8 + 4 + 4

func (h *health) load(b []byte) {
	h.failures = binary.LittleEndian.Uint32(b)
	h.changed = int64(binary.LittleEndian.Uint64(b[4:]))
	h.probe = int64(binary.LittleEndian.Uint64(b[12:]))
	h.step = binary.LittleEndian.Uint32(b[20:])
	h.calls = binary.LittleEndian.Uint32(b[24:])
}

func (h *health) store(b []byte) {
	binary.LittleEndian.PutUint32(b, h.failures)
	binary.LittleEndian.PutUint64(b[4:], uint64(h.changed))
	binary.LittleEndian.PutUint64(b[12:], uint64(h.probe))
	binary.LittleEndian.PutUint32(b[20:], h.step)
	binary.LittleEndian.PutUint32(b[24:], h.calls)
}

// pause is the time until the next probe; random is any number.
func (h *health) pause(random uint64) int64 {
	p := int64(firstPause)
	for n := uint32(broken); n < h.failures && p < lastPause; n++ {
		p = min(2*p, lastPause)
	}
	return p/2 + int64(random%uint64(p))
}

// permit tells whether a call may be made now, and whether it is the one that probes.
// A thread that is told so has to make it.
func (h *health) permit(now, timeout int64, random uint64) (ok, probe bool) {
	if h.failures >= broken {
		if now < h.probe && h.probe-now <= timeout+2*lastPause {
			return false, false
		}
		h.probe = now + timeout + h.pause(random)
		return true, true
	}
	if h.step == 0 {
		return true, false
	}
	step := (now-h.changed)/rampStep + 1
	if step < 1 || step > rampSteps {
		h.step, h.calls = 0, 0
		return true, false
	}
	if uint32(step) != h.step {
		h.step, h.calls = uint32(step), 0
	}
	if h.calls >= rampCalls<<((step-1)/rampDouble) {
		return false, false
	}
	h.calls++
	return true, false
}

// failed counts a call that failed, and tells whether the service is down since.
func (h *health) failed(now, asked int64, random uint64) (down bool) {
	if asked < h.changed && h.changed <= now {
		return false
	}
	h.failures++
	if h.failures < broken {
		return false
	}
	down = h.failures == broken
	if down {
		h.changed, h.step, h.calls = now, 0, 0
	}
	h.probe = now + h.pause(random)
	return down
}

// succeeded counts a call that was answered, and tells whether the service is back
// since.
func (h *health) succeeded(now int64) (back bool) {
	back = h.failures >= broken
	h.failures = 0
	if back {
		h.changed, h.step, h.calls = now, 1, 0
	}
	return back
}

// healthTTL is longer than a service is waited for before it is probed again.
const healthTTL = time.Minute

// examination is a change of the shared health.
type examination struct {
	now, asked, timeout int64
	random              uint64
	// kind says which method of health it is.
	kind uint8
	// What the method returned.
	ok, probe, turned bool
}

const (
	permit uint8 = iota
	failed
	succeeded
)

// Change implements slot.Changer.
func (e *examination) Change(state []byte, known bool) (slot.Verdict, time.Duration, slot.Worth) {
	var h health
	h.load(state)
	before := h
	e.ok, e.probe, e.turned = false, false, false
	switch e.kind {
	case permit:
		e.ok, e.probe = h.permit(e.now, e.timeout, e.random)
	case failed:
		e.turned = h.failed(e.now, e.asked, e.random)
	case succeeded:
		e.turned = h.succeeded(e.now)
	}
	switch {
	case h == before:
		return slot.Leave, 0, slot.Worth{}
	case h.failures == 0 && h.step == 0:
		return slot.Drop, 0, slot.Worth{}
	}
	h.store(state)
	return slot.Keep, healthTTL, slot.Worth{}
}
