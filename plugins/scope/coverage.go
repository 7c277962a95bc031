package scope

import (
	"fmt"
	"strings"

	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Operation is one kind of request that an API's description has.
type Operation struct {
	// Method in capitals. Required.
	Method string
	// Path in full, in which "{name}" stands for one segment. Required.
	Path string
	// Hosts that the API is at; none if the description does not say.
	Hosts []string
}

// Coverage is what a configuration and the description of an API say
// differently.
type Coverage struct {
	// Uncovered are the operations, as indexes, of which some request has no route.
	Uncovered []int
	// Idle are the names of the routes that no request of any operation has.
	Idle []string
}

// Cover compares the routes of a configuration with the operations of an API.
// Routes are taken for as wide as they can be: conditions on headers and on the
// proxy's own routes count as met, and so do those on hosts for an operation
// without hosts.
func (c *Config) Cover(operations []Operation) (Coverage, error) {
	var coverage Coverage
	used := make([]bool, len(c.Routes))
	for i := range operations {
		o := &operations[i]
		described := match.Match{Path: &match.Path{Template: match.PathTemplate(o.Path)}, Methods: []match.Method{match.Method(o.Method)}}
		table, err := match.New(c.Paths, []match.Match{described})
		if err != nil {
			return Coverage{}, fmt.Errorf("%s %s: no path that a route can have: %w", o.Method, o.Path, err)
		}
		hosts := o.Hosts
		if len(hosts) == 0 {
			hosts = []string{""}
		}
		for _, host := range hosts {
			covered := false
			for j := range c.Routes {
				route, err := c.widened(j, host != "")
				if err != nil {
					return Coverage{}, err
				}
				covered = covered || takes(route, o.Method, sample(o.Path), host)
				if path := common(c.Routes[j].Match.Path, o.Path); takes(route, o.Method, path, host) && takes(table, o.Method, path, host) {
					used[j] = true
				}
			}
			if !covered {
				coverage.Uncovered = append(coverage.Uncovered, i)
				break
			}
		}
	}
	for j := range c.Routes {
		if !used[j] {
			coverage.Idle = append(coverage.Idle, c.Routes[j].label(j))
		}
	}
	return coverage, nil
}

// widened is a table of one route without the conditions that count as met.
func (c *Config) widened(i int, hosts bool) (*match.Table, error) {
	m := c.Routes[i].Match
	m.Headers, m.RouteName, m.RouteMetadata = nil, "", nil
	if !hosts {
		m.Hosts = nil
	}
	return match.New(c.Paths, []match.Match{m})
}

// takes tells whether the one route of a table takes a request.
func takes(table *match.Table, method, path, host string) bool {
	found := table.Find(&policy.Request{Headers: policy.Headers{
		{Name: ":method", Value: method}, {Name: ":path", Value: path}, {Name: ":authority", Value: host},
	}})
	return found.Route != match.None
}

// anySegment is a segment that no configuration names.
const anySegment = "any.segment.of.gatehouse"

// sample returns a path of a template.
func sample(template string) string {
	segments := strings.Split(template, "/")
	for i := range segments {
		if strings.HasPrefix(segments[i], "{") {
			segments[i] = anySegment
		}
	}
	return strings.Join(segments, "/")
}

// common returns a path that both a route and a template have, if there is one.
func common(route *match.Path, template string) string {
	if route == nil {
		return sample(template)
	}
	if route.Exact != "" {
		return string(route.Exact)
	}
	path := string(route.Template)
	if route.Prefix != "" {
		path = strings.TrimSuffix(string(route.Prefix), "/")
	}
	named, described := strings.Split(path, "/"), strings.Split(template, "/")
	for i := range min(len(named), len(described)) {
		if !strings.HasPrefix(named[i], "{") {
			described[i] = named[i]
		}
	}
	return sample(strings.Join(described, "/"))
}
