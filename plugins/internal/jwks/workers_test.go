package jwks

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

// TestOneOfAllFetches counts the calls of an hour for 1 to 8 workers, whose
// ticks and answers run into each other at each access to the store.
func TestOneOfAllFetches(t *testing.T) {
	for seed := range uint64(10) {
		for _, strict := range []bool{false, true} {
			workers := 1 + int(seed)%8
			t.Run(fmt.Sprintf("%d workers, seed %d, strict %v", workers, seed, strict), func(t *testing.T) {
				w := newWorld(t, workers, plain("idp"))
				w.answer = always(respond(200, setA))
				w.store.strict = strict
				interleave(w, random(seed))
				w.tick()
				// A store that creates no record but unconditionally lets several workers
				// begin.
				if first := len(w.log); first != 1 && !strict {
					t.Errorf("%d first calls", first)
				}
				w.run(2 * time.Second)
				w.want(0, Fresh, "a")
				w.log = nil
				w.run(time.Hour)
				w.want(0, Fresh, "a")
				w.wantCalls(12, 14)
			})
		}
	}
}

// interleave has other workers do their tick between two accesses to the store.
func interleave(w *world, r interface{ IntN(int) int }) {
	w.store.before = func() {
		if by := w.workers[r.IntN(len(w.workers))]; r.IntN(4) == 0 && by != w.active {
			w.tickOne(by)
		}
	}
}

// TestFreshAllTheTime has sets of a short life and no time beyond it: no worker
// is ever without keys.
func TestFreshAllTheTime(t *testing.T) {
	w := newWorld(t, 3, Source{URI: "https://idp/", Cluster: "idp", MinRefresh: 10 * time.Second})
	w.answer = always(respond(200, setA, "cache-control: max-age=10"))
	w.tick()
	w.run(2 * time.Second)
	for range 600 {
		w.now = w.now.Add(time.Second)
		for _, by := range w.workers {
			if _, state := by.Keys(w.now, 0); state != Fresh {
				t.Fatalf("worker %d is %v at %v", by.id, state, w.now.Sub(start))
			}
		}
		w.tick()
	}
	w.wantCalls(60, 90)
}

// TestNewVersionReachesAll publishes new sets and looks at what the other
// workers have a tick later.
func TestNewVersionReachesAll(t *testing.T) {
	w := newWorld(t, 4, plain("idp"))
	n := 0
	w.answer = func(policy.Call) *policy.Answer {
		return respond(200, josetest.Set(josetest.New("EdDSA", fmt.Sprint(n))), "cache-control: max-age=60")
	}
	w.tick()
	w.calls = nil
	for range 20 {
		w.run(2 * time.Second)
		w.want(0, Fresh, fmt.Sprint(n))
		n++
		for len(w.calls) == 0 {
			w.run(time.Second)
		}
		w.calls = nil
	}
	for _, by := range w.workers {
		if by.news < 19 || by.news > 42 {
			t.Errorf("worker %d was told %d times of news", by.id, by.news)
		}
	}
}

// TestArrived has the key come by way of another worker between two ticks.
func TestArrived(t *testing.T) {
	w := newWorld(t, 2, plain("idp"))
	set := setA
	w.answer = func(policy.Call) *policy.Answer { return respond(200, set) }
	w.tick()
	w.run(2 * time.Second)
	first, second := w.workers[0], w.workers[1]
	set = josetest.Set(keyA, keyB)
	_, calls := first.WantKey(w.now, 0)
	if len(calls) != 1 {
		t.Fatalf("calls %v", calls)
	}
	if wanted, calls := second.WantKey(w.now, 0); wanted != Awaited || calls != nil {
		t.Fatalf("while the first asks: %v %v", wanted, calls)
	}
	answer := respond(200, set)
	answer.ID = calls[0].ID
	if _, news := first.Answer(w.now, answer); !news {
		t.Error("no news of a new set")
	}
	if wanted, calls := second.WantKey(w.now, 0); wanted != Arrived || calls != nil {
		t.Fatalf("after the first was answered: %v %v", wanted, calls)
	}
	if set, state := second.Keys(w.now, 0); keyIDs(set) != "a b" || state != Fresh {
		t.Fatalf("keys %q %v", keyIDs(set), state)
	}
	if wanted, calls := second.WantKey(w.now, 0); wanted != NotFound || calls != nil {
		t.Fatalf("for one more key: %v %v", wanted, calls)
	}
	if _, news := second.Tick(w.now); !news {
		t.Error("no news for those who wait")
	}
}

