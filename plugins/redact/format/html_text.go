package format

import (
	"bytes"
	"unicode/utf8"
)

// htmlNotation is text between tags, among them such as do not part it.
type htmlNotation struct{}

func (htmlNotation) step(raw []byte, _ uint8, more bool, u *[4]byte) (n, m int, plain bool, after uint8) {
	switch raw[0] {
	case '&':
		n, m, plain = htmlReference(raw, more, u)
		return n, m, plain, 0
	case '<':
		var s tagScan
		switch n = s.end(raw); {
		case n > 0:
			return n, 0, false, 0
		case n == 0 && more:
			return 0, 0, false, 0
		}
		return 1, 1, true, 0
	}
	n = skipTo(raw, 0, '&')
	if k := bytes.IndexByte(raw[:n], '<'); k >= 0 {
		n = k
	}
	return n, n, true, 0
}

func (htmlNotation) style([]byte, bool) {}

func (htmlNotation) encode(dst, text []byte, _ uint8) []byte { return appendReferences(dst, text, 0) }

func (htmlNotation) leave(dst []byte, _ uint8) []byte { return dst }

// titleNotation is the text of a title or a textarea: references, no tags.
type titleNotation struct{ htmlNotation }

func (titleNotation) step(raw []byte, _ uint8, more bool, u *[4]byte) (n, m int, plain bool, after uint8) {
	if raw[0] == '&' {
		n, m, plain = htmlReference(raw, more, u)
		return n, m, plain, 0
	}
	n = skipTo(raw, 0, '&')
	return n, n, true, 0
}

// htmlValueNotation is the value of an attribute, in quotes or, if quote is 0, without.
type htmlValueNotation struct{ quote byte }

func (htmlValueNotation) step(raw []byte, _ uint8, more bool, u *[4]byte) (n, m int, plain bool, after uint8) {
	return titleNotation{}.step(raw, 0, more, u)
}

func (htmlValueNotation) style([]byte, bool) {}

func (n htmlValueNotation) encode(dst, text []byte, _ uint8) []byte {
	if n.quote != 0 {
		return appendReferences(dst, text, n.quote)
	}
	for len(text) > 0 {
		b, k := printed(text)
		if c := b[0]; htmlSpace(c) || bytes.IndexByte([]byte("\"'=<>`&"), c) >= 0 {
			dst = append(dst, '&', '#', '0'+c/10, '0'+c%10, ';')
		} else {
			dst = append(dst, b...)
		}
		text = text[k:]
	}
	return dst
}

func (htmlValueNotation) leave(dst []byte, _ uint8) []byte { return dst }

// scriptNotation is the text of a script or a style sheet, in which nothing of HTML has a
// meaning but what would end it.
type scriptNotation struct{ plainNotation }

func (scriptNotation) encode(dst, text []byte, _ uint8) []byte {
	for _, c := range text {
		if c == '<' {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// htmlReferences are the named references that stand for ASCII, for a space or for a
// hyphen (HTML Standard, Section 13.5).
var htmlReferences = map[string]rune{
	"Tab": '\t', "NewLine": '\n', "excl": '!', "quot": '"', "QUOT": '"', "num": '#', "dollar": '$', "percnt": '%', "amp": '&', "AMP": '&', "apos": '\'',
	"lpar": '(', "rpar": ')', "ast": '*', "midast": '*', "plus": '+', "comma": ',', "period": '.', "sol": '/', "colon": ':', "semi": ';',
	"lt": '<', "LT": '<', "equals": '=', "gt": '>', "GT": '>', "quest": '?', "commat": '@', "lsqb": '[', "lbrack": '[', "bsol": '\\', "rsqb": ']', "rbrack": ']',
	"Hat": '^', "lowbar": '_', "UnderBar": '_', "grave": '`', "DiacriticalGrave": '`', "lcub": '{', "lbrace": '{', "verbar": '|', "vert": '|',
	"VerticalLine": '|', "rcub": '}', "rbrace": '}', "nbsp": 0xa0, "NonBreakingSpace": 0xa0, "shy": 0xad, "hyphen": 0x2010, "dash": 0x2010,
	"ndash": 0x2013, "mdash": 0x2014, "ensp": 0x2002, "emsp": 0x2003, "thinsp": 0x2009, "zwnj": 0x200c, "zwj": 0x200d, "ZeroWidthSpace": 0x200b,
}

// bareReferences are those that need no semicolon.
var bareReferences = [...]string{"quot", "QUOT", "amp", "AMP", "lt", "LT", "gt", "GT", "nbsp", "shy"}

// maxHTMLReference is the most bytes of a reference by name that is decoded.
const maxHTMLReference = 24

// htmlReference is a step of text that begins with "&" (HTML Standard, Section
// 13.2.5.72).
func htmlReference(raw []byte, more bool, u *[4]byte) (n, m int, plain bool) {
	if len(raw) > 1 && raw[1] == '#' {
		return numericReference(raw, more, u)
	}
	b := raw[:min(len(raw), maxHTMLReference)]
	more = more && len(raw) < maxHTMLReference
	if len(b) == 1 {
		if more {
			return 0, 0, false
		}
		return 1, 1, true
	}
	end := 1
	for end < len(b) && alphanumeric(b[end]) {
		end++
	}
	if end == len(b) && more {
		return 0, 0, false
	}
	if end < len(b) && b[end] == ';' {
		if r := htmlReferences[string(b[1:end])]; r != 0 {
			return end + 1, utf8.EncodeRune(u[:], r), false
		}
	}
	for _, name := range bareReferences {
		if bytes.HasPrefix(b[1:], []byte(name)) {
			return 1 + len(name), utf8.EncodeRune(u[:], htmlReferences[name]), false
		}
	}
	return 1, 1, true
}

// numericReference is a step of text that begins with "&#". It may have any number of
// zeros: one that does not fit into a window is not settled.
func numericReference(b []byte, more bool, u *[4]byte) (n, m int, plain bool) {
	i, base := 2, rune(10)
	if i < len(b) && b[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	r, start := rune(0), i
	for i < len(b) && (b[i]-'0' < 10 || base == 16 && isHex(b[i])) {
		if r <= utf8.MaxRune {
			r = r*base + unhex(b[i])
		}
		i++
	}
	switch {
	case i == len(b) && more:
		return 0, 0, false
	case i == start:
		return 1, 1, true
	case i < len(b) && b[i] == ';':
		i++
	}
	if r == 0 || !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	return i, utf8.EncodeRune(u[:], r), false
}
