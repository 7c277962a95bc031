package quota

import (
	"crypto/sha256"
	"time"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/quota/global"
	"gatehouse/plugins/quota/key"
	"gatehouse/plugins/quota/limit"
)

type result = limit.Result

// takeAll takes what the request costs from every limit that counts it, from where it
// came to when it had to wait, and decides.
func (s *inspection) takeAll(overdue bool) policy.Decision {
	if s.inspector.counters == nil {
		return s.refuse(503, "Service Unavailable", ReasonCountersUnavailable)
	}
	for ; s.next < len(s.rules); s.next++ {
		r := s.rules[s.next]
		if !s.applies(r) {
			continue
		}
		if s.ticket == 0 {
			counted, refused := s.begin(r)
			if refused {
				if !r.shadow {
					return s.refuse(400, "Bad Request", ReasonKeyMissing)
				}
				continue
			}
			if !counted {
				continue
			}
		}
		t := &s.taken[len(s.taken)-1]
		var stop policy.Reason
		if r.global {
			if s.askService(t, overdue) {
				if s.since.IsZero() {
					s.since = s.at
				}
				d := s.decision(policy.Decision{Outcome: policy.Wait, WaitFor: s.ticket})
				d.WaitAtMost = 2*s.inspector.config.Global.Timeout.Std() + 100*time.Millisecond
				return d
			}
			stop = s.unanswered(t)
		} else if !s.takeHere(t) {
			stop = ReasonCountersUnavailable
		}
		if stop != "" {
			if t.shadow {
				t.result.Allowed, t.unknown = true, true
				continue
			}
			return s.refuse(503, "Service Unavailable", stop)
		}
		s.note(t)
	}
	return s.conclude(overdue)
}

// begin enters a limit into what is taken, with the key of its counter. Counted is
// false if the limit does not count the request, since its key is not there.
func (s *inspection) begin(r *rule) (counted, refused bool) {
	from := len(s.keys)
	s.keys = append(s.keys, r.prefix...)
	for k := range r.key {
		var presence key.Presence
		s.keys, presence = r.key[k].Append(s.keys, &s.input)
		if presence == key.Missing && r.missing == "skip" || presence != key.Present && r.missing == "deny" {
			s.keys = s.keys[:from]
			return false, r.missing == "deny"
		}
	}
	if r.global && r.period != nil {
		// A lease is one of a window, too.
		s.keys = append(s.keys, r.period(s.at)...)
	}
	s.taken = append(s.taken, taken{rule: r, shadow: r.shadow || s.route.shadow, from: from, to: len(s.keys)})
	t := &s.taken[len(s.taken)-1]
	t.held = s.costOf(r)
	if r.request || r.response {
		t.ahead = t.held
	}
	return true, false
}

// key is that of the counter.
func (s *inspection) key(t *taken) []byte { return s.keys[t.from:t.to] }

// takeHere takes from a counter of this proxy. It returns false if that cannot be
// used.
func (s *inspection) takeHere(t *taken) bool {
	c, now, ok := s.inspector.counters, s.at, false
	if t.rule.delay > 0 && !t.shadow {
		t.result, ok = c.TakeWithin(now, t.rule.rate, s.key(t), t.held, t.rule.delay)
	} else {
		t.result, ok = c.Take(now, t.rule.limit, s.key(t), t.held)
	}
	if ok && !t.result.Allowed {
		if t.rule.countDenied {
			// The client is told when it may come again now that this counts.
			var charged result
			if charged, ok = c.Charge(now, t.rule.limit, s.key(t), t.held); ok && !charged.Allowed {
				t.result = charged
			}
		}
		t.held = 0
	}
	if !ok {
		t.held = 0
	}
	return ok
}

// askService takes from the service, and tells whether the request has to wait for
// its answer.
func (s *inspection) askService(t *taken, overdue bool) (waits bool) {
	i := s.inspector
	if s.ticket == 0 {
		t.call = global.Request{
			Key: s.key(t), Hits: t.held, Override: t.rule.override,
			Entries: t.rule.entries(nil, s.at, &s.input, i.config.Global.Values == "plain"),
		}
	}
	t.call.Ticket, t.call.Overdue = s.ticket, overdue
	// The keys may have moved.
	t.call.Key = s.key(t)
	v := i.service.Take(s.at, &t.call)
	s.join(v.Work)
	s.ticket = 0
	switch v.Outcome {
	case global.Wait:
		s.ticket = v.Ticket
		return true
	case global.Unavailable:
		t.local = true
	default:
		t.result = result{Allowed: v.Outcome == global.Allowed, Remaining: v.Remaining, Reset: v.Reset, RetryAfter: v.RetryAfter}
		if !t.result.Allowed {
			if t.rule.countDenied {
				s.join(i.service.Charge(s.at, &t.call, t.held))
			}
			t.held = 0
		}
	}
	return false
}

