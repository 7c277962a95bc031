package ruleset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatehouse/plugins/waf/seclang"
)

// directive applies a directive that is no rule.
func (c *Compiler) directive(d *seclang.Directive) {
	s := &c.set.Settings
	args := make([]string, len(d.Args))
	for i := range d.Args {
		args[i] = d.Args[i].Text
	}
	one := strings.Join(args, " ")
	var ok = true
	var err error
	switch d.Name {
	case "SecMarker":
		c.insert(d, &SecRule{Marker: one, Line: d.Pos.Line, Operator: -1, Severity: -1})
	case "SecDefaultAction":
		err = c.defaultAction(d)
	case "SecRuleEngine":
		s.Mode, ok = ParseMode(one)
	case "SecRequestBodyAccess":
		s.RequestBodyAccess, ok = ParseSwitch(one)
	case "SecResponseBodyAccess":
		s.ResponseBodyAccess, ok = ParseSwitch(one)
	case "SecRequestBodyLimit":
		s.RequestBodyLimit, err = parseSize(one)
	case "SecResponseBodyLimit":
		s.ResponseBodyLimit, err = parseSize(one)
	case "SecRequestBodyLimitAction":
		s.RequestLimitAction, ok = parseLimitAction(one)
	case "SecResponseBodyLimitAction":
		s.ResponseLimitAction, ok = parseLimitAction(one)
	case "SecRequestBodyJsonDepthLimit":
		s.RequestJSONDepth, err = strconv.Atoi(one)
	case "SecResponseBodyJsonDepthLimit":
		s.ResponseJSONDepth, err = strconv.Atoi(one)
	case "SecArgumentsLimit":
		s.ArgumentsLimit, err = strconv.Atoi(one)
	case "SecResponseBodyMimeType":
		s.ResponseContentTypes = append(slices.Clip(s.ResponseContentTypes), strings.Fields(one)...)
	case "SecResponseBodyMimeTypesClear":
		s.ResponseContentTypes = nil
	case "SecDataset":
		if len(args) != 2 {
			err = fmt.Errorf("want a name and a list")
			break
		}
		if c.datasets == nil {
			c.datasets = make(map[string]string)
		}
		c.datasets[args[0]] = args[1]
	case "SecRuleRemoveById", "SecRuleRemoveByTag", "SecRuleRemoveByMsg":
		err = c.remove(d)
	case "SecRuleUpdateTargetById", "SecRuleUpdateTargetByTag", "SecRuleUpdateTargetByMsg", "SecRuleUpdateActionById":
		err = c.update(d)
	default:
		if !d.Ignored {
			err = fmt.Errorf("not supported")
		}
	}
	if !ok {
		err = fmt.Errorf("unknown value %q", one)
	}
	if err != nil {
		c.fail(d.Pos, d.Name, "%v", cause(err))
	}
}

func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && n <= 0 {
		err = fmt.Errorf("want more than 0 bytes, got %d", n)
	}
	return n, err
}

func parseLimitAction(text string) (LimitAction, bool) {
	switch strings.ToLower(text) {
	case "reject":
		return Reject, true
	case "processpartial":
		return ProcessPartial, true
	}
	return Reject, false
}

func (c *Compiler) defaultAction(d *seclang.Directive) error {
	if len(d.Args) != 1 {
		return fmt.Errorf("want one list of actions")
	}
	actions, err := seclang.ParseActions(d.Args[0].Pos, d.Args[0].Text)
	if err != nil {
		return err
	}
	r := SecRule{Severity: -1}
	phase := uint8(0)
	for i := range actions {
		switch actions[i].Name {
		case "phase":
			phase, _ = parsePhase(actions[i].Value)
		case "t":
			return fmt.Errorf("want no transformations")
		}
	}
	if phase == 0 {
		return fmt.Errorf("want a phase")
	}
	disruptive, _ := c.actions(d.Name, &r, actions)
	if disruptive == "" {
		return fmt.Errorf("want a disruptive action")
	}
	c.defaults[phase] = &defaults{disruptive: r.Disruptive, status: r.Status, log: r.Log, audit: r.Audit}
	return nil
}

// selection is which rules a directive means.
type selection struct {
	ids   []seclang.IDRange
	names []string // tags or messages
	byTag bool
}

func (s *selection) means(r *SecRule) bool {
	switch {
	case r.ID == 0:
		return false
	case s.ids != nil:
		return slices.ContainsFunc(s.ids, func(ids seclang.IDRange) bool { return ids.First <= r.ID && r.ID <= ids.Last })
	case s.byTag:
		return slices.ContainsFunc(s.names, func(tag string) bool { return slices.Contains(r.Tags, tag) })
	}
	return slices.Contains(s.names, r.Message)
}

// selected reads the arguments that say which rules are meant.
func selected(directive string, args []seclang.Argument) (selection, error) {
	s := selection{byTag: strings.HasSuffix(directive, "ByTag")}
	for i := range args {
		if !strings.HasSuffix(directive, "ById") {
			s.names = append(s.names, args[i].Text)
			continue
		}
		ids, err := seclang.ParseIDs(args[i].Pos, args[i].Text)
		if err != nil {
			return s, err
		}
		s.ids = append(s.ids, ids...)
	}
	if len(args) == 0 {
		return s, fmt.Errorf("want at least one argument")
	}
	return s, nil
}

func (c *Compiler) remove(d *seclang.Directive) error {
	which, err := selected(d.Name, d.Args)
	if err != nil {
		return err
	}
	kept := make([]SecRule, 0, len(c.set.Rules))
	at := c.at
	for i := range c.set.Rules {
		if !which.means(&c.set.Rules[i]) {
			kept = append(kept, c.set.Rules[i])
		} else if i < at {
			c.at--
		}
	}
	c.set.Rules = kept
	return nil
}

// update changes targets or actions of rules that stand already.
func (c *Compiler) update(d *seclang.Directive) error {
	if len(d.Args) < 2 {
		return fmt.Errorf("want which rules, and a list")
	}
	list := d.Args[len(d.Args)-1]
	which, err := selected(d.Name, d.Args[:len(d.Args)-1])
	if err != nil {
		return err
	}
	var targets []seclang.Target
	var actions []seclang.Action
	if d.Name == "SecRuleUpdateActionById" {
		actions, err = seclang.ParseActions(list.Pos, list.Text)
		for i := range actions {
			if name := actions[i].Name; name == "id" || name == "phase" || name == "chain" {
				return fmt.Errorf("%s cannot be changed", name)
			}
		}
	} else {
		targets, err = seclang.ParseTargets(list.Pos, list.Text)
	}
	if err != nil {
		return err
	}
	found := false
	for i := range c.set.Rules {
		r := &c.set.Rules[i]
		if !which.means(r) {
			continue
		}
		found = true
		if actions != nil {
			c.actions(d.Name, r, actions)
		} else {
			for j := range r.Targets {
				r.Targets[j].Exclusions = slices.Clip(r.Targets[j].Exclusions)
			}
			c.targets(r, targets)
		}
	}
	if !found && strings.HasSuffix(d.Name, "ById") {
		return fmt.Errorf("no rule has an id of these")
	}
	return nil
}
