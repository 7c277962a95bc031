package counter

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"gatehouse/plugins/quota/limit"
	"gatehouse/plugins/quota/limit/limittest"
)

// remaining is what is left to a key.
func remaining(t testing.TB, c *Counters, now time.Time, l limit.Limit, key string) int64 {
	t.Helper()
	r, ok := c.Take(now, l, []byte(key), 0)
	if !ok {
		t.Fatal("not usable")
	}
	return r.Remaining
}

// evict uses up a victim's key, and takes from made-up keys, each of them so much,
// until the victim's counter is gone or so many keys were made up. It returns how many.
// No time passes, which is best for who attacks.
func evict(t testing.TB, keys int, l, made limit.Limit, each int64, most int) (int, bool) {
	t.Helper()
	c := view(t, &memory{}, keys)
	if r, _ := c.Take(start, l, []byte("victim"), l.Whole()); !r.Allowed {
		t.Fatal("the victim is refused")
	}
	var name []byte
	for i := range most {
		name = strconv.AppendInt(append(name[:0], "made up "...), int64(i), 10)
		if r, ok := c.Take(start, made, name, each); !ok || !r.Allowed {
			t.Fatalf("a new key is refused: %+v", r)
		}
		if i%16 == 15 && remaining(t, c, start, l, "victim") == l.Whole() {
			return i + 1, true
		}
	}
	return most, false
}

// TestEvictionCostsMoreThanItGives is about a client that has used up its limit and
// makes up keys to have it forgotten. Keys that took anything less than their whole
// never displace it; those that used up everything do so once there are about as many
// of them as the table has places, 3.2 for each configured key, and each of them was
// good for its whole limit already.
func TestEvictionCostsMoreThanItGives(t *testing.T) {
	const keys = 1000
	for _, c := range limittest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			whole := c.Limit.Whole()
			if whole > 1 {
				if n, gone := evict(t, keys, c.Limit, c.Limit, 1, 50*keys); gone {
					t.Errorf("evicted by %d keys that took 1 of %d each", n, whole)
				}
				if n, gone := evict(t, keys, c.Limit, c.Limit, whole-1, 50*keys); gone {
					t.Errorf("evicted by %d keys that took all but one", n)
				}
			}
			n, gone := evict(t, keys, c.Limit, c.Limit, whole, 50*keys)
			if !gone || n < keys {
				t.Errorf("evicted by %d keys that were used up (%t), want at least %d", n, gone, keys)
			}
			t.Logf("%d made-up keys take %d to have %d forgotten", n, int64(n)*whole, whole)
		})
	}
}

// TestEvictionAcrossLimits makes up keys of limits that one request uses up, to have
// a counter of another limit forgotten: it never is, since they displace each other.
func TestEvictionAcrossLimits(t *testing.T) {
	const keys, made = 1000, 30000
	var once []limit.Limit
	for hours := range 4 {
		once = append(once, fixed(t, 1, time.Duration(hours+1)*time.Hour))
	}
	for _, c := range limittest.Cases(t) {
		counters := view(t, &memory{}, keys)
		counters.Take(start, c.Limit, []byte("victim"), c.Limit.Whole())
		for i := range made {
			if r, ok := counters.Take(start, once[i%len(once)], fmt.Append(nil, i), 1); !ok || !r.Allowed {
				t.Fatalf("a new key is refused: %+v", r)
			}
		}
		if left := remaining(t, counters, start, c.Limit, "victim"); left != 0 {
			t.Errorf("%s: %d left after %d made-up keys of other limits", c.Name, left, made)
		}
	}
}

// TestEvictionGoesOn attacks on and on, in a table that is full of used-up keys by
// then: what it takes for each further time that the victim is forgotten.
func TestEvictionGoesOn(t *testing.T) {
	const keys, times = 1000, 10
	for _, c := range limittest.Cases(t) {
		counters := view(t, &memory{}, keys)
		gained, made := 0, 0
		whole := c.Limit.Whole()
		for ; gained < times && made < 100*keys; made++ {
			if r, _ := counters.Take(start, c.Limit, []byte("victim"), whole); r.Allowed {
				gained++
			}
			counters.Take(start, c.Limit, fmt.Append(nil, made), whole)
		}
		// The counter that came back is the last to go.
		if gained--; gained == 0 || made < gained*keys*2 {
			t.Errorf("%s: forgotten %d times by %d keys, want at least %d for each", c.Name, gained, made, 2*keys)
		}
		t.Logf("%s: forgotten %d times by %d keys: %d for each", c.Name, gained, made, made/max(gained, 1))
	}
}

