package detect

import (
	"errors"
	"fmt"
)

// Custom is a detector of the configuration's own: literals, or a pattern.
type Custom struct {
	// Kind names it. Required.
	Kind Kind
	// Literals are the texts that it finds, as they are. Optional: one of Literals
	// and Pattern is required.
	Literals []string
	// AnyCase makes letters of ASCII in Literals match in both cases. Optional.
	AnyCase bool
	// Words finds Literals as whole words only: no letter, digit or underscore
	// stands before or behind them. Optional.
	Words bool
	// Pattern is a regular expression that it finds the longest matches of, up to
	// 256 bytes: sets in brackets, \d \w \s \D \W \S, ".", groups, alternatives,
	// ? * + {n,m}, "(?i)" in front, "\b" at the beginning and the end. It may begin
	// with at most 128 different bytes. Optional.
	Pattern string
	// Confidence of its finds, 1 to 100. Default 100.
	Confidence uint8
}

// maxLiteral is how long a literal may be.
const maxLiteral = 1024

func newCustom(c Custom) (*detector, error) {
	switch {
	case c.Kind == "":
		return nil, errors.New("kind: required")
	case len(c.Literals) == 0 && c.Pattern == "":
		return nil, errors.New("want literals or a pattern")
	case len(c.Literals) > 0 && c.Pattern != "":
		return nil, errors.New("want literals or a pattern, not both")
	case c.Pattern != "" && (c.AnyCase || c.Words):
		return nil, errors.New(`any case and words are of literals; a pattern has "(?i)" and "\b"`)
	case c.Confidence > 100:
		return nil, fmt.Errorf("confidence: %d, want at most 100", c.Confidence)
	case c.Confidence == 0:
		c.Confidence = 100
	}
	d := &detector{Info: Info{Kind: c.Kind, Title: string(c.Kind), Group: "custom"}}
	if c.Pattern != "" {
		p, err := compilePattern(c.Pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
		d.triggers = []trigger{{at: setSpec(p.firstBytes()), next: setSpec(p.secondBytes())}}
		if p.wordStart {
			d.triggers[0].prev = "^0-9A-Z_a-z"
		}
		d.longest = maxMatch + 2
		d.find = func(v *view, at int) (start, end int, confidence uint8) {
			return at, p.find(v, at), c.Confidence
		}
		return d, nil
	}
	l, err := newLiterals(c)
	if err != nil {
		return nil, err
	}
	d.triggers, d.longest = l.triggers(), l.longest+2
	d.find = func(v *view, at int) (start, end int, confidence uint8) {
		return at, l.match(v, at), c.Confidence
	}
	return d, nil
}

// literals are texts, found by a hash of their first two bytes.
type literals struct {
	texts          []string
	fold, words    bool
	longest        int
	begin          [257]uint32
	first, second  [4]uint64
	secondOptional bool
}

func newLiterals(c Custom) (*literals, error) {
	l := &literals{fold: c.AnyCase, words: c.Words}
	if len(c.Literals) > 1<<15 {
		return nil, fmt.Errorf("literals: %d, want at most %d", len(c.Literals), 1<<15)
	}
	buckets := make([][]string, 256)
	for i, text := range c.Literals {
		if text == "" {
			return nil, fmt.Errorf("literals[%d]: empty", i)
		}
		if len(text) > maxLiteral {
			return nil, fmt.Errorf("literals[%d]: %d bytes, want at most %d", i, len(text), maxLiteral)
		}
		folded := []byte(text)
		if l.fold {
			for n := range folded {
				folded[n] = lower(folded[n])
			}
		}
		l.longest = max(l.longest, len(text))
		l.addFirst(folded)
		if len(folded) == 1 {
			// It may stand before any byte: it is in all buckets of its first one.
			l.secondOptional = true
			for second := range 256 {
				h := literalHash(folded[0], byte(second))
				if n := len(buckets[h]); n == 0 || buckets[h][n-1] != string(folded) {
					buckets[h] = append(buckets[h], string(folded))
				}
			}
			continue
		}
		h := literalHash(folded[0], folded[1])
		buckets[h] = append(buckets[h], string(folded))
	}
	for h, bucket := range buckets {
		l.texts = append(l.texts, bucket...)
		l.begin[h+1] = uint32(len(l.texts))
	}
	return l, nil
}

// addFirst notes which bytes a literal begins with.
func (l *literals) addFirst(folded []byte) {
	add := func(set *[4]uint64, c byte) {
		merge(set, single(c))
		if l.fold && c-'a' < 26 {
			merge(set, single(c-32))
		}
	}
	add(&l.first, folded[0])
	if len(folded) > 1 {
		add(&l.second, folded[1])
	}
}

func (l *literals) triggers() []trigger {
	t := trigger{at: setSpec(l.first), next: setSpec(l.second)}
	if l.secondOptional {
		t.next = ""
	}
	return []trigger{t}
}

func literalHash(a, b byte) int { return int(a*31 + b) }

// match returns where the longest literal at a place ends, 0 if there is none.
func (l *literals) match(v *view, at int) (end int) {
	if l.words && at > 0 && isWord(v.text[at-1]) {
		return 0
	}
	a, b := v.text[at], v.at(at+1)
	if l.fold {
		a, b = lower(a), lower(b)
	}
	h := literalHash(a, b)
	for _, text := range l.texts[l.begin[h]:l.begin[h+1]] {
		if at+len(text) > end && l.stands(v, at, text) && !(l.words && isWord(v.at(at+len(text)))) {
			end = at + len(text)
		}
	}
	return end
}

func (l *literals) stands(v *view, at int, text string) bool {
	if l.fold {
		return hasPrefixFold(v, at, text)
	}
	for n := 0; n < len(text); n++ {
		if v.at(at+n) != text[n] {
			return false
		}
	}
	return true
}
