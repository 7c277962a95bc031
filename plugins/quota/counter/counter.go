package counter

import (
	"fmt"
	"time"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/slot"
	"gatehouse/plugins/quota/limit"
)

// entries is how many counters a slot holds, and filled how many it should hold if
// the keys are as many as was asked for: one new key in 14,000 finds no room
// then (RATIONALE.md).
const (
	entries = 16
	filled  = 5
)

// The ranks of limits are those of slots.
var _ = [1]struct{}{}[limit.MaxRank-slot.MaxRank]

// MaxKeys is the largest number of keys there can be room for.
const MaxKeys = slot.MaxSlots * filled

// Counters is one thread's view of the counters. It may not be used by two goroutines
// at a time; views of the same counters may.
type Counters struct {
	table  *slot.Table
	change change
}

// shape is that of a table with room for so many keys.
func shape(prefix string, keys int) slot.Config {
	return slot.Config{
		Prefix: prefix, Slots: (keys-1)/filled + 1, Entries: entries, StateSize: limit.MaxSize, Full: slot.Evict,
	}
}

// Bytes is how much of the proxy's memory the counters of so many keys take at most,
// whatever is asked of them. A view holds the names of the slots besides, about a
// twentieth of that, in its own thread's memory.
func Bytes(keys int) int64 { return shape("gatehouse/quota", max(keys, 1)).Bytes() }

// New returns a view of the counters of a prefix, with room for about so many keys, 1
// to MaxKeys. Views with another number of keys are of other counters. It touches
// nothing before Start. An error says which number is out of bounds.
func New(store policy.Store, prefix string, keys int) (*Counters, error) {
	if keys < 1 || keys > MaxKeys {
		return nil, fmt.Errorf("counter: keys: %d, want 1 to %d", keys, MaxKeys)
	}
	table, err := slot.New(store, shape(prefix, keys))
	if err != nil {
		return nil, err
	}
	return &Counters{table: table}, nil
}

// Start creates what is missing of the table, as [slot.Table.Start] does: it is called
// once a view, with 16 bytes that nobody outside can know.
func (c *Counters) Start(seed [16]byte) error { return c.table.Start(seed) }

// Take is [limit.Limit.Take] on the counter of a key. A key holds everything that
// tells counters apart: the name of the limit and its numbers, and the values of the
// client; it is not kept. Where ok is false the store could not be used, or the cost is
// negative, and nothing was counted. What is not allowed is not written.
func (c *Counters) Take(now time.Time, l limit.Limit, key []byte, n int64) (r limit.Result, ok bool) {
	return c.edit(take, now, l, key, n)
}

// TakeWithin is [limit.Rate.TakeWithin] on the counter of a key.
func (c *Counters) TakeWithin(now time.Time, l limit.Rate, key []byte, n int64, patience time.Duration) (limit.Result, bool) {
	c.change.rate, c.change.patience = l, patience
	return c.edit(takeWithin, now, &c.change.rate, key, n)
}

// Give is [limit.Limit.Give] on the counter of a key.
func (c *Counters) Give(now time.Time, l limit.Limit, key []byte, n int64) bool {
	_, ok := c.edit(give, now, l, key, n)
	return ok
}

// Charge is [limit.Limit.Charge] on the counter of a key.
func (c *Counters) Charge(now time.Time, l limit.Limit, key []byte, n int64) (limit.Result, bool) {
	return c.edit(charge, now, l, key, n)
}

// Stats returns what happened to this view's counters so far.
func (c *Counters) Stats() slot.Stats { return c.table.Stats() }

func (c *Counters) edit(o operation, now time.Time, l limit.Limit, key []byte, n int64) (limit.Result, bool) {
	if l.Size() > limit.MaxSize || n < 0 {
		return limit.Result{}, false
	}
	c.change.operation, c.change.now, c.change.limit, c.change.n = o, now, l, n
	if c.table.Edit(now, key, &c.change) != slot.Done {
		return limit.Result{}, false
	}
	return c.change.result, true
}

// operation is what is done to a counter.
type operation uint8

const (
	take operation = iota
	takeWithin
	give
	charge
)

// change carries out an operation on a state. It implements slot.Changer.
type change struct {
	operation operation
	now       time.Time
	limit     limit.Limit
	n         int64
	rate      limit.Rate
	patience  time.Duration
	result    limit.Result
}

// Change implements slot.Changer.
func (c *change) Change(state []byte, _ bool) (slot.Verdict, time.Duration, slot.Worth) {
	var before [limit.MaxSize]byte
	copy(before[:], state)
	switch c.operation {
	case take:
		c.result = c.limit.Take(state, c.now, c.n)
	case takeWithin:
		c.result = c.rate.TakeWithin(state, c.now, c.n, c.patience)
	case give:
		c.limit.Give(state, c.now, c.n)
	case charge:
		c.result = c.limit.Charge(state, c.now, c.n)
	}
	if [limit.MaxSize]byte(state) == before {
		return slot.Leave, 0, slot.Worth{}
	}
	return slot.Keep, c.limit.TTL(state, c.now), slot.Worth{Rank: c.limit.Rank(state, c.now), Class: c.limit.Class()}
}
