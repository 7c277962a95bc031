package body

import (
	"strings"
	"unicode/utf8"
)

// XML reads the texts of a document and the values of its attributes. It reads
// what Go's encoding/xml reads when it is not strict: end tags may be missing,
// elements that HTML has no end tags for close themselves, attributes need
// neither quotes nor a value, entities that are not known stand for themselves.
// Comments, processing instructions and the document type are skipped: an entity
// that a document declares is not expanded.
//
// After an error there are no values. A document that stops short is no error.
func XML(b string, _ Limits, r *Result) {
	x := xmlReader{b: b, r: r}
	r.elements = r.elements[:0]
	for !x.end && x.err == "" {
		x.token()
	}
	if x.err != "" {
		r.XMLValues, r.XMLAttributes = emptied(r.XMLValues), emptied(r.XMLAttributes)
		r.Err = x.err
	}
}

// xmlReader reads one document.
type xmlReader struct {
	b   string
	i   int // of the next byte
	r   *Result
	end bool // the document is at its end, or stops short
	err string
}

// element is an element that is open.
type element struct {
	name       string // as written
	namespaces bool   // it declares some
}

// token reads what begins at i.
func (x *xmlReader) token() {
	if x.i == len(x.b) {
		x.end = true
		return
	}
	if x.b[x.i] != '<' {
		if s, ok := x.text(0); ok {
			x.closeHTML()
			x.value(s)
		}
		return
	}
	x.i++
	switch c := x.byte(); {
	case x.end:
	case c == '/':
		x.endTag()
	case c == '?':
		x.instruction()
	case c == '!':
		x.declaration()
	default:
		x.i--
		x.startTag()
	}
}

func (x *xmlReader) value(s string) {
	if s = strings.TrimSpace(s); s != "" {
		x.r.XMLValues = append(x.r.XMLValues, s)
	}
}

// byte reads a byte; the document stops short if there is none.
func (x *xmlReader) byte() byte {
	if x.i >= len(x.b) {
		x.end = true
		return 0
	}
	x.i++
	return x.b[x.i-1]
}

// space skips white space.
func (x *xmlReader) space() {
	for x.i < len(x.b) && (x.b[x.i] == ' ' || x.b[x.i] == '\t' || x.b[x.i] == '\r' || x.b[x.i] == '\n') {
		x.i++
	}
}

// skip moves behind the next occurrence of s; the document stops short if there
// is none.
func (x *xmlReader) skip(s string) (skipped string, ok bool) {
	n := strings.Index(x.b[x.i:], s)
	if n < 0 {
		x.end = true
		return "", false
	}
	skipped = x.b[x.i : x.i+n]
	x.i += n + len(s)
	return skipped, true
}

func (x *xmlReader) fail() { x.err = ErrXML }

// startTag reads name and attributes (XML 1.0, Section 3.1).
func (x *xmlReader) startTag() {
	name, ok := x.qualifiedName()
	if !ok {
		return
	}
	attributes := len(x.r.XMLAttributes)
	opened := element{name: name}
	for {
		x.space()
		c := x.byte()
		if c == '/' {
			if c = x.byte(); !x.end && c != '>' {
				x.fail()
			}
		}
		if c == '>' {
			break
		}
		x.i--
		attribute, value := "", ""
		if !x.end && x.err == "" {
			attribute, value = x.attribute()
		}
		if x.end || x.err != "" {
			clear(x.r.XMLAttributes[attributes:])
			x.r.XMLAttributes = x.r.XMLAttributes[:attributes]
			return
		}
		space, local := split(attribute)
		opened.namespaces = opened.namespaces || space == "xmlns" || space == "" && local == "xmlns"
		x.r.XMLAttributes = append(x.r.XMLAttributes, value)
	}
	x.closeHTML()
	if x.b[x.i-2] != '/' {
		x.r.elements = append(x.r.elements, opened)
	}
}

// attribute reads name and value; without the latter it is the name.
func (x *xmlReader) attribute() (name, value string) {
	name, ok := x.qualifiedName()
	if !ok {
		return "", ""
	}
	x.space()
	if c := x.byte(); c != '=' {
		x.i--
		_, local := split(name)
		return name, local
	}
	x.space()
	if c := x.byte(); c == '"' || c == '\'' {
		value, _ = x.text(c)
		return name, value
	}
	if x.end {
		return "", ""
	}
	x.i--
	start := x.i
	for x.i < len(x.b) && (letter(x.b[x.i]) || x.b[x.i]-'0' <= 9 || x.b[x.i] == '-') {
		x.i++
	}
	x.end = x.i == len(x.b)
	return name, x.b[start:x.i]
}

// endTag reads a name and closes elements up to the one that has it.
func (x *xmlReader) endTag() {
	name, ok := x.qualifiedName()
	if !ok {
		return
	}
	x.space()
	if c := x.byte(); x.end || c != '>' {
		if !x.end {
			x.fail()
		}
		return
	}
	space, local := split(name)
	for {
		n := len(x.r.elements) - 1
		if n < 0 {
			x.fail()
			return
		}
		top := x.r.elements[n]
		topSpace, topLocal := split(top.name)
		x.r.elements = x.r.elements[:n]
		switch {
		case topLocal == local:
			if topSpace != space {
				x.fail()
			}
			return
		case closesItself(topLocal) && !strings.EqualFold(topLocal, local):
		case top.namespaces:
			// encoding/xml gets out of step here.
			x.fail()
			return
		}
	}
}

