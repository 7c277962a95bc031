package format

import "bytes"

// disposition shows the parameters of a Content-Disposition or a Content-Type that are
// not written as they are: behind backslashes (RFC 9110, Section 5.6.4), in percent-encoding, as
// browsers write quotes and line breaks in names, or in an extended value (RFC 8187,
// Section 3.2). It returns the value with what the visitor has changed in them.
func (m *multipart) disposition(value []byte) []byte {
	for i := skipTo(value, 0, ';'); i < len(value) && m.err == nil; {
		start := skipTo(value, i, '=') + 1
		if start >= len(value) {
			break
		}
		extended := value[start-2] == '*'
		end, quoted := start, value[start] == '"'
		if quoted {
			start++
			for end = start; end < len(value) && value[end] != '"'; end++ {
				if value[end] == '\\' {
					end++
				}
			}
			end = min(end, len(value))
		} else {
			end = skipTo(value, start, ';')
		}
		raw := value[start:end]
		i = end
		text := plainly(raw, quoted, extended)
		if bytes.Equal(text, raw) {
			continue
		}
		if out, changed := m.changed(text); changed {
			var by []byte
			if extended {
				var n urlNotation
				n.digits, n.space = upperDigits, "%20"
				by = n.encode(append(by, "UTF-8''"...), out, 0)
			} else {
				by = fieldNotation{}.encode(by, out, 0)
			}
			tail := len(value) - end
			value = append(append(append([]byte(nil), value[:start]...), by...), value[end:]...)
			i = len(value) - tail
		}
	}
	return value
}

// plainly returns what a parameter's value stands for.
func plainly(raw []byte, quoted, extended bool) []byte {
	if extended {
		if n := bytes.LastIndexByte(raw, '\''); n >= 0 {
			raw = raw[n+1:]
		}
	}
	var text []byte
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\' && i+1 < len(raw):
			i++
			text = append(text, raw[i])
		case c == '%' && i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
			text = append(text, byte(unhex(raw[i+1])<<4|unhex(raw[i+2])))
			i += 2
		default:
			text = append(text, c)
		}
	}
	return text
}

// changed asks about a text and returns what becomes of it, if that is something else.
func (m *multipart) changed(text []byte) (out []byte, changed bool) {
	e := &m.header.edit
	e.reset(len(text))
	switch m.visitor.Value(m.path, Text, text, e) {
	case Keep, Skip:
		return nil, false
	case Splice:
		at := 0
		for _, c := range e.cuts {
			start, end := min(c.start, len(text)), min(c.end, len(text))
			out = append(append(out, text[at:start]...), e.Out[c.from:c.to]...)
			at = end
		}
		return append(out, text[at:]...), len(e.cuts) > 0
	case Replace:
		return e.Out, true
	case Block:
		m.err = ErrBlocked
	}
	return nil, true
}
