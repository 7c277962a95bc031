package format

// JSON is a [Rewriter] of JSON texts (RFC 8259). It reads in one pass with a stack of
// its own. Of what has come it holds back the separator, name and white space before
// a value and the value's text, until the visitor has decided; what is before leaves with the same Write.
//
// Duplicate names are shown as often as they are there, numbers as they are written.
// Strings that are not UTF-8 are shown and passed on as they are. A byte order mark of
// UTF-8 before the document is passed on. No bytes at all, or only white space, are no
// document and no error: nothing is in them that could leak.
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
	// pass is set while what comes is not visited, within the containers of depth passDepth and more.
	pass      pass
	passDepth int

	escaped     bool    // the string has escapes, so far
	limit       int     // of the string, as written
	part        int     // windows of the string that were shown
	restPass    pass    // of the rest of a string that is not shown
	quotePass   pass    // of its closing quote
	nameEscaped bool    // the name has escapes
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
}

// NewJSON returns a rewriter of one JSON text. Paths may be nil.
func NewJSON(v Visitor, paths *Paths, l Limits) *JSON {
	l = l.withDefaults()
	return &JSON{visitor: v, path: NewPath(paths), limits: l, nested: l.Nested}
}

// NewJSONSequence returns a rewriter of JSON texts one behind the other: newline-delimited
// JSON, JSON text sequences (RFC 7464) and concatenated JSON. The path of each begins at the root.
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
	j.visitor = v
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

// put lets what is before start leave, and then what stands in place of what is before end.
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

// run reads until the bytes at hand end.
func (j *JSON) run() {
	b := j.b
	i := j.i
	if j.state == jsonStart {
		if j.sink == nil && len(b) > 0 && b[0] == 0xef {
			if len(b) < 3 {
				return
			}
			if b[1] != 0xbb || b[2] != 0xbf {
				j.fail(0, ErrSyntax)
				return
			}
			i = 3
		}
		if len(b) > 0 {
			j.state = jsonRoot
		}
	}
	for j.err == nil {
		if j.state >= jsonWindow {
			j.i = i
			if j.state == jsonWindow {
				i = j.window()
			} else {
				i = j.rest()
			}
			if i < 0 {
				return
			}
			continue
		}
		i = space(b, i)
		if i == len(b) {
			break
		}
		c := b[i]
		switch j.state {
		case jsonRoot:
			if c == recordSeparator && j.many {
				i++
				continue
			}
			j.safe, j.item = i, i
			j.state = jsonValue
		case jsonFirst:
			if c == ']' || c == '}' {
				i = j.end(i)
				continue
			}
			j.begin(i)
		case jsonItem:
			j.begin(i)
		case jsonColon:
			if c != ':' {
				j.fail(i, ErrSyntax)
				return
			}
			i++
			j.state = jsonValue
		case jsonAfter:
			switch {
			case len(j.levels) == 0:
				j.safe = i
				if !j.many {
					j.fail(i, ErrSyntax)
					return
				}
				j.state = jsonRoot
			case c == ',':
				i++
				j.state = jsonItem
			default:
				i = j.end(i)
			}
		case jsonName:
			if i = j.name(i); i < 0 {
				return
			}
		case jsonValue:
			if j.pass == passNot && i-j.safe > 2*j.limits.Value {
				j.fail(i, ErrSize)
				return
			}
			switch c {
			case '"':
				i = j.string(i)
			case '{', '[':
				i = j.open(i, c)
			default:
				i = j.word(i, c)
			}
			if i < 0 {
				return
			}
		}
	}
	if j.err != nil {
		return
	}
	j.i = i
	if len(j.levels) > 0 {
		if j.pass == passNot && i-j.safe > 2*j.limits.Value {
			j.err = ErrSize
		}
	} else if j.state == jsonRoot || j.state == jsonAfter {
		j.safe = i
	}
}

// recordSeparator stands before each text of a sequence (RFC 7464, Section 2.2).
const recordSeparator = 0x1e

// space returns where white space ends.
func space(b []byte, i int) int {
	for ; i < len(b); i++ {
		if c := b[i]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			break
		}
	}
	return i
}

// begin begins a member or an element at i.
func (j *JSON) begin(i int) {
	top := &j.levels[len(j.levels)-1]
	top.index++
	j.item = i
	if j.pass == passNot {
		if top.index > 0 && !top.kept {
			// all before was dropped, the comma goes too
			j.put(j.safe, i, nil)
			j.safe = i
		}
		if top.array {
			j.path.setIndex(int(top.index))
		}
	}
	j.state = jsonName
	if top.array {
		j.state = jsonValue
	}
}

// end reads the closing bracket at i.
func (j *JSON) end(i int) int {
	last := len(j.levels) - 1
	if want := byte('}'); j.b[i] != want && !j.levels[last].array || j.b[i] != ']' && j.levels[last].array {
		j.fail(i, ErrSyntax)
		return i
	}
	if j.pass == passNot && i-j.safe > 2*j.limits.Value {
		j.fail(i, ErrSize)
		return i
	}
	j.levels = j.levels[:last]
	i++
	switch {
	case j.pass == passNot:
		j.path.pop()
	case last == j.passDepth:
		if j.pass == passNone {
			j.put(j.out, i, nil)
		}
		j.pass = passNot
	}
	j.done(i)
	return i
}

