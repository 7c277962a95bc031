package detect

import (
	"errors"
	"fmt"
	"strconv"
)

// Bounds of a pattern.
const (
	// maxPositions is how many bytes and sets of bytes a pattern may have when its
	// repeats are written out.
	maxPositions = 256
	// maxMatch is how long a text may be that a pattern finds; of a longer one the
	// beginning is found.
	maxMatch = 256
	// maxPattern is how long a pattern may be as it is written.
	maxPattern = 1024
	// maxFirst is how many different bytes a pattern may begin with.
	maxFirst = 128
	// maxWork is how many atoms and sequences are read at most: repeats of groups
	// that have nothing in them add no positions.
	maxWork = 1 << 14
)

// pattern is a regular expression as an automaton whose states are the positions of
// its sets of bytes (Glushkov 1961).
type pattern struct {
	// sets are the bytes at each position, and follow the positions that may come
	// after it.
	sets   [][4]uint64
	follow []positions
	// first and last are the positions that a match begins and ends with.
	first, last positions
	// wordStart and wordEnd say that a letter, digit or underscore may not stand
	// before or behind a match.
	wordStart, wordEnd bool

	// turn is the call that what follows is about: until is where the last match ends,
	// spent is how many bytes were read in vain, and begins has a bit for each byte at
	// which a match may begin, if that has been worked out.
	turn, until, spent int
	begins             []uint64
	// all are the positions, accept those that a byte stands at. next are the positions
	// that the one behind them follows, others those before a position that do not stand
	// in front of it, and joins the positions that have such: see reverse.
	all, next, joins positions
	accept           *[256]positions
	others           []positions
}

// positions is a set of positions.
type positions [maxPositions / 64]uint64

func (p *positions) add(n int)      { p[n/64] |= 1 << (n % 64) }
func (p *positions) has(n int) bool { return p[n/64]>>(n%64)&1 != 0 }
func (p *positions) union(o positions) {
	for i := range p {
		p[i] |= o[i]
	}
}
func (p positions) empty() bool { return p == positions{} }

// each calls f with the positions in the set.
func (p positions) each(f func(n int)) {
	for w, bits := range p {
		for ; bits != 0; bits &= bits - 1 {
			f(w*64 + lowest(bits))
		}
	}
}

// match returns where the longest match that begins at start ends, 0 if there is none.
func (p *pattern) match(v *view, start int) (end int) {
	if p.wordStart && start > 0 && isWord(v.text[start-1]) {
		return 0
	}
	active := p.first
	for i := start; ; i++ {
		c := v.at(i)
		if i >= v.stop || i-start >= maxMatch {
			return end
		}
		var next positions
		done := false
		for w, bits := range active {
			for ; bits != 0; bits &= bits - 1 {
				n := w*64 + lowest(bits)
				if p.sets[n][c/64]>>(c%64)&1 == 0 {
					continue
				}
				next.union(p.follow[n])
				done = done || p.last.has(n)
			}
		}
		p.spent++
		if done && !(p.wordEnd && isWord(v.at(i+1))) {
			end = i + 1
		}
		if active = next; active.empty() {
			return end
		}
	}
}

// find is the find function of a detector: the first match from the left, and no other
// in it. Reading on from each place where a match may begin takes as many steps a byte
// as a match is long, so that once much has been read in vain, for what there is of the
// text, the places where none begins are worked out from its end, in one pass.
func (p *pattern) find(v *view, at int) (end int) {
	if p.turn != v.turn {
		p.turn, p.until, p.spent, p.begins = v.turn, 0, 0, p.begins[:0]
	}
	if at < p.until || at < v.context.Seen {
		return 0
	}
	if len(p.begins) > 0 && p.begins[at/64]>>(at%64)&1 == 0 {
		return 0
	}
	before := p.spent
	if end = p.match(v, at); end > 0 {
		p.until, p.spent = end, before
	} else if len(p.begins) == 0 && p.spent > len(v.text)/8+spentFirst {
		p.workOut(v, at)
	}
	return end
}

// spentFirst is how many bytes are read in vain before it is worth to work out where
// matches begin.
const spentFirst = 1 << 10

