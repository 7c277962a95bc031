package match

import (
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// Paths says how the paths of requests are read, for all routes of a plugin.
type Paths struct {
	// Ambiguous spellings of a path that are let through, with the reading each
	// is documented with; any other is refused with 400. Name only forms that
	// the upstream is known to read that way. Default: none. Optional.
	Allow []Form `json:"allow" config:"unique"`
}

func (p Paths) forms() Forms { return FormsOf(p.Allow...) }

// Match selects requests. All conditions given must hold; without any, every
// request is selected.
type Match struct {
	// Host names of the request without the port, one of which must be equal, in
	// any case: "api.example.com", or "*.example.com" for all names below
	// example.com. Default: any host. Optional.
	Hosts []Host `json:"hosts" config:"minitems=1"`
	// Condition on the path, as the upstream will read it. Default: any path.
	// Optional.
	Path *Path `json:"path"`
	// Methods, one of which must be equal. "GET" does not include "HEAD".
	// Default: any method. Optional.
	Methods []Method `json:"methods" config:"minitems=1,unique"`
	// Conditions on request headers, all of which must hold. Default: none.
	// Optional.
	Headers []Header `json:"headers" config:"minitems=1"`
	// Name of the proxy's own route (xds.route_name), which must be equal.
	// Default: any route. Optional.
	RouteName string `json:"route_name" config:"minlen=1"`
	// Conditions on the metadata of the proxy's own route (xds.route_metadata),
	// all of which must hold. Default: none. Optional.
	RouteMetadata []Metadata `json:"route_metadata" config:"minitems=1"`
}

// Path is a condition on the path. It is compared with case, and a trailing
// slash makes another path.
type Path struct {
	_ struct{} `config:"exactlyone=exact|prefix|template"`
	// The whole path, for example "/healthz"; "*" for the target of OPTIONS *.
	// Optional: one of exact, prefix and template is required.
	Exact ExactPath `json:"exact" config:"minlen=1"`
	// The path and all below it: "/admin" selects "/admin", "/admin/" and
	// "/admin/users", not "/administrator"; "/admin/" selects what is below only.
	// Optional: one of exact, prefix and template is required.
	Prefix PathPrefix `json:"prefix" config:"minlen=1"`
	// A path in which "{name}" stands for one segment that is not empty:
	// "/orders/{id}/items". Optional: one of exact, prefix and template is
	// required.
	Template PathTemplate `json:"template" config:"minlen=1"`
}

// ExactPath is a path in full, or "*".
//
//schema:is {"type":"string","minLength":1,"pattern":"^(\\*|/([^/?#]+/)*[^/?#]*)$"}
type ExactPath string

// PathPrefix is a path, without dot segments, that others lie below.
//
//schema:is {"type":"string","minLength":1,"pattern":"^/([^/?#]+/)*[^/?#]*$"}
type PathPrefix string

// PathTemplate is a path in which "{name}" stands for a segment.
//
//schema:is {"type":"string","minLength":1,"pattern":"^/((\\{[A-Za-z_][A-Za-z0-9_]*\\}|[^/?#{}]+)/)*(\\{[A-Za-z_][A-Za-z0-9_]*\\}|[^/?#{}]*)$"}
type PathTemplate string

// ValidateConfig refuses a path that no request could have.
func (p *Path) ValidateConfig(v config.Value) error {
	_, field, err := p.compile(allForms)
	if err != "" {
		return v.Field(field).Errorf("%s", err)
	}
	return nil
}

// Header is a condition on one request header. Values are compared byte for
// byte, each field line as it came; lists are not taken apart.
type Header struct {
	_ struct{} `config:"exactlyone=exact|prefix|suffix|contains|present"`
	// Name of the header, in any case. Pseudo-headers and host have conditions of
	// their own. Required.
	Name HeaderName `json:"name" config:"required"`
	// The whole value. Optional: one of exact, prefix, suffix, contains and
	// present is required.
	Exact *string `json:"exact"`
	// What the value begins with. Optional: one of exact, prefix, suffix, contains
	// and present is required.
	Prefix *string `json:"prefix" config:"minlen=1"`
	// What the value ends with. Optional: one of exact, prefix, suffix, contains
	// and present is required.
	Suffix *string `json:"suffix" config:"minlen=1"`
	// What the value holds somewhere. Optional: one of exact, prefix, suffix,
	// contains and present is required.
	Contains *string `json:"contains" config:"minlen=1"`
	// Whether the header must be there (true) or must not (false). Optional: one
	// of exact, prefix, suffix, contains and present is required.
	Present *bool `json:"present"`
	// What to do with a repeated header of which some values meet the condition
	// and others do not: "refuse" the request with 400, or take it as met when
	// "any" or only when "all" do. Default "refuse". Optional.
	Repeated string `json:"repeated" config:"default=refuse,enum=refuse|any|all"`
}

// Metadata is a condition on one string of the route's filter metadata. A value
// of another type, or none, does not meet it.
type Metadata struct {
	// Namespace of the metadata, usually a filter's name. Required.
	Namespace string `json:"namespace" config:"required,minlen=1"`
	// Keys that lead to the string, the outermost first. Required.
	Key []string `json:"key" config:"required,minitems=1,minlen=1"`
	// The whole string. Required.
	Value string `json:"value" config:"required"`
}

// Host is the name of a host, or "*." and the name of a domain for all names
// below it.
//
//schema:is {"type":"string","pattern":"^((\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*|\\[[0-9A-Fa-f:.]+\\])$"}
type Host string

// UnmarshalConfig reads the name in lower case.
func (h *Host) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String {
		return v.Errorf("want a host name, got %s", v.Kind())
	}
	s := strings.ToLower(v.Text())
	name := strings.TrimPrefix(s, "*.")
	plain, ok := Hostname(name)
	switch {
	case strings.Contains(name, "*"):
		return v.Errorf(`want a host name, "*" only as the first label before a domain`)
	case ok && plain != name && !strings.HasSuffix(name, "."):
		return v.Errorf("want a host name without a port: ports are not compared")
	case !ok || plain != name || strings.HasPrefix(name, "[") && name != s || name == "" || strings.Contains("."+name+".", ".."):
		return v.Errorf(`want a host name such as "api.example.com" or "*.example.com"`)
	}
	*h = Host(s)
	return nil
}

