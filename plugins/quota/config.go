package quota

import (
	"strconv"
	"strings"

	"gatehouse/plugins/internal/address"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
)

// Config is the configuration of quota.
type Config struct {
	// Mode of all limits and routes that have none of their own. "enforce" answers a
	// request over a limit, "shadow" counts it, lets it through and records what
	// would have happened. Default "enforce". Optional.
	Mode config.Mode `json:"mode" config:"default=enforce"`
	// Limits, all of which a request has to be within. Required.
	Limits []Limit `json:"limits" config:"required,minitems=1,maxitems=64"`
	// Other numbers for some clients. Default: the same for all. Optional.
	Plans *Plans `json:"plans"`
	// Requests that no limit counts. Default: none. Optional.
	Exempt []Exemption `json:"exempt" config:"minitems=1,maxitems=64"`
	// What certain requests cost, and which limits they are counted by. The first
	// that matches applies; a request that none matches is counted by all limits.
	// Default: none. Optional.
	Routes []Route `json:"routes" config:"minitems=1,maxitems=4096"`
	// How paths of requests are read, for all routes. Default: paths that can be
	// read in two ways are refused, where there are routes. Optional.
	Paths match.Paths `json:"paths"`
	// Whose word is taken for who a request is from. Default: that of
	// jwt-audience. Optional.
	Identity identity.Config `json:"identity"`
	// What is taken for the address of the client. Default: the address of the
	// connection, or what the proxy itself takes for it. Optional.
	ClientAddress address.Config `json:"client_address"`
	// The service that counts for all gateways, for the limits that are "global".
	// Optional: required if one is.
	Global *Global `json:"global"`
	// How requests over a limit are answered. Default: 429, with the fields of the
	// draft on refusals. Optional.
	Answer Answer `json:"answer"`
	// How many keys there is room for, over all limits. Each takes about 200 bytes of
	// the proxy's memory; when there are more, the counters are forgotten that have the
	// least of their limit used. Plugins of one namespace that have another number
	// share no counters. Default 65536. Optional.
	Keys int `json:"keys" config:"default=65536,minimum=256,maximum=4194304"`
	// Counters are shared by all plugins of a proxy that have the same namespace,
	// and a limit of the same name and numbers. Default "gatehouse". Optional.
	Namespace Name `json:"namespace" config:"default=gatehouse"`
	// How much of a body is read for keys of it; what is not in it is missing.
	// Default 65536. Optional.
	BodyLimit int `json:"body_limit" config:"default=65536,minimum=1,maximum=1048576"`
	// Whether the headers of a request wait for a body that keys are taken from, so
	// that an upstream sees nothing of one that is refused. It needs
	// allow_on_headers_stop_iteration in Envoy's plugin configuration. Default
	// false. Optional.
	HoldHeaders bool `json:"hold_headers"`
	// Which decisions are written as security events, and how much they tell.
	// Metrics count all decisions. Default: denials and what is near a limit, with
	// subject and client id. Optional.
	Events event.Config `json:"events"`
}

// Name names a limit, a route, a plan or a namespace.
//
//schema:is {"type":"string","minLength":1,"maxLength":64,"pattern":"^[A-Za-z0-9_.-]+$"}
type Name string

// UnmarshalConfig reads the name. It becomes a String of Structured Fields (RFC 9651,
// Section 3.3.3), part of a metric and of a descriptor.
func (n *Name) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	if v.Kind() != config.String || !isName(text) {
		return v.Errorf(`want a name: 1 to 64 of letters, digits, "_", "." and "-"`)
	}
	*n = Name(text)
	return nil
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// Route says what the requests that it matches cost.
type Route struct {
	// Name of the route in events. Default: its place, as in "routes[0]". Optional.
	Name Name `json:"name"`
	// Requests that the route is for. Required.
	Match match.Match `json:"match" config:"required"`
	// Whether no limit counts them. Default false. Optional.
	Exempt bool `json:"exempt"`
	// Names of the limits that count them. Default: all. Optional.
	Limits []Name `json:"limits" config:"minitems=1,maxitems=64"`
	// How many requests each of them counts as, in limits on requests. Default 1.
	// Optional.
	Cost int `json:"cost" config:"default=1,minimum=0,maximum=1000000"`
	// Mode of this route, "enforce" or "shadow"; a limit in shadow mode stays so.
	// Default: the mode of the whole configuration. Optional.
	Mode *config.Mode `json:"mode"`
}

// label is the name of the route at index i in events.
func (r *Route) label(i int) string {
	if r.Name != "" {
		return string(r.Name)
	}
	return "routes[" + strconv.Itoa(i) + "]"
}

// ValidateConfig refuses an exempt route that says how it is counted.
func (r *Route) ValidateConfig(v config.Value) error {
	if r.Exempt && (r.Limits != nil || v.Field("cost").Present()) {
		return v.Field("exempt").Errorf("an exempt route is not counted, want no limits and no cost beside it")
	}
	return nil
}

