package engine

import (
	"strconv"
	"strings"

	"gatehouse/plugins/waf/operator"
	"gatehouse/plugins/waf/ruleset"
)

// captureOther sets TX:0 to what an operator other than rx found.
func (t *Transaction) captureOther(o *op, value string) {
	for i, text := range operator.Captures(o.other, value) {
		t.tx[i].setText(text)
	}
}

// nameOfMatch is a name such as "ARGS:id" in two parts, since hardly any is read.
type nameOfMatch struct{ variable, name string }

// matchedVar is an entry of MATCHED_VARS.
type matchedVar struct {
	nameOfMatch
	value string
}

// full puts the name together.
func (t *Transaction) full(m nameOfMatch) string {
	if m.name == "" {
		return m.variable
	}
	start := len(t.arena)
	t.arena = append(append(append(t.arena, m.variable...), ':'), m.name...)
	return text(t.arena[start:])
}

// matched notes a value that a rule matched, for MATCHED_VAR and its relatives,
// and makes the rule's effects happen.
func (t *Transaction) matched(r *rule, variable, name, value string) {
	t.last = nameOfMatch{variable, name}
	t.matchedVars = append(t.matchedVars, matchedVar{t.last, value})
	t.single[ruleset.MatchedVar] = value
	t.effects(r)
	if t.e.explain && t.said.Message == "" && (r != &t.e.rules[r.index] || r.chain == nil) {
		t.say(r)
	}
}

// say expands the message of a rule, and its logdata.
func (t *Transaction) say(r *rule) {
	if m, err := ruleset.ParseMacro(r.Message); err == nil && r.Message != "" {
		t.said.Message = strings.Clone(t.expand(t.e.linkMessage(m)))
		if m, err = ruleset.ParseMacro(r.LogData); err == nil {
			t.said.Data = strings.Clone(t.expand(t.e.linkMessage(m)))
		}
	}
}

// effects makes the effects of a rule happen.
func (t *Transaction) effects(r *rule) {
	for i := range r.effects {
		t.effect(&r.effects[i])
	}
}

func (t *Transaction) effect(x *effect) {
	switch x.Kind {
	case ruleset.SetVar:
		t.setVar(x)
	case ruleset.SetEnv:
		t.setEnv(t.expand(x.key), t.expand(x.value))
	case ruleset.CtlForceRequestBodyVariable:
		t.requestBody.force = on(x.Text)
	case ruleset.CtlForceResponseBodyVariable:
		t.responseBody.force = on(x.Text)
	case ruleset.CtlRequestBodyAccess:
		if t.phase <= 1 {
			t.requestBody.access = on(x.Text)
		}
	case ruleset.CtlRequestBodyLimit:
		if t.phase <= 1 {
			t.requestBody.limit = int64(x.First)
		}
	case ruleset.CtlRequestBodyProcessor:
		if t.phase <= 1 {
			t.single[ruleset.ReqbodyProcessor] = x.Text
		}
	case ruleset.CtlResponseBodyAccess:
		if t.phase <= 3 {
			t.responseBody.access = on(x.Text)
		}
	case ruleset.CtlResponseBodyLimit:
		if t.phase <= 3 {
			t.responseBody.limit = int64(x.First)
		}
	case ruleset.CtlResponseBodyProcessor:
		if t.phase <= 3 {
			t.single[ruleset.ResBodyProcessor] = x.Text
		}
	case ruleset.CtlRuleEngine:
		t.mode, _ = ruleset.ParseMode(x.Text)
	case ruleset.CtlRuleRemoveByID, ruleset.CtlRuleRemoveByMsg, ruleset.CtlRuleRemoveByTag:
		for _, i := range x.rules {
			t.removed[i>>6] |= 1 << (i & 63)
		}
	default:
		for _, i := range x.rules {
			t.excluded[i>>6] |= 1 << (i & 63)
			t.exclusions = append(t.exclusions, exclusion{i, x.Variable, &x.Exclusion})
		}
	}
}

func on(text string) bool {
	on, _ := ruleset.ParseSwitch(text)
	return on
}

// setVar sets, changes or removes a TX variable.
func (t *Transaction) setVar(x *effect) {
	var v *txVar
	if x.slot >= 0 {
		v = &t.tx[x.slot]
	} else if v = t.named(lower(t.expand(x.key)), x); v == nil {
		return
	}
	switch {
	case x.Remove:
		*v = txVar{}
		return
	case x.isFixed:
		v.setText(x.fixed)
		return
	case x.adds:
		v.plus(x.add)
		return
	}
	if n, ok := t.scoreOf(x.value); ok {
		v.plus(n)
		return
	}
	value := t.expand(x.value)
	if value == "" || value[0] != '+' && value[0] != '-' {
		v.setText(value)
		return
	}
	n := 0
	if len(value) > 1 {
		var err error
		if n, err = strconv.Atoi(value[1:]); err != nil {
			// A variable that is not set leaves its name: that adds nothing.
			if !strings.HasPrefix(value[1:], "tx.") {
				v.setText(value)
			}
			return
		}
	}
	if value[0] == '-' {
		n = -n
	}
	v.plus(n)
}

// named is the TX variable with a name that a macro gave.
func (t *Transaction) named(name string, x *effect) *txVar {
	if x.dynamic {
		return t.dynamicVariable(name, !x.Remove)
	}
	return t.variable(name, !x.Remove)
}

// scoreOf is what "+%{tx.name}" adds, if the variable is a number.
func (t *Transaction) scoreOf(m macro) (int, bool) {
	if len(m) != 2 || m[0].Text != "+" || m[0].Variable != ruleset.NoVariable || m[1].slot < 0 {
		return 0, false
	}
	v := &t.tx[m[1].slot]
	if !v.set {
		return 0, false
	}
	if v.number {
		return v.n, true
	}
	n, err := strconv.Atoi(v.s)
	return n, err == nil
}

func (t *Transaction) setEnv(name, value string) {
	env := t.keyed[ruleset.Env]
	for i := range env {
		if env[i].name == name {
			env[i].value = value
			return
		}
	}
	t.add(ruleset.Env, name, value)
}

var ruleNames = [...]string{"id", "msg", "rev", "severity"}

// ruleValue is a member of RULE: what the rule that runs says of itself.
func (t *Transaction) ruleValue(name string) string {
	r := t.current
	switch name {
	case "id":
		return strconv.Itoa(t.e.rules[r.index].ID)
	case "msg":
		if m, err := ruleset.ParseMacro(r.Message); err == nil {
			return t.expand(t.e.linkMessage(m))
		}
	case "rev":
		return r.Revision
	case "severity":
		if r.Severity >= 0 {
			return strconv.Itoa(r.Severity)
		}
	}
	return ""
}
