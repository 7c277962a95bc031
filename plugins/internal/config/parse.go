package config

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of a document. A configuration travels in one xDS resource and is read
// by every worker, so these are far above what a person writes.
const (
	// MaxSize is the most bytes a document may have.
	MaxSize = 8 << 20
	// MaxDepth is how deep arrays and objects may nest.
	MaxDepth = 64
)

// Kind is the JSON type of a value.
type Kind uint8

// The JSON types, RFC 8259, Section 3.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String returns the word JSON Schema uses for the type.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return "value"
}

// node is one value of a parsed document.
type node struct {
	kind       Kind
	start, end int    // the bytes of the value
	path       string // where it is, as errors show it
	text       string // String: decoded; Number: as written; Bool: "true" or "false"
	key        string // the decoded key, if the node is a member
	keyStart   int    // where the key begins
	children   []*node
}

// parser reads RFC 8259 JSON into nodes. The first fault of syntax ends it;
// duplicate keys are collected, since the text after them still makes sense.
type parser struct {
	faults
	pos int
}

// parse reads the whole document.
func parse(data []byte) (*node, *faults) {
	p := &parser{faults: faults{data: data}}
	if len(data) > MaxSize {
		p.list = Errors{{Message: fmt.Sprintf("%d bytes, want at most %d", len(data), MaxSize)}}
		return nil, &p.faults
	}
	p.space()
	if p.pos == len(data) {
		p.list = Errors{{Message: "empty, want a JSON object"}}
		return nil, &p.faults
	}
	root := p.value("", 0)
	if root == nil {
		return nil, &p.faults
	}
	p.space()
	if p.pos < len(data) {
		p.fail("", "data after the end of the document, want one JSON value")
		return nil, &p.faults
	}
	return root, &p.faults
}

