package claim

import (
	"strconv"
	"strings"
)

// Bounds of a path.
const (
	maxPath  = 512
	maxSteps = 16
)

// Path leads to a claim. It is made by [ParsePath], or from a configuration, and
// never changes.
//
//schema:is {"type":"string","minLength":1,"maxLength":512}
type Path struct {
	text  string
	steps []step
	// many says that the path leads to any number of values, which are read as an
	// array.
	many bool
}

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// step is one part of a path.
type step struct {
	kind stepKind
	// name is that of a member.
	name string
	// index is that of an entry, for a name that is a number; else -1.
	index int
	// query leads to what a query compares, and want is what with.
	query []step
	want  Scalar
}

type stepKind uint8

const (
	// memberStep is a member of an object or an entry of an array.
	memberStep stepKind = iota
	// countStep is the number of entries of an array.
	countStep
	// eachStep is every entry of an array.
	eachStep
	// firstStep is the first entry that answers a query.
	firstStep
	// allStep is every entry that answers a query.
	allStep
)

// PathError is why a path is refused.
type PathError string

// Error returns what is wrong and what is wanted.
func (e PathError) Error() string { return "claim: path: " + string(e) }

// ParsePath reads a path. Errors are of type [PathError].
func ParsePath(text string) (*Path, error) {
	p, fault := parsePath(text)
	if fault != "" {
		return nil, PathError(fault)
	}
	return p, nil
}

func parsePath(text string) (path *Path, fault string) {
	switch {
	case text == "":
		return nil, "empty, want the path of a claim"
	case len(text) > maxPath:
		return nil, strconv.Itoa(len(text)) + " bytes, want at most " + strconv.Itoa(maxPath)
	}
	p := parser{text: text}
	steps, fault := p.steps(0)
	if fault != "" {
		return nil, fault
	}
	path = &Path{text: text, steps: steps}
	for _, s := range steps {
		if s.kind == eachStep || s.kind == allStep {
			if path.many {
				return nil, `want "#" for each entry of an array once in a path`
			}
			path.many = true
		}
	}
	if last := steps[len(steps)-1]; last.kind == countStep && path.many {
		return nil, `want "#" for each entry of an array once in a path`
	}
	return path, ""
}

// parser reads a path from left to right.
type parser struct {
	text string
	i    int
}

// steps reads up to the end, or up to an end byte that is not escaped.
func (p *parser) steps(end byte) (steps []step, fault string) {
	for {
		if len(steps) == maxSteps {
			return nil, "more than " + strconv.Itoa(maxSteps) + " parts"
		}
		s, fault := p.step(end)
		if fault != "" {
			return nil, fault
		}
		steps = append(steps, s)
		if p.i == len(p.text) || end != 0 && p.text[p.i] == end {
			return steps, ""
		}
		p.i++ // the dot
	}
}

func (p *parser) step(end byte) (step, string) {
	if p.i < len(p.text) && p.text[p.i] == '#' {
		if end != 0 {
			return step{}, `want no "#" within a query`
		}
		return p.array()
	}
	if p.i < len(p.text) && strings.IndexByte("@!{[(", p.text[p.i]) >= 0 {
		return step{}, "modifiers, literals and multipaths are not supported, want " + strconv.Quote(p.text[p.i:p.i+1]) + " escaped"
	}
	name, escaped, fault := p.name(end)
	if fault != "" {
		return step{}, fault
	}
	s := step{name: name, index: -1}
	if n, err := strconv.ParseUint(name, 10, 31); err == nil && !escaped && strconv.FormatUint(n, 10) == name {
		s.index = int(n)
	}
	return s, ""
}

// name reads up to a dot, the end, or an end byte.
func (p *parser) name(end byte) (name string, escaped bool, fault string) {
	var b strings.Builder
	for ; p.i < len(p.text); p.i++ {
		c := p.text[p.i]
		if c == '.' || end != 0 && c == end {
			break
		}
		switch c {
		case '*', '?':
			return "", false, "wildcards are not supported, want " + strconv.Quote(string(c)) + " escaped"
		case '|':
			return "", false, `want ".", or "|" escaped`
		case '\\':
			if p.i++; p.i == len(p.text) {
				return "", false, "nothing after the last backslash"
			}
			escaped = true
			c = p.text[p.i]
		}
		b.WriteByte(c)
	}
	if b.Len() == 0 {
		return "", false, "empty part, want a name"
	}
	return b.String(), escaped, ""
}

// array reads a step that begins with "#".
func (p *parser) array() (step, string) {
	p.i++
	switch {
	case p.i == len(p.text):
		return step{kind: countStep}, ""
	case p.text[p.i] == '.':
		return step{kind: eachStep}, ""
	case p.text[p.i] != '(':
		return step{}, `want "#", "#.name", "#(name==value)" or "#" escaped`
	}
	p.i++
	const want = `want a query such as "#(name==\"value\")"`
	s := step{kind: firstStep}
	if p.i < len(p.text) && p.text[p.i] != '=' {
		var fault string
		if s.query, fault = p.steps('='); fault != "" {
			return step{}, fault
		}
	}
	if !strings.HasPrefix(p.text[p.i:], "==") {
		return step{}, want
	}
	p.i += len("==")
	stop, ok := len(p.text), true
	if p.i < len(p.text) && p.text[p.i] == '"' {
		stop, ok = skipString(p.text, p.i)
	} else if n := strings.IndexByte(p.text[p.i:], ')'); n >= 0 {
		stop = p.i + n
	}
	if !ok {
		return step{}, want
	}
	raw := p.text[p.i:stop]
	if s.want, ok = scalarOf(raw); !ok {
		return step{}, want
	}
	p.i = stop
	if p.i == len(p.text) || p.text[p.i] != ')' {
		return step{}, want
	}
	p.i++
	if p.i < len(p.text) && p.text[p.i] == '#' {
		s.kind = allStep
		p.i++
	}
	if p.i < len(p.text) && p.text[p.i] != '.' {
		return step{}, `want "." after a query`
	}
	return s, ""
}