// workOut works out where matches may begin from a place on. Behind the end of a text that
// goes on anything may follow. Boundaries of words and the bound of a match are left to
// match.
func (p *pattern) workOut(v *view, from int) {
	if p.accept == nil {
		p.reverse()
	}
	size := (len(v.text) + 63) / 64
	p.begins = append(p.begins[:0], make([]uint64, size)...)
	var after positions
	if !v.final {
		after = p.all
	}
	for i := len(v.text) - 1; i >= from; i-- {
		// Those from which the rest of a match stands behind: of most, the one in front.
		before := p.last
		carry := uint64(0)
		for w := len(after) - 1; w >= 0; w-- {
			before[w] |= (after[w]>>1 | carry<<63) & p.next[w]
			carry = after[w] & 1
			for bits := after[w] & p.joins[w]; bits != 0; bits &= bits - 1 {
				before.union(p.others[w*64+lowest(bits)])
			}
		}
		accept := &p.accept[v.text[i]]
		begins := uint64(0)
		for w := range before {
			after[w] = before[w] & accept[w]
			begins |= after[w] & p.first[w]
		}
		if begins != 0 {
			p.begins[i/64] |= 1 << (i % 64)
		}
	}
}

// reverse works out what workOut needs of the automaton.
func (p *pattern) reverse() {
	p.accept, p.others = new([256]positions), make([]positions, len(p.sets))
	for n, set := range p.sets {
		p.all.add(n)
		for c := range 256 {
			if set[c/64]>>(c%64)&1 != 0 {
				p.accept[c].add(n)
			}
		}
		p.follow[n].each(func(m int) {
			if m == n+1 {
				p.next.add(n)
				return
			}
			p.joins.add(m)
			p.others[m].add(n)
		})
	}
}

// compilePattern reads a pattern: bytes, "." for any but a line end, sets in
// brackets, \d \w \s and their complements, groups, alternatives, and the repeats
// ? * + {n} {n,} {n,m}. "(?i)" in front makes letters of ASCII match in both cases,
// "\b" in front and at the end wants a boundary of words there, for all alternatives.
func compilePattern(text string) (*pattern, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("%d bytes, want at most %d", len(text), maxPattern)
	}
	p := &patternParser{text: text}
	if p.skip("(?i)") {
		p.fold = true
	}
	out := &pattern{wordStart: p.skip(`\b`)}
	part, err := p.alternatives()
	if err == nil && p.at < len(text) {
		err = errors.New("unexpected )")
	}
	if err != nil {
		return nil, fmt.Errorf("%w at byte %d", err, p.at)
	}
	if part.empty {
		return nil, errors.New("matches the empty text, want at least one byte")
	}
	out.wordEnd = p.wordEnd
	out.sets, out.follow, out.first, out.last = p.sets, p.follow, part.first, part.last
	if n := len(members(out.firstBytes())); n > maxFirst {
		return nil, fmt.Errorf("begins with any of %d bytes, want at most %d", n, maxFirst)
	}
	return out, nil
}

// firstBytes are the bytes that a match may begin with.
func (p *pattern) firstBytes() (set [4]uint64) {
	p.first.each(func(n int) { merge(&set, p.sets[n]) })
	return set
}

// secondBytes are the bytes that may come after the first one, all if a match may be
// one byte long.
func (p *pattern) secondBytes() (set [4]uint64) {
	p.first.each(func(n int) {
		if p.last.has(n) {
			set = byteSet("")
		}
		p.follow[n].each(func(m int) { merge(&set, p.sets[m]) })
	})
	return set
}

func merge(set *[4]uint64, with [4]uint64) {
	for i := range set {
		set[i] |= with[i]
	}
}

// part is a piece of a pattern: what it begins and ends with, and whether it can be
// empty.
type part struct {
	first, last positions
	empty       bool
}

type patternParser struct {
	text    string
	at      int
	fold    bool
	wordEnd bool
	depth   int
	// work counts the atoms and sequences that were read, repeats of them included.
	work   int
	sets   [][4]uint64
	follow []positions
}

var errTooLong = fmt.Errorf("more than %d positions when repeats are written out", maxPositions)

func (p *patternParser) skip(s string) bool {
	if len(p.text)-p.at < len(s) || p.text[p.at:p.at+len(s)] != s {
		return false
	}
	p.at += len(s)
	return true
}

func (p *patternParser) alternatives() (part, error) {
	out, err := p.sequence()
	for err == nil && p.skip("|") {
		var next part
		if next, err = p.sequence(); err == nil {
			out.first.union(next.first)
			out.last.union(next.last)
			out.empty = out.empty || next.empty
		}
	}
	return out, err
}

