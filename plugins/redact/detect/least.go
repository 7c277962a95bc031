package detect

import "math"

// Least is what a text has at least in which a set finds something.
type Least struct {
	// Lengths says for each number of digits, the last entry for so many and more, how
	// long a text is at least in which a number is found.
	Lengths [24]int
	// Bytes are those one of which a text has in which something else is found.
	Bytes string
	// all says that there is no telling.
	all bool
}

// Least says what a text has at least in which something is found, unless it is by the
// name of its field: see [Set.Takes]. It is a bound: a text that has all that may
// have nothing in it, one that has less has nothing.
func (s *Set) Least() Least { return s.least }

// Takes tells whether the values of a field, in lower case, are finds by its name.
func (s *Set) Takes(field string) bool {
	d, _ := s.whole(field)
	return d != nil
}

// never is more digits than any number has that is found.
const never = 1 << 20

// Nothing tells whether nothing is found in a whole text, the value of a field that is
// not taken by its name; if it is a number, one as programs write it without an
// exponent (RFC 8259, Section 6). What was found is remembered for the next call of Find, which
// is mostly about the same.
func (s *Set) Nothing(text []byte, field string, number bool) bool {
	if number && s.sparsely {
		n := 0
		for n < len(text) && text[n] != '.' {
			n++
		}
		if n < s.integer && s.silent(field) {
			return true
		}
	}
	s.looked = s.looked[:0]
	v := &s.view
	v.text, v.context, v.final, v.windowed, v.note = text, Context{Field: field}, true, false, nil
	s.found, _ = s.scan(s.found[:0], v)
	v.text, v.context = nil, Context{}
	if len(s.found) == 0 {
		return true
	}
	s.looked, s.field = append(s.looked, text...), field
	return false
}

// remembered tells whether what Nothing has found is that of a text.
func (s *Set) remembered(text []byte, c Context, final bool) bool {
	same := final && c.Seen == 0 && len(s.looked) > 0 && string(s.looked) == string(text) && s.field == c.Field
	s.looked = s.looked[:0]
	return same
}

// add takes a detector into account.
func (l *Least) add(d *detector) {
	if l.all {
		return
	}
	if runs := d.runs | d.signed; runs != 0 {
		digits := max(d.least, lowest(uint64(runs)))
		for n := min(digits, len(l.Lengths)-1); n < len(l.Lengths); n++ {
			l.Lengths[n] = min(l.Lengths[n], max(digits, d.shortest))
		}
	}
	for _, t := range d.triggers {
		c, ok := t.single()
		if !ok {
			l.all, l.Lengths = true, [24]int{}
			return
		}
		if !containsByte(l.Bytes, c) {
			l.Bytes += string(rune(c))
		}
	}
}

// nothing is what a text has in which no detector finds anything.
func nothing() (l Least) {
	for i := range l.Lengths {
		l.Lengths[i] = math.MaxInt
	}
	return l
}

// single returns a byte that each place of a trigger has, if there is one in ASCII that
// is neither a letter nor a digit, of which texts are full.
func (t trigger) single() (c byte, ok bool) {
	for _, set := range [...]string{t.at, t.prev, t.next} {
		if len(set) == 1 && set[0] < 0x80 && set[0] != '\n' && !isAlnum(set[0]) {
			return set[0], true
		}
	}
	return 0, false
}

func containsByte(text string, c byte) bool {
	for i := range len(text) {
		if text[i] == c {
			return true
		}
	}
	return false
}
