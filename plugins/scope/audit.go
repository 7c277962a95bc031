package scope

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Audit finds out, from recorded requests, which scopes clients hold and never
// need. It takes the claims of tokens as they are and verifies nothing.
type Audit struct {
	engine  *Engine
	clients map[[2]string]*client
	counts  Counts
}

// Counts are the requests of an audit.
type Counts struct {
	// Requests are all of them.
	Requests int `json:"requests"`
	// Public are those on routes that need nothing, Unknown those that no route
	// matches or that can be read in two ways, Anonymous those that bring no claims
	// where some are needed, and Unusable those whose claims are malformed. The
	// rest is the clients'.
	Public    int `json:"public"`
	Unknown   int `json:"unknown"`
	Anonymous int `json:"anonymous"`
	Unusable  int `json:"unusable"`
}

// Client is what an audit found out of one client.
type Client struct {
	// Issuer of the client's tokens, and its id; either is empty where the tokens
	// do not say.
	Issuer string `json:"issuer"`
	ID     string `json:"client"`
	// Requests of the client on routes that are not public, Refused those that the
	// configuration would not let through.
	Requests int `json:"requests"`
	Refused  int `json:"refused"`
	// Held are the scopes of all its tokens, Needed the few of them without the
	// others of which every request that was let through would have been, too, and
	// Unused the others.
	Held   []string `json:"held"`
	Needed []string `json:"needed"`
	Unused []string `json:"unused"`
	// Broader are those of Needed in place of which less would do.
	Broader []Broader `json:"broader"`
	// Lacking are scopes that would have been enough for requests that were refused
	// for want of them.
	Lacking []string `json:"lacking"`
}

// Broader is a scope that covers more than its client needs.
type Broader struct {
	// Scope that is held, and those that would do Instead.
	Scope   string   `json:"scope"`
	Instead []string `json:"instead"`
}

// client collects what is known of one.
type client struct {
	requests, refused int
	held, lacking     map[string]bool
	// seen are the kinds of requests that were let through.
	seen map[string]*observation
}

// observation is a request that was let through: its route and what its token
// held.
type observation struct {
	need  *need
	names []string
}

// NewAudit returns an audit by the JSON of a [Config], with errors as [New].
func NewAudit(document []byte) (*Audit, error) {
	engine, err := New(document)
	if err != nil {
		return nil, err
	}
	return &Audit{engine: engine, clients: map[[2]string]*client{}}, nil
}

// Add takes one request: its header fields as pairs of name and value, pseudo-
// header fields included, and the claims that its token carries, a JSON object;
// nil if it has none.
func (a *Audit) Add(headers [][2]string, claims []byte) {
	request := policy.Request{Headers: make(policy.Headers, len(headers))}
	for i, h := range headers {
		request.Headers[i] = policy.Header{Name: h[0], Value: h[1]}
	}
	a.counts.Requests++
	found := a.engine.table.Find(&request)
	if found.Route == match.None {
		a.counts.Unknown++
		return
	}
	r := &a.engine.routes[found.Route]
	if r.public {
		a.counts.Public++
		return
	}
	if claims == nil {
		a.counts.Anonymous++
		return
	}
	who, problem := a.engine.identities.Document(claims)
	if problem != "" {
		a.counts.Unusable++
		return
	}
	var names []string
	if !a.engine.eachName(who, func(s *source, name string) {
		if full, ok := s.full(name); ok && full != "" {
			names = append(names, full)
		}
	}) {
		a.counts.Unusable++
		return
	}
	slices.Sort(names)
	a.client(who).add(a.engine, found.Route, slices.Compact(names), a.engine.holderOf(who).held, a.engine.check(r, who))
}

// full returns a name of a source with its prefix, and false if it does not count.
func (s *source) full(name string) (string, bool) {
	name = s.prefix + name
	return name, !slices.ContainsFunc(s.reserved, func(prefix string) bool {
		return len(name) >= len(prefix) && name[:len(prefix)] == prefix
	})
}

