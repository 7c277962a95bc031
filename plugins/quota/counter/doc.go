// Package counter keeps the counters of a quota: a state of a limit for each key, in
// the memory that the proxy's worker threads share, so that a limit is exact over all
// of them. What a limit is, package limit says; what a key is made of, the caller.
//
// # Bounds
//
// The memory is fixed when the plugin starts, [Bytes], however many keys clients make
// up. Where a slot of the table has no room, the counter is forgotten that has the
// least part of its limit used up.
package counter
