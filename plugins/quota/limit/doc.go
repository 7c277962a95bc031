// Package limit counts: it decides whether something may happen now, by a rate, a
// window or how much is under way, and says when it may again. A limit is a few
// numbers, the state of one key a few bytes, and a decision a function of the two and
// the time. It knows no keys, shares nothing and has no clock: the states are kept in
// a table of package slot, so that a limit is exact over all threads.
//
//	limit.go     what a limit is, and what all of them keep to
//	rate.go      GCRA: a token bucket in one number, with patience a leaky bucket
//	fixed.go     windows that follow each other, by the clock or the calendar
//	sliding.go   the window that has just passed
//	inflight.go  how many at a time
//	lockout.go   failures, and a block that grows
package limit
