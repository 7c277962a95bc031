package scope

import (
	"iter"
	"strconv"
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/jose"
)

// ClaimPath leads to a claim, in the syntax of GJSON: names separated by dots, as
// in "realm_access.roles"; "\" takes the next character as it is, as in
// "https://example\\.com/roles"; a number is the place in a list, "#" stands for
// every entry of a list, as in "groups.#.name", and "@keys" at the end for the
// names of an object's members.
//
//schema:is {"type":"string","minLength":1,"maxLength":512}
type ClaimPath struct{ steps []step }

// step leads from a value to one or more inside it.
type step struct {
	kind stepKind
	name string // of a member
}

type stepKind uint8

const (
	member stepKind = iota // the member of an object, or the entry of a list
	every                  // every entry of a list
	keys                   // the names of an object's members
)

// maxSteps is how many steps a path may have.
const maxSteps = 16

// UnmarshalConfig reads the path.
func (p *ClaimPath) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String || v.Text() == "" || len(v.Text()) > 512 {
		return v.Errorf(`want the path of a claim, such as "scope" or "realm_access.roles"`)
	}
	var fault string
	if p.steps, fault = parsePath(v.Text()); fault != "" {
		return v.Errorf("%s", fault)
	}
	return nil
}

// parsePath takes a path to pieces, or says what is wrong with it.
func parsePath(text string) (steps []step, fault string) {
	for rest, more := text, true; more; {
		var name []byte
		plain := true
		i := 0
		for ; i < len(rest) && rest[i] != '.'; i++ {
			if rest[i] == '\\' {
				if i++; i == len(rest) {
					return nil, `want a character after "\"`
				}
				plain = false
			} else if strings.IndexByte("*?|{}[]()!<>", rest[i]) >= 0 {
				return nil, `want names, numbers, "#" and "@keys" only, and "\" before a character of a name that GJSON gives a meaning`
			}
			name = append(name, rest[i])
		}
		more = i < len(rest)
		if more {
			rest = rest[i+1:]
		}
		s := step{name: string(name)}
		switch {
		case len(name) == 0:
			return nil, "want no empty name between dots"
		case !plain:
		case s.name == "#":
			if !more {
				return nil, `want the name of a member after "#", which alone is the number of entries`
			}
			s.kind = every
		case s.name == "@keys":
			if more || len(steps) == 0 {
				return nil, `want "@keys" at the end, after the name of a claim`
			}
			s.kind = keys
		case name[0] == '@' || name[0] == '#':
			return nil, `want "@keys" or "#" alone, or "\" before the character`
		}
		if len(steps) == 0 && s.kind == every {
			return nil, "want the name of a claim first"
		}
		if steps = append(steps, s); len(steps) > maxSteps {
			return nil, "want at most " + strconv.Itoa(maxSteps) + " names"
		}
	}
	return steps, ""
}

// reading is what was found at a path.
type reading struct {
	// texts are the strings.
	texts []string
	// single says that texts is one string that stands where a list could.
	single bool
	// bad says that there is something else than strings.
	bad bool
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
			r.single = false
		}
	case s.kind == keys:
		o, err := jose.ParseObject(raw)
		if err != nil {
			r.bad = true
			return
		}
		for i := range o {
			r.texts = append(r.texts, o[i].Name)
		}
	case raw[0] == '{':
		o, err := jose.ParseObject(raw)
		if err != nil {
			r.bad = true
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

// leaf appends a string, or the strings of a list.
func (r *reading) leaf(raw string) {
	switch raw[0] {
	case '"':
		r.texts = append(r.texts, unquoted(raw))
		r.single = true
	case '[':
		for entry := range entries(raw) {
			if entry[0] != '"' {
				r.bad = true
				return
			}
			r.texts = append(r.texts, unquoted(entry))
		}
	default:
		r.bad = true
	}
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
