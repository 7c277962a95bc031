package waf

import (
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/match"
)

// Config is the configuration of waf.
type Config struct {
	// Mode of all routes that have none of their own. "enforce" answers what is
	// denied, "shadow" lets it through and records what would have happened: it is
	// SecLang's DetectionOnly. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// The OWASP Core Rule Set. Without it only rules and rules_before are
	// evaluated. Optional: one of crs, rules and rules_before is needed.
	CRS *CRS `json:"crs"`
	// SecLang that stands before the Core Rule Set: what sets its variables, and
	// rules whose ctl takes targets or rules away from a request. Each entry is a
	// text of any number of directives. Default: none. Optional.
	RulesBefore []string `json:"rules_before" config:"maxitems=1024,minlen=1"`
	// SecLang that stands after the Core Rule Set: more rules, and directives such
	// as SecRuleRemoveById and SecRuleUpdateTargetById that change those before
	// them. Default: none. Optional.
	Rules []string `json:"rules" config:"maxitems=1024,minlen=1"`
	// Routes in the order in which they are tried: the first that matches a
	// request applies. Default: none. Optional.
	Routes []Route `json:"routes" config:"maxitems=4096"`
	// How paths of requests are read to find their route. Rules see paths as they
	// came. A path that can be read in two ways is for no route. Default: see
	// there. Optional.
	Paths match.Paths `json:"paths"`
	// Whether headers wait for a body that is looked at, so that nothing at all of
	// a denied message is passed on. It needs allow_on_headers_stop_iteration in
	// Envoy's plugin configuration: without it such requests hang. Otherwise the
	// headers of a request are passed on before its body is looked at, and the body
	// only if it is good. Default false. Optional.
	HoldHeaders bool `json:"hold_headers"`
	// Whether the header Accept-Encoding is taken from requests, so that upstreams
	// answer without compression: rules cannot look into a compressed body. It has
	// no effect where SecResponseBodyAccess is Off. Default true. Optional.
	PlainResponses bool `json:"plain_responses" config:"default=true"`
	// Which decisions are written as security events. Metrics count all decisions.
	// Default: denials. Optional.
	Events event.Config `json:"events"`
}

// CRS is what is commonly set of the Core Rule Set. The rest of its variables
// are set by name, as in its file crs-setup.conf.
type CRS struct {
	// Paranoia level of the rules that count towards blocking, from 1, with few
	// false positives, to 4. Default 1. Optional.
	ParanoiaLevel int `json:"paranoia_level" config:"default=1,minimum=1,maximum=4"`
	// Paranoia level of the rules that are evaluated and reported. Those above
	// paranoia_level do not count towards blocking. Default: paranoia_level.
	// Optional.
	DetectionParanoiaLevel *int `json:"detection_paranoia_level" config:"minimum=1,maximum=4"`
	// Anomaly score at which a request is denied. A critical rule counts 5, an
	// error 4, a warning 3, a notice 2. Default 5. Optional.
	InboundThreshold int `json:"inbound_threshold" config:"default=5,minimum=1"`
	// Anomaly score at which a response is denied. Default 4. Optional.
	OutboundThreshold int `json:"outbound_threshold" config:"default=4,minimum=1"`
	// Whether the score is compared after the headers already, before a body has
	// come. Default false. Optional.
	EarlyBlocking bool `json:"early_blocking"`
	// Variables of the Core Rule Set by name, without "tx.", such as
	// "allowed_methods": "GET HEAD POST". Default: those of crs-setup.conf.
	// Optional.
	Variables map[string]string `json:"variables" config:"maxitems=256"`
}

// Route says what becomes of the requests that it matches.
type Route struct {
	// Name of the route in events. Default: its place, as in "routes[0]". Optional.
	Name string `json:"name" config:"minlen=1,maxlen=64"`
	// Requests that the route is for. Required.
	Match match.Match `json:"match" config:"required"`
	// Mode of this route: "enforce", "shadow", or "off", which evaluates nothing.
	// Required.
	Mode RouteMode `json:"mode" config:"required"`
}

// RouteMode is the mode of a route.
//
//schema:is {"type":"string","enum":["enforce","shadow","off"]}
type RouteMode string

// UnmarshalConfig reads the word.
func (m *RouteMode) UnmarshalConfig(v config.Value) error {
	word, err := config.Word(v, "enforce", "shadow", "off")
	*m = RouteMode(word)
	return err
}

// ValidateConfig demands something to evaluate, and names that SecLang has.
func (c *Config) ValidateConfig(v config.Value) error {
	if c.CRS == nil && len(c.Rules) == 0 && len(c.RulesBefore) == 0 {
		return v.Errorf("want crs, rules or rules_before: there is nothing to evaluate")
	}
	return nil
}

// ValidateConfig refuses names that no rule could have.
func (c *CRS) ValidateConfig(v config.Value) error {
	if c.DetectionParanoiaLevel != nil && *c.DetectionParanoiaLevel < c.ParanoiaLevel {
		return v.Field("detection_paranoia_level").Errorf("want at least paranoia_level, %d", c.ParanoiaLevel)
	}
	for name := range c.Variables {
		if !isVariableName(name) {
			return v.Field("variables").Field(name).Errorf(`want a name of lower-case letters, digits, "_" and "-", without "tx."`)
		}
	}
	return nil
}

func isVariableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 128
}
