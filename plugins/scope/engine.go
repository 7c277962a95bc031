package scope

import (
	"slices"
	"strings"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Engine decides on requests by one configuration.
type Engine struct {
	table  *match.Table
	routes []route
	// rest is for requests that no route matches, allowed if openRest.
	rest     route
	openRest bool
	// unread is for requests that cannot be read in one way only.
	unread    route
	preflight bool

	identities *identity.Reader
	sources    []source
	grantType  identity.Path
	// needed are the names of scopes that routes need, grants what each scope that
	// means anything covers of them.
	needed []string
	grants map[string][]int32

	events    event.Config
	challenge challenge

	// What follows is memory that is used again for each request.
	unkept   holder
	names    []string
	asked    policy.Headers
	prefixed []byte
}

// route is a Route without its conditions.
type route struct {
	name       string
	public     bool
	mode       policy.Mode
	need       need
	clients    []string
	grantTypes []string
	// scope is what a challenge names.
	scope string
}

// source is a Source, and what the names of others begin with.
type source struct {
	claim    identity.Path
	prefix   string
	reserved []string
}

// Parse reads a configuration. Errors are those of package config: they name the
// place and never a value of the document.
func Parse(document []byte) (*Config, error) {
	c := &Config{}
	if err := config.Decode(document, c); err != nil {
		return nil, err
	}
	if _, err := match.New(c.Paths, c.matches()); err != nil {
		return nil, err
	}
	if len(c.Sources) == 0 {
		for _, name := range [...]string{"scope", "scp"} {
			path, err := identity.ParsePath(name)
			if err != nil {
				return nil, err
			}
			c.Sources = append(c.Sources, Source{Claim: *path})
		}
	}
	return c, nil
}

func (c *Config) matches() []match.Match {
	matches := make([]match.Match, len(c.Routes))
	for i := range c.Routes {
		matches[i] = c.Routes[i].Match
	}
	return matches
}

// New makes an engine from the JSON of a [Config]. Errors are those of [Parse].
func New(document []byte) (*Engine, error) {
	c, err := Parse(document)
	if err != nil {
		return nil, err
	}
	table, err := match.New(c.Paths, c.matches())
	if err != nil {
		return nil, err
	}
	e := &Engine{
		table:      table,
		routes:     make([]route, len(c.Routes)),
		rest:       route{mode: c.Mode.Policy()},
		openRest:   c.Default == "allow",
		preflight:  c.AllowCORSPreflight,
		identities: identity.New(&c.Identity),
		grantType:  c.GrantTypeClaim,
		events:     c.Events,
		challenge:  challenge{realm: string(c.Realm), metadata: string(c.ResourceMetadata)},
	}
	for i := range c.Sources {
		e.sources = append(e.sources, newSource(c.Sources, i))
	}
	n := names{index: map[string]int32{}}
	for i := range c.Routes {
		e.routes[i] = newRoute(c, i, &n)
	}
	e.needed = n.list
	e.unkept.held = newSet(len(e.needed))
	e.grants = c.Hierarchy.grants(e.needed)
	for i := range e.routes {
		e.routes[i].scope = e.scope(&e.routes[i])
	}
	e.unread = route{mode: e.unreadMode()}
	return e, nil
}

func newRoute(c *Config, i int, n *names) route {
	r := &c.Routes[i]
	whole := r.whole()
	compiled := route{
		name:       r.label(i),
		public:     r.Public,
		mode:       c.Mode.Policy(),
		need:       n.compile(&whole),
		clients:    r.Clients,
		grantTypes: r.GrantTypes,
	}
	if r.Mode != nil {
		compiled.mode = r.Mode.Policy()
	}
	return compiled
}

func newSource(all []Source, i int) source {
	s := source{claim: all[i].Claim, prefix: string(all[i].Prefix)}
	for j := range all {
		// A prefix that this source's own begins with, or is, is not kept from it:
		// whatever it names begins so.
		if other := string(all[j].Prefix); other != "" && !strings.HasPrefix(s.prefix, other) {
			s.reserved = append(s.reserved, other)
		}
	}
	return s
}

// scope returns the scopes of a challenge: enough for the route, and none that
// another of them covers.
func (e *Engine) scope(r *route) string {
	list := r.need.enough(nil)
	var kept []string
	for i, s := range list {
		covered := slices.ContainsFunc(list[:i], func(other int32) bool { return e.covers(other, s) }) ||
			slices.ContainsFunc(list[i+1:], func(other int32) bool { return e.covers(other, s) && !e.covers(s, other) })
		if !covered {
			kept = append(kept, e.needed[s])
		}
	}
	return strings.Join(kept, " ")
}

func (e *Engine) covers(held, needed int32) bool {
	return slices.Contains(e.grants[e.needed[held]], needed)
}

// unreadMode is the mode for a request whose route cannot be told, since it can
// be read in two ways. It may be one of any route for the upstream: as long as
// one of them refuses requests in earnest, spelling a path in an odd way must
// not lead around that one.
func (e *Engine) unreadMode() policy.Mode {
	if e.rest.mode == policy.Enforce && !e.openRest {
		return policy.Enforce
	}
	for i := range e.routes {
		if r := &e.routes[i]; r.mode == policy.Enforce && !r.public {
			return policy.Enforce
		}
	}
	return policy.Shadow
}

// Reasons implements policy.Engine.
func (e *Engine) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return allowReasons
	}
	return denyReasons
}

