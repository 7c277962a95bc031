package body

import (
	"strconv"
	"strings"
)

// salvage reads on behind a syntax error: strings in front of a colon become
// keys, all other strings and runs of characters values, brackets open and close
// whatever is open. It returns the error of the whole document.
func (j *jsonReader) salvage() string {
	r := j.r
	key := "" // of the next value, as written
	for j.i < len(j.b) {
		c := j.b[j.i]
		switch {
		case c <= ' ' || c == ',' || c == ':':
			j.i++
			continue
		case c == '}' || c == ']':
			j.i++
			if n := len(r.frames); n > 0 {
				r.frames = r.frames[:n-1]
			}
			key = ""
			continue
		case j.values >= j.limit:
			r.ArgumentsTruncated = true
			return ErrJSON
		case c == '{' || c == '[':
			if len(r.frames) >= j.depth {
				return ErrJSONDepth
			}
			j.place(key)
			j.i++
			r.frames = append(r.frames, frame{path: int32(len(r.path)), array: c == '['})
			key = ""
			continue
		}
		text := ""
		if c == '"' {
			if text = j.openText(); j.space() == ':' {
				key = text
				j.i++
				continue
			}
			text = r.text.commit(appendUnescaped(r.text.reserve(len(text)), text))
		} else {
			text = j.run()
		}
		j.place(key)
		key = ""
		j.values++
		if !j.add(text) {
			return ErrJSONSize
		}
	}
	return ErrJSON
}

// place puts the path of the next value together, unless the value is the one
// that the error is in.
func (j *jsonReader) place(key string) {
	if j.placed {
		j.placed = false
		return
	}
	r := j.r
	path := append(r.path[:len("json")], '.')
	array := false
	if n := len(r.frames); n > 0 {
		top := &r.frames[n-1]
		path = append(r.path[:top.path], '.')
		array = top.array
		top.items++
		if array {
			path = strconv.AppendInt(path, int64(top.items-1), 10)
		}
	}
	if array && key != "" {
		path = append(path, '.')
	}
	r.path = appendUnescaped(path, key)
}

// run reads up to the next character of syntax.
func (j *jsonReader) run() string {
	rest := j.b[j.i:]
	n := strings.IndexAny(rest[1:], `"{}[],`) + 1
	if n == 0 {
		n = len(rest)
	}
	j.i += n
	return strings.TrimRight(rest[:n], " \t\r\n")
}

// openText reads a string up to its closing quote or the end, whatever is in it.
func (j *jsonReader) openText() string {
	start := j.i + 1
	for j.i = start; j.i < len(j.b); j.i++ {
		switch j.b[j.i] {
		case '\\':
			j.i++
		case '"':
			j.i++
			return j.b[start : j.i-1]
		}
	}
	j.i = len(j.b)
	return j.b[min(start, len(j.b)):]
}