// fail ends parsing with a fault at the current position. What was collected
// before is dropped: a broken text explains more than its consequences.
func (p *parser) fail(path, format string, args ...any) {
	p.list = Errors{p.at(path, p.pos, fmt.Sprintf(format, args...))}
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// got names what stands at the current position, as a token only: the text may
// be part of a secret.
func (p *parser) got() string {
	if p.pos >= len(p.data) {
		return "the end of the document"
	}
	switch c := p.data[p.pos]; {
	case c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',' || c == '"' || c == '\'':
		return strconv.Quote(string(rune(c)))
	case c >= '0' && c <= '9':
		return "a digit"
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return "a letter"
	case c == '/' || c == '#':
		return "a comment"
	case c == 0xef:
		return "a byte order mark or another character outside ASCII"
	}
	return "another character"
}

// value reads one value; nil after a fault.
func (p *parser) value(path string, depth int) *node {
	if p.pos >= len(p.data) {
		p.fail(path, "want a value, got the end of the document")
		return nil
	}
	if depth > MaxDepth {
		p.fail("", "nested deeper than %d levels", MaxDepth)
		return nil
	}
	n := &node{start: p.pos, path: path}
	ok := false
	switch c := p.data[p.pos]; {
	case c == '{':
		n.kind = Object
		ok = p.object(n, depth)
	case c == '[':
		n.kind = Array
		ok = p.array(n, depth)
	case c == '"':
		n.kind = String
		n.text, ok = p.str(path)
	case c == '-' || c >= '0' && c <= '9':
		n.kind = Number
		n.text, ok = p.number(path)
	default:
		switch {
		case p.word("null"):
			n.kind, ok = Null, true
		case p.word("true"):
			n.kind, n.text, ok = Bool, "true", true
		case p.word("false"):
			n.kind, n.text, ok = Bool, "false", true
		default:
			p.fail(path, "want a JSON value, got %s", p.got())
		}
	}
	if !ok {
		return nil
	}
	n.end = p.pos
	return n
}

func (p *parser) word(w string) bool {
	if len(p.data)-p.pos < len(w) || string(p.data[p.pos:p.pos+len(w)]) != w {
		return false
	}
	p.pos += len(w)
	return true
}

func (p *parser) object(n *node, depth int) bool {
	p.pos++ // {
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == '}' {
		p.pos++
		return true
	}
	seen := map[string]bool{}
	for {
		p.space()
		keyStart := p.pos
		if p.pos >= len(p.data) || p.data[p.pos] != '"' {
			p.fail(n.path, "want a quoted key, got %s", p.got())
			return false
		}
		key, ok := p.str(n.path)
		if !ok {
			return false
		}
		p.space()
		path := join(n.path, key)
		if p.pos >= len(p.data) || p.data[p.pos] != ':' {
			p.fail(path, `want ":" after the key, got %s`, p.got())
			return false
		}
		p.pos++
		p.space()
		child := p.value(path, depth+1)
		if child == nil {
			return false
		}
		child.key, child.keyStart = key, keyStart
		if seen[key] {
			p.list = append(p.list, p.at(n.path, keyStart, "duplicate key "+quote(key)))
		} else {
			seen[key] = true
			n.children = append(n.children, child)
		}
		if more, ok := p.separator(n, '}', "a member"); !more {
			return ok
		}
	}
}

func (p *parser) array(n *node, depth int) bool {
	p.pos++ // [
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == ']' {
		p.pos++
		return true
	}
	for {
		p.space()
		child := p.value(n.path+"["+strconv.Itoa(len(n.children))+"]", depth+1)
		if child == nil {
			return false
		}
		child.keyStart = child.start
		n.children = append(n.children, child)
		if more, ok := p.separator(n, ']', "an entry"); !more {
			return ok
		}
	}
}

// separator reads what follows a child of n: the comma before another one, or the
// end of n.
func (p *parser) separator(n *node, end byte, child string) (more, ok bool) {
	p.space()
	if p.pos < len(p.data) && (p.data[p.pos] == ',' || p.data[p.pos] == end) {
		p.pos++
		return p.data[p.pos-1] == ',', true
	}
	p.fail(n.path, `want "," or "%c" after %s, got %s`, end, child, p.got())
	return false, false
}

// number reads RFC 8259, Section 6.
func (p *parser) number(path string) (string, bool) {
	start := p.pos
	digits := func() bool {
		from := p.pos
		for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	if p.data[p.pos] == '-' {
		p.pos++
	}
	first := p.pos
	if !digits() || p.data[first] == '0' && p.pos > first+1 {
		p.pos = start
		p.fail(path, "want a JSON number: digits without leading zeros")
		return "", false
	}
	if p.pos < len(p.data) && p.data[p.pos] == '.' {
		p.pos++
		if !digits() {
			p.fail(path, "want digits after the decimal point, got %s", p.got())
			return "", false
		}
	}
	if p.pos < len(p.data) && (p.data[p.pos] == 'e' || p.data[p.pos] == 'E') {
		p.pos++
		if p.pos < len(p.data) && (p.data[p.pos] == '+' || p.data[p.pos] == '-') {
			p.pos++
		}
		if !digits() {
			p.fail(path, "want digits in the exponent, got %s", p.got())
			return "", false
		}
	}
	return string(p.data[start:p.pos]), true
}

// str reads a string, RFC 8259, Section 7. The text must be valid Unicode:
// what one reader would replace and another would keep is refused.
func (p *parser) str(path string) (string, bool) {
	start := p.pos
	p.pos++ // "
	from := p.pos
	for p.pos < len(p.data) && p.data[p.pos] != '"' && p.data[p.pos] != '\\' && p.data[p.pos] >= 0x20 && p.data[p.pos] < utf8.RuneSelf {
		p.pos++
	}
	if p.pos < len(p.data) && p.data[p.pos] == '"' {
		p.pos++
		return string(p.data[from : p.pos-1]), true
	}
	out := append([]byte(nil), p.data[from:p.pos]...)
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		switch {
		case c == '"':
			p.pos++
			return string(out), true
		case c < 0x20:
			p.fail(path, `control character in a string, want it escaped as \u%04x`, c)
			return "", false
		case c == '\\':
			r, ok := p.escape(path)
			if !ok {
				return "", false
			}
			out = utf8.AppendRune(out, r)
		case c < utf8.RuneSelf:
			out = append(out, c)
			p.pos++
		default:
			r, size := utf8.DecodeRune(p.data[p.pos:])
			if r == utf8.RuneError && size == 1 {
				p.fail(path, "invalid UTF-8 in a string")
				return "", false
			}
			out = append(out, p.data[p.pos:p.pos+size]...)
			p.pos += size
		}
	}
	p.pos = start
	p.fail(path, "string without an end")
	return "", false
}

func (p *parser) escape(path string) (rune, bool) {
	start := p.pos
	p.pos++ // backslash
	if p.pos >= len(p.data) {
		p.fail(path, "string without an end")
		return 0, false
	}
	c := p.data[p.pos]
	p.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		r, ok := p.hex4()
		if ok && utf16.IsSurrogate(r) {
			low := rune(-1)
			if p.word(`\u`) {
				low, ok = p.hex4()
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				ok = false
			}
		}
		if ok {
			return r, true
		}
		p.pos = start
		p.fail(path, `want four hexadecimal digits after \u, surrogates in pairs`)
		return 0, false
	}
	p.pos = start
	p.fail(path, `unknown escape in a string, want one of \" \\ \/ \b \f \n \r \t \u`)
	return 0, false
}

func (p *parser) hex4() (rune, bool) {
	if len(p.data)-p.pos < 4 {
		return 0, false
	}
	var r rune
	for _, c := range p.data[p.pos : p.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.pos += 4
	return r, true
}

// join appends a key to a path; keys that would read as something else are
// quoted in brackets.
func join(path, key string) string {
	if !plain(key) {
		return path + "[" + quote(key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func plain(key string) bool {
	if key == "" || len(key) > 64 {
		return false
	}
	for i := 0; i < len(key); i++ {
		c := key[i]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
