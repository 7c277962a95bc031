package claim

import (
	"strings"

	"gatehouse/plugins/internal/config"
)

// Matcher is a condition on one claim.
type Matcher struct {
	_ struct{} `config:"exactlyone=equals|one_of|contains|contains_any|contains_all|prefix|suffix|range|present"`
	// Path of the claim in the syntax of gjson: "sub", "realm_access.roles",
	// "groups.0", "details.#(type==\"payment\").actions". A dot that is part of a
	// name is escaped: "https://example\\.com/roles". Required.
	Claim Path `json:"claim" config:"required"`
	// What the claim must be: a string, number or boolean, of the same type.
	// Optional: one condition is required.
	Equals *Scalar `json:"equals"`
	// Values, one of which the claim must be. Optional: one condition is required.
	OneOf []Scalar `json:"one_of" config:"minitems=1,maxitems=256"`
	// What must be among the entries of the claim, an array, or among its words, a
	// string delimited by spaces such as "scope". Optional: one condition is
	// required.
	Contains *Scalar `json:"contains"`
	// Values, one of which must be among the entries or words of the claim.
	// Optional: one condition is required.
	ContainsAny []Scalar `json:"contains_any" config:"minitems=1,maxitems=256"`
	// Values, all of which must be among the entries or words of the claim.
	// Optional: one condition is required.
	ContainsAll []Scalar `json:"contains_all" config:"minitems=1,maxitems=256"`
	// What the claim, a string, must begin with. Optional: one condition is
	// required.
	Prefix *string `json:"prefix" config:"minlen=1"`
	// What the claim, a string, must end with. Optional: one condition is
	// required.
	Suffix *string `json:"suffix" config:"minlen=1"`
	// Bounds of the claim, a number. Optional: one condition is required.
	Range *Range `json:"range"`
	// Whether the claim must be there (true) or must not (false). A claim that is
	// null meets neither. Optional: one condition is required.
	Present *bool `json:"present"`
}

// Range is the bounds of a number.
type Range struct {
	// Smallest number that is accepted. Default: no bound. Optional.
	Minimum *Number `json:"minimum"`
	// Largest number that is accepted. Default: no bound. Optional.
	Maximum *Number `json:"maximum"`
}

// ValidateConfig refuses a condition that cannot be met.
func (m *Matcher) ValidateConfig(v config.Value) error {
	if !m.Claim.many {
		return nil
	}
	for _, name := range []string{"equals", "one_of", "prefix", "suffix", "range"} {
		if field := v.Field(name); field.Present() {
			return field.Errorf(`the path gives an array, want "contains", "contains_any", "contains_all" or "present"`)
		}
	}
	return nil
}

// ValidateConfig refuses bounds between which there is nothing.
func (r *Range) ValidateConfig(v config.Value) error {
	switch {
	case r.Minimum == nil && r.Maximum == nil:
		return v.Errorf(`want "minimum", "maximum" or both`)
	case r.Minimum != nil && r.Maximum != nil && compareNumbers(string(*r.Minimum), string(*r.Maximum)) > 0:
		return v.Field("maximum").Errorf("less than the minimum")
	}
	return nil
}

// UnmarshalConfig reads the path.
func (p *Path) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String {
		return v.Errorf("want the path of a claim, got %s", v.Kind())
	}
	parsed, fault := parsePath(v.Text())
	if fault != "" {
		return v.Errorf("%s", fault)
	}
	*p = *parsed
	return nil
}

// Scalar is a string, a number or a boolean.
//
//schema:is {"type":["string","number","boolean"]}
type Scalar struct {
	kind kind
	// text is a string's text, a number as it was written, "true" or "false".
	text string
}

// UnmarshalConfig reads the value.
func (s *Scalar) UnmarshalConfig(v config.Value) error {
	switch v.Kind() {
	case config.String:
		*s = Scalar{stringKind, v.Text()}
	case config.Bool:
		*s = Scalar{boolKind, v.Text()}
	case config.Number:
		*s = Scalar{numberKind, v.Text()}
		return exact(v)
	default:
		return v.Errorf("want a string, number or boolean, got %s", v.Kind())
	}
	return nil
}

// Number is a number as it was written.
//
//schema:is {"type":"number"}
type Number string

// UnmarshalConfig reads the number.
func (n *Number) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.Number {
		return v.Errorf("want a number, got %s", v.Kind())
	}
	*n = Number(v.Text())
	return exact(v)
}

// maxInteger is the largest integer of which a double is one and not several.
const maxInteger = "9007199254740991"

// exact refuses a number that the proxy may have rounded before it came here:
// Envoy carries configurations as doubles.
func exact(v config.Value) error {
	d := decimalOf(v.Text())
	if d.point < -300 || d.point > 300 {
		return v.Errorf("want a number between 1e-300 and 1e300")
	}
	if d.count > 15 && (d.point != int64(d.count) || compareNumbers(strings.TrimPrefix(v.Text(), "-"), maxInteger) > 0) {
		return v.Errorf("want a number of at most 15 digits, or a whole one up to %s", maxInteger)
	}
	return nil
}
