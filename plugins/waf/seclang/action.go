package seclang

import (
	"slices"
	"strconv"
	"strings"
)

// actions are those of Coraza 3.8 that a gateway can carry out: first those that
// decide about the request, then those that describe the rule.
var actions = [...]string{
	"allow", "block", "deny", "drop", "pass", "redirect",
	"accuracy", "id", "maturity", "msg", "phase", "rev", "severity", "tag", "ver",
	"auditlog", "capture", "chain", "ctl", "initcol", "log", "logdata", "multiMatch", "noauditlog", "nolog", "setenv",
	"setvar", "skip", "skipAfter", "status", "t",
}

const (
	disruptiveActions = 6
	metadataActions   = 9
)

// Ignored tells whether an action has no effect in a gateway: initcol, which the
// OWASP CRS has and Coraza does not carry out either. What would read such a
// collection is refused.
func (a Action) Ignored() bool { return a.Name == "initcol" }

// Disruptive tells whether an action decides about the request: allow, block,
// deny, drop, pass or redirect.
func (a Action) Disruptive() bool {
	return slices.Contains(actions[:disruptiveActions], a.Name)
}

// Metadata tells whether an action describes its rule, so that it cannot be a
// default: accuracy, id, maturity, msg, phase, rev, severity, tag or ver.
func (a Action) Metadata() bool {
	return slices.Contains(actions[disruptiveActions:disruptiveActions+metadataActions], a.Name)
}

func actionNames(yield func(string) bool) {
	for _, name := range actions {
		if !yield(name) {
			return
		}
	}
}

// actionNamed finds an action by its name in any case.
func actionNamed(name string) (canonical, problem string) {
	for _, known := range actions {
		if sameName(known, name) {
			return known, ""
		}
	}
	switch strings.ToLower(name) {
	case "":
		return "", "want the name of an action"
	case "exec":
		return "", "action exec is refused: " + noProcesses
	case "expirevar", "deprecatevar", "setuid", "setsid", "setrsc":
		return "", "action " + name + " is refused: " + noStore
	case "proxy":
		return "", "action proxy is refused: " + noNetwork
	case "append", "prepend", "pause", "sanitisearg", "sanitisematched", "sanitisematchedbytes", "sanitiserequestheader",
		"sanitiseresponseheader", "xmlns":
		return "", "action " + name + " " + notInCoraza
	}
	return "", unknown("action", name, actionNames)
}

// ParseActions reads a list of actions as SecAction, SecRule, SecDefaultAction
// and SecRuleUpdateActionById have it, for example "id:1,phase:1,msg:'a, b'". pos
// is where the text stands. What a rule as a whole must have is not asked for. The
// error is of type [Errors].
func ParseActions(pos Position, text string) ([]Action, error) {
	var f faults
	list := parseActions(&f, passageAt(pos, text))
	if err := f.err(); err != nil {
		return nil, err
	}
	return list, nil
}

// parseActions reads what it can of a list of actions.
func parseActions(f *faults, p passage) []Action {
	list := make([]Action, 0, 1+strings.Count(p.s, ","))
	start, colon, quoted := 0, -1, -1
	for i := 0; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case i > 0 && p.s[i-1] == '\\':
		case c == '\'' && quoted >= 0:
			quoted = -1
		case c == '\'':
			quoted = i
		case quoted >= 0:
		case c == '"':
			f.add(p.posAt(i), `a double quote in a list of actions must be inside single quotes or have a backslash before it`)
			return nil
		case c == ':' && colon < 0:
			colon = i
		case c == ',':
			list = parseAction(f, list, p.cut(start, i), colon-start)
			start, colon = i+1, -1
		}
	}
	if quoted >= 0 {
		f.add(p.posAt(quoted), "no quote ends this value")
		return nil
	}
	return parseAction(f, list, p.after(start), colon-start)
}

// parseAction reads one action with its colon, if there is one, at colon.
func parseAction(f *faults, list []Action, p passage, colon int) []Action {
	name, value := p, p.after(len(p.s))
	valued := colon >= 0
	if valued {
		name, value = p.cut(0, colon), p.after(colon+1).trim()
	}
	name = name.trim()
	known, problem := actionNamed(name.s)
	if problem != "" {
		f.add(name.pos(), problem)
		return list
	}
	if value.has('\'') {
		if len(value.s) < 2 || !value.ends('\'') {
			f.add(value.pos(), known+": text follows the quote that ends this value")
			return list
		}
		value = value.cut(1, len(value.s)-1)
	}
	action := Action{Pos: name.pos(), Name: known, Value: value.s, ValuePos: value.pos(), Valued: valued}
	before := len(f.list)
	checkAction(f, known, value)
	if len(f.list) > before {
		return list
	}
	return append(list, action)
}

// checkAction reports a value that the action cannot have.
func checkAction(f *faults, name string, value passage) {
	fail := func(problem string) { f.add(value.pos(), name+": "+problem) }
	number := func(least, most int64, want string) {
		if n, err := strconv.ParseInt(value.s, 10, 64); err != nil || n < least || n > most {
			fail("want " + want + ", got " + quote(value.s))
		}
	}
	switch name {
	case "block", "deny", "drop", "pass", "auditlog", "capture", "chain", "log", "multiMatch", "noauditlog", "nolog":
		if value.s != "" {
			fail("takes no value")
		}
		return
	case "allow":
		if value.s != "" && value.s != "phase" && value.s != "request" {
			fail(`want no value, "phase" or "request", got ` + quote(value.s))
		}
		return
	}
	if value.s == "" {
		fail("needs a value")
		return
	}
	switch name {
	case "id":
		number(1, 1<<31-1, "a number from 1 to 2147483647")
	case "phase":
		if value.s != "request" && value.s != "response" && value.s != "logging" {
			number(1, 5, `1 to 5, "request", "response" or "logging"`)
		}
	case "severity":
		if !severity(value.s) {
			fail("want 0 to 7, or emergency, alert, critical, error, warning, notice, info or debug, got " + quote(value.s))
		}
	case "accuracy", "maturity":
		number(1, 9, "a number from 1 to 9")
	case "status":
		number(100, 599, "a status from 100 to 599")
	case "skip":
		number(1, 1<<31-1, "a number of rules from 1")
	case "msg", "logdata":
		checkMacros(f, value)
	case "setvar":
		parseSetvar(f, value)
	case "initcol":
		if !strings.Contains(value.s, "=") {
			fail("want collection=key, got " + quote(value.s))
		}
	case "setenv":
		key, _, ok := strings.Cut(value.s, "=")
		if !ok || key == "" || len(key)+1 == len(value.s) {
			fail("want name=value, got " + quote(value.s))
			return
		}
		checkMacros(f, value.after(len(key)+1))
	case "ctl":
		parseCtl(f, value)
	}
}

func severity(s string) bool {
	if len(s) == 1 {
		return '0' <= s[0] && s[0] <= '7'
	}
	switch strings.ToLower(s) {
	case "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug":
		return true
	}
	return false
}