// unanswered does what is to be done when the service gave no answer, and returns why
// the request is refused for it.
func (s *inspection) unanswered(t *taken) policy.Reason {
	if !t.local {
		return ""
	}
	switch s.inspector.config.Global.OnError {
	case "local":
		if !s.takeHere(t) {
			return ReasonCountersUnavailable
		}
		return ""
	case "allow":
		t.result, t.held, t.unknown = result{Allowed: true}, 0, true
		s.reason, s.about = ReasonServiceUnavailableAllowed, t.rule.name
		return ""
	}
	t.held = 0
	return ReasonServiceUnavailable
}

// join adds work of the service's client.
func (s *inspection) join(w policy.Work) {
	w = s.inspector.own(w)
	s.work.Calls = append(s.work.Calls, w.Calls...)
	s.work.Messages = append(s.work.Messages, w.Messages...)
	s.work.Count = append(s.work.Count, w.Count...)
}

// note counts what a limit said, and notes that it is near.
func (s *inspection) note(t *taken) {
	at := t.rule.index * countersOfLimit
	if !t.result.Allowed {
		s.count = append(s.count, at+countDenied)
		return
	}
	if near := t.rule.near; near >= 0 && t.result.Remaining <= near && t.result.Remaining+t.held > near {
		s.count = append(s.count, at+countNear)
		if s.reason == ReasonWithinLimits {
			s.reason, s.about = ReasonNearLimit, t.rule.name
		}
	}
	if t.result.Delay > 0 {
		s.count = append(s.count, at+countDelayed)
	}
}

// conclude decides by what the limits said. Of several that are exceeded, the one that
// is so for longest is named. A request that cannot wait is not held back: what it took
// is counted all the same.
func (s *inspection) conclude(overdue bool) policy.Decision {
	if worst := s.exceededFor(false); worst != nil {
		s.giveBack()
		s.over, s.about = true, worst.rule.name
		d := s.decision(policy.Decision{Outcome: policy.Deny, Reason: worst.rule.reason, Response: s.exceeded(worst.result)})
		d.Mode = policy.Enforce
		return d
	}
	delay := time.Duration(0)
	for i := range s.taken {
		if t := &s.taken[i]; t.result.Delay > delay {
			delay = t.result.Delay
			s.reason, s.about = ReasonDelayed, t.rule.name
		}
	}
	if delay > 0 && !overdue {
		if s.since.IsZero() {
			s.since = s.at
		}
		s.released = s.at.Add(delay)
		return s.waitUntil(s.released)
	}
	return s.goOn()
}

// exceededFor is the limit that is exceeded for longest, of those in shadow mode or of
// the others; nil if none is.
func (s *inspection) exceededFor(shadow bool) *taken {
	var longest *taken
	for i := range s.taken {
		t := &s.taken[i]
		if !t.result.Allowed && t.shadow == shadow && (longest == nil || t.result.RetryAfter > longest.result.RetryAfter) {
			longest = t
		}
	}
	return longest
}

// goOn lets the request go on, with what there is still to be seen of its bodies. What
// is over limits in shadow mode is denied in that mode.
func (s *inspection) goOn() policy.Decision {
	d := s.decision(policy.Decision{Outcome: policy.Allow, Body: s.watches(), NoResponse: !s.wantsResponse()})
	if s.settles.reads {
		// What is compressed cannot be read.
		d.RemoveHeaders = []string{"accept-encoding"}
	}
	if t := s.exceededFor(true); t != nil {
		d.Outcome, d.Mode, d.Reason, d.Policy = policy.Deny, policy.Shadow, t.rule.reason, t.rule.name
	}
	return d
}

// waitUntil holds the request back.
func (s *inspection) waitUntil(t time.Time) policy.Decision {
	d := s.decision(policy.Decision{Outcome: policy.Wait, WaitFor: nobody})
	d.WaitAtMost = t.Sub(s.since)
	return d
}

// giveBack gives back what was taken for a request that is refused.
func (s *inspection) giveBack() {
	for i := range s.taken {
		t := &s.taken[i]
		if !t.rule.countDenied {
			t.result.Remaining += t.held
			if t.result.Remaining >= t.rule.limit.Whole() {
				t.result.Remaining, t.result.Reset = t.rule.limit.Whole(), 0
			}
			s.give(t, t.held, s.at)
		}
		t.held = 0
	}
}

// give gives some of what was taken from a limit back.
func (s *inspection) give(t *taken, n int64, now time.Time) {
	if n <= 0 {
		return
	}
	if t.rule.global && !t.local {
		s.inspector.service.Give(now, &t.call, n)
	} else {
		s.inspector.counters.Give(now, t.rule.limit, s.key(t), n)
	}
	t.held -= n
}

// charge takes more from a limit, whether or not it is there.
func (s *inspection) charge(t *taken, n int64, now time.Time) {
	if n <= 0 {
		return
	}
	if t.rule.global && !t.local {
		s.join(s.inspector.service.Charge(now, &t.call, n))
	} else {
		s.inspector.counters.Charge(now, t.rule.limit, s.key(t), n)
	}
	t.held += n
}

// digest is what tells values of a limit's keys apart where they are not to be read.
func digest(limit string, value []byte) [sha256.Size]byte {
	b := make([]byte, 0, len(limit)+1+len(value))
	b = append(append(append(b, limit...), 0), value...)
	return sha256.Sum256(b)
}
