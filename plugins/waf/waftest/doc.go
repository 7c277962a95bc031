// Package waftest is what a SecLang engine is judged by: the regression tests
// of the OWASP Core Rule Set, Coraza as the oracle, and corpora of hostile and
// of harmless requests for comparing the two.
//
// An engine under test implements [Engine]. [NewCoraza] is Coraza 3.8.1 run in
// this process, rule set and all, from the same directives text. [RunSuite] puts an
// engine through the 4,674 regression tests; [Compare] puts two engines through
// the same requests and reports, rule by rule, where they disagree.
//
// A request is what the wire says: header names as written, in their order, and
// the request target before anything has decoded it. What a message that is no
// HTTP becomes is decided by a server, so those of the regression tests
// also carry what Go's net/http answers to them; Coraza's own run of the
// tests stands behind that server.
//
// The package is for tests. It reads no file of its own at run time and uses no
// network: the tests and the rules are embedded in the module
// github.com/corazawaf/coraza-coreruleset/v4 v4.25.0.
package waftest
