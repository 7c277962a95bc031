package engine

import (
	"strconv"
	"strings"

	"gatehouse/plugins/waf/ruleset"
)

// run evaluates a phase: the rules in their order, until one interrupts.
func (t *Transaction) run(phase int) *Interruption {
	if t.mode == ruleset.Off {
		return nil
	}
	t.phase = phase
	steps := t.e.phases[phase]
	i := 0
	if t.skipAfter != "" {
		var ok bool
		if i, ok = t.e.afterMarker(steps, t.skipAfter); ok {
			t.skipAfter = ""
		}
	}
	for i < len(steps) && (t.interruption == nil || phase == 5) && !t.allowed(phase) {
		if t.skip == 0 {
			if i = t.pass(steps, i); i == len(steps) {
				break
			}
		}
		s := &steps[i]
		i++
		r := &t.e.rules[s.rule]
		switch {
		case r.kind == marker:
			// A marker takes the place of a rule for skip.
			if t.skip > 0 {
				t.skip--
			}
			continue
		case t.isRemoved(s.rule):
			continue
		case t.skip > 0:
			t.skip--
			continue
		case r.kind == scanned && !t.maybe(r):
			continue
		}
		t.matchedVars = t.matchedVars[:0]
		if t.chain(r) && r.SkipAfter != "" {
			if s.jump == nextPhase {
				t.skipAfter = r.SkipAfter
				break
			}
			i = int(s.jump)
		}
		if t.mode == ruleset.Off {
			break
		}
	}
	switch {
	case t.allow == ruleset.AllowPhase, t.allow == ruleset.AllowRequest && phase >= 2:
		t.allow = 0
	}
	t.skip = 0
	return t.interruption
}

// pass goes on to the first step from i on whose rule has to be looked at. Most
// rules end here: they have no candidate, their test fails, or they are brief.
func (t *Transaction) pass(steps []step, i int) int {
	for ; i < len(steps); i++ {
		s := &steps[i]
		holds := true
		switch s.test {
		case never:
			return i
		case isMarker:
			continue
		case onCheck:
			if !t.scanned || int(s.level) > t.level || t.union[s.on>>6]>>(s.on&63)&1 != 0 {
				return i
			}
			continue
		case onValue:
			v := &t.tx[s.on]
			holds = v.set && s.compare.holds(v.integer(), int(s.number)) != s.negated
		case onCount:
			n := 0
			if t.tx[s.on].set {
				n = 1
			}
			holds = s.compare.holds(n, int(s.number)) != s.negated
		}
		if t.isExcluded(s.rule) {
			return i
		}
		if !holds {
			continue
		}
		if s.brief < 0 || s.jump == nextPhase {
			return i
		}
		if t.isRemoved(s.rule) {
			continue
		}
		b := &t.e.briefs[s.brief]
		for j := range b.effects {
			t.setVar(&b.effects[j])
		}
		t.matches = append(t.matches, b.match)
		if s.jump > 0 {
			i = int(s.jump) - 1
		}
	}
	return i
}

// allowed tells whether an allow ends the phase.
func (t *Transaction) allowed(phase int) bool {
	switch t.allow {
	case ruleset.Allow, ruleset.AllowPhase:
		return true
	case ruleset.AllowRequest:
		return phase <= 2
	}
	return false
}

// maybe tells whether some value is a candidate for a rule.
func (t *Transaction) maybe(r *rule) bool {
	if !t.scanned || r.level > t.level {
		t.candidates(r.level)
	}
	for _, id := range r.checks {
		if t.union[id>>6]>>(id&63)&1 != 0 {
			return true
		}
	}
	return false
}

// chain evaluates a rule and those chained to it and tells whether all matched.
func (t *Transaction) chain(first *rule) bool {
	variable := ruleset.NoVariable
	if t.e.explain {
		t.said = Match{}
	}
	for r := first; r != nil; r = r.chain {
		t.current = r
		v, ok := t.evaluate(r)
		if !ok {
			return false
		}
		if variable == ruleset.NoVariable {
			variable = v
		}
	}
	t.current = first
	if first.Skip > 0 {
		t.skip = first.Skip
	}
	t.disrupt(first)
	if first.ID != 0 {
		if first.Severity >= 0 && first.Severity < atoi(t.single[ruleset.HighestSeverity]) {
			t.single[ruleset.HighestSeverity] = strconv.Itoa(first.Severity)
		}
		if t.e.explain && (first.chain != nil || first.kind == always) {
			t.say(first)
		}
		t.matches = append(t.matches, Match{first.SecRule, variable, t.said.Message, t.said.Data})
		if first.Log {
			t.logged++
		}
	}
	return true
}

