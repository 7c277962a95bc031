// Package match decides which configured route a request belongs to, for every
// plugin alike, and which requests belong to none because their target can be
// read in two ways. It does not decide what a route allows.
//
// # The path
//
// A path is compared as the upstream will read it. The query is cut off,
// percent-encoded characters that a segment may hold literally are decoded,
// empty segments are dropped and dot segments resolved (RFC 3986, Section 6.2.2
// and 5.2.4): "/%61dmin", "//admin" and "/x/../admin" are all "/admin". Every
// other byte is spelt as an upper-case percent-encoding. The paths of a
// configuration go through the same reading, so no spelling tells a request and
// its route apart. Case is significant and so is a trailing slash.
//
// What two upstreams could take for different paths has a [Form] and is refused,
// unless [Paths] allows that form by name.
//
// # Choosing a route
//
// All conditions of a [Match] must hold; where a condition lists several values
// one of them is enough. The first route that matches wins. A condition that
// some values of a repeated header meet and others do not is refused as well: a
// client must not choose its route by sending a header twice.
package match
