package format

import "bytes"

// A notation is how text is written in a place of a document.
type notation interface {
	// step reads what stands at the beginning of raw, which is not empty: n bytes
	// that stand for m bytes of text. It is n bytes of text as they are (plain), or
	// a unit that is replaced as a whole, whose text is in u. A unit without text
	// is a marker: it stays when the text around it is replaced. Mode is what
	// markers change. With more, n is 0 for a unit that is not all there.
	step(raw []byte, mode uint8, more bool, u *[4]byte) (n, m int, plain bool, after uint8)
	// style prepares for what is encoded next, which is to stand in the window raw;
	// alone says that the window is the whole value.
	style(raw []byte, alone bool)
	// encode appends text as it is written in mode.
	encode(dst, text []byte, mode uint8) []byte
	// leave appends what ends mode where the rest of a value is left out.
	leave(dst []byte, mode uint8) []byte
}

// values shows the values of a document to a visitor, long ones in windows, and
// writes what it decides. A value of one window that holds a JSON document is
// shown as that. Each value is added in pieces and ended.
type values struct {
	visitor Visitor
	path    *Path
	size    int // of a window, as written
	limits  Limits
	edit    Edit
	child   *JSON // reads documents in values

	raw  []byte // of the value, not decided yet
	text []byte // decoded
	// before is what stands before the value and goes with it if it is dropped.
	before []byte
	u      [4]byte // the text of a unit
	at     place
	part   int
	fate   fate
	mode   uint8 // at the beginning of raw
	// dropped says that the value was dropped before any of it left, encoded that
	// some of it was replaced, whole that it was shown at once.
	dropped, encoded, whole bool
}

// fate is what becomes of the rest of a value.
type fate uint8

const (
	asked fate = iota
	passed
	omitted
)

func newValues(p *Path, v Visitor, l Limits) values {
	l = l.withDefaults()
	return values{visitor: v, path: p, size: l.Value, limits: l}
}

// begin starts a value. What is in before has been set by the caller.
func (w *values) begin(mode uint8) {
	w.raw = w.raw[:0]
	w.part, w.fate, w.mode, w.dropped, w.encoded, w.whole = 0, asked, mode, false, false, false
}

// add takes bytes of a value that is not at its end.
func (w *values) add(dst, b []byte, n notation) ([]byte, error) {
	for len(b) > 0 {
		switch w.fate {
		case passed:
			return append(dst, b...), nil
		case omitted:
			return dst, nil
		}
		if len(w.raw) < w.size {
			k := min(len(b), w.size-len(w.raw))
			w.raw = append(w.raw, b[:k]...)
			b = b[k:]
			continue
		}
		var used int
		var err error
		if dst, used, err = w.show(dst, w.raw, true, n); err != nil {
			return dst, err
		}
		if used < w.size/2 {
			return dst, ErrSettled
		}
		w.raw = w.raw[:copy(w.raw, w.raw[used:])]
	}
	return dst, nil
}

// end takes the last bytes of a value and shows what was not decided.
func (w *values) end(dst, b []byte, n notation) (_ []byte, err error) {
	if len(w.raw) > 0 || w.part > 0 || len(b) > w.size {
		if dst, err = w.add(dst, b, n); err != nil {
			return dst, err
		}
		if b = w.raw; w.fate != asked {
			b = nil
		}
	}
	switch w.fate {
	case asked:
		dst, _, err = w.show(dst, b, false, n)
	case passed:
		dst = append(dst, b...)
	}
	w.before = w.before[:0]
	w.raw = w.raw[:0]
	return dst, err
}

// live shows what there is of a value that goes on, however little it is.
func (w *values) live(dst []byte, n notation) ([]byte, error) {
	if len(w.raw) == 0 || w.fate != asked {
		return dst, nil
	}
	dst, used, err := w.show(dst, w.raw, true, n)
	w.raw = w.raw[:copy(w.raw, w.raw[used:])]
	return dst, err
}