// Method is an HTTP method in capitals.
//
//schema:is {"type":"string","pattern":"^[A-Z][A-Z0-9_-]*$"}
type Method string

// UnmarshalConfig reads the method.
func (m *Method) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String {
		return v.Errorf("want a method, got %s", v.Kind())
	}
	s := v.Text()
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'A' || c > 'Z') && (i == 0 || c != '-' && c != '_' && (c < '0' || c > '9')) {
			return v.Errorf(`want a method in capitals, such as "GET"`)
		}
	}
	if s == "" {
		return v.Errorf(`want a method in capitals, such as "GET"`)
	}
	*m = Method(s)
	return nil
}

// HeaderName is the name of a header field, kept in lower case.
//
//schema:is {"type":"string","pattern":"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$","not":{"pattern":"^[Hh][Oo][Ss][Tt]$"}}
type HeaderName string

// UnmarshalConfig reads the name.
func (h *HeaderName) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String {
		return v.Errorf("want a header name, got %s", v.Kind())
	}
	s := strings.ToLower(v.Text())
	switch s {
	case "host", ":authority":
		return v.Errorf(`want the condition "hosts" for the host`)
	case ":path":
		return v.Errorf(`want the condition "path" for the path`)
	case ":method":
		return v.Errorf(`want the condition "methods" for the method`)
	case "":
		return v.Errorf("empty, want a header name")
	}
	if !policy.IsToken(s) {
		return v.Errorf("want a header name")
	}
	*h = HeaderName(s)
	return nil
}
