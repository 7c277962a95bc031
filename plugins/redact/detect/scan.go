package detect

// view is the text as a detector reads it.
type view struct {
	text    []byte
	context Context
	final   bool
	// stop is where the candidate's bound or the text ends.
	stop int
	// turn counts the texts, or parts of one, that were looked at.
	turn int
	// more is set when the end of a text that goes on was read: the candidate is
	// undecided then.
	more bool
	// run is how many digits stand at the anchor of a candidate that begins with some,
	// at most longRun.
	run int
	// words are those of the detector that looks.
	words *vocabulary
	// notes are those of the set, note that of the field, nil if it was not asked for.
	notes *notes
	note  *note
	// before is the text before windowEnd in lower case, from windowFirst on, if
	// windowed says so.
	before                               [window + 1]byte
	beforeLength, windowEnd, windowFirst int
	windowed                             bool
	// chars are the letters and digits of a candidate that a check looks at.
	chars [maxForm]byte
}

// at returns the byte at i, a newline before the first byte and behind the last one
// that may be read.
func (v *view) at(i int) byte {
	if uint(i) < uint(v.stop) {
		return v.text[i]
	}
	return v.edge(i)
}

func (v *view) edge(i int) byte {
	if i >= len(v.text) && v.stop == len(v.text) && !v.final {
		v.more = true
	}
	return '\n'
}

// Find appends the spans in text, in order and without overlaps: of two that
// overlap the longer one wins, then the more confident one.
//
// Final says that no text follows. Otherwise text is decided up to settled only:
// what is behind has to be shown again together with what follows, with up to
// [Set.Look] bytes before it as Context.Seen. No span reaches behind settled. The
// spans are the same however a text is cut.
func (s *Set) Find(dst []Span, text []byte, c Context, final bool) (spans []Span, settled int) {
	c.Seen = min(max(c.Seen, 0), len(text))
	if d, confidence := s.whole(c.Field); d != nil && (c.Pass == nil || !c.Pass(d.Kind, confidence)) {
		return d.take(dst, text, c.Seen, confidence, final)
	}
	v := &s.view
	v.text, v.context, v.final, v.windowed, v.note = text, c, final, false, nil
	v.turn++
	first := len(dst)
	limit := len(text)
	if s.remembered(text, c, final) {
		dst = append(dst, s.found...)
	} else {
		dst, limit = s.scan(dst, v)
	}
	v.text, v.context = nil, Context{}
	if c.Pass != nil {
		wanted := dst[:first]
		for _, span := range dst[first:] {
			if !c.Pass(span.Kind, span.Confidence) {
				wanted = append(wanted, span)
			}
		}
		dst = wanted
	}
	if final && len(dst) == first {
		return dst, len(text)
	}
	if !final {
		limit = min(limit, s.tail(text, c.Seen))
	}
	return resolve(dst, first, limit, final)
}

// whole returns the detector that takes the values of a field as they are.
func (s *Set) whole(field string) (d *detector, confidence uint8) {
	if field == "" {
		return nil, 0
	}
	if len(s.named) > 0 {
		if n := findName(field); n != nil {
			for _, w := range s.named {
				if w.Kind == n.kind {
					d, confidence = w, n.confidence
				}
			}
		}
	}
	for _, w := range s.wholes {
		if c := w.whole(field); c > confidence {
			d, confidence = w, c
		}
	}
	return d, confidence
}

// take appends the whole text as spans of at most longest bytes.
func (d *detector) take(dst []Span, text []byte, from int, confidence uint8, final bool) (spans []Span, settled int) {
	for len(text)-from >= d.longest {
		dst = append(dst, Span{Start: from, End: from + d.longest, Kind: d.Kind, Confidence: confidence})
		from += d.longest
	}
	if final && from < len(text) {
		dst = append(dst, Span{Start: from, End: len(text), Kind: d.Kind, Confidence: confidence})
		from = len(text)
	}
	return dst, from
}

