package quota

import (
	"slices"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/identity"
)

// Plans are other numbers of limits for some clients. Beside the members below,
// each member is a plan: its name, and for names of limits the numbers that differ.
//
//	"plans": {"claim": "plan", "free": {"per-client": {"requests": 5, "per": "1s"}}}
//
//schema:is {"type":"object","properties":{"claim":{"type":"string","minLength":1,"maxLength":512},"default":{"type":"string","minLength":1,"maxLength":64,"pattern":"^[A-Za-z0-9_.-]+$"},"assign":{"type":"array","minItems":1,"maxItems":1024,"items":{"type":"object","required":["claim","one_of","plan"],"properties":{"claim":{"type":"string","minLength":1,"maxLength":512},"one_of":{"type":"array","minItems":1,"maxItems":1024,"uniqueItems":true,"items":{"type":"string","maxLength":256}},"plan":{"type":"string","minLength":1,"maxLength":64,"pattern":"^[A-Za-z0-9_.-]+$"}},"additionalProperties":false}}},"propertyNames":{"type":"string","minLength":1,"maxLength":64,"pattern":"^[A-Za-z0-9_.-]+$"},"additionalProperties":{"type":"object","additionalProperties":{"type":"object","properties":{"unlimited":{"type":"boolean"},"requests":{"type":"integer","minimum":1,"maximum":1000000000000},"bytes":{"type":"integer","minimum":1,"maximum":1000000000000},"failures":{"type":"integer","minimum":1,"maximum":1000000},"per":{"type":"string","minLength":2,"pattern":"^([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"},"burst":{"type":"integer","minimum":1,"maximum":1000000000000}},"additionalProperties":false}}}
type Plans struct {
	plansHead
	// named are the plans in the order of the document.
	named []plan
}

// plansHead are the members of Plans that are no plans.
type plansHead struct {
	// Claim of the verified identity that names the plan. A name that is no plan's
	// counts as none. Optional.
	Claim *identity.Path `json:"claim"`
	// Plan of those that have no other. Default: the limits as they are. Optional.
	Default Name `json:"default"`
	// Plans of those whose identity meets a condition. The first that is met counts,
	// before the claim. Optional.
	Assign []Assignment `json:"assign" config:"minitems=1,maxitems=1024"`
}

// Assignment gives a plan to identities that meet a condition on a claim.
type Assignment struct {
	Condition
	// Name of the plan. Required.
	Plan Name `json:"plan" config:"required"`
}

// plan is one plan.
type plan struct {
	name   string
	limits []named
}

// named are the numbers of a limit.
type named struct {
	limit   string
	numbers Numbers
	at      config.Value
}

// Numbers are numbers of a limit that differ in a plan. What is not given stays as it
// is.
type Numbers struct {
	// Whether the limit does not apply at all. Default false. Optional.
	Unlimited bool `json:"unlimited"`
	// As in the limit. Optional.
	Requests *int64 `json:"requests" config:"minimum=1,maximum=1000000000000"`
	// As in the limit. Optional.
	Bytes *int64 `json:"bytes" config:"minimum=1,maximum=1000000000000"`
	// As in the limit. Optional.
	Failures *int64 `json:"failures" config:"minimum=1,maximum=1000000"`
	// As in the limit; of a calendar it cannot differ. Optional.
	Per *config.Duration `json:"per" config:"minimum=1ms,maximum=366d"`
	// As in the limit. Optional.
	Burst *int64 `json:"burst" config:"minimum=1,maximum=1000000000000"`
}

// UnmarshalConfig reads the object.
func (p *Plans) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.Object {
		return v.Errorf("want an object, got %s", v.Kind())
	}
	var faults config.Errors
	note := func(err error) {
		switch err := err.(type) {
		case nil:
		case *config.Error:
			faults = append(faults, err)
		case config.Errors:
			faults = append(faults, err...)
		}
	}
	for i := range v.Len() {
		member := v.Index(i)
		switch name := member.Key(); name {
		case "claim":
			p.Claim = new(identity.Path)
			note(p.Claim.UnmarshalConfig(member))
		case "default":
			note(p.Default.UnmarshalConfig(member))
		case "assign":
			note(member.Decode(&p.Assign))
			if p.Assign != nil && (len(p.Assign) == 0 || len(p.Assign) > 1024) {
				note(member.Errorf("want 1 to 1024 entries"))
			}
		default:
			if !isName(name) {
				note(member.Errorf(`want a name: 1 to 64 of letters, digits, "_", "." and "-"`))
				continue
			}
			read, err := readPlan(name, member)
			note(err)
			p.named = append(p.named, read)
		}
	}
	if faults != nil {
		return faults
	}
	return p.check(v)
}

