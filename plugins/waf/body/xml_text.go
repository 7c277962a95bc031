package body

import (
	"strings"
	"unicode/utf8"
)

// text reads character data up to the next "<", or if quote is not 0, an
// attribute's value up to and over the quote. Character references and entities
// are decoded, line breaks become LF (XML 1.0, Sections 2.11, 4.1). ok is false
// if the document stops short, or there is an error.
func (x *xmlReader) text(quote byte) (s string, ok bool) {
	b := x.b
	start, i := x.i, x.i
	plain := true // nothing to decode so far
	for ; i < len(b); i++ {
		c := b[i]
		if c == '<' || quote != 0 && c == quote {
			break
		}
		if c == '&' || c == '\r' {
			plain = false
		}
		if c == '>' && quote == 0 && i-start >= 2 && b[i-1] == ']' && b[i-2] == ']' {
			x.fail()
			return "", false
		}
	}
	x.i = i
	s = b[start:i]
	switch {
	case quote != 0 && i == len(b):
		if s, ok = x.decode(s, true); ok && !x.characters(s) {
			x.fail()
		}
		x.end = true
		return "", false
	case quote != 0 && b[i] == '<':
		x.fail()
		return "", false
	case quote != 0:
		x.i++
	}
	if !plain {
		if s, ok = x.decode(s, i == len(b)); !ok {
			return "", false
		}
	}
	if !x.characters(s) {
		x.fail()
		return "", false
	}
	return s, true
}

// decode decodes references in text that has some. atEnd tells that the document
// is at its end behind s, where a reference that is cut off makes it stop short.
func (x *xmlReader) decode(s string, atEnd bool) (decoded string, ok bool) {
	out := x.r.text.reserve(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			c = '\n'
		case '&':
			n, r, known := reference(s[i:])
			if i+n == len(s) && atEnd && s[len(s)-1] != ';' {
				x.end = true
				return "", false
			}
			if known {
				out = utf8.AppendRune(out, r)
			} else {
				out = append(out, s[i:i+n]...)
			}
			i += n - 1
			continue
		}
		out = append(out, c)
	}
	return x.r.text.commit(out), true
}

// reference reads the reference that s begins with and returns its length and
// what it stands for, if that is known.
func reference(s string) (n int, r rune, known bool) {
	n = 1
	if len(s) > 1 && s[1] == '#' {
		return numericReference(s)
	}
	for n < len(s) && nameByte(s[n]) {
		n++
	}
	if n == len(s) || s[n] != ';' {
		return n, 0, false
	}
	r, known = entity(s[1:n])
	return n + 1, r, known
}

func numericReference(s string) (n int, r rune, known bool) {
	n, base := 2, 10
	if len(s) > 2 && s[2] == 'x' {
		n, base = 3, 16
	}
	start, value := n, 0
	for ; n < len(s); n++ {
		digit := int(unhex(s[n]))
		if digit >= base {
			break
		}
		value = min(value*base+digit, utf8.MaxRune+1)
	}
	if n == len(s) || s[n] != ';' {
		return n, 0, false
	}
	return n + 1, rune(value), n > start && value <= utf8.MaxRune
}

// lines returns text with all line breaks as LF.
func (x *xmlReader) lines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	out := x.r.text.reserve(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\r' {
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			c = '\n'
		}
		out = append(out, c)
	}
	return x.r.text.commit(out)
}

// characters tells whether s is UTF-8 of nothing but characters (XML 1.0, Section
// 2.2).
func (x *xmlReader) characters(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
			return false
		}
		i += size
	}
	return true
}

// nameRanges are the characters beyond ASCII that names may begin with, pairs of
// first and last (XML 1.0, Fifth Edition, Section 2.3).
var nameRanges = [...]rune{
	0xC0, 0xD6, 0xD8, 0xF6, 0xF8, 0x2FF, 0x370, 0x37D, 0x37F, 0x1FFF, 0x200C, 0x200D, 0x2070, 0x218F, 0x2C00, 0x2FEF,
	0x3001, 0xD7FF, 0xF900, 0xFDCF, 0xFDF0, 0xFFFD, 0x10000, 0xEFFFF,
}

// unicodeName tells whether s is a Name.
func unicodeName(s string) bool {
	for i, r := range s {
		if r < utf8.RuneSelf {
			if !letter(byte(r)) && i == 0 {
				return false
			}
			continue
		}
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return false
		}
		in := i > 0 && (r == 0xB7 || 0x300 <= r && r <= 0x36F || 0x203F <= r && r <= 0x2040)
		for k := 0; k < len(nameRanges) && !in; k += 2 {
			in = nameRanges[k] <= r && r <= nameRanges[k+1]
		}
		if !in {
			return false
		}
	}
	return true
}