// Exemption selects requests that no limit counts. All conditions given must hold.
type Exemption struct {
	// Address ranges, in one of which the client's address must be:
	// "192.0.2.0/24", "2001:db8::/32". Optional.
	Addresses []address.Range `json:"addresses" config:"minitems=1,maxitems=1024"`
	// Client ids of verified identities, one of which the request must have.
	// Optional.
	Clients []string `json:"clients" config:"minitems=1,maxitems=1024,minlen=1,maxlen=256,unique"`
	// Conditions on the claims of the verified identity, all of which must hold.
	// Optional.
	Claims []Condition `json:"claims" config:"minitems=1,maxitems=16"`
}

// Condition is a condition on a claim of the verified identity.
type Condition struct {
	// Path of the claim: "tenant", "realm_access.roles". Required.
	Claim identity.Path `json:"claim" config:"required"`
	// Values, one of which the claim must be, or must have as an entry. Numbers and
	// booleans are written as texts. Required.
	OneOf []string `json:"one_of" config:"required,minitems=1,maxitems=1024,maxlen=256,unique"`
}

// met tells whether an identity meets the condition.
func (c *Condition) met(who *identity.Identity) bool { return who.Has(&c.Claim, c.OneOf) }

// ValidateConfig refuses an exemption of everything.
func (e *Exemption) ValidateConfig(v config.Value) error {
	if e.Addresses == nil && e.Clients == nil && e.Claims == nil {
		return v.Errorf("want addresses, clients or claims")
	}
	return nil
}

// Answer says how requests over a limit are answered.
type Answer struct {
	// Status code. Default 429. Optional.
	Status int `json:"status" config:"default=429,minimum=400,maximum=599"`
	// Fields that tell clients of their limits: "draft" (RateLimit and
	// RateLimit-Policy, draft-ietf-httpapi-ratelimit-headers), "legacy"
	// (X-RateLimit-Limit, -Remaining and -Reset, of the limit that is nearest),
	// "both" or "none". Refusals have Retry-After in any case. Default "draft".
	// Optional.
	Fields string `json:"fields" config:"default=draft,enum=draft|legacy|both|none"`
	// Which responses have them: "refused", or "all". Default "refused". Optional.
	FieldsOn string `json:"fields_on" config:"default=refused,enum=refused|all"`
	// Detail of the problem document (RFC 9457). Default: none. Optional.
	Detail Detail `json:"detail"`
}

// Detail is a text for clients in printable ASCII.
//
//schema:is {"type":"string","maxLength":256,"pattern":"^[ -~]*$"}
type Detail string

// UnmarshalConfig reads the text.
func (d *Detail) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	outside := func(r rune) bool { return r < ' ' || r > '~' }
	if v.Kind() != config.String || len(text) > 256 || strings.IndexFunc(text, outside) >= 0 {
		return v.Errorf("want up to 256 characters of printable ASCII")
	}
	*d = Detail(text)
	return nil
}

// Global is a rate limit service (envoy.service.ratelimit.v3.RateLimitService).
type Global struct {
	// Name of the proxy's cluster of the service. In Istio
	// "outbound|8081||ratelimit.default.svc.cluster.local". Required.
	Cluster string `json:"cluster" config:"required,minlen=1,maxlen=255"`
	// Domain of the limits at the service. Default "gatehouse". Optional.
	Domain string `json:"domain" config:"default=gatehouse,minlen=1,maxlen=255"`
	// Whether the service is asked about every request. Otherwise gateways take
	// allowances from it in batches. Default false. Optional.
	PerRequest bool `json:"per_request"`
	// How large the batches are. Optional.
	Lease Lease `json:"lease"`
	// How long a request waits for the service at most. Default "100ms". Optional.
	Timeout config.Duration `json:"timeout" config:"default=100ms,minimum=1ms,maximum=10s"`
	// What becomes of a request when the service does not answer: "local" counts it
	// by the same limit in this proxy alone, "allow" lets it through, "deny" answers
	// 503. Default "local". Optional.
	OnError string `json:"on_error" config:"default=local,enum=local|allow|deny"`
	// Whether the service is told the numbers of the limits (RateLimitOverride), so
	// that its own configuration need only name the domain. Otherwise it has to have
	// limits of its own for the descriptors. Default true. Optional.
	Override *bool `json:"override"`
	// How values of keys are sent: "hashed" (SHA-256, so that no personal data or
	// secrets reach the service), or "plain", for services that have limits for
	// certain values. Default "hashed". Optional.
	Values string `json:"values" config:"default=hashed,enum=hashed|plain"`
}

// Lease says how large batches of allowance are.
type Lease struct {
	// How long one should last at the present rate of requests. Default "200ms".
	// Optional.
	Target config.Duration `json:"target" config:"default=200ms,minimum=1ms,maximum=1m"`
	// The most that one may hold. It bounds by how much a limit may be exceeded
	// where the service's window ends: so much for each gateway. Default 10000.
	// Optional.
	Most int64 `json:"most" config:"default=10000,minimum=1,maximum=1000000000"`
}