// Events returns what the configuration says of events.
func (e *Engine) Events() *event.Config { return &e.events }

// Decide implements policy.Engine. A request is let through if its route is
// public, or if its identity has what the route needs.
func (e *Engine) Decide(request *policy.Request) policy.Decision {
	if e.preflight && bearer.IsPreflight(request.Headers) {
		if r := e.asksAbout(request); r != nil {
			return allow(r, ReasonPreflightAllowed)
		}
	}
	found := e.table.Find(request)
	switch {
	case found.Refused != "":
		return e.refuse(request, &e.unread, found.Refused)
	case found.Route == match.None && e.openRest:
		return allow(&e.rest, ReasonDefaultAllowed)
	case found.Route == match.None:
		return e.refuse(request, &e.rest, ReasonRouteUnknown)
	}
	r := &e.routes[found.Route]
	if r.public {
		return allow(r, ReasonRoutePublic)
	}
	who, reason := e.identify(request)
	if reason != "" {
		return e.refuse(request, r, reason)
	}
	var decision policy.Decision
	if reason = e.check(r, who); reason != "" {
		decision = e.refuse(request, r, reason)
	} else {
		decision = allow(r, ReasonAccessGranted)
	}
	decision.Identity = who.Identity
	return decision
}

// check holds an identity against a route, and returns why it is not enough, ""
// if it is.
func (e *Engine) check(r *route, who *identity.Identity) policy.Reason {
	h := e.holderOf(who)
	if r.clients != nil && (who.ClientID == "" || !slices.Contains(r.clients, who.ClientID)) {
		return ReasonClientNotAllowed
	}
	if r.grantTypes != nil {
		ok, reason := grantedBy(who, r.grantTypes, &e.grantType)
		if reason != "" {
			return reason
		}
		if !ok {
			return ReasonGrantTypeNotAllowed
		}
	}
	switch {
	case h.malformed:
		return ReasonClaimMalformed
	case !r.need.met(h.held):
		return ReasonInsufficientScope
	}
	return ""
}

// hold reads the scopes of an identity.
func (e *Engine) hold(h *holder, who *identity.Identity) {
	clear(h.held)
	h.malformed = !e.eachName(who, func(s *source, name string) {
		for _, covered := range e.granted(s, name) {
			h.held.add(covered)
		}
	})
}

// eachName visits the names of scopes that an identity has, without prefixes, and
// returns false if a claim is not what it should be.
func (e *Engine) eachName(who *identity.Identity, visit func(*source, string)) bool {
	for i := range e.sources {
		s := &e.sources[i]
		found := who.Strings(&s.claim, e.names[:0])
		for _, text := range found.Texts {
			if !found.Single {
				visit(s, text)
				continue
			}
			for name := range strings.SplitSeq(text, " ") {
				visit(s, name)
			}
		}
		// The names may point into memory that is not the engine's.
		clear(found.Texts)
		e.names = found.Texts[:0]
		if found.Malformed {
			return false
		}
	}
	return true
}

// granted returns what a name of a source covers.
func (e *Engine) granted(s *source, name string) []int32 {
	if s.prefix != "" {
		e.prefixed = append(append(e.prefixed[:0], s.prefix...), name...)
		for _, prefix := range s.reserved {
			if len(e.prefixed) >= len(prefix) && string(e.prefixed[:len(prefix)]) == prefix {
				return nil
			}
		}
		return e.grants[string(e.prefixed)]
	}
	for _, prefix := range s.reserved {
		if strings.HasPrefix(name, prefix) {
			return nil
		}
	}
	return e.grants[name]
}

// allow lets a request through.
func allow(r *route, reason policy.Reason) policy.Decision {
	return policy.Decision{Outcome: policy.Allow, Mode: r.mode, Reason: reason, Route: r.name}
}
