package jwtaudience

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/dpop"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/introspect"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jwks"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
	"gatehouse/plugins/internal/revocation"
)

// Engine decides on requests by one configuration.
type Engine struct {
	issuers map[string]*issuer
	// patterns are issuers with a tenant, in order.
	patterns []*issuer
	keys     *jwks.Fetcher // nil if none are fetched
	sources  []jwks.Source
	// configured is the place in "issuers" of the issuer of each source.
	configured []int
	cache      *cache
	revoked    *revocation.Lists
	lists      revocation.Config
	maxWait    time.Duration
	table      *match.Table
	routes     []route
	// rest is for requests that no route matches.
	rest route
	// unread is for requests that cannot be read in one way only.
	unread  route
	events  event.Config
	realm   string
	forward bool
	// tokenSources are where tokens may be, and schemes those of a challenge.
	tokenSources bearer.Sources
	schemes      []bearer.Scheme
	preflight    bool
	resource     *bearer.Resource // nil for none
	claimHeaders []claim.Header
	// introspector asks the issuer introspects about tokens, nil if none is asked;
	// introspectAll is about JWTs too.
	introspector  *introspect.Introspector
	introspects   *issuer
	introspectAll bool
	// claims are the names of those that are part of the identity.
	claims []string
	// host is what the proxy lends, nil without one.
	host            policy.Host
	proofs          proofs
	proofAlgorithms string
	remember        int
	noncePeriod     time.Duration // 0 if none is asked for
	// signature verifies one; nil for Go's cryptography.
	signature jose.VerifyFunc
}

// route is a Route without its conditions.
type route struct {
	name         string
	audiences    []string // nil for those of the issuer
	allAudiences bool
	anonymous    bool
	mode         policy.Mode
	requirements
}

// defaultSources are where a token may be if nothing else is said. The scheme DPoP is
// known, and told to clients, where tokens may have to be bound to a key.
func defaultSources(c *Config) bearer.Sources {
	schemes := []bearer.Scheme{bearer.Bearer}
	asked := func(q *Requirements) bool { return q.Binding == "dpop" || q.Binding == "any" }
	if slices.ContainsFunc(c.Issuers, func(i Issuer) bool { return asked(&i.Requirements) }) ||
		slices.ContainsFunc(c.Routes, func(r Route) bool { return asked(&r.Requirements) }) {
		schemes = append(schemes, bearer.DPoP)
	}
	return bearer.Sources{{Header: "authorization", Schemes: schemes}}
}

// New makes an engine from the JSON of a [Config]. Errors are those of package
// config: they name the place and never a value of the document.
func New(document []byte) (*Engine, error) {
	var c Config
	if err := config.Decode(document, &c); err != nil {
		return nil, err
	}
	matches := make([]match.Match, len(c.Routes))
	for i := range c.Routes {
		matches[i] = c.Routes[i].Match
	}
	table, err := match.New(c.Paths, matches)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		issuers: make(map[string]*issuer, len(c.Issuers)),
		table:   table,
		routes:  make([]route, len(c.Routes)),
		rest:    route{mode: c.Mode.Policy()},
		events:  c.Events,
		realm:   string(c.Realm),
		forward: c.ForwardToken,
		cache:   newCache(c.TokenCache.Entries),
		maxWait: c.MaxWait.Std(),
		lists:   c.Revocation,
		revoked: revocation.New(&c.Revocation, firstList, nil),

		tokenSources: c.TokenSources,
		preflight:    c.AllowCORSPreflight,
		claims:       c.IdentityClaims,
		claimHeaders: c.ClaimsToHeaders,
		remember:     c.DPoP.Remember,
	}
	if e.tokenSources == nil {
		e.tokenSources = defaultSources(&c)
	}
	for _, s := range e.tokenSources {
		for _, scheme := range s.Schemes {
			if s.Header == "authorization" && !slices.Contains(e.schemes, scheme) {
				e.schemes = append(e.schemes, scheme)
			}
		}
	}
	if c.ResourceMetadata != nil {
		e.resource = bearer.NewResource(c.ResourceMetadata)
	}
	accepted := algorithms(c.DPoP.Algorithms)
	e.proofAlgorithms = strings.ReplaceAll(accepted.String(), ", ", " ")
	e.proofs.want = dpop.Want{MaxAge: c.DPoP.MaxAge.Std(), ClockSkew: c.DPoP.ClockSkew.Std(), Algorithms: accepted}
	if c.DPoP.RequireNonce {
		e.noncePeriod = c.DPoP.NoncePeriod.Std()
	}
	for i := range c.Issuers {
		e.addIssuer(i, &c.Issuers[i])
	}
	if err := e.fetch(nil, 0); err != nil {
		return nil, err
	}
	for i := range c.Routes {
		r := &c.Routes[i]
		e.routes[i] = route{
			name: r.Name, audiences: r.Audiences, allAudiences: r.AudienceMatch == "all", anonymous: r.AllowAnonymous,
			mode: c.Mode.Policy(), requirements: newRequirements(&r.Requirements),
		}
		if r.Name == "" {
			e.routes[i].name = "routes[" + strconv.Itoa(i) + "]"
		}
		if r.Mode != nil {
			e.routes[i].mode = r.Mode.Policy()
		}
	}
	e.unread = route{mode: e.unreadMode()}
	return e, nil
}

