package format

// NewText returns a Rewriter of plain text: one value, of kind Text, at the root,
// in a character encoding that ASCII is a part of. Lines and all that is not
// replaced stay.
//
// What there is of the text is shown when a piece ends, not only when a window is
// full, so that a stream of lines is not held back beyond what the visitor does
// not settle. Here, therefore, the windows depend on the pieces: what leaves does
// not if what a visitor finds and settles depends on the text alone. Of a full
// window at least half has to be settled.
func NewText(v Visitor, paths *Paths, l Limits) Rewriter {
	return newText(v, NewPath(paths), l, true)
}

// newText returns a rewriter of a text at p; if it is not live, windows are shown
// when they are full.
func newText(v Visitor, p *Path, l Limits, live bool) Rewriter {
	t := &text{values: newValues(p, v, l), trickle: live}
	if live {
		t.limits.Nested = -1 // what there is of it may look like a document
	}
	return t
}

type text struct {
	values
	trickle  bool
	opening  opening
	err      error
	notation plainNotation
}

// Write implements Rewriter.
func (t *text) Write(dst, piece []byte) ([]byte, error) {
	piece, late := t.opening.check(piece)
	if t.err == nil {
		dst, t.err = t.add(dst, piece, t.notation)
	}
	if t.err == nil && t.trickle {
		dst, t.err = t.live(dst, t.notation)
	}
	if t.err == nil {
		t.err = late
	}
	return dst, t.err
}

// Close implements Rewriter. A text of no bytes is not shown.
func (t *text) Close(dst []byte) ([]byte, error) {
	if t.err == nil && (t.part > 0 || len(t.raw) > 0) {
		dst, t.err = t.end(dst, nil, t.notation)
	}
	return dst, t.err
}

// plainNotation is text as it is.
type plainNotation struct{}

func (plainNotation) step(raw []byte, _ uint8, _ bool, _ *[4]byte) (n, m int, plain bool, after uint8) {
	return len(raw), len(raw), true, 0
}

func (plainNotation) style([]byte, bool) {}

func (plainNotation) encode(dst, text []byte, _ uint8) []byte { return append(dst, text...) }

func (plainNotation) leave(dst []byte, _ uint8) []byte { return dst }
