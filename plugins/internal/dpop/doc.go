// Package dpop holds a request against the proof of possession that comes with
// it (RFC 9449): who presents an access token must also have signed, with the key
// that the token is bound to, this method, this address and this token, just now
// and never before.
//
// It decides whether the proof is good for the request. Whether the access token
// is good, and that a token which is bound must not be presented without a proof
// (Section 7.2), is the caller's. It has no clock and no storage: the time, the
// nonces and the table of what was seen come in with [Want].
package dpop
