package format

import (
	"bytes"
	"strings"

	"gatehouse/plugins/internal/policy"
)

// Part is a part of a multipart body, as its header says.
type Part struct {
	// Name is the name of a form field, "" if the part has none; Filename that of
	// a file, if HasFilename is set.
	Name, Filename string
	HasFilename    bool
	// ContentType is the value of the header of that name, "text/plain" if there is
	// none (RFC 7578, Section 4.4).
	ContentType string
	// Choice is how the part is read by itself.
	Choice Choice
	// Transfer is the transfer encoding that hides the part's bytes, "base64" or
	// "quoted-printable"; "" if none does. With another one Choice is unknown.
	Transfer string
	// Pass lets the part pass unread. It is for the PartFunc to set.
	Pass bool
}

// PartFunc changes Choice and Pass of a part before it is read. A part that is
// unknown and not passed ends the body with [ErrUnread].
type PartFunc func(p *Path, part *Part)

// ErrUnread says that there is something that no rewriter reads, and that nobody
// lets pass unread.
const ErrUnread Error = "no rewriter for what is in the body"

// partHeader is the most bytes of a part's header.
const partHeader = 16 << 10

// multipart rewrites a multipart body (RFC 2046, Section 5.1): the parts one after
// the other, each with the rewriter of its type. A part's name is a step of the
// path, its number if it has none. Fields of its header are values of kind Text at
// a step "@" and the field's name in lower case below it; a part of which a field
// that says how to read it is replaced is dropped. Checksums and lengths of parts
// are dropped with their lines, except of parts that pass unread. What is before
// the first delimiter and behind the last is read as text.
type multipart struct {
	visitor Visitor
	path    *Path
	base    int
	options Options
	nested  bool
	header  values

	delimiter []byte // "\r\n--" and the boundary
	err       error
	place     multipartPlace
	carry     []byte // what may be the beginning of a delimiter
	fresh     bool   // what comes may be a delimiter without a line break of its own
	virtual   int    // bytes of a line break in its place
	line      []byte // the rest of a delimiter's line, a part's header
	pending   []byte // the delimiter's line, until the part is not dropped
	parts     int
	known     []partField
	current   Part
	name      []byte // of the part
	text      *text
	inner     Rewriter // nil if the part passes, or is dropped
	dropped   bool
	left      bool // something has left
}

type multipartPlace uint8

const (
	multipartPreamble multipartPlace = iota
	multipartLine                    // behind a delimiter
	multipartHeader
	multipartBody
	multipartLast // behind the last delimiter, in its line
	multipartEpilogue
)

func newMultipart(c Choice, v Visitor, p *Path, o Options, nested bool) *multipart {
	m := &multipart{visitor: v, path: p, base: p.Depth(), options: o, nested: nested, header: newValues(p, v, o.Limits)}
	m.delimiter = append([]byte("\r\n--"), c.Boundary...)
	m.fresh = true
	m.inner = m.plain()
	return m
}

// Write implements Rewriter.
func (m *multipart) Write(dst, piece []byte) ([]byte, error) {
	for m.err == nil && len(piece) > 0 {
		if m.fresh {
			m.fresh = false
			m.carry = append(m.carry[:0], "\r\n"...)
			m.virtual = len(m.carry)
		}
		held, b := len(m.carry), piece
		if held > 0 {
			// with enough bytes behind it to decide about it
			m.carry = append(m.carry, piece[:min(len(piece), len(m.delimiter))]...)
			b = m.carry
		}
		var n int
		dst, n = m.step(dst, b)
		switch {
		case n == 0 && held > 0:
			piece = piece[len(m.carry)-held:]
		case n == 0:
			m.carry = append(m.carry[:0], piece...)
			piece = nil
		case n < held:
			m.carry = m.carry[:copy(m.carry, m.carry[n:held])]
		default:
			m.carry = m.carry[:0]
			piece = piece[n-held:]
		}
	}
	return dst, m.err
}

// Close implements Rewriter. No bytes are no parts and no error.
func (m *multipart) Close(dst []byte) ([]byte, error) {
	switch {
	case m.err != nil:
	case m.place >= multipartLast:
		dst, m.err = m.inner.Close(dst)
	case m.place != multipartPreamble || !m.fresh:
		m.err = ErrTruncated
	}
	return dst, m.err
}

