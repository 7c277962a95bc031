package body

import "strconv"

// Documents with a syntax error are read as the best effort of Coraza reads
// them, which is how gjson 1.18 walks text that nobody has checked:
//
//   - An object or array ends at the bracket that closes it when brackets
//     outside of strings are counted, round ones too, whichever goes with which.
//     The outermost ends with the document.
//   - Within it, bytes that cannot begin a name or value are skipped, and so is
//     the one behind each value, where a comma should be.
//   - A number goes on up to white space, a comma, "]" or "}", a word as long as
//     there are small letters. A string that does not end ends what it is in.

// broken reads a document from its start and returns its error.
func (j *jsonReader) broken() string {
	for j.i < len(j.b) && j.b[j.i] <= ' ' {
		j.i++
	}
	if j.i == len(j.b) {
		return ErrJSON
	}
	if c := j.b[j.i]; c != '{' && c != '[' {
		return j.brokenAlone(c)
	}
	r := j.r
	r.closers = closers(r.closers[:0], j.b)
	j.brokenOpen(len(j.b))
	r.frames[0].end = int32(len(j.b))
	for len(r.frames) > 0 {
		top := &r.frames[len(r.frames)-1]
		key, value, ok := j.brokenItem(top)
		if !ok {
			j.i = int(top.end) + 1
			if err := j.end(); err != "" {
				return err
			}
			continue
		}
		if j.values >= j.limit {
			r.ArgumentsTruncated = true
			return ErrJSON
		}
		r.path = append(r.path[:top.path], '.')
		if top.array {
			r.path = strconv.AppendInt(r.path, int64(top.items), 10)
		} else {
			r.path = key.appendTo(r.path)
		}
		top.items++
		if value.nested {
			if len(r.frames) >= j.depth {
				return ErrJSONDepth
			}
			j.brokenOpen(int(top.end))
			continue
		}
		if err := j.brokenAdd(value); err != "" {
			return err
		}
	}
	return ErrJSON
}

// brokenAlone reads a document that begins with c, which opens no object or
// array, up to where its first value ends. Only here is a string without an end
// a value.
func (j *jsonReader) brokenAlone(c byte) string {
	j.r.frames = append(j.r.frames, frame{path: int32(len(j.r.path)), items: 1, array: true})
	if !beginsValue(c) {
		return ErrJSON
	}
	value, ok := j.brokenValue(len(j.b))
	if !ok {
		value.text = j.b[j.i+1:]
	}
	j.r.path = append(j.r.path, ".0"...)
	if err := j.brokenAdd(value); err != "" {
		return err
	}
	if err := j.end(); err != "" {
		return err
	}
	return ErrJSON
}

// brokenOpen opens the object or array at j.i, in one that ends at the given
// offset.
func (j *jsonReader) brokenOpen(end int) {
	array := j.b[j.i] == '['
	j.i++
	if n := int(j.r.closers[j.i]); n < end {
		end = n + 1
	}
	j.r.frames = append(j.r.frames, frame{path: int32(len(j.r.path)), end: int32(end), array: array})
}

// brokenAdd adds an argument with the current path.
func (j *jsonReader) brokenAdd(value brokenText) string {
	if value.escaped {
		text := &j.r.text
		value.text = text.commit(appendUnescaped(text.reserve(len(value.text)), value.text))
	}
	j.values++
	if !j.add(value.text) {
		return ErrJSONSize
	}
	return ""
}

// brokenText is a name or value as written, strings without their quotes.
type brokenText struct {
	text    string
	escaped bool // a string with a backslash in it
	nested  bool // no text but an object or array
}

func (t brokenText) appendTo(dst []byte) []byte {
	if t.escaped {
		return appendUnescaped(dst, t.text)
	}
	return append(dst, t.text...)
}

// brokenItem reads up to the next value in top, which it leaves to the caller if
// it is an object or array, and its name if top is an object.
func (j *jsonReader) brokenItem(top *frame) (key, value brokenText, ok bool) {
	end := int(top.end)
	if !top.array {
		for j.i < end && j.b[j.i] != '"' {
			j.i++
		}
		if key, ok = j.brokenString(end); !ok {
			return key, value, false
		}
	}
	for j.i < end && !beginsValue(j.b[j.i]) {
		j.i++
	}
	if j.i >= end {
		return key, value, false
	}
	value, ok = j.brokenValue(end)
	if !value.nested {
		j.i++ // the comma, if it is one
	}
	return key, value, ok
}

// beginsValue tells whether a byte begins a value, if NaN and infinity are
// numbers.
func beginsValue(c byte) bool {
	switch c {
	case '{', '[', '"', 't', 'f', 'n', 'N', 'i', 'I', '+', '-':
		return true
	}
	return c-'0' <= 9
}

// brokenValue reads the value at j.i, which ends at the given offset at last. It
// does not read objects and arrays.
func (j *jsonReader) brokenValue(end int) (value brokenText, ok bool) {
	start := j.i
	switch c := j.b[start]; {
	case c == '{' || c == '[':
		return brokenText{nested: true}, true
	case c == '"':
		return j.brokenString(end)
	case c == 'n' && (start+1 >= end || j.b[start+1] == 'u'):
		j.brokenWord(end)
		return brokenText{}, true
	case c == 't' || c == 'f':
		j.brokenWord(end)
	default:
		j.brokenNumber(end)
	}
	return brokenText{text: j.b[start:j.i]}, true
}

func (j *jsonReader) brokenWord(end int) {
	for j.i++; j.i < end && j.b[j.i]-'a' <= 'z'-'a'; j.i++ {
	}
}

func (j *jsonReader) brokenNumber(end int) {
	for j.i++; j.i < end; j.i++ {
		if c := j.b[j.i]; c <= ' ' || c == ',' || c == ']' || c == '}' {
			return
		}
	}
}

// brokenString reads a string, with all characters that it has, up to its
// closing quote. Without one before end it returns false and stays where it is.
func (j *jsonReader) brokenString(end int) (s brokenText, ok bool) {
	start := j.i + 1
	for i := start; i < end; i++ {
		switch j.b[i] {
		case '\\':
			s.escaped = true
			i++
		case '"':
			j.i = i + 1
			s.text = j.b[start:i]
			return s, true
		}
	}
	return s, false
}

// closers returns for each offset in b, and the end, where an object or array
// ends that began in front of it: the offset of the first closing bracket that
// no opening one behind the offset goes with, len(b) without one.
//
// The offset is taken to be outside of a string, whatever is in front of it. A
// reader that has met a number with a quote in it disagrees with an earlier one
// about what is a string, and each reads on from its own offset. So the table is
// made from the end on, with the two other states that a reader can be in.
func closers(dst []int32, b string) []int32 {
	if n := len(b) + 1; cap(dst) < n {
		dst = make([]int32, n)
	} else {
		dst = dst[:n]
	}
	none := int32(len(b))
	dst[none] = none
	inString, behindBackslash := none, none
	for i := len(b) - 1; i >= 0; i-- {
		outside := dst[i+1]
		within, escaped := inString, behindBackslash
		behindBackslash = within
		switch b[i] {
		case '{', '[', '(':
			if outside < none {
				outside = dst[outside+1]
			}
		case '}', ']', ')':
			outside = int32(i)
		case '"':
			outside, inString = within, outside
		case '\\':
			inString = escaped
		}
		dst[i] = outside
	}
	return dst
}
