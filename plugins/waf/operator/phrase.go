package operator

import (
	"cmp"
	"slices"
	"strings"

	"gatehouse/plugins/waf/literal"
	"gatehouse/plugins/waf/transform"
)

// phrases is pm, pmFromFile and pmFromDataset: a value matches if it contains a
// phrase, ASCII letters in any case.
type phrases struct {
	list []string
	// set is made of list when a value is matched for the first time: an engine
	// that shares a literal.Set needs none.
	set *literal.Set
	// sorted is list in lower case and in order, made for captures.
	sorted []string
}

// spaced returns the phrases of the argument of pm. Single spaces separate them:
// more than one space make an empty phrase, which every value contains. There are
// no quotes and no hexadecimal notation.
func spaced(argument string) []string { return strings.Split(strings.ToLower(argument), " ") }

// lowered returns phrases in lower case. Letters outside ASCII change as well, so
// that a phrase with a capital one matches its small form only.
func lowered(list []string) []string {
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}

func newPhrases(list []string) *phrases { return &phrases{list: list} }

// Phrases returns the strings one of which a value has to contain, ASCII letters
// in any case, to match pm, pmFromFile or pmFromDataset, and false for other
// operators. That is all that these operators test.
func Phrases(op Operator) ([]string, bool) {
	if p, ok := op.(*phrases); ok {
		return p.list, true
	}
	return nil, false
}

func (p *phrases) Match(value, _ string) bool {
	if p.set == nil {
		set, err := literal.Build([][]string{p.list})
		if err != nil { // too large for a Set
			return p.longestFrom(value, 0, len(value)) >= 0
		}
		p.set = set
	}
	var found [1]uint64
	return p.set.Scan(value, found[:])
}

func (p *phrases) requires() (*transform.ByteSet, int) {
	if len(p.list) == 0 {
		return nil, 0
	}
	shortest := len(p.list[0])
	var first transform.ByteSet
	for _, phrase := range p.list {
		if phrase == "" {
			return nil, 0
		}
		shortest = min(shortest, len(phrase))
		for _, c := range []byte{lower(phrase[0]), upper(phrase[0])} {
			first[c>>6] |= 1 << (c & 63)
		}
	}
	return &first, shortest
}

// captures yields the phrases in order of where they begin, the longest of those
// that begin at one place, up to ten. They may overlap.
func (p *phrases) captures(value string, yield func(int, string) bool) {
	for n, at := 0, 0; n < 10 && at <= len(value); at++ {
		if length := p.longestFrom(value, at, at); length >= 0 {
			if !yield(n, value[at:at+length]) {
				return
			}
			n++
		}
	}
}

// longestFrom returns the length of the longest phrase that begins at the first
// place from from to to where one does, or -1.
func (p *phrases) longestFrom(value string, from, to int) int {
	if p.sorted == nil {
		p.sorted = make([]string, 0, len(p.list))
		for _, phrase := range p.list {
			p.sorted = append(p.sorted, lowerASCII(phrase))
		}
		slices.Sort(p.sorted)
	}
	for ; from <= to; from++ {
		longest := -1
		rest := p.sorted // those that begin as value does from here
		for n := 0; len(rest) > 0; n++ {
			if len(rest[0]) == n {
				longest = n
				if rest = rest[1:]; len(rest) == 0 || len(rest[0]) == n {
					n-- // the same phrase again
					continue
				}
			}
			if from+n >= len(value) {
				break
			}
			c := lower(value[from+n])
			low, _ := slices.BinarySearchFunc(rest, c, func(s string, c byte) int { return cmp.Compare(s[n], c) })
			rest = rest[low:]
			high, _ := slices.BinarySearchFunc(rest, c, func(s string, c byte) int {
				if s[n] > c {
					return 1
				}
				return -1
			})
			rest = rest[:high]
		}
		if longest >= 0 {
			return longest
		}
	}
	return -1
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// lowerASCII returns s with its ASCII letters in lower case.
func lowerASCII(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		b[i] = lower(c)
	}
	return string(b)
}