// step reads from b and reports how many bytes it took: none if it ends in what
// may be the beginning of a delimiter.
func (m *multipart) step(dst, b []byte) ([]byte, int) {
	switch m.place {
	case multipartEpilogue:
		return m.content(dst, b), len(b)
	case multipartLast:
		return m.lastLine(dst, b)
	case multipartLine, multipartHeader:
		return m.lines(dst, b)
	}
	for n := 0; ; {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			n = len(b)
			if b[n-1] == '\r' {
				n--
			}
			return m.content(dst, b[:n]), n
		}
		i += n
		n = i + 1
		delimiter := m.delimiter[1:]
		if i > 0 && b[i-1] == '\r' {
			i--
			delimiter = m.delimiter
		}
		rest := b[i:]
		switch {
		case bytes.HasPrefix(rest, m.delimiter):
			return m.ended(m.content(dst, b[:i])), i + len(m.delimiter)
		case bytes.HasPrefix(rest, delimiter):
			// There is no carriage return, and some do without.
			dst = m.content(dst, b[:i])
			if m.err == nil {
				m.err = ErrSyntax
			}
			return dst, len(b)
		case bytes.HasPrefix(delimiter, rest):
			return m.content(dst, b[:i]), i
		}
	}
}

// lines reads the rest of a delimiter's line, and a header.
func (m *multipart) lines(dst, b []byte) ([]byte, int) {
	for i := 0; i < len(b); {
		next := i + 1
		if m.place == multipartHeader {
			next = min(skipTo(b, i, '\n')+1, len(b))
		}
		m.line = append(m.line, b[i:next]...)
		i = next
		if len(m.line) > partHeader {
			m.err = ErrSize
			return dst, len(b)
		}
		ends := b[i-1] == '\n'
		switch {
		case m.place == multipartLine && string(m.line) == "--":
			return m.last(dst), i
		case m.place == multipartLine && ends:
			if m.delimited(); m.err != nil {
				return dst, len(b)
			}
		case m.place == multipartHeader && ends && (string(m.line) == "\r\n" || bytes.HasSuffix(m.line, []byte("\r\n\r\n"))):
			return m.part(dst), i
		}
	}
	return dst, len(b)
}

// content takes bytes of a part, or of what is around parts.
func (m *multipart) content(dst, b []byte) []byte {
	k := min(m.virtual, len(b))
	m.virtual -= k
	b = b[k:]
	m.left = m.left || m.place == multipartPreamble && len(b) > 0
	switch {
	case m.dropped || m.err != nil || len(b) == 0:
	case m.inner == nil:
		dst = append(dst, b...)
	default:
		dst, m.err = m.inner.Write(dst, b)
	}
	return dst
}

// ended ends a part at a delimiter.
func (m *multipart) ended(dst []byte) []byte {
	if m.err == nil && m.inner != nil && !m.dropped {
		dst, m.err = m.inner.Close(dst)
	}
	m.path.truncate(m.base)
	from := m.virtual
	if m.dropped {
		if from = 0; !m.left {
			from = 2 // there is no line before it
		}
	}
	m.pending = append(m.pending[:0], m.delimiter[from:]...)
	m.virtual = 0
	m.place = multipartLine
	m.line = m.line[:0]
	return dst
}

// delimited takes the rest of a delimiter's line.
func (m *multipart) delimited() {
	if len(bytes.Trim(m.line[:len(m.line)-1], " \t\r")) > 0 || !bytes.HasSuffix(m.line, []byte("\r\n")) {
		m.err = ErrSyntax // a line that begins as a delimiter does
	}
	m.pending = append(m.pending, m.line...)
	m.line = m.line[:0]
	m.place = multipartHeader
}

// last takes the delimiter behind the last part.
func (m *multipart) last(dst []byte) []byte {
	m.place = multipartLast
	m.line = m.line[:0]
	m.dropped = false
	m.inner = m.plain()
	return append(append(dst, m.pending...), "--"...)
}

// lastLine takes bytes of the last delimiter's line.
func (m *multipart) lastLine(dst, b []byte) ([]byte, int) {
	for i, c := range b {
		cr := len(m.line) > 0 && m.line[len(m.line)-1] == '\r'
		switch {
		case c == '\n' && cr:
			m.place = multipartEpilogue
			return append(dst, b[:i+1]...), i + 1
		case cr || c != ' ' && c != '\t' && c != '\r' || len(m.line) == partHeader:
			m.err = ErrSyntax // a line that begins as a delimiter does
			return append(dst, b[:i]...), len(b)
		}
		m.line = append(m.line, c)
	}
	return append(dst, b...), len(b)
}

// part takes a part's header and chooses how the part is read.
func (m *multipart) part(dst []byte) []byte {
	fields, ok := partFields(m.known[:0], m.line)
	m.known = fields
	part := &m.current
	*part = Part{ContentType: "text/plain"}
	if !ok || !part.read(fields) {
		m.err = ErrSyntax
		return dst
	}
	m.place = multipartBody
	m.fresh = true // RFC 2046, Section 5.1.1: a part without a body
	if m.name = append(m.name[:0], part.Name...); part.Name != "" {
		takeStep(m.path, m.name, -1)
	} else {
		takeStep(m.path, nil, m.parts)
	}
	m.parts++
	m.inner, m.dropped = nil, true
	if part.Name != "" {
		e := &m.header.edit
		e.reset(len(part.Name))
		switch m.visitor.Name(m.path, m.name, e) {
		case Keep:
		case Skip:
			part.Pass = true
		case Block:
			m.err = ErrBlocked
			return dst
		default:
			return dst
		}
	}
	if f := m.options.Part; f != nil && !part.Pass {
		f(m.path, part)
	}
	if part.Pass {
		m.pending = append(m.pending, m.line...)
	} else {
		if m.inner, m.err = m.rewriter(part.Choice); m.err != nil {
			return dst
		}
		if part.Name == charsetField {
			m.inner = &charsetNamed{Rewriter: m.inner}
		}
		if part.Transfer != "" {
			m.inner = &transferred{inner: m.inner, visitor: m.visitor, path: m.path, base64: part.Transfer == "base64", limit: m.options.Limits.withDefaults().Encoded}
		}
		if m.pending, ok = m.fields(m.pending, fields); !ok || m.err != nil {
			return dst
		}
	}
	m.dropped = false
	m.left = true
	return append(dst, m.pending...)
}

func (m *multipart) rewriter(c Choice) (Rewriter, error) {
	switch {
	case c.Media == MediaMultipart && m.nested:
		return nil, ErrUnread
	case c == Choice{Media: MediaText, Coding: CodingIdentity}:
		// most are: they take turns
		return m.plain(), nil
	}
	return newBody(c, m.visitor, m.path, m.options, true)
}

// plain returns the rewriter of a text, which is the same each time.
func (m *multipart) plain() Rewriter {
	if m.text == nil {
		m.text = &text{values: newValues(m.path, m.visitor, m.options.Limits)}
	}
	m.text.begin(0)
	m.text.opening, m.text.err = opening{}, nil
	return m.text
}

// fields appends what becomes of a part's header, with the empty line behind it,
// and reports whether the part stays.
func (m *multipart) fields(dst []byte, fields []partField) (_ []byte, stays bool) {
	for _, f := range fields {
		structural := false
		switch f.name {
		case "content-length", "content-md5", "digest", "content-digest":
			continue
		case "content-disposition", "content-type", "content-transfer-encoding", "content-encoding":
			structural = true
		}
		h := &m.header
		m.path.push()
		h.text = append(append(h.text[:0], '@'), f.name...)
		m.path.setName(h.text)
		if !structural && !m.asked(f.before) {
			m.path.pop()
			if m.err != nil {
				return dst, false
			}
			continue
		}
		h.begin(0)
		h.before = append(h.before[:0], f.before...)
		value := f.value
		if bytes.Contains(value, []byte("=?")) && bytes.Contains(value, []byte("?=")) {
			m.err = ErrUnread // an encoded word of RFC 2047
		} else if (f.name == "content-disposition" || f.name == "content-type") && bytes.ContainsAny(value, "\\%") {
			value = m.disposition(value)
		}
		if m.err == nil {
			dst, m.err = h.end(dst, value, fieldNotation{})
		}
		m.path.pop()
		switch {
		case m.err != nil:
			return dst, false
		case structural && h.fate == omitted:
			return dst, false
		case !h.dropped:
			dst = append(dst, f.after...)
		}
	}
	return append(dst, "\r\n"...), true
}