// TestDeadWorker stops the worker that fetches.
func TestDeadWorker(t *testing.T) {
	w := newWorld(t, 3, plain("idp"))
	w.answer = func(policy.Call) *policy.Answer { return nil }
	w.tick()
	w.workers[0].dead = true
	w.wantCalls(1, 1)
	w.answer = always(respond(200, setA))
	w.run(7 * time.Second)
	w.want(0, Pending, "")
	w.wantCalls(0, 0)
	w.run(3 * time.Second)
	w.want(0, Fresh, "a")
	w.wantCalls(1, 1)

	// Its late answer changes nothing.
	late := respond(200, setB)
	late.ID = 1
	if _, news := w.workers[0].Answer(w.now, late); !news {
		t.Error("no news for the one that was away")
	}
	w.workers[0].dead = false
	w.run(2 * time.Second)
	w.want(0, Fresh, "a")
}

// TestTakenForDead has a worker's answer come when another one has taken over.
// They have the same seed.
func TestTakenForDead(t *testing.T) {
	for _, during := range []bool{false, true} {
		w := newWorld(t, 2, plain("idp"))
		first, second := w.workers[0], w.workers[1]
		first.random, second.random = 0, 0
		w.answer = func(policy.Call) *policy.Answer { return nil }
		w.tickOne(first)
		w.now = w.now.Add(9 * time.Second)
		if during {
			accesses := 0
			w.store.before = func() {
				if accesses++; accesses == 2 {
					w.tickOne(second)
				}
			}
		} else {
			w.tickOne(second)
		}
		late := respond(200, setB)
		late.ID = w.calls[0].ID
		first.Answer(w.now, late)
		w.store.before = nil
		w.wantCalls(2, 2)
		w.want(0, Pending, "")
		answer := respond(200, setA)
		answer.ID = 1
		second.Answer(w.now, answer)
		w.want(0, Fresh, "a")
		w.run(2 * time.Second)
		w.want(0, Fresh, "a")
		w.wantCalls(0, 0)
	}
}

// TestSlowClock has a worker whose time was taken a moment ago.
func TestSlowClock(t *testing.T) {
	w := newWorld(t, 2, plain("idp"))
	w.workers[0].Tick(w.now)
	if calls, _ := w.workers[1].Tick(w.now.Add(-time.Second)); len(calls) > 0 {
		t.Errorf("calls %v beside another worker", calls)
	}
}

// TestNews looks at what a worker is told that only watches.
func TestNews(t *testing.T) {
	w := newWorld(t, 2, plain("idp"))
	first, second := w.workers[0], w.workers[1]
	step := func(what string, answer *policy.Answer, want bool) {
		t.Helper()
		for len(first.open) == 0 {
			w.now = w.now.Add(time.Second)
			calls, _ := first.Tick(w.now)
			for _, call := range calls {
				first.open = append(first.open, openCall{Call: call})
			}
		}
		if _, news := second.Tick(w.now); news {
			t.Errorf("%s: news of a fetch that begins", what)
		}
		answer.ID = first.open[0].ID
		first.open = nil
		first.Answer(w.now, answer)
		// Keys looks for itself where it has nothing, and takes nothing from Tick.
		second.Keys(w.now, 0)
		if _, news := second.Tick(w.now); news != want {
			t.Errorf("%s: news %v, want %v", what, news, want)
		}
		if _, news := second.Tick(w.now); news {
			t.Errorf("%s: news twice", what)
		}
	}
	step("first failure", failed(), true)
	step("second failure", failed(), true)
	step("first set", respond(200, setA), true)
	step("same set", respond(200, setA), true)
	step("another set", respond(200, setB), true)

	// Failures and sets that come between two ticks are news too.
	w = newWorld(t, 2, plain("idp"))
	w.answer = always(failed())
	w.latency = 0
	w.tickOne(w.workers[0])
	w.tickOne(w.workers[0])
	if _, news := w.workers[1].Tick(w.now); !news {
		t.Error("no news of a failure between two ticks")
	}
}

