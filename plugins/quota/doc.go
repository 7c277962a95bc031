// Package quota is the engine of the plugin quota. It counts requests, and what they
// cost, by keys that a configuration names, and refuses or holds back those that are
// over a limit: exactly over all worker threads of a proxy, and for limits over many
// proxies by a rate limit service, from which they take allowances in batches.
//
// A request comes through it like this, a file for each part:
//
//	config.go      the configuration
//	limit.go       … of a limit
//	plan.go        … of other numbers for some clients
//	rule.go        a limit with the numbers of a plan, ready for requests
//	inspector.go   what the requests of a worker thread share
//	inspection.go  one request: route, identity, exemptions, plan
//	take.go        what each limit says of it, and what that comes to
//	cost.go        what it costs before it is let through
//	settle.go      what it has cost when it is answered
//	answer.go      what a client is told
//	reason.go      why, in a word
//
// Packages below do the counting: limit has the algorithms, counter the memory that
// threads share, key what counters are told apart by, and global the service.
package quota
