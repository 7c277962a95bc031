package ruleset

import (
	"fmt"
	"strconv"
	"strings"

	"gatehouse/plugins/waf/seclang"
)

// effect compiles setvar, setenv and ctl. ok is false for a ctl about logs that
// a plugin does not write.
func (c *Compiler) effect(a *seclang.Action) (e Effect, ok bool, err error) {
	switch a.Name {
	case "setvar":
		e, err = parseSetVar(a)
	case "setenv":
		e, err = parseSetEnv(a.Value)
	default:
		return c.ctl(a)
	}
	return e, err == nil, err
}

func parseSetVar(a *seclang.Action) (Effect, error) {
	set, err := seclang.ParseSetvar(a.ValuePos, a.Value)
	if err != nil {
		return Effect{}, err
	}
	e := Effect{Kind: SetVar, Remove: set.Remove}
	if e.Key, err = ParseMacro(set.Key); err != nil {
		return e, err
	}
	e.Value, err = ParseMacro(set.Value)
	return e, err
}

func parseSetEnv(text string) (Effect, error) {
	e := Effect{Kind: SetEnv}
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return e, fmt.Errorf("want NAME=VALUE, got %q", text)
	}
	var err error
	if e.Key, err = ParseMacro(key); err != nil {
		return e, err
	}
	e.Value, err = ParseMacro(value)
	return e, err
}

// ctlKinds are the options of ctl that change a transaction. The others are
// about logs.
var ctlKinds = [...]struct {
	option string
	kind   EffectKind
}{
	{"forceRequestBodyVariable", CtlForceRequestBodyVariable},
	{"forceResponseBodyVariable", CtlForceResponseBodyVariable},
	{"requestBodyAccess", CtlRequestBodyAccess},
	{"requestBodyLimit", CtlRequestBodyLimit},
	{"requestBodyProcessor", CtlRequestBodyProcessor},
	{"responseBodyAccess", CtlResponseBodyAccess},
	{"responseBodyLimit", CtlResponseBodyLimit},
	{"responseBodyProcessor", CtlResponseBodyProcessor},
	{"ruleEngine", CtlRuleEngine},
	{"ruleRemoveById", CtlRuleRemoveByID},
	{"ruleRemoveByMsg", CtlRuleRemoveByMsg},
	{"ruleRemoveByTag", CtlRuleRemoveByTag},
	{"ruleRemoveTargetById", CtlRuleRemoveTargetByID},
	{"ruleRemoveTargetByMsg", CtlRuleRemoveTargetByMsg},
	{"ruleRemoveTargetByTag", CtlRuleRemoveTargetByTag},
}

func (c *Compiler) ctl(a *seclang.Action) (e Effect, ok bool, err error) {
	ctl, err := seclang.ParseCtl(a.ValuePos, a.Value)
	if err != nil {
		return Effect{}, false, err
	}
	for _, known := range ctlKinds {
		if known.option != ctl.Option {
			continue
		}
		e = Effect{Kind: known.kind, Text: ctl.Value, First: ctl.IDs.First, Last: ctl.IDs.Last, Exclusion: Exclusion{Regex: -1}}
		switch e.Kind {
		case CtlRequestBodyProcessor, CtlResponseBodyProcessor:
			e.Text = strings.ToUpper(e.Text)
		case CtlRequestBodyLimit, CtlResponseBodyLimit:
			e.First, err = strconv.Atoi(e.Text)
		}
		if t := ctl.Target; t != nil {
			id, found := LookupVariable(t.Variable)
			if !found {
				return e, false, fmt.Errorf("unknown variable %s", t.Variable)
			}
			e.Variable = id
			e.Exclusion.Selector, e.Exclusion.Regex = c.selector(t.Pos, id, t.Selector, t.Regex)
		}
		return e, err == nil, err
	}
	return Effect{}, false, nil
}

// ParseSwitch reads "On" and "Off".
func ParseSwitch(text string) (on, ok bool) {
	switch strings.ToLower(text) {
	case "on":
		return true, true
	case "off":
		return false, true
	}
	return false, false
}

// ParseMode reads a value of SecRuleEngine.
func ParseMode(text string) (Mode, bool) {
	switch strings.ToLower(text) {
	case "on":
		return On, true
	case "off":
		return Off, true
	case "detectiononly":
		return DetectionOnly, true
	}
	return Off, false
}
