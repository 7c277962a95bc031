package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"gatehouse/plugins/redact"
	"gatehouse/plugins/redact/format"
)

type redactImportFlags struct {
	action     string
	extensions []string
	markedOnly bool
	requests   bool
	check      string
}

func (f *redactImportFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.action, "action", "mask", "what becomes of fields for which the document has no action of its own: mask, drop, null, block or an `ACTION` as JSON")
	flags.StringArrayVar(&f.extensions, "extension", nil, "`NAME` of another extension that marks sensitive schemas; may be given several times")
	flags.BoolVar(&f.markedOnly, "marked-only", false, "take only what extensions and writeOnly mark, and no formats")
	flags.BoolVar(&f.requests, "requests", false, "make rules for requests, too")
	flags.StringVar(&f.check, "check", "", "make no configuration, but compare with that in `FILE`")
}

func redactImportCommand() *cobra.Command {
	var flags redactImportFlags
	cmd := &cobra.Command{
		Use:   "import DOCUMENT",
		Short: "Make a redact configuration of what an OpenAPI document calls sensitive",
		Long: `import prints a configuration of the plugin redact with a rule for every operation
of an OpenAPI document whose responses have fields that the document calls sensitive.
All statuses and media types of an operation are one rule.

A schema is sensitive if one of these extensions says so:
  ` + strings.Join(sensitiveExtensions, ", ") + `
with true, a word ("pci"), a list of words or an object; false, "public" and "none"
say that it is not, whatever its format. An object may have an "action" and an
"unless" in the words of the configuration. "remove", as x-sensitive-data and
x-data-classification have it, drops the field; all other strategies become --action.

So is a schema whose format is that of a detector ("email", "iban", "us-ssn"; also
"credit-card", "phone-number", "ssn" and the like), unless --marked-only is given, and
one that is writeOnly, which no response may have: it is dropped.

With --requests the upstream sees nothing of it either: a login whose password is
masked fails.

Schemas that lead back to themselves are looked for at any depth. What has a
discriminator is taken for any schema that says allOf of it.

With --check it prints which of what is sensitive a configuration does not hide from
somebody without an identity, and ends with exit code 1 if there is any. Conditions on
header fields, on the proxy's own routes and on hosts that the document does not name
count as not met.`,
		Example: `  harness redact import customers.yaml > redact.json
  harness redact import --action '{"pseudonym":{"key":"k1"}}' customers.yaml
  harness redact import --check redact.json customers.yaml`,
		Args: oneDocument,
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	flags.add(cmd)
	return cmd
}

func (f *redactImportFlags) run(cmd *cobra.Command, file string) error {
	made, err := f.read(file)
	if err != nil {
		return err
	}
	if f.check != "" {
		return f.compare(cmd, made)
	}
	for _, note := range made.notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "harness: %s: %s\n", file, note)
	}
	out, err := made.text()
	if err != nil {
		return err
	}
	// What the plugin would not start with is no configuration.
	if err := starts(out); err != nil {
		return inConfiguration(file, err)
	}
	if _, err := cmd.OutOrStdout().Write(out); err != nil {
		return fileError("standard output", err)
	}
	return nil
}

// compare compares what a document calls sensitive with what a configuration hides.
func (f *redactImportFlags) compare(cmd *cobra.Command, made *redactConfig) error {
	config, err := readFile(f.check)
	if err != nil {
		return err
	}
	audit, err := redact.NewAudit(config, anySecret)
	if err != nil {
		return inConfiguration(f.check, err)
	}
	open, all := made.compare(audit)
	if err := writeOpen(cmd.OutOrStdout(), open, all); err != nil {
		return fileError("standard output", err)
	}
	if len(open) > 0 {
		return errMismatch
	}
	return nil
}

// starts tries a configuration of redact, with keys that nobody uses.
func starts(document []byte) error {
	inspector, err := redact.New(document)
	if err != nil {
		return err
	}
	return inspector.UseEnvironment(anySecret)
}

// anySecret stands in for the environment where nothing that a key makes is shown.
func anySecret(string) (string, bool) { return strings.Repeat("no secret at all", 2), true }

// redactConfig is what of a redact configuration an OpenAPI document says.
type redactConfig struct {
	responses, requests []importedRule
	// operations have what is sensitive of each.
	operations []sensitiveOperation
	// notes are what the plugin cannot hide, or not as it is.
	notes []string
}

// importedRule is a rule that is made of an operation.
type importedRule struct {
	Match   importedMatch    `json:"match"`
	Headers []importedHeader `json:"headers,omitempty"`
	Fields  []importedField  `json:"fields,omitempty"`
}

