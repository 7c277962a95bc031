package seclang

import (
	"strconv"
	"strings"
)

// arguments reads what follows the name of a directive.
func (d *Directive) arguments(f *faults, k *known, p passage) {
	if k.form != formDataset {
		if i := strings.IndexByte(p.s, '\n'); i >= 0 {
			f.add(p.posAt(i-1), "only SecDataset has a block in backticks")
			return
		}
	}
	switch k.form {
	case formRefused:
		f.add(d.Pos, "is refused: "+k.detail)
		return
	case formNone:
		if p.s != "" {
			f.add(p.pos(), "takes no argument")
		}
		return
	case formAny:
		if p.s != "" {
			d.Args = []Argument{p.argument()}
		}
		return
	case formRule:
		d.rule(f, p)
		return
	case formTargetsByID, formActionsByID, formTargetsByTag:
		d.update(f, k.form, p)
		return
	case formDataset:
		d.dataset(f, p)
		return
	}
	p, ok := unquote(f, p)
	if !ok {
		return
	}
	if p.s == "" {
		f.add(p.pos(), "needs an argument")
		return
	}
	d.Args = []Argument{p.argument()}
	switch k.form {
	case formActions:
		d.Rule = &Rule{Pos: d.Pos, Actions: parseActions(f, p)}
	case formDefault:
		d.defaultActions(f, p)
	case formIDs:
		parseIDs(f, p)
	case formList:
		d.Args = nil
		for p = p.trimBlanks(); p.s != ""; {
			word, rest := p.word()
			d.Args = append(d.Args, word.argument())
			p = rest
		}
	default:
		if want := k.value(p.s); want != "" {
			f.add(p.pos(), "want "+want+", got "+quote(p.s))
		}
	}
}

// defaultActions checks what a SecDefaultAction must and must not have.
func (d *Directive) defaultActions(f *faults, p passage) {
	before := len(f.list)
	phase, disruptive := 0, false
	for _, a := range parseActions(f, p) {
		disruptive = disruptive || a.Disruptive()
		switch {
		case a.Name == "phase":
			phase = phaseNumber(a.Value)
		case a.Metadata() || a.Name == "t" || a.Name == "chain":
			f.add(a.Pos, a.Name+" cannot be a default")
		}
	}
	switch {
	case len(f.list) > before:
	case phase == 0:
		f.add(d.Pos, "the default actions have no phase")
	case !disruptive:
		f.add(d.Pos, "the default actions have no disruptive action: write pass if there is to be none")
	}
}

// phaseNumber returns the number of a phase that is known to be one.
func phaseNumber(value string) int {
	switch value {
	case "request":
		return 2
	case "response":
		return 4
	case "logging":
		return 5
	}
	n, _ := strconv.Atoi(value)
	return n
}

// value returns what an argument should have been, empty if it is right.
func (k *known) value(s string) string {
	number := func(base int, least, most int64) bool {
		n, err := strconv.ParseInt(s, base, 64)
		return err == nil && least <= n && n <= most
	}
	switch k.form {
	case formWords:
		return oneOf(s, k.words()...)
	case formRefusedValues:
		if !sameName(s, k.detail) {
			return quote(k.detail) + " (" + k.why + ")"
		}
	case formBytes:
		if !number(10, 1, maxBody) {
			return "a number of bytes from 1 to 1073741824"
		}
	case formNumber:
		if !number(10, 1, 1<<31-1) {
			return "a number from 1 to 2147483647"
		}
	case formLevel:
		if !number(10, 0, 9) {
			return "0 to 9"
		}
	case formMode:
		if !sameName(s, "default") && !number(8, 0, 0o7777) {
			return "an octal file mode"
		}
	case formParts:
		if len(s) < 2 || s[0] != 'A' || s[len(s)-1] != 'Z' || strings.Trim(s[1:len(s)-1], auditParts[1:len(auditParts)-1]) != "" {
			return "A, letters from B to K, and Z"
		}
	}
	return ""
}

// unquote takes off the quotes around the rest of a line. What is between them
// has no escapes.
func unquote(f *faults, p passage) (passage, bool) {
	if !p.has('"') && !p.has('\'') {
		return p, true
	}
	if len(p.s) < 2 || !p.ends(p.s[0]) {
		f.add(p.pos(), "no quote ends this argument")
		return p, false
	}
	return p.cut(1, len(p.s)-1), true
}