// TestEvictionGivesWhatItTook is about a client with many good keys, all of them used
// as fast as they go, who makes up others of the same limit to have them forgotten:
// what the good ones get beyond their limit is never more than what the made-up ones
// took, and were allowed anyway.
func TestEvictionGivesWhatItTook(t *testing.T) {
	const keys, good, rounds = 100, 200, 400
	for _, whole := range []int64{5, 1000, 1_000_000} {
		for _, each := range []int64{1, 3} {
			l := fixed(t, whole, time.Hour)
			c := view(t, &memory{loan: true}, keys)
			extra, took := int64(0), int64(0)
			var used [good]int64
			for i := range rounds {
				for k := range good {
					if r, _ := c.Take(start, l, fmt.Append(nil, "good ", k), 1); r.Allowed {
						if used[k]++; used[k] > whole-r.Remaining {
							// Forgotten: it has what it had used before once more.
							extra += used[k] - (whole - r.Remaining)
							used[k] = whole - r.Remaining
						}
					}
				}
				for k := range good {
					c.Take(start, l, fmt.Append(nil, "made up ", i, k), each)
					took += each
				}
			}
			if extra > took {
				t.Errorf("%d each of %d: %d more by %d that made-up keys took", each, whole, extra, took)
			}
			t.Logf("%d each of %d: %d more by %d that made-up keys took", each, whole, extra, took)
		}
	}
}

// TestAMillionKeys sends a million requests with random keys through a table for a
// thousand, while 200 clients ask for half as much again as they may have.
func TestAMillionKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("a million requests")
	}
	const keys, clients, each = 1000, 200, 100 * time.Microsecond
	l := rate(t, 10, time.Second, 20)
	for _, made := range []struct {
		name   string
		limit  limit.Limit
		random int
	}{
		{"under the clients' own limit", l, 200_000},
		{"under one of 1000 an hour", fixed(t, 1000, time.Hour), 200_000},
		{"under one of 5 an hour", fixed(t, 5, time.Hour), 1_000_000},
	} {
		t.Run(made.name, func(t *testing.T) {
			m := &memory{loan: true}
			c := view(t, m, keys)
			models := make([]limittest.Model, clients)
			for i := range models {
				models[i] = limittest.NewBucket(10, time.Second, 20)
			}
			admitted, allowed, wronged, half := 0, 0, 0, int64(0)
			now, name := start, []byte(nil)
			for i := range made.random {
				now = now.Add(each)
				name = strconv.AppendInt(append(name[:0], "made up "...), int64(i), 10)
				if r, ok := c.Take(now, made.limit, name, 1); !ok || !r.Allowed {
					t.Fatalf("a new key is refused: %+v", r)
				}
				if i%3 == 0 { // 3333 a second, 16.7 for each client
					client := i / 3 % clients
					r, ok := c.Take(now, l, fmt.Append(nil, "client ", client), 1)
					want := models[client].Take(now, 1)
					if !ok || want && !r.Allowed {
						wronged++
					}
					if r.Allowed {
						admitted++
					}
					if want {
						allowed++
					}
				}
				if i == made.random/2 {
					half = m.size()
				}
			}
			size, most := m.size(), Bytes(keys)
			if size > most || size > half*21/20 {
				t.Errorf("%d bytes, %d after the half, want at most %d and no growth", size, half, most)
			}
			if wronged > 0 {
				t.Errorf("%d requests of clients are refused that the model allows", wronged)
			}
			if admitted != allowed {
				t.Errorf("clients: %d admitted, %d by the model", admitted, allowed)
			}
			t.Logf("clients: %d admitted, %d by the model; %d bytes, bound %d; %d evictions", admitted, allowed, size, most, c.Stats().Evictions)
		})
	}
}

// TestRoom fills tables with as many keys as they are for: how rarely a counter is
// lost.
func TestRoom(t *testing.T) {
	const keys, tables = 20000, 20
	lost := uint64(0)
	l := fixed(t, 10, time.Hour)
	for i := range tables {
		m := &memory{loan: true}
		c, err := New(m, "test", keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start([16]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
		for k := range keys {
			c.Take(start, l, strconv.AppendInt(nil, int64(k), 10), 1)
		}
		lost += c.Stats().Evictions
	}
	if lost*10000 > keys*tables {
		t.Errorf("%d of %d lost, want at most 1 of 10000", lost, keys*tables)
	}
	t.Logf("%d of %d lost", lost, keys*tables)
}

// TestBytes: a full table takes what Bytes says, its part for Envoy's hash table left
// out.
func TestBytes(t *testing.T) {
	const keys = 100
	m := &memory{loan: true}
	c, err := New(m, "gatehouse/quota", keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start([16]byte{}); err != nil {
		t.Fatal(err)
	}
	l := fixed(t, 10, time.Hour)
	for k := range 20 * keys {
		c.Take(start, l, strconv.AppendInt(nil, int64(k), 10), 1)
	}
	if size, want := m.size(), Bytes(keys)-int64(len(m.values)-1)*144; size > want+64 || size < want*9/10 {
		t.Errorf("%d bytes, want %d", size, want)
	}
}