func (t *Transaction) disrupt(r *rule) {
	switch r.Disruptive {
	case ruleset.Pass:
		return
	case ruleset.Allow, ruleset.AllowPhase, ruleset.AllowRequest:
		if t.mode == ruleset.On {
			t.allow = r.Disruptive
		}
		return
	}
	i := &Interruption{Action: r.Disruptive, Status: r.Status, Rule: r.ID, Location: r.Redirect}
	switch r.Disruptive {
	case ruleset.Deny:
		if i.Status == 0 {
			i.Status = 403
		}
	case ruleset.Redirect:
		switch i.Status {
		case 301, 302, 303, 307:
		default:
			i.Status = 302
		}
	}
	switch {
	case t.mode == ruleset.On:
		t.interruption = i
	case t.would == nil:
		t.would = i
	}
}

// evaluate tries one rule on its values. Every value that matches has the rule's
// effects. It returns the variable of the first.
func (t *Transaction) evaluate(r *rule) (first ruleset.VariableID, ok bool) {
	if r.kind == always {
		t.single[ruleset.MatchedVar], t.last = "", nameOfMatch{"UNKNOWN", ""}
		t.effects(r)
		return ruleset.NoVariable, true
	}
	for i := range r.targets {
		target := &r.targets[i]
		var hit bool
		if r.kind == scanned {
			if !t.scanned || r.level > t.level {
				t.candidates(r.level)
			}
			hit = t.tryCandidates(r, target)
		} else {
			hit = t.tryAll(r, target)
		}
		if hit && !ok {
			first, ok = target.Variable, true
		}
	}
	return first, ok
}

// tryCandidates tries a rule on the candidates of a target.
func (t *Transaction) tryCandidates(r *rule, target *target) (matched bool) {
	for _, u := range target.units {
		s := &t.scans[u]
		unit := &t.e.units[u]
		for h := range s.hits {
			hit := s.hits[h]
			named := false
			for k, id := range r.checks {
				if t.words[hit.bits+id>>6]>>(id&63)&1 == 0 {
					continue
				}
				if !named {
					if !t.selects(r, target, unit, int(hit.entry)) {
						break
					}
					named = true
				}
				if k > 0 && !t.changed(hit, r.pipe, k) {
					continue
				}
				// The scan has tried the operator.
				value := t.strings[hit.strings+int32(t.nodes[hit.nodes+t.e.checks[id].node])]
				if r.capture {
					t.captures(r, value)
				}
				t.matched(r, target.Variable.String(), t.nameOf(unit, int(hit.entry)), value)
				matched = true
			}
		}
	}
	return matched
}

// changed tells whether multiMatch takes the result of the k-th step for another
// value than the one before.
func (t *Transaction) changed(h hit, pipe []int32, k int) bool {
	before, now := t.nodes[h.nodes+pipe[k-1]], t.nodes[h.nodes+pipe[k]]
	if before == unknown || now == unknown { // a level that was not scanned for
		return true
	}
	return t.e.nodes[pipe[k]].transform.MultiMatches(t.strings[h.strings+int32(before)], t.strings[h.strings+int32(now)])
}

// nameOf is the name of a value as it came.
func (t *Transaction) nameOf(unit *unit, i int) string {
	if !unit.collection.Keyed() {
		return ""
	}
	return t.keyed[unit.collection][i].name
}

// selects tells whether a target means a value of a unit.
func (t *Transaction) selects(r *rule, target *target, unit *unit, i int) bool {
	name, _ := t.at(unit, i)
	return t.means(r, target, name)
}

