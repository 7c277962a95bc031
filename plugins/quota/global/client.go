package global

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/slot"
	"gatehouse/plugins/quota/limit"
)

// Config is how a service is asked.
type Config struct {
	// Cluster is the name of the proxy's cluster of the service.
	Cluster string
	// Domain is that of the limits at the service.
	Domain string
	// PerRequest asks about each request, in place of leases.
	PerRequest bool
	// Target is how long a lease should last at the rate that a key has; 0 is
	// DefaultTarget.
	Target time.Duration
	// Timeout is how long a call may take; 0 is DefaultTimeout.
	Timeout time.Duration
	// MaxBatch is how many hits a lease has at most, which bounds what can be used
	// late; 0 is DefaultMaxBatch.
	MaxBatch int64
	// Keys is how many leases there is room for; 0 is DefaultKeys.
	Keys int
}

// Defaults of a Config.
const (
	DefaultTarget   = 200 * time.Millisecond
	DefaultTimeout  = 100 * time.Millisecond
	DefaultMaxBatch = 10_000
	DefaultKeys     = 16_384
)

// Unit is the length of a window as the service knows it, with the numbers of
// RateLimitResponse.RateLimit.Unit.
type Unit uint8

// The units. A month has 30 days and a year 365, counted from 1970 in UTC.
const (
	Unknown Unit = 0
	Second  Unit = 1
	Minute  Unit = 2
	Hour    Unit = 3
	Day     Unit = 4
	Month   Unit = 5
	Year    Unit = 6
	Week    Unit = 7
)

// Override tells the service the numbers of a limit; the zero value leaves them to
// its own configuration.
type Override struct {
	Requests uint32
	Unit     Unit
}

// Entry is one of a descriptor's.
type Entry struct{ Key, Value string }

// Request asks for hits of a key.
type Request struct {
	// Key tells what is counted apart: it must be another one wherever Entries are.
	Key []byte
	// Entries are the descriptor.
	Entries []Entry
	// Override is sent with the descriptor, unless it is zero.
	Override Override
	// Hits is how many are asked for. None asks without taking: it is allowed, and
	// Remaining says how it stands.
	Hits int64
	// Ticket is 0 the first time, and after a Wait the Verdict's.
	Ticket uint64
	// Overdue says that the request can wait no longer.
	Overdue bool

	// window is that of the lease that the hits were taken from.
	window int64
}

// Outcome is what a Verdict comes to.
type Outcome uint8

// The outcomes.
const (
	// Unavailable: the service did not answer, or is not asked since it is down.
	Unavailable Outcome = iota
	// Allowed: the hits were taken.
	Allowed
	// Denied: the limit does not have the hits.
	Denied
	// Wait: Take is to be called again with the Ticket when the Answer to the call
	// of that ID has come, or Forget.
	Wait
)

// Verdict is what Take says.
type Verdict struct {
	Outcome Outcome
	// Ticket is the ID of the call that the request waits for.
	Ticket uint64
	// Remaining, Reset and RetryAfter are as in limit.Result, as far as the service
	// said: Remaining is what is known to be left, and Reset when the window ends.
	Remaining         int64
	Reset, RetryAfter time.Duration
	// Work is to be done, whatever the outcome.
	Work policy.Work
}

// Client is one thread's view of the service. It may not be used by two goroutines at
// a time; clients of the same prefix, domain and cluster share leases.
type Client struct {
	config Config
	host   policy.Host
	prefix string
	terms  terms
	leases *slot.Table
	health *slot.Table
	// calls are those whose answers are due or waited for, by ID, and open those of
	// leases that are due, by key.
	calls map[uint64]*call
	open  map[string]*call
	last  uint64
	now   int64
	// change and examination are in use during a call only.
	change      change
	examination examination
}

// Bounds of a Config.
const (
	maxTimeout = 10 * time.Second
	maxKeys    = 1 << 22
	entries    = 16
)

