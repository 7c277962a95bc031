package traffic

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is the type of a JSON value.
type kind uint8

const (
	jsonNull kind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// node is a JSON value that knows where in its document it stands, so that a
// value that makes no sense can be reported with its line. It is nil where a
// document has no such value.
type node struct {
	kind    kind
	offset  int
	text    string // of a string decoded, of a number and a boolean as written
	items   []*node
	members []member
}

type member struct {
	name  string
	value *node
}

// get returns the member of that name, nil for none and for null: HAR writers
// use the one for the other.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for i := range n.members {
		if n.members[i].name == name {
			if n.members[i].value.kind == jsonNull {
				return nil
			}
			return n.members[i].value
		}
	}
	return nil
}

// syntaxError is a fault of a JSON text at an offset.
type syntaxError struct {
	offset  int
	problem string
}

func (e *syntaxError) Error() string { return e.problem }

// parseJSON reads one JSON text (RFC 8259). It is stricter than encoding/json:
// bytes that are not UTF-8 and members named twice are errors, because there is
// no telling what was recorded. Members whose name begins with an underscore
// are checked and dropped. Errors are of type *syntaxError.
func parseJSON(data []byte) (*node, error) {
	p := &parser{data: data}
	var root *node
	err := p.catch(func() {
		root = p.value(0)
		p.space()
		if p.pos < len(p.data) {
			p.fail(p.pos, "%s after the JSON document, want the end of the file", p.here())
		}
	})
	return root, err
}

type parser struct {
	data []byte
	pos  int
}

// fail leaves the parser; catch returns the error.
func (p *parser) fail(offset int, format string, args ...any) {
	panic(&syntaxError{offset: offset, problem: fmt.Sprintf(format, args...)})
}

func (p *parser) catch(parse func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(*syntaxError)
			if !ok {
				panic(r)
			}
			err = fault
		}
	}()
	parse()
	return nil
}

// here describes the character at the position.
func (p *parser) here() string {
	if p.pos >= len(p.data) {
		return "end of file"
	}
	r, size := utf8.DecodeRune(p.data[p.pos:])
	if r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("byte 0x%02x", p.data[p.pos])
	}
	return fmt.Sprintf("%q", r)
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.pos < len(p.data) {
		return p.data[p.pos]
	}
	return 0
}

func (p *parser) value(depth int) *node {
	p.space()
	if depth > MaxDepth {
		p.fail(p.pos, "nested deeper than %d levels", MaxDepth)
	}
	n := &node{offset: p.pos}
	switch c := p.peek(); {
	case c == '{':
		n.kind = jsonObject
		p.object(n, depth)
	case c == '[':
		n.kind = jsonArray
		p.array(n, depth)
	case c == '"':
		n.kind = jsonString
		n.text = p.str()
	case c == '-' || '0' <= c && c <= '9':
		n.kind = jsonNumber
		n.text = p.number()
	case p.literal("true"), p.literal("false"):
		n.kind = jsonBool
		n.text = string(p.data[n.offset:p.pos])
	case p.literal("null"):
		n.kind = jsonNull
	default:
		p.fail(p.pos, "%s, want a JSON value", p.here())
	}
	return n
}

func (p *parser) literal(word string) bool {
	if strings.HasPrefix(string(p.data[p.pos:min(p.pos+len(word), len(p.data))]), word) {
		p.pos += len(word)
		return true
	}
	return false
}

func (p *parser) object(n *node, depth int) {
	p.pos++
	p.space()
	if p.peek() == '}' {
		p.pos++
		return
	}
	// A map only where it pays: objects of HAR have a dozen members.
	var seen map[string]bool
	for {
		p.space()
		at := p.pos
		if p.peek() != '"' {
			p.fail(p.pos, "%s, want the name of a member", p.here())
		}
		name := p.str()
		if len(n.members) == 32 && seen == nil {
			seen = make(map[string]bool)
			for i := range n.members {
				seen[n.members[i].name] = true
			}
		}
		twice := seen[name]
		if seen == nil {
			for i := range n.members {
				twice = twice || n.members[i].name == name
			}
		} else {
			seen[name] = true
		}
		if twice {
			p.fail(at, "member %q twice in one object", name)
		}
		p.space()
		if p.peek() != ':' {
			p.fail(p.pos, `%s, want ":" after the name of a member`, p.here())
		}
		p.pos++
		value := p.value(depth + 1)
		if !strings.HasPrefix(name, "_") {
			n.members = append(n.members, member{name, value})
		}
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return
		default:
			p.fail(p.pos, `%s, want "," or "}" in an object`, p.here())
		}
	}
}