type importedHeader struct {
	Name   string          `json:"name"`
	Action json.RawMessage `json:"action"`
	Unless json.RawMessage `json:"unless,omitempty"`
	Clause string          `json:"clause"`
}

// sensitiveOperation is an operation and what of its messages is sensitive.
type sensitiveOperation struct {
	*apiOperation
	response, request message
}

// message is what is sensitive of a response or a request.
type message struct {
	places  []place
	headers map[string]*mark
	// unread are media types that the plugin does not read, and unreached parameters that
	// it does not change, as notes.
	unread, unreached []string
}

// read reads a document.
func (f *redactImportFlags) read(file string) (*redactConfig, error) {
	action, err := f.actionJSON()
	if err != nil {
		return nil, err
	}
	document, err := openDocument(file)
	if err != nil {
		return nil, err
	}
	found, problems := operations(document)
	faulty := func(err error) {
		if !slices.ContainsFunc(problems, func(known error) bool { return known.Error() == err.Error() }) {
			problems = append(problems, err)
		}
	}
	made := &redactConfig{}
	names := slices.Concat(sensitiveExtensions, f.extensions)
	responses := newSchemas(document, newMarker(names, action, !f.markedOnly, true, faulty))
	requests := newSchemas(document, newMarker(names, action, !f.markedOnly, false, faulty))
	match := func(r *importedRule) *importedMatch { return &r.Match }
	for i := range found {
		o := sensitiveOperation{apiOperation: &found[i]}
		o.response = responses.response(o.apiOperation)
		if rule, some := o.response.rule(o.match(), faulty); some {
			made.responses = addRule(made.responses, rule, match)
			made.note(o.response.unread)
		}
		if f.requests {
			o.request = requests.request(o.apiOperation)
			made.note(o.request.unreached)
			if rule, some := o.request.rule(o.match(), faulty); some {
				made.requests = addRule(made.requests, rule, match)
				made.note(o.request.unread)
			}
		}
		made.operations = append(made.operations, o)
	}
	coverHEAD(made.responses)
	if len(problems) == 0 && len(made.responses)+len(made.requests) == 0 {
		faulty(fmt.Errorf("nothing in it is called sensitive"))
	}
	if len(problems) > 0 {
		return nil, inDocument(file, problems)
	}
	return made, nil
}

// coverHEAD has rules for GET apply to HEAD too, whose answer has the same header fields
// (RFC 9110, Section 9.3.2), where no rule of the same path is for it.
func coverHEAD(rules []importedRule) {
	covered := map[importedPath]bool{}
	for i := range rules {
		if slices.Contains(rules[i].Match.Methods, "HEAD") {
			covered[rules[i].Match.Path] = true
		}
	}
	for i := range rules {
		m := &rules[i].Match
		if at := slices.Index(m.Methods, "GET"); at >= 0 && !covered[m.Path] {
			m.Methods = slices.Insert(m.Methods, at+1, "HEAD")
		}
	}
}

// actionJSON is the action of fields for which the document has none.
func (f *redactImportFlags) actionJSON() (string, error) {
	words := map[string]string{
		// Neither a length nor anything else of the value is left.
		"mask": `{"mask":{"fixed":3}}`,
		"drop": `{"drop":true}`, "null": `{"null":true}`, "block": `{"block":true}`,
	}
	action, ok := words[f.action]
	if !ok {
		var compact bytes.Buffer
		if !strings.HasPrefix(f.action, "{") || json.Compact(&compact, []byte(f.action)) != nil {
			return "", usagef("--action %q, want mask, drop, null, block or an action as JSON", f.action)
		}
		action = compact.String()
	}
	if err := checkField(importedField{Path: []string{"a"}, Action: json.RawMessage(action), Clause: "x"}); err != nil {
		return "", usagef("--action: %w", err)
	}
	return action, nil
}

// note adds notes, each once.
func (c *redactConfig) note(notes []string) {
	for _, text := range notes {
		if !slices.Contains(c.notes, text) {
			c.notes = append(c.notes, text)
		}
	}
}

// response finds what is sensitive of the responses of an operation.
func (s *schemas) response(o *apiOperation) message {
	m := message{headers: map[string]*mark{}}
	all := o.described.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(all)) {
		response := all[status].Value
		if response == nil {
			continue
		}
		where := o.where + ".responses." + status
		for _, name := range slices.Sorted(maps.Keys(response.Headers)) {
			if header := response.Headers[name].Value; header != nil {
				m.header(s, name, &header.Parameter, where+".headers."+name)
			}
		}
		m.content(s, response.Content, where+".content")
	}
	return m
}

