package jwks

import (
	"crypto/sha256"
	"math"
	"time"

	"gatehouse/plugins/internal/endpoint"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// fetch is a call that is under way. Its zero value is none.
type fetch struct {
	// id is that of the call, and owner the name under which this worker holds the
	// lease.
	id, owner uint64
	// until is when to give it up, whether an answer comes or not.
	until int64
	// discovery tells whether it asks for metadata. If not, uri is the address of
	// the key set.
	discovery bool
	uri       string
	// intact says that the store had the text of this worker's set when the call
	// was made. Only then may the call be conditional.
	intact, conditional bool
}

// begin returns the first call of a fetch, after acquire.
func (f *Fetcher) begin(s *source, t int64) policy.Call {
	if s.URI != "" {
		return f.askKeys(s, t, s.URI)
	}
	// Metadata may be why the fetches before this one failed.
	if m, ok := f.readMetadata(s); ok && s.shared.failures == 0 && ahead(t, m.until, s.MaxRefresh) {
		return f.askKeys(s, t, m.uri)
	}
	return f.call(s, fetch{discovery: true, uri: s.DiscoveryURI}, "application/json", t)
}

// askKeys returns the call for a key set.
func (f *Fetcher) askKeys(s *source, t int64, address string) policy.Call {
	next := fetch{uri: address}
	// An answer that nothing has changed is of use only as long as the store has
	// what has not changed.
	value, _, _ := f.store.Get(s.published)
	if p, ok := decodePublished(value); ok && s.set != nil && p.id == s.record {
		next.intact = true
		next.conditional = s.etag != "" && s.uri == address
	}
	return f.call(s, next, "application/jwk-set+json, application/json", t)
}

// call returns a call and keeps in mind that it is under way.
func (f *Fetcher) call(s *source, next fetch, accept string, t int64) policy.Call {
	f.lastCall++
	next.id, next.owner, next.until = f.lastCall, s.shared.owner, t+int64(s.leaseTime())
	s.fetch = next
	u, _ := endpoint.Parse(next.uri) // was found good when it came
	headers := append(u.Headers("GET"),
		policy.Header{Name: "accept", Value: accept},
		// RFC 9110, Section 12.5.3: without it any coding would do.
		policy.Header{Name: "accept-encoding", Value: "identity"},
		policy.Header{Name: "user-agent", Value: "gatehouse"},
	)
	if next.conditional {
		headers = append(headers, policy.Header{Name: "if-none-match", Value: s.etag})
	}
	return policy.Call{ID: next.id, Cluster: s.Cluster, Headers: headers, Timeout: s.Timeout}
}

// Answer takes the answer to a call. It returns the calls to make now, and news
// as Tick does. Answers to calls that are not this Fetcher's, or that it has
// given up, change nothing.
func (f *Fetcher) Answer(now time.Time, a *policy.Answer) (calls []policy.Call, news bool) {
	t := now.UnixNano()
	for i := range f.sources {
		s := &f.sources[i]
		if a.ID == 0 || s.fetch.id != a.ID {
			continue
		}
		done := s.fetch
		s.fetch = fetch{}
		f.sync(s)
		// Another worker may have taken this one for dead.
		if s.shared.owner == done.owner {
			if done.discovery {
				calls = f.answerMetadata(i, now, a)
			} else {
				f.answerKeys(i, now, a, done)
			}
		}
		return calls, s.news(t)
	}
	return nil, false
}

// problem tells what is wrong with an answer before its content is looked at;
// its Kind is 0 if nothing is.
func problem(i int, a *policy.Answer, most int, discovery bool) Problem {
	p := Problem{Source: i, Discovery: discovery, Status: status(a)}
	switch {
	case a.Failed:
		p.Kind = Unreachable
	case p.Status != 200:
		p.Kind = BadStatus
	case max(a.Size, len(a.Body)) > most:
		p.Kind = TooLarge
	case a.Size > len(a.Body):
		p.Kind, p.Detail = BadDocument, "the body is not whole"
	}
	return p
}

// status returns the HTTP status of an answer, 0 if it has none.
func status(a *policy.Answer) int {
	text, _ := a.Headers.First(":status")
	if a.Failed || len(text) != 3 {
		return 0
	}
	n := 0
	for i := range 3 {
		if text[i] < '0' || text[i] > '9' {
			return 0
		}
		n = n*10 + int(text[i]-'0')
	}
	return n
}

// answerKeys takes an answer that should be a key set.
func (f *Fetcher) answerKeys(i int, now time.Time, a *policy.Answer, done fetch) {
	s := &f.sources[i]
	if status(a) == 304 && done.conditional {
		f.confirm(s, now, a, s.loaded)
		return
	}
	p := problem(i, a, jose.MaxKeySetSize, false)
	if p.Kind != 0 {
		f.fail(s, now, a, p)
		return
	}
	next := published{id: done.owner, etag: endpoint.EntityTag(a.Headers), uri: done.uri, text: a.Body}
	set, digest := s.set, sha256.Sum256(a.Body)
	if s.set == nil || digest != s.digest {
		var faults []*jose.KeySetError
		var err error
		set, faults, err = jose.ParseFetchedKeySet(string(a.Body))
		if err != nil {
			p.Kind, p.Detail = BadDocument, err.Error()
			if len(faults) > 0 {
				p.Detail += "; " + faults[0].Error()
			}
			f.fail(s, now, a, p)
			return
		}
		for _, fault := range faults {
			f.report(Problem{Source: i, Kind: KeySkipped, Status: p.Status, Detail: fault.Error()})
		}
	} else if done.intact && next.etag == s.etag && next.uri == s.uri {
		f.confirm(s, now, a, s.loaded)
		return
	}
	// If the store refuses the set, the lease runs out and somebody tries again.
	if f.publish(s, &next) && f.confirm(s, now, a, next.id) {
		s.take(set, &next, digest)
		s.loaded = next.id
	}
}

// confirm ends a fetch whose answer was good: the set of that name is fresh.
func (f *Fetcher) confirm(s *source, now time.Time, a *policy.Answer, set uint64) bool {
	lifetime := s.lifetime(now, a.Headers, s.Refresh)
	t := now.UnixNano()
	return f.update(s, s.shared.owner, func(c *control) {
		c.owner, c.lease = 0, 0
		c.set, c.fresh = set, t+int64(lifetime)
		c.due = t + int64(f.refreshAfter(lifetime))
		c.failures = 0
	})
}

// fail ends a fetch whose answer was not.
func (f *Fetcher) fail(s *source, now time.Time, a *policy.Answer, p Problem) {
	t := now.UnixNano()
	wait := min(endpoint.RetryAfter(now, a.Headers), s.Refresh)
	if f.update(s, s.shared.owner, func(c *control) {
		c.owner, c.lease = 0, 0
		c.failures = min(c.failures, math.MaxInt32-1) + 1
		c.due = t + int64(max(f.backoff(s, c.failures), wait))
	}) {
		p.Failures = int(s.shared.failures)
		f.report(p)
	}
}
