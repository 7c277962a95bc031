// Package libinjection tells whether a value is an SQL injection ([SQLi]) or
// cross-site scripting ([XSS]), as libinjection does. It does not decode values
// and does not know where they come from.
//
// It is the algorithm of libinjection by Nick Galbreath, with its words,
// fingerprints and names (see data/README.md), written anew for a plugin: nothing
// is made when the program starts, nothing is allocated, and there are no maps.
// What it says is what libinjection-go v0.3.3 says, of every value and with the
// same fingerprint, also where that is an accident; the tests compare.
//
// SQL is read as tokens (lexer.go, words.go), of which some are folded into one
// (fold.go), until five are left. The kinds of these are the fingerprint that an
// automaton knows or not (sqli.go). HTML is read by a state machine (xss.go) that
// asks what tags, attributes and comments may do (markup.go).
package libinjection
