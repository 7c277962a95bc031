package format

import "bytes"

// mayBegin tells whether a document that is encoded may begin with c.
func mayBegin(c byte) bool { return c == '{' || c == '[' || c == '"' || c <= ' ' }

// looksEncoded tells whether a text may be a JSON document that is worth reading: an
// object, an array, or a string that may hold one or has escapes.
func looksEncoded(text []byte) bool {
	first, last := space(text, 0), len(text)-1
	for last > first && text[last] <= ' ' {
		last--
	}
	if last <= first {
		return false
	}
	switch text[first] {
	case '{':
		return text[last] == '}'
	case '[':
		return text[last] == ']'
	case '"':
		return text[last] == '"' && bytes.ContainsAny(text, `{[\`)
	}
	return false
}

// begins tells whether a text of which raw is the beginning, as written, may be a
// document.
func begins(raw []byte) bool {
	for len(raw) > 0 {
		r, n := rune(raw[0]), 1
		if r == '\\' {
			if escapeLen(raw) <= 0 {
				return false
			}
			r, n = unit(raw)
		}
		if r > ' ' {
			return r == '{' || r == '[' || r == '"'
		}
		raw = raw[n:]
	}
	return false
}

// encoded visits the document in a text, and leaves the changes in edit. It is false
// if there is none, or err says why it cannot be visited.
func (j *JSON) encoded(text []byte) (Verdict, bool) {
	if j.child == nil {
		j.child = &JSON{path: j.path, limits: j.limits, nested: j.nested - 1}
	}
	c := j.child
	c.base = j.base + len(j.levels)
	switch c.whole(text, nil, nil) {
	case nil:
	case ErrDepth:
		j.err = ErrDepth
		return Keep, false
	default:
		return Keep, false
	}
	if j.nested == 0 {
		j.err = ErrDepth
		return Keep, false
	}
	j.edit.reset(0)
	verdict := j.visitor.Container(j.path, Encoded, &j.edit)
	switch verdict {
	case Keep:
	case Splice:
		return Drop, true
	default:
		return verdict, true
	}
	j.edit.reset(0)
	if err := c.whole(text, j.visitor, &j.edit); err != nil {
		j.err = err
		return Keep, false
	}
	return Splice, true
}

// whole reads a document of which all is there, and leaves the changes in sink.
// Without a visitor it is only checked.
func (j *JSON) whole(text []byte, v Visitor, sink *Edit) error {
	depth := j.path.Depth()
	j.restart(v)
	j.final = true
	j.b = text
	j.sink = sink
	if v == nil {
		j.pass = passOn
		j.passDepth = -1
	}
	j.run()
	if j.err == nil && (len(j.levels) > 0 || j.state != jsonAfter) {
		j.err = ErrTruncated
	}
	j.path.truncate(depth)
	j.b = nil
	return j.err
}