// done ends a value before i.
func (j *JSON) done(i int) {
	if j.pass == passNot {
		j.safe = i
	}
	j.state = jsonAfter
}

// keep keeps the item: its name leaves, changed if the visitor said so.
func (j *JSON) keep() {
	if n := len(j.levels); n > 0 {
		j.levels[n-1].kept = true
	}
	switch j.named {
	case Splice:
		j.splice(j.item+1, j.nameEnd-1, j.nameEscaped, &j.nameEdit)
	case Replace:
		j.put(j.item, j.nameEnd, j.quote(j.nameEdit.Out))
	}
	j.named = Keep
}

// drop leaves the item out, the value of which begins at start, up to end; the comma
// before it goes too, or else the one behind it. A document becomes null.
func (j *JSON) drop(start, end int) {
	j.named = Keep
	switch n := len(j.levels); {
	case n == 0:
		j.put(start, end, []byte("null"))
	case j.levels[n-1].kept:
		j.put(j.safe, end, nil)
	default:
		j.put(j.item, end, nil)
	}
}

// quote returns text as a string, until the next call.
func (j *JSON) quote(text []byte) []byte {
	j.quoted = append(appendEscaped(append(j.quoted[:0], '"'), text), '"')
	return j.quoted
}

// splice makes cuts in the text that stands as written from start to end.
func (j *JSON) splice(start, end int, escaped bool, e *Edit) {
	at := cursor{raw: j.b[start:end]}
	for _, c := range e.cuts {
		from, to := min(c.start, end-start), min(c.end, end-start)
		if escaped {
			from = at.seek(c.start, false)
			to = at.seek(c.end, true)
		}
		j.quoted = appendEscaped(j.quoted[:0], e.Out[c.from:c.to])
		j.put(start+from, start+to, j.quoted)
	}
}

// name reads the name at i; it returns what is behind it, -1 if there is no more to read.
func (j *JSON) name(i int) int {
	if j.b[i] != '"' {
		j.fail(i, ErrSyntax)
		return -1
	}
	end := j.closing(i, j.limits.Value)
	if end < 0 {
		if j.err == nil && len(j.b) > i+1+j.limits.Value {
			j.fail(i, ErrSize)
		}
		return -1
	}
	j.state = jsonColon
	if j.pass != passNot {
		return end + 1
	}
	j.nameEnd = end + 1
	j.nameEscaped = j.escaped
	text := j.b[i+1 : end]
	if j.escaped {
		j.text = appendUnescaped(j.text[:0], text)
		text = j.text
	}
	if len(j.path.names) > 4*j.limits.Value {
		j.fail(i, ErrSize)
		return -1
	}
	j.path.setName(text)
	j.nameEdit.reset(len(text))
	j.named = j.visitor.Name(j.path, text, &j.nameEdit)
	switch j.named {
	case Keep, Skip, Splice, Replace:
	case Block:
		j.fail(i, ErrBlocked)
		return -1
	default:
		j.named = Drop
	}
	return end + 1
}

// closing returns where the closing quote of the string at i is, if there is one within
// limit bytes as written; else -1. Escaped says whether there are escapes before it.
func (j *JSON) closing(i, limit int) int {
	at := i + 1
	if j.scan > 0 {
		at = j.scan
	} else {
		j.escaped = false
	}
	end, escaped, s := scanString(j.b[:min(len(j.b), i+1+limit+1)], at)
	j.escaped = j.escaped || escaped
	switch s {
	case scanEnd:
		j.scan = 0
		return end
	case scanFault:
		j.fail(i, ErrSyntax)
	default:
		j.i, j.scan = i, end
	}
	return -1
}

// open reads the opening bracket at i.
func (j *JSON) open(i int, c byte) int {
	if j.base+len(j.levels) >= j.limits.Depth {
		j.fail(i, ErrDepth)
		return -1
	}
	if j.pass == passNot {
		verdict := j.named
		if verdict != Drop && verdict != Skip {
			kind := Object
			if c == '[' {
				kind = Array
			}
			j.edit.reset(0)
			verdict = j.visitor.Container(j.path, kind, &j.edit)
		}
		if !j.decide(verdict, i, i+1) {
			return -1
		}
		if verdict == Keep {
			j.path.push()
			j.safe = i + 1
		} else {
			j.passDepth = len(j.levels)
			j.pass = passNone
			if verdict == Skip {
				j.pass = passOn
			}
		}
	}
	j.levels = append(j.levels, level{index: -1, array: c == '['})
	j.state = jsonFirst
	return i + 1
}

// decide does what was decided about the value from start to end, but for cuts; false
// if the document ends.
func (j *JSON) decide(v Verdict, start, end int) bool {
	switch v {
	case Keep, Skip:
		j.keep()
	case Replace:
		j.keep()
		j.put(start, end, j.quote(j.edit.Out))
	case Nullify:
		j.keep()
		j.put(start, end, []byte("null"))
	case Block:
		j.fail(start, ErrBlocked)
		return false
	default:
		j.drop(start, end)
	}
	return true
}
