package scope

import (
	"strconv"
	"strings"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
)

// Config is the configuration of scope.
type Config struct {
	// Mode of all routes that have none of their own. "enforce" answers a request
	// that is denied, "shadow" lets it through and records what would have
	// happened. A request that can be read in two ways may be one for any route:
	// it is denied in shadow mode only if each route that is not public is in
	// shadow mode too. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// What becomes of a request that no route matches: "deny", or "allow" without
	// looking at who it is from. Default "deny". Optional.
	Default string `json:"default" config:"default=deny,enum=deny|allow"`
	// What a scope covers beside itself: {"orders:write": ["orders:read"]} lets the
	// holder of orders:write do what needs orders:read. Default: every scope covers
	// itself only. Optional.
	Hierarchy Hierarchy `json:"hierarchy"`
	// Claims that the identity's scopes are read from, all of them. Default:
	// "scope" and "scp". Optional.
	Sources []Source `json:"sources" config:"minitems=1,maxitems=16"`
	// Claim that says how the token was granted, for the grant_types of routes. A
	// token without it that names its client as its subject was granted by client
	// credentials (RFC 9068, Section 2.2). Default "gty". Optional.
	GrantTypeClaim identity.Path `json:"grant_type_claim" config:"default=gty"`
	// Whose word is taken for who a request is from. Default: that of
	// jwt-audience. Optional.
	Identity identity.Config `json:"identity"`
	// Routes in the order in which they are tried: the first that matches a
	// request applies. Required.
	Routes []Route `json:"routes" config:"required,minitems=1,maxitems=4096"`
	// Whether CORS preflights (Fetch Standard, Section 4.8), to which browsers add no
	// credentials, are let through where a route matches the request that they ask
	// about. Default false: they are requests like any other. Optional.
	AllowCORSPreflight bool `json:"allow_cors_preflight"`
	// How paths of requests are read, for all routes. Default: paths that can be
	// read in two ways are refused. Optional.
	Paths match.Paths `json:"paths"`
	// Which decisions are written as security events, and how much they tell.
	// Metrics count all decisions. Default: denials, with subject and client id.
	// Optional.
	Events event.Config `json:"events"`
	// Realm named in the challenge to clients (RFC 9110, Section 11.5). Printable
	// ASCII without quotation marks and backslashes. Default "api". Optional.
	Realm bearer.Realm `json:"realm" config:"default=api"`
	// URL of the metadata of this API, which tell a client where to get a token;
	// named in the challenge (RFC 9728, Section 5.1). Default: none. Optional.
	ResourceMetadata ResourceMetadata `json:"resource_metadata_uri"`
}

// Source is a claim that scopes are read from. A string is a list separated by
// spaces (RFC 6749, Section 3.3), each string of a list is one scope; a claim of
// another type makes the identity unusable, one that is not there has no scopes.
type Source struct {
	// Path of the claim. Required.
	Claim identity.Path `json:"claim" config:"required"`
	// Put in front of each name, so that a role cannot be taken for a scope of the
	// same name. Names that begin with it and come from a source with another
	// prefix, or none, do not count. Default: none. Optional.
	Prefix Prefix `json:"prefix"`
}

