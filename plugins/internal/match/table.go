package match

import (
	"strconv"
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// Why a request has no route: its target, host or headers can be read in two
// ways, and a policy must not depend on the reader. The answer is 400.
const (
	ReasonPathAmbiguous   policy.Reason = "path_ambiguous"
	ReasonHostAmbiguous   policy.Reason = "host_ambiguous"
	ReasonHeaderAmbiguous policy.Reason = "header_ambiguous"
)

// Reasons are all reasons of this package, for an engine to add to its own.
var Reasons = []policy.Reason{ReasonPathAmbiguous, ReasonHostAmbiguous, ReasonHeaderAmbiguous}

// None is the Route of a request that no route matches.
const None = -1

// Result is what a request was found to be.
type Result struct {
	// Route is the index of the first route that matches, None if there is none
	// or the request was refused.
	Route int
	// Path is the path in normal form: begins with "/", or is "*" (OPTIONS *) or
	// empty (CONNECT). It is empty if the path was refused. It may share memory
	// with the request.
	Path string
	// Refused is why the request must be refused with 400, "" if it must not.
	Refused policy.Reason
	// Form tells what made the path ambiguous.
	Form Form
}

// Table is an ordered list of routes, ready for requests. It is not changed by
// use.
type Table struct {
	allowed Forms
	routes  []route
	hosts   bool // whether any route looks at the host
}

type route struct {
	hosts    []Host
	path     pattern
	methods  []Method
	headers  []header
	name     string
	metadata []metadata
}

type header struct {
	name     string
	test     func(value, want string) bool
	want     string
	presence bool // test is nil: the header must (or must not) be there
	repeated string
}

type metadata struct {
	path  []string
	value string
}

// New compiles routes. An error has the path "routes[i].match…", since that is
// where the configurations of all plugins have them.
func New(paths Paths, routes []Match) (*Table, error) {
	t := &Table{allowed: paths.forms(), routes: make([]route, len(routes))}
	for i := range routes {
		m := &routes[i]
		pat, field, fault := m.Path.compile(t.allowed)
		if fault != "" {
			return nil, config.Errorf("routes["+strconv.Itoa(i)+"].match.path."+field, "%s", fault)
		}
		r := route{hosts: m.Hosts, path: pat, methods: m.Methods, name: m.RouteName}
		for _, h := range m.Headers {
			r.headers = append(r.headers, h.compile())
		}
		for _, md := range m.RouteMetadata {
			path := append([]string{"xds", "route_metadata", "filter_metadata", md.Namespace}, md.Key...)
			r.metadata = append(r.metadata, metadata{path: path, value: md.Value})
		}
		t.hosts = t.hosts || len(m.Hosts) > 0
		t.routes[i] = r
	}
	return t, nil
}

func (h *Header) compile() header {
	c := header{name: string(h.Name), repeated: h.Repeated}
	switch {
	case h.Exact != nil:
		c.test, c.want = func(value, want string) bool { return value == want }, *h.Exact
	case h.Prefix != nil:
		c.test, c.want = strings.HasPrefix, *h.Prefix
	case h.Suffix != nil:
		c.test, c.want = strings.HasSuffix, *h.Suffix
	case h.Contains != nil:
		c.test, c.want = strings.Contains, *h.Contains
	case h.Present != nil:
		c.presence = *h.Present
	}
	return c
}

// Find returns the route of a request. It allocates nothing where the path is
// in normal form.
func (t *Table) Find(r *policy.Request) Result {
	var method, target, authority string
	targets, authorities := 0, 0
	for i := range r.Headers {
		h := &r.Headers[i]
		if h.Name == "" || h.Name[0] != ':' {
			continue
		}
		switch h.Name {
		case ":method":
			method = h.Value
		case ":path":
			target = h.Value
			targets++
		case ":authority":
			authority = h.Value
			authorities++
		}
	}
	result := Result{Route: None}
	switch {
	case targets > 1:
		result.Form = NotAbsolute
	case target == "*" && method == "OPTIONS":
		// asterisk-form, RFC 9112, Section 3.2.4
		result.Path = target
	case targets == 0 && method == "CONNECT":
		// RFC 9113, Section 8.5: no path, so that only routes without a
		// condition on it can match
	default:
		result.Path, result.Form = Normalize(target, t.allowed)
	}
	if result.Form != Unambiguous {
		result.Refused = ReasonPathAmbiguous
		return result
	}
	host := ""
	if t.hosts {
		ok := authorities <= 1
		if ok {
			host, ok = Hostname(authority)
		}
		if !ok {
			result.Refused = ReasonHostAmbiguous
			return result
		}
	}
	for i := range t.routes {
		met, clear := t.routes[i].match(r, method, result.Path, host)
		if !clear {
			result.Refused = ReasonHeaderAmbiguous
			return result
		}
		if met {
			result.Route = i
			return result
		}
	}
	return result
}

// match tells whether all conditions hold. It is not clear when that depends on
// which value of a repeated header one reads.
func (t *route) match(r *policy.Request, method, path, host string) (met, clear bool) {
	if !t.path.match(path) || !t.matchMethod(method) || !t.matchHost(host) {
		return false, true
	}
	if t.name != "" {
		if name, ok := r.Attribute("xds", "route_name"); !ok || string(name) != t.name {
			return false, true
		}
	}
	for i := range t.metadata {
		if value, ok := r.Attribute(t.metadata[i].path...); !ok || string(value) != t.metadata[i].value {
			return false, true
		}
	}
	clear = true
	for i := range t.headers {
		m, c := t.headers[i].match(r.Headers)
		if c && !m {
			return false, true
		}
		clear = clear && c
	}
	return clear, clear
}

func (t *route) matchMethod(method string) bool {
	for _, m := range t.methods {
		if string(m) == method {
			return true
		}
	}
	return len(t.methods) == 0
}

func (t *route) matchHost(host string) bool {
	for _, h := range t.hosts {
		if h.match(host) {
			return true
		}
	}
	return len(t.hosts) == 0
}

func (h *header) match(headers policy.Headers) (met, clear bool) {
	yes, no := 0, 0
	for i := range headers {
		if headers[i].Name != h.name {
			continue
		}
		if h.test == nil || h.test(headers[i].Value, h.want) {
			yes++
		} else {
			no++
		}
	}
	switch {
	case h.test == nil:
		return (yes > 0) == h.presence, true
	case yes == 0 || no == 0:
		return yes > 0, true
	case h.repeated == "any":
		return true, true
	case h.repeated == "all":
		return false, true
	}
	return false, false
}
