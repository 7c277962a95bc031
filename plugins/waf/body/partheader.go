package body

import (
	"strings"
)

// maxPartHeaders is how many header lines of a part are compared to find two of
// the same name. A part with more is taken for one that has two; no client sends
// that many.
const maxPartHeaders = 64

// maxHeaderLines is how many header lines a part may have.
const maxHeaderLines = 10_000

// partHeader reads the header of a part, each line of it into PartHeaders.
type partHeader struct {
	m               *multipart
	names           [maxPartHeaders]string
	n               int
	duplicate       bool
	disposition     string // the first Content-Disposition
	hasDisposition  bool
	quotedPrintable bool
}

// read reads up to and over the blank line. more is false if the body ends
// before it.
func (h *partHeader) read() (more bool, err string) {
	m := h.m
	first := len(m.r.PartHeaders)
	encodings := 0 // lines with Content-Transfer-Encoding
	for lines := 0; ; lines++ {
		l, ok := h.unfold(lines == 0)
		switch {
		case !ok || lines == maxHeaderLines && l != "":
			return false, ErrPartHeader
		case l == "":
			if h.quotedPrintable {
				h.dropEncoding(first)
			} else if encodings > 1 {
				h.duplicate = true
			}
			return m.i <= len(m.b), ""
		}
		name, value, _ := strings.Cut(l, ":")
		name, ok = h.canonical(name)
		if !ok || !printable(value) {
			return false, ErrPartHeader
		}
		trimmed := strings.TrimLeft(value, " \t")
		if name == "Content-Transfer-Encoding" {
			if encodings++; encodings == 1 {
				h.quotedPrintable = strings.EqualFold(trimmed, "quoted-printable")
			}
		} else {
			h.count(name)
		}
		if name == "Content-Disposition" && !h.hasDisposition {
			h.disposition, h.hasDisposition = trimmed, true
		}
		if len(value) != len(trimmed)+1 || value[0] != ' ' || !strings.HasPrefix(l, name) {
			out := append(m.r.text.reserve(len(name)+2+len(trimmed)), name...)
			l = m.r.text.commit(append(append(out, ": "...), trimmed...))
		}
		m.r.PartHeaders = append(m.r.PartHeaders, Pair{Value: l})
	}
}

// unfold reads a line, and those that continue it because they begin with white
// space (RFC 5322, Section 2.2.3). It returns "" for a blank line, and at the
// end of the body, where it moves beyond it.
func (h *partHeader) unfold(first bool) (l string, ok bool) {
	m := h.m
	if m.i == len(m.b) {
		m.i++
		return "", true
	}
	if first && (m.b[m.i] == ' ' || m.b[m.i] == '\t') {
		return "", false
	}
	start := m.i
	l = h.line()
	if l == "" {
		return "", true
	}
	if strings.IndexByte(l, ':') < 0 {
		return "", false
	}
	l = strings.Trim(l, " \t")
	if !h.continues() {
		return l, true
	}
	end := m.i
	for h.continues() {
		h.line()
	}
	last := m.i
	m.i = end
	out := append(m.r.text.reserve(last-start+1), l...)
	for h.continues() {
		out = append(append(out, ' '), strings.Trim(h.line(), " \t")...)
	}
	return m.r.text.commit(out), true
}

func (h *partHeader) continues() bool {
	m := h.m
	return m.i < len(m.b) && (m.b[m.i] == ' ' || m.b[m.i] == '\t')
}

// line reads a line and returns it without its end.
func (h *partHeader) line() string {
	m := h.m
	l := m.b[m.i:]
	if n := strings.IndexByte(l, '\n'); n >= 0 {
		m.i += n + 1
		return strings.TrimSuffix(l[:n], "\r")
	}
	m.i = len(m.b)
	return l
}

// canonical returns a name the way it is shown: "Content-Disposition". One with
// spaces in it is passed on as it is. ok is false if it is no name.
func (h *partHeader) canonical(name string) (string, bool) {
	upper, same, spaces := true, true, false
	for i := 0; i < len(name); i++ {
		c := name[i]
		spaces = spaces || c == ' '
		if c != ' ' && (!token(name[i:i+1]) || c == '{' || c == '}') {
			return "", false
		}
		if upper && 'a' <= c && c <= 'z' || !upper && 'A' <= c && c <= 'Z' {
			same = false
		}
		upper = c == '-'
	}
	if same || spaces {
		return name, name != ""
	}
	if strings.EqualFold(name, "Content-Disposition") {
		return "Content-Disposition", true
	}
	out := h.m.r.text.reserve(len(name))
	upper = true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' || !upper && 'A' <= c && c <= 'Z' {
			c ^= 'a' - 'A'
		}
		out = append(out, c)
		upper = c == '-'
	}
	return h.m.r.text.commit(out), true
}

// printable tells whether there are no control characters but tabs in a value.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// count notes a name, to see whether it is there twice.
func (h *partHeader) count(name string) {
	for _, other := range h.names[:h.n] {
		if other == name {
			h.duplicate = true
		}
	}
	if h.duplicate || h.n == maxPartHeaders {
		h.duplicate = true
		return
	}
	h.names[h.n] = name
	h.n++
}

// dropEncoding takes Content-Transfer-Encoding out of the header lines: the
// content is shown without it.
func (h *partHeader) dropEncoding(first int) {
	list := h.m.r.PartHeaders
	kept := list[:first]
	for _, p := range list[first:] {
		if !strings.HasPrefix(p.Value, "Content-Transfer-Encoding: ") {
			kept = append(kept, p)
		}
	}
	clear(list[len(kept):])
	h.m.r.PartHeaders = kept
}
