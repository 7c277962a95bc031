package jwks

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// FuzzFetcher has two workers live through whatever happens: clocks that jump
// both ways, answers of all kinds, sizes and orders, answers that never come or
// come twice, a store that refuses, forgets or is damaged. They never panic,
// have two calls out at once for one source, use keys of another source or
// beyond their time, fetch for unknown keys too often, or grow; and once issuers
// and store are well again, they have keys.
func FuzzFetcher(f *testing.F) {
	r := random(1)
	for range 20 {
		f.Add(program(r))
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) < 1000 {
			live(t, program)
		}
	})
}

// TestLives is FuzzFetcher with programs that are longer than a fuzzer comes to.
func TestLives(t *testing.T) {
	r := random(2)
	confirmed := 0
	for range 500 {
		if l := live(t, program(r)); !l.confirmed[0].IsZero() && !l.confirmed[1].IsZero() && l.unknown > 0 {
			confirmed++
		}
	}
	if confirmed < 50 {
		t.Errorf("%d lives had keys and asked for unknown ones, want 50 at least", confirmed)
	}
}

// program makes up what happens: pairs of an operation and its argument.
func program(r interface{ Uint32() uint32 }) []byte {
	var program []byte
	for range 150 {
		n := r.Uint32()
		program = append(program, byte(n), byte(n>>8))
	}
	return program
}

// operations are those of step, the likelier ones more often.
const operations = "tTtTtTaAaAaAwW+++++-ldfrssp"

func live(t testing.TB, program []byte) *life {
	l := newLife(t)
	for ; len(program) >= 2; program = program[2:] {
		l.step(operations[int(program[0])%len(operations)], program[1])
		l.check()
	}
	seen := *l
	l.recover()
	return &seen
}

// life is what FuzzFetcher looks at.
type life struct {
	t       testing.TB
	now     time.Time
	store   *memory
	workers [2]*Fetcher
	// calls are those each worker has out for each source, as far as it knows.
	calls [2][2][]openCall
	// confirmed is the latest time of an answer with which keys may be used, and
	// asked that of the last fetch for an unknown key, both a source.
	confirmed, asked [2]time.Time
	// unknown is how many fetches unknown keys have caused.
	unknown int
}

var lives = []Source{
	{URI: "https://a/jwks", Cluster: "0", MaxRefresh: 10 * time.Minute, MaxStale: 20 * time.Minute},
	{Issuer: issuer, DiscoveryURI: OpenIDConfiguration(issuer), Cluster: "1", MaxRefresh: 10 * time.Minute},
}

// goodSets are what the sources may publish.
var goodSets = [2]string{setA, setB}

