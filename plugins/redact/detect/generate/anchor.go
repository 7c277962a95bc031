package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// anchorOf returns the place in a prefix whose byte, together with the two beside
// it, is rare in texts: by a sign first, then by a digit or a capital; of equals
// the first.
func anchorOf(prefix string) int {
	best, at := -1, 1
	for i := 1; i+1 < len(prefix); i++ {
		score := 0
		for _, c := range []byte(prefix[i-1 : i+2]) {
			switch kindOf(c) {
			case sign:
				score += 5
			case capital:
				score += 3
			case digit:
				score += 2
			}
		}
		if prefix[i-1:i+2] == "://" || prefix[i-1:i+2] == "s:/" {
			score = 0
		}
		if score > best {
			best, at = score, i
		}
	}
	return at
}

type kind byte

const (
	small   kind = 'a'
	capital kind = 'A'
	digit   kind = '0'
	sign    kind = '-'
)

func kindOf(c byte) kind {
	switch {
	case c >= 'a' && c <= 'z':
		return small
	case c >= 'A' && c <= 'Z':
		return capital
	case c >= '0' && c <= '9':
		return digit
	}
	return sign
}

// anchorBytes are the bytes before, at and after the anchor, as the text has them:
// letters in both cases if the prefix is folded.
func (s *shape) anchorBytes(place int) []byte {
	c := s.prefix[s.anchor-1+place]
	if s.fold && kindOf(c) == small {
		return []byte{c - 'a' + 'A', c}
	}
	return []byte{c}
}

// hash is secretHash of the bytes at the anchor.
func (s *shape) hash() int {
	h := 0
	for _, c := range []byte(s.prefix[s.anchor-1 : s.anchor+2]) {
		h = h*37 + int(c|0x20)
	}
	return h & 0xff
}

// triggers writes what the scanner looks for: for each pattern of kinds of bytes
// one trigger.
func (t *table) triggers() []byte {
	var patterns []string
	places := map[string]*[3]set{}
	back, before := set{}, 0
	for i := range t.shapes {
		s := &t.shapes[i]
		pattern := ""
		for place := range 3 {
			pattern += string(kindOf(s.prefix[s.anchor-1+place]))
		}
		if places[pattern] == nil {
			patterns = append(patterns, pattern)
			places[pattern] = &[3]set{}
		}
		for place := range 3 {
			for _, c := range s.anchorBytes(place) {
				places[pattern][place].add(c)
			}
		}
		lead := 0
		for _, seg := range s.lead {
			lead += seg.max
			for _, c := range seg.set.bytes() {
				back.add(c)
			}
		}
		before = max(before, s.anchor+lead)
		for _, c := range []byte(s.prefix[:s.anchor]) {
			back.add(c)
			if s.fold && kindOf(c) == small {
				back.add(c - 'a' + 'A')
			}
		}
	}
	slices.Sort(patterns)
	var b bytes.Buffer
	b.WriteString("// secretTriggers are where anchors stand.\nvar secretTriggers = []trigger{\n")
	for _, p := range patterns {
		fmt.Fprintf(&b, "{%q, %q, %q},\n", spec(places[p][0]), spec(places[p][1]), spec(places[p][2]))
	}
	fmt.Fprintf(&b, "}\n\n// What stands in prefixes before their anchors.\nconst (\nsecretBack = %q\nsecretBefore = %d\n)\n", spec(back), before)
	return b.Bytes()
}

// spec writes a set in the notation of package detect's triggers.
func spec(s set) string {
	var b strings.Builder
	hyphen := false
	for _, c := range s.bytes() {
		if c == '-' {
			hyphen = true
			continue
		}
		b.WriteByte(c)
	}
	if hyphen {
		b.WriteByte('-')
	}
	return b.String()
}
