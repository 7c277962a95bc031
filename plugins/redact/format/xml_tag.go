package format

import (
	"bytes"
	"strings"
)

// startTag takes the start tag that was read.
func (x *xml) startTag(dst []byte) []byte {
	name := xmlName(x.tag[1:])
	if len(name) == 0 || len(x.levels) == 0 && (x.rooted || x.seen > 0 && x.seen < 3) {
		x.err = ErrSyntax
		return dst
	}
	if len(x.levels) == x.limits.Depth {
		x.err = ErrDepth
		return dst
	}
	if dst = x.resolveObject(dst); x.err != nil {
		return dst
	}
	x.rooted = true
	x.levels = append(x.levels, xmlLevel{start: int32(len(x.names))})
	if x.names = append(x.names, name...); len(x.names) > x.limits.Encoded {
		x.err = ErrSize
		return dst
	}
	empty := x.tag[len(x.tag)-2] == '/'
	if x.mode == xmlVisit {
		x.levels[len(x.levels)-1].path = true
		x.path.push()
		x.path.setName(localName(name))
		switch x.asked(name) {
		case Keep:
			x.held = append(x.held[:0], x.tag...)
			x.holding = true
			if empty {
				dst = x.emptyElement(dst)
				x.leave()
			}
			return dst
		case Skip:
			x.mode, x.modeDepth, x.keepEnd = xmlPass, len(x.levels), true
		default:
			if len(x.levels) > 1 {
				x.omit(false)
				break
			}
			// the root stays, with nothing in it and another name
			x.omit(true)
			x.renamed = true
			dst = append(dst, "<"+xmlRenamed+">"...)
			if empty {
				dst = append(dst, "</"+xmlRenamed+">"...)
			}
		}
	}
	if x.err != nil {
		return dst
	}
	if x.mode == xmlPass {
		dst = append(dst, x.tag...)
	}
	if empty {
		x.leave()
	}
	return dst
}

// xmlRenamed is the name of a root whose own name may not leave.
const xmlRenamed = "_"

// asked asks about the name of an element or attribute, with its prefix: Keep, Skip or
// Drop.
func (x *xml) asked(name []byte) Verdict {
	e := &x.other.edit
	e.reset(len(name))
	switch v := x.visitor.Name(x.path, name, e); v {
	case Keep, Skip:
		return v
	case Block:
		x.err = ErrBlocked
	}
	return Drop
}

// endTag takes the end tag that was read.
func (x *xml) endTag(dst []byte) []byte {
	name := xmlName(x.tag[2:])
	end := len(x.tag) - 1
	top := len(x.levels) - 1
	if top < 0 || skipSpace(x.tag[:end], 2+len(name)) < end || string(name) != string(x.names[x.levels[top].start:]) {
		x.err = ErrSyntax
		return dst
	}
	keep := true
	switch {
	case x.mode == xmlOmit:
		keep = x.keepEnd && x.modeDepth == len(x.levels)
	case x.mode == xmlVisit && x.holding:
		dst = x.endRun(x.resolveLeaf(x.beginRun(dst)))
		keep = !x.leaf || !x.dropped
	case x.mode == xmlVisit:
		dst = x.endRun(dst)
	}
	if x.err != nil {
		return dst
	}
	switch {
	case keep && x.renamed:
		dst = append(dst, "</"+xmlRenamed+">"...)
	case keep:
		dst = append(dst, x.tag...)
	}
	x.after = x.after && !keep
	x.leave()
	return dst
}

// leave goes out of the innermost element.
func (x *xml) leave() {
	top := len(x.levels) - 1
	if x.mode != xmlVisit && x.modeDepth == len(x.levels) {
		x.mode = xmlVisit
	}
	if x.levels[top].path {
		x.path.pop()
	}
	x.names = x.names[:x.levels[top].start]
	x.levels = x.levels[:top]
	x.run, x.leaf, x.holding, x.dropped = false, false, false, false
}