// show asks about a window and appends what was decided of it. It reports how
// many bytes of raw are done.
func (w *values) show(dst, raw []byte, more bool, n notation) ([]byte, int, error) {
	text, whole := w.decode(raw, more, n)
	first := w.part == 0
	verdict, held := Keep, false
	if first && !more && w.limits.Nested > 0 && looksEncoded(text) {
		var err error
		if verdict, held, err = w.document(text); err != nil {
			return dst, 0, err
		}
	}
	if !held {
		w.edit.reset(len(text))
		w.edit.More, w.edit.Part = more, w.part
		verdict = w.visitor.Value(w.path, Text, text, &w.edit)
	}
	w.part++
	alone := first && !more
	w.whole = alone
	if verdict > Block {
		verdict = Drop
	}
	if first && verdict != Drop && verdict != Block {
		dst = append(dst, w.before...)
	}
	switch verdict {
	case Keep, Splice:
		if verdict == Keep && alone {
			return append(dst, raw...), len(raw), nil
		}
		settled := len(text)
		cuts := w.edit.cuts
		if more {
			settled = min(max(w.edit.Settled, 0), settled)
		}
		if verdict == Keep {
			cuts = nil
		}
		return w.splice(dst, raw[:whole], len(text), settled, cuts, alone, n)
	case Skip:
		w.fate = passed
		return append(dst, raw...), len(raw), nil
	case Replace:
		w.encoded = true
		n.style(raw, alone)
		dst = n.encode(dst, w.edit.Out, w.mode)
	case Nullify:
	case Drop:
		w.dropped = first
	case Block:
		return dst, 0, ErrBlocked
	}
	w.fate = omitted
	if !first {
		dst = n.leave(dst, w.mode)
	}
	return dst, len(raw), nil
}

// document visits the JSON document that a text may hold, as that in a string of JSON
// is, and leaves what is to be changed in edit. It is not held if there is none.
func (w *values) document(text []byte) (v Verdict, held bool, err error) {
	if w.child == nil {
		w.child = &JSON{path: w.path, limits: w.limits, nested: w.limits.Nested - 1}
	}
	c := w.child
	c.base = w.path.Depth()
	switch err := c.whole(text, nil, nil); err {
	case nil:
	case ErrDepth:
		return Keep, false, err
	default:
		return Keep, false, nil
	}
	w.edit.reset(len(text))
	switch v = w.visitor.Container(w.path, Encoded, &w.edit); v {
	case Keep:
		w.edit.reset(len(text))
		return Splice, true, c.whole(text, w.visitor, &w.edit)
	case Splice:
		return Drop, true, nil
	}
	return v, true, nil
}

// name asks about the name of what the path stands at, and appends what becomes
// of it. The verdict is Keep, or Skip or Drop for what the name is of.
func (w *values) name(dst, raw, text []byte, n notation) ([]byte, Verdict, error) {
	w.edit.reset(len(text))
	w.mode = 0
	switch w.visitor.Name(w.path, text, &w.edit) {
	case Keep:
		return append(dst, raw...), Keep, nil
	case Skip:
		return append(dst, raw...), Skip, nil
	case Splice:
		dst, _, err := w.splice(dst, raw, len(text), len(text), w.edit.cuts, true, n)
		return dst, Keep, err
	case Replace:
		n.style(raw, true)
		w.encoded = true
		return n.encode(dst, w.edit.Out, 0), Keep, nil
	case Block:
		return dst, Drop, ErrBlocked
	}
	return dst, Drop, nil
}

// decode returns the text of a window, which is the window itself if it has no
// units, and how much of the window that is.
func (w *values) decode(raw []byte, more bool, n notation) (text []byte, whole int) {
	if u, ok := n.(*urlNotation); ok {
		first := u.plain(raw)
		if first == len(raw) {
			return raw, first
		}
		text, whole = u.decode(append(w.text[:0], raw[:first]...), raw[first:], more)
		w.text = text
		return text, first + whole
	}
	mode := w.mode
	text, same := w.text[:0], true
	for whole < len(raw) {
		k, m, plain, after := n.step(raw[whole:], mode, more, &w.u)
		if k == 0 {
			break
		}
		switch {
		case !plain && same:
			text, same = append(text, raw[:whole]...), false
			text = append(text, w.u[:m]...)
		case !plain:
			text = append(text, w.u[:m]...)
		case !same:
			text = append(text, raw[whole:whole+k]...)
		}
		whole += k
		mode = after
	}
	if same {
		return raw[:whole], whole
	}
	w.text = text
	return text, whole
}

