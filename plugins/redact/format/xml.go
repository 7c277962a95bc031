package format

import (
	"bytes"
	"strings"
)

// NewXML returns a Rewriter of an XML document (XML 1.0) in a character encoding
// that ASCII is a part of. Paths are of local names, the root's first; an attribute
// is a step "@name" below its element.
//
// An element with nothing but text in it is a value of kind Text: about it the
// visitor is asked for its name, with its prefix, its attributes and its text, and drops it with its
// tags. One with elements, comments or processing instructions in it is an Object,
// and its texts are values at its path unless they are white space. Names cannot be
// changed, only dropped. At the root Drop is Nullify; a root whose name is to go has
// another one, and nothing in it.
//
// Text is shown with character references and the five entities decoded, CDATA
// sections together with what is around them. So are texts around comments and processing
// instructions of at most 1 KiB. Comments are shown as text at the
// path of their element, processing instructions as that of a step "?target" below
// it, whose name they have. Nothing is expanded: a document
// type is refused with [ErrDoctype], or passed on unread if doctype says so, and
// entities that it might declare are shown as written.
func NewXML(doctype bool, v Visitor, paths *Paths, l Limits) Rewriter {
	return newXML(doctype, v, NewPath(paths), l)
}

// ErrDoctype says that an XML document has a document type.
const ErrDoctype Error = "document type in XML"

func newXML(doctype bool, v Visitor, p *Path, l Limits) Rewriter {
	l = l.withDefaults()
	return &xml{values: newValues(p, v, l), other: newValues(p, v, l), limits: l, doctype: doctype}
}

type xml struct {
	values         // of the text that is being read
	other   values // of attributes, comments and instructions
	limits  Limits
	doctype bool
	opening opening
	err     error

	place xmlPlace
	kind  xmlKind // of the markup that is being read
	tag   []byte  // as much of it as there is
	quote byte    // that it is within, 0 for none
	depth int     // of brackets in a document type
	match int     // bytes of what ends a CDATA section

	seen   int  // bytes before the root, up to those of a byte order mark
	rooted bool // the root has begun

	levels []xmlLevel
	names  []byte // of the elements that are open, as written
	// held is the start tag of the innermost element while nothing but text was
	// seen of what is in it.
	held    []byte
	holding bool
	run     bool // a text has begun
	said    bool // and has more than white space
	leaf    bool // it is the value of its element
	after   bool // nothing but a text has left since the last tag that has
	out     []byte

	mode      xmlMode
	modeDepth int  // of the element it ends with
	keepEnd   bool // whose end tag stays
	renamed   bool // the root has lost its name
}

// xmlLevel is an element that is open: its name begins at start.
type xmlLevel struct {
	start int32
	path  bool // it is a step of the path
}

type xmlPlace uint8

const (
	xmlText xmlPlace = iota
	xmlMarkup
	xmlCDATA
)

type xmlKind uint8

const (
	xmlUnknown xmlKind = iota
	xmlStart
	xmlEnd
	xmlComment
	xmlInstruction
	xmlDoctype
)

// xmlMode is what becomes of what is read.
type xmlMode uint8

const (
	xmlVisit xmlMode = iota
	xmlPass
	xmlOmit
)

const cdataOpen = "<![CDATA["

// Write implements Rewriter.
func (x *xml) Write(dst, piece []byte) ([]byte, error) {
	piece, late := x.opening.check(piece)
	for x.err == nil && len(piece) > 0 {
		switch x.place {
		case xmlText:
			n := bytes.IndexByte(piece, '<')
			if n < 0 {
				n = len(piece)
			}
			dst = x.content(dst, piece[:n])
			if piece = piece[n:]; len(piece) == 0 || x.err != nil {
				break
			}
			if n := wholeTag(piece); n > 0 && n <= x.limits.Encoded {
				// most are, and need not be copied
				own := x.tag
				if x.tag = piece[:n:n]; piece[1] == '/' {
					dst = x.endTag(dst)
				} else {
					dst = x.startTag(dst)
				}
				x.tag = own
				piece = piece[n:]
				break
			}
			x.place, x.kind = xmlMarkup, xmlUnknown
			x.tag = append(x.tag[:0], '<')
			x.quote, x.depth = 0, 0
			piece = piece[1:]
		case xmlMarkup:
			dst, piece = x.markup(dst, piece)
		case xmlCDATA:
			n := x.sectionEnd(piece)
			dst = x.content(dst, piece[:n])
			piece = piece[n:]
		}
	}
	if x.err == nil {
		x.err = late
	}
	return dst, x.err
}

