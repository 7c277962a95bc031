package format

import (
	"bytes"
	"strings"
)

// NewHTML returns a Rewriter of an HTML document or a piece of one, in a character
// encoding that ASCII is a part of. It reads tags as browsers do (HTML Standard,
// Section 13.2.5) and builds no tree, so that nothing in it is an error.
//
// Text between tags is a value of kind Text at the root, with character references
// decoded: all of them that are numbers, and those with names that stand for ASCII.
// Tags of elements that only mark words (b, span, a and the like) and comments do not
// part a text; those of all others do. An attribute is a value at a step "@name", its
// name is asked about before, and so are names of elements that are not of HTML. The text of script and style is shown as it is, a JSON
// document in a script as that; comments are shown as text.
//
// A document that names another character encoding in a meta element ends with
// [ErrEncoding].
func NewHTML(v Visitor, paths *Paths, l Limits) Rewriter {
	return newHTML(v, NewPath(paths), l)
}

func newHTML(v Visitor, p *Path, l Limits) Rewriter {
	h := &html{values: newValues(p, v, l), other: newValues(p, v, l)}
	h.most = min(maxInline, h.size/4)
	return h
}

type html struct {
	values         // of the text that is being read
	other   values // of attributes and comments
	opening opening
	err     error

	place  htmlPlace
	tag    []byte // markup, as much of it as there is
	scan   tagScan
	within string // the element whose text holds no tags
	plain  bool   // nor references
	run    bool   // a text has begun
	said   bool   // and has more than white space
	out    []byte // markup as it leaves
	most   int    // bytes of markup that does not part a text
}

type htmlPlace uint8

const (
	htmlText htmlPlace = iota
	htmlTag
)

// htmlElement is what matters of an element.
type htmlElement uint8

const (
	htmlStrange htmlElement = iota // its name is not known
	htmlOther
	htmlInline // its tags do not part a text
	htmlRaw    // its text holds neither tags nor references
	htmlTitle  // its text holds no tags
	htmlMeta
)

var htmlElements = map[string]htmlElement{"meta": htmlMeta}

func init() {
	for kind, names := range [...]string{
		htmlOther: "address area article aside audio base basefont blink blockquote body br button canvas caption center col colgroup datalist dd details dialog dir div " +
			"dl dt embed fieldset figcaption figure footer form frame frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr html img input label legend li link main map " +
			"marquee math menu meter nav noscript object ol optgroup option output p param path picture portal pre progress rp rt ruby section select slot source " +
			"summary svg table tbody td template tfoot th thead tr track ul video",
		htmlInline: "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q s samp small span strike strong sub sup time tt u var wbr",
		htmlRaw:    "script style xmp iframe noembed noframes",
		htmlTitle:  "title textarea",
	} {
		for _, name := range strings.Fields(names) {
			htmlElements[name] = htmlElement(kind)
		}
	}
}

// elementOf returns what matters of the element that a tag's name is of.
func elementOf(name []byte) htmlElement {
	var lower [len("figcaption")]byte
	if len(name) > len(lower) {
		return htmlStrange
	}
	for i, c := range name {
		lower[i] = toLower(c)
	}
	return htmlElements[string(lower[:len(name)])]
}

// maxInline is the most bytes of markup that does not part a text.
const maxInline = 1 << 10

// Write implements Rewriter.
func (h *html) Write(dst, piece []byte) ([]byte, error) {
	piece, late := h.opening.check(piece)
	for h.err == nil && len(piece) > 0 {
		if h.place == htmlText {
			n := skipTo(piece, 0, '<')
			dst = h.content(dst, piece[:n])
			piece = piece[n:]
			if h.err != nil || len(piece) == 0 {
				break
			}
			h.scan = tagScan{within: h.within}
			switch end := h.scan.end(piece); {
			case end < 0:
				dst = h.content(dst, piece[:1])
				piece = piece[1:]
			case end == 0:
				h.place = htmlTag
				h.tag = append(h.tag[:0], piece...)
				piece = nil
			default:
				dst = h.markup(dst, piece[:end])
				piece = piece[end:]
			}
			continue
		}
		// with little behind its end
		held := len(h.tag)
		h.tag = append(h.tag, piece[:min(len(piece), 64)]...)
		switch end := h.scan.end(h.tag); {
		case end < 0:
			// It is no tag, and what was held of it has no other "<".
			h.place = htmlText
			dst = h.content(dst, h.tag[:held])
		case end == 0:
			piece = piece[len(h.tag)-held:]
		default:
			h.place = htmlText
			dst = h.markup(dst, h.tag[:end])
			piece = piece[end-held:]
		}
		if len(h.tag) > h.limits.Encoded {
			h.err = ErrSize
		}
	}
	if h.err == nil {
		h.err = late
	}
	return dst, h.err
}

