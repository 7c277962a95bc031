package global

import (
	"encoding/binary"
	"math"
	"time"

	"gatehouse/plugins/internal/slot"
)

// lease is the state of a key, which all threads share.
type lease struct {
	// left is how many hits may be used that the service has counted. It is below 0
	// by what was charged and the service was not told yet.
	left int64
	// window is when the window ends that left belongs to, 0 if there is none.
	window int64
	// refused is until when the service has no more.
	refused int64
	// asking is until when somebody is asking for more, and nobody else need.
	asking int64
	// since is when used began to count.
	since int64
	// used is how many hits were used since then.
	used uint32
	// batch is what was asked for last.
	batch uint32
	// limit is that of the key, 0 if it is not known.
	limit uint32
	// remaining is what the service had left when it last answered in this window.
	remaining uint32
	// rate is how many hits are used in a second.
	rate float32
	// share is the part of what the service counts that is used here, in 255ths; 0 if
	// it is not known.
	share uint8
	unit  Unit
	flags
}

type flags uint8

const (
	// counted says that remaining is known.
	counted flags = 1 << iota
	// lenient says that the service refuses nothing, whatever remains.
	lenient
	// modest says that the last batch was refused by a service that may have less
	// than that, since it did not say what remains.
	modest
	// rested says that hits were refused since the last batch.
	rested
)

const leaseSize = 5*8 + 5*4 + 3

func (l *lease) load(b []byte) {
	e := binary.LittleEndian
	l.left = int64(e.Uint64(b))
	l.window = int64(e.Uint64(b[8:]))
	l.refused = int64(e.Uint64(b[16:]))
	l.asking = int64(e.Uint64(b[24:]))
	l.since = int64(e.Uint64(b[32:]))
	l.used = e.Uint32(b[40:])
	l.batch = e.Uint32(b[44:])
	l.limit = e.Uint32(b[48:])
	l.remaining = e.Uint32(b[52:])
	l.rate = math.Float32frombits(e.Uint32(b[56:]))
	l.share, l.unit, l.flags = b[60], Unit(b[61]), flags(b[62])
}

func (l *lease) store(b []byte) {
	e := binary.LittleEndian
	e.PutUint64(b, uint64(l.left))
	e.PutUint64(b[8:], uint64(l.window))
	e.PutUint64(b[16:], uint64(l.refused))
	e.PutUint64(b[24:], uint64(l.asking))
	e.PutUint64(b[32:], uint64(l.since))
	e.PutUint32(b[40:], l.used)
	e.PutUint32(b[44:], l.batch)
	e.PutUint32(b[48:], l.limit)
	e.PutUint32(b[52:], l.remaining)
	e.PutUint32(b[56:], math.Float32bits(l.rate))
	b[60], b[61], b[62] = l.share, byte(l.unit), byte(l.flags)
}

// terms are what leases are asked for by.
type terms struct {
	target, timeout, maxBatch int64
	// latency is how long an answer takes.
	latency int64
}

const (
	// worth is the least batch, where the limit has that much: one call for so many
	// requests.
	worth = 32
	// portion is the part of what remains that a batch is at most.
	portion = 4
	// growth is how much larger a batch may be than what was used since the last.
	growth = 4
	// remembered is how long the rate of a key is known after its last hit, where
	// there is room.
	remembered = 600 * second
	// leastShare is the number of gateways that a batch is cut down for at most.
	leastShare = 16
	// leastSample is the shortest time that a rate is told from.
	leastSample = 10
	// maxDebt is how much may be charged that the service was not told.
	maxDebt = maxHits
)

// settle drops what has ended. A time that lies further ahead than its window is long
// was written by a clock that was wrong.
func (l *lease) settle(now int64) {
	far := now + l.unit.length() + second
	if l.window <= now || l.window > far {
		l.left, l.window = min(l.left, 0), 0
		l.flags &^= counted | lenient
	}
	if l.refused <= now || l.refused > far {
		l.refused = 0
	}
	if l.asking <= now || l.asking > far {
		l.asking = 0
	}
	if l.since > now && l.since != l.refused {
		l.since, l.used = now, 0
	}
}

// ask is a call to be made.
type ask struct {
	// hits are what it asks for, 0 if there is no call to make.
	hits int64
	// debt is the part of them that was used already.
	debt int64
	// first says that nobody else is asking.
	first bool
}

// take uses hits. If it cannot, and the limit is not known to be used up, it returns
// what to ask for, where waiting is what other requests of this thread wait for.
func (l *lease) take(t *terms, now, hits, waiting int64, o Override) (outcome Outcome, a ask) {
	l.settle(now)
	switch {
	case hits == 0 && (l.window != 0 || l.refused != 0), hits > 0 && l.left >= hits:
		l.left -= hits
		l.use(hits)
		if hits > 0 && l.left <= l.mark(t, now) {
			a = l.ask(t, now, 0, 0, o)
		}
		return Allowed, a
	case l.refused != 0, l.exceeds(hits, o):
		return Denied, a
	}
	if l.asking == 0 {
		return Wait, l.ask(t, now, hits, waiting, o)
	}
	batch := l.within(t, now, hits+waiting, hits, o)
	return Wait, ask{hits: min(max(batch, 1), maxHits)}
}

