// Package sdk reaches the parts of the tetratelabs SDK that it keeps internal:
// the place where it holds its host, and the functions behind its callbacks. It
// decides nothing; every function here is the SDK's own.
//
// The package has an empty assembly file, without which the compiler refuses
// functions that have no body.
package sdk
