// Package jose reads and verifies signed JSON Web Tokens: the compact
// serialization of a JWS (RFC 7515), JSON Web Keys (RFC 7517), the asymmetric
// signature algorithms (RFC 7518, RFC 8037) and the claims of a JWT (RFC 7519),
// under the rules of RFC 8725.
//
// It decides whether a token is well formed and whether one of the given keys
// signed it. It does not decide whether the token is good for anything: issuer,
// audience, time and type are the caller's. It has no clock, fetches nothing,
// holds no private key and knows no symmetric algorithm, no encryption (JWE)
// and no JSON serialization.
//
// Input is hostile. Everything is read in one pass whose work is linear in its
// size, sizes and nesting are bounded, and what two readers could understand
// differently is refused: duplicate members, invalid UTF-8, unpaired
// surrogates, bytes after the end, base64url with padding, line breaks or stray
// bits. Nothing an [Error] says is taken from the token.
package jose