func newLife(t testing.TB) *life {
	l := &life{t: t, now: start, store: &memory{}}
	for i := range l.workers {
		var err error
		if l.workers[i], err = New(lives, l.store, uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (l *life) step(op, argument byte) {
	by := int(argument & 1)
	source := int(argument >> 1 & 1)
	switch op {
	case 't', 'T':
		l.tick(int(op>>5) & 1)
	case '+', '-':
		// From a second to 18 hours.
		jump := time.Duration(int(argument)*int(argument)*int(argument)/256+1) * time.Second
		if op == '-' {
			jump = -jump
			l.asked = [2]time.Time{}
		}
		l.now = l.now.Add(jump)
	case 'a', 'A':
		l.answer(int(op>>5)&1, source, argument>>2)
	case 'w', 'W':
		wanted, calls := l.workers[op>>5&1].WantKey(l.now, source)
		if len(calls) > 0 {
			if wanted != Awaited || l.now.Sub(l.asked[source]) < 30*time.Second && !l.asked[source].IsZero() {
				l.t.Fatalf("fetch for an unknown key after %v, %v", l.now.Sub(l.asked[source]), wanted)
			}
			l.asked[source] = l.now
			l.unknown++
		}
		l.made(int(op>>5)&1, calls)
	case 'l': // an answer is lost
		if calls := l.calls[by][source]; len(calls) > 0 {
			l.workers[by].Answer(l.now, &policy.Answer{ID: calls[0].ID + 1<<63})
		}
	case 'd': // damage
		l.asked = [2]time.Time{}
		s := &l.workers[0].sources[source]
		for i, name := range []string{s.control, s.published, s.metadata} {
			if argument>>(2+i)&1 != 0 {
				l.store.Set(name, []byte("garbage")[:argument>>5], 0)
			}
		}
	case 'f': // forget
		l.asked = [2]time.Time{}
		clear(l.store.records)
	case 'r':
		l.store.refuse = func() bool { return argument&1 == 0 }
	case 's':
		l.store.refuse = nil
	case 'p':
		l.workers[by].Problems()
	}
}

func (l *life) tick(by int) {
	// A call whose time is over by the clock of a tick is given up.
	for source, calls := range l.calls[by] {
		if len(calls) > 0 && !l.now.Before(calls[0].at) {
			l.calls[by][source] = nil
		}
	}
	calls, _ := l.workers[by].Tick(l.now)
	l.made(by, calls)
}

// made takes calls that a worker makes.
func (l *life) made(by int, calls []policy.Call) {
	for _, call := range calls {
		source := int(call.Cluster[0] - '0')
		for _, open := range l.calls[by][source] {
			l.t.Fatalf("worker %d, source %d: another call %v before the end of the first", by, source, open.at.Sub(l.now))
		}
		if _, ok := call.Headers.First(":authority"); !ok || call.Timeout <= 0 {
			l.t.Fatalf("call %+v", call)
		}
		lease := l.workers[by].sources[source].leaseTime()
		l.calls[by][source] = []openCall{{Call: call, at: l.now.Add(lease)}}
	}
}

// answer gives a worker one of many answers to a call that it has out.
func (l *life) answer(by, source int, kind byte) {
	calls := l.calls[by][source]
	if len(calls) == 0 {
		return
	}
	call := calls[0]
	l.calls[by][source] = nil
	fields := [][]string{nil, {`etag: "1"`}, {"cache-control: max-age=99999999999999999999", "age: 9"}, {"cache-control: max-age=1", `etag: W/"2"`},
		{"expires: Thu, 01 Jan 1970 00:00:00 GMT", "retry-after: 7"}, {"expires: Fri, 31 Dec 9999 23:59:59 GMT"},
		{"retry-after: 999999999"}, {"cache-control: no-store", "etag: " + strings.Repeat("e", 300)}}[kind&7]
	var a *policy.Answer
	path, _ := call.Headers.First(":path")
	metadata := strings.Contains(path, "well-known")
	switch good := goodSets[source]; kind >> 3 {
	case 0, 1:
		if metadata {
			good = document(issuer, "https://b/jwks")
		}
		a = respond(200, good, fields...)
	case 2:
		a = respond(304, "", fields...)
	case 3:
		a = respond(500, good, fields...)
	case 4:
		a = respond(200, good, fields...)
		a.Size = 1 << 30
	case 5:
		a = respond(200, `{"keys":[{"k":"secret"},{"kty":"secret"}],"issuer":"secret","jwks_uri":"secret"}`, fields...)
	case 6:
		a = failed()
	default:
		a = respond(200, strings.Replace(good, `"keys":[`, `"keys":[{"d":"secret"},`, 1), fields...)
	}
	a.ID = call.ID
	if !metadata && (a.Size == len(a.Body) && len(a.Body) > 100 || kind>>3 == 2) && l.now.After(l.confirmed[source]) {
		l.confirmed[source] = l.now
	}
	next, _ := l.workers[by].Answer(l.now, a)
	l.made(by, next)
	if again, _ := l.workers[by].Answer(l.now, a); len(again) > 0 {
		l.t.Fatal("calls for an answer that came twice")
	}
}

// check looks at what must hold at any time.
func (l *life) check() {
	for by, worker := range l.workers {
		for source := range lives {
			set, state := worker.Keys(l.now, source)
			if (set != nil) != (state >= Stale) {
				l.t.Fatalf("%v with set %v", state, set)
			}
			if set != nil {
				if ids := keyIDs(set); ids != [2]string{"a", "b"}[source] {
					l.t.Fatalf("source %d has the keys %q", source, ids)
				}
				limit := l.confirmed[source].Add(lives[source].MaxRefresh + lives[source].MaxStale)
				if l.now.After(limit) {
					l.t.Fatalf("worker %d, source %d: keys %v after they may be used", by, source, l.now.Sub(limit))
				}
			}
		}
		if len(worker.problems) > maxProblems {
			l.t.Fatalf("%d problems", len(worker.problems))
		}
		for _, p := range worker.problems {
			if p.Kind == 0 || strings.Contains(p.Detail, "secret") || len(p.Detail) > 300 {
				l.t.Fatalf("problem %+v", p)
			}
		}
	}
	if len(l.store.records) > 3*len(lives) {
		l.t.Fatalf("%d records", len(l.store.records))
	}
}

// recover has all be well, and looks for keys.
func (l *life) recover() {
	l.store.refuse = nil
	for end := l.now.Add(13 * time.Minute); l.now.Before(end); l.now = l.now.Add(8 * time.Second) {
		for by := range l.workers {
			for source := range lives {
				l.answer(by, source, 0)
			}
			l.tick(by)
		}
	}
	for by, worker := range l.workers {
		for source := range lives {
			if set, state := worker.Keys(l.now, source); state != Fresh {
				l.t.Fatalf("worker %d, source %d: %v %v when all is well", by, source, state, set)
			}
		}
	}
}

// FuzzRecords checks that records that are read are those that were written.
func FuzzRecords(f *testing.F) {
	whole := control{1, 2, 3, -4, 5, -6, 7}
	f.Add(whole.encode())
	f.Add((&published{9, `"1"`, "https://a/", []byte(setA)}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, ok := decodeControl(b); ok && string(c.encode()) != string(b) {
			t.Fatalf("control %+v", c)
		}
		if p, ok := decodePublished(b); ok && string(p.encode()) != string(b) {
			t.Fatalf("published %+v", p)
		}
		store := &memory{}
		worker, err := New([]Source{plain("a")}, store, 0)
		if err != nil {
			t.Fatal(err)
		}
		s := &worker.sources[0]
		for _, name := range []string{s.control, s.published, s.metadata} {
			store.Set(name, b, 0)
		}
		worker.Tick(start)
		if set, state := worker.Keys(start, 0); (set != nil) != (state >= Stale) || set != nil && len(set.Keys()) > jose.MaxKeys {
			t.Fatalf("%v %v", set, state)
		}
		worker.WantKey(start, 0)
	})
}