// means tells whether a target means the value with a name in lower case.
func (t *Transaction) means(r *rule, target *target, name string) bool {
	switch {
	case target.regex != nil:
		if !target.regex.Match(name) {
			return false
		}
	case target.Selector != "" && target.Selector != name:
		return false
	}
	for i := range target.Exclusions {
		if t.excludes(&target.Exclusions[i], name) {
			return false
		}
	}
	if t.isExcluded(r.index) {
		for i := range t.exclusions {
			x := &t.exclusions[i]
			if x.rule == r.index && x.variable == target.Variable && t.excludes(x.Exclusion, name) {
				return false
			}
		}
	}
	return true
}

// isExcluded tells whether ctl took anything away from a rule's targets.
func (t *Transaction) isExcluded(rule int32) bool { return t.excluded[rule>>6]>>(rule&63)&1 != 0 }

// isRemoved tells whether ctl took away the rule.
func (t *Transaction) isRemoved(rule int32) bool { return t.removed[rule>>6]>>(rule&63)&1 != 0 }

func (t *Transaction) excludes(x *ruleset.Exclusion, name string) bool {
	if x.Regex >= 0 {
		return t.e.selects[x.Regex].Match(name)
	}
	return x.Selector == "" || x.Selector == name
}

// tryAll tries a rule on every value of a target.
func (t *Transaction) tryAll(r *rule, target *target) (matched bool) {
	if target.Count {
		n := 0
		t.each(r, target, func(string, string) { n++ })
		if t.tryNumber(r, n) {
			t.matched(r, target.Variable.String(), target.Selector, strconv.Itoa(n))
			return true
		}
		return false
	}
	if target.slot >= 0 && t.e.ops[r.Operator].kind == opNumber && len(r.pipe) == 1 && len(target.Exclusions) == 0 && !t.isExcluded(r.index) {
		v := &t.tx[target.slot]
		if v.set && t.compare(r, v.integer()) {
			t.matched(r, target.Variable.String(), target.Selector, v.text())
			return true
		}
		return false
	}
	t.each(r, target, func(name, value string) {
		if t.try(r, target, name, value) {
			matched = true
		}
	})
	return matched
}

// tryNumber tries a rule on a count.
func (t *Transaction) tryNumber(r *rule, n int) bool {
	if t.e.ops[r.Operator].kind == opNumber && len(r.pipe) == 1 {
		return t.compare(r, n)
	}
	return t.match(r, t.through(r.pipe, strconv.Itoa(n)))
}

// try tries a rule on one value.
func (t *Transaction) try(r *rule, target *target, name, value string) (matched bool) {
	if !r.MultiMatch {
		value = t.through(r.pipe, value)
		if t.match(r, value) {
			t.matched(r, target.Variable.String(), name, value)
			return true
		}
		return false
	}
	for k, node := range r.pipe {
		if k > 0 {
			next := t.apply(node, value)
			if !t.e.nodes[node].transform.MultiMatches(value, next) {
				continue
			}
			value = next
		}
		if t.match(r, value) {
			t.matched(r, target.Variable.String(), name, value)
			matched = true
		}
	}
	return matched
}

// through sends a value through a pipeline.
func (t *Transaction) through(pipe []int32, value string) string {
	for _, node := range pipe[1:] {
		value = t.apply(node, value)
	}
	return value
}

func (t *Transaction) apply(node int32, value string) string {
	start := len(t.arena)
	out, changed := t.e.nodes[node].transform.Apply(t.arena, value)
	if !changed {
		return value
	}
	t.arena = out
	return text(out[start:])
}

// each visits the values of a target with their names as they came. visit may
// change TX, and nothing else that is visited.
func (t *Transaction) each(r *rule, target *target, visit func(name, value string)) {
	view := target.Variable.Variable().View
	for _, c := range target.shows {
		switch {
		case c == ruleset.TX:
			t.eachTX(r, target, visit)
		case c == ruleset.Rule:
			for _, name := range ruleNames {
				if value := t.ruleValue(name); value != "" && t.means(r, target, name) {
					visit(name, value)
				}
			}
		case !c.Keyed():
			if t.means(r, target, "") {
				visit("", t.value(c))
			}
		case c == ruleset.MatchedVars:
			t.eachMatched(r, target, visit)
		default:
			for i := range t.keyed[c] {
				e := &t.keyed[c][i]
				if target.Selector != "" && target.Selector != e.lower || !t.means(r, target, e.lower) {
					continue
				}
				if view == ruleset.Names {
					visit(e.name, e.name)
				} else {
					visit(e.name, e.value)
				}
			}
		}
	}
}

