package quota

import (
	"bytes"
	"strconv"
)

// maxNesting is how deep a document may nest in which a number is looked for.
const maxNesting = 512

// numbersAt reads a JSON document (RFC 8259) and returns the number that is written at
// each path, nil where there is none. Of several at one path the first counts, and a
// name that is written with escapes is none of a path. It returns false if the text is
// not one document.
func numbersAt(document []byte, paths []string) (numbers [][]byte, ok bool) {
	r := numberReader{text: document, paths: paths, numbers: make([][]byte, len(paths))}
	r.space()
	ok = r.value()
	r.space()
	return r.numbers, ok && r.i == len(document)
}

// numberReader walks a document once, from left to right.
type numberReader struct {
	text  []byte
	i     int
	depth int
	// path leads to the value that is read, each name with a dot before it.
	path    []byte
	paths   []string
	numbers [][]byte
}

// peek returns the byte to come, and 0 at the end, which is nowhere allowed.
func (r *numberReader) peek() byte {
	if r.i < len(r.text) {
		return r.text[r.i]
	}
	return 0
}

// take goes past a byte if it is to come.
func (r *numberReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.i++
	return true
}

func (r *numberReader) space() {
	for r.take(' ') || r.take('\t') || r.take('\n') || r.take('\r') {
	}
}

func (r *numberReader) value() bool {
	switch r.peek() {
	case '{':
		return r.entries('}', func(int) bool { return r.member() })
	case '[':
		return r.entries(']', r.element)
	case '"':
		return r.string()
	case 't':
		return r.word("true")
	case 'f':
		return r.word("false")
	case 'n':
		return r.word("null")
	}
	return r.number()
}

// entries reads what stands between two brackets, with commas between.
func (r *numberReader) entries(end byte, entry func(n int) bool) bool {
	if r.depth++; r.depth > maxNesting {
		return false
	}
	r.i++
	r.space()
	length, closed := len(r.path), r.take(end)
	for n := 0; !closed; n++ {
		if !entry(n) {
			return false
		}
		r.path = r.path[:length]
		r.space()
		if closed = r.take(end); !closed && !r.take(',') {
			return false
		}
		if !closed {
			r.space()
		}
	}
	r.depth--
	return true
}

func (r *numberReader) member() bool {
	start := r.i
	if r.peek() != '"' || !r.string() {
		return false
	}
	name := r.text[start:r.i]
	if bytes.IndexByte(name, '.') < 0 && bytes.IndexByte(name, '\\') < 0 {
		name = name[1 : len(name)-1]
	} // else it keeps its quotes, which no path has
	r.path = append(append(r.path, '.'), name...)
	r.space()
	if !r.take(':') {
		return false
	}
	r.space()
	return r.value()
}

func (r *numberReader) element(n int) bool {
	r.path = strconv.AppendInt(append(r.path, '.'), int64(n), 10)
	return r.value()
}

func (r *numberReader) word(w string) bool {
	if !bytes.HasPrefix(r.text[r.i:], []byte(w)) {
		return false
	}
	r.i += len(w)
	return true
}

// string reads a string. Section 7.
func (r *numberReader) string() bool {
	for r.i++; r.i < len(r.text); r.i++ {
		switch c := r.text[r.i]; {
		case c == '"':
			r.i++
			return true
		case c < ' ':
			return false
		case c == '\\' && !r.escape():
			return false
		}
	}
	return false
}

// escape goes to the last byte of an escape.
func (r *numberReader) escape() bool {
	r.i++
	switch r.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			r.i++
			if c := r.peek(); (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return false
			}
		}
		return true
	}
	return false
}

// number reads a number and keeps it if it is at a path. Section 6.
func (r *numberReader) number() bool {
	start := r.i
	r.take('-')
	if !r.take('0') && !r.digits() {
		return false
	}
	if r.take('.') && !r.digits() {
		return false
	}
	if r.take('e') || r.take('E') {
		if !r.take('+') {
			r.take('-')
		}
		if !r.digits() {
			return false
		}
	}
	for i, path := range r.paths {
		if r.numbers[i] == nil && len(r.path) > 0 && string(r.path[1:]) == path {
			r.numbers[i] = r.text[start:r.i]
		}
	}
	return true
}

func (r *numberReader) digits() bool {
	start := r.i
	for c := r.peek(); '0' <= c && c <= '9'; c = r.peek() {
		r.i++
	}
	return r.i > start
}
