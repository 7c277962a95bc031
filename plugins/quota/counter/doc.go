// Package counter keeps the counters of a quota: a state of a limit for each key, in
// the memory that the proxy's worker threads share, so that a limit is exact over all
// of them. What a limit is, package limit says; what a key is made of, the caller.
//
// A counter is changed by one compare-and-set of the slot that it lies in, however
// many threads take at the same time: each sees what the one before it left. What is
// refused is not written. A counter that is as good as new is not kept.
//
// # Bounds
//
// The memory is fixed when the plugin starts, [Bytes], however many keys clients make
// up: 190 bytes for each key that there is to be room for. As long as there are no more
// keys than that at a time, one new counter in 14,000 displaces another.
//
// # What happens to a table that is full
//
// A new counter is never refused: it displaces one of the limit that has the most
// counters in its slot, of those the one that has used up the least. So keys that are
// made up under one limit do not displace the counters of another, and to have a key
// forgotten that is used up takes made-up keys of the same limit that are used up too,
// 2.7 for each key that there is room for, each of which was allowed as much. What the
// eviction gives back is never more than what the made-up keys took. RATIONALE.md has
// the argument and the figures.
//
// # What is lost
//
// The counters are lost with the process. A clock that is set forward beyond the time
// that a counter is kept, and back, may cost it; one that is only set back gives
// nothing away.
package counter