// aside takes a comment, an instruction or a document type.
func (x *xml) aside(dst []byte) []byte {
	tag := x.tag
	switch {
	case x.kind == xmlDoctype:
		return append(dst, tag...)
	case x.kind == xmlInstruction && len(tag) > 7 && string(tag[:5]) == "<?xml" && isSpace(tag[5]):
		// a declaration says how the document is to be read: it is no text
		if x.rooted || !declares(tag) {
			x.err = ErrEncoding
		}
		return append(dst, tag...)
	}
	switch x.mode {
	case xmlPass:
		return append(dst, tag...)
	case xmlOmit:
		return dst
	}
	if len(x.levels) > 0 && len(tag) <= min(maxInline, x.size/2) {
		// it does not part a text
		if x.out = x.asideOf(x.out[:0], tag); x.err != nil || len(x.out) == 0 {
			return dst
		}
		if len(x.out) <= x.size/2 {
			return x.more(x.beginRun(dst), x.out)
		}
		dst = append(x.resolveObject(dst), x.out...)
		x.after = false
		return dst
	}
	if dst = x.resolveObject(dst); x.err != nil || x.mode != xmlVisit {
		if x.mode == xmlPass {
			dst = append(dst, tag...)
		}
		return dst
	}
	x.after = false
	return x.asideOf(dst, tag)
}

// asideOf appends what becomes of a comment or an instruction.
func (x *xml) asideOf(dst, tag []byte) []byte {
	if x.kind == xmlComment {
		return x.asideText(dst, tag, len("<!--"), len("-->"))
	}
	target := xmlName(tag[2:])
	data := 2 + len(target)
	if len(target) == 0 || data+2 < len(tag) && !isSpace(tag[data]) {
		x.err = ErrSyntax
		return dst
	}
	x.path.push()
	x.other.text = append(append(x.other.text[:0], '?'), target...)
	x.path.setName(x.other.text)
	switch verdict := x.asked(target); {
	case x.err != nil || verdict == Drop:
	case verdict == Skip || data+2 == len(tag):
		dst = append(dst, tag...)
	default:
		dst = x.asideText(dst, tag, data+1, len("?>"))
	}
	x.path.pop()
	return dst
}

// asideText asks about what is between the first and the last bytes of markup.
func (x *xml) asideText(dst, tag []byte, first, last int) []byte {
	o := &x.other
	o.before = append(o.before[:0], tag[:first]...)
	o.begin(0)
	if dst, x.err = o.end(dst, tag[first:len(tag)-last], asideNotation{}); x.err == nil && !o.dropped {
		dst = append(dst, tag[len(tag)-last:]...)
	}
	return dst
}

// declares tells whether an XML declaration says what one may (XML 1.0, Section 2.8),
// and the encoding that it names can be read.
func declares(tag []byte) bool {
	for b := tag[5 : len(tag)-2]; ; {
		a, rest, ok := nextAttribute(b)
		if !ok || len(a.name) == 0 {
			return ok
		}
		switch value := strings.ToLower(string(a.value)); string(a.name) {
		case "encoding":
			// a document in UTF-16 comes here in UTF-8, or is not read
			ok = transparent(value) || value == "utf-16"
		case "version":
			ok = value == "1.0" || value == "1.1"
		case "standalone":
			ok = value == "yes" || value == "no"
		default:
			ok = false
		}
		if !ok {
			return false
		}
		b = rest
	}
}

// resolveObject asks about the element whose start tag is held, now that there is
// more than text in it, and ends the text before that.
func (x *xml) resolveObject(dst []byte) []byte {
	if !x.holding {
		dst = x.endRun(dst)
		x.leaf = false
		return dst
	}
	x.holding = false
	e := &x.other.edit
	e.reset(0)
	verdict := x.visitor.Container(x.path, Object, e)
	if verdict == Drop && len(x.levels) == 1 {
		verdict = Nullify
	}
	var out []byte
	switch verdict {
	case Keep:
		dst = x.tagWithout(dst, x.held)
		x.after = false
		return x.endRun(dst)
	case Skip:
		x.after = false
		dst = append(dst, x.held...)
		if x.run {
			dst = append(dst, x.raw...)
			x.run = false
		}
		x.mode, x.modeDepth, x.keepEnd = xmlPass, len(x.levels), true
		return dst
	case Replace:
		out = append(x.text[:0], e.Out...)
		x.text = out
		fallthrough
	case Nullify:
		dst = x.tagWithout(dst, x.held)
		dst = xmlNotation{}.encode(dst, out, 0)
		x.omit(true)
	case Block:
		x.err = ErrBlocked
	default:
		x.omit(false)
	}
	x.run = false
	return dst
}

