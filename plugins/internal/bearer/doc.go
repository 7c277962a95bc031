// Package bearer is the HTTP side of access tokens (RFC 6750): it takes the token
// out of a request, and makes the answer to a request whose token is not good
// enough: a challenge (Section 3) with a problem document (RFC 9457), or what a
// client of gRPC expects. It also renders the document that tells clients where to
// get a token (RFC 9728).
//
// It decides what counts as presenting a token, and knows nothing of what a
// token is. Tokens in the body (Section 2.2) are not looked for: that needs the
// body before the decision.
//
//	token.go      the syntax of tokens, and tokens in headers
//	cookie.go     tokens in cookies
//	query.go      tokens in the query
//	source.go     which of them a configuration wants, in order
//	challenge.go  the answer to a request that is refused
//	metadata.go   the document about the protected resource
//	preflight.go  requests that browsers make without a token
package bearer
