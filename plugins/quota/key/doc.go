// Package key makes the keys that counters of quota are told apart by: it reads the
// parts of a request that a configuration names, each a [Source], and appends them
// so that two keys are equal exactly if all their parts are. It decides nothing and
// counts nothing.
//
// # Equal keys
//
// One value has one key however a client spells it: a path is read as package match
// reads it, a host has no case, port or final dot, names and values of a query and
// of cookies are decoded, numbers of a JSON body are compared by value. Who could
// spell a value in two ways that an upstream takes for one would have two counters.
//
// # What can be read in two ways
//
// A header, cookie or query parameter that is there more than once, with values that
// differ, is [Malformed]: upstreams differ in which one they read, and a counter by
// any of them, or by all together, would be a fresh one for each value that nobody
// reads. The same holds for a member that is twice in a JSON object. What a limit
// does with such a request is its configuration's to say; it must not be nothing.
//
// # Who says so
//
// Only sources that are [Source.Verified] have their values from somebody trusted. A
// client that has one counter for each value of a header, cookie, query parameter,
// path, method, host or body gets a fresh counter by making up another value. Such a
// key bounds what is done to each of these things, not what a client does.
package key
