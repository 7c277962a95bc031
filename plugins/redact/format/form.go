package format

import (
	"bytes"
	"strings"
)

// NewForm returns a Rewriter of application/x-www-form-urlencoded (URL Standard,
// Section 5): names and values are shown decoded, each field with its name as its
// path. What is replaced is encoded as the rest of its field is: spaces as "+" or
// "%20", digits in the case that was used, and unescaped what stands there
// unescaped. Only "&" separates fields; "%" that begins no escape stands for itself.
// A name without "=" has no value and is shown as a name only.
func NewForm(v Visitor, paths *Paths, l Limits) Rewriter {
	return newForm(v, NewPath(paths), l)
}

func newForm(v Visitor, p *Path, l Limits) Rewriter {
	return &form{values: newValues(p, v, l)}
}

type form struct {
	values
	opening opening
	err     error
	place   formPlace
	field   []byte // name as written
	// some says that a field has left: the next one has a separator before it.
	some     bool
	notation urlNotation
	// charset is the value of a field charsetField, naming says that one is read.
	naming  bool
	charset []byte
}

// charsetField is the name of a field that says in what character encoding others are
// (HTML Standard, Section 4.10.18.1; RFC 7578, Section 4.6).
const charsetField = "_charset_"

// charsetSize is the most bytes that are read of a name of a character encoding.
const charsetSize = 64

// namesCharset tells whether what is in the encoding that a field names can be read.
func namesCharset(value []byte) bool {
	name := strings.ToLower(string(bytes.TrimSpace(value)))
	return name == "" || name == "_charset_" || transparent(name)
}

// charsetNamed reads a part that names a character encoding.
type charsetNamed struct {
	Rewriter
	value []byte
}

// Write implements Rewriter.
func (c *charsetNamed) Write(dst, piece []byte) ([]byte, error) {
	c.value = append(c.value, piece[:min(len(piece), charsetSize-len(c.value))]...)
	return c.Rewriter.Write(dst, piece)
}

// Close implements Rewriter.
func (c *charsetNamed) Close(dst []byte) ([]byte, error) {
	if !namesCharset(c.value) {
		return dst, ErrEncoding
	}
	return c.Rewriter.Close(dst)
}

type formPlace uint8

const (
	formName formPlace = iota
	formValue
	formOmitted
)

// Write implements Rewriter.
func (f *form) Write(dst, piece []byte) ([]byte, error) {
	piece, late := f.opening.check(piece)
	for f.err == nil && len(piece) > 0 {
		switch f.place {
		case formName:
			n := 0
			for n < len(piece) && piece[n] != '&' && piece[n] != '=' {
				n++
			}
			if f.field = append(f.field, piece[:n]...); len(f.field) > f.size {
				f.err = ErrSize
				break
			}
			piece = piece[n:]
			if len(piece) > 0 {
				dst = f.named(dst, piece[0] == '=')
				piece = piece[1:]
			}
		case formValue:
			n := bytes.IndexByte(piece, '&')
			if n < 0 {
				f.note(piece)
				dst, f.err = f.add(dst, piece, &f.notation)
				piece = nil
				break
			}
			dst = f.ended(dst, piece[:n])
			piece = piece[n+1:]
		case formOmitted:
			n := bytes.IndexByte(piece, '&')
			if n < 0 {
				piece = nil
				break
			}
			f.next()
			piece = piece[n+1:]
		}
	}
	if f.err == nil {
		f.err = late
	}
	return dst, f.err
}

// Close implements Rewriter.
func (f *form) Close(dst []byte) ([]byte, error) {
	switch {
	case f.err != nil:
	case f.place == formName:
		dst = f.named(dst, false)
	case f.place == formValue:
		dst = f.ended(dst, nil)
	}
	return dst, f.err
}

// note keeps bytes of a value that names a character encoding.
func (f *form) note(b []byte) {
	if f.naming {
		f.charset = append(f.charset, b[:min(len(b), charsetSize-len(f.charset))]...)
	}
}

// ended ends a value whose last bytes are given.
func (f *form) ended(dst, last []byte) []byte {
	if f.naming {
		f.note(last)
		if text, _ := f.notation.decode(nil, f.charset, false); !namesCharset(text) {
			f.err = ErrEncoding
			return dst
		}
	}
	if dst, f.err = f.end(dst, last, &f.notation); f.err == nil {
		f.next()
	}
	return dst
}

