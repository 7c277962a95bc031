package detect

import (
	"fmt"
	"math/bits"
	"slices"
)

// Set is a choice of detectors, compiled. It is for one call at a time.
type Set struct {
	// table says for each byte which triggers have it before their anchor, at it and
	// after it, a bit each.
	table [256]row
	// heads are the detectors of each trigger.
	heads [64][]*detector
	// numbers are the detectors that want to see a run of so many digits, and digits
	// is the bit of their trigger, 0 if there are none.
	numbers [longRun + 1]runDetectors
	digits  uint64
	tails   []tail
	wholes  []*detector
	named   []*detector
	hold    int
	least   Least
	// sparsely says that sparse can be used. Marks are then the bytes, eight times each,
	// that others than numbers have, leastDigits is how many digits numbers have at
	// least, and paired says that some may have fewer behind a pair of letters.
	sparsely, paired bool
	marks            [2]uint64
	leastDigits      int
	// integer is the least of the detectors, and words are theirs.
	integer int
	words   []*vocabulary
	// view is that of the call under way: in place, so that a call allocates nothing.
	view  view
	notes notes
	// found is what Nothing has found in looked, the value of field.
	found  []Span
	looked []byte
	field  string
	// vocabularies counts those of the detectors.
	vocabularies int
}

// runDetectors are the detectors for runs of some length: all of them, and by
// whether the run follows a letter (1) and a sign follows it (1).
type runDetectors struct {
	all []*detector
	by  [2][2][]*detector
}

type row struct{ prev, at, next uint64 }

// tail are bytes that are undecided at the end of a text, because an anchor may
// follow them.
type tail struct {
	in     [4]uint64
	length int
}

// Kinds describes all detectors, in a fixed order.
func Kinds() []Info {
	var infos []Info
	for _, list := range lists() {
		for i := range list {
			infos = append(infos, list[i].Info)
		}
	}
	return infos
}

// lists are the detectors there are.
func lists() [5][]detector {
	return [5][]detector{numbers[:], americanIDs[:], europeanIDs[:], otherIDs[:], texts[:]}
}

func lookup(kind Kind) *detector {
	for _, list := range lists() {
		for i := range list {
			if list[i].Kind == kind {
				return &list[i]
			}
		}
	}
	return nil
}

// New compiles the detectors of the kinds named and the custom ones. An unknown
// kind, a kind named twice and a custom detector that cannot be compiled are errors.
func New(kinds []Kind, custom []Custom) (*Set, error) {
	s := &Set{least: nothing()}
	b := builder{set: s}
	seen := make(map[Kind]bool, len(kinds)+len(custom))
	for i, kind := range kinds {
		d := lookup(kind)
		if d == nil {
			return nil, fmt.Errorf("kinds[%d]: unknown detector %q", i, kind)
		}
		if seen[kind] {
			return nil, fmt.Errorf("kinds[%d]: %q named twice", i, kind)
		}
		seen[kind] = true
		b.add(d)
	}
	for i := range custom {
		d, err := newCustom(custom[i])
		if err != nil {
			return nil, fmt.Errorf("custom[%d]: %w", i, err)
		}
		if seen[d.Kind] || lookup(d.Kind) != nil {
			return nil, fmt.Errorf("custom[%d]: %q is the name of another detector", i, d.Kind)
		}
		seen[d.Kind] = true
		b.add(d)
	}
	s.mark()
	s.view.notes = &s.notes
	return s, nil
}

// mark finds out whether sparse can be used.
func (s *Set) mark() {
	if s.least.all || len(s.least.Bytes) > len(s.marks) {
		return
	}
	s.sparsely = true
	for i := range s.marks {
		c := byte(0xff) // which is nowhere in UTF-8
		if i < len(s.least.Bytes) {
			c = s.least.Bytes[i]
		}
		s.marks[i] = ones * uint64(c)
	}
	s.leastDigits, s.integer = maxLeast, never
	for n := range s.numbers {
		for _, d := range s.numbers[n].all {
			if d.pair {
				s.paired = true
			} else {
				s.leastDigits = min(s.leastDigits, max(d.least, 1))
			}
			s.integer = min(s.integer, d.integer)
			if d.vocabulary != nil && !slices.Contains(s.words, d.vocabulary) {
				s.words = append(s.words, d.vocabulary)
			}
		}
	}
}

