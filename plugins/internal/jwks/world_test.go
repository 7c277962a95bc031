package jwks

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

// memory is a store as Envoy has it: a version that is not 0 creates a record
// which is not there, one counter makes the versions of all records.
type memory struct {
	records map[string]ownRecord
	version uint32
	// before is called before each access, for what other workers do meanwhile.
	before func()
	// refuse makes Set fail although nothing has changed.
	refuse func() bool
	// strict does not create records but with version 0.
	strict bool
}

func (m *memory) Get(key string) ([]byte, uint32, bool) {
	m.meanwhile()
	r, ok := m.records[key]
	return append([]byte(nil), r.value...), r.version, ok
}

func (m *memory) Set(key string, value []byte, version uint32) bool {
	m.meanwhile()
	old, ok := m.records[key]
	if version != 0 && (ok && version != old.version || !ok && m.strict) || m.refuse != nil && m.refuse() {
		return false
	}
	if m.records == nil {
		m.records = map[string]ownRecord{}
	}
	m.version++
	m.records[key] = ownRecord{append([]byte(nil), value...), m.version}
	return true
}

func (m *memory) meanwhile() {
	if before := m.before; before != nil {
		m.before = nil
		before()
		m.before = before
	}
}

// world is some workers, their store, and the issuers that answer them.
type world struct {
	t       testing.TB
	now     time.Time
	store   *memory
	workers []*worker
	// answer is what an issuer says to a call. Nil is that no answer ever comes.
	answer func(policy.Call) *policy.Answer
	// latency is how long an answer takes.
	latency time.Duration
	// log has each call as "at worker method authority path", times in seconds
	// since start.
	log   []string
	calls []policy.Call
	// active is the worker that does something.
	active *worker
}

type worker struct {
	*Fetcher
	id   int
	dead bool
	// open are the calls without an answer.
	open []openCall
	news int
}

type openCall struct {
	policy.Call
	at     time.Time
	answer *policy.Answer
}

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, workers int, sources ...Source) *world {
	t.Helper()
	w := &world{t: t, now: start, store: &memory{}, latency: 100 * time.Millisecond}
	for i := range workers {
		w.add(i, sources...)
	}
	return w
}

func (w *world) add(i int, sources ...Source) *worker {
	w.t.Helper()
	f, err := New(sources, w.store, uint64(i))
	if err != nil {
		w.t.Fatal(err)
	}
	added := &worker{Fetcher: f, id: i}
	w.workers = append(w.workers, added)
	return added
}

// make makes calls on behalf of a worker.
func (w *world) make(by *worker, calls []policy.Call) {
	for _, call := range calls {
		authority, _ := call.Headers.First(":authority")
		path, _ := call.Headers.First(":path")
		w.log = append(w.log, fmt.Sprintf("%v %d %s%s", w.now.Sub(start).Seconds(), by.id, authority, path))
		w.calls = append(w.calls, call)
		if answer := w.answer(call); answer != nil {
			answer.ID = call.ID
			by.open = append(by.open, openCall{call, w.now.Add(w.latency), answer})
		}
	}
}

// tick lets each worker have its answers and its tick.
func (w *world) tick() {
	for _, by := range w.workers {
		w.tickOne(by)
	}
}

func (w *world) tickOne(by *worker) {
	if by.dead {
		return
	}
	defer func(before *worker) { w.active = before }(w.active)
	w.active = by
	open := by.open
	by.open = nil
	for _, call := range open {
		if call.at.After(w.now) {
			by.open = append(by.open, call)
			continue
		}
		calls, news := by.Answer(w.now, call.answer)
		w.make(by, calls)
		by.count(news)
	}
	calls, news := by.Tick(w.now)
	w.make(by, calls)
	by.count(news)
}

func (w *worker) count(news bool) {
	if news {
		w.news++
	}
}

// run lets time pass, a tick a second.
func (w *world) run(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(time.Second)
		w.tick()
	}
}

// want checks the state of a source and the ids of its keys on all workers.
func (w *world) want(source int, state State, ids string) {
	w.t.Helper()
	for _, by := range w.workers {
		if by.dead {
			continue
		}
		set, got := by.Keys(w.now, source)
		if got != state || keyIDs(set) != ids {
			w.t.Errorf("at %v worker %d has %v %q, want %v %q", w.now.Sub(start), by.id, got, keyIDs(set), state, ids)
		}
	}
}

// wantCalls checks how many calls there were since it was last called.
func (w *world) wantCalls(least, most int) {
	w.t.Helper()
	if n := len(w.log); n < least || n > most {
		w.t.Errorf("%d calls, want %d to %d:\n%s", n, least, most, strings.Join(w.log, "\n"))
	}
	w.log, w.calls = nil, nil
}

// problems returns the problems of all workers in short form.
func (w *world) problems() string {
	var all []string
	for _, by := range w.workers {
		for _, p := range by.Problems() {
			text := fmt.Sprintf("%d %s", p.Source, p.Kind)
			if p.Discovery {
				text += " discovery"
			}
			if p.Status != 0 {
				text += fmt.Sprintf(" %d", p.Status)
			}
			if p.Detail != "" {
				text += " (" + p.Detail + ")"
			}
			if p.Failures > 0 {
				text += fmt.Sprintf(" #%d", p.Failures)
			}
			all = append(all, text)
		}
	}
	return strings.Join(all, "; ")
}

func keyIDs(set *jose.KeySet) string {
	if set == nil {
		return ""
	}
	var ids []string
	for _, key := range set.Keys() {
		ids = append(ids, key.ID())
	}
	return strings.Join(ids, " ")
}

// respond returns an answer with header fields "name: value".
func respond(status int, body string, fields ...string) *policy.Answer {
	a := &policy.Answer{Headers: policy.Headers{{Name: ":status", Value: fmt.Sprint(status)}}, Body: []byte(body), Size: len(body)}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		a.Headers = append(a.Headers, policy.Header{Name: name, Value: value})
	}
	return a
}

func failed() *policy.Answer { return &policy.Answer{Failed: true} }

// always answers every call alike.
func always(a *policy.Answer) func(policy.Call) *policy.Answer {
	return func(policy.Call) *policy.Answer { copied := *a; return &copied }
}

var (
	keyA = josetest.New("EdDSA", "a")
	keyB = josetest.New("ES256", "b")
	setA = josetest.Set(keyA)
	setB = josetest.Set(keyB)
)

// plain is a source without defaults left open.
func plain(host string) Source {
	return Source{URI: "https://" + host + "/jwks.json", Cluster: host, MaxStale: time.Hour}
}

// completed is s with defaults.
func (s Source) completed(t testing.TB) Source {
	t.Helper()
	s, err := s.complete()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }
