// Package address finds the address of the client of a request, which may be behind
// proxies that say so in a header field. Whatever it returns was written by
// somebody trusted: the proxy this plugin runs in, or one that the configuration
// trusts. It decides nothing.
//
// # What Envoy takes for the client
//
// The attribute source.address is no plain address of the connection. It is what
// Envoy's connection manager made of it and of x-forwarded-for:
//
//	use_remote_address  xff_num_trusted_hops  source.address           x-forwarded-for here
//	true                0                     the connection's peer    the peer was appended
//	true                n > 0                 entry n from the right   the peer was appended
//	false (default)     0                     the rightmost entry      as it came
//	false               n > 0                 entry n+1 from the right as it came
//
// where the entries are counted before the peer is appended, and the peer stands in
// for entries that are missing. In place of a peer on the loopback interface Envoy
// appends an address of its own, and with skip_xff_append nothing. No attribute has
// the peer by itself. So:
//
//   - An Envoy at the edge needs use_remote_address: true. Without it the client
//     writes its own address, whatever is configured here.
//   - In a mesh behind such an edge nothing needs to be configured here: the
//     rightmost entry is the edge's word.
//   - Where proxies stand in front of the edge, either Envoy is told
//     (xff_num_trusted_hops) and nothing is configured here, or this package is
//     told and xff_num_trusted_hops stays 0.
package address
