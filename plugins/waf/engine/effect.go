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
		t.said.Message = strings.Clone(t.expand(m))
		if m, err = ruleset.ParseMacro(r.LogData); err == nil {
			t.said.Data = strings.Clone(t.expand(m))
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
		t.setEnv(t.expand(x.Key), t.expand(x.Value))
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
			t.exclusions = append(t.exclusions, exclusion{i, x.Variable, x.Exclusion})
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
	} else if v = t.variable(lower(t.expand(x.Key)), !x.Remove); v == nil {
		return
	}
	switch {
	case x.Remove:
		*v = txVar{}
		return
	case x.adds:
		v.plus(x.add)
		return
	}
	if n, ok := t.scoreOf(x.Value); ok {
		v.plus(n)
		return
	}
	value := t.expand(x.Value)
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

// scoreOf is what "+%{tx.name}" adds, if the variable is counted as a number.
func (t *Transaction) scoreOf(m ruleset.Macro) (int, bool) {
	if len(m) != 2 || m[0].Variable != ruleset.NoVariable || m[0].Text != "+" || m[1].Variable == ruleset.NoVariable || m[1].Variable.String() != "TX" {
		return 0, false
	}
	v := t.variable(m[1].Key, false)
	if v == nil || !v.set {
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

// expandInt expands a macro to a number.
func (t *Transaction) expandInt(m ruleset.Macro) int {
	if len(m) == 1 && m[0].Variable.String() == "TX" {
		if v := t.variable(m[0].Key, false); v != nil && v.set {
			return v.integer()
		}
	}
	return atoi(t.expand(m))
}

// expand expands a macro. The result lives as long as the transaction.
func (t *Transaction) expand(m ruleset.Macro) string {
	switch len(m) {
	case 0:
		return ""
	case 1:
		return t.token(&m[0])
	}
	// Tokens may use the arena themselves.
	var parts [8]string
	list := parts[:0]
	for i := range m {
		list = append(list, t.token(&m[i]))
	}
	start := len(t.arena)
	for _, part := range list {
		t.arena = append(t.arena, part...)
	}
	return text(t.arena[start:])
}

// token is the first value of a variable, or the text of a macro.
func (t *Transaction) token(k *ruleset.Token) string {
	if k.Variable == ruleset.NoVariable {
		return k.Text
	}
	v := k.Variable.Variable()
	for _, c := range v.Shows {
		switch {
		case c == ruleset.TX:
			if v := t.variable(k.Key, false); v != nil && v.set {
				return v.text()
			}
		case c == ruleset.Rule:
			return t.ruleValue(k.Key)
		case c == ruleset.MatchedVars:
			for i := range t.matchedVars {
				if name := t.full(t.matchedVars[i].nameOfMatch); lower(name) == k.Key {
					return t.matchedVars[i].value
				}
			}
		case !c.Keyed():
			return t.value(c)
		default:
			for i := range t.keyed[c] {
				if e := &t.keyed[c][i]; e.lower == k.Key {
					return e.value
				}
			}
		}
	}
	return k.Text
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
			return t.expand(m)
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
