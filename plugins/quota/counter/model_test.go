package counter

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"gatehouse/plugins/quota/limit/limittest"
)

// player acts on keys through several views, and on their models.
type player struct {
	t      *testing.T
	random *rand.Rand
	m      *memory
	views  []*Counters
	keys   []key
	acts   int
	refuse int
}

type key struct {
	limittest.Case
	name  []byte
	model limittest.Model
}

// act does one thing to a key and compares. With a depth, another view acts between
// the read and the write, which then has to look again.
func (p *player) act(now time.Time, depth int) {
	k := &p.keys[p.random.IntN(len(p.keys))]
	view := p.views[depth]
	n := p.random.Int64N(min(k.Limit.Whole()+1, 4) + 1)
	if depth+1 < len(p.views) && p.random.IntN(3) == 0 {
		p.m.beforeSet = func() { p.act(now, depth+1) }
	}
	op, got, want, usable := "take", false, false, true
	switch p.random.IntN(12) {
	case 0:
		op = "charge"
		r, ok := view.Charge(now, k.Limit, k.name, n)
		got, usable = r.Allowed, ok
		want = k.model.Charge(now, n)
	case 1, 2:
		op = "give"
		usable = view.Give(now, k.Limit, k.name, n)
		k.model.Give(now, n)
	default:
		r, ok := view.Take(now, k.Limit, k.name, n)
		got, usable = r.Allowed, ok
		want = k.model.Take(now, n)
		if !got {
			p.refuse++
		}
	}
	p.m.beforeSet = nil
	if p.acts++; got != want || !usable {
		p.t.Fatalf("act %d: %s %s %d at %v: %t, want %t", p.acts, k.Case.Name, op, n, now.Sub(start), got, want)
	}
}

func newPlayer(t *testing.T, keys int, seed uint64) *player {
	p := &player{t: t, random: rand.New(rand.NewPCG(seed, 32)), m: &memory{}}
	for range 4 {
		p.views = append(p.views, view(t, p.m, keys))
	}
	return p
}

func (p *player) conflicts() (conflicts, evictions uint64) {
	for _, v := range p.views {
		conflicts += v.Stats().Conflicts
		evictions += v.Stats().Evictions
	}
	return conflicts, evictions
}

// TestModelsOfOneKey has four views act on one key, between each other's reads and
// writes, while the clock jumps both ways.
func TestModelsOfOneKey(t *testing.T) {
	for _, c := range limittest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			total := uint64(0)
			for run := range uint64(20) {
				p := newPlayer(t, 5, run)
				p.keys = []key{{c, []byte("a"), c.Model()}}
				now := start
				for range 500 {
					now = limittest.Clock(p.random, now, c.Step)
					p.act(now, 0)
				}
				conflicts, _ := p.conflicts()
				total += conflicts
			}
			if total < 200 {
				t.Errorf("%d conflicts, want at least 200", total)
			}
		})
	}
}

// TestModelsOfManyKeys has four views act on 400 keys of all kinds of limits in one
// table that has room for 400.
func TestModelsOfManyKeys(t *testing.T) {
	const keys, steps = 400, 60000
	p := newPlayer(t, keys, 1)
	cases := limittest.Cases(t)
	for i := range keys {
		c := cases[i%len(cases)]
		p.keys = append(p.keys, key{c, strconv.AppendInt(nil, int64(i), 10), c.Model()})
	}
	now := start
	for range steps {
		now = now.Add(time.Duration(p.random.Int64N(int64(100 * time.Millisecond))))
		p.act(now, 0)
	}
	conflicts, evictions := p.conflicts()
	if conflicts < 100 || evictions > 0 || p.refuse < 1000 {
		t.Errorf("%d conflicts, %d evictions, %d refusals, want at least 100, none, at least 1000", conflicts, evictions, p.refuse)
	}
}

// TestThreads has eight threads take and give back at the same time: what is held at
// any time is never more than the whole, and in the end exactly that.
func TestThreads(t *testing.T) {
	const threads, repeats = 8, 400
	for _, c := range limittest.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			m := &memory{}
			var wait sync.WaitGroup
			var held [threads]int64
			for thread := range threads {
				counters := view(t, m, 5)
				random := rand.New(rand.NewPCG(uint64(thread), 41))
				wait.Go(func() {
					for i := range repeats {
						if r, ok := counters.Take(start, c.Limit, []byte("a"), 1); ok && r.Allowed {
							held[thread]++
						}
						// The last ones only take.
						if i < repeats/2 && held[thread] > 0 && random.IntN(2) == 0 {
							if counters.Give(start, c.Limit, []byte("a"), 1) {
								held[thread]--
							}
						}
					}
				})
			}
			wait.Wait()
			// Those that found the table contended may have left some.
			counters := view(t, m, 5)
			total := int64(0)
			for _, n := range held {
				total += n
			}
			for {
				r, ok := counters.Take(start, c.Limit, []byte("a"), 1)
				if !ok {
					t.Fatal("not usable")
				}
				if !r.Allowed {
					break
				}
				total++
			}
			if total != c.Limit.Whole() {
				t.Errorf("%d held, want %d", total, c.Limit.Whole())
			}
		})
	}
}
