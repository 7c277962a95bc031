package slot

import (
	"fmt"
	"testing"
	"time"
)

// worthy keeps an entry that is worth something.
type worthy struct {
	worth Worth
	ttl   time.Duration
}

func (w *worthy) Change(state []byte, known bool) (Verdict, time.Duration, Worth) {
	return add(state, known), w.ttl, w.worth
}

// TestEditIsUpdate: both change the entry of a key, be it text or bytes.
func TestEditIsUpdate(t *testing.T) {
	table := view(t, &memory{}, shape8)
	table.Update(start, "a key of more than eight bytes", time.Minute, add)
	outcome := table.Edit(start, []byte("a key of more than eight bytes"), &worthy{ttl: time.Hour, worth: Worth{Rank: 1 << 15, Class: 255}})
	if outcome != Done || count(t, table, start, "a key of more than eight bytes") != 2 {
		t.Errorf("outcome %d, count %d, want %d, 2", outcome, count(t, table, start, "a key of more than eight bytes"), Done)
	}
	later := start.Add(time.Hour)
	if got := count(t, table, later, "a key of more than eight bytes"); got != 2 {
		t.Errorf("%d before the hour is over, want 2", got)
	}
	if got := count(t, table, later.Add(2*time.Millisecond), "a key of more than eight bytes"); got != -1 {
		t.Errorf("%d after the hour, want none", got)
	}
	if outcome := table.Edit(start, []byte("b"), &worthy{}); outcome != Done || count(t, table, start, "b") != -1 {
		t.Errorf("kept for no time: outcome %d, count %d", outcome, count(t, table, start, "b"))
	}
}

// TestEvictionByWorth fills a slot of four and wants one entry to be gone.
func TestEvictionByWorth(t *testing.T) {
	worth := func(class uint8, rank uint16, ttl time.Duration) worthy { return worthy{Worth{rank, class}, ttl} }
	tests := []struct {
		name    string
		entries [5]worthy
		gone    int
	}{
		{"the lowest rank", [5]worthy{worth(1, 9, 1), worth(1, 8, 9), worth(1, 9, 1), worth(1, 9, 1), worth(1, 1, 1)}, 1},
		{"of one rank the one that expires first", [5]worthy{worth(1, 9, 5), worth(1, 9, 4), worth(1, 9, 3), worth(1, 9, 6), worth(1, 1, 1)}, 2},
		{"of the largest class", [5]worthy{worth(1, 1, 1), worth(2, 9, 9), worth(2, 8, 9), worth(2, 9, 9), worth(2, 1, 1)}, 2},
		{"not of one that the new one's class is larger than", [5]worthy{worth(1, 1, 1), worth(1, 1, 1), worth(2, 9, 9), worth(2, 9, 8), worth(2, 1, 1)}, 3},
		{"of one that is larger than the new one's", [5]worthy{worth(1, 7, 1), worth(1, 6, 1), worth(1, 8, 9), worth(2, 1, 8), worth(2, 1, 1)}, 1},
		{"each of its own class", [5]worthy{worth(1, 7, 1), worth(2, 6, 1), worth(3, 5, 9), worth(4, 8, 8), worth(5, 1, 1)}, 2},
		{"the highest rank and class there is", [5]worthy{worth(255, MaxRank, 9), worth(255, MaxRank, 8), worth(255, MaxRank+5, 7), worth(255, MaxRank-1, 9), worth(255, 0, 1)}, 3},
	}
	for _, test := range tests {
		table := view(t, &memory{}, Config{Prefix: "x", Slots: 1, Entries: 4, StateSize: 8, Full: Evict})
		for i, e := range test.entries {
			e.ttl *= time.Second
			if outcome := table.Edit(start, fmt.Append(nil, i), &e); outcome != Done {
				t.Fatalf("%s: outcome %d", test.name, outcome)
			}
		}
		for i := range test.entries {
			if got := count(t, table, start, fmt.Sprint(i)); (got == -1) != (i == test.gone) {
				t.Errorf("%s: entry %d is %d, want %d to be gone", test.name, i, got, test.gone)
			}
		}
		if stats := table.Stats(); stats != (Stats{Evictions: 1}) {
			t.Errorf("%s: stats %+v", test.name, stats)
		}
	}
}

func TestEditAllocatesNothing(t *testing.T) {
	m := &memory{}
	table := view(t, m, shape8)
	change, key := &worthy{ttl: time.Minute}, []byte("a")
	if n := testing.AllocsPerRun(100, func() {
		if table.Edit(start, key, change) == Contended {
			t.Error("contended")
		}
	}); n > 1 {
		t.Errorf("%v allocations, want that of the store's copy at most", n)
	}
}