// TestKeysLooks has a worker find between two ticks what another one has got.
func TestKeysLooks(t *testing.T) {
	w := newWorld(t, 2, plain("idp"))
	w.answer = always(respond(200, setA))
	w.tick()
	w.now = w.now.Add(time.Second)
	w.tickOne(w.workers[0])
	w.want(0, Fresh, "a")
}

// TestSameText has an issuer send the same text again and again: it is read
// once, and its faults are reported once.
func TestSameText(t *testing.T) {
	w := newWorld(t, 3, plain("idp"))
	w.answer = always(respond(200, `{"keys":[{},`+keyA.JWK()+`]}`))
	w.tick()
	w.run(2 * time.Second)
	var before []*jose.KeySet
	for _, by := range w.workers {
		set, _ := by.Keys(w.now, 0)
		before = append(before, set)
	}
	for turn := range 60 { // whoever fetches
		w.workers = append(w.workers[1:], w.workers[0])
		w.run(time.Minute)
		for i, by := range w.workers {
			if set, _ := by.Keys(w.now, 0); set != before[(i+turn+1)%3] {
				t.Fatalf("minute %d: another set", turn)
			}
		}
	}
	if got := w.problems(); got != "0 key_skipped 200 (keys[0].kty: missing)" {
		t.Errorf("problems %s", got)
	}
}

// TestLostText has a worker start while the text of the set is not to be read.
func TestLostText(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	w.answer = always(respond(200, setA))
	w.tick()
	w.run(2 * time.Second)
	name := w.workers[0].sources[0].published
	kept := w.store.records[name]
	w.store.records[name] = ownRecord{[]byte("?"), kept.version}
	late := w.add(1, plain("idp"))
	w.run(2 * time.Second)
	if _, state := late.Keys(w.now, 0); state != Pending {
		t.Errorf("%v without a text", state)
	}
	w.store.records[name] = kept
	w.run(time.Second)
	w.want(0, Fresh, "a")

	// A text that control does not name is replaced.
	foreign := published{id: 99, etag: `"1"`, uri: "https://idp/jwks.json", text: []byte(setB)}
	w.store.Set(name, foreign.encode(), 0)
	w.run(6 * time.Minute)
	w.add(2, plain("idp"))
	w.tick()
	w.want(0, Fresh, "a")
}

// TestAnswerNeverComes has the proxy forget calls: each is given up after its
// time, and never are there two of one worker.
func TestAnswerNeverComes(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	w.answer = func(policy.Call) *policy.Answer { return nil }
	w.tick()
	w.run(80 * time.Second)
	w.wantCalls(10, 11)
}

// TestRefusingStore has the store refuse writes now and then.
func TestRefusingStore(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t, 4, plain("idp"))
		r := random(seed)
		w.store.refuse = func() bool { return r.IntN(3) == 0 }
		interleave(w, r)
		n := 0
		w.answer = func(policy.Call) *policy.Answer {
			return respond(200, josetest.Set(josetest.New("EdDSA", fmt.Sprint(n))))
		}
		w.tick()
		for w.now.Before(start.Add(time.Hour)) {
			w.run(time.Second)
			if w.now.Sub(start) > time.Minute {
				for _, by := range w.workers {
					if _, state := by.Keys(w.now, 0); state < Stale {
						t.Fatalf("seed %d: worker %d is %v at %v", seed, by.id, state, w.now.Sub(start))
					}
				}
			}
			if w.now.Second() == 0 {
				n++
			}
		}
		w.store.refuse = nil
		w.run(6 * time.Minute)
		newest := keyIDs(w.workers[0].sources[0].set)
		w.want(0, Fresh, newest)
		w.wantCalls(13, 20)
	}
}

// TestForgetfulStore has the store lose everything.
func TestForgetfulStore(t *testing.T) {
	w := newWorld(t, 3, plain("idp"))
	w.answer = always(respond(200, setA))
	w.tick()
	w.run(2 * time.Second)
	w.wantCalls(1, 1)
	w.store.records = nil
	w.answer = always(respond(200, setB))
	w.want(0, Fresh, "a")
	w.tick()
	w.want(0, Fresh, "a")
	w.run(2 * time.Second)
	w.want(0, Fresh, "b")
	w.wantCalls(1, 1)
}

