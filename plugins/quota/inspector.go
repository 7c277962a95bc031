package quota

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"gatehouse/plugins/internal/address"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/quota/counter"
	"gatehouse/plugins/quota/global"
)

// Inspector counts requests by one configuration.
type Inspector struct {
	config Config
	table  *match.Table // nil without routes
	routes []route
	rest   route
	unread policy.Mode
	// base are the limits as they are, plans those of each plan.
	base    []*rule
	plans   [][]*rule
	reader  *identity.Reader
	address *address.Reader
	// needsIdentity and needsAddress say that some part of the configuration asks.
	needsIdentity, needsAddress bool

	host policy.Host
	// counters and service are nil until UseHost.
	counters *counter.Counters
	service  *global.Client
	names    []string
	// evictions is how many have been counted.
	evictions uint64
	// startFault is why the counters cannot be used.
	startFault string
}

// route is a Route without its conditions.
type route struct {
	name     string
	template string
	exempt   bool
	cost     int64
	shadow   bool
	// limits has a bit for each limit that counts the route's requests.
	limits uint64
}

// allLimits are the bits of all.
const allLimits = 1<<64 - 1

// New makes an inspector from the JSON of a [Config]. Errors are those of package
// config: they name the place and never a value of the document.
func New(document []byte) (*Inspector, error) {
	i := &Inspector{}
	c := &i.config
	if err := config.Decode(document, c); err != nil {
		return nil, err
	}
	for n := range c.Limits {
		l := &c.Limits[n]
		if at := slices.IndexFunc(c.Limits[:n], func(o Limit) bool { return o.Name == l.Name }); at >= 0 {
			return nil, config.Errorf(fmt.Sprintf("limits[%d].name", n), "limits[%d] has it too, want another name", at)
		}
		if l.Global && c.Global == nil {
			return nil, config.Errorf(fmt.Sprintf("limits[%d].global", n), `want "global" beside limits, which says what service counts`)
		}
	}
	if err := i.compile(c); err != nil {
		return nil, err
	}
	i.reader, i.address = identity.New(&c.Identity), address.New(&c.ClientAddress)
	for n := range c.Limits {
		name := string(c.Limits[n].Name)
		i.names = append(i.names, "limits."+name+".denied", "limits."+name+".near", "limits."+name+".delayed")
	}
	i.names = append(i.names, "evictions")
	if c.Global != nil {
		for _, name := range global.Counters() {
			i.names = append(i.names, "service."+name)
		}
	}
	return i, nil
}

// compile makes rules of limits and plans, and routes.
func (i *Inspector) compile(c *Config) error {
	var err error
	if i.base, err = i.rules(c.Limits); err != nil {
		return err
	}
	if p := c.Plans; p != nil {
		i.needsIdentity = true
		for n := range p.named {
			limits, err := p.named[n].apply(c.Limits)
			if err != nil {
				return err
			}
			rules, err := i.rules(limits)
			if err != nil {
				return err
			}
			i.plans = append(i.plans, rules)
		}
	}
	for n := range c.Exempt {
		e := &c.Exempt[n]
		i.needsAddress = i.needsAddress || e.Addresses != nil
		i.needsIdentity = i.needsIdentity || e.Clients != nil || e.Claims != nil
	}
	i.rest = route{cost: 1, limits: allLimits, shadow: c.Mode.Policy() == policy.Shadow}
	i.unread = c.Mode.Policy()
	matches := make([]match.Match, len(c.Routes))
	for n := range c.Routes {
		from := &c.Routes[n]
		matches[n] = from.Match
		r := route{name: from.label(n), exempt: from.Exempt, cost: int64(from.Cost), limits: allLimits, shadow: i.rest.shadow}
		if p := from.Match.Path; p != nil {
			r.template = string(p.Template)
		}
		if from.Mode != nil {
			r.shadow = from.Mode.Policy() == policy.Shadow
			if !r.shadow {
				i.unread = policy.Enforce
			}
		}
		if from.Limits != nil {
			r.limits = 0
			for k, name := range from.Limits {
				at := slices.IndexFunc(c.Limits, func(l Limit) bool { return l.Name == name })
				if at < 0 {
					return config.Errorf(fmt.Sprintf("routes[%d].limits[%d]", n, k), "no limit of this name")
				}
				r.limits |= 1 << at
			}
		}
		i.routes = append(i.routes, r)
	}
	if len(matches) > 0 {
		i.table, err = match.New(c.Paths, matches)
	}
	return err
}

