package format

import "bytes"

// transferred rewrites a part whose bytes are hidden by a transfer encoding (RFC 2045,
// Sections 6.7 and 6.8). It holds the part, up to Limits.Encoded bytes as written, and
// writes it in the same encoding again if any of it is changed, else as it came.
//
// Many who read form data know nothing of transfer encodings. So that nothing passes
// which such a reader would see, the visitor is asked about what leaves as about a
// name; if it wants that changed, the part is [ErrUnread].
type transferred struct {
	inner   Rewriter
	visitor Visitor
	path    *Path
	base64  bool
	limit   int
	err     error
	raw     []byte
	edit    Edit
}

// Write implements Rewriter.
func (t *transferred) Write(dst, piece []byte) ([]byte, error) {
	if t.err == nil {
		if t.raw = append(t.raw, piece...); len(t.raw) > t.limit {
			t.err = ErrSize
		}
	}
	return dst, t.err
}

// Close implements Rewriter.
func (t *transferred) Close(dst []byte) ([]byte, error) {
	if t.err != nil {
		return dst, t.err
	}
	decode, encode := unquoted, appendQuoted
	if t.base64 {
		decode, encode = unarmored, appendArmored
	}
	text, ok := decode(t.raw)
	if !ok {
		t.err = ErrSyntax
		return dst, t.err
	}
	var out []byte
	if out, t.err = t.inner.Write(out, text); t.err == nil {
		out, t.err = t.inner.Close(out)
	}
	if t.err != nil {
		return dst, t.err
	}
	written := t.raw
	if !bytes.Equal(out, text) {
		written = encode(nil, out)
	}
	t.edit.reset(len(written))
	switch v := t.visitor.Name(t.path, written, &t.edit); {
	case v == Keep, v == Skip, v == Splice && len(t.edit.cuts) == 0:
		return append(dst, written...), nil
	case v == Block:
		t.err = ErrBlocked
	default:
		t.err = ErrUnread
	}
	return dst, t.err
}

const (
	base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	// lineSize is the most characters of a line that is written.
	lineSize = 76
)

// unarmored decodes base64 with white space in it. What other decoders pass over, as
// RFC 2045 has it, and padding anywhere but at the end, is not decoded: one of them
// may see a text that another does not.
func unarmored(raw []byte) (text []byte, ok bool) {
	bits, n, pads := uint32(0), 0, 0
	for _, c := range raw {
		var v uint32
		switch {
		case isSpace(c):
			continue
		case c == '=':
			pads++
		case pads > 0:
			return nil, false
		case c-'A' < 26:
			v = uint32(c - 'A')
		case c-'a' < 26:
			v = uint32(c-'a') + 26
		case c-'0' < 10:
			v = uint32(c-'0') + 52
		case c == '+':
			v = 62
		case c == '/':
			v = 63
		default:
			return nil, false
		}
		bits = bits<<6 | v
		if n++; n%4 == 0 {
			text = append(text, byte(bits>>16), byte(bits>>8), byte(bits))
		}
	}
	if n%4 != 0 || pads > 2 {
		return nil, false
	}
	return text[:len(text)-pads], true
}

// appendArmored appends text in base64, in lines.
func appendArmored(dst, text []byte) []byte {
	for i, column := 0, 0; i < len(text); i += 3 {
		if column == lineSize {
			dst = append(dst, "\r\n"...)
			column = 0
		}
		column += 4
		var b [3]byte
		n := copy(b[:], text[i:])
		bits := uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
		four := [4]byte{base64Digits[bits>>18], base64Digits[bits>>12&63], base64Digits[bits>>6&63], base64Digits[bits&63]}
		for k := n + 1; k < 4; k++ {
			four[k] = '='
		}
		dst = append(dst, four[:]...)
	}
	return dst
}

// unquoted decodes quoted-printable: bytes that should have been encoded stand for
// themselves, "=" before anything but two digits or the end of a line does not.
func unquoted(raw []byte) (text []byte, ok bool) {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '=':
			end := i + 1
			for end < len(raw) && (raw[end] == ' ' || raw[end] == '\t') {
				end++
			}
			switch {
			case i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
				text = append(text, byte(unhex(raw[i+1])<<4|unhex(raw[i+2])))
				i += 2
			case end < len(raw) && raw[end] == '\n':
				i = end
			case end+1 < len(raw) && raw[end] == '\r' && raw[end+1] == '\n':
				i = end + 1
			case end == len(raw):
				i = end
			default:
				return nil, false
			}
		case c == ' ' || c == '\t':
			// at the end of a line it is not of the text
			end := i
			for end < len(raw) && (raw[end] == ' ' || raw[end] == '\t') {
				end++
			}
			if end < len(raw) && raw[end] != '\n' && !bytes.HasPrefix(raw[end:], []byte("\r\n")) {
				text = append(text, raw[i:end]...)
			}
			i = end - 1
		default:
			text = append(text, c)
		}
	}
	return text, true
}

// appendQuoted appends text in quoted-printable. Line breaks stay.
func appendQuoted(dst, text []byte) []byte {
	column := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			dst = append(dst, "\r\n"...)
			column = 0
			i++
			continue
		}
		last := i+1 == len(text) || text[i+1] == '\r' || text[i+1] == '\n'
		plain := c > ' ' && c < 0x7f && c != '=' || (c == ' ' || c == '\t') && !last
		size := 3
		if plain {
			size = 1
		}
		if column+size >= lineSize {
			dst = append(dst, "=\r\n"...)
			column = 0
		}
		if column += size; plain {
			dst = append(dst, c)
		} else {
			dst = append(dst, '=', upperDigits[c>>4], upperDigits[c&15])
		}
	}
	return dst
}
