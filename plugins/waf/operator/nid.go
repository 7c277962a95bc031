package operator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/plugins/waf/regex"
)

// nid is validateNid: a value matches if an expression finds a national
// identifier in it whose check digits, or numbers, are right.
type nid struct {
	valid func(string) bool
	// first finds the first candidate, and next the first after the rune that the
	// text begins with, as its group 1. So "^" and "\b" see what stands before.
	first, next *regex.DFA
}

// regexMemory is for the automata of one operator, in bytes.
const regexMemory = 64 << 10

// newNID reads "cl expression" or "us expression".
func newNID(argument string) (Operator, error) {
	country, expression, ok := strings.Cut(argument, " ")
	n := &nid{}
	switch {
	case !ok:
		return nil, errors.New("want a country and an expression")
	case country == "cl":
		n.valid = validRUT
	case country == "us":
		n.valid = validSSN
	default:
		return nil, fmt.Errorf("country %q, want cl or us", country)
	}
	first, err := regex.CompileSelector(expression)
	if err != nil {
		return nil, err
	}
	next, err := regex.CompileSelector(`\A(?s:.)(?s:.*?)(` + expression + `)`)
	if err != nil {
		return nil, err
	}
	cache := regex.NewCache(regexMemory)
	n.first, n.next = cache.New(first), cache.New(next)
	return n, nil
}

func (n *nid) Match(value, _ string) bool {
	found := false
	n.captures(value, func(int, string) bool {
		found = true
		return false
	})
	return found
}

// captures yields the valid ones of the first ten candidates, by the number of
// the candidate.
func (n *nid) captures(value string, yield func(int, string) bool) {
	before := -1 // end of the candidate before
	for at, i := 0, 0; at <= len(value) && i < 10; {
		start, end, ok := n.find(value, at)
		if !ok {
			return
		}
		// an empty candidate right behind another does not count
		skip := end == at && start == before
		if end > at {
			at = end
		} else if _, size := utf8.DecodeRuneInString(value[at:]); size > 0 {
			at += size
		} else {
			at = len(value) + 1
		}
		before = end
		if skip {
			continue
		}
		if candidate := value[start:end]; n.valid(candidate) && !yield(i, candidate) {
			return
		}
		i++
	}
}

// find returns where the first candidate is that begins at at or later.
func (n *nid) find(value string, at int) (start, end int, ok bool) {
	if at == 0 {
		caps := n.first.Find(value, nil)
		if caps == nil {
			return 0, 0, false
		}
		return caps[0], caps[1], true
	}
	_, size := utf8.DecodeLastRuneInString(value[:at])
	from := at - size
	caps := n.next.Find(value[from:], nil)
	if caps == nil {
		return 0, 0, false
	}
	return from + caps[2], from + caps[3], true
}

// keep returns the bytes of s that are digits, or in more.
func keep(s, more string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if '0' <= s[i] && s[i] <= '9' || strings.IndexByte(more, s[i]) >= 0 {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// validRUT tells whether the last character of a Chilean identifier is the check
// digit of the number before it: modulo 11, factors 2 to 7 from the right.
func validRUT(s string) bool {
	if len(s) < 8 {
		return false
	}
	s = keep(strings.ToLower(s), "k")
	if s == "" {
		return false
	}
	sum, factor := int64(0), int64(2)
	for n := Number(s[:len(s)-1]); n != 0; n /= 10 {
		sum += n % 10 * factor
		if factor++; factor > 7 {
			factor = 2
		}
	}
	digit := ""
	switch left := sum % 11; left {
	case 0:
		digit = "0"
	case 1:
		digit = "k"
	default:
		digit = strconv.FormatInt(11-left, 10)
	}
	return s[len(s)-1:] == digit
}

// validSSN tells whether the digits of s can be a United States social security
// number: area, group and serial number assigned, digits neither all the same nor
// in sequence.
func validSSN(s string) bool {
	s = keep(s, "")
	if len(s) < 9 {
		return false
	}
	area, group, serial := Number(s[:3]), Number(s[3:5]), Number(s[5:9])
	if area == 0 || group == 0 || serial == 0 || area >= 740 || area == 666 {
		return false
	}
	sequence, same := true, true
	for i := 1; i < len(s); i++ {
		sequence = sequence && s[i] == s[i-1]+1
		same = same && s[i] == s[i-1]
	}
	return !sequence && !same
}
