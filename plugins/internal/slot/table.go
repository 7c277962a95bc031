package slot

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"gatehouse/plugins/internal/policy"
)

// Bounds of a Config.
const (
	MaxSlots     = 1 << 20
	MaxEntries   = 256
	MaxStateSize = 64
	maxPrefix    = 128
)

// maxTries is how often an update looks at a slot that others keep changing. A
// thread loses a try only to another one that succeeded, within the microseconds
// between its own read and write.
const maxTries = 64

// Full says what becomes of a new entry whose slot has no room.
type Full uint8

const (
	// Refuse keeps the entries that are there: the update comes to [NoRoom]. It
	// is the zero value, since forgetting is what lets a replay pass.
	Refuse Full = iota
	// Evict removes the entry that is worth least, of those the one that expires
	// first, of those the one that came first, and counts it.
	Evict
)

// Config is the shape of a table. Tables of one prefix and another shape are
// other tables.
type Config struct {
	// Prefix begins the names of the table's keys in the store, which all plugins
	// of a process share.
	Prefix string
	// Slots is how many slots there are, 1 to MaxSlots.
	Slots int
	// Entries is how many entries a slot holds, 1 to MaxEntries.
	Entries int
	// StateSize is the size of an entry's state in bytes, 0 to MaxStateSize.
	StateSize int
	// Full says what becomes of a new entry whose slot has no room.
	Full Full
}

// Bytes is how much of the proxy's memory the table takes at most: a slot's
// value is 1 + Entries × (16 + StateSize) bytes, and beside it and its key a
// slot costs Envoy about 144 bytes of its hash table. A view holds the names of
// the slots besides, in its own thread's memory.
func (c Config) Bytes() int64 {
	key := len(c.Prefix) + len(shape(c)) + len(strconv.Itoa(c.Slots))
	return int64(c.Slots) * int64(1+c.Entries*(stateAt+c.StateSize)+key+144)
}

// shape is the part of the keys that tells tables of one prefix apart.
func shape(c Config) string { return fmt.Sprintf("/%dx%dx%d/", c.Slots, c.Entries, c.StateSize) }

// Table is one thread's view of a table. It may not be used by two goroutines at
// a time; views of the same table may.
type Table struct {
	config Config
	store  policy.Store
	keys   string
	// names are those of all slots, one after the other: to make one is to
	// allocate.
	// nameSize is the size of each.
	nameSize uint64
	names    string
	started  bool
	k0, k1   uint64
	slot     slot
	timed    timed
	stats    Stats
}

// Stats counts what happened to one thread's updates.
type Stats struct {
	// Evictions are entries that were removed before they expired.
	Evictions uint64
	// Refusals are updates that came to NoRoom.
	Refusals uint64
	// Conflicts are tries that another thread's update undid.
	Conflicts uint64
	// Failures are updates that came to Contended or Unavailable.
	Failures uint64
}

// ErrStore is a store that does not keep what is written to it, or holds
// something else under the table's keys.
var ErrStore = errors.New("slot: the store does not hold the table")

// New returns a view of a table. It touches nothing before Start. An error says
// which number of the configuration is out of bounds.
func New(store policy.Store, c Config) (*Table, error) {
	for _, n := range []struct {
		name             string
		value, low, high int
	}{
		{"prefix", len(c.Prefix), 1, maxPrefix}, {"slots", c.Slots, 1, MaxSlots},
		{"entries", c.Entries, 1, MaxEntries}, {"state size", c.StateSize, 0, MaxStateSize},
	} {
		if n.value < n.low || n.value > n.high {
			return nil, fmt.Errorf("slot: %s: %d, want %d to %d", n.name, n.value, n.low, n.high)
		}
	}
	size := stateAt + c.StateSize
	t := &Table{config: c, store: store, keys: c.Prefix + shape(c)}
	t.slot = slot{bytes: make([]byte, 0, 1+(c.Entries+1)*size), size: size}
	t.name()
	return t, nil
}

// Start finds the seed of the table, or creates it. It is called once a view, with 16
// bytes that nobody outside can know; the seed of whoever comes first counts for
// all. The error is [ErrStore].
//
// Views may start at the same time, and while others are in use. Slots are created
// when something is put into them, and only where they are absent: no call undoes
// another's. What the store forgets is forgotten, and its slots are made anew.
func (t *Table) Start(seed [16]byte) error {
	name := t.keys + "seed"
	t.store.Set(name, append([]byte{format}, seed[:]...), policy.Absent)
	value, _, ok := t.store.Get(name)
	if !ok || len(value) != 1+len(seed) || value[0] != format {
		return ErrStore
	}
	t.k0, t.k1 = halves(value[1:])
	t.started = true
	return nil
}

// name makes the names of the slots.
func (t *Table) name() {
	width := len(strconv.Itoa(t.config.Slots - 1))
	t.nameSize = uint64(len(t.keys) + width)
	names := make([]byte, 0, t.config.Slots*(len(t.keys)+width))
	for i := range t.config.Slots {
		names = append(names, t.keys...)
		number := strconv.Itoa(i)
		for range width - len(number) {
			names = append(names, '0')
		}
		names = append(names, number...)
	}
	t.names = string(names)
}

