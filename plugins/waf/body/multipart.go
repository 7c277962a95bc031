package body

import "strings"

// Multipart reads a body of type multipart/form-data (RFC 7578) whose boundary
// is in the Content-Type header. Parts with a file name become Files, all others
// Args, at most Limits.Arguments of each. Lines may end in LF alone if the first
// boundary line does.
//
// After an error, r has the parts before it. A body that ends inside a part is
// no error, but sets StrictError; its last part is what is there.
func Multipart(contentType, b string, lim Limits, r *Result) {
	if r.multipart == nil {
		r.multipart = new(multipart)
	}
	m := r.multipart
	*m = multipart{b: b, r: r, limit: lim.arguments(), cut: lim.Cut}
	r.Err = m.read(contentType)
	*m = multipart{} // the body is not to be kept alive
}

// read reads the body and returns what is wrong with it.
func (m *multipart) read(contentType string) string {
	r := m.r
	readable := m.media.parse(r, contentType)
	if readable && !strings.HasPrefix(m.media.name, "multipart/") {
		return ErrMultipartType
	}
	boundary := m.media.value(r, "boundary")
	if !readable || boundary == "" {
		r.StrictError = true
		return ErrMultipartType
	}
	m.delimiter = r.text.commit(append(append(r.text.reserve(4+len(boundary)), "\r\n--"...), boundary...))
	for {
		more, err := m.next()
		if err == "" && more {
			more, err = m.part()
		}
		if err != "" {
			r.StrictError = true
			return err
		}
		if !more {
			return ""
		}
	}
}

// multipart reads one body.
type multipart struct {
	b         string
	i         int // of the next byte
	r         *Result
	limit     int
	cut       bool
	delimiter string // line break, "--" and boundary
	lf        bool   // lines end in LF alone
	parts     int
	media     mediaType
}

func (m *multipart) dashBoundary() string { return strings.TrimLeft(m.delimiter, "\r\n") }

func (m *multipart) lineBreak() string {
	if m.lf {
		return "\n"
	}
	return "\r\n"
}

// maxLine is how long a line is that can be a boundary line, or one of
// quoted-printable content.
const maxLine = 4096

// line returns what s begins with up to and with the first LF, or to the end.
// long tells that there is none in the first maxLine bytes.
func line(s string) (l string, long bool) {
	i := strings.IndexByte(s[:min(len(s), maxLine)], '\n')
	if i < 0 {
		return s, len(s) >= maxLine
	}
	return s[:i+1], false
}

// next reads up to the content of the next part, that is, over its boundary
// line. more is false behind the last boundary line.
func (m *multipart) next() (more bool, err string) {
	blank := false
	for {
		l, long := line(m.b[m.i:])
		if long {
			return false, ErrMultipart
		}
		whole := strings.HasSuffix(l, "\n")
		rest, ok := strings.CutPrefix(l, m.dashBoundary())
		if ok {
			if after, ok := strings.CutPrefix(rest, "--"); ok {
				if after = strings.TrimLeft(after, " \t"); after == "" || after == m.lineBreak() {
					return false, ""
				}
			}
			rest = strings.TrimLeft(rest, " \t")
			if m.parts == 0 && rest == "\n" && !m.lf {
				m.lf = true
				m.delimiter = m.delimiter[1:]
			}
			if rest == m.lineBreak() {
				m.parts++
				m.i += len(l)
				return true, ""
			}
		}
		switch {
		case !whole && m.cut:
			return false, ""
		case !whole || blank:
			return false, ErrMultipart
		case m.parts == 0:
		case l == m.lineBreak():
			blank = true
		default:
			return false, ErrMultipart
		}
		m.i += len(l)
	}
}

// part reads the header and the content of a part. more is false if the body
// ends in it.
func (m *multipart) part() (more bool, err string) {
	r := m.r
	headers := len(r.PartHeaders)
	h := partHeader{m: m}
	if more, err = h.read(); err != "" || !more {
		clear(r.PartHeaders[headers:])
		r.PartHeaders = r.PartHeaders[:headers]
		return false, err
	}
	ok := m.media.parse(r, h.disposition)
	field := ""
	if m.media.name == "form-data" {
		field = m.media.value(r, "name")
	}
	for i := range r.PartHeaders[headers:] {
		r.PartHeaders[headers+i].Name = field
	}
	f := readFilename(r, &m.media, ok, h.disposition)
	r.DuplicatePartHeader = r.DuplicatePartHeader || h.duplicate || f.duplicate
	r.InvalidQuoting = r.InvalidQuoting || f.quoted
	r.StrictError = r.StrictError || h.duplicate || f.duplicate || f.malformed || f.quoted

	r.PartNames = append(r.PartNames, field)
	if f.name != "" {
		r.PartFilenames = append(r.PartFilenames, Pair{field, f.name})
	}
	if f.other != "" {
		r.PartFilenames = append(r.PartFilenames, Pair{field, f.other})
	}
	if f.extended {
		r.FilenameCharsets = append(r.FilenameCharsets, Pair{field, f.charset})
		r.FilenameLanguages = append(r.FilenameLanguages, Pair{field, f.language})
	}
	content, whole := m.content()
	if h.quotedPrintable {
		if content, whole, ok = decodeQuotedPrintable(r, content, whole); !ok {
			return false, ErrPartEncoding
		}
	}
	if !whole && !m.cut {
		r.StrictError = true
	}
	r.HasParts = true
	r.PartsSize += len(content)
	if f.name == "" {
		f.name, f.other = f.other, ""
	}
	switch {
	case f.name == "" && len(r.Args) < m.limit:
		r.Args = append(r.Args, Pair{field, content})
	case f.name != "" && len(r.Files) < m.limit:
		r.Files = append(r.Files, File{Field: field, Name: f.name, Other: f.other, Content: content})
	default:
		r.ArgumentsTruncated = true
	}
	return whole, ""
}

// content returns what is before the next line that begins with the delimiter
// and can be a boundary line. whole is false if the body ends before it.
func (m *multipart) content() (content string, whole bool) {
	rest := m.b[m.i:]
	dash := m.dashBoundary()
	from := 0
	if strings.HasPrefix(rest, dash) {
		if endsLine(rest[len(dash):]) {
			return "", true
		}
		from = len(dash)
	} else if strings.HasPrefix(dash, rest) {
		return "", false
	}
	for {
		i := strings.Index(rest[from:], m.delimiter)
		if i < 0 {
			break
		}
		i += from
		if from = i + len(m.delimiter); endsLine(rest[from:]) {
			m.i += i
			return rest[:i], true
		}
	}
	// The end may be the beginning of a delimiter.
	if i := strings.LastIndexByte(rest[from:], m.delimiter[0]); i >= 0 && strings.HasPrefix(m.delimiter, rest[from+i:]) {
		return rest[:from+i], false
	}
	return rest, false
}

// endsLine tells whether what follows a boundary lets its line be a boundary
// line.
func endsLine(s string) bool {
	return s == "" || strings.IndexByte(" \t\r\n", s[0]) >= 0 || strings.HasPrefix(s, "--")
}
