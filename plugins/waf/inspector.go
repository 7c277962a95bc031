package waf

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/waf/crs"
	"gatehouse/plugins/waf/engine"
	"gatehouse/plugins/waf/ruleset"
	"gatehouse/plugins/waf/seclang"
)

// Inspector inspects messages by one configuration.
type Inspector struct {
	engine *engine.Engine
	table  *match.Table
	routes []route
	rest   route
	events event.Config
	hold   bool
	plain  bool
	server bool // some rule looks at the server's address
	// families are the tags "attack-…" of the rules, and counters their metrics.
	families []string
	counters []string
}

// route is a Route without its conditions.
type route struct {
	name string
	mode policy.Mode
	off  bool
}

// New makes an inspector from the JSON of a [Config]. Errors are those of
// packages config and seclang: they name the place and never a value of the
// document but words of SecLang.
func New(document []byte) (*Inspector, error) {
	var c Config
	if err := config.Decode(document, &c); err != nil {
		return nil, err
	}
	set, err := compile(&c)
	if err != nil {
		return nil, err
	}
	i := &Inspector{events: c.Events, hold: c.HoldHeaders, rest: route{mode: c.Mode.Policy()}}
	i.plain = c.PlainResponses && set.Settings.ResponseBodyAccess
	matches := make([]match.Match, len(c.Routes))
	for j := range c.Routes {
		r := &c.Routes[j]
		matches[j] = r.Match
		linked := route{name: r.Name, off: r.Mode == "off"}
		if r.Mode == "shadow" {
			linked.mode = policy.Shadow
		}
		if r.Name == "" {
			linked.name = "routes[" + strconv.Itoa(j) + "]"
		}
		i.routes = append(i.routes, linked)
	}
	if len(matches) > 0 {
		if i.table, err = match.New(c.Paths, matches); err != nil {
			return nil, err
		}
	}
	if i.engine, err = engine.New(set, engine.Options{}); err != nil {
		return nil, err
	}
	i.server = i.engine.Uses(ruleset.ServerAddr) || i.engine.Uses(ruleset.ServerPort)
	i.count(set)
	return i, nil
}

// compile puts the rules together: the recommended configuration, what the
// configuration sets, the user's rules before, the Core Rule Set, and the rest.
func compile(c *Config) (*ruleset.Set, error) {
	set, err := crs.Set()
	if err != nil {
		return nil, err
	}
	at := set.Index(crs.Setup)
	if c.CRS == nil {
		set.Rules = set.Rules[:set.Index(crs.FirstOfSetup)]
		at = len(set.Rules)
	} else {
		set.Rules = slices.Insert(set.Rules, at, variables(c.CRS))
		at++
	}
	before := len(set.Rules)
	if err := add(set, at, "rules_before", c.RulesBefore); err != nil {
		return nil, err
	}
	if c.CRS == nil && len(set.Rules) < before {
		return nil, errors.New("config: rules_before: the recommended rules cannot be removed here")
	}
	return set, add(set, len(set.Rules), "rules", c.Rules)
}

// add compiles texts of SecLang to a place in a set.
func add(set *ruleset.Set, at int, field string, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	compiler := ruleset.NewCompiler(set, at, nil)
	var faults []string
	for i, text := range texts {
		name := "config: " + field + "[" + strconv.Itoa(i) + "]"
		directives, err := seclang.Parse(name, text, nil)
		if err == nil {
			err = compiler.Add(directives)
		}
		if err != nil {
			faults = append(faults, err.Error())
		}
	}
	if faults != nil {
		return errors.New(strings.Join(faults, "\n"))
	}
	return nil
}

// variables is a SecAction that sets what the configuration says of the Core
// Rule Set.
func variables(c *CRS) ruleset.SecRule {
	detection := c.ParanoiaLevel
	if c.DetectionParanoiaLevel != nil {
		detection = *c.DetectionParanoiaLevel
	}
	r := ruleset.SecRule{ID: 900999, Phase: 1, Operator: -1, Severity: -1}
	set := func(name, value string) {
		r.Effects = append(r.Effects, ruleset.Effect{
			Kind:  ruleset.SetVar,
			Key:   ruleset.Macro{{Text: name}},
			Value: ruleset.Macro{{Text: value}},
		})
	}
	set("blocking_paranoia_level", strconv.Itoa(c.ParanoiaLevel))
	set("detection_paranoia_level", strconv.Itoa(detection))
	set("inbound_anomaly_score_threshold", strconv.Itoa(c.InboundThreshold))
	set("outbound_anomaly_score_threshold", strconv.Itoa(c.OutboundThreshold))
	if c.EarlyBlocking {
		set("early_blocking", "1")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Variables)) {
		set(name, c.Variables[name])
	}
	return r
}

// count makes a counter of each family of attacks that the rules' tags name.
func (i *Inspector) count(set *ruleset.Set) {
	families := make(map[string]bool)
	for j := range set.Rules {
		for _, tag := range set.Rules[j].Tags {
			if family, ok := strings.CutPrefix(tag, "attack-"); ok && isVariableName(family) {
				families[family] = true
			}
		}
	}
	i.families = slices.Sorted(maps.Keys(families))
	for _, family := range i.families {
		i.counters = append(i.counters, "attack."+strings.ReplaceAll(family, "-", "_"))
	}
}

// Counters implements policy.Counters: how many messages each family of attacks
// was found in.
func (i *Inspector) Counters() []string { return i.counters }

// Reasons implements policy.Inspector.
func (i *Inspector) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return allowReasons
	}
	return denyReasons
}

// Events returns what the configuration says of events.
func (i *Inspector) Events() *event.Config { return &i.events }

// Inspect implements policy.Inspector.
func (i *Inspector) Inspect() policy.Inspection { return &inspection{inspector: i} }

// route finds the route of a request.
func (i *Inspector) route(r *policy.Request) *route {
	if i.table == nil {
		return &i.rest
	}
	if found := i.table.Find(r); found.Refused == "" && found.Route != match.None {
		return &i.routes[found.Route]
	}
	return &i.rest
}

// HoldsHeaders implements policy.HeaderHolder.
func (i *Inspector) HoldsHeaders() bool { return i.hold }