func (i *Inspector) rules(limits []Limit) ([]*rule, error) {
	var rules []*rule
	for n := range limits {
		l := &limits[n]
		at := slices.IndexFunc(i.config.Limits, func(o Limit) bool { return o.Name == l.Name })
		r, err := newRule(&i.config, at, l)
		if err != nil {
			return nil, err
		}
		for _, s := range l.sources() {
			i.needsIdentity = i.needsIdentity || s.NeedsIdentity()
			i.needsAddress = i.needsAddress || s.NeedsAddress()
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func (i *Inspector) client(host policy.Host) (*global.Client, error) {
	g := i.config.Global
	return global.New(host, "gatehouse.quota."+string(i.config.Namespace), global.Config{
		Cluster: g.Cluster, Domain: g.Domain, PerRequest: g.PerRequest,
		Target: g.Lease.Target.Std(), MaxBatch: g.Lease.Most, Timeout: g.Timeout.Std(),
		Keys: i.config.Keys,
	})
}

// UseHost implements policy.Hosted: the counters are in the memory that it lends.
func (i *Inspector) UseHost(host policy.Host) {
	i.host = host
	counters, err := counter.New(host, "gatehouse.quota."+string(i.config.Namespace), i.config.Keys)
	if err == nil {
		var seed [16]byte
		binary.LittleEndian.PutUint64(seed[:], host.Random())
		binary.LittleEndian.PutUint64(seed[8:], host.Random())
		err = counters.Start(seed)
	}
	if err == nil && i.config.Global != nil {
		i.service, err = i.client(host)
		if err == nil {
			err = i.service.Start()
		}
	}
	if err != nil {
		i.startFault = err.Error()
		return
	}
	i.counters = counters
}

// Reasons implements policy.Inspector.
func (i *Inspector) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return allowReasons
	}
	return denyReasons
}

// Events returns what the configuration says of events.
func (i *Inspector) Events() *event.Config { return &i.config.Events }

// Counters implements policy.Counters.
func (i *Inspector) Counters() []string { return i.names }

// The counters of a limit, by their place after those of the limits before it.
const (
	countDenied = iota
	countNear
	countDelayed
	countersOfLimit
)

// serviceCounters is where the counters of the service begin.
func (i *Inspector) serviceCounters() int { return len(i.config.Limits)*countersOfLimit + 1 }

// countEvictions appends the counter of evictions once for each that happened since it
// was asked last.
func (i *Inspector) countEvictions(count []int) []int {
	if i.counters == nil {
		return count
	}
	for evictions := i.counters.Stats().Evictions; i.evictions < evictions; i.evictions++ {
		count = append(count, len(i.config.Limits)*countersOfLimit)
	}
	return count
}

// own makes the work of the service's client that of the inspector: its counters are
// behind the inspector's own.
func (i *Inspector) own(w policy.Work) policy.Work {
	for k := range w.Count {
		w.Count[k] += i.serviceCounters()
	}
	return w
}

// Tick implements policy.Background.
func (i *Inspector) Tick(now time.Time) policy.Work {
	var w policy.Work
	if i.service != nil {
		w = i.own(i.service.Tick(now))
	}
	if i.startFault != "" {
		w.Messages = append(w.Messages, "counters: "+i.startFault)
		i.startFault = ""
	}
	return w
}

// Answer implements policy.Background.
func (i *Inspector) Answer(now time.Time, a *policy.Answer) policy.Work {
	if i.service == nil {
		return policy.Work{}
	}
	return i.own(i.service.Answer(now, a))
}

// Inspect implements policy.Inspector.
func (i *Inspector) Inspect() policy.Inspection { return &inspection{inspector: i} }

// HoldsHeaders implements policy.HeaderHolder.
func (i *Inspector) HoldsHeaders() bool { return i.config.HoldHeaders }