// addIssuer enters an issuer and where its keys come from.
func (e *Engine) addIssuer(at int, c *Issuer) {
	i := newIssuer(c)
	if source, ok := source(c); ok {
		i.source = len(e.sources)
		e.sources, e.configured = append(e.sources, source), append(e.configured, at)
	}
	if c.Introspection != nil {
		e.introspector, e.introspects = introspect.New(c.Introspection, firstQuestion), i
		e.introspectAll = c.Introspection.Tokens == "all"
	}
	if i.isPattern {
		e.patterns = append(e.patterns, i)
	} else {
		e.issuers[i.name] = i
	}
}

// UseHost implements policy.Hosted. Without a host, keys are fetched for this engine
// alone, and signatures verified by Go's cryptography.
func (e *Engine) UseHost(h policy.Host) {
	e.host = h
	e.signature = jose.HostVerify(h)
	e.revoked = revocation.New(&e.lists, firstList, h)
	e.fetch(h, h.Random()) // New has seen that the sources are in order
	if e.noncePeriod > 0 {
		e.startNonces()
	}
}

// firstList is the id of the first call for a list; those for keys are below.
// Those for questions about tokens are above.
const (
	firstList     = 1 << 63
	firstQuestion = firstList + 1<<32
)

// fetch makes ready to fetch keys.
func (e *Engine) fetch(shared policy.Store, seed uint64) (err error) {
	if len(e.sources) > 0 {
		e.keys, err = jwks.New(e.sources, shared, seed)
	}
	return err
}

// unreadMode is the mode for a request whose route cannot be told, since it can
// be read in two ways. It may be one of any route for the upstream: as long as
// one of them refuses requests in earnest, spelling a path in an odd way must
// not lead around that one.
func (e *Engine) unreadMode() policy.Mode {
	if e.rest.mode == policy.Enforce {
		return policy.Enforce
	}
	for i := range e.routes {
		if r := &e.routes[i]; r.mode == policy.Enforce && !r.anonymous {
			return policy.Enforce
		}
	}
	return policy.Shadow
}

// Reasons implements policy.Engine.
func (e *Engine) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return allowReasons
	}
	return denyReasons
}

// Events returns what the configuration says of events.
func (e *Engine) Events() *event.Config { return &e.events }

