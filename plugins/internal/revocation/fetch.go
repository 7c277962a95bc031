package revocation

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"
	"time"

	"gatehouse/plugins/internal/endpoint"
	"gatehouse/plugins/internal/policy"
)

// fetched is a list that is fetched. One worker at a time fetches it for all: it
// writes the end of its lease into the shared state, and whoever did not get to
// write waits for what comes of it. Two workers that create the state at the same
// time both fetch, which does no harm.
type fetched struct {
	name    string
	id      uint64
	cluster string
	uri     endpoint.URI
	// stateKey and textKey name the shared state, and the document.
	stateKey, textKey string

	timeout, refresh, minRefresh, maxStale time.Duration
	allow                                  bool

	// state is what was last read of the shared state.
	state state
	// list is the last good one, whose generation is loaded, nil before the first.
	list   *List
	loaded int64
	tag    string
	// seen is the generation of the state when the document was last read.
	seen int64
	// lease is the end of the lease that this worker holds, 0 for none.
	lease int64
}

func newFetched(c *Fetch, name string, id uint64) fetched {
	h := fnv.New64a()
	for _, part := range [...]string{c.Cluster, c.URI.String()} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	key := "gatehouse.revocation." + strconv.FormatUint(h.Sum64(), 16)
	return fetched{
		name: name, id: id, cluster: c.Cluster, uri: c.URI, stateKey: key + ".state", textKey: key + ".text",
		timeout: c.Timeout.Std(), refresh: c.Refresh.Std(), minRefresh: c.MinRefresh.Std(), maxStale: c.MaxStale.Std(),
		allow: c.OnUnavailable == "allow",
	}
}

// state is what workers share of a list, besides the document. Times are in
// milliseconds since 1970.
type state struct {
	// generation names the document: the time in nanoseconds when it came. 0 stands
	// for none.
	generation int64
	// at is when the document was last known to be current, next when it is fetched
	// again, lease until when a worker has undertaken to do so.
	at, next, lease int64
	// failures counts fetches that failed since the last that did not.
	failures int64
}

const stateSize = 5 * 8

func (s *state) encode() []byte {
	b := make([]byte, 0, stateSize)
	for _, v := range [...]int64{s.generation, s.at, s.next, s.lease, s.failures} {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func decodeState(b []byte) (s state, ok bool) {
	if len(b) != stateSize {
		return s, false
	}
	for i, v := range [...]*int64{&s.generation, &s.at, &s.next, &s.lease, &s.failures} {
		*v = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return s, true
}

// read reads the shared state, and returns its version. A state that is not there
// is as new.
func (f *fetched) read(store policy.Store) (version uint32) {
	value, version, _ := store.Get(f.stateKey)
	f.state, _ = decodeState(value)
	return version
}

// storedGeneration returns the generation of a shared document, 0 if there is none.
func storedGeneration(text []byte) int64 {
	if len(text) < 9 {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(text))
}

// storedText is what is shared of a document: its generation, its entity tag, of at
// most 255 bytes, behind its length, and the document itself.
func storedText(generation int64, tag, document string) []byte {
	b := make([]byte, 0, 10+len(tag)+len(document))
	b = binary.LittleEndian.AppendUint64(b, uint64(generation))
	b = append(b, byte(len(tag)))
	return append(append(b, tag...), document...)
}

// load takes over the shared document. One that is not good, which no worker of the
// same version stores, is as none.
func (f *fetched) load(text []byte) {
	if len(text) < 9 || len(text) < 9+int(text[8]) {
		return
	}
	tag, document := text[9:9+int(text[8])], text[9+int(text[8]):]
	if list, err := ParseList(string(document)); err == nil {
		f.list, f.loaded, f.tag = list, storedGeneration(text), string(tag)
	}
}

// missing tells what is wrong with the list as a whole.
func (f *fetched) missing(now time.Time) Why {
	switch {
	case f.allow:
		return NotRevoked
	case f.list == nil && f.state.failures == 0:
		return Pending
	case f.list == nil, now.UnixMilli()-f.state.at > f.maxStale.Milliseconds():
		return Unavailable
	}
	return NotRevoked
}

// tick returns the call that fetches the list, if it is this worker's turn.
func (f *fetched) tick(now time.Time, store policy.Store) (call policy.Call, due bool) {
	version := f.read(store)
	if f.state.generation != 0 && f.state.generation != f.seen {
		text, _, _ := store.Get(f.textKey)
		f.load(text)
		f.seen = f.state.generation
	}
	ms := now.UnixMilli()
	if f.waits(f.state.next, ms, f.refresh) || f.waits(f.state.lease, ms, f.leaseTime()) {
		return call, false
	}
	lease := now.Add(f.leaseTime()).UnixMilli()
	f.state.lease = lease
	if !store.Set(f.stateKey, f.state.encode(), version) {
		return call, false // another worker was faster
	}
	f.lease = lease
	return f.call(store), true
}

// waits reports whether a time is still to come. One further away than it can be
// is from before the clock was set back.
func (f *fetched) waits(until, now int64, longest time.Duration) bool {
	return until > now && until-now <= longest.Milliseconds()
}

// leaseTime is how long a worker may take to fetch the list. A call that is over
// always comes back before that.
func (f *fetched) leaseTime() time.Duration { return f.timeout + 2*policy.TickPeriod }

// call makes the call. It asks for news only if what this worker has is also what
// the others can take over.
func (f *fetched) call(store policy.Store) policy.Call {
	headers := append(f.uri.Headers("GET"), policy.Header{Name: "accept", Value: "application/json"})
	if f.list != nil && f.tag != "" && f.loaded == f.state.generation {
		if text, _, _ := store.Get(f.textKey); storedGeneration(text) == f.loaded {
			headers = append(headers, policy.Header{Name: "if-none-match", Value: f.tag})
		}
	}
	return policy.Call{ID: f.id, Cluster: f.cluster, Headers: headers, Timeout: f.timeout}
}

// answer takes an answer, and returns what is wrong with it for the log.
func (f *fetched) answer(now time.Time, store policy.Store, a *policy.Answer) (problem string) {
	mine := f.lease
	f.lease = 0
	version := f.read(store)
	if mine == 0 || f.state.lease != mine {
		return "" // too late: another worker has taken over
	}
	f.state.lease = 0
	problem = f.take(now, store, a)
	if problem != "" {
		f.state.failures++
		wait := f.minRefresh << min(f.state.failures-1, 16)
		if wait > f.refresh || wait < f.minRefresh {
			wait = f.refresh
		}
		f.state.next = now.Add(wait).UnixMilli()
	} else {
		wait, known := endpoint.Freshness(now, a.Headers)
		if !known || wait > f.refresh {
			wait = f.refresh
		}
		f.state.next = now.Add(max(wait, f.minRefresh)).UnixMilli()
		f.state.at, f.state.failures = now.UnixMilli(), 0
	}
	store.Set(f.stateKey, f.state.encode(), version)
	return problem
}

// take judges an answer, and stores the document it brought.
func (f *fetched) take(now time.Time, store policy.Store, a *policy.Answer) (problem string) {
	if a.Failed {
		return "no answer from its cluster"
	}
	status, _ := a.Headers.First(":status")
	switch {
	case status == "304" && f.list != nil && f.loaded == f.state.generation:
		return ""
	case status != "200":
		return "an answer of another status than 200"
	case a.Size > policy.MaxAnswer || a.Size != len(a.Body):
		return "a document of more than 1 MiB"
	}
	document := string(a.Body)
	list, err := ParseList(document)
	if err != nil {
		return err.Error()
	}
	generation := max(now.UnixNano(), f.state.generation+1)
	tag := endpoint.EntityTag(a.Headers)
	// The document comes first: who sees the new state finds it.
	if !store.Set(f.textKey, storedText(generation, tag, document), 0) {
		return "no room to share it"
	}
	f.list, f.loaded, f.tag, f.seen = list, generation, tag, generation
	f.state.generation = generation
	return ""
}