func readPlan(name string, v config.Value) (plan, error) {
	p := plan{name: name}
	if v.Kind() != config.Object {
		return p, v.Errorf("want names of limits and their numbers, got %s", v.Kind())
	}
	for i := range v.Len() {
		member := v.Index(i)
		n := named{limit: member.Key(), at: member}
		if err := member.Decode(&n.numbers); err != nil {
			return p, err
		}
		p.limits = append(p.limits, n)
	}
	return p, nil
}

// check refuses names of plans that there are none of.
func (p *Plans) check(v config.Value) error {
	if p.Claim == nil && p.Default == "" && p.Assign == nil {
		return v.Errorf("want claim, assign or default: without them nobody has a plan")
	}
	if p.Default != "" && p.index(string(p.Default)) < 0 {
		return v.Field("default").Errorf("no plan of this name")
	}
	for i := range p.Assign {
		if p.index(string(p.Assign[i].Plan)) < 0 {
			return v.Field("assign").Index(i).Field("plan").Errorf("no plan of this name")
		}
	}
	return nil
}

// index is the place of a plan, -1 if there is none of the name.
func (p *Plans) index(name string) int {
	return slices.IndexFunc(p.named, func(q plan) bool { return q.name == name })
}

// apply changes limits as a plan says. Those that do not apply are gone.
func (p *plan) apply(limits []Limit) ([]Limit, error) {
	limits = slices.Clone(limits)
	for i := range p.limits {
		n := &p.limits[i]
		at := slices.IndexFunc(limits, func(l Limit) bool { return string(l.Name) == n.limit })
		if at < 0 {
			return nil, n.at.Errorf("no limit of this name")
		}
		if n.numbers.Unlimited {
			if n.numbers != (Numbers{Unlimited: true}) {
				return nil, n.at.Field("unlimited").Errorf("a limit that does not apply has no numbers, want one or the other")
			}
			limits = slices.Delete(limits, at, at+1)
			continue
		}
		if unused := n.numbers.apply(&limits[at]); unused != "" {
			return nil, n.at.Field(unused).Errorf("the limit has no such number")
		}
	}
	return limits, nil
}

// apply changes a limit, whose own parts it copies, and returns the name of a number
// that it has no use for, "" if it had one for all.
func (n *Numbers) apply(l *Limit) (unused string) {
	left := *n
	switch {
	case l.Rate != nil:
		c := *l.Rate
		take(&c.Requests, &left.Requests)
		take(&c.Per, &left.Per)
		take(&c.Burst, &left.Burst)
		l.Rate = &c
	case l.Sliding != nil, l.Fixed != nil:
		from := l.Sliding
		if from == nil {
			from = l.Fixed
		}
		c := *from
		take(&c.Requests, &left.Requests)
		take(&c.Per, &left.Per)
		if l.Sliding != nil {
			l.Sliding = &c
		} else {
			l.Fixed = &c
		}
	case l.Calendar != nil:
		c := *l.Calendar
		take(&c.Requests, &left.Requests)
		l.Calendar = &c
	case l.Concurrency != nil:
		c := *l.Concurrency
		take(&c.Requests, &left.Requests)
		l.Concurrency = &c
	case l.Lockout != nil:
		c := *l.Lockout
		take(&c.Failures, &left.Failures)
		take(&c.Per, &left.Per)
		l.Lockout = &c
	case l.Bandwidth != nil:
		c := *l.Bandwidth
		take(&c.Bytes, &left.Bytes)
		take(&c.Per, &left.Per)
		take(&c.Burst, &left.Burst)
		l.Bandwidth = &c
	}
	for _, number := range [...]struct {
		name  string
		given bool
	}{
		{"requests", left.Requests != nil}, {"bytes", left.Bytes != nil}, {"failures", left.Failures != nil},
		{"per", left.Per != nil}, {"burst", left.Burst != nil},
	} {
		if number.given {
			return number.name
		}
	}
	return ""
}

// take moves a number that is given.
func take[T any](into *T, from **T) {
	if *from != nil {
		*into, *from = **from, nil
	}
}

// of is the place of the plan of an identity, nil for none; -1 for the limits as
// they are.
func (p *Plans) of(who *identity.Identity) int {
	if who != nil {
		for i := range p.Assign {
			if p.Assign[i].met(who) {
				return p.index(string(p.Assign[i].Plan))
			}
		}
		if p.Claim != nil {
			if named := who.Strings(p.Claim, nil); !named.Malformed && len(named.Texts) == 1 {
				if at := p.index(named.Texts[0]); at >= 0 {
					return at
				}
			}
		}
	}
	return p.index(string(p.Default))
}