// eachMatched visits the values that rules of the chain have matched so far.
func (t *Transaction) eachMatched(r *rule, target *target, visit func(name, value string)) {
	names := target.Variable.Variable().View == ruleset.Names
	for i, n := 0, len(t.matchedVars); i < n; i++ {
		m := t.matchedVars[i]
		name := ""
		if names || target.Selector != "" || target.regex != nil || len(target.Exclusions) > 0 {
			name = t.full(m.nameOfMatch)
			if !t.means(r, target, lower(name)) {
				continue
			}
		}
		if names {
			visit(name, name)
		} else {
			visit(m.name, m.value)
		}
	}
}

func (t *Transaction) eachTX(r *rule, target *target, visit func(name, value string)) {
	if target.slot >= 0 {
		if v := &t.tx[target.slot]; v.set && t.means(r, target, target.Selector) {
			visit(target.Selector, v.text())
		}
		return
	}
	for _, i := range target.slots {
		if name := t.e.vars.list[i]; t.tx[i].set && t.means(r, target, name) {
			visit(name, t.tx[i].text())
		}
	}
	for i, n := 0, len(t.dynamic); i < n; i++ {
		v := &t.dynamic[i]
		if !v.set || !strings.HasPrefix(v.name, target.prefix) {
			continue
		}
		if target.prefixOnly && !t.isExcluded(r.index) || t.means(r, target, v.name) {
			visit(v.name, v.text())
		}
	}
}

// match tries the operator of a rule.
func (t *Transaction) match(r *rule, value string) bool {
	o := &t.e.ops[r.Operator]
	var ok bool
	switch {
	case o.whole:
		ok = true
	case o.kind == opRegex:
		ok = o.dfa.Match(value)
	case o.kind == opNumber:
		return t.compare(r, atoi(value))
	case o.found:
		ok = t.finds(o, value)
	default:
		ok = o.other.Match(value, t.argument(o))
	}
	if ok && r.capture {
		t.captures(r, value)
	}
	return ok != r.Negated
}

// captures sets TX:0 to TX:9 to what the operator of a rule found in a value that
// it matches.
func (t *Transaction) captures(r *rule, value string) {
	switch o := &t.e.ops[r.Operator]; {
	case o.whole:
		t.tx[0].setText(value)
	case o.kind == opRegex:
		t.capture(o, value)
	case o.other != nil:
		t.captureOther(o, value)
	}
}

// finds looks for the phrases of a pm in a value that was not scanned.
func (t *Transaction) finds(o *op, value string) bool {
	w := &t.scratch
	if n := (t.e.set.LiteralOperators + 63) / 64; len(w.found) < n {
		w.found = make([]uint64, n)
	}
	clear(w.found)
	t.e.set.Literals.Scan(value, w.found)
	return w.found[o.group>>6]>>(o.group&63)&1 != 0
}

// argument is the argument of an operator with its macros expanded.
func (t *Transaction) argument(o *op) string {
	if o.macro == nil {
		return o.static
	}
	return t.expand(o.macro)
}

// compare tries a numeric operator.
func (t *Transaction) compare(r *rule, n int) bool {
	o := &t.e.ops[r.Operator]
	want := o.number
	if o.macro != nil {
		want = t.expandInt(o.macro)
	}
	return o.compare.holds(n, want) != r.Negated
}

// capture sets TX:0 to TX:9 to what an expression matched.
func (t *Transaction) capture(o *op, value string) {
	t.caps = o.dfa.Find(value, t.caps[:0])
	for i := 0; i < len(t.caps)/2 && i < 9; i++ {
		if t.caps[2*i] < 0 {
			t.tx[i].setText("")
		} else {
			t.tx[i].setText(value[t.caps[2*i]:t.caps[2*i+1]])
		}
	}
}
