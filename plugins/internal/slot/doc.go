// Package slot keeps many small states in the memory that the proxy's worker
// threads share: what was seen already, how much was used. It decides where a
// state lies and who may change it; what a state means is the caller's.
//
// A [Table] is a fixed number of slots, each one value of a [policy.Store], and
// several entries in each: a fingerprint of the key, when it expires, and a
// state of fixed size. A key belongs to one slot, so one compare-and-set changes
// its entry: of two threads that change a slot at the same time one succeeds and
// the other looks again. No update is lost and none is made twice.
//
// # Bounds
//
// The memory is fixed by the configuration, [Config.Bytes], whatever is asked.
// What does not fit is refused or displaces the entry that is worth least
// ([Worth]), of those the one that expires first, as the configuration says; both
// are counted. Work is bounded too: an update reads one
// slot, at most maxTries times.
//
// # Fingerprints
//
// The slot and the fingerprint of a key are the halves of a keyed hash
// (SipHash-2-4 with 128 bits) whose key is random and shared by the threads. Who
// does not know it can neither make two keys collide nor aim at one slot. Two
// keys in one slot collide by chance once in 2^64.
package slot
