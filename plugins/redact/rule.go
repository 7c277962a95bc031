package redact

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/format"
	"gatehouse/plugins/redact/transform"
)

// rule is a Rule ready for bodies.
type rule struct {
	name   string
	shadow bool
	// pass says that what is announced as something that cannot be read passes.
	pass bool
	// paths are the patterns of the fields, two for each: the field and what is in it.
	paths *format.Paths
	// set finds data, and found has by kind the place in targets of what becomes of it.
	set   *detect.Set
	found map[detect.Kind]int
	// targets are the fields in their order, as many as fields says, and then what set
	// finds.
	targets []target
	fields  int
}

// target is something that is changed.
type target struct {
	action
	unless *Unless
	// least is how confident a find has to be.
	least uint8
	// counter is the index of its metric.
	counter int
}

// patternsOfField is how many patterns each field has: its own, and that of all in it.
const patternsOfField = 2

// newRule compiles a rule. Errors have the path of the place in the configuration.
func newRule(r *Rule, at string, mode policy.Mode, m *materials, counters *names) (*rule, error) {
	c := &rule{name: r.Name, shadow: mode == policy.Shadow, pass: r.Unread == "pass", fields: len(r.Fields), found: map[detect.Kind]int{}}
	if c.name == "" {
		c.name = at
	}
	var patterns []format.Pattern
	for i := range r.Fields {
		f := &r.Fields[i]
		made, err := f.Action.compile(m)
		if err != nil {
			return nil, config.Errorf(fmt.Sprintf("%s.fields[%d].action", at, i), "%s", fault(err))
		}
		patterns = append(patterns, format.Pattern{Text: f.Path, Fold: true}, format.Pattern{Text: f.Path + ".**", Fold: true})
		c.targets = append(c.targets, target{action: made, unless: f.Unless, counter: counters.add("fields")})
	}
	var err error
	if c.paths, err = format.Compile(patterns); err != nil {
		e := new(format.PatternError)
		if errors.As(err, &e) {
			return nil, config.Errorf(fmt.Sprintf("%s.fields[%d].path", at, e.Index/patternsOfField), "%s", e.Fault)
		}
		return nil, err
	}
	var kinds []detect.Kind
	var custom []detect.Custom
	for i := range r.Detectors {
		d := &r.Detectors[i]
		made, err := d.Action.compile(m)
		if err != nil {
			return nil, config.Errorf(fmt.Sprintf("%s.detectors[%d].action", at, i), "%s", fault(err))
		}
		if d.Type != "" {
			kinds = append(kinds, d.kind())
		} else {
			own := detect.Custom{Kind: d.kind(), Pattern: d.Pattern, Literals: d.Literals}
			if _, err := detect.New(nil, []detect.Custom{own}); err != nil {
				_, why, _ := strings.Cut(err.Error(), ": ")
				return nil, config.Errorf(fmt.Sprintf("%s.detectors[%d]", at, i), "%s", why)
			}
			custom = append(custom, own)
		}
		c.found[d.kind()] = len(c.targets)
		c.targets = append(c.targets, target{action: made, unless: d.Unless, least: uint8(d.Confidence), counter: counters.add("found." + string(d.kind()))})
	}
	if len(kinds)+len(custom) > 0 {
		if c.set, err = detect.New(kinds, custom); err != nil {
			return nil, config.Errorf(at+".detectors", "%s", err)
		}
	}
	return c, nil
}

// fault is an error of package transform without the package's name.
func fault(err error) string {
	return strings.TrimPrefix(err.Error(), "transform: ")
}

// names are the names of counters, each once.
type names struct{ list []string }

func (n *names) add(name string) int {
	at := slices.Index(n.list, name)
	if at < 0 {
		at = len(n.list)
		n.list = append(n.list, name)
	}
	return at
}

// met tells whether an identity may see a value as it is.
func (u *Unless) met(who *identity.Identity) bool {
	if u == nil || who == nil {
		return false
	}
	if slices.Contains(u.Clients, who.ClientID) && who.ClientID != "" {
		return true
	}
	if u.Scope != "" {
		if scopes, ok := who.Scopes(nil); ok && slices.Contains(scopes, u.Scope) {
			return true
		}
	}
	return u.Claim != nil && who.Has(u.Claim, u.OneOf)
}

// keys reads the secrets.
func keys(secrets map[string]Secret, environment func(string) (string, bool)) (map[string]transform.Key, error) {
	read := map[string]transform.Key{}
	for id, s := range secrets {
		text, ok := s.Secret, true
		field := "secret"
		if s.Env != "" {
			field = "env"
			if text, ok = environment(s.Env); !ok {
				return nil, config.Errorf("keys."+id+".env", "no such variable in the environment of the VM")
			}
		}
		key, err := transform.ParseKey(id, text)
		if err != nil {
			return nil, config.Errorf("keys."+id+"."+field, "%s", fault(err))
		}
		read[id] = key
	}
	return read, nil
}