// Close implements Rewriter. A tag that is not closed is shown as text.
func (h *html) Close(dst []byte) ([]byte, error) {
	if h.err == nil && h.place == htmlTag {
		h.place = htmlText
		if h.scan.kind == htmlUnknown {
			dst = h.content(dst, h.tag)
		} else if dst = h.endRun(dst); h.err == nil {
			dst = h.aside(dst, h.tag, 0, 0)
		}
	}
	if h.err == nil {
		dst = h.endRun(dst)
	}
	return dst, h.err
}

// content takes bytes of text.
func (h *html) content(dst, b []byte) []byte {
	if len(b) == 0 || h.err != nil {
		return dst
	}
	h.beginRun()
	for i := 0; !h.said && i < len(b); i++ {
		h.said = !htmlSpace(b[i])
	}
	dst, h.err = h.add(dst, b, h.notation())
	return dst
}

func (h *html) notation() notation {
	switch {
	case h.plain:
		return scriptNotation{}
	case h.within != "":
		return titleNotation{}
	}
	return htmlNotation{}
}

func (h *html) beginRun() {
	if !h.run {
		h.begin(0)
		h.before = h.before[:0]
		h.run, h.said = true, false
	}
}

// endRun ends the text that was begun, if one was.
func (h *html) endRun(dst []byte) []byte {
	if !h.run || h.err != nil {
		return dst
	}
	h.run = false
	if !h.said && h.part == 0 {
		dst = append(dst, h.raw...)
		h.raw = h.raw[:0]
		return dst
	}
	dst, h.err = h.end(dst, nil, h.notation())
	return dst
}

// markup takes markup that has ended.
func (h *html) markup(dst, tag []byte) []byte {
	kind := htmlInline
	var name []byte
	if h.scan.kind == htmlStart || h.scan.kind == htmlEnd {
		name = tagName(tag)
		kind = elementOf(name)
	}
	if kind == htmlStrange && !h.named(name) {
		return append(h.endRun(dst), ' ') // what is around it stays apart
	}
	if kind != htmlInline || len(tag) > h.most {
		return h.element(h.endRun(dst), tag, name, kind)
	}
	h.out = h.element(h.out[:0], tag, name, kind)
	switch {
	case h.err != nil:
	case len(h.out) > h.most:
		dst = append(h.endRun(dst), h.out...)
	default:
		h.beginRun()
		dst, h.err = h.add(dst, h.out, htmlNotation{})
	}
	return dst
}

// named asks about the name of an element that is not of HTML, and tells whether its tag
// stays.
func (h *html) named(name []byte) bool {
	o := &h.other
	h.path.push()
	o.text = o.text[:0]
	for _, c := range name {
		o.text = append(o.text, toLower(c))
	}
	h.path.setName(o.text)
	o.edit.reset(len(name))
	verdict := h.visitor.Name(h.path, name, &o.edit)
	h.path.pop()
	if verdict == Block {
		h.err = ErrBlocked
	}
	return verdict == Keep || verdict == Skip
}

// element appends what becomes of markup by itself.
func (h *html) element(dst, tag, name []byte, kind htmlElement) []byte {
	switch h.scan.kind {
	case htmlStart:
		dst = h.attributes(dst, tag, 1+len(name), kind)
		if kind == htmlRaw || kind == htmlTitle {
			h.within, h.plain = strings.ToLower(string(name)), kind == htmlRaw
		}
	case htmlEnd:
		h.within, h.plain = "", false
		// browsers pass over attributes here, but they are there
		dst = h.attributes(dst, tag, 2+len(name), kind)
	case htmlComment:
		first, last := len("<!--"), len("-->")
		if len(tag) < first+last {
			first, last = len(tag), 0
		}
		dst = h.aside(dst, tag, first, last)
	default:
		dst = h.aside(dst, tag, 2, 1)
	}
	return dst
}

