package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"gatehouse/plugins/redact"
	"gatehouse/plugins/redact/detect"
)

// sensitiveExtensions are the extensions by which documents say that a schema is of
// something sensitive. The registry of the OpenAPI Initiative has x-data-classification
// and x-sensitive-data (https://spec.openapis.org/registry/extension/), the others are
// in use in public documents.
var sensitiveExtensions = []string{
	"x-sensitive", "x-sensitive-data", "x-data-classification", "x-pii", "x-phi", "x-personal-data", "x-secret", "x-redact",
}

// harmless are values of extensions that say that something is not sensitive.
var harmless = []string{"", "false", "no", "none", "public", "nonsensitive", "notsensitive"}

// formatKinds are formats that detectors have another name for; all others have that of
// the detector. Both are compared without case, underscores and hyphens.
var formatKinds = map[string]string{
	"creditcard": "card", "creditcardnumber": "card", "cardnumber": "card", "paymentcard": "card", "pan": "card",
	"idnemail": "email", "emailaddress": "email",
	"ip": "ipv4", "ipaddress": "ipv4", "macaddress": "mac",
	"phonenumber": "phone", "telephone": "phone", "tel": "phone", "e164": "phone", "msisdn": "phone",
	"ssn": "us_ssn", "nino": "uk_nino", "nhsnumber": "uk_nhs", "cpf": "br_cpf", "cnpj": "br_cnpj", "aadhaar": "in_aadhaar", "pesel": "pl_pesel", "bsn": "nl_bsn", "nir": "fr_nir",
}

// mark is what a document says of a value.
type mark struct {
	strength strength
	// action is what is to become of it, as JSON, and unless who may see it, empty for
	// nobody.
	action, unless string
	// clause says why.
	clause string
	// kind of data that it is, by its format; empty if that is not known.
	kind string
	// where it is said.
	where string
}

// strength orders what a document says of the same value.
type strength uint8

const (
	byFormat strength = iota
	byWriteOnly
	byExtension
	byAction // an extension that says what is to become of it
)

// rank orders actions: what leaves least comes first.
func (m *mark) rank() int {
	for i, begin := range []string{`{"block"`, `{"drop"`, `{"null"`} {
		if strings.HasPrefix(m.action, begin) {
			return i
		}
	}
	return 3
}

// compare orders marks so that what applies comes first. Where they stand does not
// count.
func (m *mark) compare(other *mark) int {
	return cmp.Or(cmp.Compare(m.rank(), other.rank()), cmp.Compare(other.strength, m.strength),
		cmp.Compare(m.action, other.action), cmp.Compare(m.unless, other.unless), cmp.Compare(m.clause, other.clause), cmp.Compare(m.kind, other.kind))
}

// marker reads what schemas say of themselves.
type marker struct {
	// extensions that count, action for what says none, and whether formats count.
	names   []string
	action  string
	formats bool
	// responses tells that they are of what leaves the API.
	responses bool
	// faulty takes what is wrong with an extension.
	faulty func(error)
	kinds  map[string]string // by format
}

func newMarker(extensions []string, action string, formats, responses bool, faulty func(error)) marker {
	m := marker{names: extensions, action: action, formats: formats, responses: responses, faulty: faulty, kinds: map[string]string{}}
	for _, info := range detect.Kinds() {
		m.kinds[folded(string(info.Kind))] = string(info.Kind)
	}
	for format, kind := range formatKinds {
		m.kinds[format] = kind
	}
	return m
}

// of returns the mark of a schema, nil if it has none.
func (m *marker) of(v *openapi3.Schema, where string) *mark {
	own, open := m.extensions(v.Extensions, where)
	kind := m.kinds[folded(v.Format)]
	if own != nil {
		own.kind = kind
	}
	switch {
	case own != nil && own.strength == byAction:
		return own
	case m.responses && v.WriteOnly:
		// OpenAPI 3.1.1, JSON Schema Validation, Section 9.4: never present when read.
		return &mark{strength: byWriteOnly, action: `{"drop":true}`, clause: "writeOnly", kind: kind, where: where + ".writeOnly"}
	case own != nil:
		return own
	case !open && m.formats && kind != "":
		return &mark{strength: byFormat, action: m.action, clause: clauseOf("format: " + v.Format), kind: kind, where: where + ".format"}
	}
	return nil
}

