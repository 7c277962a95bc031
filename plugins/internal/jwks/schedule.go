package jwks

import (
	"time"

	"gatehouse/plugins/internal/endpoint"
	"gatehouse/plugins/internal/policy"
)

// Bounds of the time from a failed fetch to the next one, before jitter: it
// starts at the first and doubles. A Refresh that is shorter bounds it too.
const (
	minBackoff = time.Second
	maxBackoff = time.Minute
)

// lifetime returns how long an answer is fresh, within the bounds of the source;
// if it does not say, so long as unsaid.
func (s *source) lifetime(now time.Time, headers policy.Headers, unsaid time.Duration) time.Duration {
	lifetime, said := endpoint.Freshness(now, headers)
	if !said {
		return unsaid
	}
	return min(max(lifetime, s.MinRefresh), s.MaxRefresh)
}

// refreshAfter returns when to ask again for what is fresh for a lifetime: so
// long before its end that the next answer is there in time and that other
// workers have seen it, and not at the same time as all other proxies.
func (f *Fetcher) refreshAfter(lifetime time.Duration) time.Duration {
	margin := min(max(lifetime/10, 4*policy.TickPeriod), lifetime/2)
	return lifetime - margin/2 - f.jitter(margin/2)
}

// backoff returns when to ask again after so many failures in a row.
func (f *Fetcher) backoff(s *source, failures uint32) time.Duration {
	delay := min(minBackoff<<min(failures-1, 10), maxBackoff, s.Refresh)
	return delay/2 + f.jitter(delay/2)
}

// jitter returns a time from 0 to most.
func (f *Fetcher) jitter(most time.Duration) time.Duration {
	return time.Duration(f.next() % uint64(most+1))
}