// Hold is a bound: settled never lags more than so many bytes behind the end of a
// text.
func (s *Set) Hold() int { return s.hold }

// Look is how many bytes before settled have to be shown again, as Context.Seen,
// for the next call to decide as if the text had not been cut. It is a bound for
// all sets.
func (s *Set) Look() int { return maxLook }

type builder struct {
	set      *Set
	triggers []trigger
}

func (b *builder) add(d *detector) {
	s := b.set
	if d.forms != nil {
		d = d.compile()
	}
	if d.words != nil {
		c := *d
		if d = &c; d.Group == "national id" {
			d.vocabulary = newVocabulary(d.words, numberWords)
		} else {
			d.vocabulary = newVocabulary(d.words)
		}
		d.vocabulary.bit = 1 << s.vocabularies // 0 from the 65th on
		s.vocabularies++
	}
	s.least.add(d)
	if d.named {
		s.named = append(s.named, d)
	}
	if d.whole != nil {
		s.wholes = append(s.wholes, d)
	}
	if d.find != nil && d.before > 0 {
		s.tails = append(s.tails, tail{in: byteSet(d.back), length: d.before})
	}
	// A candidate reaches from before its anchor to the last byte that is looked at,
	// and a span that ends where it begins waits for it.
	s.hold = max(s.hold, 2*(d.before+d.longest))
	if d.runs|d.signed != 0 {
		bit := b.trigger(digitRun)
		s.digits = 1 << bit
		for n := range s.numbers {
			s.numbers[n].add(d, n)
		}
	}
	for _, t := range d.triggers {
		bit := b.trigger(t)
		if n := len(s.heads[bit]); n > 0 && s.heads[bit][n-1] == d {
			continue
		}
		s.heads[bit] = append(s.heads[bit], d)
	}
}

func (r *runDetectors) add(d *detector, n int) {
	if (d.runs|d.signed)>>n&1 == 0 {
		return
	}
	r.all = append(r.all, d)
	for inWord := range 2 {
		for sign := range 2 {
			if (inWord == 0 && !d.onlyInWord || inWord == 1 && (d.inWord || d.onlyInWord)) && (d.runs>>n&1 != 0 || sign == 1) {
				r.by[inWord][sign] = append(r.by[inWord][sign], d)
			}
		}
	}
}

// trigger returns the bit of a trigger. When all are taken, further ones share the
// last: it then stands for the union of their bytes, which is more candidates than
// need be and never fewer.
func (b *builder) trigger(t trigger) int {
	for i, have := range b.triggers {
		if have == t {
			return min(i, 63)
		}
	}
	b.triggers = append(b.triggers, t)
	bit := min(len(b.triggers)-1, 63)
	mask := uint64(1) << bit
	prev, at, next := byteSet(t.prev), byteSet(t.at), byteSet(t.next)
	for c := range b.set.table {
		r := &b.set.table[c]
		if prev[c/64]>>(c%64)&1 != 0 {
			r.prev |= mask
		}
		if at[c/64]>>(c%64)&1 != 0 {
			r.at |= mask
		}
		if next[c/64]>>(c%64)&1 != 0 {
			r.next |= mask
		}
	}
	return bit
}

// byteSet reads the notation that [trigger] describes.
func byteSet(spec string) (set [4]uint64) {
	if spec == "" {
		return [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	}
	negated := spec[0] == '^' && len(spec) > 1
	if negated {
		spec = spec[1:]
	}
	for i := 0; i < len(spec); i++ {
		lo, hi := spec[i], spec[i]
		if i+2 < len(spec) && spec[i+1] == '-' {
			hi = spec[i+2]
			i += 2
		}
		for c := int(lo); c <= int(hi); c++ {
			set[c/64] |= 1 << (c % 64)
		}
	}
	if negated {
		for i := range set {
			set[i] = ^set[i]
		}
	}
	return set
}

// lowest returns the number of the lowest bit that is set.
func lowest(m uint64) int { return bits.TrailingZeros64(m) }
