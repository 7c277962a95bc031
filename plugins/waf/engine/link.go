package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatehouse/plugins/waf/operator"
	"gatehouse/plugins/waf/regex"
	"gatehouse/plugins/waf/ruleset"
	"gatehouse/plugins/waf/transform"
)

// Options bound what an engine uses.
type Options struct {
	// RegexMemory is how many bytes the automata of all expressions may take
	// together. 0 means DefaultRegexMemory.
	RegexMemory int
	// NoFilter tries every operator on every value. It is for tests: the answers
	// are the same.
	NoFilter bool
	// Explain expands the message and the logdata of rules that match. They hold
	// parts of the request: nothing that a plugin writes may come from them.
	Explain bool
}

// DefaultRegexMemory is a bound that CRS at paranoia level 4 does not reach with
// benign traffic.
const DefaultRegexMemory = 6 << 20

// Engine is a rule set that is ready for transactions. Its transactions are used
// one call at a time, because they share the automata.
type Engine struct {
	set      *ruleset.Set
	noFilter bool
	explain  bool
	rules    []rule
	phases   [6][]step
	briefs   []brief
	ops      []op
	nodes    []node
	nodeOf   []int32 // by pipeline
	checks   []check
	units    []unit
	unitOf   [ruleset.NumCollections][2]int32 // by view; -1 for none
	levelVar int32
	selects  []*regex.DFA
	uses     [ruleset.NumCollections]bool
	vars     names
	cache    *regex.Cache
	memo     memo
	// usual is the level that the transaction before came to. The first scan is made
	// for it, so that most values are scanned once.
	usual int
	// readsMatched says that a rule reads MATCHED_VAR or its relatives before it has
	// matched itself.
	readsMatched bool
	// sets are the further sets of probes.
	sets []transform.ByteSet
	bits int // words of a set of checks
	free []*Transaction
}

// New links a set. The error says which rule cannot be run.
func New(set *ruleset.Set, o Options) (*Engine, error) {
	if o.RegexMemory == 0 {
		o.RegexMemory = DefaultRegexMemory
	}
	e := &Engine{set: set, noFilter: o.NoFilter, explain: o.Explain, cache: regex.NewCache(o.RegexMemory)}
	e.vars.init()
	for i := range e.unitOf {
		e.unitOf[i] = [2]int32{-1, -1}
	}
	if err := e.linkOperators(); err != nil {
		return nil, err
	}
	e.linkPipelines()
	if len(e.nodes) > maxNodes {
		return nil, fmt.Errorf("%d different steps of transformations, want at most %d", len(e.nodes), maxNodes)
	}
	for i := range set.Selectors {
		e.selects = append(e.selects, e.cache.New(set.Selectors[i].Program))
	}
	e.rules = make([]rule, len(set.Rules))
	levels := e.linkLevels()
	for i := range set.Rules {
		e.linkRule(&e.rules[i], &set.Rules[i], int32(i), levels[i])
	}
	e.linkEffects()
	e.linkSlots()
	e.linkCaptures()
	e.linkProbes()
	e.linkMatched()
	e.linkPhases()
	return e, nil
}

// Uses tells whether some rule looks at a collection. What none looks at need not
// be asked of the proxy.
func (e *Engine) Uses(c ruleset.Collection) bool { return e.uses[c] }

// maxNodes is how many strings of one value a byte can number.
const maxNodes = 254

func (e *Engine) linkOperators() error {
	e.ops = make([]op, len(e.set.Operators))
	for i := range e.set.Operators {
		o := &e.set.Operators[i]
		linked := &e.ops[i]
		*linked = op{static: o.Argument, group: -1}
		if e.set.Literals != nil && i < e.set.LiteralOperators {
			linked.group = i
			linked.found = e.set.Found(i)
		}
		if linked.found {
			continue
		}
		if o.Regex != nil {
			linked.kind = opRegex
			linked.whole = o.Argument == "^.*$"
			linked.program = o.Regex
			linked.dfa = e.cache.New(o.Regex)
			if len(o.Regex.Facts().Literals) == 0 {
				linked.group = -1
			}
			continue
		}
		linked.group = -1
		if operator.TakesMacros(o.Name) {
			m, err := ruleset.ParseMacro(o.Argument)
			if err != nil {
				return fmt.Errorf("@%s: %w", o.Name, err)
			}
			if _, static := m.Static(); !static {
				linked.macro = e.linkMacro(m)
			}
		}
		switch o.Name {
		case "eq", "ge", "gt", "le", "lt":
			linked.kind = opNumber
			linked.compare = comparisons[o.Name]
			linked.number = atoi(o.Argument)
			continue
		}
		var err error
		if linked.other, err = operator.New(o.Name, o.Argument, o.Data); err != nil {
			return fmt.Errorf("@%s: %w", o.Name, err)
		}
	}
	return nil
}

