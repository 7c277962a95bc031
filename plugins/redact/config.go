package redact

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/profile"
)

// Config is the configuration of redact.
type Config struct {
	// Mode of all rules. "enforce" changes what passes, "shadow" records what would
	// have been changed and changes nothing. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// Profiles for all responses: what they name is added to each rule of responses that
	// names none itself, behind what the rule says of its own, and a last rule has them
	// for responses that no other rule is for. Optional: one of profile, responses and
	// requests is required.
	Profile Profiles `json:"profile"`
	// Rules for responses, in the order in which they are tried: the first whose
	// condition the request meets applies. Optional: one of profile, responses and
	// requests is required.
	Responses []Rule `json:"responses" config:"minitems=1,maxitems=1024"`
	// Rules for requests on their way to the upstream, as those for responses.
	// Optional: one of profile, responses and requests is required.
	Requests []Rule `json:"requests" config:"minitems=1,maxitems=1024"`
	// Secrets by the id that pseudonyms, tokens and ciphertexts carry. Optional:
	// required by actions that name one.
	Keys map[string]Secret `json:"keys" config:"maxitems=64"`
	// Whether headers wait for what is first let through of a body, so that a message
	// that is refused before then is answered: without it the headers are out when its
	// body is looked at, and the stream is broken off. It needs
	// allow_on_headers_stop_iteration in Envoy's plugin configuration. Default false.
	// Optional.
	HoldHeaders bool `json:"hold_headers"`
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
	if c.Responses == nil && c.Requests == nil && len(c.Profile) == 0 {
		return v.Errorf("want profile, responses or requests")
	}
	return nil
}

// Profiles are names of profiles. In a document one name may stand for a list of it.
//
//schema:is {"oneOf":[{"type":"string","enum":["pci","hipaa","gdpr"]},{"type":"array","items":{"type":"string","enum":["pci","hipaa","gdpr"]},"uniqueItems":true}]}
type Profiles []string

// UnmarshalConfig reads a name or a list of names.
func (p *Profiles) UnmarshalConfig(v config.Value) error {
	var names []string
	if v.Kind() == config.String {
		name, err := config.Word(v, profile.Names()...)
		if err != nil {
			return err
		}
		*p = Profiles{name}
		return nil
	}
	if err := v.Decode(&names); err != nil {
		return err
	}
	*p = Profiles{}
	for i := range names {
		name, err := config.Word(v.Index(i), profile.Names()...)
		if err != nil {
			return err
		}
		if slices.Contains(*p, name) {
			return v.Index(i).Errorf("named twice")
		}
		*p = append(*p, name)
	}
	return nil
}

// Rule says what becomes of the requests that it matches, or of the responses to
// them.
type Rule struct {
	// Name of the rule in events. Default: its place, as in "responses[0]". Optional.
	Name string `json:"name" config:"minlen=1,maxlen=64"`
	// Requests that the rule is for. Required.
	Match match.Match `json:"match" config:"required"`
	// Profiles whose headers, fields and detectors the rule has besides. Default: for
	// responses those of the configuration, for requests none. Optional.
	Profile *Profiles `json:"profile"`
	// Header fields whose values are changed, whatever they are. Of several that match
	// one the first decides. Optional.
	Headers []Header `json:"headers" config:"minitems=1,maxitems=256"`
	// Fields of bodies whose values are changed, whatever they are. Of several that
	// match a value the first decides. Optional.
	Fields []Field `json:"fields" config:"minitems=1,maxitems=1024"`
	// Data that is changed wherever it is found: in texts, names and numbers of bodies
	// and in header fields, but not where one of fields or headers has changed the
	// value. Optional.
	Detectors []Detector `json:"detectors" config:"minitems=1,maxitems=256"`
	// Places in the events of a stream, or in JSON lines, at which a text comes piece by
	// piece, so that what is found may begin in one event and end in another. Default:
	// those at which the usual language models send their answers, which are there in
	// any case. Optional.
	Deltas Path `json:"deltas"`
	// What becomes of a body that cannot be read: of another media type, compressed
	// in another way than gzip or deflate, a part of a whole (206), or broken.
	// "block" answers 502 in place of a response and 415 in place of a request, or
	// breaks off what has begun; "pass" lets through unread what another type or
	// coding announces, and still blocks what is broken. Default "block". Optional.
	Unread string `json:"unread" config:"default=block,enum=block|pass"`
	// Media types of bodies that pass unread, whatever unread says: "image/png", or
	// "image/*" for all of a type. Default: none. Optional.
	UnreadTypes []MediaRange `json:"unread_types" config:"minitems=1,maxitems=64"`
}