// key returns the name of a slot.
func (t *Table) key(i uint64) string {
	return t.names[i*t.nameSize : (i+1)*t.nameSize]
}

// Verdict is what a [Change] asks for.
type Verdict uint8

const (
	// Leave changes nothing, neither the state nor when it expires.
	Leave Verdict = iota
	// Keep writes the state, and lets it expire anew.
	Keep
	// Drop removes the entry.
	Drop
)

// Change looks at the state of a key and changes it in place. Without a known
// state, state is all zeros. It may be called several times for one update, each
// time with the state as it is by then, and only what it did the last time
// counts: it has no other effect than on state and on variables that it sets
// anew each time. It does not keep state.
type Change func(state []byte, known bool) Verdict

// Changer is a [Change] that says by itself how long the state is kept and what
// it is worth.
type Changer interface {
	// Change is called as a Change is. The time to live and the worth count where
	// the verdict is Keep.
	Change(state []byte, known bool) (verdict Verdict, ttl time.Duration, worth Worth)
}

// Worth says which entry of a full slot is evicted: one of the class that has the
// most there, the new one's among them, so that no class can displace another that has
// fewer; and of that class the one of the lowest rank.
type Worth struct {
	// Rank is at most MaxRank.
	Rank  uint16
	Class uint8
}

// MaxRank is the highest rank.
const MaxRank = 1<<12 - 1

// timed is a Change with a time to live known beforehand.
type timed struct {
	change Change
	ttl    time.Duration
}

func (c *timed) Change(state []byte, known bool) (Verdict, time.Duration, Worth) {
	return c.change(state, known), c.ttl, Worth{}
}

// Outcome is what came of an update.
type Outcome uint8

const (
	// Unavailable: the table was not started, or the store does not hold it. It
	// is the zero value. Nothing is known of the key.
	Unavailable Outcome = iota
	// Done: the last call of the change saw what was there, and what it asked for
	// was done.
	Done
	// NoRoom: the change asked to keep a new entry, and its slot is full. Nothing
	// was changed.
	NoRoom
	// Contended: others changed the slot at every try. Nothing was changed.
	Contended
)

// Update lets change look at the state of a key and carries out what it asks
// for, in one step as seen by every other thread. A state that is kept expires
// ttl after now, not a moment sooner; with a ttl of zero or less it is dropped.
// Keys that must differ must be different strings: what a key is made of needs
// separators or fixed lengths.
func (t *Table) Update(now time.Time, key string, ttl time.Duration, change Change) Outcome {
	t.timed = timed{change, ttl}
	place, fingerprint := sipHash(t.k0, t.k1, key)
	outcome := t.update(now, place, fingerprint, &t.timed)
	t.timed = timed{}
	return outcome
}

// Edit is Update for a change that says how long the state is kept. It keeps
// neither the key nor the changer, and allocates nothing.
func (t *Table) Edit(now time.Time, key []byte, change Changer) Outcome {
	place, fingerprint := sipHash(t.k0, t.k1, key)
	return t.update(now, place, fingerprint, change)
}

func (t *Table) update(now time.Time, place, fingerprint uint64, change Changer) Outcome {
	if !t.started {
		t.stats.Failures++
		return Unavailable
	}
	name := t.key(place % uint64(t.config.Slots))
	for range maxTries {
		value, version, ok := t.store.Get(name)
		if !ok {
			t.slot.clear()
			version = policy.Absent
		} else if !t.slot.load(value, t.config.Entries) {
			t.stats.Failures++
			return Unavailable
		}
		evicted := uint64(0)
		switch t.apply(fingerprint, now, change, &evicted) {
		case unchanged:
			return Done
		case full:
			t.stats.Refusals++
			return NoRoom
		}
		if t.store.Set(name, t.slot.bytes, version) {
			t.stats.Evictions += evicted
			return Done
		}
		t.stats.Conflicts++
	}
	t.stats.Failures++
	return Contended
}

// applied is what apply did to the slot in hand.
type applied uint8

const (
	unchanged applied = iota
	changed
	full
)

// apply carries out a change on the slot in hand.
func (t *Table) apply(fingerprint uint64, now time.Time, change Changer, evicted *uint64) applied {
	at := t.slot.find(fingerprint, now.UnixMilli())
	known := at > 0
	if !known {
		at = t.slot.add(fingerprint)
	}
	verdict, ttl, worth := change.Change(t.slot.state(at), known)
	if verdict == Keep && ttl <= 0 {
		verdict = Drop
	}
	switch {
	case verdict == Keep:
		// Milliseconds are rounded down here and in find: one more, and an entry
		// is never taken for expired too soon.
		t.slot.setLasting(at, now.Add(ttl).UnixMilli()+1, worth)
		if t.slot.exceeds(t.config.Entries) {
			if t.config.Full == Refuse {
				return full
			}
			t.slot.remove(t.slot.first(at))
			*evicted = 1
		}
		return changed
	case verdict == Drop && known:
		t.slot.remove(at)
		return changed
	}
	return unchanged
}

// Stats returns what happened to this view's updates so far.
func (t *Table) Stats() Stats { return t.stats }