// Close implements Rewriter. No bytes are no document and no error.
func (x *xml) Close(dst []byte) ([]byte, error) {
	if x.err == nil && (x.place != xmlText || len(x.levels) > 0 || !x.rooted && x.opening.seen > 0) {
		x.err = ErrTruncated
	}
	return dst, x.err
}

// wholeTag returns where the start tag or end tag that b begins with ends, 0 if it is
// something else, or not all there.
func wholeTag(b []byte) int {
	if len(b) < 3 || b[1] == '!' || b[1] == '?' {
		return 0
	}
	if b[1] == '/' {
		return bytes.IndexByte(b, '>') + 1
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c > '>':
		case c == '>':
			return i + 1
		case c == '"' || c == '\'':
			n := bytes.IndexByte(b[i+1:], c)
			if n < 0 {
				return 0
			}
			i += 1 + n
		case c == '<':
			return 0
		}
	}
	return 0
}

// sectionEnd returns where a CDATA section ends in piece, or its length.
func (x *xml) sectionEnd(piece []byte) int {
	for i, c := range piece {
		switch {
		case c == ']':
			x.match = min(x.match+1, 2)
		case c == '>' && x.match == 2:
			x.match = 0
			x.place = xmlText
			return i + 1
		default:
			x.match = 0
		}
	}
	return len(piece)
}

// content takes bytes of text.
func (x *xml) content(dst, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	if len(x.levels) == 0 {
		return x.outside(dst, b)
	}
	switch x.mode {
	case xmlPass:
		return append(dst, b...)
	case xmlOmit:
		return dst
	}
	dst = x.beginRun(dst)
	for i := 0; !x.said && i < len(b); i++ {
		x.said = !isSpace(b[i])
	}
	return x.more(dst, b)
}

// more takes bytes of a text that has begun.
func (x *xml) more(dst, b []byte) []byte {
	if x.holding && len(x.raw)+len(b) > x.size {
		dst = x.resolveLeaf(dst)
	}
	if x.err == nil {
		dst, x.err = x.add(dst, b, xmlNotation{})
	}
	x.omitDropped()
	return dst
}

// beginRun begins a text unless one has begun. One that follows another, because the
// element between them was dropped, stays apart from it.
func (x *xml) beginRun(dst []byte) []byte {
	if !x.run {
		if x.after && !x.holding {
			dst = append(dst, ' ')
		}
		x.begin(0)
		x.before = x.before[:0]
		x.run, x.leaf, x.said = true, false, false
	}
	return dst
}

// omitDropped leaves out the rest of an element that was dropped for its text.
func (x *xml) omitDropped() {
	if x.dropped && x.leaf && x.err == nil {
		x.run, x.leaf, x.dropped = false, false, false
		x.omit(false)
	}
}

// omit leaves out what is in the innermost element, and its end tag unless it is
// to be kept.
func (x *xml) omit(keepEnd bool) {
	x.mode, x.modeDepth, x.keepEnd = xmlOmit, len(x.levels), keepEnd
}

