package format

// JSON is a [Rewriter] of JSON texts (RFC 8259). It reads in one pass with a
// stack of its own. Of what has come it holds back the separator, name and white
// space before a value and the value's text, until the visitor has decided; what
// is before leaves with the same Write.
//
// Duplicate names are shown as often as they are there, numbers as they are
// written. Strings that are not UTF-8 are shown and passed on as they are. A byte
// order mark of UTF-8 before the document is passed on. No bytes at all, or only
// white space, are no document and no error: nothing is in them that could leak.
//
// Buffers grow with what has to be held, up to a small multiple of Limits.Value, or
// of Limits.Encoded where strings hold documents; pieces are not copied whole.
type JSON struct {
	visitor Visitor
	path    *Path
	limits  Limits
	nested  int  // encoded documents may be nested so deep below this one
	base    int  // depth of the containers around this document
	many    bool // one document after the other

	carry []byte
	err   error
	final bool // no byte follows

	// b is what is at hand, and the following are places in it.
	b       []byte
	i       int // what is to be read next: the beginning of a token, if scan is set
	scan    int // where reading the token goes on, 0 for at its beginning
	out     int // what is before has left
	safe    int // what is before may leave: the end of the last value or of its opening bracket
	item    int // the member or element
	nameEnd int // the end of its name
	tok     int // the value; of a long string, the window

	state  jsonState
	levels []level
	// pass is set while what comes is not visited, within the containers of depth
	// passDepth and more.
	pass      pass
	passDepth int

	escaped     bool    // the string has escapes, so far
	limit       int     // of the string, as written
	part        int     // windows of the string that were shown
	restPass    pass    // of the rest of a string that is not shown
	quotePass   pass    // of its closing quote
	nameEscaped bool    // the name has escapes
	spareable   uint8   // what is said of it: spareName, sparePlain
	spared      *Spared // nil if nothing is
	covered     bool    // what level.covered is for the document
	named       Verdict // about the name: Keep, Skip, Splice, Replace or Drop

	edit, nameEdit Edit
	text, quoted   []byte
	dst            []byte
	sink           *Edit // takes the changes of a nested document, in place of dst
	child          *JSON
}

type jsonState uint8

const (
	jsonStart jsonState = iota // before a byte order mark
	jsonRoot                   // before a document
	jsonFirst                  // behind an opening bracket
	jsonItem                   // behind a comma
	jsonName
	jsonColon
	jsonValue
	jsonAfter  // behind a value
	jsonWindow // in a long string that is shown
	jsonRest   // in a string that is not shown
)

// pass is what becomes of bytes that are not visited.
type pass uint8

const (
	passNot  pass = iota // they are visited
	passOn               // they leave as they are
	passNone             // they do not leave
)

// level is an object or an array that is open.
type level struct {
	index int32 // of the item, from 0; -1 before the first
	array bool
	kept  bool // an item before was kept: the next needs its comma
	// plain says that values in this array are in a plain field, covered that a pattern
	// matches it or a container around it: see Spared.
	plain, covered bool
	field          string // what Path.Field says of values in this array
}

// NewJSON returns a rewriter of one JSON text. Paths may be nil.
func NewJSON(v Visitor, paths *Paths, l Limits) *JSON {
	return newJSON(false, v, NewPath(paths), l)
}

// NewJSONSequence returns a rewriter of JSON texts one behind the other:
// newline-delimited JSON, JSON text sequences (RFC 7464) and concatenated JSON.
// The path of each begins at the root.
func NewJSONSequence(v Visitor, paths *Paths, l Limits) *JSON {
	j := NewJSON(v, paths, l)
	j.many = true
	return j
}

// keptBuffer is how large a buffer may be that is used again.
const keptBuffer = 128 << 10

// Reset makes a rewriter ready for another document and visitor.
func (j *JSON) Reset(v Visitor) {
	j.path.truncate(j.base)
	j.restart(v)
}

