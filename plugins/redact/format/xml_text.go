package format

import (
	"bytes"
	"unicode/utf8"
)

// modeCDATA is within a CDATA section.
const modeCDATA = 1

// xmlNotation is the text of an element.
type xmlNotation struct{}

func (xmlNotation) step(raw []byte, mode uint8, more bool, u *[4]byte) (n, m int, plain bool, after uint8) {
	if mode == modeCDATA {
		if raw[0] != ']' {
			if n = bytes.IndexByte(raw, ']'); n < 0 {
				n = len(raw)
			}
			return n, n, true, mode
		}
		switch {
		case bytes.HasPrefix(raw, []byte("]]>")):
			return 3, 0, false, 0
		case more && (len(raw) == 1 || len(raw) == 2 && raw[1] == ']'):
			return 0, 0, false, mode
		}
		return 1, 1, true, mode
	}
	if raw[0] == '<' {
		n, after = xmlMarker(raw)
		return n, 0, false, after
	}
	n, m, plain = referenceStep(raw, more, u)
	return n, m, plain, mode
}

// xmlMarker returns the length of the markup in a text that raw begins with, 0 if it is
// not all there, and what it changes: it opens a section, or is a comment or an
// instruction.
func xmlMarker(raw []byte) (n int, after uint8) {
	switch {
	case len(raw) < len("<!-"):
	case raw[1] == '?':
		if n = bytes.Index(raw[2:], []byte("?>")); n >= 0 {
			return 2 + n + len("?>"), 0
		}
	case raw[2] == '-':
		first := min(len("<!--"), len(raw))
		if n = bytes.Index(raw[first:], []byte("-->")); n >= 0 {
			return first + n + len("-->"), 0
		}
	case len(raw) >= len(cdataOpen):
		return len(cdataOpen), modeCDATA
	}
	return 0, 0
}

func (xmlNotation) style([]byte, bool) {}

func (xmlNotation) encode(dst, text []byte, mode uint8) []byte {
	if mode != modeCDATA {
		return appendReferences(dst, text, 0)
	}
	for len(text) > 0 {
		if text[0] == '>' && bytes.HasSuffix(dst, []byte("]]")) {
			// "]]>" ends a section: another one begins between its bytes
			dst = append(dst, "]]>"+cdataOpen...)
		}
		b, n := printed(text)
		dst = append(dst, b...)
		text = text[n:]
	}
	if bytes.HasSuffix(dst, []byte("]")) {
		dst = append(dst, "]]>"+cdataOpen...) // what follows may be the rest of "]]>"
	}
	return dst
}

func (xmlNotation) leave(dst []byte, mode uint8) []byte {
	if mode == modeCDATA {
		dst = append(dst, "]]>"...)
	}
	return dst
}

// attributeNotation is the value of an attribute.
type attributeNotation struct{ quote byte }

func (attributeNotation) step(raw []byte, _ uint8, more bool, u *[4]byte) (n, m int, plain bool, after uint8) {
	n, m, plain = referenceStep(raw, more, u)
	return n, m, plain, 0
}

func (attributeNotation) style([]byte, bool) {}

func (n attributeNotation) encode(dst, text []byte, _ uint8) []byte {
	return appendReferences(dst, text, n.quote)
}

func (attributeNotation) leave(dst []byte, _ uint8) []byte { return dst }

// asideNotation is the text of a comment or an instruction, in which nothing can
// be escaped: what would end it is taken apart by a space.
type asideNotation struct{}

func (asideNotation) step(raw []byte, _ uint8, _ bool, _ *[4]byte) (n, m int, plain bool, after uint8) {
	return len(raw), len(raw), true, 0
}

func (asideNotation) style([]byte, bool) {}

func (asideNotation) encode(dst, text []byte, _ uint8) []byte {
	if len(text) == 0 {
		return append(dst, ' ') // what is before and behind it may end the comment
	}
	for len(text) > 0 {
		b, n := printed(text)
		switch b[0] {
		case '-', '>', '?':
			// neither "--" nor "?>", nor "-" before what follows
			dst = append(dst, '_')
		default:
			dst = append(dst, b...)
		}
		text = text[n:]
	}
	return dst
}

func (asideNotation) leave(dst []byte, _ uint8) []byte { return dst }

var unprintable = []byte{'?'}

// printed returns what is written of the rune that text begins with, and its
// length: "?" for what no XML document may contain (XML 1.0, Section 2.2), whatever
// its character encoding.
func printed(text []byte) (_ []byte, n int) {
	if c := text[0]; c < utf8.RuneSelf {
		if c < ' ' && !isSpace(c) {
			return unprintable, 1
		}
		return text[:1], 1
	}
	r, n := utf8.DecodeRune(text)
	if r == utf8.RuneError && n == 1 || r == 0xfffe || r == 0xffff {
		return unprintable, n
	}
	return text[:n], n
}

// appendReferences appends text with what has a meaning in XML escaped.
func appendReferences(dst, text []byte, quote byte) []byte {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '&':
			dst = append(dst, "&amp;"...)
		case c == '<':
			dst = append(dst, "&lt;"...)
		case c == '>':
			dst = append(dst, "&gt;"...)
		case c == '"' && quote == c:
			dst = append(dst, "&quot;"...)
		case c == '\'' && quote == c:
			dst = append(dst, "&apos;"...)
		default:
			b, n := printed(text[i:])
			dst = append(dst, b...)
			i += n
			continue
		}
		i++
	}
	return dst
}

// maxReference is the most bytes of a reference by name that is decoded.
const maxReference = 8

// referenceStep is a step of text with references (XML 1.0, Section 4.1).
func referenceStep(raw []byte, more bool, u *[4]byte) (n, m int, plain bool) {
	if raw[0] != '&' {
		n = skipTo(raw, 0, '&')
		if k := bytes.IndexByte(raw[:n], '<'); k >= 0 {
			n = k
		}
		return max(n, 1), max(n, 1), true
	}
	end := -1
	if len(raw) > 1 && raw[1] == '#' {
		// with any number of zeros: one that does not fit into a window is not settled
		end = 2
		for end < len(raw) && alphanumeric(raw[end]) {
			end++
		}
		if end == len(raw) && more {
			return 0, 0, false
		}
		if end == len(raw) || raw[end] != ';' {
			return 1, 1, true
		}
	} else if end = bytes.IndexByte(raw[:min(len(raw), maxReference)], ';'); end < 0 {
		if more && len(raw) < maxReference {
			return 0, 0, false
		}
		return 1, 1, true
	}
	if r := character(raw[1:end]); r != 0 {
		return end + 1, utf8.EncodeRune(u[:], r), false
	}
	return 1, 1, true
}

// character returns the character that a reference without "&" and ";" stands
// for, 0 if it is not known.
func character(name []byte) rune {
	switch string(name) {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "apos":
		return '\''
	case "quot":
		return '"'
	}
	if len(name) < 2 || name[0] != '#' {
		return 0
	}
	base, digits := rune(10), name[1:]
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	r := rune(0)
	for _, c := range digits {
		switch {
		case c-'0' < 10:
			r = r*base + rune(c-'0')
		case base == 16 && isHex(c):
			r = r*base + rune(c|0x20-'a') + 10
		default:
			return 0
		}
		if r > utf8.MaxRune {
			return 0
		}
	}
	if !utf8.ValidRune(r) {
		return 0
	}
	return r
}