// named asks about a name, behind which a value begins or not.
func (f *form) named(dst []byte, value bool) []byte {
	f.before = f.before[:0]
	if f.some {
		f.before = append(f.before, '&')
	}
	if len(f.field) == 0 && !value {
		f.some = true
		return append(dst, f.before...)
	}
	f.begin(0)
	text, _ := f.decode(f.field, false, &f.notation)
	f.naming = string(text) == charsetField
	f.charset = f.charset[:0]
	f.path.push()
	f.path.setName(text)
	var verdict Verdict
	f.before, verdict, f.err = f.name(f.before, f.field, text, &f.notation)
	if value {
		f.before = append(f.before, '=')
	}
	f.dropped = verdict == Drop
	switch {
	case f.err != nil:
	case !value:
		if !f.dropped {
			dst = append(dst, f.before...)
		}
		f.next()
	case f.dropped:
		f.place = formOmitted
	default:
		f.place = formValue
		if verdict == Skip {
			dst = append(dst, f.before...)
			f.fate = passed
		}
	}
	return dst
}

// next begins another field.
func (f *form) next() {
	f.path.pop()
	f.field = f.field[:0]
	f.place = formName
	f.some = f.some || !f.dropped
}

// urlNotation is percent-encoding with "+" for the space.
type urlNotation struct {
	// literal has the bytes, from 0x20 on, that stand unescaped in the window.
	literal [3]uint32
	space   string
	digits  string
}

const upperDigits = "0123456789ABCDEF"

func (*urlNotation) step(raw []byte, _ uint8, more bool, u *[4]byte) (n, m int, plain bool, after uint8) {
	switch raw[0] {
	case '+':
		u[0] = ' '
		return 1, 1, false, 0
	case '%':
		if len(raw) >= 3 && isHex(raw[1]) && isHex(raw[2]) {
			u[0] = byte(unhex(raw[1])<<4 | unhex(raw[2]))
			return 3, 1, false, 0
		}
		if more && (len(raw) == 1 || len(raw) == 2 && isHex(raw[1])) {
			return 0, 0, false, 0
		}
		n = 1
	}
	for n < len(raw) && raw[n] != '%' && raw[n] != '+' {
		n++
	}
	return n, n, true, 0
}

// plain returns how many bytes of raw are before its first unit.
func (*urlNotation) plain(raw []byte) int {
	for i, c := range raw {
		if c == '%' || c == '+' {
			return i
		}
	}
	return len(raw)
}

// decode does at once what steps do.
func (*urlNotation) decode(dst, raw []byte, more bool) (text []byte, whole int) {
	for i := 0; i < len(raw); i++ {
		start := i
		for i < len(raw) && raw[i] != '%' && raw[i] != '+' {
			i++
		}
		dst = append(dst, raw[start:i]...)
		if i == len(raw) {
			break
		}
		c := raw[i]
		switch {
		case c == '+':
			c = ' '
		case i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
			c = byte(unhex(raw[i+1])<<4 | unhex(raw[i+2]))
			i += 2
		case more && (i+1 == len(raw) || i+2 == len(raw) && isHex(raw[i+1])):
			return dst, i
		}
		dst = append(dst, c)
	}
	return dst, len(raw)
}

func isHex(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 6 }

func (n *urlNotation) style(raw []byte, _ bool) {
	n.literal = [3]uint32{}
	n.space, n.digits = "+", upperDigits
	spaced, cased := false, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '+':
			n.space, spaced = "+", true
		case c == '%' && i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
			if !spaced && raw[i+1] == '2' && raw[i+2] == '0' {
				n.space, spaced = "%20", true
			}
			for _, d := range raw[i+1 : i+3] {
				if d >= 'A' && !cased {
					cased = true
					if d >= 'a' {
						n.digits = hexDigits
					}
				}
			}
			i += 2
		case c > ' ' && c < 0x7f:
			n.literal[(c-0x20)>>5] |= 1 << (c & 31)
		}
	}
}

func (n *urlNotation) encode(dst, text []byte, _ uint8) []byte {
	for _, c := range text {
		switch {
		case alphanumeric(c), c == '-', c == '.', c == '_', c == '*':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, n.space...)
		case c > ' ' && c < 0x7f && c != '%' && c != '&' && c != '+' && n.literal[(c-0x20)>>5]&(1<<(c&31)) != 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', n.digits[c>>4], n.digits[c&15])
		}
	}
	return dst
}

func (*urlNotation) leave(dst []byte, _ uint8) []byte { return dst }
