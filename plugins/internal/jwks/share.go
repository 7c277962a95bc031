package jwks

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// A source has three records in the store: control, which every worker reads on
// every tick and which is replaced only if it has not changed meanwhile; the
// text of the newest set; and the address that the issuer's metadata gave. The
// set is written before control names it. It says itself what it is, so that a
// worker that finds a newer one than control names can use it as well.
type records struct{ control, published, metadata string }

func recordsBelow(prefix string) records {
	return records{prefix + "/control", prefix + "/set", prefix + "/metadata"}
}

// format is the first byte of every record; one that begins otherwise counts as
// none.
const format = 1

// control is the record that workers agree by. Times are in nanoseconds since
// 1970.
type control struct {
	// owner is the worker that fetches, named anew each time, 0 for none, and lease
	// the time until which nobody else does.
	owner uint64
	lease int64
	// set is the name of the newest set, that of the owner that published it, 0 if
	// there was none. It is fresh until the time that fresh says.
	set   uint64
	fresh int64
	// due is when to fetch next.
	due int64
	// asked is when an unknown key last caused a fetch.
	asked int64
	// failures is how many fetches in a row have failed.
	failures uint32
}

const controlSize = 1 + 6*8 + 4

func (c *control) encode() []byte {
	b := make([]byte, 1, controlSize)
	b[0] = format
	for _, field := range [...]uint64{c.owner, uint64(c.lease), c.set, uint64(c.fresh), uint64(c.due), uint64(c.asked)} {
		b = binary.LittleEndian.AppendUint64(b, field)
	}
	return binary.LittleEndian.AppendUint32(b, c.failures)
}

func decodeControl(b []byte) (c control, ok bool) {
	if len(b) != controlSize || b[0] != format {
		return control{}, false
	}
	field := func(i int) uint64 { return binary.LittleEndian.Uint64(b[1+8*i:]) }
	return control{
		owner: field(0), lease: int64(field(1)), set: field(2), fresh: int64(field(3)), due: int64(field(4)), asked: int64(field(5)),
		failures: binary.LittleEndian.Uint32(b[1+6*8:]),
	}, true
}

// published is the record of a set.
type published struct {
	id        uint64
	etag, uri string
	text      []byte
}

func (p *published) encode() []byte {
	b := make([]byte, 1, 1+8+2+len(p.etag)+2+len(p.uri)+len(p.text))
	b[0] = format
	b = binary.LittleEndian.AppendUint64(b, p.id)
	for _, text := range [...]string{p.etag, p.uri} {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
		b = append(b, text...)
	}
	return append(b, p.text...)
}

func decodePublished(b []byte) (p published, ok bool) {
	if len(b) < 9 || b[0] != format {
		return published{}, false
	}
	p.id, b = binary.LittleEndian.Uint64(b[1:]), b[9:]
	for _, text := range [...]*string{&p.etag, &p.uri} {
		if len(b) < 2 {
			return published{}, false
		}
		n := int(binary.LittleEndian.Uint16(b))
		if len(b) < 2+n {
			return published{}, false
		}
		*text, b = string(b[2:2+n]), b[2+n:]
	}
	p.text = b
	return p, true
}

// skew is how far the clock of a worker may be behind that of another one: a
// worker is told the time at the beginning of what it does.
const skew = 10 * time.Second

// ahead tells whether a time is after now, and no further than it can be: one
// that is was written by a clock that has been set back since.
func ahead(now, t int64, most time.Duration) bool {
	d := t - now
	return t > now && d > 0 && d <= int64(most+skew)
}

// leaseTime is how long a worker may take: as long as the call, and a few ticks
// in which a busy one notices its end.
func (s *source) leaseTime() time.Duration { return s.Timeout + 3*policy.TickPeriod }

// leased tells whether a worker is fetching.
func (s *source) leased(t int64) bool {
	return s.shared.owner != 0 && ahead(t, s.shared.lease, s.leaseTime())
}

// isDue tells whether it is time for the next fetch.
func (s *source) isDue(t int64) bool { return !ahead(t, s.shared.due, s.MaxRefresh) }