// scan appends all finds that begin behind what was seen, in the order of their
// anchors, and returns where the first undecided candidate may begin.
func (s *Set) scan(dst []Span, v *view) (spans []Span, limit int) {
	text, limit := v.text, len(v.text)
	// A span may begin a little behind its anchor, and the anchor may have been seen.
	from := max(0, v.context.Seen-maxAhead)
	if s.sparsely {
		dst, limit, from = s.sparse(dst, v, from)
	}
	if from == len(text) {
		return dst, limit
	}
	before := byte('\n')
	if from > 0 {
		before = text[from-1]
	}
	// half has the triggers whose first two bytes are met.
	half := s.table[before].prev & s.table[text[from]].at
	prev := s.table[text[from]].prev
	i := from + 1
	// Four bytes at a time, as a turn of a loop costs more than a byte, in Wasm above
	// all.
	for ; i+4 <= len(text); i += 4 {
		four := text[i : i+4 : i+4]
		a, b, c, d := &s.table[four[0]], &s.table[four[1]], &s.table[four[2]], &s.table[four[3]]
		first, second, third, fourth := half&a.next, prev&a.at&b.next, a.prev&b.at&c.next, b.prev&c.at&d.next
		half, prev = c.prev&d.at, d.prev
		if first|second|third|fourth == 0 {
			continue
		}
		for n, m := range [4]uint64{first, second, third, fourth} {
			if m != 0 {
				dst, limit = s.candidates(dst, v, i-1+n, m, limit)
			}
		}
	}
	for ; i < len(text); i++ {
		r := &s.table[text[i]]
		if m := half & r.next; m != 0 {
			dst, limit = s.candidates(dst, v, i-1, m, limit)
		}
		half = prev & r.at
		prev = r.prev
	}
	// What comes after the last byte is unknown if the text goes on.
	if v.final {
		half &= s.table['\n'].next
	}
	if half != 0 {
		dst, limit = s.candidates(dst, v, len(text)-1, half, limit)
	}
	return dst, limit
}

// candidates asks the detectors whose triggers are in m.
func (s *Set) candidates(dst []Span, v *view, at int, m uint64, limit int) (spans []Span, undecided int) {
	if m&s.digits != 0 {
		m &^= s.digits
		n := 1
		for at+n < len(v.text) && n < longRun && isDigit(v.text[at+n]) {
			n++
		}
		if at+n == len(v.text) && n < longRun && !v.final {
			// The run may go on: whoever wants a longer one has to wait too.
			for ; n <= longRun; n++ {
				for _, d := range s.numbers[n].all {
					limit = min(limit, d.earliest(v.text, at, v.context.Seen))
				}
			}
		} else {
			total := n
			if at+n < len(v.text) && isSign(v.text[at+n]) {
				total = v.digits(at + n)
				total += n
			}
			dst, limit = s.numbersAt(dst, v, at, n, total, limit)
		}
	}
	for ; m != 0; m &= m - 1 {
		for _, d := range s.heads[lowest(m)] {
			dst, limit = v.ask(dst, d, at, limit)
		}
	}
	return dst, limit
}

// numbersAt asks the detectors of numbers about a run of n digits, total with those
// behind signs.
func (s *Set) numbersAt(dst []Span, v *view, at, n, total, limit int) (spans []Span, undecided int) {
	text := v.text
	inWord, sign, date := 0, 0, false
	if at > 0 && isLetter(text[at-1]) {
		inWord = 1
	}
	if at+n < len(text) && isSign(text[at+n]) {
		sign, date = 1, n == 4 && beginsDate(text, at)
	}
	v.run = n
	for _, d := range s.numbers[n].by[inWord][sign] {
		if total < d.least || date && d.notDates || d.pair && (at == 1 || !isLetter(text[at-2]) || at > 2 && isAlnum(text[at-3])) {
			continue
		}
		dst, limit = v.ask(dst, d, at, limit)
	}
	return dst, limit
}

