package slot

import (
	"encoding/binary"
	"testing"
	"time"
)

// FuzzUpdate runs updates on a table of one slot and on a map, which must agree
// on every state, every outcome, and on what is evicted.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x13\x24\x35\x46\x57\x68\x79\x8a\x9b\xac\xbd\xce\xdf\xe0\xf1"), true)
	f.Add([]byte("\x00\x11\x22\x33\x44\x55\x66\x77\xf8\x00\x11\x22\x33"), false)
	f.Fuzz(func(t *testing.T, script []byte, evict bool) {
		if len(script) > 256 {
			return
		}
		const entries = 4
		c := Config{Prefix: "fuzz", Slots: 1, Entries: entries, StateSize: 8}
		if evict {
			c.Full = Evict
		}
		m := &memory{}
		table := view(t, m, c)
		type state struct {
			count  uint64
			expiry time.Time
		}
		model := map[string]state{}
		now := start
		for i := 0; i+1 < len(script); i += 2 {
			op, argument := script[i], script[i+1]
			now = now.Add(time.Duration(op>>5) * time.Second)
			for key, s := range model {
				// Expiry is exact to the millisecond, and the clock moves in seconds.
				if !s.expiry.After(now.Add(-time.Millisecond)) {
					delete(model, key)
				}
			}
			key := string(rune('a' + op&7))
			ttl := time.Duration(argument>>3) * time.Second
			verdict := Verdict(argument&7) % 3
			m.refuse = int(op >> 3 & 3)
			old, known := model[key]
			outcome := table.Update(now, key, ttl, func(got []byte, gotKnown bool) Verdict {
				if count := binary.LittleEndian.Uint64(got); gotKnown != known || count != old.count {
					t.Fatalf("step %d: %q is %d, %v, want %d, %v", i, key, count, gotKnown, old.count, known)
				}
				binary.LittleEndian.PutUint64(got, old.count+1)
				return verdict
			})
			m.refuse = 0
			want := Done
			switch {
			case verdict == Keep && ttl > 0:
				if !known && len(model) == entries {
					if !evict {
						want = NoRoom
						break
					}
					evictOne(t, table, now, func(yield func(string, time.Time)) {
						for key, s := range model {
							yield(key, s.expiry)
						}
					}, func(key string) { delete(model, key) })
				}
				model[key] = state{old.count + 1, now.Add(ttl)}
			case verdict == Keep || verdict == Drop:
				delete(model, key)
			}
			if outcome != want {
				t.Fatalf("step %d: outcome %d, want %d", i, outcome, want)
			}
			for c := 'a'; c <= 'h'; c++ {
				want := -1
				if s, ok := model[string(c)]; ok {
					want = int(s.count)
				}
				if got := count(t, table, now, string(c)); got != want {
					t.Fatalf("step %d: %q is %d, want %d", i, string(c), got, want)
				}
			}
		}
	})
}

// evictOne finds the one key that is gone, which must be among those that
// expire first.
func evictOne(t *testing.T, table *Table, now time.Time, each func(func(string, time.Time)), remove func(string)) {
	var first time.Time
	each(func(_ string, expiry time.Time) {
		if first.IsZero() || expiry.Before(first) {
			first = expiry
		}
	})
	var gone []string
	each(func(key string, expiry time.Time) {
		if count(t, table, now, key) >= 0 {
			return
		}
		if expiry.After(first) {
			t.Fatalf("%q was evicted, which does not expire first", key)
		}
		gone = append(gone, key)
	})
	if len(gone) != 1 {
		t.Fatalf("%d keys were evicted, want 1", len(gone))
	}
	remove(gone[0])
}

// FuzzSlotValue loads whatever the store holds.
func FuzzSlotValue(f *testing.F) {
	f.Add([]byte("\x01"))
	f.Add(append([]byte{1}, make([]byte, 48)...))
	f.Fuzz(func(t *testing.T, value []byte) {
		m := &memory{}
		c := Config{Prefix: "fuzz", Slots: 1, Entries: 4, StateSize: 8, Full: Evict}
		table := view(t, m, c)
		m.values[table.key(0)] = entry{value, 1}
		outcome := table.Update(start, "a", time.Minute, add)
		good := len(value) > 0 && value[0] == format && len(value)%24 == 1 && len(value) <= 1+4*24
		if good != (outcome == Done) {
			t.Fatalf("value of %d bytes: outcome %d", len(value), outcome)
		}
		if got := m.values[table.key(0)].value; len(got) > 1+4*24 && good {
			t.Fatalf("slot of %d bytes", len(got))
		}
	})
}
