package engine

import (
	"gatehouse/plugins/waf/ruleset"
)

// Captures cost as much as many rules, and most rules that capture do so for
// their log message, which is not written. linkCaptures finds the rules whose
// captures another rule, or an effect, reads.
func (e *Engine) linkCaptures() {
	loose := e.explain // something reads what another chain captured
	for i := range e.rules {
		var capturing []*rule
		for r := &e.rules[i]; r != nil; r = r.chain {
			before := len(capturing) > 0
			if r.Capture {
				capturing = append(capturing, r)
			}
			reads := e.readsBefore(r)
			if e.readsAfter(r) {
				reads, before = true, before || r.Capture
			}
			if !reads {
				continue
			}
			for _, c := range capturing {
				c.capture = true
			}
			loose = loose || !before
		}
	}
	if !loose {
		return
	}
	for i := range e.rules {
		for r := &e.rules[i]; r != nil; r = r.chain {
			r.capture = r.Capture
		}
	}
}

// readsBefore tells whether a rule looks at TX:0 to TX:9 as its operator runs.
func (e *Engine) readsBefore(r *rule) bool {
	for i := range r.targets {
		t := &r.targets[i]
		if len(t.shows) != 1 || t.shows[0] != ruleset.TX || t.Count {
			continue
		}
		switch {
		case t.regex != nil:
			for d := '0'; d <= '9'; d++ {
				if t.regex.Match(string(d)) {
					return true
				}
			}
		case t.Selector == "" || isDigit(t.Selector):
			return true
		}
	}
	return r.Operator >= 0 && e.ops[r.Operator].macro != nil && macroReads(sources(e.ops[r.Operator].macro))
}

// readsAfter tells whether its effects do, which run after it has captured.
func (e *Engine) readsAfter(r *rule) bool {
	for i := range r.Effects {
		if macroReads(r.Effects[i].Key) || macroReads(r.Effects[i].Value) {
			return true
		}
	}
	return false
}

func sources(m macro) ruleset.Macro {
	var source ruleset.Macro
	for i := range m {
		source = append(source, *m[i].Token)
	}
	return source
}

func macroReads(m ruleset.Macro) bool {
	for i := range m {
		if m[i].Variable != ruleset.NoVariable && m[i].Variable.String() == "TX" && isDigit(m[i].Key) {
			return true
		}
	}
	return false
}

func isDigit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }
