package main

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
)

// Bounds of what is put in the table.
const (
	// maxShapes of one rule, after its alternatives are told apart.
	maxShapes = 64
	// minPrefix is the fewest bytes a token must begin with: fewer are not worth
	// a look at every place where they stand.
	minPrefix = 3
	// openMiddle and openEnd are what an unbounded repeat is bounded to inside
	// a shape and at its end.
	openMiddle = 64
	openEnd    = 2048
)

// set is a set of bytes.
type set [4]uint64

func (s *set) add(b byte)     { s[b>>6] |= 1 << (b & 63) }
func (s set) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }
func (s set) meets(o set) bool {
	return s[0]&o[0] != 0 || s[1]&o[1] != 0 || s[2]&o[2] != 0 || s[3]&o[3] != 0
}

// bytes lists what is in the set.
func (s set) bytes() (list []byte) {
	for b := 0; b < 256; b++ {
		if s.has(byte(b)) {
			list = append(list, byte(b))
		}
	}
	return list
}

// segment is a number of bytes from a set. Max -1 is any number.
type segment struct {
	set      set
	min, max int
}

// shape is a token: a prefix, then segments.
type shape struct {
	id      string
	entropy float64
	// prefix in lower case where fold says that case does not matter.
	prefix string
	fold   bool
	// word says that no letter, digit or underscore stands before, whole that the
	// token may not go on behind.
	word, whole bool
	// open says that the last segment has no bound in the rule.
	open     bool
	segments []segment
	// lead are segments of fixed length before the prefix.
	lead []segment
	// anchor is where in the prefix the byte stands that the scanner looks for,
	// together with its neighbours.
	anchor int
}

var errBoundary = errors.New("it looks for a boundary inside the token")

// expand takes a regular expression apart into shapes.
func expand(regex string) ([]shape, error) {
	re, err := syntax.Parse(regex, syntax.Perl)
	if err != nil {
		return nil, err
	}
	parts, err := sequences(re)
	if err != nil {
		return nil, err
	}
	var shapes []shape
	for _, p := range parts {
		var s shape
		for len(p) > 0 && p[0].max == atBoundary {
			s.word, p = true, p[1:]
		}
		for len(p) > 0 && p[len(p)-1].max == atBoundary {
			s.whole, p = true, p[:len(p)-1]
		}
		for _, seg := range p {
			if seg.max == atBoundary {
				return nil, errBoundary
			}
		}
		s.segments = p
		shapes = append(shapes, s)
	}
	return shapes, nil
}

// atBoundary in place of a maximum marks a word boundary.
const atBoundary = -2

// sequences returns what a part of a regular expression can be, each as segments.
func sequences(re *syntax.Regexp) ([][]segment, error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return [][]segment{nil}, nil
	case syntax.OpLiteral:
		var seq []segment
		for _, r := range re.Rune {
			if r >= 0x80 {
				return nil, errors.New("it has letters beyond ASCII")
			}
			var s set
			s.add(byte(r))
			if re.Flags&syntax.FoldCase != 0 {
				s.add(byte(lower(r)))
				s.add(byte(upper(r)))
			}
			seq = append(seq, segment{s, 1, 1})
		}
		return [][]segment{seq}, nil
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return [][]segment{{{classSet(re), 1, 1}}}, nil
	case syntax.OpWordBoundary, syntax.OpEndText, syntax.OpEndLine:
		return [][]segment{{{max: atBoundary}}}, nil
	case syntax.OpCapture:
		return sequences(re.Sub[0])
	case syntax.OpAlternate:
		var all [][]segment
		for _, sub := range re.Sub {
			one, err := sequences(sub)
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		return limited(all)
	case syntax.OpConcat:
		all := [][]segment{nil}
		for _, sub := range re.Sub {
			one, err := sequences(sub)
			if err != nil {
				return nil, err
			}
			if all, err = limited(product(all, one)); err != nil {
				return nil, err
			}
		}
		return all, nil
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			least, most = 0, -1
		case syntax.OpPlus:
			least, most = 1, -1
		case syntax.OpQuest:
			least, most = 0, 1
		}
		one, err := sequences(re.Sub[0])
		if err != nil {
			return nil, err
		}
		if len(one) == 1 && len(one[0]) == 1 && one[0][0].min == 1 && one[0][0].max == 1 {
			return [][]segment{{{one[0][0].set, least, most}}}, nil
		}
		return unroll(one, least, most)
	}
	return nil, fmt.Errorf("it uses %s, which tokens of a fixed shape do not need", re.Op)
}

// unroll writes a repeated group out.
func unroll(one [][]segment, least, most int) ([][]segment, error) {
	if most < 0 || most > 4 {
		return nil, errors.New("it repeats a group without a small bound")
	}
	var all [][]segment
	times := [][]segment{nil}
	for n := 0; n <= most; n++ {
		if n >= least {
			all = append(all, times...)
		}
		times = product(times, one)
	}
	return limited(all)
}

func product(a, b [][]segment) (all [][]segment) {
	for _, x := range a {
		for _, y := range b {
			all = append(all, slices.Concat(x, y))
		}
	}
	return all
}

func limited(all [][]segment) ([][]segment, error) {
	if len(all) > maxShapes {
		return nil, fmt.Errorf("it has more than %d alternatives", maxShapes)
	}
	return all, nil
}

func classSet(re *syntax.Regexp) (s set) {
	for b := 0; b < 0x80; b++ {
		switch re.Op {
		case syntax.OpAnyChar:
			s.add(byte(b))
		case syntax.OpAnyCharNotNL:
			if b != '\n' {
				s.add(byte(b))
			}
		default:
			for i := 0; i < len(re.Rune); i += 2 {
				if rune(b) >= re.Rune[i] && rune(b) <= re.Rune[i+1] {
					s.add(byte(b))
				}
			}
		}
	}
	return s
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	return r
}

func upper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	return r
}

// finish moves the fixed bytes in front to the prefix, joins segments, bounds
// those without a bound, and refuses a shape that one pass cannot match.
func (s *shape) finish() error {
	if _, _, ok := oneByte(s.segments[0]); !ok {
		s.cutLead()
	}
	s.fold = prefixFolds(s.segments)
	for len(s.segments) > 0 {
		seg := s.segments[0]
		b, folded, ok := oneByte(seg)
		if !ok || folded && !s.fold {
			break
		}
		s.prefix += string(b)
		s.segments = s.segments[1:]
	}
	if len(s.prefix) < minPrefix {
		return fmt.Errorf("it begins with %d fixed bytes, which is too few", len(s.prefix))
	}
	if s.prefix == "http" {
		return errors.New("it begins as every URL does")
	}
	var joined []segment
	for _, seg := range s.segments {
		if n := len(joined); n > 0 && joined[n-1].set == seg.set && (joined[n-1].min == joined[n-1].max || seg.min == seg.max) {
			joined[n-1].min += seg.min
			if seg.max < 0 || joined[n-1].max < 0 {
				joined[n-1].max = -1
			} else {
				joined[n-1].max += seg.max
			}
			continue
		}
		joined = append(joined, seg)
	}
	s.segments = joined
	for i := range joined {
		if joined[i].max >= 0 {
			continue
		}
		joined[i].max = openMiddle
		if last := i == len(joined)-1 || i == len(joined)-2 && joined[i+1].min == 0; last {
			joined[i].max, s.open = openEnd, true
		}
	}
	for i, seg := range joined {
		if seg.min == seg.max {
			continue
		}
		// Greedy is right where what follows cannot take up a byte of this
		// segment, or may be empty.
		empty := !s.whole
		for _, next := range joined[i+1:] {
			empty = empty && next.min == 0
		}
		for _, next := range joined[i+1:] {
			if !empty && seg.set.meets(next.set) {
				return errors.New("where one of its parts ends is only known from what follows")
			}
			if next.min > 0 {
				break
			}
		}
	}
	return nil
}

