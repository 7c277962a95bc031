package seclang

import "strings"

// ParseTargets reads a list of variables as the first argument of a SecRule and
// the last of a SecRuleUpdateTargetById have it, for example
// "ARGS|!ARGS:token|&REQUEST_HEADERS:/^x-/". pos is where the text stands. The
// error is of type [Errors].
func ParseTargets(pos Position, text string) ([]Target, error) {
	var f faults
	targets := parseTargets(&f, passageAt(pos, text))
	if err := f.err(); err != nil {
		return nil, err
	}
	return targets, nil
}

func parseTargets(f *faults, p passage) []Target {
	targets := make([]Target, 0, 1+strings.Count(p.s, "|"))
	for {
		target, length, ok := parseTarget(f, p)
		if !ok {
			return nil
		}
		targets = append(targets, target)
		if length == len(p.s) {
			return targets
		}
		p = p.after(length + 1)
	}
}

// parseTarget reads one target up to the end or the "|" at length.
func parseTarget(f *faults, p passage) (target Target, length int, ok bool) {
	target.Pos = p.pos()
	i := 0
	for ; i < len(p.s) && (p.s[i] == '!' || p.s[i] == '&'); i++ {
		if i > 0 {
			f.add(p.posAt(i), `only one of "!" and "&" may stand before a variable`)
			return target, 0, false
		}
		target.Exclude = p.s[i] == '!'
		target.Count = p.s[i] == '&'
	}
	end := i
	for end < len(p.s) && p.s[end] != '|' && p.s[end] != ':' {
		end++
	}
	name, selectable, problem := variable(p.s[i:end])
	if problem != "" {
		f.add(p.posAt(i), problem)
		return target, 0, false
	}
	target.Variable = name
	if end == len(p.s) || p.s[end] == '|' {
		return target, end, true
	}
	if !selectable {
		f.add(p.posAt(end), name+" holds one value and takes no selector")
		return target, 0, false
	}
	target.Selected = true
	n, problem := target.selector(p.s[end+1:])
	if problem != "" {
		f.add(p.posAt(end+1+n), problem)
		return target, 0, false
	}
	return target, end + 1 + n, true
}

// selector reads the selector at the beginning of s and returns its length, or
// where it is wrong.
func (t *Target) selector(s string) (length int, problem string) {
	path := t.Variable == "XML" || t.Variable == "JSON"
	switch {
	case s != "" && s[0] == '\'':
		if len(s) > 1 && s[1] == '/' && !path {
			n := expressionEnd(s[1:])
			if n < 0 {
				return 1, "no unescaped slash ends this regular expression"
			}
			if n+1 >= len(s) || s[n+1] != '\'' {
				return n + 1, "want the closing quote after the regular expression"
			}
			t.Selector, t.Regex, length = s[2:n], true, n+2
			break
		}
		end := strings.IndexByte(s[1:], '\'')
		if end < 0 {
			return 0, "no quote ends this selector"
		}
		t.Selector, length = s[1:end+1], end+2
	case s != "" && s[0] == '/' && !path:
		n := expressionEnd(s)
		if n < 0 {
			return 0, "no unescaped slash ends this regular expression"
		}
		t.Selector, t.Regex, length = s[1:n-1], true, n
	default:
		length = strings.IndexByte(s, '|')
		if length < 0 {
			length = len(s)
		}
		t.Selector = s[:length]
	}
	if !path && !t.Regex && strings.ContainsAny(t.Selector, `'"`) {
		return strings.IndexAny(s[1:], `'"`) + 1, "a name that is selected cannot hold a quote: use an expression"
	}
	if t.Selector == "" {
		return 0, "the selector is empty"
	}
	if length < len(s) && s[length] != '|' {
		return length, `want "|" or the end after a selector`
	}
	return length, ""
}

// expressionEnd returns the index after the slash that ends the expression that
// begins with one, -1 if there is none.
func expressionEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '/':
			return i + 1
		}
	}
	return -1
}
