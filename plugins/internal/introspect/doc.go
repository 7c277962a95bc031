// Package introspect asks an authorization server about tokens that only it can read
// (RFC 7662), and remembers for a while what it said.
//
// It says how to ask (policy.Call) and never asks itself. It decides whether an answer
// is one; what the token is good for is decided by who reads the claims.
//
//	config.go       what a configuration says
//	secret.go       values that nothing prints
//	request.go      the request, with the client's authentication
//	response.go     the answer
//	introspector.go tokens that are known, being asked about, and neither
//	cache.go        what is remembered, within bounds
package introspect
