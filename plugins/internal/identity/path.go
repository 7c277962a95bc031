package identity

import (
	"strconv"
	"strings"

	"gatehouse/plugins/internal/config"
)

// Path leads to a claim, in the syntax of GJSON: names separated by dots, as in
// "realm_access.roles"; "\" takes the next character as it is, as in
// "https://example\\.com/roles"; a number is the place in a list, "#" stands for
// every entry of a list, as in "groups.#.name", and "@keys" at the end for the
// names of an object's members.
//
//schema:is {"type":"string","minLength":1,"maxLength":512}
type Path struct {
	text  string
	steps []step
}

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

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

// Bounds of a path: its length, and how many steps it has.
const (
	maxPath  = 512
	maxSteps = 16
)

// PathError is why a path is refused.
type PathError string

// Error returns what is wrong and what is wanted.
func (e PathError) Error() string { return "identity: path: " + string(e) }

// ParsePath reads a path. Errors are of type [PathError].
func ParsePath(text string) (*Path, error) {
	if text == "" || len(text) > maxPath {
		return nil, PathError(wantPath)
	}
	steps, fault := parsePath(text)
	if fault != "" {
		return nil, PathError(fault)
	}
	return &Path{text: text, steps: steps}, nil
}

const wantPath = `want the path of a claim, such as "scope" or "realm_access.roles"`

// UnmarshalConfig reads the path.
func (p *Path) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String {
		return v.Errorf(wantPath)
	}
	parsed, err := ParsePath(v.Text())
	if fault, bad := err.(PathError); bad {
		return v.Errorf("%s", string(fault))
	}
	*p = *parsed
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