// sync reads what other workers wrote. What a store has forgotten is as if it
// had never been, but the keys that this worker has stay.
func (f *Fetcher) sync(s *source) {
	value, version, _ := f.store.Get(s.control)
	if s.synced && version == s.version {
		return
	}
	s.version = version
	s.shared, _ = decodeControl(value)
	s.synced = s.shared.set == 0 || s.shared.set == s.loaded || f.load(s)
	if s.synced && s.shared.set != 0 {
		s.fresh = s.shared.fresh
	}
}

// load reads the set that control names.
func (f *Fetcher) load(s *source) bool {
	value, _, _ := f.store.Get(s.published)
	p, ok := decodePublished(value)
	if !ok {
		return false
	}
	set, _, err := jose.ParseFetchedKeySet(string(p.text))
	if err != nil {
		return false
	}
	s.take(set, &p, sha256.Sum256(p.text))
	s.loaded = s.shared.set
	return true
}

// take makes a set the one that this worker has.
func (s *source) take(set *jose.KeySet, p *published, digest [sha256.Size]byte) {
	s.set, s.record, s.etag, s.uri, s.digest = set, p.id, p.etag, p.uri, digest
}

// acquire makes this worker the one that fetches, on account of an unknown key
// or because it is time, and tells whether it is. Control was synced just
// before.
func (f *Fetcher) acquire(s *source, t int64, unknownKey bool) bool {
	c := s.shared
	c.owner = f.name(c.owner)
	c.lease = t + int64(s.leaseTime())
	if unknownKey {
		c.asked = t
	}
	if !f.replace(s.control, c.encode(), s.version) {
		return false
	}
	s.shared, s.synced = c, false
	return true
}

// update changes control if the owner is still the one given, and tells whether
// it was.
func (f *Fetcher) update(s *source, owner uint64, change func(*control)) bool {
	for range maxTries {
		value, version, _ := f.store.Get(s.control)
		c, ok := decodeControl(value)
		if !ok || c.owner != owner {
			return false
		}
		change(&c)
		if f.replace(s.control, c.encode(), version) {
			s.shared, s.synced = c, false
			return true
		}
	}
	return false
}

// maxTries is how often a record is written that changes at the same time. An
// owner has no rival as long as its lease lasts.
const maxTries = 4

// publish writes the record of a set.
func (f *Fetcher) publish(s *source, p *published) bool {
	value := p.encode()
	for range maxTries {
		_, version, _ := f.store.Get(s.published)
		if f.replace(s.published, value, version) {
			return true
		}
	}
	return false
}

// replace writes a record if its version is the one given, 0 for one that was
// not there. A store that knows of no absent record refuses the first write.
func (f *Fetcher) replace(key string, value []byte, version uint32) bool {
	if version != 0 {
		return f.store.Set(key, value, version)
	}
	if f.store.Set(key, value, policy.Absent) {
		return true
	}
	if _, _, ok := f.store.Get(key); ok {
		return false
	}
	return f.store.Set(key, value, 0)
}

// name returns a name for an owner that is not 0 and not that of the one before.
func (f *Fetcher) name(before uint64) uint64 {
	for {
		if name := f.next() ^ before; name != 0 && name != before {
			return name
		}
	}
}

// next returns the next pseudo-random number (SplitMix64).
func (f *Fetcher) next() uint64 {
	f.random += 0x9e3779b97f4a7c15
	z := f.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// ownStore is the store of a worker that shares nothing.
type ownStore struct {
	records map[string]ownRecord
}

type ownRecord struct {
	value   []byte
	version uint32
}

// Get returns a record.
func (o *ownStore) Get(key string) ([]byte, uint32, bool) {
	r, ok := o.records[key]
	return r.value, r.version, ok
}

// Set replaces or creates a record. Nobody else could have.
func (o *ownStore) Set(key string, value []byte, _ uint32) bool {
	if o.records == nil {
		o.records = map[string]ownRecord{}
	}
	version := o.records[key].version + 1
	o.records[key] = ownRecord{value, max(version, 1)}
	return true
}
