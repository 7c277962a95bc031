package identity

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/jose"
)

// Found is what was found at a path. Nothing at all is a claim that is not there,
// or a list without entries.
type Found struct {
	// Texts are what the claim says.
	Texts []string
	// Single says that Texts is one text that stands where a list could.
	Single bool
	// Malformed says that there is something else than was asked for; Texts are of
	// no use then.
	Malformed bool
}

// scopePaths are where issuers name the scopes of a token.
var scopePaths = func() (paths [2]*Path) {
	for i, name := range [...]string{"scope", "scp"} {
		paths[i], _ = ParsePath(name)
	}
	return paths
}()

// Scopes appends the identity's scopes to texts, whose memory it uses: the strings of
// the claims "scope" and "scp", or the words of one that is a string (RFC 6749,
// Section 3.3). It returns false if a claim is something else.
func (i *Identity) Scopes(texts []string) ([]string, bool) {
	for _, path := range scopePaths {
		before := len(texts)
		found := i.Strings(path, texts)
		if found.Malformed {
			return nil, false
		}
		texts = found.Texts
		if found.Single {
			names := texts[before]
			texts = texts[:before]
			for name := range strings.SplitSeq(names, " ") {
				texts = append(texts, name)
			}
		}
	}
	return texts, true
}

// Has tells whether the claim at a path is one of the values, or has one as an entry.
// Numbers and booleans are compared as texts, see [Identity.Scalars].
func (i *Identity) Has(p *Path, values []string) bool {
	found := i.Scalars(p, nil)
	return !found.Malformed && slices.ContainsFunc(found.Texts, func(text string) bool { return slices.Contains(values, text) })
}

// reading collects what is at a path.
type reading struct {
	Found
	// scalars takes numbers and booleans, too.
	scalars bool
}

// read appends what JSON, valid and without duplicate members, has at the steps.
// What is not there is no fault.
func (r *reading) read(raw string, steps []step) {
	if len(steps) == 0 {
		r.leaf(raw)
		return
	}
	switch s := steps[0]; {
	case s.kind == every:
		if raw[0] == '[' {
			for entry := range entries(raw) {
				r.read(entry, steps[1:])
			}
			r.Single = false
		}
	case s.kind == keys:
		o, err := jose.ParseObject(raw)
		if err != nil {
			r.Malformed = true
			return
		}
		for i := range o {
			r.Texts = append(r.Texts, o[i].Name)
		}
	case raw[0] == '{':
		o, err := jose.ParseObject(raw)
		if err != nil {
			r.Malformed = true
			return
		}
		if v := o.Get(s.name); v.Kind() != jose.Absent {
			r.read(v.Raw(), steps[1:])
		}
	case raw[0] == '[':
		index, err := strconv.ParseUint(s.name, 10, 16)
		if err != nil {
			return
		}
		i := uint64(0)
		for entry := range entries(raw) {
			if i == index {
				r.read(entry, steps[1:])
				return
			}
			i++
		}
	}
}

// leaf appends a string, or the strings of a list, and with scalars a number or a
// boolean, or those of a list. A null among scalars is no value.
func (r *reading) leaf(raw string) {
	switch raw[0] {
	case '[':
		for entry := range entries(raw) {
			if !r.one(entry) {
				r.Malformed = true
				return
			}
		}
	case 'n':
		r.Malformed = r.Malformed || !r.scalars
	default:
		r.Single = true
		if !r.one(raw) {
			r.Malformed = true
		}
	}
}

// one appends one text, and returns false if the value has none.
func (r *reading) one(raw string) bool {
	switch c := raw[0]; {
	case c == '"':
		r.Texts = append(r.Texts, unquoted(raw))
	case !r.scalars || c == '{' || c == '[' || c == 'n':
		return false
	case c == 't' || c == 'f':
		r.Texts = append(r.Texts, raw)
	default:
		text, ok := claim.PlainNumber(raw)
		r.Texts = append(r.Texts, text)
		return ok
	}
	return true
}

// unquoted is the text of a JSON string that is valid.
func unquoted(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	o, err := jose.ParseObject(`{"":` + raw + `}`)
	if err != nil {
		return ""
	}
	text, _ := o.Get("").Text()
	return text
}

// entries yields the JSON of each entry of a list that is valid.
func entries(raw string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, depth, quoted := 1, 0, false
		for i := 1; i < len(raw); i++ {
			c := raw[i]
			switch {
			case quoted && c == '\\':
				i++
				continue
			case c == '"':
				quoted = !quoted
				continue
			case quoted:
				continue
			case c == '[' || c == '{':
				depth++
				continue
			case (c == ']' || c == '}') && depth > 0:
				depth--
				continue
			case c != ',' && c != ']' || depth > 0:
				continue
			}
			if entry := strings.Trim(raw[start:i], " \t\r\n"); entry != "" && !yield(entry) {
				return
			}
			start = i + 1
		}
	}
}