// splice appends raw, whose text has size bytes, up to where its text is settled,
// with cuts made in it. What is cut is at least what the visitor cut: units are
// cut whole.
func (w *values) splice(dst, raw []byte, size, settled int, cuts []cut, alone bool, n notation) ([]byte, int, error) {
	for i, c := range cuts {
		if c.end > settled && settled < size {
			// not decided: it is shown again
			settled = min(settled, c.start)
		}
		if c.start >= settled && settled < size || c.start > size {
			cuts = cuts[:i]
			break
		}
	}
	if len(cuts) == 0 && alone {
		return append(dst, raw...), len(raw), nil
	}
	at := &w.at
	*at = place{raw: raw, mode: w.mode, n: n}
	copied := 0
	if len(cuts) > 0 {
		n.style(raw, alone)
		w.encoded = true
	}
	for _, c := range cuts {
		at.seek(c.start)
		at.markers()
		dst = append(dst, raw[copied:at.i]...)
		dst = n.encode(dst, w.edit.Out[c.from:c.to], at.mode)
		dst = at.pass(dst, c.end)
		copied = at.i
	}
	if alone && settled == size {
		return append(dst, raw[copied:]...), len(raw), nil
	}
	at.seek(settled)
	if settled == size {
		at.markers()
	}
	w.mode = at.mode
	return append(dst, raw[copied:at.i]...), at.i, nil
}

// place is a place in a window.
type place struct {
	raw  []byte
	i    int // in raw
	text int // bytes of text before it
	mode uint8
	n    notation
	u    [4]byte
}

// seek moves on to byte t of the text, or to the unit that holds it.
func (p *place) seek(t int) {
	for p.text < t && p.i < len(p.raw) {
		n, m, plain, after := p.n.step(p.raw[p.i:], p.mode, false, &p.u)
		if p.text+m > t {
			if plain {
				p.i += t - p.text
				p.text = t
			}
			return
		}
		p.i += n
		p.text += m
		p.mode = after
	}
}

// markers moves behind markers.
func (p *place) markers() {
	for p.i < len(p.raw) {
		n, m, plain, after := p.n.step(p.raw[p.i:], p.mode, false, &p.u)
		if plain || m > 0 {
			return
		}
		p.i += n
		p.mode = after
	}
}

// pass moves behind byte t of the text, and the unit that holds the byte before
// it, and appends the markers on the way.
func (p *place) pass(dst []byte, t int) []byte {
	for p.text < t && p.i < len(p.raw) {
		n, m, plain, after := p.n.step(p.raw[p.i:], p.mode, false, &p.u)
		switch {
		case plain:
			n = min(n, t-p.text)
			m = n
		case m == 0:
			dst = append(dst, p.raw[p.i:p.i+n]...)
		}
		p.i += n
		p.text += m
		p.mode = after
	}
	return dst
}

// opening checks the bytes of formats that are read as ASCII and what it is a
// part of: UTF-16 and UTF-32, with which every text would pass unread, are known
// by their byte order mark or by the zeros in them.
type opening struct {
	seen  uint8
	first byte
}

// check returns what can be read of a piece, and the error that follows it.
func (o *opening) check(piece []byte) (good []byte, late error) {
	for i, c := range piece[:min(len(piece), int(2-o.seen))] {
		if o.seen == 1 && (o.first == 0xfe && c == 0xff || o.first == 0xff && c == 0xfe) {
			return piece[:i], ErrEncoding
		}
		o.first = c
		o.seen++
	}
	if n := bytes.IndexByte(piece, 0); n >= 0 {
		return piece[:n], ErrEncoding
	}
	return piece, nil
}