// outside takes bytes that are not in an element: white space, behind a byte order
// mark.
func (x *xml) outside(dst, b []byte) []byte {
	const mark = "\ufeff"
	for i, c := range b {
		switch {
		case x.seen < len(mark) && !x.rooted && c == mark[x.seen]:
			x.seen++
			continue
		case x.seen > 0 && x.seen < len(mark) || !isSpace(c):
			x.err = ErrSyntax
			return append(dst, b[:i]...)
		}
		x.seen = len(mark)
	}
	return append(dst, b...)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// endRun ends the text that was begun, if one was.
func (x *xml) endRun(dst []byte) []byte {
	if !x.run || x.err != nil {
		return dst
	}
	x.run = false
	if !x.leaf && x.part == 0 && !x.said {
		x.after = false
		dst = append(dst, x.raw...)
		x.raw = x.raw[:0]
		return dst
	}
	if dst, x.err = x.end(dst, nil, xmlNotation{}); !x.leaf || !x.dropped {
		x.after = true
	}
	return dst
}

// markup reads what begins with "<" up to its end.
func (x *xml) markup(dst, piece []byte) (_, rest []byte) {
	from := 0 // of what is not in tag yet
	for i := 0; i < len(piece); i++ {
		// on to a byte that matters
		switch {
		case x.kind == xmlUnknown || x.kind == xmlDoctype:
		case x.kind != xmlStart:
			i = skipTo(piece, i, '>')
		case x.quote != 0:
			i = skipTo(piece, i, x.quote)
		default:
			for i < len(piece) && piece[i] != '>' && piece[i] != '"' && piece[i] != '\'' && piece[i] != '<' {
				i++
			}
		}
		if i == len(piece) {
			break
		}
		c := piece[i]
		if x.tag = append(x.tag, piece[from:i+1]...); len(x.tag) > x.limits.Encoded {
			x.err = ErrSize
			return dst, nil
		}
		from = i + 1
		if x.kind == xmlUnknown && !x.know() {
			if x.err != nil {
				return dst, nil
			}
			if x.place == xmlCDATA {
				return x.content(dst, x.tag), piece[from:]
			}
			continue
		}
		if !x.ends(c) {
			if x.err != nil {
				return dst, nil
			}
			continue
		}
		x.place = xmlText
		switch x.kind {
		case xmlStart:
			dst = x.startTag(dst)
		case xmlEnd:
			dst = x.endTag(dst)
		default:
			dst = x.aside(dst)
		}
		return dst, piece[from:]
	}
	if x.tag = append(x.tag, piece[from:]...); len(x.tag) > x.limits.Encoded {
		x.err = ErrSize
	}
	return dst, nil
}

// skipTo returns where c is from i on, or the length of b.
func skipTo(b []byte, i int, c byte) int {
	if n := bytes.IndexByte(b[i:], c); n >= 0 {
		return i + n
	}
	return len(b)
}

// know finds out what markup is from its first bytes.
func (x *xml) know() bool {
	const comment, doctype = "<!--", "<!DOCTYPE"
	tag := x.tag
	switch c := tag[1]; {
	case c == '/':
		x.kind = xmlEnd
	case c == '?':
		x.kind = xmlInstruction
	case c != '!':
		x.kind = xmlStart
	case len(tag) < len(comment) && strings.HasPrefix(comment, string(tag)),
		len(tag) < len(cdataOpen) && strings.HasPrefix(cdataOpen, string(tag)),
		len(tag) < len(doctype) && strings.HasPrefix(doctype, string(tag)):
		return false
	case string(tag) == comment:
		x.kind = xmlComment
	case string(tag) == cdataOpen && len(x.levels) > 0:
		x.place, x.match = xmlCDATA, 0
		return false
	case string(tag) == doctype && x.rooted:
		x.err = ErrSyntax
		return false
	case string(tag) == doctype:
		if !x.doctype {
			x.err = ErrDoctype
			return false
		}
		x.kind = xmlDoctype
	default:
		x.err = ErrSyntax
		return false
	}
	return true
}

// ends tells whether markup ends with its last byte.
func (x *xml) ends(c byte) bool {
	n := len(x.tag)
	switch x.kind {
	case xmlComment:
		return c == '>' && n >= len("<!---->") && x.tag[n-2] == '-' && x.tag[n-3] == '-'
	case xmlInstruction:
		return c == '>' && n >= len("<??>") && x.tag[n-2] == '?'
	case xmlDoctype:
		return x.doctypeEnds(c)
	case xmlEnd:
		return c == '>'
	}
	switch {
	case x.quote != 0:
		if c == x.quote {
			x.quote = 0
		}
	case c == '"' || c == '\'':
		x.quote = c
	case c == '>':
		return true
	case c == '<':
		x.err = ErrSyntax
	}
	return false
}

// doctypeEnds tells whether a document type ends: ">" is not within brackets,
// quotes or a comment.
func (x *xml) doctypeEnds(c byte) bool {
	n := len(x.tag)
	switch {
	case x.quote == '-':
		if c == '>' && x.tag[n-2] == '-' && x.tag[n-3] == '-' {
			x.quote = 0
		}
	case x.quote == '?':
		if c == '>' && x.tag[n-2] == '?' {
			x.quote = 0
		}
	case x.quote != 0:
		if c == x.quote {
			x.quote = 0
		}
	case c == '"' || c == '\'':
		x.quote = c
	case c == '-' && bytes.HasSuffix(x.tag, []byte("<!--")), c == '?' && x.tag[n-2] == '<':
		x.quote = c
	case c == '[':
		x.depth++
	case c == ']':
		x.depth--
	case c == '>':
		return x.depth <= 0
	}
	return false
}