// Route says what the requests that it matches need: public, or any of the
// other demands, all of which have to be met.
type Route struct {
	// Name of the route in events. Default: its place, as in "routes[0]". Optional.
	Name string `json:"name" config:"minlen=1,maxlen=64"`
	// Requests that the route is for. Required.
	Match match.Match `json:"match" config:"required"`
	// Whether every request is let through, also without an identity. Default
	// false. Optional.
	Public bool `json:"public"`
	// Whether any verified identity is let through, whatever its scopes. Default
	// false. Optional.
	Authenticated bool `json:"authenticated"`
	// Scopes, or lists of them, all of which are needed. Optional.
	AllOf []Requirement `json:"all_of" config:"minitems=1,maxitems=64"`
	// Scopes, or lists of them, one of which is needed. Optional.
	AnyOf []Requirement `json:"any_of" config:"minitems=1,maxitems=64"`
	// Client ids, one of which the identity must have, compared byte for byte.
	// Default: any client. Optional.
	Clients []string `json:"clients" config:"minitems=1,maxitems=1024,minlen=1,maxlen=256,unique"`
	// Ways in which the token may have been granted, such as "client_credentials",
	// compared with the claim grant_type_claim byte for byte. Default: any.
	// Optional.
	GrantTypes []string `json:"grant_types" config:"minitems=1,maxitems=16,minlen=1,maxlen=128,unique"`
	// Mode of this route, "enforce" or "shadow". Default: the mode of the whole
	// configuration. Optional.
	Mode *config.Mode `json:"mode"`
}

// label is the name of the route at index i, as events and reports have it.
func (r *Route) label(i int) string {
	if r.Name != "" {
		return r.Name
	}
	return "routes[" + strconv.Itoa(i) + "]"
}

// ValidateConfig refuses a route that does not say what it needs, or says it in
// two ways.
func (r *Route) ValidateConfig(v config.Value) error {
	scopes := r.AllOf != nil || r.AnyOf != nil
	others := r.Clients != nil || r.GrantTypes != nil
	switch {
	case r.Public && (r.Authenticated || scopes || others):
		return v.Field("public").Errorf("a public route needs nothing, want no other demand beside it")
	case r.Authenticated && scopes:
		return v.Field("authenticated").Errorf("all_of and any_of need an identity anyway, want one or the other")
	case !r.Public && !r.Authenticated && !scopes && !others:
		return v.Errorf("want all_of, any_of, clients, grant_types, authenticated or public")
	}
	return nil
}

// Scope is the name of a scope (RFC 6749, Section 3.3).
//
//schema:is {"type":"string","minLength":1,"maxLength":256,"pattern":"^[!#-\\[\\]-~]+$"}
type Scope string

// UnmarshalConfig reads the name.
func (s *Scope) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String || !isScope(v.Text()) {
		return v.Errorf("want the name of a scope: up to 256 visible ASCII characters without quotation marks and backslashes")
	}
	*s = Scope(v.Text())
	return nil
}

// maxScope is the length of the longest name of a scope.
const maxScope = 256

// isScope reports whether a name is a scope-token.
func isScope(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return name != "" && len(name) <= maxScope
}

// Prefix is what the names of a source begin with.
//
//schema:is {"type":"string","minLength":1,"maxLength":64,"pattern":"^[!#-\\[\\]-~]+$"}
type Prefix string

// UnmarshalConfig reads the prefix.
func (p *Prefix) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String || !isScope(v.Text()) || len(v.Text()) > 64 {
		return v.Errorf("want 1 to 64 visible ASCII characters without quotation marks and backslashes")
	}
	*p = Prefix(v.Text())
	return nil
}

// ResourceMetadata is the URL of protected resource metadata (RFC 9728).
//
//schema:is {"type":"string","maxLength":2048,"pattern":"^https://[!$-;=?-\\[\\]_a-z~]+$"}
type ResourceMetadata string

// UnmarshalConfig reads the URL. RFC 9728, Section 3: it has the scheme https
// and no fragment.
func (m *ResourceMetadata) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	rest, ok := strings.CutPrefix(text, "https://")
	ok = ok && v.Kind() == config.String && rest != "" && len(text) <= 2048
	for i := 0; ok && i < len(rest); i++ {
		ok = rest[i] > ' ' && rest[i] <= '~' && strings.IndexByte("\"#<>\\^`{|}", rest[i]) < 0
	}
	if !ok {
		return v.Errorf(`want a URL with the scheme https, such as "https://api.example.com/.well-known/oauth-protected-resource"`)
	}
	*m = ResourceMetadata(text)
	return nil
}