func (a *Audit) client(who *identity.Identity) *client {
	key := [2]string{who.Issuer, who.ClientID}
	c := a.clients[key]
	if c == nil {
		c = &client{held: map[string]bool{}, lacking: map[string]bool{}, seen: map[string]*observation{}}
		a.clients[key] = c
	}
	return c
}

// add counts a request on a route, whose token holds names, which cover held, and
// which reason refuses unless it is empty.
func (c *client) add(e *Engine, route int, names []string, held set, reason policy.Reason) {
	c.requests++
	for _, name := range names {
		c.held[name] = true
	}
	need := &e.routes[route].need
	if reason != "" {
		c.refused++
		if reason == ReasonInsufficientScope {
			for _, i := range need.enough(nil) {
				if !held.has(i) {
					c.lacking[e.needed[i]] = true
				}
			}
		}
		return
	}
	key := strconv.Itoa(route)
	for _, name := range names {
		key += " " + strconv.Quote(name)
	}
	c.seen[key] = &observation{need: need, names: names}
}

// Counts returns how many requests were added, and what of them no client has.
func (a *Audit) Counts() Counts { return a.counts }

// Clients returns what was found out, in the order of issuers and ids.
func (a *Audit) Clients() []Client {
	clients := make([]Client, 0, len(a.clients))
	for key, c := range a.clients {
		found := Client{
			Issuer: key[0], ID: key[1], Requests: c.requests, Refused: c.refused,
			Held: sorted(c.held), Needed: []string{}, Unused: []string{}, Broader: []Broader{}, Lacking: sorted(c.lacking),
		}
		without := map[string]bool{}
		for _, name := range a.broadestFirst(found.Held) {
			without[name] = true
			if !a.enough(c, without, nil) {
				delete(without, name)
			}
		}
		for _, name := range found.Held {
			if without[name] {
				found.Unused = append(found.Unused, name)
				continue
			}
			found.Needed = append(found.Needed, name)
			if instead := a.instead(c, without, name); instead != nil {
				found.Broader = append(found.Broader, Broader{Scope: name, Instead: instead})
			}
		}
		clients = append(clients, found)
	}
	slices.SortFunc(clients, func(x, y Client) int { return cmp.Or(cmp.Compare(x.Issuer, y.Issuer), cmp.Compare(x.ID, y.ID)) })
	return clients
}

func sorted(names map[string]bool) []string {
	list := slices.AppendSeq(make([]string, 0, len(names)), maps.Keys(names))
	slices.Sort(list)
	return list
}

// broadestFirst orders scopes by how much they cover, so that the broad ones are
// the first to be found dispensable.
func (a *Audit) broadestFirst(names []string) []string {
	names = slices.Clone(names)
	slices.SortStableFunc(names, func(x, y string) int {
		return cmp.Compare(len(a.engine.grants[y]), len(a.engine.grants[x]))
	})
	return names
}

// enough tells whether all that was let through would have been without some of
// the scopes and with others in addition.
func (a *Audit) enough(c *client, without map[string]bool, with []string) bool {
	held := newSet(len(a.engine.needed))
	add := func(name string) {
		for _, i := range a.engine.grants[name] {
			held.add(i)
		}
	}
	for _, o := range c.seen {
		clear(held)
		for _, name := range o.names {
			if !without[name] {
				add(name)
			}
		}
		for _, name := range with {
			add(name)
		}
		if !o.need.met(held) {
			return false
		}
	}
	return true
}

// instead returns scopes that would do in place of one, nil if it is needed as it
// is.
func (a *Audit) instead(c *client, without map[string]bool, name string) []string {
	without = maps.Clone(without)
	without[name] = true
	var with []string
	for _, i := range a.engine.grants[name] {
		with = append(with, a.engine.needed[i])
	}
	for _, candidate := range a.broadestFirst(with) {
		fewer := slices.DeleteFunc(slices.Clone(with), func(s string) bool { return s == candidate })
		if a.enough(c, without, fewer) {
			with = fewer
		}
	}
	slices.Sort(with)
	if len(with) == 0 || slices.Equal(with, []string{name}) {
		return nil
	}
	return with
}
