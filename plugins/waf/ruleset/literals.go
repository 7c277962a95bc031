package ruleset

import (
	"strings"

	"gatehouse/plugins/waf/literal"
	"gatehouse/plugins/waf/operator"
	"gatehouse/plugins/waf/transform"
)

// PrepareLiterals builds Literals for all operators the set has now.
func (s *Set) PrepareLiterals() error {
	groups := make([][]string, len(s.Operators))
	for i := range s.Operators {
		o := &s.Operators[i]
		if o.Regex != nil {
			groups[i] = o.Regex.Facts().Literals
			continue
		}
		compiled, err := operator.New(o.Name, o.Argument, o.Data)
		if err != nil {
			return err
		}
		if groups[i], _ = operator.Phrases(compiled); s.isPhrases(i) {
			o.Needs, o.MinLen = needs(groups[i])
		}
	}
	built, err := literal.Build(groups)
	if err != nil {
		return err
	}
	s.Literals, s.LiteralOperators = built, len(groups)
	return nil
}

// Found tells whether Literals decides Operators[i] alone: it is a pm whose
// phrases are there.
func (s *Set) Found(i int) bool {
	if s.Literals == nil || i >= s.LiteralOperators {
		return false
	}
	return s.isPhrases(i)
}

func (s *Set) isPhrases(i int) bool {
	switch s.Operators[i].Name {
	case "pm", "pmFromFile", "pmFromDataset", "pmf":
		return true
	}
	return false
}

// common are the bytes of harmless text, the most frequent first; all others are
// rarer.
const common = "etaoin srhldcumfpgwybvkxjqz0123456789.-,:/_"

// needs finds, with the rarest byte of each phrase, a set of bytes of which any
// text with a phrase has one.
func needs(phrases []string) (set transform.ByteSet, minLen int) {
	minLen = len(phrases[0])
	for _, phrase := range phrases {
		minLen = min(minLen, len(phrase))
		rarest, at := byte(0), -1
		for i := range len(phrase) {
			n := strings.IndexByte(common, lower(phrase[i]))
			if n < 0 {
				n = len(common)
			}
			if n > at {
				rarest, at = lower(phrase[i]), n
			}
		}
		if at < 0 { // an empty phrase is in every text
			return transform.ByteSet{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}, 0
		}
		set[rarest>>6] |= 1 << (rarest & 63)
		if 'a' <= rarest && rarest <= 'z' {
			upper := rarest - 'a' + 'A'
			set[upper>>6] |= 1 << (upper & 63)
		}
	}
	return set, minLen
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}
