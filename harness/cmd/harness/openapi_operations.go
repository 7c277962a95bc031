package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"gatehouse/plugins/scope"
)

// apiOperation is an operation of an OpenAPI document at one of its servers.
type apiOperation struct {
	scope.Operation
	// where is its place in the document, as in "paths./orders.get".
	where string
	// security is what it needs: one of the requirements, each with all its
	// schemes. Nil says that the document does not say.
	security openapi3.SecurityRequirements
	// described is what the document says of it, and parameters are those that its
	// path has for all operations.
	described  *openapi3.Operation
	parameters openapi3.Parameters
}

// match is the condition of a configuration that its requests meet.
func (o *apiOperation) match() importedMatch {
	match := importedMatch{Methods: []string{o.Method}, Path: importedPath{Exact: o.Path}}
	if strings.Contains(o.Path, "{") {
		match.Path = importedPath{Template: o.Path}
	}
	return match
}

// importedMatch is the match of a rule that is made of an operation.
type importedMatch struct {
	Methods []string     `json:"methods"`
	Path    importedPath `json:"path"`
}

type importedPath struct {
	Exact    string `json:"exact,omitempty"`
	Template string `json:"template,omitempty"`
}

// addRule adds a rule for one method, to the one before if that says the same of the
// same path. Match returns the match of a rule, which says all else.
func addRule[R any](rules []R, rule R, match func(*R) *importedMatch) []R {
	says := func(r R) string {
		*match(&r) = importedMatch{}
		text, _ := json.Marshal(r)
		return string(text)
	}
	added := match(&rule)
	for i := range rules {
		m := match(&rules[i])
		if m.Path != added.Path {
			continue
		}
		if slices.Contains(m.Methods, added.Methods[0]) {
			return rules // another server with the same path
		}
		if says(rules[i]) == says(rule) {
			m.Methods = append(m.Methods, added.Methods...)
			return rules
		}
	}
	return append(rules, rule)
}

// writeRules writes a list of rules as the member of a configuration, a line each.
func writeRules[R any](b *bytes.Buffer, name string, rules []R) error {
	fmt.Fprintf(b, "  %q: [", name)
	for i := range rules {
		if i > 0 {
			b.WriteByte(',')
		}
		line, err := compactJSON(rules[i])
		if err != nil {
			return err
		}
		b.WriteString("\n    ")
		b.Write(line)
	}
	b.WriteString("\n  ]")
	return nil
}

// compactJSON is a value as JSON on one line, with "<", ">" and "&" as they are.
func compactJSON(v any) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(line.Bytes(), "\n"), nil
}

// operations returns the operations of a document, those of concrete paths
// before those of templates that match the same path (OpenAPI 3.1.1, Section
// 4.8.8.2), and what in the document cannot be a route.
func operations(document *openapi3.T) (found []apiOperation, problems []error) {
	if document.Paths == nil {
		return nil, []error{fmt.Errorf("paths: none, want at least one")}
	}
	items := document.Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(items)) {
		where := "paths." + path
		template, err := template(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", where, err))
			continue
		}
		all := items[path].Operations()
		for _, method := range slices.Sorted(maps.Keys(all)) {
			operation := all[method]
			servers := document.Servers
			if len(items[path].Servers) > 0 {
				servers = items[path].Servers
			}
			if operation.Servers != nil && len(*operation.Servers) > 0 {
				servers = *operation.Servers
			}
			security := document.Security
			if operation.Security != nil {
				// An empty list lifts what the document asks for.
				security = append(openapi3.SecurityRequirements{}, *operation.Security...)
			}
			bases, err := basesOf(servers)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s.%s: %w", where, strings.ToLower(method), err))
				continue
			}
			for _, base := range bases {
				found = append(found, apiOperation{
					Operation: scope.Operation{Method: strings.ToUpper(method), Path: base.path + template, Hosts: base.hosts},
					where:     where + "." + strings.ToLower(method),
					security:  security,
					described: operation, parameters: items[path].Parameters,
				})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b apiOperation) int {
		return cmp.Or(comparePaths(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return found, problems
}

// comparePaths orders paths so that a name comes before a parameter in its place.
func comparePaths(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range min(len(x), len(y)) {
		p, q := strings.HasPrefix(x[i], "{"), strings.HasPrefix(y[i], "{")
		switch {
		case p && !q:
			return 1
		case q && !p:
			return -1
		case !p && x[i] != y[i]:
			return cmp.Compare(x[i], y[i])
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// template makes a path of the document one of a route, whose parameters are
// whole segments with names of letters, digits and "_".
func template(path string) (string, error) {
	if !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf(`want a path that begins with "/"`)
	}
	segments := strings.Split(path, "/")
	names := map[string]bool{}
	for i, segment := range segments {
		if !strings.ContainsAny(segment, "{}") {
			continue
		}
		name, begins := strings.CutPrefix(segment, "{")
		name, ends := strings.CutSuffix(name, "}")
		if !begins || !ends || name == "" || strings.ContainsAny(name, "{}") {
			return "", fmt.Errorf("segment %q, want a parameter to be a whole segment, as routes have them", segment)
		}
		name = strings.Map(func(r rune) rune {
			if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
				return r
			}
			return '_'
		}, name)
		if '0' <= name[0] && name[0] <= '9' {
			name = "_" + name
		}
		unique := name
		for n := 2; names[unique]; n++ {
			unique = name + "_" + strconv.Itoa(n)
		}
		names[unique] = true
		segments[i] = "{" + unique + "}"
	}
	return strings.Join(segments, "/"), nil
}

// base is where an API begins: a path, and the hosts that have it.
type base struct {
	path  string
	hosts []string
}

// maxServers bounds the URLs that the variables of servers stand for.
const maxServers = 64

// basesOf returns the paths of servers, each with all its hosts. A server without
// a host leaves all hosts open.
func basesOf(servers openapi3.Servers) ([]base, error) {
	if len(servers) == 0 {
		return []base{{}}, nil
	}
	var bases []base
	open := map[string]bool{}
	for _, server := range servers {
		urls := []string{server.URL}
		for _, name := range slices.Sorted(maps.Keys(server.Variables)) {
			values := server.Variables[name].Enum
			if len(values) == 0 {
				values = []string{server.Variables[name].Default}
			}
			var filled []string
			for _, u := range urls {
				for _, value := range values {
					filled = append(filled, strings.ReplaceAll(u, "{"+name+"}", value))
				}
			}
			if urls = slices.Compact(filled); len(urls) > maxServers {
				return nil, fmt.Errorf("servers: %q stands for more than %d URLs", server.URL, maxServers)
			}
		}
		for _, text := range urls {
			u, err := url.Parse(text)
			if err != nil || u.Host == "" && !strings.HasPrefix(text, "/") || u.Opaque != "" {
				return nil, fmt.Errorf(`servers: %q, want a URL with a host, or a path that begins with "/"`, text)
			}
			path := strings.TrimSuffix(u.EscapedPath(), "/")
			i := slices.IndexFunc(bases, func(b base) bool { return b.path == path })
			if i < 0 {
				i = len(bases)
				bases = append(bases, base{path: path})
			}
			if host := u.Hostname(); host == "" {
				open[path] = true
			} else if !slices.Contains(bases[i].hosts, host) {
				bases[i].hosts = append(bases[i].hosts, host)
			}
		}
	}
	for i := range bases {
		if open[bases[i].path] {
			bases[i].hosts = nil
		}
	}
	return bases, nil
}
