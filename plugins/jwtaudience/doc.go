// Package jwtaudience is the engine of the plugin jwt-audience. It decides
// whether a request carries an access token (RFC 9068, or any signed JWT used as
// one) of a known issuer that is meant for this API now: its signature, "iss",
// "aud", "exp", "nbf", "iat", lifetime and "typ" are checked, in a fixed order,
// and the first rule that is broken is the [policy.Reason].
//
// It does not decide what the token's holder may do: scopes and roles are other
// plugins'. Who was found is handed on to them as a property that no client can
// set.
//
// Every request is judged, whether or not a route is configured for it: a route
// can ask for other audiences or let requests without a token through, and a
// request that no route matches must have a token for the issuer's audiences.
// There is no way to accept a token without comparing its audience.
package jwtaudience
