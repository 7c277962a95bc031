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
	"gatehouse/plugins/redact/profile"
	"gatehouse/plugins/redact/transform"
)

// rule is a Rule ready for streams.
type rule struct {
	name   string
	shadow bool
	// asks says that it matters who asks.
	asks bool
	// unread says that what is announced as something that cannot be read passes, and
	// unreadTypes which media types do in any case.
	unread      bool
	unreadTypes []MediaRange
	// targets are what is changed. Those that header fields, the patterns of paths and
	// the kinds of set stand for are in headers, patterns and found.
	targets  []target
	headers  []headerName
	paths    *format.Paths
	patterns []int
	deltas   *format.Paths
	// sealers are the transforms whose results can be told for what they are.
	sealers []transform.Transform
	set     *detect.Set
	found   map[detect.Kind]int
	// closed has for each target that it is not open, and pass is what passes returns for
	// that.
	closed []bool
	pass   func(detect.Kind, uint8) bool
}

// headerName is the name of header fields in lower case.
type headerName struct {
	name   string
	prefix bool // the names begin with it
	target int
}

// target is something that is changed.
type target struct {
	action
	unless *Unless
	// kind, word and clauses are for sightings.
	kind, word string
	clauses    []string
	// least is how confident a find has to be.
	least uint8
	// secret says that it is a credential and no personal data.
	secret bool
	// counter is the index of its metric.
	counter int
}

// fieldKind is the kind of data that is known by its place only.
const fieldKind = "field"

// newRule compiles a rule. Errors have the path of the place in the configuration.
func newRule(r *Rule, at string, profiles []profileRules, i *Inspector, m *materials) (*rule, error) {
	c := &compiler{rule: rule{name: r.Name, shadow: i.config.Mode.Policy() == policy.Shadow, unread: r.Unread == "pass", unreadTypes: r.UnreadTypes, found: map[detect.Kind]int{}},
		materials: m, counters: &i.counters}
	if c.name == "" {
		c.name = at
	}
	if err := c.add(at, r.Headers, r.Fields, r.Detectors); err != nil {
		return nil, err
	}
	for _, p := range profiles {
		// What the rule says itself goes before what a profile says of the same kind.
		if err := c.add("profile."+p.name, p.Headers, p.Fields, p.Detectors); err != nil {
			return nil, err
		}
	}
	var err error
	if c.deltas, err = m.paths(append(slices.Clone(format.StreamedTexts), patterns(r.Deltas)...), nil, func(i int) string {
		return fmt.Sprintf("%s.deltas[%d]", at, i-len(format.StreamedTexts))
	}); err != nil {
		return nil, err
	}
	if err := c.finish(at); err != nil {
		return nil, err
	}
	made := c.rule // what else the compiler has is forgotten
	made.closed = make([]bool, len(made.targets))
	made.pass = made.passes(made.closed)
	return &made, nil
}

// patterns are those of paths in a configuration.
func patterns(paths []string) []format.Pattern {
	list := make([]format.Pattern, len(paths))
	for i, path := range paths {
		list[i] = format.Pattern{Text: path, Fold: true}
	}
	return list
}

// compiled are sets and paths that rules share: those of a profile are the same for all,
// and take half a megabyte.
type compiled struct {
	sets  map[string]*detect.Set
	lists map[string]*format.Paths
}

// set compiles detectors, nil if there are none.
func (c *compiled) set(kinds []detect.Kind, custom []detect.Custom) (*detect.Set, error) {
	if len(kinds)+len(custom) == 0 {
		return nil, nil
	}
	key := fmt.Sprintf("%#v %#v", kinds, custom)
	set, ok := c.sets[key]
	if !ok {
		var err error
		if set, err = detect.New(kinds, custom); err != nil {
			return nil, err
		}
		c.sets[key] = set
	}
	return set, nil
}

// paths compiles patterns, whose visitors find what the set does. Errors have the place in
// the configuration of the pattern that is wrong.
func (c *compiled) paths(list []format.Pattern, set *detect.Set, place func(i int) string) (*format.Paths, error) {
	key := fmt.Sprintf("%p %#v", set, list)
	paths, ok := c.lists[key]
	if !ok {
		var err error
		paths, err = format.Compile(list)
		if e := new(format.PatternError); errors.As(err, &e) {
			return nil, config.Errorf(place(e.Index), "%s", e.Fault)
		}
		if err != nil {
			return nil, err
		}
		c.lists[key] = paths
	}
	return paths, nil
}

// compiler makes a rule.
type compiler struct {
	rule
	materials *materials
	counters  *names
	texts     []format.Pattern
	// places are where in the configuration the texts stand.
	places []string
	kinds  []detect.Kind
	custom []detect.Custom
}