// MediaRange is a media type, or all subtypes of one (RFC 9110, Section 12.5.1).
//
//schema:is {"type":"string","pattern":"^[a-z0-9][a-z0-9!#$&^_.+-]*/([*]|[a-z0-9][a-z0-9!#$&^_.+-]*)$"}
type MediaRange string

// UnmarshalConfig reads a media range.
func (m *MediaRange) UnmarshalConfig(v config.Value) error {
	var text string
	if err := v.Decode(&text); err != nil {
		return err
	}
	kind, subtype, _ := strings.Cut(text, "/")
	if !policy.IsToken(kind) || !policy.IsToken(subtype) || strings.Contains(kind, "*") || strings.Contains(subtype, "*") && subtype != "*" || text != strings.ToLower(text) {
		return v.Errorf(`want a media type in lower case, such as "image/png", or "image/*"`)
	}
	*m = MediaRange(text)
	return nil
}

// has tells whether a media type is in the range.
func (m MediaRange) has(mediaType string) bool {
	if all, ok := strings.CutSuffix(string(m), "*"); ok {
		return strings.HasPrefix(mediaType, all)
	}
	return mediaType == string(m)
}

// Header is a header field, or several, by name.
type Header struct {
	// Name of the field in any case, or how the names begin: "x-customer-*". Required.
	Name string `json:"name" config:"required,minlen=1,maxlen=128"`
	// What becomes of its value; a field that is dropped or null is removed. Required.
	Action Action `json:"action" config:"required"`
	// Who may see the value as it is. Default: nobody. Optional.
	Unless *Unless `json:"unless"`
	// What demands it, such as a clause of a standard, for events and reports.
	// Optional.
	Clause string `json:"clause" config:"minlen=1,maxlen=128"`
}

// ValidateConfig refuses what is no name, and the fields that are the message itself.
func (h *Header) ValidateConfig(v config.Value) error {
	if name := strings.TrimSuffix(h.Name, "*"); !policy.IsToken(name) || strings.Contains(name, "*") {
		return v.Field("name").Errorf(`want the name of a header field, or how names begin and "*"`)
	}
	return nil
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
	// Path of the field: "customer.email", "items[*].card", "**.cvv", "**.*token*"; "*"
	// is any name or any part of one, "**" any number of names. JSONPath's spelling
	// ("$..cvv", "$.items[*].card") works as well. Names are compared without case,
	// underscores and hyphens. A field that holds others stands for all in it. A list
	// names several. Required.
	Path Path `json:"path" config:"required"`
	// What becomes of its value. Required.
	Action Action `json:"action" config:"required"`
	// Who may see the value as it is, as far as detectors find nothing in it. Default:
	// nobody. Optional.
	Unless *Unless `json:"unless"`
	// What demands it, such as a clause of a standard, for events and reports.
	// Optional.
	Clause string `json:"clause" config:"minlen=1,maxlen=128"`
}

// Path is one path, or a list of paths.
//
//schema:is {"oneOf":[{"type":"string","minLength":1,"maxLength":512},{"type":"array","minItems":1,"maxItems":256,"items":{"type":"string","minLength":1,"maxLength":512}}]}
type Path []string

// UnmarshalConfig reads a path or a list of paths.
func (p *Path) UnmarshalConfig(v config.Value) error {
	paths := []string{v.Text()}
	if v.Kind() != config.String {
		if err := v.Decode(&paths); err != nil {
			return err
		}
	}
	if n := len(paths); n == 0 || n > 256 {
		return v.Errorf("want 1 to 256 paths")
	}
	for i, path := range paths {
		at := v
		if v.Kind() != config.String {
			at = v.Index(i)
		}
		// What other languages of paths write would be names that nothing has. In
		// brackets and behind a backslash it is a name that something has.
		plain, _, _ := strings.Cut(path, "[")
		switch n := len(path); {
		case n == 0 || n > 512:
			return at.Errorf("want 1 to 512 characters")
		case path[0] == '/':
			return at.Errorf(`begins with "/", want names joined by dots, such as "customer.email"`)
		case strings.Contains(plain, "#(") && !strings.Contains(plain, `\#(`):
			return at.Errorf(`"#(" is a query, want "*" for all entries`)
		}
	}
	*p = paths
	return nil
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
	// What demands it, such as a clause of a standard, for events and reports.
	// Optional.
	Clause string `json:"clause" config:"minlen=1,maxlen=128"`
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
		return v.Field("type").Errorf("no detector of this name, want %s", strings.Join(words, ", "))
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
