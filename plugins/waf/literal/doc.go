// Package literal finds which of many literal strings occur in a text, in one
// pass over it. It is the prefilter of the regular expressions of a rule set and
// the whole of the operators @pm and @pmFromFile. It says which groups of
// literals occur, not where.
//
// A [Set] never reports a false negative, and as literals are found exactly it
// reports no false positive either. ASCII letters match in any case, all other
// bytes exactly.
//
// A scan has three parts, each in its own file: the filter, a table of hashed
// three-byte beginnings that most positions of a text fail (scan.go); the trie
// behind it, an Aho–Corasick automaton without its first three levels (walk.go);
// and literals of one or two bytes, which neither can hold (short.go). Why it is
// built like that, and what it costs, is in RATIONALE.md.
package literal
