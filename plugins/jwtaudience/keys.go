package jwtaudience

import (
	"strconv"
	"time"

	"gatehouse/plugins/internal/jwks"
	"gatehouse/plugins/internal/policy"
)

// source is where an issuer's keys are fetched, if they are.
func source(c *Issuer) (s jwks.Source, ok bool) {
	var fetch *Fetch
	switch {
	case c.JWKSURI != nil:
		s.URI, fetch = c.JWKSURI.URI.String(), &c.JWKSURI.Fetch
	case c.Discovery != nil:
		s.Issuer, s.DiscoveryURI, fetch = c.Issuer, jwks.OpenIDConfiguration(c.Issuer), &c.Discovery.Fetch
		if c.Discovery.URI != nil {
			s.DiscoveryURI = c.Discovery.URI.String()
		}
	default:
		return s, false
	}
	s.Cluster = fetch.Cluster
	s.Timeout = fetch.Timeout.Std()
	s.Refresh = fetch.Refresh.Std()
	s.MaxStale = fetch.MaxStale.Std()
	s.UnknownKeyInterval = fetch.UnknownKeyInterval.Std()
	return s, true
}

// work is what is to be done for the keys, with what went wrong since.
func (e *Engine) work(calls []policy.Call) policy.Work {
	w := policy.Work{Calls: calls}
	for _, p := range e.keys.Problems() {
		message := "issuers[" + strconv.Itoa(e.configured[p.Source]) + "]: "
		if p.Discovery {
			message += "metadata: "
		} else {
			message += "keys: "
		}
		message += p.Kind.String()
		if p.Status != 0 {
			message += ", status " + strconv.Itoa(p.Status)
		}
		if p.Detail != "" {
			message += ", " + p.Detail
		}
		if p.Failures > 0 {
			message += ", failures in a row: " + strconv.Itoa(p.Failures)
		}
		w.Messages = append(w.Messages, message)
		w.Count = append(w.Count, int(p.Kind)-1)
	}
	return w
}

// Counters implements policy.Counters: how often fetching keys went wrong in
// which way.
func (e *Engine) Counters() []string {
	var names []string
	for k := jwks.Unreachable; k <= jwks.BadKeySetURI; k++ {
		names = append(names, "keys."+k.String())
	}
	return names
}

// Tick implements policy.Background.
func (e *Engine) Tick(now time.Time) policy.Work {
	lists := e.revoked.Tick(now)
	if e.keys == nil {
		return lists
	}
	calls, _ := e.keys.Tick(now)
	return join(e.work(calls), lists)
}

// Answer implements policy.Background.
func (e *Engine) Answer(now time.Time, a *policy.Answer) policy.Work {
	if work, ours := e.revoked.Answer(now, a); ours {
		return work
	}
	if e.introspector != nil {
		if work, ours := e.introspector.Answer(now, a); ours {
			return work
		}
	}
	if e.keys == nil {
		return policy.Work{}
	}
	calls, _ := e.keys.Answer(now, a)
	return e.work(calls)
}

// join is the work of both.
func join(a, b policy.Work) policy.Work {
	return policy.Work{
		Calls:    append(a.Calls, b.Calls...),
		Messages: append(a.Messages, b.Messages...),
		Count:    append(a.Count, b.Count...),
	}
}