func (j *JSON) restart(v Visitor) {
	j.see(v)
	j.err = nil
	j.final = false
	j.b = nil
	j.i, j.scan, j.out, j.safe, j.item, j.nameEnd, j.tok = 0, 0, 0, 0, 0, 0, 0
	j.state = jsonStart
	j.levels = j.levels[:0]
	j.pass = passNot
	j.named = Keep
	j.part = 0
	j.escaped = false
	for _, b := range []*[]byte{&j.carry, &j.text, &j.quoted, &j.edit.Out, &j.nameEdit.Out} {
		if cap(*b) > keptBuffer {
			*b = nil
		}
		*b = (*b)[:0]
	}
}

// see has a visitor asked. What is within something else is taken to be covered, and
// who joins texts wants to see everything.
func (j *JSON) see(v Visitor) {
	j.visitor, j.spared, j.covered = v, j.path.set.spared, j.base > 0
	if _, ok := v.(*joiner); ok {
		j.spared = nil
	}
}

// stepSize is how much of a piece is read with what was held back: enough to come
// to its end, little enough not to copy the piece.
const stepSize = 4 << 10

// Write appends what can be passed on of the document to dst.
func (j *JSON) Write(dst, piece []byte) ([]byte, error) {
	if j.err == nil && j.final && len(piece) > 0 {
		j.err = ErrSyntax
	}
	if j.err != nil {
		return dst, j.err
	}
	for len(piece) > 0 {
		if len(j.carry) == 0 {
			j.b = piece
			dst = j.step(dst)
			if j.err == nil {
				j.carry = append(j.carry, piece[j.safe:]...)
				j.shift()
			}
			break
		}
		held := len(j.carry)
		n := min(len(piece), stepSize)
		j.carry = append(j.carry, piece[:n]...)
		j.b = j.carry
		dst = j.step(dst)
		if j.err != nil {
			break
		}
		if j.safe >= held {
			// What is left lies in the piece.
			piece = piece[j.safe-held:]
			j.carry = j.carry[:0]
		} else {
			piece = piece[n:]
			if j.safe > 0 {
				j.carry = j.carry[:copy(j.carry, j.carry[j.safe:])]
			}
		}
		j.shift()
	}
	j.b = nil
	return dst, j.err
}

// Close ends the document and appends the rest of it to dst.
func (j *JSON) Close(dst []byte) ([]byte, error) {
	if j.err != nil || j.final {
		return dst, j.err
	}
	j.final = true
	j.b = j.carry
	dst = j.step(dst)
	if j.err == nil && (len(j.levels) > 0 || j.state != jsonRoot && j.state != jsonAfter && j.state != jsonStart || j.safe < len(j.b)) {
		j.err = ErrTruncated
	}
	j.b, j.carry = nil, j.carry[:0]
	return dst, j.err
}

// step reads what is at hand and appends what may leave.
func (j *JSON) step(dst []byte) []byte {
	j.dst = dst
	j.run()
	if p := j.passing(); p != passNot {
		j.safe = j.i
		if p == passNone {
			j.put(j.out, j.i, nil)
		}
	}
	j.safe = max(j.safe, j.out) // a document that failed may have left in the midst of an item
	dst = append(j.dst, j.b[j.out:j.safe]...)
	j.out = j.safe
	j.dst = nil
	return dst
}

// passing tells whether bytes are not visited, and what becomes of them.
func (j *JSON) passing() pass {
	if j.state == jsonRest {
		return j.restPass
	}
	return j.pass
}

// shift moves all places by what has left.
func (j *JSON) shift() {
	n := j.safe
	j.i -= n
	if j.scan > 0 {
		j.scan -= n
	}
	j.item -= n
	j.nameEnd -= n
	j.tok -= n
	j.out, j.safe = 0, 0
}

// put lets what is before start leave, and then what stands in place of what is
// before end.
func (j *JSON) put(start, end int, with []byte) {
	start = max(start, j.out)
	end = max(end, start)
	if j.sink != nil {
		from := len(j.sink.Out)
		j.sink.Out = append(j.sink.Out, with...)
		j.sink.Cut(start, end, from)
	} else {
		j.dst = append(append(j.dst, j.b[j.out:start]...), with...)
	}
	j.out = end
}

// fail ends the document at i.
func (j *JSON) fail(i int, err error) {
	j.i = i
	j.err = err
}
