package counter

import (
	"sync"
	"testing"
	"time"

	"gatehouse/plugins/quota/limit"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// memory is a Store as Envoy's shared data is.
type memory struct {
	mu      sync.Mutex
	values  map[string]*entry
	version uint32
	// beforeSet is called, unlocked, before a Set.
	beforeSet func()
	// refuse is how many Sets to come find another version.
	refuse int
	sets   int
	// copied are the bytes of values read and written.
	copied int
	// loan hands out the store's own memory: no allocation, for one thread.
	loan bool
}

type entry struct {
	value   []byte
	version uint32
}

func (m *memory) Get(key string) ([]byte, uint32, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.values[key]
	if !ok {
		return nil, 0, false
	}
	m.copied += len(e.value)
	if m.loan {
		return e.value, e.version, true
	}
	return append([]byte(nil), e.value...), e.version, true
}

func (m *memory) Set(key string, value []byte, version uint32) bool {
	if hook := m.beforeSet; hook != nil {
		m.beforeSet = nil
		hook()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sets++
	if m.refuse > 0 {
		m.refuse--
		return false
	}
	e, ok := m.values[key]
	if ok && version != 0 && version != e.version {
		return false
	}
	if !ok {
		if m.values == nil {
			m.values = map[string]*entry{}
		}
		e = &entry{}
		m.values[key] = e
	}
	m.version++
	m.copied += len(value)
	e.value, e.version = append(e.value[:0], value...), m.version
	return true
}

// size is how many bytes of keys and values there are.
func (m *memory) size() int64 {
	size := int64(0)
	for key, e := range m.values {
		size += int64(len(key) + len(e.value))
	}
	return size
}

func view(t testing.TB, m *memory, keys int) *Counters {
	t.Helper()
	c, err := New(m, "test", keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start([16]byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	return c
}

func rate(t testing.TB, requests int64, per time.Duration, burst int64) limit.Rate {
	t.Helper()
	l, ok := limit.NewRate(requests, per, burst)
	if !ok {
		t.Fatal("out of bounds")
	}
	return l
}

func fixed(t testing.TB, requests int64, per time.Duration) limit.Fixed {
	t.Helper()
	l, ok := limit.NewFixed(requests, per)
	if !ok {
		t.Fatal("out of bounds")
	}
	return l
}
