package ruleset

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatehouse/plugins/waf/operator"
	"gatehouse/plugins/waf/regex"
	"gatehouse/plugins/waf/seclang"
	"gatehouse/plugins/waf/transform"
)

// Compiler adds SecLang to a set.
type Compiler struct {
	set *Set
	// at is where the next rule goes.
	at       int
	data     func(name string) (string, error)
	datasets map[string]string
	defaults [6]*defaults
	errs     seclang.Errors
}

// defaults are the actions of a SecDefaultAction.
type defaults struct {
	disruptive Disruptive
	status     int
	log, audit bool
}

// NewCompiler makes a compiler that puts rules into set at a place: at
// len(set.Rules) they come last, at set.Index(id) before that rule. The set's
// slices are copied before they change, so that a set that was read can be
// shared. data returns the text of a file that an operator names; without it
// such operators are errors.
func NewCompiler(set *Set, at int, data func(name string) (string, error)) *Compiler {
	c := &Compiler{set: set, at: at, data: data}
	if set.Pipelines == nil {
		set.Pipelines = [][]transform.ID{nil}
	}
	// SecLang's own default for phase 2.
	c.defaults[2] = &defaults{log: true, audit: true}
	return c
}

// Add compiles directives. The error is a seclang.Errors with every fault found;
// the set is of no use then.
func (c *Compiler) Add(directives []seclang.Directive) error {
	var chain *SecRule // the rule that a chained one follows
	for i := range directives {
		d := &directives[i]
		switch d.Name {
		case "SecRule", "SecAction":
			rule, chained := c.rule(d)
			switch {
			case chain != nil:
				chain.Chain = rule
			default:
				c.insert(d, rule)
				rule = &c.set.Rules[c.at-1]
			}
			chain = nil
			if chained {
				chain = rule
			}
		default:
			c.directive(d)
		}
	}
	if len(c.errs) > 0 {
		return c.errs
	}
	return nil
}

// insert puts a rule in its place. Other sets may share the rules there are: they
// are not written over.
func (c *Compiler) insert(d *seclang.Directive, r *SecRule) {
	if c.set.Index(r.ID) >= 0 {
		c.fail(d.Pos, d.Name, "id %d is used twice", r.ID)
	}
	if c.at < len(c.set.Rules) {
		c.set.Rules = slices.Clip(c.set.Rules)
	}
	c.set.Rules = slices.Insert(c.set.Rules, c.at, *r)
	c.at++
}

func (c *Compiler) fail(pos seclang.Position, directive, format string, args ...any) {
	c.errs = append(c.errs, &seclang.Error{Pos: pos, Directive: directive, Problem: fmt.Sprintf(format, args...)})
}

// rule compiles one SecRule or SecAction and tells whether another is chained to it.
func (c *Compiler) rule(d *seclang.Directive) (r *SecRule, chained bool) {
	r = &SecRule{Line: d.Pos.Line, Operator: -1, Severity: -1, Phase: 2}
	if d.Rule.Operator != nil {
		r.Operator = c.operator(d.Rule.Operator)
		r.Negated = d.Rule.Operator.Negated
		c.targets(r, d.Rule.Targets)
	}
	actions := d.Rule.Actions
	for i := range actions {
		if actions[i].Name == "phase" {
			if phase, ok := parsePhase(actions[i].Value); ok {
				r.Phase = phase
			} else {
				c.fail(actions[i].Pos, d.Name, "unknown phase %q", actions[i].Value)
			}
		}
	}
	inherited := c.defaults[r.Phase]
	if inherited != nil {
		r.Log, r.Audit, r.Status = inherited.log, inherited.audit, inherited.status
	}
	disruptive, chained := c.actions(d.Name, r, actions)
	if inherited != nil && (disruptive == "" || disruptive == "block") {
		r.Disruptive = inherited.disruptive
	}
	return r, chained
}

func parsePhase(text string) (uint8, bool) {
	switch text {
	case "request":
		return 2, true
	case "response":
		return 4, true
	case "logging":
		return 5, true
	}
	if len(text) == 1 && text[0] >= '1' && text[0] <= '5' {
		return text[0] - '0', true
	}
	return 0, false
}

func (c *Compiler) operator(o *seclang.Operator) int {
	for i := range c.set.Operators {
		if have := &c.set.Operators[i]; have.Name == o.Name && have.Argument == o.Argument {
			return i
		}
	}
	compiled := Operator{Name: o.Name, Argument: o.Argument}
	var err error
	switch {
	case o.Name == "rx":
		compiled.Regex, err = regex.Compile(o.Argument)
	case strings.HasSuffix(o.Name, "FromDataset"):
		var ok bool
		if compiled.Data, ok = c.datasets[o.Argument]; !ok {
			err = fmt.Errorf("no SecDataset %q", o.Argument)
		}
	case strings.HasSuffix(o.Name, "FromFile"):
		if c.data == nil {
			err = errors.New("there is no file system")
		} else {
			compiled.Data, err = c.data(o.Argument)
		}
	}
	if err == nil && o.Name != "rx" {
		_, err = operator.New(o.Name, o.Argument, compiled.Data)
		if err == nil && operator.TakesMacros(o.Name) {
			_, err = ParseMacro(o.Argument)
		}
	}
	if err != nil {
		c.fail(o.Pos, "SecRule", "@%s: %v", o.Name, err)
	}
	c.set.Operators = append(slices.Clip(c.set.Operators), compiled)
	return len(c.set.Operators) - 1
}