// request finds what is sensitive of the requests of an operation.
func (s *schemas) request(o *apiOperation) message {
	m := message{headers: map[string]*mark{}}
	for _, ref := range slices.Concat(o.parameters, o.described.Parameters) {
		p := ref.Value
		switch {
		case p == nil:
		case p.In == openapi3.ParameterInHeader:
			m.header(s, p.Name, p, o.where+".parameters."+p.Name)
		default:
			if marked := s.parameter(p, o.where+".parameters."+p.Name); marked != nil {
				m.unreached = append(m.unreached, fmt.Sprintf("%s: %s parameter %q is sensitive (%s) and stays: only header fields and bodies are changed", o.where, p.In, p.Name, marked.clause))
			}
		}
	}
	if body := o.described.RequestBody; body != nil && body.Value != nil {
		m.content(s, body.Value.Content, o.where+".requestBody.content")
	}
	return m
}

// parameter returns what is said of a parameter or a header field as a whole, nil for
// nothing.
func (s *schemas) parameter(p *openapi3.Parameter, where string) *mark {
	marked, open := s.extensions(p.Extensions, where)
	if marked != nil || open {
		return marked
	}
	if found := s.places(p.Schema, where+".schema"); len(found) > 0 {
		return found[0].mark
	}
	return nil
}

// header adds a header field if it is sensitive.
func (m *message) header(s *schemas, name string, p *openapi3.Parameter, where string) {
	name = strings.ToLower(name)
	switch name {
	case "accept", "authorization", "content-type":
		return // OpenAPI 3.1.1, Section 4.8.12.2: they are no parameters
	}
	marked := s.parameter(p, where)
	if known := m.headers[name]; marked != nil && (known == nil || marked.compare(known) < 0) {
		m.headers[name] = marked
	}
}

// content finds what is sensitive of a body in any of its media types.
func (m *message) content(s *schemas, content openapi3.Content, where string) {
	for _, name := range slices.Sorted(maps.Keys(content)) {
		mediaType := content[name]
		if mediaType == nil {
			continue
		}
		kind := mediaTree
		switch format.Choose(name, "").Media {
		case format.MediaUnknown:
			if !strings.Contains(name, "*") {
				m.unread = append(m.unread, fmt.Sprintf("%s.%s: cannot be read; its rule blocks such bodies unless its unread_types name them", where, name))
			}
			continue
		case format.MediaEvents, format.MediaJSONLines:
			kind = mediaItems
		case format.MediaCSV:
			kind = mediaCells
		case format.MediaXML:
			kind = mediaXML
		}
		found := s.places(mediaType.Schema, where+"."+name+".schema")
		found = append(found, s.places(mediaType.ItemSchema, where+"."+name+".itemSchema")...)
		for _, p := range found {
			for _, path := range p.path.in(kind) {
				// A property can be writeOnly, and not a body.
				if len(path) > 0 || p.mark.strength != byWriteOnly {
					m.places = append(m.places, newPlace(path, p.mark))
				}
			}
		}
	}
	m.places = tidy(m.places)
}

// rule makes a rule, and tells whether there is anything in it.
func (m *message) rule(match importedMatch, faulty func(error)) (importedRule, bool) {
	rule := importedRule{Match: match, Fields: fields(m.places, faulty)}
	for _, name := range slices.Sorted(maps.Keys(m.headers)) {
		marked := m.headers[name]
		rule.Headers = append(rule.Headers, importedHeader{name, json.RawMessage(marked.action), json.RawMessage(marked.unless), marked.clause})
	}
	return rule, len(rule.Fields)+len(rule.Headers) > 0
}

