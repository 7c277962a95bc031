// Package regex decides whether a value matches a regular expression as the
// operator rx of SecLang does, in time linear in the value and in bounded
// memory.
//
// A pattern has the syntax and the meaning that Go's package regexp gives it,
// down to invalid UTF-8: a byte that is no part of a rune is U+FFFD of width 1.
// [Compile] reads it as Coraza does: "." matches a newline and "^" and "$" match
// at lines; a pattern with escapes of bytes that are not UTF-8 is a pattern over
// bytes instead (Coraza v3.8.1, internal/operators/rx.go).
//
// # Stages
//
// The syntax tree of regexp/syntax becomes a nondeterministic automaton over
// classes of runes (compile.go, class.go): runes that no instruction of the
// pattern tells apart are one class. That automaton is the [Program]: one run of
// bytes that is written at build time and read without parsing (encode.go). It
// carries [Facts] that hold for every value that matches, for a prefilter.
//
// A [DFA] runs the program (dfa.go). Its states are built when a value first
// leads to them and are kept in a [Cache], which has a budget in bytes
// (cache.go): where a pattern has more states than fit, states are dropped, and
// a value that needs too many of them is finished by simulating the automaton.
// Either way the answer is the same. Captures are only looked for on demand,
// by a second, slower machine (find.go).
package regex
