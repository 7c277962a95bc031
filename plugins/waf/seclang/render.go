package seclang

import "strings"

// String returns the directive in SecLang without a line break at its end. Read
// again it is the same but for positions.
func (d Directive) String() string {
	if d.Rule != nil {
		return d.Rule.String()
	}
	form := formText
	if k := directiveNamed(d.Name); k != nil {
		form = k.form
	}
	texts := make([]string, len(d.Args))
	for i, arg := range d.Args {
		texts[i] = arg.Text
	}
	switch {
	case len(texts) == 0:
		return d.Name
	case form == formAny:
		return d.Name + " " + strings.Join(texts, " ")
	case form == formDataset && len(texts) == 2:
		return d.Name + " " + texts[0] + " `\n" + texts[1] + "\n`"
	case form == formTargetsByID || form == formTargetsByTag || form == formActionsByID:
		for i, text := range texts {
			whole := passage{s: `"` + text + `"`}
			inner, rest, ok := quoted(whole)
			if form == formActionsByID && i == len(texts)-1 || ok && inner.s == text && rest.s == "" {
				texts[i] = whole.s
			}
		}
		return d.Name + " " + strings.Join(texts, " ")
	}
	return d.Name + ` "` + strings.Join(texts, " ") + `"`
}

// String returns the rule in SecLang, a SecRule or a SecAction, on one line.
func (r *Rule) String() string {
	var b strings.Builder
	if r.Operator == nil {
		b.WriteString("SecAction")
	} else {
		b.WriteString("SecRule ")
		targets := make([]string, len(r.Targets))
		for i, target := range r.Targets {
			targets[i] = target.String()
		}
		list := strings.Join(targets, "|")
		if strings.ContainsAny(list, " \t") {
			list = `"` + list + `"`
		}
		b.WriteString(list + ` "` + r.Operator.String() + `"`)
	}
	for i, action := range r.Actions {
		if i == 0 {
			b.WriteString(` "`)
		} else {
			b.WriteByte(',')
		}
		b.WriteString(action.String())
	}
	if len(r.Actions) > 0 {
		b.WriteByte('"')
	}
	return b.String()
}

// String returns the target as it is written in a list.
func (t Target) String() string {
	s := t.Variable
	switch {
	case t.Exclude:
		s = "!" + s
	case t.Count:
		s = "&" + s
	}
	switch {
	case !t.Selected:
		return s
	case t.Regex:
		return s + ":/" + t.Selector + "/"
	case strings.Contains(t.Selector, "|"):
		return s + ":'" + t.Selector + "'"
	}
	return s + ":" + t.Selector
}

// String returns the operator as it is written between double quotes, always
// with its name.
func (o *Operator) String() string {
	s := "@" + o.Name
	if o.Negated {
		s = "!" + s
	}
	if o.Argument == "" {
		return s
	}
	s += " " + strings.ReplaceAll(o.Argument, `"`, `\"`)
	if before := strings.TrimRight(o.Argument, `\`); (len(o.Argument)-len(before))%2 == 1 {
		// the last backslash must not take the closing quote
		s += " "
	}
	return s
}

// String returns the action as it is written in a list, its value in single
// quotes if it needs them.
func (a Action) String() string {
	if !a.Valued {
		return a.Name
	}
	bare := a.Name + ":" + a.Value
	if strings.ContainsAny(a.Value, `,'" `) {
		quoted := a.Name + ":'" + a.Value + "'"
		if a.reads(quoted) || !a.reads(bare) {
			return quoted
		}
	} else if !a.reads(bare) {
		return a.Name + ":'" + a.Value + "'"
	}
	return bare
}

// reads tells whether a text is this action.
func (a Action) reads(text string) bool {
	list, err := ParseActions(Position{Line: 1, Column: 1}, text)
	return err == nil && len(list) == 1 && list[0].Value == a.Value
}
