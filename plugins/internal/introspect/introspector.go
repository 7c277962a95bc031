package introspect

import (
	"crypto/sha256"
	"fmt"
	"time"

	"gatehouse/plugins/internal/policy"
)

// State is what is known of a token.
type State uint8

const (
	// Failed is a token that the server could not be asked about just now, or about
	// which it gave no answer that can be read. It may be good or not: the zero value.
	Failed State = iota
	// Active is a token that the server vouches for; it comes with a Result.
	Active
	// Inactive is a token that it does not vouch for: expired, revoked, or never
	// issued (RFC 7662, Section 2.2).
	Inactive
	// Wait is a token that the server is being asked about, or will be: ask again
	// after the next answer.
	Wait
)

// String returns the word in snake case.
func (s State) String() string {
	switch s {
	case Active:
		return "active"
	case Inactive:
		return "inactive"
	case Wait:
		return "wait"
	}
	return "failed"
}

// MaxToken is how many bytes a token has at most. The server is not asked about
// longer ones, which are Inactive.
const MaxToken = 4096

const (
	// hold is how long the outcome of a call is known at least, so that the requests
	// that waited for it learn it. A failure is known for no longer: it is no answer.
	hold = 2 * policy.TickPeriod
	// maxBytes is how large the results in memory are at most, in each generation.
	maxBytes = 2 << 20
	// maxNegative is how many tokens are known not to be active, and how many to have
	// failed, in each generation. Anyone can make some up; they do not push out those
	// that are active.
	maxNegative = 2048
	// quiet is how long a fault is not reported again.
	quiet = 10 * time.Second
)

// Introspector knows about tokens. It is used by one worker thread.
type Introspector struct {
	request     request
	timeout     time.Duration
	maxAge      time.Duration
	negativeAge time.Duration
	maxInFlight int

	active   cache[*Result]
	inactive cache[struct{}]
	failed   cache[struct{}]

	// firstID is the id of the first call, and nextID that of the next.
	firstID, nextID uint64
	// flights are calls that are under way, by their ids, and asked their ids by
	// tokens.
	flights map[uint64]flight
	asked   map[key]uint64
	// scratch holds the token that is being hashed, where package fmt does not look.
	scratch *[MaxToken]byte
	// reported is when a fault was reported last.
	reported time.Time
}

// flight is a call that is under way.
type flight struct {
	key key
	// until is when it has certainly come back.
	until time.Time
}

// New makes an Introspector of a decoded configuration. The calls that it wants made
// have ids from firstID up, without end: the caller uses lower ones for other calls.
func New(c *Config, firstID uint64) *Introspector {
	return &Introspector{
		request:     newRequest(c),
		timeout:     c.Timeout.Std(),
		maxAge:      c.MaxAge.Std(),
		negativeAge: c.NegativeAge.Std(),
		maxInFlight: c.MaxInFlight,
		active:      cache[*Result]{most: max(1, c.MaxEntries/2), mostBytes: maxBytes},
		inactive:    cache[struct{}]{most: maxNegative, mostBytes: maxBytes},
		failed:      cache[struct{}]{most: maxNegative, mostBytes: maxBytes},
		firstID:     firstID,
		nextID:      firstID,
		flights:     make(map[uint64]flight),
		asked:       make(map[key]uint64),
		scratch:     new([MaxToken]byte),
	}
}

// Format implements fmt.Formatter: nothing of it is printed.
func (Introspector) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[introspector]") }

// Lookup tells what is known of a token. With Wait there may be a call to make; with
// Active there is a Result, whose dates the caller holds against the clock. There is never more than one call for a token at a time,
// nor more than the configuration allows in all. A token that is known is looked up
// without allocation.
func (i *Introspector) Lookup(now time.Time, token string) (*Result, State, []policy.Call) {
	if token == "" || len(token) > MaxToken {
		return nil, Inactive, nil
	}
	k := key(sha256.Sum256(i.scratch[:copy(i.scratch[:], token)]))
	if result, ok := i.active.get(k, now); ok {
		return result, Active, nil
	}
	if _, ok := i.inactive.get(k, now); ok {
		return nil, Inactive, nil
	}
	if _, ok := i.failed.get(k, now); ok {
		return nil, Failed, nil
	}
	if id, ok := i.asked[k]; ok {
		if now.Before(i.flights[id].until) {
			return nil, Wait, nil
		}
		i.land(id)
	}
	if len(i.flights) >= i.maxInFlight && !i.room(now) {
		return nil, Wait, nil
	}
	call := i.request.call(token)
	call.ID, call.Timeout = i.nextID, i.timeout
	i.flights[i.nextID] = flight{key: k, until: now.Add(i.timeout + hold)}
	i.asked[k] = i.nextID
	i.nextID++
	return nil, Wait, []policy.Call{call}
}

// room forgets calls that should have come back long ago, and tells whether there is
// room for another one.
func (i *Introspector) room(now time.Time) bool {
	for id, f := range i.flights {
		if !now.Before(f.until) {
			i.land(id)
		}
	}
	return len(i.flights) < i.maxInFlight
}

// land forgets a call.
func (i *Introspector) land(id uint64) {
	k := i.flights[id].key
	delete(i.flights, id)
	if i.asked[k] == id {
		delete(i.asked, k)
	}
}

// Answer takes the answer to a call, and tells whether the call was one of these. The
// work is messages only.
func (i *Introspector) Answer(now time.Time, a *policy.Answer) (w policy.Work, ours bool) {
	if a.ID < i.firstID {
		return w, false
	}
	f, ok := i.flights[a.ID]
	if !ok {
		return w, true // too late
	}
	i.land(a.ID)
	result, wrong := parse(a)
	switch {
	case wrong != "":
		i.failed.put(f.key, struct{}{}, 0, now.Add(hold))
		if i.reported.IsZero() || now.Sub(i.reported) >= quiet || now.Before(i.reported) {
			i.reported = now
			w.Messages = []string{"introspection: " + string(wrong)}
		}
	case result == nil:
		i.inactive.put(f.key, struct{}{}, 0, now.Add(max(i.negativeAge, hold)))
	default:
		until := now.Add(i.maxAge)
		if exp := result.Claims.Expires; !exp.IsZero() && exp.Before(until) {
			until = exp
		}
		// Who waited sees it, and by its "exp", that it is over.
		if least := now.Add(hold); until.Before(least) {
			until = least
		}
		i.active.put(f.key, result, len(result.Raw)+resultSize, until)
	}
	return w, true
}

// resultSize is about how large a Result is besides its text.
const resultSize = 1024