// extensions returns the mark that extensions make, nil for none, and whether one of
// them says that there is nothing sensitive.
func (m *marker) extensions(extensions map[string]any, where string) (found *mark, open bool) {
	for _, name := range m.names {
		value, ok := extensions[name]
		if !ok {
			continue
		}
		at := where + "." + name
		made := m.extension(name, value, at)
		if made == nil {
			open = true
		} else if found == nil || made.compare(found) < 0 {
			found = made
		}
	}
	return found, open && found == nil
}

// extension returns what an extension says, nil if it is that nothing is sensitive.
func (m *marker) extension(name string, value any, where string) *mark {
	made := &mark{strength: byExtension, action: m.action, clause: name, where: where}
	switch v := value.(type) {
	case nil:
		return nil
	case bool:
		if !v {
			return nil
		}
	case string:
		if slices.Contains(harmless, folded(v)) {
			return nil
		}
		if folded(v) != "true" {
			made.clause = clauseOf(name + ": " + v)
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		var words []string
		for _, word := range v {
			if text, ok := word.(string); ok {
				words = append(words, text)
			}
		}
		if len(words) > 0 {
			made.clause = clauseOf(name + ": " + strings.Join(words, ", "))
		}
	case map[string]any:
		if !m.object(made, name, v) {
			return nil
		}
	}
	return made
}

// object reads an extension that is an object, and tells whether it says that something
// is sensitive.
func (m *marker) object(made *mark, name string, v map[string]any) bool {
	if level, ok := v["sensitivity"].(string); ok && slices.Contains(harmless, folded(level)) {
		return false
	}
	if category, ok := v["category"].(string); ok {
		made.clause = clauseOf(name + ": " + category)
	}
	// What the registered extensions do to examples and logs, as far as it hides all.
	strategy := v["mask"]
	if masking, ok := v["masking"].(map[string]any); ok {
		strategy = masking["strategy"]
	}
	if strategy == "remove" {
		made.action, made.strength = `{"drop":true}`, byAction
	}
	if action, ok := v["action"]; ok {
		text, err := compactJSON(action)
		if err != nil {
			m.faulty(fmt.Errorf("%s.action: %w", made.where, err))
			return true
		}
		made.action, made.strength = string(text), byAction
	}
	if unless, ok := v["unless"]; ok {
		text, err := compactJSON(unless)
		if err != nil {
			m.faulty(fmt.Errorf("%s.unless: %w", made.where, err))
			return true
		}
		made.unless, made.strength = string(text), byAction
	}
	if err := m.check(made); err != nil {
		m.faulty(err)
	}
	return true
}

// clauseOf is a text as a clause, which is one line of at most 128 characters.
func clauseOf(text string) string {
	text = singleLine(text)
	if len(text) > 128 {
		text = strings.ToValidUTF8(text[:125], "") + "..."
	}
	return text
}

// importedField is a field of a rule that is made of schemas.
type importedField struct {
	Path   []string        `json:"path"`
	Action json.RawMessage `json:"action"`
	Unless json.RawMessage `json:"unless,omitempty"`
	Clause string          `json:"clause"`
}

// check tries what a mark says as a field of a configuration.
func (m *marker) check(made *mark) error {
	err := checkField(importedField{Path: []string{"a"}, Action: json.RawMessage(made.action), Unless: json.RawMessage(made.unless), Clause: made.clause})
	if err != nil {
		return fmt.Errorf("%s%w", made.where, err)
	}
	return nil
}

// checkField tries a field. What an error says begins with where in the field it is.
func checkField(f importedField) error {
	field, err := compactJSON(f)
	if err != nil {
		return err
	}
	const before, behind = `{"responses":[{"match":{},"fields":[`, `]}]}`
	if _, err = redact.New([]byte(before + string(field) + behind)); err == nil {
		return nil
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if _, place, ok := strings.Cut(text, "responses[0].fields[0]"); ok {
		text = place
	}
	if at := strings.LastIndex(text, " (line "); at > 0 {
		text = text[:at]
	}
	return fmt.Errorf("%s", text)
}
