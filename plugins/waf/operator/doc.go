// Package operator evaluates the operators of SecLang other than rx: it decides
// whether a transformed value matches, as Coraza v3.8.1 does. It does not read
// rules, files or variables: an argument comes with its macros expanded, and the
// text of a file or dataset comes with the argument that names it.
//
// The groups of operators have a file each: comparisons of numbers and strings
// (compare.go), phrases (phrase.go), networks (network.go), validation of bytes
// and encodings (validate.go), libinjection (injection.go), national identifiers
// (nid.go) and path templates (restpath.go).
//
// Some operators tell what a value must have to match at all, see [Requires]; an
// engine can test that for a whole request before it evaluates anything. Phrases
// are found by a [gatehouse/plugins/waf/literal.Set], which an engine can share
// between all rules, see [Phrases].
package operator
