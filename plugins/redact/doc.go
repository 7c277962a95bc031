// Package redact is the engine of the plugin redact. It rewrites the bodies of
// requests and responses as they pass: fields that a configuration names, and personal
// and secret data wherever it is found, are masked, replaced, dropped, pseudonymised,
// encrypted or told less exactly, unless who asks may see them.
//
//	config.go      the configuration
//	action.go      what becomes of a value
//	rule.go        a rule of the configuration, ready for bodies
//	inspector.go   what the streams of a worker thread share
//	inspection.go  one stream: which rule, which format, what headers say
//	visitor.go     one body: what of it is changed
//	reason.go      why, in a word
//
// Packages below do the work and know nothing of each other: format reads and writes
// documents, detect finds data in texts, transform makes other values of values.
//
// What cannot be read does not pass, unless the configuration says so by name, and
// what cannot be transformed is hidden whole.
package redact
