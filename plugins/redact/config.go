package redact

import (
	"slices"
	"strconv"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/redact/detect"
)

// Config is the configuration of redact.
type Config struct {
	// Mode of all rules. "enforce" changes what passes, "shadow" records what would
	// have been changed and changes nothing. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// Rules for bodies of responses, in the order in which they are tried: the first
	// whose condition the request meets applies. Optional: responses or requests are
	// required.
	Responses []Rule `json:"responses" config:"minitems=1,maxitems=1024"`
	// Rules for bodies of requests, as those for responses. Optional: responses or
	// requests are required.
	Requests []Rule `json:"requests" config:"minitems=1,maxitems=1024"`
	// Secrets by the id that pseudonyms, tokens and ciphertexts carry. Optional:
	// required by actions that name one.
	Keys map[string]Secret `json:"keys" config:"maxitems=64"`
	// Whose word is taken for who a request is from, for "unless". Default: that of
	// jwt-audience. Optional.
	Identity identity.Config `json:"identity"`
	// How paths of requests are read, for all rules. Default: paths that can be read
	// in two ways are refused. Optional.
	Paths match.Paths `json:"paths"`
	// Which decisions are written as security events, and how much they tell. Metrics
	// count all decisions. Default: denials, with subject and client id. Optional.
	Events event.Config `json:"events"`
}

// ValidateConfig refuses a configuration without rules.
func (c *Config) ValidateConfig(v config.Value) error {
	if c.Responses == nil && c.Requests == nil {
		return v.Errorf("want responses, requests or both")
	}
	return nil
}

// Rule says what becomes of the bodies of the requests that it matches, or of the
// responses to them.
type Rule struct {
	// Name of the rule in events. Default: its place, as in "responses[0]". Optional.
	Name string `json:"name" config:"minlen=1,maxlen=64"`
	// Requests that the rule is for. Required.
	Match match.Match `json:"match" config:"required"`
	// Fields whose values are changed, whatever they are. Of several that match a
	// value the first applies, and no detector. Optional.
	Fields []Field `json:"fields" config:"minitems=1,maxitems=256"`
	// Data that is changed wherever it is found in texts, names and numbers.
	// Optional.
	Detectors []Detector `json:"detectors" config:"minitems=1,maxitems=256"`
	// What becomes of a body that cannot be read: of another media type, compressed
	// in another way than gzip or deflate, a part of a whole (206), or broken.
	// "block" answers 502 in place of a response and 415 in place of a request, or
	// breaks off what has begun; "pass" lets through unread what another type or
	// coding announces, and still blocks what is broken. Default "block". Optional.
	Unread string `json:"unread" config:"default=block,enum=block|pass"`
}

// label is the name of a rule in events.
func (r *Rule) label(list string, i int) string {
	if r.Name != "" {
		return r.Name
	}
	return list + "[" + strconv.Itoa(i) + "]"
}

// ValidateConfig refuses a detector that is named twice: which of its actions would
// apply is anyone's guess.
func (r *Rule) ValidateConfig(v config.Value) error {
	var kinds []detect.Kind
	for i := range r.Detectors {
		kind := r.Detectors[i].kind()
		if slices.Contains(kinds, kind) {
			return v.Field("detectors").Index(i).Errorf("named twice")
		}
		kinds = append(kinds, kind)
	}
	return nil
}

// Field is a field, or several, by where they stand.
type Field struct {
	// Path of the field: "customer.email", "items[*].card", "**.cvv"; "*" is any
	// name, "**" any number of them. Names are compared without case, underscores
	// and hyphens. A field that holds others stands for all in it. Required.
	Path string `json:"path" config:"required,minlen=1,maxlen=512"`
	// What becomes of its value. Required.
	Action Action `json:"action" config:"required"`
	// Who may see the value as it is. Default: nobody. Optional.
	Unless *Unless `json:"unless"`
}