// New returns a client. It touches nothing before Start. Prefix begins the names of
// the keys in the store. An error says which part of the configuration is out of
// bounds.
func New(host policy.Host, prefix string, c Config) (*Client, error) {
	c.Target = orDefault(c.Target, DefaultTarget)
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	c.MaxBatch = orDefault(c.MaxBatch, DefaultMaxBatch)
	c.Keys = orDefault(c.Keys, DefaultKeys)
	switch {
	case c.Cluster == "":
		return nil, errors.New("global: cluster: want a name")
	case c.Domain == "" || !utf8.ValidString(c.Domain):
		return nil, errors.New("global: domain: want a name")
	case c.Target < time.Millisecond || c.Target > time.Minute:
		return nil, fmt.Errorf("global: target: %v, want 1ms to 1m", c.Target)
	case c.Timeout < time.Millisecond || c.Timeout > maxTimeout:
		return nil, fmt.Errorf("global: timeout: %v, want 1ms to %v", c.Timeout, maxTimeout)
	case c.MaxBatch < 1 || c.MaxBatch > maxHits:
		return nil, fmt.Errorf("global: batch: %d, want 1 to %d", c.MaxBatch, int64(maxHits))
	case c.Keys < 1 || c.Keys > maxKeys:
		return nil, fmt.Errorf("global: keys: %d, want 1 to %d", c.Keys, maxKeys)
	}
	// What one service said must not count for another.
	sum := sha256.Sum256([]byte(c.Cluster + "\x00" + c.Domain))
	client := &Client{config: c, host: host, prefix: prefix + "/" + hex.EncodeToString(sum[:8]), calls: map[uint64]*call{}, open: map[string]*call{}}
	client.terms = terms{c.Target.Milliseconds(), c.Timeout.Milliseconds(), c.MaxBatch, 5}
	client.change.terms = &client.terms
	var err error
	if !c.PerRequest {
		// Half full, one slot in 250 overflows, and costs a call.
		slots := max((2*c.Keys+entries-1)/entries, 1)
		client.leases, err = slot.New(host, slot.Config{Prefix: client.prefix + "/lease", Slots: slots, Entries: entries, StateSize: leaseSize, Full: slot.Evict})
		if err != nil {
			return nil, err
		}
	}
	client.health, err = slot.New(host, slot.Config{Prefix: client.prefix + "/health", Slots: 1, Entries: 1, StateSize: healthSize, Full: slot.Evict})
	return client, err
}

func orDefault[T comparable](value, def T) T {
	var zero T
	if value == zero {
		return def
	}
	return value
}

// Start creates what is missing of the shared state. It is called once.
func (c *Client) Start() error {
	var seed [16]byte
	binary.LittleEndian.PutUint64(seed[:], c.host.Random())
	binary.LittleEndian.PutUint64(seed[8:], c.host.Random())
	if c.leases != nil {
		if err := c.leases.Start(seed); err != nil {
			return err
		}
	}
	return c.health.Start(seed)
}

// Take asks for a request's hits. After a Wait it is called again with the Ticket when
// the answer has come, or when the request is Overdue.
func (c *Client) Take(now time.Time, r *Request) Verdict {
	t := now.UnixMilli()
	c.now = t
	if r.Hits < 0 {
		return Verdict{}
	}
	change := &c.change
	change.idle, change.waiting = r.Overdue, 0
	if r.Ticket != 0 {
		if v, done := c.resume(t, r); done {
			return v
		}
	}
	if c.leases == nil {
		if change.idle {
			return Verdict{}
		}
		return c.wait(t, r, nil, ask{hits: r.Hits})
	}
	open := c.open[string(r.Key)]
	if open != nil {
		change.waiting += open.waiting
	}
	if !c.edit(now, takes, r.Key, r.Hits, r.Override) && !change.idle {
		// The table is of no use: the request is asked about by itself.
		return c.wait(t, r, open, ask{hits: max(r.Hits, 1)})
	}
	v := Verdict{}
	switch l := &change.lease; change.outcome {
	case Allowed:
		r.window = l.window
		v = c.verdict(t, Allowed, l)
		if change.ask.hits > 0 {
			v.Work, _ = c.ask(t, r, change.ask)
		}
	case Denied:
		v = c.verdict(t, Denied, l)
		if v.RetryAfter = v.Reset; l.refused == 0 {
			v.RetryAfter = limit.Never
		}
	case Wait:
		v = c.wait(t, r, open, change.ask)
	}
	return v
}

// edit updates the lease of a key; c.change has what came of it, if it was done.
func (c *Client) edit(now time.Time, kind uint8, key []byte, hits int64, o Override) bool {
	c.change.kind, c.change.now, c.change.hits, c.change.override = kind, now.UnixMilli(), hits, o
	if c.leases.Edit(now, key, &c.change) != slot.Done {
		c.change.lease, c.change.outcome, c.change.ask, c.change.again = lease{}, Unavailable, ask{}, false
		return false
	}
	return true
}

// verdict is one by a lease.
func (c *Client) verdict(now int64, outcome Outcome, l *lease) Verdict {
	v := Verdict{Outcome: outcome, Remaining: l.remains()}
	v.Reset = time.Duration(max(l.window, l.refused, now)-now) * time.Millisecond
	return v
}