// exceeds tells whether the limit never has so many.
func (l *lease) exceeds(hits int64, o Override) bool {
	if l.flags&lenient != 0 {
		return false
	}
	limit := int64(maxHits)
	if o.Unit != Unknown {
		limit = int64(o.Requests)
	} else if l.limit > 0 {
		limit = int64(l.limit)
	}
	return hits > limit
}

func (l *lease) use(hits int64) { l.used = uint32(min(int64(l.used)+hits, math.MaxUint32)) }

// mark is how many hits are left when it is time to ask for more, -1 if it is not.
// It is where the rest is used up until the answer comes, and only where the key is
// busy: the last hit of a key that is seldom seen may be the last ever.
func (l *lease) mark(t *terms, now int64) int64 {
	if l.asking != 0 || l.refused != 0 || l.during(t.target) < 1 || l.window-now <= 2*t.latency {
		return -1
	}
	return min(l.during(2*t.latency), int64(l.batch/2))
}

// charge counts hits that were used already, and returns what to ask for if the
// service has to be told.
func (l *lease) charge(t *terms, now, hits int64, o Override) (a ask) {
	l.settle(now)
	l.use(hits)
	l.left = max(l.left-hits, -maxDebt)
	if l.refused != 0 {
		l.left = max(l.left, 0) // the service has none that it could count
	}
	if l.left < 0 && l.asking == 0 || l.left >= 0 && l.left <= l.mark(t, now) {
		a = l.ask(t, now, 0, 0, o)
	}
	return a
}

// give puts hits back that were taken in a window.
func (l *lease) give(now, hits, window int64) {
	l.settle(now)
	if l.window != 0 && sameWindow(l.window, window, l.unit) {
		l.left += hits
		l.used -= uint32(min(hits, int64(l.used)))
	}
}

// ask returns a call for what a request needs, what others wait for, and what should
// last for the target.
func (l *lease) ask(t *terms, now, need, waiting int64, o Override) ask {
	a := ask{debt: max(-l.left, 0), first: true}
	l.left = max(l.left, 0)
	unknown := l.since == 0
	batch := max(l.during(t.target), worth)
	// No more than can be expected to be used, by what was used so far.
	if l.flags&rested == 0 {
		batch = min(batch, growth*int64(l.used))
	}
	if l.rate > 0 {
		end := l.window
		if end == 0 {
			end = now + l.unit.length()
		}
		batch = min(batch, l.during(end-now)*5/4+1)
	}
	if unknown || l.flags&modest != 0 {
		batch = 0
	}
	batch = l.within(t, now, max(batch, need+waiting), need, o)
	l.sample(now)
	if a.debt == 0 {
		batch = max(batch, 1)
	}
	a.hits = min(a.debt+batch, maxHits)
	l.batch = uint32(min(batch, maxHits))
	l.asking = now + t.timeout
	l.flags &^= rested
	return a
}

// sample tells the rate from what was used since the last sample.
func (l *lease) sample(now int64) {
	elapsed := now - l.since
	if l.since == 0 {
		l.since, l.used = now, 0
	} else if elapsed >= leastSample {
		rate := float32(l.used) * second / float32(elapsed)
		if l.rate > 0 {
			rate = (rate + l.rate) / 2
		}
		l.rate, l.since, l.used = rate, now, 0
	}
}

// during is how many hits are used in a time, at the present rate.
func (l *lease) during(time int64) int64 {
	return int64(min(float64(l.rate)*float64(time)/second, maxHits))
}

// within returns a batch of which the service should have more than it asks for, but at
// least what is needed.
func (l *lease) within(t *terms, now, batch, need int64, o Override) int64 {
	there := int64(-1)
	switch {
	case l.flags&lenient != 0:
	case l.flags&counted != 0:
		there = int64(l.remaining)
		if l.share > 0 {
			// Others went on since.
			others := float64(l.rate) * float64(255-int64(l.share)) / float64(l.share)
			there = max(there-int64(others*float64(now-l.since)/second), 0)
		}
	case l.limit > 0:
		there = int64(l.limit)
	case o.Unit != Unknown:
		there = int64(o.Requests)
	}
	if there >= 0 {
		batch = min(batch, there/portion)
		if l.share > 0 {
			batch = min(batch, there*int64(l.share)/(2*255))
		}
	}
	return max(min(batch, t.maxBatch), need)
}

// remains is how many hits are known to be left.
func (l *lease) remains() int64 {
	if l.flags&counted == 0 {
		return max(l.left, 0)
	}
	return max(l.left, 0) + int64(l.remaining)
}

// ttl is how long the state is worth keeping, and how much: most while somebody asks
// for more, or others would ask besides.
func (l *lease) ttl(now int64) (time.Duration, uint16) {
	end, rank := now+remembered, uint16(0)
	if l.refused > now {
		end, rank = max(end, l.refused), 1
	}
	if l.left != 0 && l.window > now {
		end, rank = max(end, l.window), 2
	}
	if l.asking > now {
		end, rank = max(end, l.asking), 3
	}
	return time.Duration(end-now) * time.Millisecond, rank
}

