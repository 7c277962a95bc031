package revocation

import (
	"strconv"
	"time"

	"gatehouse/plugins/internal/policy"
)

// Lists are all lists of a configuration. They are used by one worker thread, and
// share with others what was fetched.
type Lists struct {
	inline  *List // nil for none
	fetched []fetched
	store   policy.Store
}

// New makes Lists of a decoded configuration. The calls that they want made have
// ids from firstID on, as many as there are lists to fetch. Store is shared with the
// other workers; without one each fetches for itself.
func New(c *Config, firstID uint64, store policy.Store) *Lists {
	if store == nil {
		store = &memory{}
	}
	l := &Lists{inline: c.List, store: store}
	for i := range c.Fetch {
		l.fetched = append(l.fetched, newFetched(&c.Fetch[i], "revocation list "+strconv.Itoa(i), firstID+uint64(i)))
	}
	return l
}

// Revoked tells whether a token was revoked, and why it is taken for revoked. A
// claim that the token does not have is empty, or the zero time. It allocates
// nothing.
func (l *Lists) Revoked(now time.Time, issuer, subject, clientID, jti string, issuedAt time.Time) (bool, Why) {
	t := token{issuer: issuer, subject: subject, client: clientID, id: jti, issuedAt: issuedAt}
	if l.inline != nil {
		if why := l.inline.revoked(&t); why != NotRevoked {
			return true, why
		}
	}
	missing := NotRevoked
	for i := range l.fetched {
		f := &l.fetched[i]
		if f.list != nil {
			if why := f.list.revoked(&t); why != NotRevoked {
				return true, why
			}
		}
		missing = max(missing, f.missing(now))
	}
	return missing != NotRevoked, missing
}

// Tick says which lists to fetch now, and takes over what other workers fetched.
func (l *Lists) Tick(now time.Time) (w policy.Work) {
	for i := range l.fetched {
		if call, due := l.fetched[i].tick(now, l.store); due {
			w.Calls = append(w.Calls, call)
		}
	}
	return w
}

// Answer takes the answer to a call, and tells whether the call was one of these
// lists. The work is messages only.
func (l *Lists) Answer(now time.Time, a *policy.Answer) (w policy.Work, ours bool) {
	for i := range l.fetched {
		if f := &l.fetched[i]; f.id == a.ID {
			if problem := f.answer(now, l.store, a); problem != "" {
				w.Messages = []string{f.name + ": " + problem}
			}
			return w, true
		}
	}
	return w, false
}

// memory is a Store of one worker.
type memory map[string]*entry

type entry struct {
	value   []byte
	version uint32
}

// Get implements policy.Store.
func (m memory) Get(key string) ([]byte, uint32, bool) {
	if e := m[key]; e != nil {
		return e.value, e.version, true
	}
	return nil, 0, false
}

// Set implements policy.Store.
func (m *memory) Set(key string, value []byte, version uint32) bool {
	if *m == nil {
		*m = memory{}
	}
	e := (*m)[key]
	if e == nil {
		e = &entry{}
		(*m)[key] = e
	}
	if version != 0 && version != e.version {
		return false
	}
	e.value, e.version = append([]byte(nil), value...), e.version+1
	return true
}
