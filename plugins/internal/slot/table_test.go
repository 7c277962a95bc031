package slot

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"
)

// memory is a Store as Envoy's shared data is: versions are counted up over all
// keys, and a version other than 0 creates a key that is missing.
type memory struct {
	mu      sync.Mutex
	values  map[string]entry
	version uint32
	// beforeSet is called, unlocked, before each Set.
	beforeSet func(key string)
	// refuse is how many Sets to come find another version.
	refuse int
	gets   int
	sets   int
}

type entry struct {
	value   []byte
	version uint32
}

func (m *memory) Get(key string) ([]byte, uint32, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gets++
	e, ok := m.values[key]
	return e.value, e.version, ok
}

func (m *memory) Set(key string, value []byte, version uint32) bool {
	if hook := m.beforeSet; hook != nil {
		m.beforeSet = nil
		hook(key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sets++
	if m.refuse > 0 {
		m.refuse--
		return false
	}
	if e, ok := m.values[key]; ok && version != 0 && version != e.version {
		return false
	}
	if m.values == nil {
		m.values = map[string]entry{}
	}
	m.version++
	m.values[key] = entry{append([]byte(nil), value...), m.version}
	return true
}

var (
	start  = time.Unix(1_750_000_000, 0)
	shape8 = Config{Prefix: "test", Slots: 4, Entries: 8, StateSize: 8}
)

func view(t testing.TB, m *memory, c Config) *Table {
	t.Helper()
	table, err := New(m, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Start([16]byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	return table
}

// add adds one to a count.
func add(state []byte, _ bool) Verdict {
	binary.LittleEndian.PutUint64(state, binary.LittleEndian.Uint64(state)+1)
	return Keep
}

// count reads a count, -1 if there is none.
func count(t testing.TB, table *Table, now time.Time, key string) int {
	t.Helper()
	n := -1
	outcome := table.Update(now, key, time.Minute, func(state []byte, known bool) Verdict {
		if n = -1; known {
			n = int(binary.LittleEndian.Uint64(state))
		}
		return Leave
	})
	if outcome != Done {
		t.Fatalf("reading %q: outcome %d, want %d", key, outcome, Done)
	}
	return n
}

func TestUpdate(t *testing.T) {
	m := &memory{}
	table := view(t, m, shape8)
	if got := count(t, table, start, "a"); got != -1 {
		t.Errorf("before any update: %d, want none", got)
	}
	sets := m.sets
	for i := 1; i <= 3; i++ {
		if outcome := table.Update(start, "a", time.Minute, add); outcome != Done {
			t.Fatalf("update %d: outcome %d", i, outcome)
		}
		if got := count(t, table, start, "a"); got != i {
			t.Errorf("after %d updates: %d", i, got)
		}
	}
	if m.sets != sets+3 {
		t.Errorf("%d writes, want 3: to leave an entry writes nothing", m.sets-sets)
	}
	if got := count(t, table, start, "b"); got != -1 {
		t.Errorf("another key: %d, want none", got)
	}
	if got := count(t, view(t, m, shape8), start, "a"); got != 3 {
		t.Errorf("from another view: %d, want 3", got)
	}
	table.Update(start, "a", time.Minute, func([]byte, bool) Verdict { return Drop })
	if got := count(t, table, start, "a"); got != -1 {
		t.Errorf("after it was dropped: %d, want none", got)
	}
	table.Update(start, "a", 0, add)
	if got := count(t, table, start, "a"); got != -1 {
		t.Errorf("kept for no time: %d, want none", got)
	}
	if stats := table.Stats(); stats != (Stats{}) {
		t.Errorf("stats %+v, want none", stats)
	}
}

func TestExpiry(t *testing.T) {
	for _, offset := range []time.Duration{0, 1, 499_999, time.Millisecond - 1} {
		table := view(t, &memory{}, shape8)
		now := start.Add(offset)
		table.Update(now, "a", 10*time.Second, add)
		if got := count(t, table, now.Add(10*time.Second), "a"); got != 1 {
			t.Errorf("%v past a millisecond: gone before its time", offset)
		}
		if got := count(t, table, now.Add(10*time.Second+2*time.Millisecond), "a"); got != -1 {
			t.Errorf("%v past a millisecond: there after its time", offset)
		}
		table.Update(now, "b", 10*time.Second, add)
		table.Update(now.Add(9*time.Second), "b", 10*time.Second, add)
		if got := count(t, table, now.Add(19*time.Second), "b"); got != 2 {
			t.Errorf("kept anew: %d, want 2", got)
		}
	}
}

func TestFullSlot(t *testing.T) {
	fill := func(full Full) *Table {
		table := view(t, &memory{}, Config{Prefix: "x", Slots: 1, Entries: 4, StateSize: 8, Full: full})
		for i, ttl := range []time.Duration{40, 10, 20, 30} {
			table.Update(start, fmt.Sprint(i), ttl*time.Second, add)
		}
		return table
	}
	table := fill(Refuse)
	if outcome := table.Update(start, "new", time.Minute, add); outcome != NoRoom {
		t.Errorf("refuse: outcome %d, want %d", outcome, NoRoom)
	}
	if outcome := table.Update(start, "1", time.Minute, add); outcome != Done || count(t, table, start, "1") != 2 {
		t.Error("refuse: a key that has an entry keeps it")
	}
	if stats := table.Stats(); stats != (Stats{Refusals: 1}) {
		t.Errorf("refuse: stats %+v", stats)
	}
	if outcome := table.Update(start.Add(25*time.Second), "new", time.Minute, add); outcome != Done {
		t.Errorf("refuse: outcome %d after an entry expired, want %d", outcome, Done)
	}

	table = fill(Evict)
	if outcome := table.Update(start, "new", time.Minute, add); outcome != Done {
		t.Errorf("evict: outcome %d, want %d", outcome, Done)
	}
	for key, want := range map[string]int{"0": 1, "1": -1, "2": 1, "3": 1, "new": 1} {
		if got := count(t, table, start, key); got != want {
			t.Errorf("evict: %q %d, want %d", key, got, want)
		}
	}
	if stats := table.Stats(); stats != (Stats{Evictions: 1}) {
		t.Errorf("evict: stats %+v", stats)
	}
}

// TestConflict has another thread change the slot between the read and the
// write.
func TestConflict(t *testing.T) {
	m := &memory{}
	one, two := view(t, m, shape8), view(t, m, shape8)
	m.beforeSet = func(string) { two.Update(start, "a", time.Minute, add) }
	if outcome := one.Update(start, "a", time.Minute, add); outcome != Done {
		t.Fatalf("outcome %d", outcome)
	}
	if got := count(t, one, start, "a"); got != 2 {
		t.Errorf("%d, want 2: an update was lost", got)
	}
	if stats := one.Stats(); stats != (Stats{Conflicts: 1}) {
		t.Errorf("stats %+v", stats)
	}

	before := m.gets
	m.refuse = 1 << 30
	if outcome := one.Update(start, "a", time.Minute, add); outcome != Contended {
		t.Errorf("outcome %d, want %d", outcome, Contended)
	}
	if m.gets-before != maxTries {
		t.Errorf("%d reads, want %d", m.gets-before, maxTries)
	}
	m.refuse = 0
	if stats := one.Stats(); stats != (Stats{Conflicts: 1 + maxTries, Failures: 1}) {
		t.Errorf("stats %+v", stats)
	}
	if got := count(t, one, start, "a"); got != 2 {
		t.Errorf("%d after an update that came to nothing, want 2", got)
	}
}

// TestEvictionIsCountedOnce: a try that was undone evicted nothing.
func TestEvictionIsCountedOnce(t *testing.T) {
	m := &memory{}
	table := view(t, m, Config{Prefix: "x", Slots: 1, Entries: 1, StateSize: 8, Full: Evict})
	table.Update(start, "a", time.Minute, add)
	m.refuse = 5
	table.Update(start, "b", time.Minute, add)
	if stats := table.Stats(); stats != (Stats{Evictions: 1, Conflicts: 5}) {
		t.Errorf("stats %+v", stats)
	}
}

// TestCreationLosesNothing has a second view started, and used, between the moment
// when the first finds a key of the store missing and the moment when it creates it,
// at each of them in turn.
func TestCreationLosesNothing(t *testing.T) {
	const updates = 12
	for at := range 1 + updates {
		m := &memory{}
		var second *Table
		seen := 0
		var hook func(string)
		hook = func(string) {
			if seen == at {
				var err error
				if second, err = New(m, shape8); err != nil {
					t.Fatal(err)
				}
				if err := second.Start([16]byte{9}); err != nil {
					t.Fatal(err)
				}
				for i := range updates {
					second.Update(start, fmt.Sprint(i), time.Minute, add)
				}
				return
			}
			seen++
			m.beforeSet = hook
		}
		m.beforeSet = hook
		first := view(t, m, shape8)
		for i := range updates {
			if outcome := first.Update(start, fmt.Sprint(i), time.Minute, add); outcome != Done {
				t.Fatalf("write %d: outcome %d", at, outcome)
			}
		}
		if second == nil {
			t.Fatalf("write %d: the other view was not started", at)
		}
		for i := range updates {
			if got := count(t, first, start, fmt.Sprint(i)); got != 2 {
				t.Errorf("write %d: %d of 2 updates of %d are there", at, got, i)
			}
		}
	}
}

// TestThreads counts with many threads that start at the same time: no addition
// may be lost, whatever the slots they share.
func TestThreads(t *testing.T) {
	const threads, rounds, keys, repeats = 8, 20, 10, 30
	for round := range rounds {
		m := &memory{}
		var wait sync.WaitGroup
		conflicts := make([]uint64, threads)
		for thread := range threads {
			wait.Go(func() {
				table, err := New(m, shape8)
				if err != nil {
					t.Error(err)
					return
				}
				if err := table.Start([16]byte{byte(thread), byte(round)}); err != nil {
					t.Error(err)
					return
				}
				for i := range repeats * keys {
					for table.Update(start, fmt.Sprint(i%keys), time.Minute, add) == Contended {
					}
				}
				conflicts[thread] = table.Stats().Conflicts
			})
		}
		wait.Wait()
		table := view(t, m, shape8)
		for key := range keys {
			if got := count(t, table, start, fmt.Sprint(key)); got != threads*repeats {
				t.Fatalf("round %d: key %d counted %d, want %d", round, key, got, threads*repeats)
			}
		}
	}
}

// TestReplay lets many threads present the same ids at the same time: each may
// be new to one of them only.
func TestReplay(t *testing.T) {
	const threads, ids = 8, 500
	m := &memory{}
	fresh := make([][ids]bool, threads)
	var wait sync.WaitGroup
	for thread := range threads {
		table := view(t, m, Config{Prefix: "jti", Slots: 64, Entries: 32})
		wait.Go(func() {
			for i := range ids {
				outcome := Contended
				for outcome == Contended {
					outcome = table.Update(start, fmt.Sprint(i), time.Minute, func(_ []byte, known bool) Verdict {
						if fresh[thread][i] = !known; known {
							return Leave
						}
						return Keep
					})
				}
				if outcome != Done {
					t.Errorf("id %d: outcome %d", i, outcome)
				}
			}
		})
	}
	wait.Wait()
	for i := range ids {
		times := 0
		for thread := range fresh {
			if fresh[thread][i] {
				times++
			}
		}
		if times != 1 {
			t.Errorf("id %d was new %d times, want once", i, times)
		}
	}
}

// TestSeedIsShared: keys lie where the first seed puts them, and another seed
// puts them elsewhere.
func TestSeedIsShared(t *testing.T) {
	m := &memory{}
	one := view(t, m, shape8)
	two, _ := New(m, shape8)
	if err := two.Start([16]byte{7}); err != nil {
		t.Fatal(err)
	}
	if one.k0 != two.k0 || one.k1 != two.k1 {
		t.Error("two views of one table have different seeds")
	}
	other, _ := New(&memory{}, shape8)
	if err := other.Start([16]byte{7}); err != nil {
		t.Fatal(err)
	}
	same := 0
	for i := range 100 {
		_, a := sipHash(one.k0, one.k1, fmt.Sprint(i))
		_, b := sipHash(other.k0, other.k1, fmt.Sprint(i))
		if a == b {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 100 fingerprints do not depend on the seed", same)
	}
}

// TestSpread: keys spread over the slots as the dice would have it, so that the
// figures of RATIONALE.md hold.
func TestSpread(t *testing.T) {
	const slots, each = 64, 100
	var in [slots]int
	for i := range slots * each {
		place, _ := sipHash(1, 2, fmt.Sprint(i))
		in[place%slots]++
	}
	sum := 0.0
	for _, n := range in {
		sum += float64((n-each)*(n-each)) / each
	}
	// Chi-squared with 63 degrees of freedom: 99.9 % are below 104.
	if sum > 104 {
		t.Errorf("chi-squared %.1f, want at most 104", sum)
	}
}

type broken struct{ *memory }

func (broken) Set(string, []byte, uint32) bool { return true }

func TestUnavailable(t *testing.T) {
	table, err := New(&memory{}, shape8)
	if err != nil {
		t.Fatal(err)
	}
	if outcome := table.Update(start, "a", time.Minute, add); outcome != Unavailable {
		t.Errorf("before Start: outcome %d, want %d", outcome, Unavailable)
	}
	deaf, _ := New(broken{&memory{}}, shape8)
	if err := deaf.Start([16]byte{}); err != ErrStore {
		t.Errorf("store that keeps nothing: %v, want %v", err, ErrStore)
	}

	m := &memory{}
	table = view(t, m, shape8)
	for _, value := range []string{"", "x", "\x01short", "\x02", "\x01" + string(make([]byte, 9*24))} {
		for i := range uint64(shape8.Slots) {
			m.values[table.key(i)] = entry{[]byte(value), 1}
		}
		if outcome := table.Update(start, "a", time.Minute, add); outcome != Unavailable {
			t.Errorf("slot %q: outcome %d, want %d", value, outcome, Unavailable)
		}
	}

	// What the store forgets begins anew, whoever comes first.
	m.values = map[string]entry{}
	second, _ := New(m, shape8)
	second.started, second.k0, second.k1 = true, table.k0, table.k1
	m.beforeSet = func(string) { second.Update(start, "a", time.Minute, add) }
	if outcome := table.Update(start, "a", time.Minute, add); outcome != Done || count(t, table, start, "a") != 2 {
		t.Errorf("after the store forgot: outcome %d, count %d, want %d, 2", outcome, count(t, table, start, "a"), Done)
	}
}

func TestConfigBounds(t *testing.T) {
	tests := []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"as it should be", func(*Config) {}, ""},
		{"no prefix", func(c *Config) { c.Prefix = "" }, "slot: prefix: 0, want 1 to 128"},
		{"no slots", func(c *Config) { c.Slots = 0 }, "slot: slots: 0, want 1 to 1048576"},
		{"too many slots", func(c *Config) { c.Slots = MaxSlots + 1 }, "slot: slots: 1048577, want 1 to 1048576"},
		{"no entries", func(c *Config) { c.Entries = 0 }, "slot: entries: 0, want 1 to 256"},
		{"too many entries", func(c *Config) { c.Entries = 257 }, "slot: entries: 257, want 1 to 256"},
		{"negative state", func(c *Config) { c.StateSize = -1 }, "slot: state size: -1, want 0 to 64"},
		{"state too large", func(c *Config) { c.StateSize = 65 }, "slot: state size: 65, want 0 to 64"},
	}
	for _, test := range tests {
		c := shape8
		test.edit(&c)
		got := ""
		if _, err := New(&memory{}, c); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestBytes: values and keys of a full table stay within what Bytes says, its
// part for Envoy's hash table left out.
func TestBytes(t *testing.T) {
	m := &memory{}
	c := Config{Prefix: "bytes", Slots: 16, Entries: 8, StateSize: 8, Full: Evict}
	table := view(t, m, c)
	for i := range 1000 {
		table.Update(start, fmt.Sprint(i), time.Hour, add)
	}
	total := int64(0)
	for key, e := range m.values {
		if key != table.keys+"seed" {
			total += int64(len(key) + len(e.value))
		}
	}
	if limit := c.Bytes() - 144*int64(c.Slots); total > limit || total < limit*9/10 {
		t.Errorf("%d bytes, want at most %d and nearly as many", total, limit)
	}
	if len(m.values) != c.Slots+1 {
		t.Errorf("%d keys, want %d", len(m.values), c.Slots+1)
	}
}