// granted takes what the service said to a call: c.hits, of which reserved are kept
// for the requests that wait.
func (l *lease) granted(t *terms, now int64, c *call, r *response, reserved int64) {
	l.answered(now, c, r)
	if c.first {
		l.asking = 0
	}
	l.refused = 0
	l.flags &^= modest
	l.use(reserved)
	if c.window > now && sameWindow(l.window, c.window, l.unit) {
		l.left += c.hits - c.debt - reserved
	}
}

// answered takes what an answer says of the window.
func (l *lease) answered(now int64, c *call, r *response) {
	l.settle(now)
	switch {
	case r.limited:
		l.unit, l.limit = r.unit, r.requests
	case l.unit == Unknown:
		l.limit = 0
	}
	switch {
	case c.window <= now:
		return // it has ended meanwhile
	case l.window == 0 || c.window > l.window && !sameWindow(l.window, c.window, l.unit):
		l.left, l.window = min(l.left, 0), c.window
		l.flags &^= counted | lenient
	case !sameWindow(l.window, c.window, l.unit):
		return // of a window that is over
	case r.reset == 0:
		l.window = max(l.window, c.window)
	default:
		l.window = min(l.window, c.window)
	}
	switch {
	case !r.limited:
		l.flags &^= counted
	case r.code == codeOK && (r.statusCode == codeOverLimit || r.remaining == 0 && l.flags&counted != 0 && l.remaining == 0 && r.unit != Second):
		// Nothing was left before, and still it is allowed: in shadow mode. Of two
		// windows of a second nobody knows that they are one.
		l.flags = l.flags&^counted | lenient
	case r.code == codeOverLimit || l.flags&lenient == 0:
		before := int64(l.remaining)
		if l.flags&counted == 0 {
			before = int64(l.limit)
		}
		l.part(c.hits, before-int64(r.remaining))
		l.remaining = r.remaining
		l.flags = l.flags&^lenient | counted
	}
}

// part takes how many of the hits that the service counted came from here.
func (l *lease) part(ours, all int64) {
	if ours <= 0 || all < ours {
		return
	}
	part := max(ours*255/all, 255/leastShare)
	if l.share > 0 {
		part = (part + int64(l.share) + 1) / 2
	}
	l.share = uint8(min(part, 255))
}

// refusedBy takes a refusal. It tells whether the requests that wait may ask again for
// no more than they need.
func (l *lease) refusedBy(t *terms, now int64, c *call, r *response, waiting int64) (again bool) {
	l.answered(now, c, r)
	if c.first {
		l.asking = 0
	}
	if !r.limited && waiting > 0 && c.hits > waiting {
		l.flags |= modest
		return true
	}
	l.flags &^= modest
	l.left = max(l.left, 0)
	// The time until it is asked again is none in which hits could be used.
	l.sample(now)
	l.flags |= rested
	l.refused = refusedUntil(c.asked, now, c.window, t.target, r)
	l.since = l.refused
	return false
}

// shortage gives back the debt of a call that failed.
func (l *lease) shortage(now int64, c *call) {
	l.settle(now)
	l.left = max(l.left-c.debt, -maxDebt)
}

// change is an update of a lease in the table.
type change struct {
	terms    *terms
	kind     uint8
	now      int64
	hits     int64
	waiting  int64
	window   int64
	override Override
	// idle says that nothing can be asked for.
	idle     bool
	call     *call
	response *response

	// What came of it.
	lease   lease
	outcome Outcome
	ask     ask
	again   bool
}

const (
	takes uint8 = iota
	charges
	gives
	grants
	refuses
	fails
)

// Change implements slot.Changer.
func (c *change) Change(state []byte, known bool) (slot.Verdict, time.Duration, slot.Worth) {
	l := &c.lease
	*l = lease{}
	c.outcome, c.ask, c.again = Unavailable, ask{}, false
	if known {
		l.load(state)
	}
	before := *l
	switch c.kind {
	case takes:
		c.outcome, c.ask = l.take(c.terms, c.now, c.hits, c.waiting, c.override)
		if c.idle && c.outcome == Wait {
			c.outcome = Unavailable
			return slot.Leave, 0, slot.Worth{}
		}
	case charges:
		c.ask = l.charge(c.terms, c.now, c.hits, c.override)
	case gives:
		l.give(c.now, c.hits, c.window)
	case grants:
		l.granted(c.terms, c.now, c.call, c.response, c.hits)
	case refuses:
		c.again = l.refusedBy(c.terms, c.now, c.call, c.response, c.waiting)
	case fails:
		l.shortage(c.now, c.call)
	}
	if *l == before {
		return slot.Leave, 0, slot.Worth{}
	}
	l.store(state)
	ttl, rank := l.ttl(c.now)
	return slot.Keep, ttl, slot.Worth{Rank: rank}
}