// add takes entries of the rule or of a profile over.
func (c *compiler) add(at string, headers []Header, fields []Field, detectors []Detector) error {
	for i := range headers {
		h := &headers[i]
		n := headerName{name: strings.ToLower(h.Name), target: len(c.targets)}
		n.name, n.prefix = strings.CutSuffix(n.name, "*")
		c.headers = append(c.headers, n)
		if err := c.target(fmt.Sprintf("%s.headers[%d]", at, i), &h.Action, h.Unless, h.Clause, target{kind: fieldKind, counter: c.counters.add("fields")}); err != nil {
			return err
		}
	}
	for i := range fields {
		f := &fields[i]
		place := fmt.Sprintf("%s.fields[%d]", at, i)
		c.texts = append(c.texts, patterns(f.Path)...)
		for range f.Path {
			c.places = append(c.places, place+".path")
			c.patterns = append(c.patterns, len(c.targets))
		}
		if err := c.target(place, &f.Action, f.Unless, f.Clause, target{kind: fieldKind, counter: c.counters.add("fields")}); err != nil {
			return err
		}
	}
	for i := range detectors {
		d := &detectors[i]
		kind := d.kind()
		if known, ok := c.found[kind]; ok {
			if d.Clause != "" {
				c.targets[known].clauses = append(c.targets[known].clauses, d.Clause)
			}
			continue
		}
		place := fmt.Sprintf("%s.detectors[%d]", at, i)
		t := target{kind: string(kind), least: uint8(d.Confidence), counter: c.counters.add("found." + string(kind))}
		if d.Type != "" {
			c.kinds = append(c.kinds, kind)
			t.secret = c.materials.secrets[kind]
		} else {
			own := detect.Custom{Kind: kind, Pattern: d.Pattern, Literals: d.Literals}
			if _, err := c.materials.set(nil, []detect.Custom{own}); err != nil {
				_, why, _ := strings.Cut(err.Error(), ": ")
				return config.Errorf(place, "%s", why)
			}
			c.custom = append(c.custom, own)
		}
		c.found[kind] = len(c.targets)
		if err := c.target(place, &d.Action, d.Unless, d.Clause, t); err != nil {
			return err
		}
	}
	return nil
}

// target adds a target of an entry.
func (c *compiler) target(at string, a *Action, unless *Unless, clause string, t target) error {
	made, err := a.compile(c.materials)
	if err != nil {
		return config.Errorf(at+".action", "%s", fault(err))
	}
	t.action, t.unless, t.word = made, unless, a.word()
	if clause != "" {
		t.clauses = []string{clause}
	}
	c.targets = append(c.targets, t)
	c.asks = c.asks || unless != nil || a.DateShift != nil
	if a.Pseudonym != nil || a.Token != nil || a.Encrypt != nil {
		c.sealers = append(c.sealers, made.transform)
	}
	return nil
}

// finish compiles what all entries share.
func (c *compiler) finish(at string) (err error) {
	if c.set, err = c.materials.set(c.kinds, c.custom); err != nil {
		return config.Errorf(at+".detectors", "%s", err)
	}
	if c.paths, err = c.materials.paths(c.texts, c.set, func(i int) string { return c.places[i] }); err != nil {
		return err
	}
	c.paths.Spare(c.spared())
	return nil
}

// secretKinds are the kinds that are credentials.
func secretKinds() map[detect.Kind]bool {
	secrets := map[detect.Kind]bool{}
	for _, info := range detect.Kinds() {
		secrets[info.Kind] = info.Group == "secret"
	}
	return secrets
}

// profileRules are the entries of a profile.
type profileRules struct {
	name string
	// Title says what the profile is, in a few words. Required.
	Title string `json:"title" config:"required"`
	// Source is the standard or law, and its edition. Required.
	Source string `json:"source" config:"required"`
	// Headers, Fields and Detectors are those of a Rule. Optional.
	Headers   []Header   `json:"headers"`
	Fields    []Field    `json:"fields"`
	Detectors []Detector `json:"detectors"`
}

// readProfiles reads the profiles of these names, each once.
func readProfiles(read map[string]*profileRules, names Profiles) ([]profileRules, error) {
	var list []profileRules
	for _, name := range names {
		if read[name] == nil {
			p := &profileRules{name: name}
			if err := config.Decode(profile.Document(name), p); err != nil {
				return nil, fmt.Errorf("profile %s: %w", name, err)
			}
			read[name] = p
		}
		list = append(list, *read[name])
	}
	return list, nil
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