// Decide implements policy.Engine. A request is let through if its token is
// good for the route, or if the route says that it needs none.
func (e *Engine) Decide(request *policy.Request) policy.Decision {
	found := e.table.Find(request)
	if found.Refused != "" {
		return e.refuse(request, &e.unread, found.Refused, bearer.Presented{}, nil)
	}
	r := &e.rest
	if found.Route != match.None {
		r = &e.routes[found.Route]
	}
	if e.resource != nil {
		if answer, ok := e.resource.Answer(request.Headers); ok {
			return policy.Decision{Outcome: policy.Deny, Mode: policy.Enforce, Reason: ReasonMetadataServed, Response: answer, Route: r.name}
		}
	}
	if e.preflight && bearer.IsPreflight(request.Headers) {
		return e.allow(request, r, ReasonPreflightAllowed, nil)
	}
	presented := bearer.FindIn(request.Headers, e.tokenSources)
	f := e.judge(presented, r, request)
	if f.wait {
		f.work = join(f.work, e.revoked.Tick(request.Now))
		return policy.Decision{Outcome: policy.Wait, Mode: r.mode, Route: r.name, WaitAtMost: e.maxWait, Work: f.work}
	}
	var decision policy.Decision
	switch {
	case f.reason == ReasonTokenAccepted:
		decision = e.allow(request, r, f.reason, f.token)
	case r.anonymous:
		decision = e.allow(request, r, ReasonAnonymousAllowed, nil)
	default:
		decision = e.refuse(request, r, f.reason, presented, f.token)
		if f.token != nil {
			decision.Identity = f.token.identity
		}
	}
	decision.Work = f.work
	return decision
}

// judge looks at what a request presents.
func (e *Engine) judge(presented bearer.Presented, r *route, request *policy.Request) finding {
	switch presented.Finding {
	case bearer.Single:
		f := e.verify(presented.Token, request.Now, request.Overdue)
		if f.token != nil {
			f.reason = e.accept(f.token, r, presented, request)
			f.wait = f.reason == waiting
		}
		return f
	case bearer.Malformed:
		return refused(ReasonTokenMalformed)
	case bearer.Repeated:
		return refused(ReasonAuthorizationRepeated)
	}
	return refused(ReasonTokenMissing)
}

// allow lets a request go on, with the identity of a token if there is one. In
// shadow mode the adapter changes no headers.
func (e *Engine) allow(request *policy.Request, r *route, reason policy.Reason, v *verified) policy.Decision {
	d := policy.Decision{Outcome: policy.Allow, Mode: r.mode, Reason: reason, Route: r.name}
	if !e.forward {
		d.RemoveHeaders, d.SetHeaders = bearer.Strip(request.Headers, e.tokenSources)
	}
	for i := range e.claimHeaders {
		name := string(e.claimHeaders[i].Name)
		if _, sent := request.Headers.First(name); sent {
			d.RemoveHeaders = append(d.RemoveHeaders, name)
		}
	}
	if v != nil {
		d.Identity = v.identity
		d.Properties = []policy.Property{v.property}
		if len(v.headers) > 0 {
			d.SetHeaders = append(d.SetHeaders, v.headers...)
		}
	}
	return d
}

// refuse denies a request. The token is nil if none was verified.
func (e *Engine) refuse(request *policy.Request, r *route, reason policy.Reason, presented bearer.Presented, token *verified) policy.Decision {
	decision := policy.Decision{Outcome: policy.Deny, Mode: r.mode, Reason: reason, Route: r.name}
	form := problem.FormOf(request.Headers)
	a := answerFor(reason)
	switch a.status {
	case 400:
		decision.Response = problem.Answer(form, 400, "Bad Request", a.description, request.IncidentID)
	case 403:
		decision.Response = problem.Answer(form, 403, "Forbidden", a.description, request.IncidentID)
	case 503:
		decision.Response = problem.Unavailable(form, time.Second, a.description, request.IncidentID)
	default:
		refusal := bearer.Refusal{
			Realm:       e.realm,
			Code:        a.code,
			Description: a.description,
			Schemes:     e.schemes,
			Presented:   presented.Scheme,
			IncidentID:  request.IncidentID,
			Form:        form,
		}
		if e.resource != nil {
			refusal.ResourceMetadata = e.resource.MetadataURL(request.Headers)
		}
		if slices.Contains(e.schemes, bearer.DPoP) {
			refusal.ProofAlgorithms = e.proofAlgorithms
			refusal.Nonce = e.nonce(request)
		}
		if reason == ReasonAuthenticationInsufficient {
			acrValues, maxAge := r.stepUp(&token.issuer.requirements)
			refusal.ACRValues, refusal.MaxAge = strings.Join(acrValues, " "), maxAge
		}
		decision.Response = refusal.Response()
	}
	return decision
}