// wait lets a request wait for a call: one that is under way, or else a new one.
func (c *Client) wait(now int64, r *Request, open *call, a ask) Verdict {
	v := Verdict{Outcome: Wait}
	if open == nil || a.first {
		v.Work, open = c.ask(now, r, a)
	}
	if open == nil {
		v.Outcome = Unavailable
		return v
	}
	open.waiters++
	open.waiting += r.Hits
	v.Ticket = open.id
	return v
}

// ask makes a call, if the service may be asked.
func (c *Client) ask(now int64, r *Request, a ask) (policy.Work, *call) {
	if !c.permitted(now) {
		if a.debt > 0 {
			c.owe(now, &call{key: string(r.Key), debt: a.debt})
		}
		return policy.Work{}, nil
	}
	made := &call{key: string(r.Key), override: r.Override, hits: a.hits, debt: a.debt, first: a.first}
	made.message = appendDescriptor(nil, c.config.Domain, r, a.hits > 0)
	return c.make(now, made), made
}

// permitted tells whether the service may be asked, and in c.examination whether that
// is to see if it is back. The call has to be made then.
func (c *Client) permitted(now int64) bool {
	return len(c.calls) < maxCalls && c.examine(permit, now, now).ok
}

// make makes a call that is permitted.
func (c *Client) make(now int64, made *call) policy.Work {
	c.last++
	made.id, made.asked = c.last, now
	made.deadline = now + 2*c.terms.timeout + 3*policy.TickPeriod.Milliseconds()
	c.calls[made.id] = made
	if c.leases != nil {
		c.open[made.key] = made
	}
	w := policy.Work{Calls: []policy.Call{made.work(&c.config)}, Count: []int{countCalls}}
	if c.examination.probe {
		w.Count = append(w.Count, countProbes)
	}
	return w
}

// owe gives the debt of a call back to the lease: the service was not told.
func (c *Client) owe(now int64, untold *call) {
	if c.leases != nil && untold.debt > 0 {
		c.change.call = untold
		c.edit(time.UnixMilli(now), fails, []byte(untold.key), 0, Override{})
	}
}

// examine updates the shared health.
func (c *Client) examine(kind uint8, now, asked int64) *examination {
	e := &c.examination
	*e = examination{now: now, asked: asked, timeout: c.terms.timeout, kind: kind}
	if kind != succeeded {
		e.random = c.host.Random()
	}
	if c.health.Edit(time.UnixMilli(now), healthKey, e) != slot.Done {
		// Others changed it at every try: one call more or less.
		e.ok, e.probe, e.turned = true, false, false
	}
	return e
}

var healthKey = []byte("health")

// resume is Take with a ticket. It returns false if the request has to be looked at
// anew, with c.change prepared for it.
func (c *Client) resume(now int64, r *Request) (Verdict, bool) {
	waited := c.calls[r.Ticket]
	if waited == nil {
		return Verdict{}, false
	}
	if !waited.done && !r.Overdue {
		return Verdict{Outcome: Wait, Ticket: r.Ticket}, true
	}
	v := Verdict{Outcome: waited.outcome, Remaining: waited.remaining, Reset: time.Duration(max(waited.window-now, 0)) * time.Millisecond}
	done := true
	switch waited.outcome {
	case Allowed:
		if done = waited.reserved >= r.Hits; done {
			waited.reserved -= r.Hits
			r.window = waited.window
		}
	case Denied:
		v.RetryAfter = max(v.Reset, time.Millisecond)
	case Unavailable: // or not answered
		done, c.change.idle = false, true
	case Wait:
		done = false
	}
	c.leave(waited, r.Hits)
	c.change.waiting = waited.waiting
	return v, done
}

// leave counts one request less that waits.
func (c *Client) leave(waited *call, hits int64) {
	waited.waiters--
	waited.waiting = max(waited.waiting-hits, 0)
	c.release(waited)
}

// release forgets a call that is answered and that nobody waits for.
func (c *Client) release(waited *call) {
	if !waited.done || waited.waiters > 0 {
		return
	}
	delete(c.calls, waited.id)
	if waited.reserved > 0 && c.leases != nil {
		c.change.window = waited.window
		c.edit(time.UnixMilli(c.now), gives, []byte(waited.key), waited.reserved, waited.override)
	}
}

// Forget says that the request which waited with a ticket is gone.
func (c *Client) Forget(ticket uint64) {
	if waited := c.calls[ticket]; waited != nil && waited.waiters > 0 {
		c.leave(waited, 0)
	}
}

// Give takes hits back that Take allowed to the same Request, so that others can have
// them. They go into the lease that they came from, if it is still good; the service
// itself takes none back.
func (c *Client) Give(now time.Time, r *Request, hits int64) {
	c.now = now.UnixMilli()
	if hits <= 0 || c.leases == nil || r.window == 0 {
		return
	}
	c.change.window = r.window
	c.edit(now, gives, r.Key, min(hits, maxHits), r.Override)
}