// quoted splits p, which begins with a double quote, after the next one that has
// an even number of backslashes before it.
func quoted(p passage) (inner, rest passage, ok bool) {
	for i := 1; i < len(p.s); i++ {
		switch p.s[i] {
		case '\\':
			i++
		case '"':
			return p.cut(1, i), p.after(i + 1).trimBlanks(), true
		}
	}
	return p, p, false
}

// rule reads targets, operator and actions.
func (d *Directive) rule(f *faults, p passage) {
	d.Rule = &Rule{Pos: d.Pos}
	if p.s == "" {
		f.add(p.pos(), `want targets, "operator" and "actions"`)
		return
	}
	targets, rest := p.word()
	if p.has('"') {
		var ok bool
		if targets, rest, ok = quoted(p); !ok {
			f.add(p.pos(), "no quote ends the targets")
			return
		}
	}
	d.Rule.Targets = parseTargets(f, targets)
	if !rest.has('"') {
		f.add(rest.pos(), "want the operator in double quotes after the targets")
		return
	}
	operator, last, ok := quoted(rest)
	if !ok {
		f.add(rest.pos(), "no quote ends the operator")
		return
	}
	d.Rule.Operator = parseOperator(f, operator)
	d.Args = []Argument{targets.argument(), {Pos: operator.pos(), Text: strings.ReplaceAll(operator.s, `\"`, `"`)}}
	if last.s == "" {
		return
	}
	if !last.has('"') {
		f.add(last.pos(), "want the actions in double quotes after the operator")
		return
	}
	actions, ok := unquote(f, last)
	if !ok {
		return
	}
	d.Args = append(d.Args, actions.argument())
	if actions.s != "" {
		d.Rule.Actions = parseActions(f, actions)
	}
}

// update reads what is to change and then the new targets or actions.
func (d *Directive) update(f *faults, form form, p passage) {
	var which []passage
	for {
		if p.s == "" {
			f.add(p.pos(), "want what is to change and then targets or actions")
			return
		}
		if form == formActionsByID && p.has('"') && len(which) > 0 {
			// actions may hold quotes, so they are the rest of the line
			break
		}
		word, rest := p.word()
		if p.has('"') {
			var ok bool
			if word, rest, ok = quoted(p); !ok {
				f.add(p.pos(), "no quote ends this argument")
				return
			}
			if next := 2 + len(word.s); next < len(p.s) && !blank(p.s[next]) {
				f.add(p.posAt(next), "want a blank after the quote that ends an argument")
				return
			}
		} else if i := strings.IndexByte(word.s, '"'); i >= 0 && rest.s != "" {
			f.add(word.posAt(i), "want quotes around the whole argument")
			return
		}
		if rest.s == "" && len(which) > 0 {
			break
		}
		if word.s == "" {
			f.add(word.pos(), "the argument is empty")
			return
		}
		which = append(which, word)
		p = rest
	}
	last, ok := unquote(f, p)
	if !ok {
		return
	}
	for _, w := range which {
		d.Args = append(d.Args, w.argument())
		if form != formTargetsByTag {
			parseIDs(f, w)
		}
	}
	if form == formTargetsByTag && len(which) != 1 {
		f.add(which[1].pos(), "want one tag and then targets")
	}
	d.Args = append(d.Args, last.argument())
	if form != formActionsByID {
		parseTargets(f, last)
		return
	}
	for _, action := range parseActions(f, last) {
		if action.Name == "id" || action.Name == "phase" || action.Name == "chain" {
			f.add(action.Pos, "the "+action.Name+" of a rule cannot change")
		}
	}
}

// dataset reads a name and the lines of a block.
func (d *Directive) dataset(f *faults, p passage) {
	name, block := p.word()
	if i := strings.IndexByte(name.s, '`'); i >= 0 || name.s == "" {
		f.add(name.pos(), "want a name before the block in backticks")
		return
	}
	block = block.trim()
	if len(block.s) < 3 || !block.has('`') || !block.ends('`') || block.s[1] != '\n' {
		f.add(block.pos(), "want a block: a backtick that ends the line, lines, and a line that begins with a backtick")
		return
	}
	block = block.cut(2, max(2, len(block.s)-2))
	if i := strings.IndexByte(block.s, '`'); i >= 0 {
		f.add(block.posAt(i), "an entry of a dataset cannot hold a backtick")
		return
	}
	d.Args = []Argument{name.argument(), block.argument()}
}