func (p *parser) array(n *node, depth int) {
	p.pos++
	p.space()
	if p.peek() == ']' {
		p.pos++
		return
	}
	for {
		n.items = append(n.items, p.value(depth+1))
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return
		default:
			p.fail(p.pos, `%s, want "," or "]" in an array`, p.here())
		}
	}
}

// number reads a number (RFC 8259, Section 6).
func (p *parser) number() string {
	start := p.pos
	digits := func() {
		if c := p.peek(); c < '0' || c > '9' {
			p.fail(p.pos, "%s, want a digit", p.here())
		}
		for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
			p.pos++
		}
	}
	if p.peek() == '-' {
		p.pos++
	}
	if p.peek() == '0' {
		p.pos++
	} else {
		digits()
	}
	if p.peek() == '.' {
		p.pos++
		digits()
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		digits()
	}
	return string(p.data[start:p.pos])
}

// str reads a string (RFC 8259, Section 7).
func (p *parser) str() string {
	start := p.pos
	p.pos++
	var decoded []byte
	run := p.pos // what is not yet in decoded begins here
	for {
		if p.pos >= len(p.data) {
			p.fail(start, "string without an end")
		}
		switch c := p.data[p.pos]; {
		case c == '"':
			rest := p.data[run:p.pos]
			p.pos++
			if decoded == nil {
				return string(rest)
			}
			return string(append(decoded, rest...))
		case c == '\\':
			decoded = append(decoded, p.data[run:p.pos]...)
			decoded = p.escape(decoded)
			run = p.pos
		case c < 0x20:
			p.fail(p.pos, "control character 0x%02x in a string, want it escaped", c)
		case c < utf8.RuneSelf:
			p.pos++
		default:
			r, size := utf8.DecodeRune(p.data[p.pos:])
			if r == utf8.RuneError && size == 1 {
				p.fail(p.pos, "byte 0x%02x is not UTF-8, which JSON is written in", c)
			}
			p.pos += size
		}
	}
}

// escape decodes one escape sequence. A surrogate that stands alone has no
// UTF-8 form; it becomes U+FFFD, which is what a browser sends for it.
func (p *parser) escape(decoded []byte) []byte {
	start := p.pos
	p.pos++
	c := p.peek()
	p.pos++
	switch c {
	case '"', '\\', '/':
		return append(decoded, c)
	case 'b':
		return append(decoded, '\b')
	case 'f':
		return append(decoded, '\f')
	case 'n':
		return append(decoded, '\n')
	case 'r':
		return append(decoded, '\r')
	case 't':
		return append(decoded, '\t')
	case 'u':
		r := p.hex(start)
		if utf16.IsSurrogate(r) && p.peek() == '\\' && p.pos+1 < len(p.data) && p.data[p.pos+1] == 'u' {
			mark := p.pos
			p.pos += 2
			if pair := utf16.DecodeRune(r, p.hex(mark)); pair != utf8.RuneError {
				return utf8.AppendRune(decoded, pair)
			}
			p.pos = mark
		}
		return utf8.AppendRune(decoded, r) // writes U+FFFD for a surrogate
	}
	p.fail(start, "unknown escape sequence in a string")
	return nil
}

func (p *parser) hex(start int) rune {
	if p.pos+4 > len(p.data) {
		p.fail(start, "string without an end")
	}
	var r rune
	for range 4 {
		c := p.data[p.pos]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			p.fail(start, `unknown escape sequence in a string, want \u and four hexadecimal digits`)
		}
		r = r<<4 | rune(c)
		p.pos++
	}
	return r
}

// asSyntaxError returns err's offset and problem.
func asSyntaxError(err error) (offset int, problem string) {
	var fault *syntaxError
	if errors.As(err, &fault) {
		return fault.offset, fault.problem
	}
	return 0, err.Error()
}