// TestDamagedStore has the store hold what nobody wrote.
func TestDamagedStore(t *testing.T) {
	names := recordsBelow(plain("idp").completed(t).prefix())
	for _, record := range []string{names.control, names.published} {
		for _, damage := range []string{"", "x", "\x01", "\x01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
			w := newWorld(t, 2, plain("idp"))
			w.answer = always(respond(200, setA, `etag: "1"`))
			w.store.Set(record, []byte(damage), 0)
			w.tick()
			w.run(2 * time.Second)
			w.want(0, Fresh, "a")

			w.store.Set(record, []byte(damage), 0)
			w.add(2, w.workers[0].sources[0].Source)
			w.run(6 * time.Minute)
			w.want(0, Fresh, "a")
			w.wantCalls(2, 4)
		}
	}
}

// TestChangedConfiguration has another source of the same issuer start beside
// the records of the first.
func TestChangedConfiguration(t *testing.T) {
	sources := []Source{
		plain("idp"),
		{URI: "https://idp/jwks.json", Cluster: "other", MaxStale: time.Hour},
		{URI: "https://idp/other.json", Cluster: "idp", MaxStale: time.Hour},
		{URI: "https://idp/jwks.json", Cluster: "idp", MaxStale: time.Minute},
		{URI: "https://idp/jwks.json", Cluster: "idp", MaxStale: time.Hour, Issuer: "x"},
		{DiscoveryURI: "https://idp/jwks.json", Cluster: "idp", MaxStale: time.Hour, Issuer: "x"},
	}
	seen := map[string]bool{}
	w := newWorld(t, 0)
	w.answer = always(respond(200, setA))
	for i, s := range sources {
		by := w.add(i, s)
		for _, name := range []string{by.sources[0].control, by.sources[0].published, by.sources[0].metadata} {
			if seen[name] || !strings.HasPrefix(name, "gatehouse/jwks/") || len(name) < len("gatehouse/jwks/")+32 || len(name) > 64 {
				t.Errorf("record %q", name)
			}
			seen[name] = true
		}
		w.tickOne(by)
		w.wantCalls(1, 1)
	}
	w.run(time.Second)
	// The same source again has its keys at once.
	again := w.add(9, plain("idp"))
	calls, news := again.Tick(w.now)
	if set, state := again.Keys(w.now, 0); len(calls) != 0 || state != Fresh || keyIDs(set) != "a" {
		t.Errorf("again: %v %v %v %q", calls, news, state, keyIDs(set))
	}
}

func TestNothingShared(t *testing.T) {
	f, err := New([]Source{plain("idp")}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	calls, _ := f.Tick(start)
	if len(calls) != 1 {
		t.Fatalf("calls %v", calls)
	}
	answer := respond(200, setA)
	answer.ID = calls[0].ID
	if _, news := f.Answer(start, answer); !news {
		t.Error("no news")
	}
	if set, state := f.Keys(start, 0); keyIDs(set) != "a" || state != Fresh {
		t.Errorf("keys %q %v", keyIDs(set), state)
	}
}

// TestThreads runs workers on threads of their own, for the race detector and
// for an order of events that nobody chose.
func TestThreads(t *testing.T) {
	store := &locked{}
	var mutex sync.Mutex
	calls := 0
	var group sync.WaitGroup
	for worker := range 8 {
		f, err := New([]Source{plain("idp")}, store, uint64(worker))
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			end := start.Add(5 * time.Second)
			tick := func(now time.Time) {
				made, _ := f.Tick(now)
				for _, call := range made {
					mutex.Lock()
					calls++
					mutex.Unlock()
					answer := respond(200, setA, "cache-control: max-age=3600")
					answer.ID = call.ID
					f.Answer(now, answer)
				}
			}
			for now := start; now.Before(end); now = now.Add(5 * time.Millisecond) {
				tick(now)
			}
			// The five seconds take a millisecond: the worker that fetches may have been
			// kept from its thread all the while.
			for given := time.Now().Add(time.Minute); ; runtime.Gosched() {
				tick(end)
				set, state := f.Keys(end, 0)
				if keyIDs(set) == "a" && state == Fresh {
					return
				}
				if time.Now().After(given) {
					t.Errorf("worker %d: %q %v", worker, keyIDs(set), state)
					return
				}
			}
		})
	}
	group.Wait()
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

type locked struct {
	mutex sync.Mutex
	memory
}

func (l *locked) Get(key string) ([]byte, uint32, bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.memory.Get(key)
}

func (l *locked) Set(key string, value []byte, version uint32) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.memory.Set(key, value, version)
}
