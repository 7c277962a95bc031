package redact

import (
	"slices"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/format"
)

// Inspector rewrites bodies by one configuration.
type Inspector struct {
	config              Config
	responses, requests side
	reader              *identity.Reader
	counters            names
	compressor          *format.Compressor
	host                policy.Host
	sights              sights
	scratch             scratch
}

// side are the rules of one direction.
type side struct {
	table *match.Table // nil without rules
	rules []*rule
}

// New makes an inspector from the JSON of a [Config]. Errors are those of package
// config: they name the place and never a value of the document.
func New(document []byte) (*Inspector, error) {
	i := &Inspector{compressor: format.NewCompressor()}
	if err := config.Decode(document, &i.config); err != nil {
		return nil, err
	}
	i.reader = identity.New(&i.config.Identity)
	return i, nil
}

// UseEnvironment implements policy.Configured: it reads the keys, and makes the rules
// that need them.
func (i *Inspector) UseEnvironment(lookup func(name string) (string, bool)) error {
	read, err := keys(i.config.Keys, lookup)
	if err != nil {
		return err
	}
	m := newMaterials(read, func() uint64 { return i.host.Random() })
	profiles := map[string]*profileRules{}
	responses := i.config.Responses
	if len(i.config.Profile) > 0 {
		// Rules decide in their order, so that this one is for what is left.
		responses = append(slices.Clone(responses), Rule{Name: "profile", Unread: "block"})
	}
	if i.responses, err = i.side(responses, "responses", i.config.Profile, profiles, m); err != nil {
		return err
	}
	i.requests, err = i.side(i.config.Requests, "requests", nil, profiles, m)
	return err
}

// side compiles the rules of one direction. Those that name no profiles have these.
func (i *Inspector) side(rules []Rule, list string, names Profiles, profiles map[string]*profileRules, m *materials) (side, error) {
	var s side
	matches := make([]match.Match, len(rules))
	for n := range rules {
		matches[n] = rules[n].Match
		own := names
		if rules[n].Profile != nil {
			own = *rules[n].Profile
		}
		read, err := readProfiles(profiles, own)
		if err != nil {
			return s, err
		}
		compiled, err := newRule(&rules[n], rules[n].label(list, n), read, i, m)
		if err != nil {
			return s, err
		}
		s.rules = append(s.rules, compiled)
	}
	if len(rules) == 0 {
		return s, nil
	}
	var err error
	s.table, err = match.New(i.config.Paths, matches)
	return s, err
}

// UseHost implements policy.Hosted: ciphertexts need its randomness.
func (i *Inspector) UseHost(host policy.Host) { i.host = host }

// Reasons implements policy.Inspector.
func (i *Inspector) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return allowReasons
	}
	return denyReasons
}

// Events returns what the configuration says of events.
func (i *Inspector) Events() *event.Config { return &i.config.Events }

// Counters implements policy.Counters: "fields", and "found." and a kind of data, each
// counting the streams in which it was changed, or would have been.
func (i *Inspector) Counters() []string { return i.counters.list }

// Inspect implements policy.Inspector.
func (i *Inspector) Inspect() policy.Inspection { return &inspection{inspector: i} }

// HoldsHeaders implements policy.HeaderHolder.
func (i *Inspector) HoldsHeaders() bool { return i.config.HoldHeaders }
