package operator

import (
	"strconv"
	"strings"
)

type (
	beginsWith struct{}
	endsWith   struct{}
	contains   struct{} // also strmatch
	within     struct{}
	streq      struct{}
	eq         struct{}
	ge         struct{}
	gt         struct{}
	le         struct{}
	lt         struct{}
)

func (beginsWith) Match(value, arg string) bool { return strings.HasPrefix(value, arg) }
func (endsWith) Match(value, arg string) bool   { return strings.HasSuffix(value, arg) }
func (contains) Match(value, arg string) bool   { return strings.Contains(value, arg) }
func (streq) Match(value, arg string) bool      { return value == arg }

// Match tells whether the argument contains the value, at any place: it does not
// look at separators, and contains the empty value.
func (within) Match(value, arg string) bool { return holds(arg, value) }

func (eq) Match(value, arg string) bool { return Number(value) == Number(arg) }
func (ge) Match(value, arg string) bool { return Number(value) >= Number(arg) }
func (gt) Match(value, arg string) bool { return Number(value) > Number(arg) }
func (le) Match(value, arg string) bool { return Number(value) <= Number(arg) }
func (lt) Match(value, arg string) bool { return Number(value) < Number(arg) }

// Number returns the number that comparisons take a string for: decimal with an
// optional sign, 0 for anything else, and the nearest number where 64 bits are
// not enough.
func Number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// holds is strings.Contains for the short lists of within: where there are no vector
// instructions that one computes a hash of every place, which takes three times as
// long as to look at its first and last byte.
func holds(list, word string) bool {
	n := len(word)
	if n == 0 {
		return true
	}
	first, last := word[0], word[n-1]
	for i := n - 1; i < len(list); i++ {
		if list[i] == last && list[i-n+1] == first && list[i-n+1:i+1] == word {
			return true
		}
	}
	return false
}
