package body

import "strconv"

// JSON reads a body of type application/json. Each value that is no object or
// array becomes an argument named by the path that leads to it, such as
// "json.orders.0.id"; each array that is not empty is followed by an argument
// with its own path that says how many elements it has. Strings are unescaped,
// null is empty, numbers and booleans are as written. A body that is a single
// such value is read like an array of one.
//
// Names may repeat: by duplicate keys, or because dots in keys are not escaped.
// All values are kept.
//
// In a document with a syntax error, Args has what Coraza finds there. Strings
// that a lenient parser would read may be missing, so that rules on arguments do
// not suffice: rule 200002 of the recommended configuration, or another that
// denies requests with REQBODY_ERROR, must be in force, and refuses such a body.
//
// After the other errors, Args has what was read before them.
func JSON(b string, lim Limits, r *Result) {
	r.frames = r.frames[:0]
	r.path = append(r.path[:0], "json"...)
	before, truncated := len(r.Args), r.ArgumentsTruncated
	start := jsonReader{b: b, r: r, depth: lim.depth(), limit: lim.arguments(), room: max(8*int64(len(b)), 4096)}
	j := start
	if r.Err = j.document(); r.Err == ErrJSON {
		r.frames = r.frames[:0]
		r.path = r.path[:len("json")]
		r.Args, r.ArgumentsTruncated = r.Args[:before], truncated
		j = start
		r.Err = j.broken()
	}
}

// frame is an object or an array that is open.
type frame struct {
	path  int32 // length of its path
	items int32 // members or elements so far
	end   int32 // of its text, in a broken document
	array bool
	// cut: the length of an array within was left out, so that of this one is too
	cut bool
}

// jsonReader reads one document in one pass, with a stack of its own instead of
// recursion.
type jsonReader struct {
	b     string
	i     int // of the next byte
	r     *Result
	depth int
	limit int
	// values and lengths are how many arguments there are of either kind.
	values, lengths int
	// room is how many bytes names and values may still take.
	room int64
	// full: there are more values than the limit, the rest is only checked.
	full bool
}

// document reads RFC 8259, Section 2: JSON-text = ws value ws.
func (j *jsonReader) document() string {
	c := j.space()
	if c != '{' && c != '[' {
		return j.alone(c)
	}
value:
	if c == '{' || c == '[' {
		if len(j.r.frames) >= j.depth {
			return ErrJSONDepth
		}
		j.i++
		j.r.frames = append(j.r.frames, frame{path: int32(len(j.r.path)), array: c == '['})
		if c = j.space(); c != '}' && c != ']' {
			if !j.item(c) {
				return ErrJSON
			}
			c = j.space()
			goto value
		}
	} else {
		if err := j.scalar(c); err != "" {
			return err
		}
	}
	for len(j.r.frames) > 0 {
		top := &j.r.frames[len(j.r.frames)-1]
		c = j.space()
		switch {
		case c == ',':
			j.i++
			if !j.item(j.space()) {
				return ErrJSON
			}
			c = j.space()
			goto value
		case c == ']' && top.array || c == '}' && !top.array:
			j.i++
			if err := j.end(); err != "" {
				return err
			}
		default:
			return ErrJSON
		}
	}
	if j.space(); j.i < len(j.b) {
		return ErrJSON
	}
	return ""
}

// alone reads a document that is no object or array.
func (j *jsonReader) alone(c byte) string {
	j.r.frames = append(j.r.frames, frame{path: int32(len(j.r.path)), array: true})
	j.item(c)
	if err := j.scalar(c); err != "" {
		return err
	}
	if err := j.end(); err != "" {
		return err
	}
	if j.space(); j.i < len(j.b) {
		return ErrJSON
	}
	return ""
}

