// Package jwks gets the key sets of issuers from the network and keeps them
// fresh: by the address of a JWK Set (RFC 7517, Section 5) or by way of an
// issuer's metadata (OpenID Connect Discovery 1.0, RFC 8414). It decides when to
// ask, which answer to believe, and how long keys may be used that their issuer
// no longer confirms.
//
// It is a state machine. It makes no call and has no clock: a [Fetcher] is told
// the time, says which calls to make and is given their answers. One worker
// thread of the proxy asks for all of them; the rest read what it found from
// memory that they share. It does not verify tokens, and it does not decide what
// becomes of a request whose key is not there.
//
// What issuers answer is not trusted beyond being an issuer's: sizes, numbers of
// keys and times are bounded, redirects are not followed, keys that package jose
// refuses are skipped. What clients send is not trusted at all: however many
// tokens with unknown keys arrive, an issuer is asked on their account once an
// interval.
package jwks
