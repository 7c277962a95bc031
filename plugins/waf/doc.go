// Package waf is the engine of the plugin waf: a web application firewall that
// speaks SecLang, the language of ModSecurity and Coraza, and brings the OWASP
// Core Rule Set with it.
//
// It decides whether a request or a response is let through, by rules only: the
// Core Rule Set's, and the user's own. What the parts do:
//
//	seclang    reads SecLang into a syntax tree
//	ruleset    compiles the tree; what was compiled can be written and read
//	crs        the Core Rule Set, compiled when the repository is built
//	engine     evaluates a rule set on a request and its response
//	transform  what a value goes through before it is matched
//	regex      expressions, as lazily built automata
//	literal    many literals in one pass
//	operator   the other operators
//	body       bodies, queries and cookies into values
//	waftest    the judges: CRS's regression tests, Coraza, corpora
//
// This package is where they meet the gateway: its configuration (config.go) and
// what becomes of a rule's verdict (inspection.go).
package waf
