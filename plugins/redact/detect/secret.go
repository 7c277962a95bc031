package detect

import "math"

//go:generate go run ./generate

// apiKey finds keys and tokens of services that begin with something of their own
// and have a fixed shape, by the table that is made from gitleaks' rules. A token
// must be as little like words as the rule wants.
var apiKey = detector{
	Info: Info{
		Kind: "api_key", Title: "key or token of a service", Group: "secret",
		Example: "AKIA" + "QYLPMN5HFIQR7XYA",
		Source:  "rules of gitleaks 8.30.1, see secret_table.go",
	},
	triggers: secretTriggers,
	back:     secretBack, before: secretBefore,
	longest: secretLength + 2,
	find:    findSecret,
}

// secretShape is what a token looks like: a lead, a prefix, then segments.
type secretShape struct {
	// rule is what gitleaks calls it.
	rule string
	// prefix is in lower case if the flag anyCase is set.
	prefix string
	// anchor is where in the prefix the byte stands that the scanner looks for.
	anchor uint8
	// entropy that the token must exceed, in bits a byte.
	entropy float32
	flags   secretFlags
	// lead is of fixed length; most shapes have none.
	lead     []segment
	segments []segment
}

// segment is min to max bytes of an alphabet: a bit of alphabetsOf or, from 0x80
// on, the one byte that is left without the high bit.
type segment struct {
	alphabet uint8
	min, max uint16
}

type secretFlags uint8

const (
	// anyCase says that letters of the prefix come in both cases.
	anyCase secretFlags = 1 << iota
	// wordStart says that no letter, digit or underscore stands before the token.
	wordStart
	// wordEnd says that the token does not go on behind its last segment, and is not
	// the name of a function or a file.
	wordEnd
	// openEnd says that the rule has no bound for the last segment: a token that is
	// longer than the table's is found up to there.
	openEnd
)

// secretHash is the key of secretStart for the three bytes at an anchor.
func secretHash(a, b, c byte) int {
	return ((int(a|0x20)*37+int(b|0x20))*37 + int(c|0x20)) & 0xff
}

func findSecret(v *view, at int) (start, end int, confidence uint8) {
	if at == 0 {
		return 0, 0, 0
	}
	h := secretHash(v.text[at-1], v.text[at], v.at(at+1))
	for i := secretStart[h]; i < secretStart[h+1]; i++ {
		s := &secretShapes[i]
		from := at - int(s.anchor)
		if from < 0 || !s.prefixAt(v, from) {
			continue
		}
		first := s.first(v, from)
		if first < 0 {
			continue
		}
		if to := s.match(v, first, from+len(s.prefix)); to > end {
			start, end = first, to
			confidence = 85
			if s.entropy > 0 || len(s.prefix) > 6 {
				confidence = 95
			}
		}
	}
	return start, end, confidence
}

func (s *secretShape) prefixAt(v *view, from int) bool {
	if s.flags&anyCase != 0 {
		return hasPrefixFold(v, from, s.prefix)
	}
	for n := 0; n < len(s.prefix); n++ {
		if v.at(from+n) != s.prefix[n] {
			return false
		}
	}
	return true
}

// first returns where the token begins whose prefix is at from, -1 if there is none.
func (s *secretShape) first(v *view, from int) int {
	for n := len(s.lead) - 1; n >= 0; n-- {
		for range s.lead[n].max {
			if from--; from < 0 || !s.lead[n].takes(v.text[from]) {
				return -1
			}
		}
	}
	if s.flags&wordStart != 0 && from > 0 && isWord(v.text[from-1]) && !escapedSpace(v, from) {
		return -1
	}
	return from
}

// match returns where the token ends that begins at from and goes on behind its
// prefix at i, 0 if there is none.
func (s *secretShape) match(v *view, from, i int) (end int) {
	full := false
	last := uint8(0)
	for _, seg := range s.segments {
		n := 0
		for n < int(seg.max) && seg.takes(v.at(i+n)) && i+n < v.stop {
			n++
		}
		if n < int(seg.min) {
			return 0
		}
		i += n
		last = seg.alphabet
		full = full || n == int(seg.max) && s.flags&openEnd != 0 && n > 64
	}
	if s.flags&wordEnd != 0 && !full {
		after := v.at(i)
		if i < v.stop && (isWord(after) || (segment{alphabet: last}).takes(after) && after != '.' || after == '(' || after == '.' && isWord(v.at(i+1))) {
			return 0
		}
	}
	if s.entropy > 0 && entropy(v.text[from:min(i, len(v.text))]) <= s.entropy {
		return 0
	}
	return i
}

// takes tells whether a byte is in the segment's alphabet.
func (s segment) takes(c byte) bool {
	if s.alphabet >= 0x80 {
		return c == s.alphabet&0x7f
	}
	return alphabetsOf[c]>>s.alphabet&1 != 0
}

// entropy is Shannon's, in bits a byte.
func entropy(text []byte) float32 {
	var counts [256]uint16
	for _, c := range text {
		counts[c]++
	}
	sum := 0.0
	for _, n := range counts {
		if n > 1 {
			sum += float64(n) * math.Log2(float64(n))
		}
	}
	return float32(math.Log2(float64(len(text))) - sum/float64(len(text)))
}