// fields makes the fields of a rule. Of several that match a value the first decides, so
// that what names fewer places comes first.
func fields(list []place, faulty func(error)) []importedField {
	// The marks of each path: the first applies.
	var paths []place
	for _, p := range list {
		if n := len(paths); n > 0 && paths[n-1].text == p.text {
			first := paths[n-1].mark
			if p.mark.strength == byAction && first.strength == byAction && first.rank() == p.mark.rank() && (first.action != p.mark.action || first.unless != p.mark.unless) {
				faulty(fmt.Errorf("%s: another action than that of %s, for the same field %s", p.mark.where, first.where, p.text))
			}
			continue
		}
		paths = append(paths, p)
	}
	same := func(a, b *place) bool { return a.mark.action == b.mark.action && a.mark.unless == b.mark.unless }
	// Those that others stand for are left out, if all of these do the same.
	var kept []place
	for i, covers := range covering(paths) {
		p := &paths[i]
		covered, apart := false, false
		for _, j := range covers {
			apart = apart || !same(p, &paths[j])
			covered = covered || !p.path.covers(paths[j].path) || j < i
		}
		if !covered || apart {
			kept = append(kept, *p)
		}
	}
	// A path comes behind those that it covers.
	layers := make([]int, len(kept))
	covers := covering(kept)
	for changed := true; changed; {
		changed = false
		for j := range kept {
			for _, i := range covers[j] {
				if !kept[j].path.covers(kept[i].path) && !same(&kept[i], &kept[j]) && layers[i] <= layers[j] {
					layers[i], changed = layers[j]+1, true
				}
			}
		}
	}
	order := make([]int, len(kept))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(layers[i], layers[j]), kept[i].mark.compareSaid(kept[j].mark), cmp.Compare(kept[i].text, kept[j].text))
	})
	var made []importedField
	const most = 256 // paths of a field
	for n, i := range order {
		p := &kept[i]
		if n > 0 && p.mark.compareSaid(kept[order[n-1]].mark) == 0 && layers[i] == layers[order[n-1]] && len(made[len(made)-1].Path) < most {
			last := &made[len(made)-1]
			last.Path = append(last.Path, p.text)
			continue
		}
		made = append(made, importedField{[]string{p.text}, json.RawMessage(p.mark.action), json.RawMessage(p.mark.unless), p.mark.clause})
	}
	return made
}

// covering returns for each of the places which others cover it.
func covering(list []place) [][]int {
	// Whoever covers a path has a name at its end that is in the path, or none.
	byName := map[string][]int{}
	for i := range list {
		name := ""
		if n := len(list[i].path); n > 0 && list[i].path[n-1].kind == stepName {
			name = list[i].path[n-1].fold
		}
		byName[name] = append(byName[name], i)
	}
	all := make([][]int, len(list))
	for i := range list {
		try := slices.Clone(byName[""])
		for _, st := range list[i].path {
			if st.kind == stepName && st.fold != "" {
				try = append(try, byName[st.fold]...)
			}
		}
		slices.Sort(try)
		for _, j := range slices.Compact(try) {
			if j != i && list[j].path.covers(list[i].path) {
				all[i] = append(all[i], j)
			}
		}
	}
	return all
}

// compareSaid orders marks by what a field says of them.
func (m *mark) compareSaid(other *mark) int {
	return cmp.Or(cmp.Compare(m.rank(), other.rank()), cmp.Compare(m.action, other.action), cmp.Compare(m.unless, other.unless), cmp.Compare(m.clause, other.clause))
}

// text is the configuration as JSON, a line for each rule.
func (c *redactConfig) text() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("{\n")
	for i, side := range [...]struct {
		name  string
		rules []importedRule
	}{{"responses", c.responses}, {"requests", c.requests}} {
		if len(side.rules) == 0 {
			continue
		}
		if i > 0 && len(c.responses) > 0 {
			b.WriteString(",\n")
		}
		if err := writeRules(&b, side.name, side.rules); err != nil {
			return nil, err
		}
	}
	if err := writeKeys(&b, slices.Concat(c.responses, c.requests)); err != nil {
		return nil, err
	}
	b.WriteString("\n}\n")
	return b.Bytes(), nil
}

// writeKeys writes where the keys that actions name are to be found.
func writeKeys(w io.Writer, rules []importedRule) error {
	keys := map[string]map[string]string{}
	use := func(action json.RawMessage) {
		var members map[string]json.RawMessage
		_ = json.Unmarshal(action, &members)
		for _, member := range members {
			var keyed struct {
				Key     string   `json:"key"`
				Retired []string `json:"retired"`
			}
			if json.Unmarshal(member, &keyed) != nil || keyed.Key == "" {
				continue
			}
			for _, id := range append(keyed.Retired, keyed.Key) {
				variable := strings.Map(func(c rune) rune {
					if c < 0x80 && folded(string(c)) != "" && strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c) {
						return c
					}
					return '_'
				}, strings.ToUpper(id))
				keys[id] = map[string]string{"env": "GATEHOUSE_KEY_" + variable}
			}
		}
	}
	for _, rule := range rules {
		for _, field := range rule.Fields {
			use(field.Action)
		}
		for _, header := range rule.Headers {
			use(header.Action)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	text, err := compactJSON(keys)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, ",\n  \"keys\": %s", text)
	return err
}