// beginsDate tells whether a date like 2026-11-20 stands at i, which may go on in any
// way, with neither a plus sign nor a parenthesis before it.
func beginsDate(text []byte, i int) bool {
	if i > 0 && (text[i-1] == '+' || text[i-1] == '(') || i+10 >= len(text) {
		return false
	}
	date := text[i : i+11 : i+11]
	return date[4] == '-' && isDigit(date[5]) && isDigit(date[6]) && date[7] == '-' && isDigit(date[8]) && isDigit(date[9]) && !isDigit(date[10])
}

// digits returns how many digits there are from i on with nothing but signs between
// them; enough for all detectors if there are that many or the text does not tell.
func (v *view) digits(i int) (n int) {
	const enough, longest = 20, 48
	signs := 0
	for end := min(len(v.text), i+longest); i < end; i++ {
		switch c := v.text[i]; {
		case isDigit(c):
			signs = 0
			if n++; n == enough {
				return n
			}
		case signs == maxSigns || !isSign(c):
			return n
		default:
			signs++
		}
	}
	if i == len(v.text) && v.final {
		return n
	}
	return enough
}

// maxSigns is how many bytes may stand between two groups of digits: a dash of
// three with a space of three on each side, and parentheses.
const maxSigns = 12

// ask asks a detector about one candidate.
func (v *view) ask(dst []Span, d *detector, at, limit int) (spans []Span, undecided int) {
	v.stop, v.more, v.words = min(len(v.text), at+d.longest), false, d.vocabulary
	start, end, confidence := d.find(v, at)
	if v.more {
		return dst, min(limit, d.earliest(v.text, at, v.context.Seen))
	}
	if start < end && start >= v.context.Seen {
		dst = append(dst, Span{Start: start, End: end, Kind: d.Kind, Confidence: confidence})
	}
	return dst, limit
}

// earliest returns where a span with this anchor may begin.
func (d *detector) earliest(text []byte, at, from int) int {
	return max(from, at-d.before)
}

// tail returns where bytes begin that an anchor may follow.
func (s *Set) tail(text []byte, from int) int {
	limit := len(text)
	for i := range s.tails {
		t := &s.tails[i]
		start := len(text)
		for start > from && len(text)-start < t.length && t.in[text[start-1]/64]>>(text[start-1]%64)&1 != 0 {
			start--
		}
		limit = min(limit, start)
	}
	return limit
}

// resolve leaves the spans from first on that are decided: it goes through them in
// the order of their starts, and of two that overlap the better one stays. A span
// stays undecided while one that begins behind limit may overlap it.
func resolve(dst []Span, first, limit int, final bool) (spans []Span, settled int) {
	found := dst[first:]
	for i := 1; i < len(found); i++ {
		for j := i; j > 0 && found[j].Start < found[j-1].Start; j-- {
			found[j], found[j-1] = found[j-1], found[j]
		}
	}
	kept := 0
	for _, next := range found {
		switch {
		case next.Start >= limit:
			// It is found again.
		case kept == 0 || found[kept-1].End <= next.Start:
			found[kept] = next
			kept++
		case next.better(found[kept-1]):
			found[kept-1] = next
		}
	}
	if kept > 0 && !final && found[kept-1].End > limit {
		kept--
		limit = found[kept].Start
	}
	return dst[:first+kept], limit
}

func (s Span) better(than Span) bool {
	if a, b := s.End-s.Start, than.End-than.Start; a != b {
		return a > b
	}
	if s.Confidence != than.Confidence {
		return s.Confidence > than.Confidence
	}
	if s.Start != than.Start {
		return s.Start < than.Start
	}
	return s.Kind < than.Kind
}

// isSign tells whether a byte may stand between the digits of a number as people
// write it.
func isSign(c byte) bool {
	switch c {
	case ' ', '-', '.', '/', '(', ')', '+':
		return true
	}
	return c >= 0x80
}

func isDigit(c byte) bool { return c-'0' < 10 }
