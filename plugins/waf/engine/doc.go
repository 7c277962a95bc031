// Package engine evaluates a rule set on transactions: a request and its response.
//
// The cost of a WAF is that every rule looks at every value. This engine turns
// that around. When rules first ask for a collection, each of its values is
// looked at once, whatever the number of rules (scan.go):
//
//   - The transformations of all rules form a tree (link.go). One that cannot
//     change a value, because none of the bytes that it changes are there, costs
//     one comparison, and values that come out equal are one value from there on.
//   - The bytes that are present in the value are held against what each operator
//     needs: a match of this expression has one of ( or ' or " in it, and has at
//     least 7 bytes.
//   - For the operators that are left, and only then, one pass over the value
//     finds the literals that they need.
//
// What is left after that is a candidate. Rules run in their order (evaluate.go)
// and look only at their candidates, with a lazily built automaton (package
// regex). None of these steps may miss a match; tests compare with all of them
// switched off.
package engine