// lengthen writes a shape out with each byte that may stand at a place early on, if
// these are few, so that more of its beginning is fixed: "gh[su]_" is two shapes.
func lengthen(s shape) []shape {
	if i := leadLength(s.segments); i > 0 {
		// A digit and two fixed bytes behind a lead.
		var all []shape
		for _, b := range s.segments[i].set.bytes() {
			var only set
			only.add(b)
			longer := s
			longer.segments = slices.Concat(s.segments[:i], []segment{{only, 1, 1}}, s.segments[i+1:])
			all = append(all, longer)
		}
		return all
	}
	fixed := 0
	for fixed < len(s.segments) && fixed < 4 {
		if _, _, ok := oneByte(s.segments[fixed]); !ok {
			break
		}
		fixed++
	}
	if fixed < 2 || fixed == len(s.segments) || fixed == 4 {
		return []shape{s}
	}
	next := s.segments[fixed]
	list := next.set.bytes()
	var rest []segment
	switch {
	case len(list) <= 4 && next.min == 1 && next.max == 1:
	case len(list) <= 24 && fixed == 2 && next.min >= 32:
		rest = []segment{{next.set, next.min - 1, next.max - 1}}
	default:
		return []shape{s}
	}
	var all []shape
	for _, b := range list {
		var only set
		only.add(b)
		longer := s
		longer.segments = slices.Concat(s.segments[:fixed], []segment{{only, 1, 1}}, rest, s.segments[fixed+1:])
		if rest != nil {
			all = append(all, longer)
		} else {
			all = append(all, lengthen(longer)...)
		}
	}
	return all
}

// leadLength returns how many segments of fixed length stand before a place of at
// most ten bytes that two fixed bytes follow; 0 if there is none.
func leadLength(segments []segment) int {
	for i := 0; i+2 < len(segments); i++ {
		seg := segments[i]
		_, _, here := oneByte(seg)
		_, _, next := oneByte(segments[i+1])
		_, _, last := oneByte(segments[i+2])
		switch {
		case seg.min != seg.max || here && next && last:
			return 0
		case i > 0 && next && last && !here && seg.max == 1 && len(seg.set.bytes()) <= 10:
			return i
		}
	}
	return 0
}

// cutLead moves segments of fixed length to the lead if three fixed bytes follow.
func (s *shape) cutLead() {
	run := 0
	for i, seg := range s.segments {
		if seg.min != seg.max {
			return
		}
		if _, folded, ok := oneByte(seg); ok && !folded {
			if run++; run == minPrefix {
				s.lead, s.segments = s.segments[:i+1-run], s.segments[i+1-run:]
				return
			}
		} else {
			run = 0
		}
	}
}

// prefixFolds tells whether letters of the fixed bytes in front come in both
// cases: if all do, the prefix is folded.
func prefixFolds(segments []segment) bool {
	letters, folded := 0, 0
	for _, seg := range segments {
		b, f, ok := oneByte(seg)
		if !ok {
			break
		}
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
			letters++
			if f {
				folded++
			}
		}
	}
	return letters > 0 && letters == folded
}

// oneByte returns the byte of a segment that is one byte, in lower case where
// it may be a letter in either case.
func oneByte(seg segment) (b byte, folded, ok bool) {
	if seg.min != 1 || seg.max != 1 {
		return 0, false, false
	}
	switch list := seg.set.bytes(); {
	case len(list) == 1:
		return list[0], false, true
	case len(list) == 2 && list[0]+'a'-'A' == list[1] && list[0] >= 'A' && list[0] <= 'Z':
		return list[1], true, true
	}
	return 0, false, false
}

// length is the most bytes that a token of the shape has.
func (s *shape) length() int {
	n := len(s.prefix)
	for _, seg := range slices.Concat(s.lead, s.segments) {
		n += seg.max
	}
	return n
}