// aside asks about what is between the first and the last bytes of markup.
func (h *html) aside(dst, tag []byte, first, last int) []byte {
	text := tag[first : len(tag)-last]
	dst = append(dst, tag[:first]...)
	if len(text) > 0 {
		o := &h.other
		o.before = o.before[:0]
		o.begin(0)
		dst, h.err = o.end(dst, text, asideNotation{})
	}
	return append(dst, tag[len(tag)-last:]...)
}

// attributes appends a tag with what becomes of its attributes, from i on.
func (h *html) attributes(dst, tag []byte, i int, kind htmlElement) []byte {
	if h.err != nil || tag[i] == '>' {
		return append(dst, tag...)
	}
	dst = append(dst, tag[:i]...)
	for h.err == nil {
		a := nextHTMLAttribute(tag, i)
		if a.end == 0 {
			return append(dst, tag[i:]...)
		}
		if kind == htmlMeta && !a.readable(tag) {
			h.err = ErrEncoding
			return dst
		}
		dst = h.attribute(dst, tag[i:a.end], a, i)
		i = a.end
	}
	return dst
}

// attribute asks about an attribute, which stands in b as written; its places are from
// base on.
func (h *html) attribute(dst, b []byte, a htmlAttribute, base int) []byte {
	o := &h.other
	name := b[a.name-base : a.nameEnd-base]
	h.path.push()
	o.text = append(o.text[:0], '@')
	for _, c := range name {
		o.text = append(o.text, toLower(c))
	}
	h.path.setName(o.text)
	o.edit.reset(len(name))
	verdict := h.visitor.Name(h.path, name, &o.edit)
	if verdict != Keep || a.value == 0 {
		h.path.pop()
		switch verdict {
		case Keep, Skip:
			return append(dst, b...)
		case Block:
			h.err = ErrBlocked
			return dst
		}
		return append(dst, ' ') // between what is before and behind it
	}
	mark := len(dst) + a.value - base
	value, last := b[a.value-base:a.valueEnd-base], b[a.valueEnd-base:]
	o.begin(0)
	o.before = append(o.before[:0], b[:a.value-base]...)
	dst, h.err = o.end(dst, value, htmlValueNotation{a.quote})
	h.path.pop()
	switch {
	case o.dropped:
		return append(dst, ' ')
	case a.quote == 0 && len(dst) == mark && len(value) > 0:
		return append(dst, `""`...) // what follows would be its value
	}
	return append(dst, last...)
}

// htmlAttribute says where an attribute is in a tag: its name, and if it has one its
// value, without quotes. End is behind it, 0 if there is none.
type htmlAttribute struct {
	name, nameEnd, value, valueEnd, end int
	quote                               byte
}

// nextHTMLAttribute returns the attribute that is at i or behind it (HTML Standard,
// Sections 13.2.5.32 to 13.2.5.39).
func nextHTMLAttribute(tag []byte, i int) (a htmlAttribute) {
	for i < len(tag) && (htmlSpace(tag[i]) || tag[i] == '/') {
		i++
	}
	if i >= len(tag) || tag[i] == '>' {
		return a
	}
	a.name = i
	for i++; i < len(tag) && !htmlSpace(tag[i]) && tag[i] != '/' && tag[i] != '>' && tag[i] != '='; i++ {
	}
	a.nameEnd, a.end = i, i
	for i < len(tag) && htmlSpace(tag[i]) {
		i++
	}
	if i == len(tag) || tag[i] != '=' {
		return a
	}
	for i++; i < len(tag) && htmlSpace(tag[i]); i++ {
	}
	if i == len(tag) {
		return a
	}
	switch a.quote = tag[i]; a.quote {
	case '"', '\'':
		a.value = i + 1
		a.valueEnd = skipTo(tag, a.value, a.quote)
		a.end = min(a.valueEnd+1, len(tag))
	default:
		a.quote = 0
		a.value = i
		for i < len(tag) && !htmlSpace(tag[i]) && tag[i] != '>' {
			i++
		}
		a.valueEnd, a.end = i, i
	}
	return a
}

