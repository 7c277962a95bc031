package quota

import (
	"net/netip"
	"slices"
	"time"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
	"gatehouse/plugins/quota/global"
	"gatehouse/plugins/quota/key"
)

// inspection is what is known of one stream. It is a policy.Inspection, Waiting and
// Watcher.
type inspection struct {
	inspector *Inspector
	request   *policy.Request
	// at is when the request is counted: when there is all that it takes.
	at      time.Time
	route   *route
	who     *identity.Identity
	address netip.Addr
	input   key.Input
	// rules are the limits of the plan, next the one that is taken from next.
	rules []*rule
	next  int
	// taken has an entry for each limit that counted the request, keys their keys.
	taken []taken
	keys  []byte
	// ticket is that of the call which the request waits for, 0 for none; released is
	// when it goes on that is held back, and since when it has waited.
	ticket          uint64
	since, released time.Time
	// reason is that of an Allow, about what the limit named by policy.
	reason  policy.Reason
	about   string
	work    policy.Work
	count   []int
	settles settling
	// over says that the request was refused, or is not counted.
	over bool
}

// taken is what a limit said of the request.
type taken struct {
	rule   *rule
	shadow bool
	// from and to are where its key is in the keys.
	from, to int
	// held is how much is counted for the request.
	held int64
	// ahead is how much of it was taken for bytes that have not passed yet.
	ahead  int64
	result result
	// unknown says that nobody can tell how the limit stands.
	unknown bool
	// local says that a limit over all gateways was counted here.
	local bool
	// call is what the service was asked.
	call global.Request
}

// nobody is an ID that no call has: a request that is held back waits for time alone.
const nobody = 1<<64 - 1

// RequestHeaders implements policy.Inspection.
func (s *inspection) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	i := s.inspector
	s.request, s.at, s.route, s.reason = r, r.Now, &i.rest, ReasonWithinLimits
	path := ""
	if i.table != nil {
		found := i.table.Find(r)
		path = found.Path
		if found.Refused != "" {
			mode := i.unread
			s.over = mode == policy.Enforce
			return policy.Decision{Outcome: policy.Deny, Mode: mode, Reason: found.Refused, NoResponse: true,
				Response: problem.Answer(problem.FormOf(r.Headers), 400, "Bad Request", "", r.IncidentID)}
		}
		if found.Route != match.None {
			s.route = &i.routes[found.Route]
		}
	}
	if s.route.exempt {
		return s.exempt()
	}
	s.input = key.Input{Request: r, Path: path, Template: s.route.template}
	if i.needsIdentity {
		who, problem := i.reader.Read(r)
		switch problem {
		case identity.Ambiguous:
			return s.refuse(403, "Forbidden", ReasonIdentityAmbiguous)
		case identity.Malformed:
			return s.refuse(403, "Forbidden", ReasonIdentityMalformed)
		}
		s.who, s.input.Identity = who, who
	}
	if i.needsAddress {
		if client, ok := i.address.Client(r); ok {
			s.address, s.input.Address = client, i.address.Prefix(client)
		}
	}
	if s.isExempt() {
		return s.exempt()
	}
	s.rules = i.base
	if p := i.config.Plans; p != nil {
		if at := p.of(s.who); at >= 0 {
			s.rules = i.plans[at]
		}
	}
	s.settles.begin(r.Headers, end)
	if s.needsBody() {
		return policy.Decision{Outcome: policy.Allow, Mode: s.mode(), Reason: s.reason, Route: s.route.name,
			Body: policy.BodyWhole, BodyLimit: i.config.BodyLimit, HoldHeaders: i.config.HoldHeaders}
	}
	return s.takeAll(r.Overdue)
}

// RequestBody implements policy.Inspection.
func (s *inspection) RequestBody(body []byte, complete bool) policy.Decision {
	if s.over {
		return policy.Decision{Outcome: policy.Allow, Mode: s.mode(), Reason: s.reason}
	}
	s.at = s.now()
	s.input.Body, s.input.BodyComplete = body, true
	if !complete {
		s.input.Body = malformed
	}
	s.settles.whole(body)
	d := s.takeAll(s.request.Overdue)
	// The body is the proxy's: what its keys were is in s.keys by now, unless a limit
	// is still to come.
	if d.Outcome == policy.Wait {
		s.input.Body = append([]byte(nil), s.input.Body...)
	} else {
		s.input.Body = nil
	}
	return d
}

