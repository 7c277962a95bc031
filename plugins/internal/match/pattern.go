package match

import "strings"

// pattern is a compiled condition on the path.
type pattern struct {
	kind patternKind
	// text is the normal form of an exact path or of a prefix.
	text string
	// segments are those of a template, after its leading slash.
	segments []templateSegment
}

type patternKind uint8

const (
	anyPath patternKind = iota
	exactPath
	prefixPath
	templatePath
)

type templateSegment struct {
	// text is a literal segment in normal form, unless any.
	text string
	// any stands for one segment that is not empty.
	any bool
}

// compile returns the pattern, or the key of the faulty field and what is wrong
// with it.
func (p *Path) compile(allowed Forms) (pat pattern, field, fault string) {
	switch {
	case p == nil:
		return pattern{}, "", ""
	case p.Exact == "*":
		return pattern{kind: exactPath, text: "*"}, "", ""
	case p.Exact != "":
		text, fault := literal(string(p.Exact), allowed)
		return pattern{kind: exactPath, text: text}, "exact", fault
	case p.Prefix != "":
		text, fault := literal(string(p.Prefix), allowed)
		return pattern{kind: prefixPath, text: text}, "prefix", fault
	}
	segments, fault := template(string(p.Template), allowed)
	return pattern{kind: templatePath, segments: segments}, "template", fault
}

// literal brings a configured path to normal form. What is a matter of spelling
// is accepted; what would make the reader of the configuration think of another
// path is not.
func literal(path string, allowed Forms) (text, fault string) {
	if path[0] != '/' {
		return "", `want a path that begins with "/"`
	}
	if strings.ContainsAny(path, "?#") {
		return "", "want a path without a query or a fragment"
	}
	if strings.Contains(path, "//") {
		return "", "want a path without empty segments"
	}
	for _, segment := range strings.Split(path, "/") {
		if segment == "." || segment == ".." {
			return "", "want a path without dot segments"
		}
	}
	text, form := Normalize(path, allowed)
	if form != Unambiguous {
		return "", "a request with this path is refused as " + form.String() + `, want it named in paths.allow or spelt otherwise`
	}
	if strings.Count(text, "/") != strings.Count(path, "/") {
		return "", "want a path without dot segments"
	}
	return text, ""
}

// template compiles "/orders/{id}/items".
func template(path string, allowed Forms) (segments []templateSegment, fault string) {
	if path[0] != '/' {
		return nil, `want a template that begins with "/"`
	}
	names := map[string]bool{}
	for _, raw := range strings.Split(path[1:], "/") {
		if !strings.ContainsAny(raw, "{}") {
			segments = append(segments, templateSegment{text: raw})
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(raw, "{"), "}")
		if len(name) != len(raw)-2 || strings.ContainsAny(name, "{}") {
			return nil, `want "{name}" as a whole segment`
		}
		if !variable(name) {
			return nil, `want a name of letters, digits and "_" between "{" and "}"`
		}
		if names[name] {
			return nil, "the same name twice in a template, want each once"
		}
		names[name] = true
		segments = append(segments, templateSegment{any: true})
	}
	// The literal segments go through the same reading as a whole path, with
	// the variables in place of a segment that spells itself.
	whole := ""
	for _, s := range segments {
		if s.any {
			s.text = "x"
		}
		whole += "/" + s.text
	}
	text, fault := literal(whole, allowed)
	if fault != "" {
		return nil, fault
	}
	for i, normal := range strings.Split(text[1:], "/") {
		if !segments[i].any {
			segments[i].text = normal
		}
	}
	return segments, ""
}

func variable(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// match holds a path in normal form against the pattern.
func (p *pattern) match(path string) bool {
	switch p.kind {
	case anyPath:
		return true
	case exactPath:
		return path == p.text
	case prefixPath:
		if !strings.HasPrefix(path, p.text) {
			return false
		}
		return len(path) == len(p.text) || p.text[len(p.text)-1] == '/' || path[len(p.text)] == '/'
	}
	if path == "" || path[0] != '/' {
		return false
	}
	rest := path[1:]
	last := len(p.segments) - 1
	for i := range p.segments {
		segment := rest
		end := strings.IndexByte(rest, '/')
		if (end < 0) != (i == last) {
			return false
		}
		if end >= 0 {
			segment, rest = rest[:end], rest[end+1:]
		}
		if s := &p.segments[i]; s.any {
			if segment == "" {
				return false
			}
		} else if segment != s.text {
			return false
		}
	}
	return true
}
