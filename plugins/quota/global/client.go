package global

import (
	"errors"
	"fmt"
	"time"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/slot"
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
// envoy.type.v3.RateLimitUnit.
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
	leases *slot.Table
}

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
	case c.Domain == "":
		return nil, errors.New("global: domain: want a name")
	case c.Target < time.Millisecond || c.Target > time.Minute:
		return nil, fmt.Errorf("global: target: %v, want 1ms to 1m", c.Target)
	}
	return &Client{config: c, host: host}, nil
}

func orDefault[T comparable](value, def T) T {
	var zero T
	if value == zero {
		return def
	}
	return value
}

// Start creates what is missing of the shared state. It is called once.
func (c *Client) Start() error { return nil }

// Take asks for a request's hits. After a Wait it is called again with the Ticket when
// the answer has come, or when the request is Overdue.
func (c *Client) Take(now time.Time, r *Request) Verdict { return Verdict{} }

// Give takes hits back that Take allowed to the same Request, so that others can have
// them. They go into the lease that they came from, if it is still good; the service
// itself takes none back.
func (c *Client) Give(now time.Time, r *Request, hits int64) {}

// Charge counts hits that were used beyond what was taken: from the lease, or by a
// call that nobody waits for.
func (c *Client) Charge(now time.Time, r *Request, hits int64) policy.Work { return policy.Work{} }

// Forget says that the request which waited with a ticket is gone.
func (c *Client) Forget(ticket uint64) {}

// Answer takes what came of a call.
func (c *Client) Answer(now time.Time, a *policy.Answer) policy.Work { return policy.Work{} }

// Tick is called about every policy.TickPeriod.
func (c *Client) Tick(now time.Time) policy.Work { return policy.Work{} }

// Counters are the names of what Work.Count points to.
func (c *Client) Counters() []string { return counters }

var counters = []string{"calls", "failures", "leases", "ahead", "over_limit", "probes"}