// readable tells whether what an attribute of a meta element says of the character
// encoding is that it can be read.
func (a htmlAttribute) readable(tag []byte) bool {
	name := strings.ToLower(string(tag[a.name:a.nameEnd]))
	value := strings.ToLower(string(tag[a.value:a.valueEnd]))
	if name == "content" {
		n := strings.Index(value, "charset=")
		if n < 0 {
			return true
		}
		value, _, _ = strings.Cut(value[n+len("charset="):], ";")
	} else if name != "charset" {
		return true
	}
	value = strings.Trim(value, " \t\r\n\f'\"")
	// UTF-16 is taken for UTF-8 there (HTML Standard, Section 13.2.3.2).
	return value == "" || transparent(value) || strings.HasPrefix(value, "utf-16")
}

// tagName returns the name of the element that a tag is of, as written.
func tagName(tag []byte) []byte {
	i := 1
	if i < len(tag) && tag[i] == '/' {
		i++
	}
	end := i
	for end < len(tag) && !htmlSpace(tag[end]) && tag[end] != '/' && tag[end] != '>' {
		end++
	}
	return tag[i:end]
}

func htmlSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\f' || c == '\r' }

type htmlKind uint8

const (
	htmlUnknown htmlKind = iota
	htmlStart
	htmlEnd
	htmlComment
	htmlBogus // a document type, an instruction, or what is taken for a comment
)

// tagScan finds the end of markup that begins with "<". It goes on where it was.
type tagScan struct {
	kind   htmlKind
	i      int
	value  uint8 // 1 behind "=", 2 within a value without quotes
	quote  byte
	named  bool   // behind the first character of an attribute's name
	begun  bool   // behind the name of the element
	within string // the element whose end tag alone is one
}

// end returns where the markup that b begins with ends, 0 if it does not yet, -1 if it
// is none.
func (s *tagScan) end(b []byte) int {
	if s.kind == htmlUnknown && !s.know(b) {
		if s.i < 0 {
			return -1
		}
		return 0
	}
	switch s.kind {
	case htmlComment:
		for {
			n := skipTo(b, s.i, '>')
			if n == len(b) {
				s.i = n
				return 0
			}
			s.i = n + 1
			if bytes.HasSuffix(b[len("<!"):n], []byte("--")) || bytes.HasSuffix(b[len("<!--"):n], []byte("--!")) {
				return s.i
			}
		}
	case htmlBogus:
		if s.i = skipTo(b, s.i, '>'); s.i == len(b) {
			return 0
		}
		return s.i + 1
	}
	for ; s.i < len(b); s.i++ {
		c := b[s.i]
		switch {
		case s.quote != 0:
			if s.i = skipTo(b, s.i, s.quote); s.i == len(b) {
				return 0
			}
			s.quote, s.value, s.named = 0, 0, false
		case c == '>':
			return s.i + 1
		case !s.begun:
			s.begun = htmlSpace(c) || c == '/'
		case s.value == 1 && (c == '"' || c == '\''):
			s.quote = c
		case htmlSpace(c):
			if s.value == 2 {
				s.value, s.named = 0, false
			}
		case s.value > 0:
			s.value = 2
		case c == '=' && s.named:
			s.value = 1
		case c == '/':
			s.named = false
		default:
			s.named = true
		}
	}
	return 0
}

// know finds out what the markup is: false if it is not known yet, or none.
func (s *tagScan) know(b []byte) bool {
	if s.within != "" {
		// "</script" and what may follow a name
		n := min(len(b), len(s.within)+2)
		if !strings.EqualFold(string(b[:n]), ("</" + s.within)[:n]) {
			s.i = -1
			return false
		}
		if len(b) <= len(s.within)+2 {
			return false
		}
		if c := b[n]; !htmlSpace(c) && c != '/' && c != '>' {
			s.i = -1
			return false
		}
		s.kind, s.i = htmlEnd, n
		return true
	}
	if len(b) < 2 {
		return false
	}
	switch c := b[1]; {
	case c|0x20-'a' < 26:
		s.kind, s.i = htmlStart, 2
	case c == '?':
		s.kind, s.i = htmlBogus, 1
	case c == '/' && len(b) == 2:
		return false
	case c == '/' && b[2]|0x20-'a' < 26:
		s.kind, s.i = htmlEnd, 3
	case c == '/':
		s.kind, s.i = htmlBogus, 2
	case c != '!':
		s.i = -1
		return false
	case len(b) < 4 && string(b) == "<!--"[:len(b)]:
		return false
	case len(b) >= 4 && string(b[:4]) == "<!--":
		s.kind, s.i = htmlComment, 4
	default:
		s.kind, s.i = htmlBogus, 2
	}
	return true
}