// asked asks about the name of a field, what is before whose value is given, and tells
// whether it stays.
func (m *multipart) asked(before []byte) bool {
	name := before[:bytes.IndexByte(before, ':')]
	e := &m.header.edit
	e.reset(len(name))
	verdict := m.visitor.Name(m.path, name, e)
	if verdict == Block {
		m.err = ErrBlocked
	}
	return verdict == Keep || verdict == Skip
}

// partField is a field of a part's header: its name in lower case, and as written
// what comes before its value, the value and what comes behind it.
type partField struct {
	name                 string
	before, value, after []byte
}

// partFields reads a header up to and with its empty line, and appends its fields.
func partFields(fields []partField, b []byte) (_ []partField, ok bool) {
	for {
		if string(b) == "\r\n" {
			return fields, true
		}
		end := 0
		for {
			n := bytes.Index(b[end:], []byte("\r\n"))
			if n < 0 {
				return fields, false
			}
			if end += n + 2; end == len(b) || b[end] != ' ' && b[end] != '\t' {
				break // the field is not continued in the next line
			}
		}
		line := b[:end-2]
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || !policy.IsToken(string(line[:colon])) || bytes.IndexByte(line, 0) >= 0 || strayBreak(line) {
			return fields, false
		}
		from := skipSpace(line, colon+1)
		value := bytes.TrimRight(line[from:], " \t\r\n")
		fields = append(fields, partField{
			name:   fieldName(line[:colon]),
			before: b[:from], value: value, after: b[from+len(value) : end],
		})
		b = b[end:]
	}
}

// strayBreak tells whether there is a carriage return or a line feed without the other:
// some take them for the end of a line.
func strayBreak(line []byte) bool {
	for i, c := range line {
		if c == '\r' && (i+1 == len(line) || line[i+1] != '\n') || c == '\n' && (i == 0 || line[i-1] != '\r') {
			return true
		}
	}
	return false
}

// fieldName returns a field's name in lower case.
func fieldName(b []byte) string {
	switch string(b) {
	case "Content-Disposition":
		return "content-disposition"
	case "Content-Type":
		return "content-type"
	}
	return strings.ToLower(string(b))
}

// read takes what a header says. A field that says how to read the part may occur
// once.
func (p *Part) read(fields []partField) bool {
	var encoding, transfer string
	seen := 0
	for _, f := range fields {
		bit := 0
		switch f.name {
		case "content-disposition":
			if !p.disposition(string(f.value)) {
				return false
			}
			bit = 1
		case "content-type":
			p.ContentType = string(f.value)
			bit = 2
		case "content-encoding":
			encoding = string(f.value)
			bit = 4
		case "content-transfer-encoding":
			transfer = string(f.value)
			bit = 8
		}
		if seen&bit != 0 {
			return false
		}
		seen |= bit
	}
	p.Choice = Choice{Media: MediaText, Coding: CodingIdentity} // as most are
	if seen&(2|4) != 0 {
		p.Choice = Choose(p.ContentType, encoding)
	}
	switch transfer = strings.ToLower(transfer); transfer {
	case "", "7bit", "8bit", "binary":
	case "base64", "quoted-printable":
		p.Transfer = transfer
	default:
		p.Choice.Media = MediaUnknown
	}
	return true
}

// disposition reads a value of Content-Disposition (RFC 7578, Section 4.2).
func (p *Part) disposition(value string) bool {
	_, rest, _ := strings.Cut(value, ";")
	named := false
	return parseParameters(rest, func(name, value string) bool {
		switch name {
		case "name":
			if named {
				return false
			}
			p.Name, named = value, true
		case "filename", "filename*":
			p.Filename, p.HasFilename = value, true
		}
		return true
	})
}

// fieldNotation is the value of a header field, in a quoted string or not.
type fieldNotation struct{}

func (fieldNotation) step(raw []byte, _ uint8, _ bool, _ *[4]byte) (n, m int, plain bool, after uint8) {
	return len(raw), len(raw), true, 0
}

func (fieldNotation) style([]byte, bool) {}

func (fieldNotation) encode(dst, text []byte, _ uint8) []byte {
	for _, c := range text {
		if c < ' ' || c == 0x7f || c == '"' || c == '\\' || c == ';' {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

func (fieldNotation) leave(dst []byte, _ uint8) []byte { return dst }