// malformed stands for a body that is longer than what is read: no JSON.
var malformed = []byte("{")

// Resume implements policy.Waiting.
func (s *inspection) Resume(r *policy.Request) policy.Decision {
	s.at = r.Now
	if s.released.IsZero() {
		return s.takeAll(r.Overdue)
	}
	if r.Now.Before(s.released) && !r.Overdue {
		return s.waitUntil(s.released)
	}
	return s.goOn()
}

// needsBody tells whether a limit that counts the request takes a key from the body.
func (s *inspection) needsBody() bool {
	return slices.ContainsFunc(s.rules, func(r *rule) bool { return r.body && s.applies(r) })
}

// applies tells whether a limit counts the requests of the route.
func (s *inspection) applies(r *rule) bool { return s.route.limits&(1<<r.index) != 0 }

// mode is that of what goes on: nothing of it is changed if the route is in shadow
// mode.
func (s *inspection) mode() policy.Mode {
	if s.route.shadow {
		return policy.Shadow
	}
	return policy.Enforce
}

// isExempt tells whether an exemption selects the request.
func (s *inspection) isExempt() bool {
	for i := range s.inspector.config.Exempt {
		if s.selected(&s.inspector.config.Exempt[i]) {
			return true
		}
	}
	return false
}

func (s *inspection) selected(e *Exemption) bool {
	if e.Addresses != nil {
		inside := false
		for _, r := range e.Addresses {
			inside = inside || r.Contains(s.address)
		}
		if !inside {
			return false
		}
	}
	if e.Clients != nil {
		known := false
		for _, id := range e.Clients {
			known = known || s.who != nil && s.who.ClientID == id
		}
		if !known {
			return false
		}
	}
	for i := range e.Claims {
		if s.who == nil || !e.Claims[i].met(s.who) {
			return false
		}
	}
	return true
}

// exempt lets a request through that nothing counts.
func (s *inspection) exempt() policy.Decision {
	s.over, s.reason = true, ReasonExempt
	return s.decision(policy.Decision{Outcome: policy.Allow, NoResponse: true})
}

// refuse denies a request that is not over a limit.
func (s *inspection) refuse(status int, title string, reason policy.Reason) policy.Decision {
	s.giveBack()
	s.over = !s.route.shadow
	response := problem.Answer(problem.FormOf(s.request.Headers), status, title, "", s.request.IncidentID)
	if status == 503 {
		response = problem.Unavailable(problem.FormOf(s.request.Headers), time.Second, "", s.request.IncidentID)
	}
	return s.decision(policy.Decision{Outcome: policy.Deny, Reason: reason, Response: response})
}

// decision adds what all decisions have.
func (s *inspection) decision(d policy.Decision) policy.Decision {
	d.Mode, d.Route, d.Policy = s.mode(), s.route.name, s.about
	if d.Reason == "" {
		d.Reason = s.reason
	}
	if s.who != nil {
		d.Identity = s.who.Identity
	}
	d.Work, d.Count = s.work, s.count
	s.work, s.count = policy.Work{}, s.count[len(s.count):]
	return d
}

// Done implements policy.Inspection.
func (s *inspection) Done() policy.Decision {
	if s.ticket != 0 {
		s.inspector.service.Forget(s.ticket)
	}
	if s.lasts() {
		s.end(s.now())
	}
	s.count = s.inspector.countEvictions(s.count)
	d := s.decision(policy.Decision{Outcome: policy.Allow})
	d.Notable = d.Reason == ReasonNearLimit || d.Reason == ReasonServiceUnavailableAllowed
	s.forget()
	return d
}

// forget makes it an inspection of nothing, with the memory that it has.
func (s *inspection) forget() {
	clear(s.taken)
	*s = inspection{inspector: s.inspector, taken: s.taken[:0], keys: s.keys[:0], count: s.count[:0]}
}