// space skips white space and returns the byte behind it, 0 at the end.
func (j *jsonReader) space() byte {
	for ; j.i < len(j.b); j.i++ {
		if c := j.b[j.i]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// item begins a member, whose name and colon it reads, or an element, and puts
// its path together.
func (j *jsonReader) item(c byte) bool {
	top := &j.r.frames[len(j.r.frames)-1]
	top.items++
	if !j.full && j.values >= j.limit {
		j.full = true
		j.r.ArgumentsTruncated = true
	}
	path := append(j.r.path[:top.path], '.')
	if top.array {
		if !j.full {
			j.r.path = strconv.AppendInt(path, int64(top.items-1), 10)
		}
		return true
	}
	if c != '"' {
		return false
	}
	name, escaped, ok := j.text()
	if !ok || j.space() != ':' {
		return false
	}
	j.i++
	switch {
	case j.full:
	case escaped:
		j.r.path = appendUnescaped(path, name)
	default:
		j.r.path = append(path, name...)
	}
	return true
}

// end closes the innermost object or array.
func (j *jsonReader) end() string {
	top := &j.r.frames[len(j.r.frames)-1]
	if top.array && top.items > 0 && !top.cut && !j.full {
		if j.lengths >= j.limit {
			j.r.ArgumentsTruncated = true
			top.cut = true
		} else {
			j.lengths++
			j.r.path = j.r.path[:top.path]
			digits := j.r.text.commit(strconv.AppendInt(j.r.text.reserve(20), int64(top.items), 10))
			if !j.add(digits) {
				return ErrJSONSize
			}
		}
	}
	cut := top.cut
	j.r.frames = j.r.frames[:len(j.r.frames)-1]
	if n := len(j.r.frames); cut && n > 0 {
		j.r.frames[n-1].cut = true
	}
	return ""
}

// scalar reads a value that begins with c and is no object or array.
func (j *jsonReader) scalar(c byte) string {
	start := j.i
	value := ""
	ok := true
	switch {
	case c == '"':
		var escaped bool
		if value, escaped, ok = j.text(); ok && escaped && !j.full {
			value = j.r.text.commit(appendUnescaped(j.r.text.reserve(len(value)), value))
		}
	case c == 't':
		ok = j.word("true")
		value = j.b[start:j.i]
	case c == 'f':
		ok = j.word("false")
		value = j.b[start:j.i]
	case c == 'n':
		ok = j.word("null")
	default:
		ok = j.number()
		value = j.b[start:j.i]
	}
	switch {
	case !ok || c != '"' && !j.delimited():
		return ErrJSON
	case j.full:
		return ""
	}
	j.values++
	if !j.add(value) {
		return ErrJSONSize
	}
	return ""
}

// add adds an argument with the current path, unless there is no room for it.
func (j *jsonReader) add(value string) bool {
	size := int64(len(j.r.path)) + int64(len(value))
	if size > j.room {
		return false
	}
	j.room -= size
	name := j.r.text.commit(append(j.r.text.reserve(len(j.r.path)), j.r.path...))
	j.r.Args = append(j.r.Args, Pair{name, value})
	return true
}

// word reads true, false or null.
func (j *jsonReader) word(w string) bool {
	if len(j.b)-j.i < len(w) || j.b[j.i:j.i+len(w)] != w {
		return false
	}
	j.i += len(w)
	return true
}

// delimited tells whether a number or word ends where it was read to.
func (j *jsonReader) delimited() bool {
	return j.i == len(j.b) || j.b[j.i] <= ' ' || j.b[j.i] == ',' || j.b[j.i] == ']' || j.b[j.i] == '}'
}

// number reads RFC 8259, Section 6: [ minus ] int [ frac ] [ exp ].
func (j *jsonReader) number() bool {
	j.one('-', '-')
	if !j.one('0', '0') && !j.digits() {
		return false
	}
	if j.one('.', '.') && !j.digits() {
		return false
	}
	if j.one('e', 'E') {
		j.one('+', '-')
		return j.digits()
	}
	return true
}

// one reads one byte if it is a or b.
func (j *jsonReader) one(a, b byte) bool {
	if j.i < len(j.b) && (j.b[j.i] == a || j.b[j.i] == b) {
		j.i++
		return true
	}
	return false
}

// digits reads one digit or more.
func (j *jsonReader) digits() bool {
	start := j.i
	for j.i < len(j.b) && j.b[j.i]-'0' <= 9 {
		j.i++
	}
	return j.i > start
}
