package operator

import (
	"iter"
	"strings"

	"gatehouse/plugins/waf/regex"
)

// pathTemplate is restpath: a value matches if it contains a path like the
// template. Everything in the template but "{name}" is a regular expression.
type pathTemplate struct {
	dfa   *regex.DFA
	names []string // by group, "" for groups without a name
}

func newPathTemplate(argument string) (Operator, error) {
	var pattern strings.Builder
	for rest := strings.ReplaceAll(argument, "/", `\/`); ; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			pattern.WriteString(rest)
			break
		}
		// "{}" names nothing, so that its "}" belongs to no name either
		length := strings.IndexByte(rest[open+1:], '}')
		if length <= 0 {
			pattern.WriteString(rest[:open+1])
			rest = rest[open+1:]
			continue
		}
		pattern.WriteString(rest[:open] + "(?P<" + rest[open+1:open+1+length] + ">[^?/]+)")
		rest = rest[open+length+2:]
	}
	program, err := regex.CompileSelector(pattern.String())
	if err != nil {
		return nil, err
	}
	return &pathTemplate{dfa: regex.NewCache(regexMemory).New(program), names: groupNames(pattern.String())}, nil
}

// groupNames returns the names of the groups of a pattern that compiles.
func groupNames(pattern string) (names []string) {
	names = append(names, "")
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
			if i < len(pattern) && pattern[i] == 'Q' {
				end := strings.Index(pattern[i:], `\E`)
				if end < 0 {
					return names
				}
				i += end + 1
			}
		case inClass:
			if c == '[' && strings.HasPrefix(pattern[i:], "[:") {
				if end := strings.Index(pattern[i:], ":]"); end >= 0 {
					i += end + 1
				}
			} else if c == ']' {
				inClass = false
			}
		case c == '[':
			inClass = true
			if i+1 < len(pattern) && pattern[i+1] == '^' {
				i++
			}
			if i+1 < len(pattern) && pattern[i+1] == ']' {
				i++
			}
		case c == '(':
			rest := pattern[i+1:]
			if !strings.HasPrefix(rest, "?") {
				names = append(names, "")
			} else if rest = strings.TrimPrefix(rest[1:], "P"); strings.HasPrefix(rest, "<") {
				name, _, _ := strings.Cut(rest[1:], ">")
				names = append(names, name)
			}
		}
	}
	return names
}

func (p *pathTemplate) Match(value, _ string) bool { return p.dfa.Match(value) }

// PathArguments yields the names and values that the template of restpath finds
// in a value, for ARGS_PATH: the first nine groups of the template. Other
// operators find nothing.
func PathArguments(op Operator, value string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		p, ok := op.(*pathTemplate)
		if !ok {
			return
		}
		caps := p.dfa.Find(value, nil)
		for g := 1; g < len(caps)/2 && g < len(p.names); g++ {
			text := ""
			if caps[2*g] >= 0 {
				text = value[caps[2*g]:caps[2*g+1]]
			}
			if p.names[g] != "" && !yield(p.names[g], text) {
				return
			}
		}
	}
}