// Charge counts hits that were used beyond what was taken: from the lease, or by a
// call that nobody waits for.
func (c *Client) Charge(now time.Time, r *Request, hits int64) policy.Work {
	c.now = now.UnixMilli()
	if hits <= 0 {
		return policy.Work{}
	}
	hits = min(hits, maxHits)
	a := ask{hits: hits, debt: hits}
	if c.leases != nil {
		c.edit(now, charges, r.Key, hits, r.Override)
		if a = c.change.ask; a.hits == 0 {
			return policy.Work{}
		}
	}
	w, _ := c.ask(c.now, r, a)
	return w
}

// Answer takes what came of a call.
func (c *Client) Answer(now time.Time, a *policy.Answer) policy.Work {
	c.now = now.UnixMilli()
	waited := c.calls[a.ID]
	if waited == nil || waited.done {
		return policy.Work{}
	}
	var r response
	err := errMessage
	if !a.Failed && a.Size <= len(a.Body) {
		r, err = decodeResponse(a.Body)
	}
	return c.answered(now, waited, &r, err != nil)
}

// answered ends a call, with a response unless it failed.
func (c *Client) answered(now time.Time, waited *call, r *response, failure bool) (w policy.Work) {
	t := now.UnixMilli()
	waited.done = true
	if c.open[waited.key] == waited {
		delete(c.open, waited.key)
	}
	c.change.call, c.change.response = waited, r
	defer c.release(waited)
	if failure {
		w.Count = append(w.Count, countFailures)
		if c.examine(failed, t, waited.asked).turned {
			w.Messages = append(w.Messages, "rate limit service of cluster "+strconv.Quote(c.config.Cluster)+" does not answer")
		}
		c.owe(t, waited)
		return w
	}
	if c.examine(succeeded, t, waited.asked).turned {
		w.Messages = append(w.Messages, "rate limit service of cluster "+strconv.Quote(c.config.Cluster)+" answers again")
	}
	c.terms.latency = (7*c.terms.latency + min(max(t-waited.asked, 0), c.terms.timeout) + 4) / 8
	if waited.override.Unit != Unknown && r.status && !r.limited && c.host.Set(c.prefix+"/told", []byte{1}, policy.Absent) {
		w.Messages = append(w.Messages, "rate limit service of cluster "+strconv.Quote(c.config.Cluster)+
			" applies no limit although it was sent one: does it know the domain "+strconv.Quote(c.config.Domain)+"?")
	}
	waited.window = windowEnd(waited.asked, r)
	waited.remaining = int64(r.remaining)
	if r.code == codeOverLimit {
		w.Count = append(w.Count, countOverLimit)
		waited.outcome = Denied
		if c.leases != nil {
			c.change.waiting = waited.waiting
			if c.edit(now, refuses, []byte(waited.key), 0, waited.override); c.change.again {
				waited.outcome = Wait
			}
		}
		return w
	}
	waited.outcome = Allowed
	waited.reserved = min(waited.hits-waited.debt, waited.waiting)
	if c.leases != nil {
		w.Count = append(w.Count, countLeases)
		if c.edit(now, grants, []byte(waited.key), waited.reserved, waited.override) {
			waited.remaining = c.change.lease.remains()
		}
		if c.change.lease.left < 0 {
			// More was charged meanwhile.
			c.edit(now, charges, []byte(waited.key), 0, waited.override)
			if a := c.change.ask; a.hits > 0 && c.permitted(t) {
				add(&w, c.make(t, &call{key: waited.key, message: waited.message, override: waited.override, hits: a.hits, debt: a.debt, first: a.first}))
			} else if a.debt > 0 {
				c.owe(t, &call{key: waited.key, debt: a.debt})
			}
		}
	}
	return w
}

// Tick is called about every policy.TickPeriod.
func (c *Client) Tick(now time.Time) (w policy.Work) {
	c.now = now.UnixMilli()
	for _, waited := range c.calls {
		switch {
		case waited.deadline > c.now && waited.asked <= c.now:
		case !waited.done:
			add(&w, c.answered(now, waited, &response{}, true))
		default:
			waited.waiters = 0
			c.release(waited)
		}
	}
	return w
}

// The counters that Work.Count points to.
const (
	countCalls = iota
	countFailures
	countLeases
	countOverLimit
	countProbes
)

// Counters are the names of what Work.Count points to: calls made, calls that failed,
// leases granted, answers over the limit, and calls made to see whether the service is
// back.
func Counters() []string {
	return []string{"calls", "failures", "leases", "over_limit", "probes"}
}