// linkPipelines makes a tree of the transformations.
func (e *Engine) linkPipelines() {
	e.nodes = []node{{parent: -1}}
	e.nodeOf = make([]int32, len(e.set.Pipelines))
	for i, pipeline := range e.set.Pipelines {
		at := int32(0)
		for _, id := range pipeline {
			at = e.child(at, id)
		}
		e.nodeOf[i] = at
	}
}

func (e *Engine) child(parent int32, id transform.ID) int32 {
	for i := range e.nodes {
		if i > 0 && e.nodes[i].parent == parent && e.nodes[i].transform == id {
			return int32(i)
		}
	}
	triggers := *id.Triggers()
	e.nodes = append(e.nodes, node{parent, id, triggers, triggers == transform.ByteSet{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}})
	return int32(len(e.nodes) - 1)
}

// path lists the nodes from the value as it is to at.
func (e *Engine) path(at int32) []int32 {
	var path []int32
	for ; at >= 0; at = e.nodes[at].parent {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}

func (e *Engine) linkRule(r *rule, source *ruleset.SecRule, index int32, level int) {
	r.SecRule, r.index, r.level = source, index, level
	r.pipe = e.path(e.nodeOf[source.Pipeline])
	for i := range source.Targets {
		r.targets = append(r.targets, e.linkTarget(&source.Targets[i]))
	}
	switch {
	case source.Marker != "":
		r.kind = marker
	case source.Operator < 0:
		r.kind = always
	case e.canScan(r):
		r.kind = scanned
		e.linkChecks(r)
	default:
		r.kind = plain
	}
	if source.Chain != nil {
		r.chain = new(rule)
		e.linkRule(r.chain, source.Chain, index, level)
	}
}

func (e *Engine) linkTarget(source *ruleset.Target) target {
	v := source.Variable.Variable()
	for _, c := range v.Shows {
		e.uses[c] = true
	}
	t := target{Target: source, shows: v.Shows, slot: -1}
	if source.Regex >= 0 {
		t.regex = e.selects[source.Regex]
	}
	if len(v.Shows) == 1 && v.Shows[0] == ruleset.TX && source.Selector != "" {
		t.slot = e.vars.slot(source.Selector)
	}
	return t
}

// linkSlots lists the TX variables that targets can mean, now that all names are
// known.
func (e *Engine) linkSlots() {
	for i := range e.rules {
		for r := &e.rules[i]; r != nil; r = r.chain {
			for j := range r.effects {
				r.effects[j].dynamic = e.dynamicOnly(r.effects[j].key)
			}
			for j := range r.targets {
				t := &r.targets[j]
				if len(t.shows) != 1 || t.shows[0] != ruleset.TX || t.slot >= 0 {
					continue
				}
				t.prefix, t.prefixOnly = prefixOf(e.set.Selectors, t)
				for at, name := range e.vars.list {
					if t.regex == nil || t.regex.Match(name) {
						t.slots = append(t.slots, int32(at))
					}
				}
			}
		}
	}
}

// prefixOf is what the names begin with that a target's expression matches, and
// whether that is all of it.
func prefixOf(selectors []ruleset.Selector, t *target) (prefix string, all bool) {
	if t.regex == nil {
		return "", false
	}
	pattern := selectors[t.Regex].Pattern
	literal, ok := strings.CutPrefix(pattern, "^")
	if !ok {
		return "", false
	}
	for i := range len(literal) {
		if c := literal[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return "", false
		}
	}
	return literal, len(t.Exclusions) == 0
}

// canScan tells whether a rule's candidates can be found by scanning.
func (e *Engine) canScan(r *rule) bool {
	o := &e.ops[r.Operator]
	if e.noFilter || r.Negated || o.macro != nil || o.kind == opNumber {
		return false
	}
	for i := range r.targets {
		t := &r.targets[i]
		if t.Count {
			return false
		}
		for _, c := range t.shows {
			if !scannable(c) {
				return false
			}
		}
	}
	return true
}

// scannable collections change only when a part of the message arrives.
func scannable(c ruleset.Collection) bool {
	switch c {
	case ruleset.ArgsGet, ruleset.ArgsPost, ruleset.ArgsPath, ruleset.RequestHeaders, ruleset.RequestCookies,
		ruleset.ResponseHeaders, ruleset.ResponseArgs, ruleset.Files, ruleset.FilesNames, ruleset.FilesTmpContent,
		ruleset.MultipartName, ruleset.MultipartFilename, ruleset.MultipartPartHeaders, ruleset.RequestXML, ruleset.ResponseXML,
		ruleset.QueryString, ruleset.RequestBasename, ruleset.RequestBody, ruleset.RequestFilename, ruleset.RequestLine,
		ruleset.RequestMethod, ruleset.RequestProtocol, ruleset.RequestURI, ruleset.RequestURIRaw, ruleset.ResponseBody:
		return true
	}
	return false
}

// linkChecks enters what a rule looks for at the units that it looks at.
func (e *Engine) linkChecks(r *rule) {
	nodes := r.pipe[len(r.pipe)-1:]
	if r.MultiMatch {
		nodes = r.pipe
	}
	for _, n := range nodes {
		r.checks = append(r.checks, e.check(int32(r.Operator), n, r.level))
	}
	for i := range r.targets {
		t := &r.targets[i]
		view := t.Variable.Variable().View
		for _, c := range t.shows {
			u := e.unit(c, view)
			t.units = append(t.units, u)
			g := 0
			if t.Selector != "" {
				g = e.units[u].group(t.Selector)
			}
			for _, id := range r.checks {
				e.units[u].groups[g].add(id)
			}
		}
	}
}

func (e *Engine) check(o, n int32, level int) int32 {
	for i := range e.checks {
		if c := &e.checks[i]; c.op == o && c.node == n {
			c.level = min(c.level, level)
			return int32(i)
		}
	}
	e.checks = append(e.checks, check{op: o, node: n, group: int32(e.ops[o].group), level: level})
	return int32(len(e.checks) - 1)
}

func (e *Engine) unit(c ruleset.Collection, view ruleset.View) int32 {
	if at := e.unitOf[c][view]; at >= 0 {
		return at
	}
	at := int32(len(e.units))
	e.units = append(e.units, unit{collection: c, view: view, groups: []group{{}}})
	e.unitOf[c][view] = at
	return at
}

func (u *unit) group(name string) int {
	for i := range u.groups {
		if i > 0 && u.groups[i].name == name {
			return i
		}
	}
	u.groups = append(u.groups, group{name: name})
	return len(u.groups) - 1
}

func (g *group) add(id int32) {
	if !slices.Contains(g.checks, id) {
		g.checks = append(g.checks, id)
	}
}

// linkEffects resolves variables and the rules that ctl means.
func (e *Engine) linkEffects() {
	for i := range e.rules {
		for r := &e.rules[i]; r != nil; r = r.chain {
			for j := range r.Effects {
				r.effects = append(r.effects, e.linkEffect(&r.Effects[j]))
			}
		}
	}
}

func (e *Engine) linkEffect(source *ruleset.Effect) effect {
	linked := effect{Effect: source, slot: -1}
	switch source.Kind {
	case ruleset.SetVar:
		if name, ok := source.Key.Static(); ok {
			linked.slot = e.vars.slot(lower(name))
		}
		if value, ok := source.Value.Static(); ok {
			linked.fix(value)
		}
		linked.key, linked.value = e.linkMacro(source.Key), e.linkMacro(source.Value)
	case ruleset.SetEnv:
		linked.key, linked.value = e.linkMacro(source.Key), e.linkMacro(source.Value)
	case ruleset.CtlRuleRemoveByID, ruleset.CtlRuleRemoveByMsg, ruleset.CtlRuleRemoveByTag,
		ruleset.CtlRuleRemoveTargetByID, ruleset.CtlRuleRemoveTargetByMsg, ruleset.CtlRuleRemoveTargetByTag:
		for i := range e.rules {
			if means(source, e.rules[i].SecRule) {
				linked.rules = append(linked.rules, int32(i))
			}
		}
	}
	return linked
}

// fix notes what a setvar with a value without macros does.
func (x *effect) fix(value string) {
	if value == "" || value[0] != '+' && value[0] != '-' {
		x.fixed, x.isFixed = value, true
		return
	}
	if n, err := strconv.Atoi(value[1:]); err == nil {
		x.adds, x.add = true, n
		if value[0] == '-' {
			x.add = -n
		}
	}
}

// means tells whether a ctl is about a rule.
func means(source *ruleset.Effect, r *ruleset.SecRule) bool {
	switch source.Kind {
	case ruleset.CtlRuleRemoveByID, ruleset.CtlRuleRemoveTargetByID:
		return r.ID != 0 && source.First <= r.ID && r.ID <= source.Last
	case ruleset.CtlRuleRemoveByMsg, ruleset.CtlRuleRemoveTargetByMsg:
		return r.ID != 0 && r.Message == source.Text
	}
	return slices.Contains(r.Tags, source.Text)
}

// linkPhases lists the rules of each phase. Markers are in all of them.
func (e *Engine) linkPhases() {
	for phase := 1; phase <= 5; phase++ {
		var steps []step
		for i := range e.rules {
			if r := &e.rules[i]; r.kind == marker || int(r.Phase) == phase {
				steps = append(steps, e.step(r, int32(i)))
			}
		}
		for i := range steps {
			name := e.rules[steps[i].rule].SkipAfter
			if name == "" {
				continue
			}
			steps[i].jump = nextPhase
			for j := i + 1; j < len(steps); j++ {
				if e.rules[steps[j].rule].Marker == name {
					steps[i].jump = int32(j + 1)
					break
				}
			}
		}
		e.phases[phase] = steps
	}
}

// step makes a step of a rule.
func (e *Engine) step(r *rule, at int32) step {
	s := step{rule: at, brief: -1, level: uint8(r.level)}
	if e.noFilter {
		return s
	}
	switch {
	case r.kind == marker:
		s.test = isMarker
	case r.kind == scanned && len(r.checks) == 1:
		s.test, s.on = onCheck, r.checks[0]
	case r.kind == always:
		s.test = onNothing
	case r.kind == plain && len(r.targets) == 1 && len(r.pipe) == 1:
		t, o := &r.targets[0], &e.ops[r.Operator]
		if t.slot < 0 || len(t.Exclusions) > 0 || o.kind != opNumber || o.macro != nil {
			break
		}
		if int(int32(o.number)) != o.number {
			break
		}
		s.test, s.on, s.number, s.compare, s.negated = onValue, t.slot, int32(o.number), o.compare, r.Negated
		if t.Count {
			s.test = onCount
		}
	}
	if (s.test == onValue || s.test == onCount || s.test == onNothing) && e.isBrief(r) {
		b := brief{effects: r.effects, match: Match{SecRule: r.SecRule}}
		if len(r.targets) > 0 {
			b.match.Variable = r.targets[0].Variable
		}
		s.brief = int32(len(e.briefs))
		e.briefs = append(e.briefs, b)
	}
	return s
}

// isBrief tells whether a rule that matches does no more than to set TX variables
// to what is fixed or in other ones, and to skip. None of CRS that is logged is.
func (e *Engine) isBrief(r *rule) bool {
	if e.explain || e.readsMatched || r.Log || r.chain != nil || r.Disruptive != ruleset.Pass || r.Severity >= 0 || r.Skip != 0 || r.ID == 0 || r.MultiMatch {
		return false
	}
	for i := range r.effects {
		x := &r.effects[i]
		if x.Kind != ruleset.SetVar || x.slot < 0 {
			return false
		}
		for j := range x.value {
			if k := &x.value[j]; k.slot < 0 && k.Variable != ruleset.NoVariable {
				return false
			}
		}
	}
	return true
}

// linkMatched finds out whether some rule reads what the one before it matched.
// Those of a chain do, which is another thing.
func (e *Engine) linkMatched() {
	for i := range e.rules {
		r := &e.rules[i]
		for j := range r.targets {
			e.readsMatched = e.readsMatched || slices.ContainsFunc(r.targets[j].shows, isMatched)
		}
		if r.Operator >= 0 {
			for _, k := range e.ops[r.Operator].macro {
				e.readsMatched = e.readsMatched || slices.ContainsFunc(k.Variable.Variable().Shows, isMatched)
			}
		}
	}
}

func isMatched(c ruleset.Collection) bool {
	return c == ruleset.MatchedVar || c == ruleset.MatchedVarName || c == ruleset.MatchedVars
}

// afterMarker is the step after the first marker with a name.
func (e *Engine) afterMarker(steps []step, name string) (at int, ok bool) {
	for i := range steps {
		if e.rules[steps[i].rule].Marker == name {
			return i + 1, true
		}
	}
	return len(steps), false
}
