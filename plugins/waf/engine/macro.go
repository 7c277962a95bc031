package engine

import (
	"strings"

	"gatehouse/plugins/waf/ruleset"
)

// macro is a macro with its TX variables numbered.
type macro []token

// token is a part of a macro.
type token struct {
	*ruleset.Token
	slot int32 // of a TX variable, else -1
}

func (e *Engine) linkMacro(source ruleset.Macro) macro {
	if len(source) == 0 {
		return nil
	}
	m := make(macro, len(source))
	for i := range source {
		m[i] = token{&source[i], -1}
		for _, c := range source[i].Variable.Variable().Shows {
			e.uses[c] = true
		}
		if v := source[i].Variable; v != ruleset.NoVariable && v.Variable().Shows != nil && v.Variable().Shows[0] == ruleset.TX {
			m[i].slot = e.vars.slot(source[i].Key)
		}
	}
	return m
}

// linkMessage is linkMacro for a text that is expanded once the engine is made:
// no variable is numbered any more, and one without a number was never set by name.
func (e *Engine) linkMessage(source ruleset.Macro) macro {
	m := make(macro, len(source))
	for i := range source {
		m[i] = token{&source[i], -1}
		if v := source[i].Variable; v != ruleset.NoVariable && v.String() == "TX" {
			if at, ok := e.vars.number[source[i].Key]; ok {
				m[i].slot = at
			}
		}
	}
	return m
}

// expandInt expands a macro to a number.
func (t *Transaction) expandInt(m macro) int {
	if len(m) == 1 && m[0].slot >= 0 {
		if v := &t.tx[m[0].slot]; v.set {
			return v.integer()
		}
	}
	return atoi(t.expand(m))
}

// expand expands a macro. The result lives as long as the transaction.
func (t *Transaction) expand(m macro) string {
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
func (t *Transaction) token(k *token) string {
	if k.slot >= 0 {
		if v := &t.tx[k.slot]; v.set {
			return v.text()
		}
		return k.Text
	}
	if k.Variable == ruleset.NoVariable {
		return k.Text
	}
	for _, c := range k.Variable.Variable().Shows {
		switch {
		case c == ruleset.TX:
			if v := t.dynamicVariable(k.Key, false); v != nil && v.set {
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

// dynamicOnly tells whether a macro for a name can give none that is numbered:
// none of those begins as it does.
func (e *Engine) dynamicOnly(m macro) bool {
	if len(m) == 0 || m[0].Variable != ruleset.NoVariable {
		return false
	}
	start := lower(m[0].Text)
	for _, name := range e.vars.list {
		if strings.HasPrefix(name, start) {
			return false
		}
	}
	return true
}
