// Package scope is the engine of the plugin scope. It decides whether the holder
// of a verified identity may make a request: which scopes (RFC 6749, Section
// 3.3), roles or other claims a route needs, and which clients and kinds of grant
// it is for.
//
// It does not verify tokens. It believes the identity that the plugin
// jwt-audience left in filter state, or the payload that Envoy's filter jwt_authn
// left in dynamic metadata, neither of which a client can set, and refuses where
// a route needs an identity and neither is there.
//
// Every request is judged. One that no route matches is refused, unless the
// configuration says otherwise by name, and what a scope covers beside itself is
// only what the configuration's hierarchy declares: no name means anything by its
// spelling.
package scope