// Detector is a kind of data.
type Detector struct {
	_ struct{} `config:"exactlyone=type|pattern|literals"`
	// Kind of data that is found, such as "card", "iban" or "email". Optional: one of type,
	// pattern and literals is required.
	Type string `json:"type" config:"minlen=1,maxlen=64"`
	// Regular expression of what is found: sets, groups, alternatives, repeats of up
	// to 256 bytes, "(?i)" in front. Optional: one of type, pattern and literals is
	// required.
	Pattern string `json:"pattern" config:"minlen=1,maxlen=512"`
	// Texts that are found. Optional: one of type, pattern and literals is required.
	Literals []string `json:"literals" config:"minitems=1,maxitems=1024,minlen=1,maxlen=1024"`
	// Name of what pattern or literals find, in metrics. Optional: required beside
	// them.
	Name string `json:"name" config:"minlen=1,maxlen=64"`
	// How sure it must be that a find is one, 1 to 100: 90 and more is a checksum or a
	// form that nothing else has, less than 60 a form that other things have too.
	// Default 60. Optional.
	Confidence int `json:"confidence" config:"default=60,minimum=1,maximum=100"`
	// What becomes of it. Required.
	Action Action `json:"action" config:"required"`
	// Who may see it as it is. Default: nobody. Optional.
	Unless *Unless `json:"unless"`
}

// kind is the name of what it finds.
func (d *Detector) kind() detect.Kind {
	if d.Type != "" {
		return detect.Kind(d.Type)
	}
	return detect.Kind(d.Name)
}

// ValidateConfig refuses kinds that nobody finds, and finds that nobody could name.
func (d *Detector) ValidateConfig(v config.Value) error {
	if d.Type == "" {
		if d.Name == "" {
			return v.Field("name").Errorf("required beside pattern and literals")
		}
		return nil
	}
	if d.Name != "" {
		return v.Field("name").Errorf("a type has its own name, want none beside it")
	}
	known := detect.Kinds()
	words := make([]string, len(known))
	for i := range known {
		words[i] = string(known[i].Kind)
	}
	if !slices.Contains(words, d.Type) {
		if near := config.Suggest(d.Type, words); near != "" {
			return v.Field("type").Errorf("no detector of this name, did you mean %q?", near)
		}
		return v.Field("type").Errorf("no detector of this name")
	}
	return nil
}

// Unless is who may see a value as it is. One condition that is met is enough.
type Unless struct {
	// Scope that the verified identity has (RFC 6749, Section 3.3). Optional: one
	// condition is required.
	Scope string `json:"scope" config:"minlen=1,maxlen=256"`
	// Client ids, one of which the verified identity has. Optional: one condition is
	// required.
	Clients []string `json:"clients" config:"minitems=1,maxitems=1024,minlen=1,maxlen=256,unique"`
	// A claim of the verified identity, such as "realm_access.roles". Optional: one
	// condition is required.
	Claim *identity.Path `json:"claim"`
	// Values, one of which the claim is, or has as an entry. Optional: required
	// beside claim.
	OneOf []string `json:"one_of" config:"minitems=1,maxitems=1024,maxlen=256,unique"`
}

// ValidateConfig refuses conditions that nobody or everybody meets.
func (u *Unless) ValidateConfig(v config.Value) error {
	switch {
	case (u.Claim == nil) != (u.OneOf == nil):
		return v.Errorf("want claim and one_of together")
	case u.Scope == "" && u.Clients == nil && u.Claim == nil:
		return v.Errorf("want scope, clients or claim")
	}
	return nil
}

// Secret is a secret that keys are derived from.
type Secret struct {
	_ struct{} `config:"exactlyone=secret|env"`
	// The secret: "base64:" or "hex:" and at least 32 bytes in that coding, or a text
	// of at least 32 bytes. Optional: one of secret and env is required.
	Secret string `json:"secret" config:"minlen=1"`
	// Name of the environment variable of the VM that has the secret. Optional: one of
	// secret and env is required.
	Env string `json:"env" config:"minlen=1,maxlen=128"`
}
