package format

// Kind is what a value is in its document.
type Kind uint8

const (
	// String is a JSON string, its text unescaped.
	String Kind = iota
	// Number is a JSON number, its text as written.
	Number
	// True, False and Null are the JSON literals, their text as written.
	True
	False
	Null
	// Text is a value of a format that knows text only: a form field, a CSV cell,
	// the data of an event that is not JSON.
	Text
	// Object and Array are the JSON containers, an XML element with elements in it
	// or a part with parts is an Object.
	Object
	Array
	// Encoded is a string that holds a JSON object or array.
	Encoded
)

// Verdict is what a visitor decides about a value.
type Verdict uint8

const (
	// Keep passes a scalar on as it is. What is within a container is visited.
	Keep Verdict = iota
	// Skip passes a value on as it is, and what is within a container or follows
	// in a long text without asking.
	Skip
	// Splice passes a text on with the cuts that were made in it. A number or
	// literal becomes a string. About containers it is not an answer.
	Splice
	// Replace puts the text of Edit.Out in place of a value, as a string. In place of
	// a name it puts another name. Of a long text the rest goes too.
	Replace
	// Nullify puts null in place of a value, or an empty text where there is no null.
	// In place of a name it drops the member.
	Nullify
	// Drop leaves out a member, an element, a field or a cell's text. At the root
	// of a JSON document it is Nullify. Of a long text of which a part has left,
	// the rest is left out.
	Drop
	// Block ends the document with [ErrBlocked].
	Block
)

// Visitor decides about the values of a document. The path, the text and the edit
// belong to the rewriter and may be used until the method returns.
//
// A text that is longer than Limits.Value is shown in windows: all but the last have
// Edit.More set, and what a window does not settle is shown again at the beginning
// of the next, so that nothing is missed at the border. Which windows there are
// does not depend on the pieces.
//
// An answer that does not fit the question is taken as Drop.
type Visitor interface {
	// Container is asked about an object, an array or a string that holds one of
	// them (Encoded) before what is within. Encoded strings are asked about
	// again, as the object or array that they hold, if the answer is Keep.
	// Answers: Keep, Skip, Replace, Nullify, Drop, Block.
	Container(p *Path, k Kind, e *Edit) Verdict
	// Name is asked about the name of a member, before its value; the path is
	// already that of the member. Answers: Keep; Skip, which goes for the value
	// too; Splice and Replace, which change the name; Nullify or Drop, which drop
	// the member; Block.
	Name(p *Path, text []byte, e *Edit) Verdict
	// Value is asked about a scalar. Answers: all.
	Value(p *Path, k Kind, text []byte, e *Edit) Verdict
}

// Edit is where a visitor puts what is to stand in place of a text.
type Edit struct {
	// Out takes the replacements, one behind the other: the visitor appends to it.
	// It is empty when the visitor is asked.
	Out []byte
	// More says that the value goes on behind the text that is shown.
	More bool
	// Part counts the windows of a long value from 0.
	Part int
	// Running says that the text comes in pieces (Options.Deltas): More is set while
	// further ones may come, Part counts how often it was shown. Its first Seen bytes
	// have left; they are shown for what stands before the rest, and cuts in them are
	// not made. Settled may be any number from Seen on. Drop and Nullify leave an
	// empty text.
	Running bool
	Seen    int
	// Settled is up to where a window's text is decided; what is behind it is
	// shown again. It is the length of the text beforehand and matters with More
	// only. At least a quarter of a window, as written, has to be settled, else
	// [ErrSettled]: a text of n bytes is written in 6n or fewer.
	Settled int
	cuts    []cut
}

// cut replaces bytes start to end of a text by Out[from:to].
type cut struct{ start, end, from, to int }

// Cut replaces text[start:end] by what was appended to Out since it had the
// length from. Cuts are made in order and do not overlap; one that begins before
// the end of the last is taken to begin there. Within a window, cuts behind
// Settled are not made.
func (e *Edit) Cut(start, end, from int) {
	if n := len(e.cuts); n > 0 {
		start = max(start, e.cuts[n-1].end)
	}
	start = max(start, 0)
	from = min(max(from, 0), len(e.Out))
	e.cuts = append(e.cuts, cut{start, max(start, end), from, len(e.Out)})
}

// Whole puts into Out what a text becomes by the cuts that were made in it, and forgets
// the cuts: for a visitor that has looked at another spelling of the value than the one
// it was shown, and has it replaced.
func (e *Edit) Whole(text []byte) {
	var whole []byte
	at := 0
	for _, c := range e.cuts {
		whole = append(append(whole, text[at:c.start]...), e.Out[c.from:c.to]...)
		at = c.end
	}
	e.Out = append(e.Out[:0], append(whole, text[at:]...)...)
	e.cuts = e.cuts[:0]
}

// reset makes an edit ready for the next question.
func (e *Edit) reset(size int) {
	e.Out = e.Out[:0]
	e.cuts = e.cuts[:0]
	e.More = false
	e.Running, e.Seen = false, 0
	e.Part = 0
	e.Settled = size
}

// Rewriter rewrites one document that comes in pieces. Write appends to dst what
// can be passed on and returns it; the piece is not kept, and dst must not lie in
// it. Close says that the document has ended, and appends the rest. With an error,
// what was decided before it is appended; after it both append nothing and return
// the same error.
type Rewriter interface {
	Write(dst, piece []byte) ([]byte, error)
	Close(dst []byte) ([]byte, error)
}

// Limits bound what a rewriter holds. Zero stands for the default.
type Limits struct {
	// Value is the most bytes of a text, as written, that are shown at a time, and
	// the most that a name or a number may have. What stands between two values,
	// white space and a name, may be twice that. 65536 by default.
	Value int
	// Encoded is the most bytes of a string that holds a JSON document, or of the
	// data of one event. A longer string is shown as text, in windows; longer
	// data is an error. 1048576 by default.
	Encoded int
	// Depth is how deep containers may be nested, those of encoded documents
	// included. 512 by default.
	Depth int
	// Nested is how deep encoded documents may be nested in encoded documents;
	// deeper ones are an error. 4 by default; negative shows all of them as text.
	Nested int
}

func (l Limits) withDefaults() Limits {
	if l.Value <= 0 {
		l.Value = 64 << 10
	}
	l.Value = max(l.Value, minValue)
	if l.Encoded <= 0 {
		l.Encoded = 1 << 20
	}
	l.Encoded = max(l.Encoded, l.Value)
	if l.Depth <= 0 {
		l.Depth = 512
	}
	if l.Nested == 0 {
		l.Nested = 4
	}
	return l
}

// minValue is the smallest window: three quarters of it hold the longest unit, a
// surrogate pair of two escapes.
const minValue = 32

// Error is why a document ends before its end. It never quotes the document.
type Error string

// Error returns the reason with the package's name in front.
func (e Error) Error() string { return "format: " + string(e) }

const (
	// ErrSyntax: the document is not of its format.
	ErrSyntax Error = "syntax error"
	// ErrTruncated: the document ends too early.
	ErrTruncated Error = "document truncated"
	// ErrDepth: containers are nested deeper than Limits.Depth.
	ErrDepth Error = "nested too deep"
	// ErrSize: a name, a number, white space or an event is longer than may be held.
	ErrSize Error = "token too long"
	// ErrSettled: a visitor settles less of a window than it has to.
	ErrSettled Error = "window not settled"
	// ErrEncoding: the bytes are not of the character encoding that they begin in.
	ErrEncoding Error = "character encoding"
	// ErrBlocked: a visitor answered Block.
	ErrBlocked Error = "blocked"
)