// resolveLeaf puts the start tag that is held before the text of its element, to go
// with it. That of the root leaves: it cannot be dropped.
func (x *xml) resolveLeaf(dst []byte) []byte {
	x.holding, x.leaf = false, true
	x.before = x.tagWithout(x.before[:0], x.held)
	if len(x.levels) == 1 {
		x.leaf = false
		dst = append(dst, x.before...)
		x.before = x.before[:0]
	}
	return dst
}

// emptyElement takes an element with an empty-element tag, which is held.
func (x *xml) emptyElement(dst []byte) []byte {
	if dst = x.resolveLeaf(x.beginRun(dst)); x.err != nil {
		return dst
	}
	begin := len(dst) + len(x.before) // of its text
	after := x.after
	dst = x.endRun(dst)
	if x.after = after && x.dropped; x.err != nil || x.dropped || len(dst) == begin {
		x.dropped = false
		return dst
	}
	// there is a text in it now
	text := append(x.text[:0], dst[begin:]...)
	x.text = text
	dst = append(bytes.TrimRight(dst[:begin-2], " \t\r\n"), '>')
	dst = append(dst, text...)
	dst = append(dst, '<', '/')
	dst = append(dst, x.names[x.levels[len(x.levels)-1].start:]...)
	return append(dst, '>')
}

// tagWithout appends a start tag with what becomes of its attributes.
func (x *xml) tagWithout(dst, tag []byte) []byte {
	name := xmlName(tag[1:])
	end := len(tag) - 1
	if tag[end-1] == '/' {
		end--
	}
	dst = append(dst, tag[:1+len(name)]...)
	for b := tag[1+len(name) : end]; ; {
		a, rest, ok := nextAttribute(b)
		if !ok {
			x.err = ErrSyntax
			return dst
		}
		if len(a.name) == 0 {
			return append(dst, tag[end-len(b):]...)
		}
		if dst = x.attribute(dst, a); x.err != nil {
			return dst
		}
		b = rest
	}
}

// attribute asks about an attribute.
func (x *xml) attribute(dst []byte, a attribute) []byte {
	o := &x.other
	x.path.push()
	local := localName(a.name)
	o.text = append(append(o.text[:0], '@'), local...)
	x.path.setName(o.text)
	verdict := x.asked(a.name)
	if x.err != nil || verdict == Drop {
		x.path.pop()
		return dst
	}
	o.begin(0)
	o.before = append(o.before[:0], a.before...)
	if verdict == Skip {
		o.fate = passed
		dst = append(dst, a.before...)
	}
	quote := a.before[len(a.before)-1]
	dst, x.err = o.end(dst, a.value, attributeNotation{quote: quote})
	x.path.pop()
	if o.dropped {
		return dst
	}
	return append(dst, quote)
}

// attribute is an attribute as written: what comes before its value, from the
// white space on, and the value without quotes.
type attribute struct{ before, name, value []byte }

// nextAttribute returns the attribute that b begins with, without a name if there
// is none, and what follows it. It is not ok if b cannot be read (XML 1.0,
// Section 3.1).
func nextAttribute(b []byte) (a attribute, rest []byte, ok bool) {
	start := skipSpace(b, 0)
	if start == len(b) {
		return a, b, true
	}
	name := xmlName(b[start:])
	if start == 0 || len(name) == 0 {
		return a, b, false
	}
	i := skipSpace(b, start+len(name))
	if i == len(b) || b[i] != '=' {
		return a, b, false
	}
	i = skipSpace(b, i+1)
	if i == len(b) || b[i] != '"' && b[i] != '\'' {
		return a, b, false
	}
	i++
	n := bytes.IndexByte(b[i:], b[i-1])
	if n < 0 {
		return a, b, false
	}
	return attribute{before: b[:i], name: name, value: b[i : i+n]}, b[i+n+1:], true
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// xmlName returns the name that b begins with, empty if it begins with none.
func xmlName(b []byte) []byte {
	n := 0
	for n < len(b) {
		c := b[n]
		letter := c|0x20-'a' < 26 || c == '_' || c == ':' || c >= 0x80
		if !letter && (n == 0 || c-'0' >= 10 && c != '-' && c != '.') {
			break
		}
		n++
	}
	return b[:n]
}

// localName returns a name without its prefix.
func localName(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }
