package jwtaudience

import (
	"strconv"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
)

// Engine decides on requests by one configuration. It is not changed by use.
type Engine struct {
	issuers map[string]*issuer
	table   *match.Table
	routes  []route
	// rest is for requests that no route matches.
	rest route
	// unread is for requests that cannot be read in one way only.
	unread  route
	events  event.Config
	realm   string
	forward bool
	verify  jose.VerifyFunc
}

// route is a Route without its conditions.
type route struct {
	name      string
	audiences []string // nil for those of the issuer
	anonymous bool
	mode      policy.Mode
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
	}
	for i := range c.Issuers {
		e.issuers[c.Issuers[i].Issuer] = newIssuer(&c.Issuers[i])
	}
	for i := range c.Routes {
		r := &c.Routes[i]
		e.routes[i] = route{name: r.Name, audiences: r.Audiences, anonymous: r.AllowAnonymous, mode: c.Mode.Policy()}
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
		return e.refuse(request, &e.unread, found.Refused)
	}
	r := &e.rest
	if found.Route != match.None {
		r = &e.routes[found.Route]
	}
	var claims *jose.Claims
	var reason policy.Reason
	token, finding := bearer.Find(request.Headers)
	switch finding {
	case bearer.Single:
		claims, reason = e.check(token, r.audiences, request.Now)
	case bearer.Malformed:
		reason = ReasonTokenMalformed
	case bearer.Repeated:
		reason = ReasonAuthorizationRepeated
	default:
		reason = ReasonTokenMissing
	}
	accepted := reason == ReasonTokenAccepted
	if !accepted && !r.anonymous {
		decision := e.refuse(request, r, reason)
		if claims != nil {
			decision.Identity = identity(claims)
		}
		return decision
	}
	decision := policy.Decision{Outcome: policy.Allow, Mode: r.mode, Reason: ReasonAnonymousAllowed, Route: r.name}
	if accepted {
		decision.Reason = ReasonTokenAccepted
		decision.Identity = identity(claims)
		decision.Properties = []policy.Property{property(claims, decision.Identity)}
	}
	if !e.forward && finding != bearer.None {
		decision.RemoveHeaders = []string{"authorization"}
	}
	return decision
}

// refuse denies a request.
func (e *Engine) refuse(request *policy.Request, r *route, reason policy.Reason) policy.Decision {
	method, _ := request.Headers.First(":method")
	decision := policy.Decision{Outcome: policy.Deny, Mode: r.mode, Reason: reason, Route: r.name}
	switch reason {
	case match.ReasonPathAmbiguous, match.ReasonHostAmbiguous, match.ReasonHeaderAmbiguous:
		decision.Response = problem.Response(400, "Bad Request", "the request can be read in more than one way", request.IncidentID, method)
	default:
		a := answerFor(reason)
		decision.Response = bearer.Refusal{
			Realm:       e.realm,
			Code:        a.code,
			Description: a.description,
			IncidentID:  request.IncidentID,
			Method:      method,
		}.Response()
	}
	return decision
}