// closeHTML closes elements that close themselves, at anything but their end
// tag.
func (x *xmlReader) closeHTML() {
	for n := len(x.r.elements); n > 0; n-- {
		if _, local := split(x.r.elements[n-1].name); !closesItself(local) {
			return
		}
		x.r.elements = x.r.elements[:n-1]
	}
}

// closesItself tells whether HTML 4.01 has no end tag for an element.
func closesItself(name string) bool {
	switch len(name) {
	case 2:
		return strings.EqualFold(name, "br") || strings.EqualFold(name, "hr")
	case 3:
		return strings.EqualFold(name, "img") || strings.EqualFold(name, "col")
	case 4:
		return strings.EqualFold(name, "area") || strings.EqualFold(name, "link") || strings.EqualFold(name, "base") || strings.EqualFold(name, "meta")
	case 5:
		return strings.EqualFold(name, "param") || strings.EqualFold(name, "input") || strings.EqualFold(name, "frame")
	case 6: // with the Kelvin sign
		return strings.EqualFold(name, "link")
	case 7:
		return strings.EqualFold(name, "isindex")
	case 8:
		return strings.EqualFold(name, "basefont")
	}
	return false
}

// instruction reads up to "?>" (Section 2.6). The XML declaration must name
// version 1.0 and UTF-8, if it names any.
func (x *xmlReader) instruction() {
	target, ok := x.name()
	if !ok {
		return
	}
	x.space()
	content, ok := x.skip("?>")
	if !ok {
		return
	}
	if target == "xml" {
		version, encoding := pseudoAttribute(content, "version="), pseudoAttribute(content, "encoding=")
		if version != "" && version != "1.0" || encoding != "" && !strings.EqualFold(encoding, "utf-8") {
			x.err = ErrXMLDeclaration
		}
	}
	x.closeHTML()
}

// pseudoAttribute returns the quoted text behind the first occurrence of name
// that a quote follows.
func pseudoAttribute(s, name string) string {
	for {
		i := strings.Index(s, name)
		if i < 0 || i+len(name) >= len(s) {
			return ""
		}
		quote := s[i+len(name)]
		s = s[i+len(name)+1:]
		if quote == '"' || quote == '\'' {
			if i = strings.IndexByte(s, quote); i < 0 {
				return ""
			}
			return s[:i]
		}
	}
}

// declaration reads what begins with "<!": a comment (Section 2.5), a CDATA
// section (Section 2.7) or a document type (Section 2.8).
func (x *xmlReader) declaration() {
	switch c := x.byte(); {
	case x.end:
		return
	case c == '-':
		if c = x.byte(); x.end || c != '-' {
			if !x.end {
				x.fail()
			}
			return
		}
		if _, ok := x.skip("--"); !ok {
			return
		}
		if c = x.byte(); !x.end && c != '>' {
			x.fail()
		}
	case c == '[':
		const rest = "CDATA["
		n := 0
		for n < len(rest) && x.i+n < len(x.b) && x.b[x.i+n] == rest[n] {
			n++
		}
		if n < len(rest) {
			if x.i+n < len(x.b) {
				x.fail()
			}
			x.end = true
			return
		}
		x.i += n
		s, ok := x.skip("]]>")
		if !ok {
			x.fail()
			return
		}
		if s = x.lines(s); !x.characters(s) {
			x.fail()
			return
		}
		x.closeHTML()
		x.value(s)
		return
	default:
		x.i--
		if !x.documentType() {
			x.end = true
			return
		}
	}
	x.closeHTML()
}

// documentType skips to the ">" that is in neither quotes, comments nor inner
// angle brackets; ok is false if there is none. The byte behind "<!" is taken as
// it is.
func (x *xmlReader) documentType() (ok bool) {
	depth, quote := 0, byte(0)
	for x.i++; x.i < len(x.b); x.i++ {
		switch c := x.b[x.i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>' && depth == 0:
			x.i++
			return true
		case c == '>':
			depth--
		case c == '<':
			rest := x.b[x.i+1:]
			if !strings.HasPrefix(rest, "!--") {
				depth++
				continue
			}
			n := strings.Index(rest[3:], "-->")
			if n < 0 {
				return false
			}
			x.i += 3 + n + 3
		}
	}
	return false
}

// qualifiedName reads a name with one colon at most.
func (x *xmlReader) qualifiedName() (name string, ok bool) {
	name, ok = x.name()
	if ok && strings.Count(name, ":") > 1 {
		x.fail()
		return "", false
	}
	return name, ok
}

// split takes a name apart at its colon, unless that is at one of its ends.
func split(name string) (space, local string) {
	if i := strings.IndexByte(name, ':'); i > 0 && i < len(name)-1 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// name reads a Name (Section 2.3). The document stops short if nothing follows.
func (x *xmlReader) name() (name string, ok bool) {
	start := x.i
	ascii := true
	for x.i < len(x.b) && nameByte(x.b[x.i]) {
		ascii = ascii && x.b[x.i] < utf8.RuneSelf
		x.i++
	}
	if x.i == len(x.b) {
		x.end = true
		return "", false
	}
	name = x.b[start:x.i]
	if name == "" || !ascii && !unicodeName(name) || ascii && !letter(name[0]) {
		x.fail()
		return "", false
	}
	return name, true
}

// letter tells whether an ASCII name may begin with c.
func letter(c byte) bool { return c|0x20-'a' <= 'z'-'a' || c == '_' || c == ':' }

// nameByte tells whether c may be part of a name; for bytes from 0x80 up, that
// is for unicodeName to say.
func nameByte(c byte) bool {
	return letter(c) || c-'0' <= 9 || c == '.' || c == '-' || c >= utf8.RuneSelf
}