func (p *patternParser) sequence() (part, error) {
	if p.work++; p.work > maxWork {
		return part{}, errTooLong
	}
	out := part{empty: true}
	for p.at < len(p.text) && p.text[p.at] != '|' && p.text[p.at] != ')' {
		if p.depth == 0 && p.text[p.at:] == `\b` {
			p.at += 2
			p.wordEnd = true
			break
		}
		next, err := p.repeated()
		if err != nil {
			return part{}, err
		}
		out = p.join(out, next)
	}
	return out, nil
}

// join puts one part behind another.
func (p *patternParser) join(a, b part) part {
	a.last.each(func(n int) { p.follow[n].union(b.first) })
	out := part{first: a.first, last: b.last, empty: a.empty && b.empty}
	if a.empty {
		out.first.union(b.first)
	}
	if b.empty {
		out.last.union(a.last)
	}
	return out
}

// repeated reads an atom and what is behind it. An atom that is repeated is read
// again for each time that it is written out.
func (p *patternParser) repeated() (part, error) {
	start := p.at
	one, err := p.atom()
	if err != nil {
		return part{}, err
	}
	least, most, end, err := p.bounds()
	if err != nil {
		return part{}, err
	}
	again := func() (part, error) {
		p.at = start
		return p.atom()
	}
	out := one
	if least == 0 {
		out.empty = true
	}
	for n := 1; n < max(least, most); n++ {
		next, err := again()
		if err != nil {
			return part{}, err
		}
		if n >= least {
			next.empty = true
		}
		out = p.join(out, next)
		one = next
	}
	if most < 0 {
		one.last.each(func(n int) { p.follow[n].union(one.first) })
	}
	if most == 0 {
		out = part{empty: true}
	}
	p.at = end
	return out, nil
}

// bounds reads how often an atom stands: least to most times, -1 without bound.
func (p *patternParser) bounds() (least, most, end int, err error) {
	least, most = 1, 1
	if p.at < len(p.text) {
		switch p.text[p.at] {
		case '?':
			least, most = 0, 1
			p.at++
		case '*':
			least, most = 0, -1
			p.at++
		case '+':
			most = -1
			p.at++
		case '{':
			p.at++
			if least, err = p.number(); err != nil {
				return 0, 0, 0, err
			}
			most = least
			if p.skip(",") {
				most = -1
				if p.at < len(p.text) && p.text[p.at] != '}' {
					if most, err = p.number(); err != nil {
						return 0, 0, 0, err
					}
				}
			}
			if !p.skip("}") {
				return 0, 0, 0, errors.New("want } behind a number of times")
			}
			if most >= 0 && most < least {
				return 0, 0, 0, errors.New("want the larger number of times last")
			}
		}
	}
	if p.at < len(p.text) {
		switch p.text[p.at] {
		case '?', '*', '+', '{':
			return 0, 0, 0, errors.New("a repeat of a repeat, want parentheses around the first")
		}
	}
	return least, most, p.at, nil
}

func (p *patternParser) number() (int, error) {
	start := p.at
	for p.at < len(p.text) && isDigit(p.text[p.at]) {
		p.at++
	}
	n, err := strconv.Atoi(p.text[start:p.at])
	if err != nil || n > maxPositions {
		return 0, fmt.Errorf("want a number of times up to %d", maxPositions)
	}
	return n, nil
}

// atom reads a byte, a set or a group.
func (p *patternParser) atom() (part, error) {
	if p.work++; p.work > maxWork {
		return part{}, errTooLong
	}
	c := p.text[p.at]
	p.at++
	switch c {
	case '(':
		if !p.skip("?:") && p.at < len(p.text) && p.text[p.at] == '?' {
			return part{}, errors.New("a group that begins with ?, want (?:…)")
		}
		if p.depth++; p.depth > 32 {
			return part{}, errors.New("more than 32 groups in one another")
		}
		out, err := p.alternatives()
		if err != nil {
			return part{}, err
		}
		if !p.skip(")") {
			return part{}, errors.New("missing )")
		}
		p.depth--
		return out, nil
	case '[':
		set, err := p.class()
		if err != nil {
			return part{}, err
		}
		return p.position(set)
	case '.':
		return p.position(byteSet("^\n\n"))
	case '\\':
		set, err := p.escape()
		if err != nil {
			return part{}, err
		}
		return p.position(set)
	case '?', '*', '+', '{':
		return part{}, fmt.Errorf("%q repeats nothing", c)
	case '^', '$':
		return part{}, fmt.Errorf("%q: texts come in pieces and have no ends, write \\%c for the character", c, c)
	}
	return p.position(single(c))
}

// position makes a new position of a set.
func (p *patternParser) position(set [4]uint64) (part, error) {
	n := len(p.sets)
	if n == maxPositions {
		return part{}, errTooLong
	}
	if p.fold {
		for c := byte('a'); c <= 'z'; c++ {
			if set[c/64]>>(c%64)&1 != 0 || set[(c-32)/64]>>((c-32)%64)&1 != 0 {
				merge(&set, single(c))
				merge(&set, single(c-32))
			}
		}
	}
	p.sets = append(p.sets, set)
	p.follow = append(p.follow, positions{})
	var out part
	out.first.add(n)
	out.last.add(n)
	return out, nil
}

// escape reads what is behind a backslash.
func (p *patternParser) escape() ([4]uint64, error) {
	if p.at == len(p.text) {
		return [4]uint64{}, errors.New(`\ at the end`)
	}
	c := p.text[p.at]
	p.at++
	switch c {
	case 'd':
		return byteSet("0-9"), nil
	case 'D':
		return byteSet("^0-9"), nil
	case 'w':
		return byteSet("0-9A-Z_a-z"), nil
	case 'W':
		return byteSet("^0-9A-Z_a-z"), nil
	case 's':
		return byteSet("\t\n\f\r "), nil
	case 'S':
		return byteSet("^\t\n\f\r "), nil
	case 'n':
		return single('\n'), nil
	case 'r':
		return single('\r'), nil
	case 't':
		return single('\t'), nil
	case 'b':
		return [4]uint64{}, errors.New(`\b, which stands at the beginning or the end only`)
	}
	if isAlnum(c) || c >= 0x80 {
		return [4]uint64{}, fmt.Errorf(`\%c, which is not known`, c)
	}
	return single(c), nil
}

// class reads a set in brackets, behind the first one.
func (p *patternParser) class() (set [4]uint64, err error) {
	negated := p.skip("^")
	for first := true; ; first = false {
		if p.at == len(p.text) {
			return set, errors.New("missing ]")
		}
		if p.text[p.at] == ']' && !first {
			p.at++
			break
		}
		low, err := p.classMember()
		if err != nil {
			return set, err
		}
		if p.at+1 < len(p.text) && p.text[p.at] == '-' && p.text[p.at+1] != ']' {
			p.at++
			high, err := p.classMember()
			if err != nil {
				return set, err
			}
			a, b := members(low), members(high)
			if len(a) != 1 || len(b) != 1 || a[0] > b[0] {
				return set, errors.New("a range in brackets, want two characters in order")
			}
			for c := int(a[0]); c <= int(b[0]); c++ {
				merge(&low, single(byte(c)))
			}
		}
		merge(&set, low)
	}
	if negated {
		for i := range set {
			set[i] = ^set[i]
		}
	}
	return set, nil
}

func (p *patternParser) classMember() ([4]uint64, error) {
	c := p.text[p.at]
	p.at++
	switch {
	case c == '\\':
		return p.escape()
	case c >= 0x80:
		return [4]uint64{}, errors.New("a character beyond ASCII in brackets, want alternatives")
	}
	return single(c), nil
}

// single is the set of one byte.
func single(c byte) (set [4]uint64) {
	set[c/64] = 1 << (c % 64)
	return set
}

// members lists the bytes of a set.
func members(set [4]uint64) (list []byte) {
	for w, bits := range set {
		for ; bits != 0; bits &= bits - 1 {
			list = append(list, byte(w*64+lowest(bits)))
		}
	}
	return list
}

// setSpec writes a set in the notation that [trigger] describes.
func setSpec(set [4]uint64) string {
	var rest, special []byte
	for _, c := range members(set) {
		if c == '-' || c == '^' {
			special = append(special, c)
		} else {
			rest = append(rest, c)
		}
	}
	if len(rest) == 0 {
		return string(special) // "-", "^" or "-^"
	}
	if len(special) == 2 {
		return string(rest) + "^-"
	}
	return string(rest) + string(special)
}
