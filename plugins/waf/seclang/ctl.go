package seclang

import (
	"strconv"
	"strings"
)

// Ctl is what the value of a ctl action says.
type Ctl struct {
	// Option in its documented spelling, for example "ruleRemoveTargetById".
	Option string
	// Value after the "=", without the target.
	Value string
	// IDs that Value names, for ruleRemoveById and ruleRemoveTargetById.
	IDs IDRange
	// Target after the ";", for ruleRemoveTargetById, …ByTag and …ByMsg.
	Target *Target
}

// ctlOptions are those of Coraza 3.8 but for signed links.
var ctlOptions = [...]string{
	"auditEngine", "auditLogParts", "debugLogLevel", "forceRequestBodyVariable", "forceResponseBodyVariable",
	"requestBodyAccess", "requestBodyLimit", "requestBodyProcessor", "responseBodyAccess", "responseBodyLimit",
	"responseBodyProcessor", "ruleEngine", "ruleRemoveById", "ruleRemoveByMsg", "ruleRemoveByTag",
	"ruleRemoveTargetById", "ruleRemoveTargetByMsg", "ruleRemoveTargetByTag",
}

func ctlNames(yield func(string) bool) {
	for _, name := range ctlOptions {
		if !yield(name) {
			return
		}
	}
}

// ParseCtl reads the value of a ctl action, for example
// "ruleRemoveTargetById=942100;ARGS:password". pos is where it stands. The error
// is of type [Errors].
func ParseCtl(pos Position, value string) (Ctl, error) {
	var f faults
	ctl := parseCtl(&f, passageAt(pos, value))
	return ctl, f.err()
}

func parseCtl(f *faults, p passage) Ctl {
	var ctl Ctl
	name, _, ok := strings.Cut(p.s, "=")
	if !ok {
		f.add(p.pos(), "ctl: want option=value, got "+quote(p.s))
		return ctl
	}
	for _, known := range ctlOptions {
		if sameName(known, name) {
			ctl.Option = known
		}
	}
	if ctl.Option == "" {
		if sameName(name, "hashEngine") || sameName(name, "hashEnforcement") {
			f.add(p.pos(), "ctl: "+name+" is refused: neither Coraza nor the gateway signs links")
		} else {
			f.add(p.pos(), "ctl: "+unknown("option", name, ctlNames))
		}
		return ctl
	}
	value := p.after(len(name) + 1)
	if strings.HasPrefix(ctl.Option, "ruleRemoveTarget") {
		part, _, ok := strings.Cut(value.s, ";")
		if !ok {
			f.add(value.posAt(len(value.s)), "ctl: "+ctl.Option+` needs ";" and a target`)
			return ctl
		}
		at := value.after(len(part) + 1).trim()
		value = value.cut(0, len(part))
		target, length, ok := parseTarget(f, at)
		switch {
		case !ok:
			return ctl
		case length < len(at.s):
			f.add(at.posAt(length), "ctl: "+ctl.Option+" takes one target")
			return ctl
		case target.Exclude || target.Count:
			f.add(at.pos(), "ctl: "+ctl.Option+` takes a target without "!" and "&"`)
			return ctl
		}
		ctl.Target = &target
	}
	ctl.Value = value.s
	if want := ctl.check(); want != "" {
		f.add(value.pos(), "ctl: "+ctl.Option+": want "+want+", got "+quote(value.s))
	}
	return ctl
}

// check returns what the value should have been, empty if it is right.
func (c *Ctl) check() string {
	switch c.Option {
	case "auditEngine":
		return oneOf(c.Value, "On", "Off", "RelevantOnly")
	case "ruleEngine":
		return oneOf(c.Value, "On", "Off", "DetectionOnly")
	case "forceRequestBodyVariable", "forceResponseBodyVariable", "requestBodyAccess", "responseBodyAccess":
		return oneOf(c.Value, "On", "Off")
	case "debugLogLevel":
		if n, err := strconv.Atoi(c.Value); err != nil || n < 0 || n > 9 {
			return "0 to 9"
		}
	case "requestBodyLimit", "responseBodyLimit":
		if n, err := strconv.ParseInt(c.Value, 10, 64); err != nil || n <= 0 || n > maxBody {
			return "a number of bytes from 1 to 1073741824"
		}
	case "ruleRemoveById", "ruleRemoveTargetById":
		ids, ok := parseIDRange(c.Value)
		if !ok {
			return "an id or a range such as 1000-1999"
		}
		c.IDs = ids
	case "auditLogParts":
		parts := strings.TrimLeft(c.Value, "+-")
		if parts == "" || len(c.Value)-len(parts) > 1 || strings.Trim(parts, auditParts) != "" {
			return "letters of audit log parts"
		}
	default:
		if c.Value == "" {
			return "a value"
		}
	}
	return ""
}

// auditParts are the letters of the parts of an audit log.
const auditParts = "ABCDEFGHIJKZ"

// maxBody is the largest body limit in bytes that Coraza accepts.
const maxBody = 1 << 30

// oneOf returns a description of words unless s is one of them in any case.
func oneOf(s string, words ...string) string {
	for _, word := range words {
		if sameName(s, word) {
			return ""
		}
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
