package counter

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/plugins/internal/slot"
	"gatehouse/plugins/quota/limit"
	"gatehouse/plugins/quota/limit/limittest"
)

// TestWhatIsRefusedIsNotWritten: a client that is refused costs one read.
func TestWhatIsRefusedIsNotWritten(t *testing.T) {
	for _, c := range limittest.Cases(t) {
		m := &memory{}
		counters := view(t, m, 10)
		for i := range c.Limit.Whole() {
			if r, ok := counters.Take(start, c.Limit, []byte("a"), 1); !ok || !r.Allowed {
				t.Fatalf("%s: take %d: %+v, %t", c.Name, i, r, ok)
			}
		}
		sets := m.sets
		for range 10 {
			if r, ok := counters.Take(start, c.Limit, []byte("a"), 1); !ok || r.Allowed || r.Remaining != 0 {
				t.Fatalf("%s: beyond the whole: %+v, %t", c.Name, r, ok)
			}
			if r, ok := counters.Take(start, c.Limit, []byte("b"), 0); !ok || !r.Allowed || r.Remaining != c.Limit.Whole() {
				t.Fatalf("%s: another key: %+v, %t", c.Name, r, ok)
			}
		}
		if m.sets != sets {
			t.Errorf("%s: %d writes, want none", c.Name, m.sets-sets)
		}
		if !counters.Give(start, c.Limit, []byte("a"), c.Limit.Whole()) {
			t.Errorf("%s: not given back", c.Name)
		}
		for key, e := range m.values {
			if len(e.value) > 1 && key[len(key)-4:] != "seed" {
				t.Errorf("%s: %d bytes are kept of what was given back", c.Name, len(e.value))
			}
		}
	}
}

func TestChargeAndPatience(t *testing.T) {
	counters := view(t, &memory{}, 10)
	l, key := rate(t, 10, time.Second, 5), []byte("a")
	if r, ok := counters.Charge(start, l, key, 8); !ok || r.Allowed || r.RetryAfter != limit.Never {
		t.Errorf("charge: %+v, %t", r, ok)
	}
	if r, ok := counters.Take(start, l, key, 1); !ok || r.Allowed || r.RetryAfter != 400*time.Millisecond {
		t.Errorf("in debt: %+v, %t, want 400 ms", r, ok)
	}
	if r, ok := counters.TakeWithin(start, l, key, 1, 500*time.Millisecond); !ok || !r.Allowed || r.Delay != 400*time.Millisecond {
		t.Errorf("with patience: %+v, %t, want 400 ms", r, ok)
	}
	if r, ok := counters.TakeWithin(start, l, key, 1, 499*time.Millisecond); !ok || r.Allowed || r.RetryAfter != time.Millisecond {
		t.Errorf("with less patience: %+v, %t, want 1 ms", r, ok)
	}
}

func TestUnusable(t *testing.T) {
	m := &memory{}
	l := rate(t, 10, time.Second, 5)
	counters, err := New(m, "test", 10)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := counters.Take(start, l, []byte("a"), 1); ok || r.Allowed {
		t.Errorf("before Start: %+v, %t", r, ok)
	}
	counters = view(t, m, 10)
	if _, ok := counters.Take(start, l, []byte("a"), -1); ok {
		t.Error("a negative cost is taken")
	}
	m.refuse = 1 << 30
	if r, ok := counters.Take(start, l, []byte("a"), 1); ok || r.Allowed {
		t.Errorf("contended: %+v, %t", r, ok)
	}
	m.refuse = 0
	if r, ok := counters.Take(start, l, []byte("a"), 0); !ok || r.Remaining != 5 {
		t.Errorf("after a take that came to nothing: %+v, %t", r, ok)
	}
	if r, ok := counters.Take(start, l, []byte("a"), 1); !ok || r.Remaining != 4 {
		t.Errorf("a slot that is made: %+v, %t", r, ok)
	}
	for _, e := range m.values {
		e.value = []byte("something else")
	}
	if r, ok := counters.Take(start, l, []byte("a"), 1); ok || r.Allowed {
		t.Errorf("lost: %+v, %t", r, ok)
	}
	if s := counters.Stats(); s.Failures != 2 {
		t.Errorf("%+v, want 2 failures", s)
	}
	if err := counters.Start([16]byte{}); !errors.Is(err, slot.ErrStore) {
		t.Errorf("Start: %v, want %v", err, slot.ErrStore)
	}
	for keys, want := range map[int]string{
		0: "counter: keys: 0, want 1 to 5242880", -5: "counter: keys: -5, want 1 to 5242880", MaxKeys + 1: "counter: keys: 5242881, want 1 to 5242880",
	} {
		if _, err := New(m, "test", keys); fmt.Sprint(err) != want {
			t.Errorf("%d keys: %v, want %s", keys, err, want)
		}
	}
}

// TestNothingIsAllocated besides what the store does.
func TestNothingIsAllocated(t *testing.T) {
	m := &memory{loan: true}
	counters := view(t, m, 100)
	key := []byte("per-client\x00 5f2c1e \x00 claim:client_id \x00 example")
	for _, c := range limittest.Cases(t) {
		now := start
		if n := testing.AllocsPerRun(100, func() {
			now = now.Add(c.Step)
			counters.Take(now, c.Limit, key, 1)
			counters.Charge(now, c.Limit, key, 1)
			counters.Give(now, c.Limit, key, 1)
		}); n != 0 {
			t.Errorf("%s: %v allocations, want none", c.Name, n)
		}
	}
	l := rate(t, 10, time.Second, 5)
	if n := testing.AllocsPerRun(100, func() { counters.TakeWithin(start, l, key, 1, time.Minute) }); n != 0 {
		t.Errorf("with patience: %v allocations, want none", n)
	}
}

// FuzzState takes from a key whose state is anything.
func FuzzState(f *testing.F) {
	f.Add([]byte{}, int64(1))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x00\x00\x00\x00\x00\x00\x80"), int64(20))
	f.Fuzz(func(t *testing.T, state []byte, n int64) {
		if len(state) > limit.MaxSize {
			return
		}
		for _, c := range limittest.Cases(t) {
			m := &memory{}
			counters := view(t, m, 5)
			counters.Take(start, c.Limit, []byte("a"), 1)
			for _, e := range m.values {
				if len(e.value) == 1+16+limit.MaxSize {
					copy(e.value[17:], state)
				}
			}
			taken := int64(0)
			for _, cost := range []int64{n, 1, c.Limit.Whole(), 1} {
				if r, ok := counters.Take(start, c.Limit, []byte("a"), cost); r.Allowed {
					taken += cost
				} else if !ok && cost >= 0 {
					t.Fatalf("%s: not usable", c.Name)
				}
			}
			if taken > c.Limit.Whole() {
				t.Fatalf("%s: %d taken, more than the whole", c.Name, taken)
			}
		}
	})
}
