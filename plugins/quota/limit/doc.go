// Package limit counts: it decides whether something may happen now, by a rate, a
// window or how much is under way, and says when it may again. A limit is a few
// numbers, the state of one key a few bytes, and a decision a function of the two and
// the time. It knows no keys, shares nothing and has no clock: the states are kept in
// a table of package slot, so that a limit is exact over all threads.
//
//	rate.go      GCRA: a token bucket in one number
//	window.go    fixed, sliding and calendar windows
//	inflight.go  how many at a time
package limit