// targets adds targets to a rule, or takes names out of those it has. An
// exclusion counts for the targets of its variable that stand before it.
func (c *Compiler) targets(r *SecRule, targets []seclang.Target) {
	r.Targets = slices.Clone(r.Targets)
	for i := range targets {
		t := &targets[i]
		id, ok := LookupVariable(t.Variable)
		if !ok {
			c.fail(t.Pos, "SecRule", "unknown variable %s", t.Variable)
			continue
		}
		selector, expression := c.selector(t.Pos, id, t.Selector, t.Regex)
		if !t.Exclude {
			r.Targets = append(r.Targets, Target{Variable: id, Count: t.Count, Selector: selector, Regex: expression})
			continue
		}
		for j := range r.Targets {
			if have := &r.Targets[j]; have.Variable == id {
				have.Exclusions = append(slices.Clip(have.Exclusions), Exclusion{selector, expression})
			}
		}
	}
}

// selector compiles the name in a target. Names are compared in lower case; an
// expression is lowered too, but for arguments, as Coraza does.
func (c *Compiler) selector(pos seclang.Position, id VariableID, text string, isRegex bool) (string, int) {
	if !isRegex {
		return strings.ToLower(text), -1
	}
	if v := id.Variable(); len(v.Shows) == 0 || v.Shows[0] != ArgsGet && v.Shows[0] != ArgsPost {
		text = strings.ToLower(text)
	}
	program, err := regex.CompileSelector(text)
	if err != nil {
		c.fail(pos, "SecRule", "selector: %v", err)
		return "", -1
	}
	c.set.Selectors = append(slices.Clip(c.set.Selectors), Selector{text, program})
	return "", len(c.set.Selectors) - 1
}

// pipeline returns the place of a list of transformations.
func (c *Compiler) pipeline(ids []transform.ID) int {
	for i, have := range c.set.Pipelines {
		if slices.Equal(have, ids) {
			return i
		}
	}
	c.set.Pipelines = append(slices.Clip(c.set.Pipelines), slices.Clone(ids))
	return len(c.set.Pipelines) - 1
}

// actions applies actions to a rule and returns its own disruptive one.
func (c *Compiler) actions(directive string, r *SecRule, actions []seclang.Action) (disruptive string, chained bool) {
	ids := slices.Clone(c.set.Pipelines[r.Pipeline])
	for i := range actions {
		a := &actions[i]
		if a.Ignored() {
			continue
		}
		var err error
		switch a.Name {
		case "id":
			r.ID, err = strconv.Atoi(a.Value)
		case "phase", "accuracy", "maturity":
		case "chain":
			chained = true
		case "t":
			id, ok := transform.Lookup(a.Value)
			switch {
			case !ok:
				err = fmt.Errorf("unknown transformation %q", a.Value)
			case id == transform.None:
				ids = ids[:0]
			default:
				ids = append(ids, id)
			}
		case "msg":
			r.Message = a.Value
			_, err = ParseMacro(a.Value)
		case "logdata":
			r.LogData = a.Value
			_, err = ParseMacro(a.Value)
		case "rev":
			r.Revision = a.Value
		case "ver":
			r.Version = a.Value
		case "tag":
			r.Tags = append(slices.Clip(r.Tags), a.Value)
		case "severity":
			r.Severity, err = parseSeverity(a.Value)
		case "capture":
			r.Capture = true
		case "multiMatch":
			r.MultiMatch = true
		case "log":
			r.Log, r.Audit = true, true
		case "nolog":
			r.Log, r.Audit = false, false
		case "auditlog":
			r.Audit = true
		case "noauditlog":
			r.Audit = false
		case "status":
			r.Status, err = strconv.Atoi(a.Value)
		case "skip":
			r.Skip, err = strconv.Atoi(a.Value)
		case "skipAfter":
			r.SkipAfter = a.Value
		case "setvar", "setenv", "ctl":
			var e Effect
			var ok bool
			if e, ok, err = c.effect(a); ok {
				r.Effects = append(slices.Clip(r.Effects), e)
			}
		case "block":
			disruptive = a.Name
		case "pass", "deny", "drop", "redirect", "allow":
			disruptive = a.Name
			r.Disruptive, err = parseDisruptive(a)
			r.Redirect = ""
			if r.Disruptive == Redirect {
				r.Redirect = a.Value
			}
		default:
			err = errors.New("unknown action")
		}
		if err != nil {
			c.fail(a.Pos, directive, "%s: %v", a.Name, cause(err))
		}
	}
	r.Pipeline = c.pipeline(ids)
	return disruptive, chained
}

// cause is an error of strconv without the name of its function.
func cause(err error) error {
	var number *strconv.NumError
	if errors.As(err, &number) {
		return fmt.Errorf("want a number, got %q", number.Num)
	}
	return err
}

func parseDisruptive(a *seclang.Action) (Disruptive, error) {
	switch a.Name {
	case "deny":
		return Deny, nil
	case "drop":
		return Drop, nil
	case "redirect":
		return Redirect, nil
	case "allow":
		switch a.Value {
		case "":
			return Allow, nil
		case "phase":
			return AllowPhase, nil
		case "request":
			return AllowRequest, nil
		}
		return Pass, fmt.Errorf(`want "phase" or "request", got %q`, a.Value)
	}
	return Pass, nil
}

var severities = [...]string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}

func parseSeverity(text string) (int, error) {
	if i := slices.Index(severities[:], strings.ToLower(text)); i >= 0 {
		return i, nil
	}
	if len(text) == 1 && text[0] >= '0' && text[0] <= '7' {
		return int(text[0] - '0'), nil
	}
	return -1, fmt.Errorf("unknown severity %q", text)
}
