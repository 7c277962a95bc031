package jwks

import (
	"crypto/sha256"
	"fmt"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// Fetcher has the key sets of some sources. Each worker thread has one, and
// those that were made of the same sources and store act as one. Its methods
// take the time; a clock that is set back or forth costs a fetch that would not
// have been needed, and no more. What it holds is bounded by the number of
// sources, whatever issuers answer and clients send.
type Fetcher struct {
	sources  []source
	store    policy.Store
	random   uint64
	lastCall uint64
	problems []Problem
}

// source is a Source and what this worker knows of it.
type source struct {
	Source
	// records are the names of its records in the store.
	records
	// shared is the control record as it was last read, version its version, 0 if
	// there is none. Synced says that the rest is as it says.
	shared  control
	version uint32
	synced  bool
	// fetch is the call that has no answer yet.
	fetch fetch

	// set is the newest set that this worker has, nil if there was none, and fresh
	// the time until which its issuer has confirmed it.
	set   *jose.KeySet
	fresh int64
	// loaded is the publication in which it came, and record, etag, uri and digest
	// are those of its text, which is only in the store.
	loaded uint64
	record uint64
	etag   string
	uri    string
	digest [sha256.Size]byte

	told told
}

// told is what a caller was last told about.
type told struct {
	set              *jose.KeySet
	fetching, failed bool
}

// State is what is known of a source's keys. The zero State has none.
type State uint8

const (
	// Unavailable: there are no keys, or none that may still be used, and the last
	// fetch has failed. A request has nothing to wait for.
	Unavailable State = iota
	// Pending: the first fetch has not come to an end yet. A request may wait for
	// it.
	Pending
	// Stale: the keys may be used, but their issuer has not confirmed them in time.
	Stale
	// Fresh: the keys may be used.
	Fresh
)

// String returns the word for events.
func (s State) String() string {
	return [...]string{"unavailable", "pending", "stale", "fresh"}[s&3]
}

// Wanted is what there is to say of a key that a set does not have.
type Wanted uint8

const (
	// NotFound: the key does not exist, as far as may be known: the issuer has been
	// asked lately, or fails to answer.
	NotFound Wanted = iota
	// Awaited: a fetch is under way, here or on another worker. A request may wait.
	Awaited
	// Arrived: another worker has got a new set since. Ask Keys again, now.
	Arrived
)

// New returns a Fetcher of the given sources. Workers that give it the same
// store fetch once for all of them; with nil each fetches for itself. The seed
// spreads the times of fetches and names their makers: it should differ between
// workers and between proxies. The error names the source and the field,
// "[1].uri: want …".
func New(sources []Source, shared policy.Store, seed uint64) (*Fetcher, error) {
	if shared == nil {
		shared = &ownStore{}
	}
	f := &Fetcher{store: shared, random: seed, sources: make([]source, len(sources))}
	for i, s := range sources {
		s, err := s.complete()
		if err != nil {
			return nil, fmt.Errorf("[%d].%w", i, err)
		}
		f.sources[i] = source{Source: s, records: recordsBelow(s.prefix())}
	}
	return f, nil
}

// Tick returns the calls to make now. News says that a source has new keys, that
// its first fetch has failed, or that a fetch has ended: requests that wait
// should be decided again. IDs of calls are counted from 1; who makes calls of
// his own beside them takes IDs from 1<<63 on.
func (f *Fetcher) Tick(now time.Time) (calls []policy.Call, news bool) {
	t := now.UnixNano()
	for i := range f.sources {
		s := &f.sources[i]
		f.sync(s)
		if s.fetch.id != 0 && t >= s.fetch.until {
			s.fetch = fetch{}
		}
		if s.fetch.id == 0 && !s.leased(t) && s.isDue(t) && f.acquire(s, t, false) {
			calls = append(calls, f.begin(s, t))
		}
		news = s.news(t) || news
	}
	return calls, news
}

// Keys returns the keys of source i that may be used at now, nil if there are
// none, and what is known of them. As long as the pointer is the same, so is the
// set: what was verified with another one has to be verified again, because the
// issuer may have taken the key back.
func (f *Fetcher) Keys(now time.Time, i int) (*jose.KeySet, State) {
	if i < 0 || i >= len(f.sources) {
		return nil, Unavailable
	}
	s, t := &f.sources[i], now.UnixNano()
	state := s.state(t)
	if state != Fresh {
		f.sync(s)
		state = s.state(t)
	}
	if state != Fresh && state != Stale {
		return nil, state
	}
	return s.set, state
}

// WantKey tells what there is to say of a key that the set from Keys does not
// have, or of a token without "kid" that none of its keys verifies, and returns
// the calls to make now. Over all workers and all keys that are asked for,
// whoever makes them up, it causes one fetch an UnknownKeyInterval, and none
// while an issuer fails. Nothing is remembered of the key, so that there is
// nothing to fill up.
func (f *Fetcher) WantKey(now time.Time, i int) (Wanted, []policy.Call) {
	if i < 0 || i >= len(f.sources) {
		return NotFound, nil
	}
	s, t := &f.sources[i], now.UnixNano()
	before := s.set
	f.sync(s)
	switch {
	case s.set != before:
		return Arrived, nil
	case s.fetch.id != 0 || s.leased(t):
		return Awaited, nil
	case s.shared.failures > 0 || ahead(t, s.shared.asked+int64(s.UnknownKeyInterval), s.UnknownKeyInterval):
		return NotFound, nil
	case f.acquire(s, t, true):
		return Awaited, []policy.Call{f.begin(s, t)}
	}
	f.sync(s)
	switch {
	case s.set != before:
		return Arrived, nil
	case s.leased(t):
		return Awaited, nil
	}
	return NotFound, nil
}

// state is what is known of the keys at a time. They are never used beyond
// fresh + MaxStale, and neither are they if that is further ahead than it can
// have been when they came.
func (s *source) state(t int64) State {
	switch {
	case s.set == nil && s.shared.failures == 0:
		return Pending
	case s.set == nil:
		return Unavailable
	case ahead(t, s.fresh, s.MaxRefresh):
		return Fresh
	case ahead(t, s.fresh+int64(s.MaxStale), s.MaxRefresh+s.MaxStale):
		return Stale
	}
	return Unavailable
}

// news tells whether waiting requests have something new since it was last
// asked.
func (s *source) news(t int64) bool {
	last := s.told
	s.told = told{set: s.set, fetching: s.fetch.id != 0 || s.leased(t), failed: s.shared.failures > 0}
	return last.set != s.told.set || last.fetching && !s.told.fetching || last.failed != s.told.failed
}
