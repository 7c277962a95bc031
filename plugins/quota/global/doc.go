// Package global is the client of a rate limit service
// (envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit): it decides when the
// service is asked, for how much, and what its answers come to. It makes no calls
// itself: it says which ones are to be made, and is given their answers.
//
// # Leases
//
// A lease is a batch of hits that the service has counted already, and that requests
// then use up without asking again. Leases are kept in a table of package slot, so
// that all worker threads use the same ones; to take a hit is one compare-and-set.
// A worker that sees one run low asks for the next while requests go on, and only a
// request that finds none waits. What the service refuses is remembered until its
// window ends.
//
// Since the service counts before a gateway uses, it never hands out more than the
// limit in a window. RATIONALE.md says what can be used late, and what is lost.
//
// # Failures
//
// A call that fails leaves the requests that waited for it, and those that come while
// the service is down, without a verdict: [Unavailable]. Then one call at a time, over
// all threads, tries whether it is back.
package global
