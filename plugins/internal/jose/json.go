package jose

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may be nested, the outermost counted.
const MaxDepth = 32

// fewMembers is the size of object up to which names are compared in pairs. A
// map costs more below it and keeps the work linear above it.
const fewMembers = 16

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of JSON value. The zero Kind is that of a value that is not there.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	ObjectKind
)

// Value is a JSON value inside a document that was found valid. The zero Value
// is an absent one.
type Value struct {
	kind Kind
	raw  string
}

// Kind returns the type of v.
func (v Value) Kind() Kind { return v.kind }

// Raw returns the JSON text of v as it was written, "" if v is absent.
func (v Value) Raw() string { return v.raw }

// Text returns the string v holds, and false if v is not a string.
func (v Value) Text() (string, bool) {
	if v.kind != String {
		return "", false
	}
	return unquote(v.raw), true
}

// Texts returns the strings of an array, and false if v is not an array or one
// of its elements is not a string.
func (v Value) Texts() ([]string, bool) {
	if v.kind != Array {
		return nil, false
	}
	var texts []string
	s := scanner{s: v.raw, i: 1}
	for {
		s.space()
		switch v.raw[s.i] {
		case ']':
			return texts, true
		case ',':
			s.i++
		case '"':
			start := s.i
			if err := s.text(); err != nil {
				return nil, false
			}
			texts = append(texts, unquote(v.raw[start:s.i]))
		default:
			return nil, false
		}
	}
}

// maxDate is 9999-12-31T23:59:59Z, the last second RFC 3339 can write.
const maxDate = 253402300799

// Date returns v as a NumericDate (RFC 7519, Section 2): seconds since
// 1970-01-01T00:00:00Z, fractions and exponents allowed. It returns false if v
// is not a number, or one beyond the year 9999 on either side of 1970, which
// no clock means.
func (v Value) Date() (time.Time, bool) {
	// No date needs so many digits, and parsing them is work for nothing.
	if v.kind != Number || len(v.raw) > 64 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(v.raw, 64)
	if err != nil || math.Abs(seconds) > maxDate {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), true
}

// Member is one name and value of an object.
type Member struct {
	Name  string
	Value Value
}

// Object is a JSON object, its members in the order they were written. Names
// are unique, here and in every object inside.
type Object []Member

// Get returns the member called name, compared byte for byte after escapes are
// resolved, or an absent value.
func (o Object) Get(name string) Value {
	for i := range o {
		if o[i].Name == name {
			return o[i].Value
		}
	}
	return Value{}
}

// ParseObject reads one JSON object and nothing else. What it accepts is what
// RFC 8259 allows, less what RFC 7493 (I-JSON) forbids: invalid UTF-8, unpaired
// surrogates, duplicate members. Errors are [ErrJSON], [ErrDuplicateMember] and
// [ErrDepth].
func ParseObject(text string) (Object, error) {
	s := scanner{s: text}
	s.space()
	if s.peek() != '{' {
		return nil, ErrJSON
	}
	members := make(Object, 0, 12)
	if err := s.object(&members); err != nil {
		return nil, err
	}
	s.space()
	if s.i != len(text) {
		return nil, ErrJSON
	}
	return members, nil
}

// objects returns the objects of an array, and false if v is not an array or
// one of its elements is not an object.
func (v Value) objects() ([]Object, bool) {
	if v.kind != Array {
		return nil, false
	}
	var objects []Object
	s := scanner{s: v.raw, i: 1}
	for {
		s.space()
		switch v.raw[s.i] {
		case ']':
			return objects, true
		case ',':
			s.i++
		case '{':
			var o Object
			if err := s.object(&o); err != nil {
				return nil, false
			}
			objects = append(objects, o)
		default:
			return nil, false
		}
	}
}

// scanner walks a JSON text once, from left to right.
type scanner struct {
	s     string
	i     int
	depth int
	// names are those of the objects that are open, innermost last.
	names []string
}

// peek returns the byte to come, and 0 at the end: no JSON text has a NUL
// outside a string, and inside it is refused.
func (s *scanner) peek() byte {
	if s.i < len(s.s) {
		return s.s[s.i]
	}
	return 0
}

func (s *scanner) space() {
	for s.i < len(s.s) {
		switch s.s[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// value scans one value. RFC 8259, Section 3.
func (s *scanner) value() (Value, error) {
	start := s.i
	var kind Kind
	var err error
	switch c := s.peek(); c {
	case '{':
		kind, err = ObjectKind, s.object(nil)
	case '[':
		kind, err = Array, s.array()
	case '"':
		kind, err = String, s.text()
	case 't':
		kind, err = Bool, s.literal("true")
	case 'f':
		kind, err = Bool, s.literal("false")
	case 'n':
		kind, err = Null, s.literal("null")
	default:
		kind, err = Number, s.number()
	}
	if err != nil {
		return Value{}, err
	}
	return Value{kind, s.s[start:s.i]}, nil
}

// object scans an object, and appends its members to into unless that is nil.
// RFC 8259, Section 4.
func (s *scanner) object(into *Object) error {
	if s.depth++; s.depth > MaxDepth {
		return ErrDepth
	}
	first := len(s.names)
	s.i++
	for s.space(); ; s.space() {
		if s.peek() == '}' && len(s.names) == first {
			break
		}
		if s.peek() != '"' {
			return ErrJSON
		}
		start := s.i
		if err := s.text(); err != nil {
			return err
		}
		name := unquote(s.s[start:s.i])
		s.names = append(s.names, name)
		s.space()
		if s.peek() != ':' {
			return ErrJSON
		}
		s.i++
		s.space()
		value, err := s.value()
		if err != nil {
			return err
		}
		if into != nil {
			*into = append(*into, Member{name, value})
		}
		s.space()
		if s.peek() != ',' {
			break
		}
		s.i++
	}
	if s.peek() != '}' {
		return ErrJSON
	}
	s.i++
	s.depth--
	duplicate := hasDuplicate(s.names[first:])
	s.names = s.names[:first]
	if duplicate {
		return ErrDuplicateMember
	}
	return nil
}

// hasDuplicate reports whether a name is there twice.
func hasDuplicate(names []string) bool {
	if len(names) <= fewMembers {
		for i := range names {
			for j := range i {
				if names[i] == names[j] {
					return true
				}
			}
		}
		return false
	}
	seen := make(map[string]struct{}, len(names))
	for _, name := range names {
		seen[name] = struct{}{}
	}
	return len(seen) < len(names)
}

// array scans an array. RFC 8259, Section 5.
func (s *scanner) array() error {
	if s.depth++; s.depth > MaxDepth {
		return ErrDepth
	}
	s.i++
	s.space()
	if s.peek() != ']' {
		for {
			if _, err := s.value(); err != nil {
				return err
			}
			s.space()
			if s.peek() != ',' {
				break
			}
			s.i++
			s.space()
		}
	}
	if s.peek() != ']' {
		return ErrJSON
	}
	s.i++
	s.depth--
	return nil
}

func (s *scanner) literal(word string) error {
	if !strings.HasPrefix(s.s[s.i:], word) {
		return ErrJSON
	}
	s.i += len(word)
	return nil
}

// number scans a number. RFC 8259, Section 6: no leading zero, no leading plus,
// digits on both sides of the point.
func (s *scanner) number() error {
	if s.peek() == '-' {
		s.i++
	}
	if s.peek() == '0' {
		s.i++
	} else if !s.digits() {
		return ErrJSON
	}
	if s.peek() == '.' {
		s.i++
		if !s.digits() {
			return ErrJSON
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.i++
		if c := s.peek(); c == '+' || c == '-' {
			s.i++
		}
		if !s.digits() {
			return ErrJSON
		}
	}
	return nil
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.s) && '0' <= s.s[s.i] && s.s[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

// text scans a string with its quotation marks. RFC 8259, Section 7.
func (s *scanner) text() error {
	s.i++
	for s.i < len(s.s) {
		switch c := s.s[s.i]; {
		case c == '"':
			s.i++
			return nil
		case c == '\\':
			n := escapeLen(s.s[s.i:])
			if n == 0 {
				return ErrJSON
			}
			s.i += n
		case c < ' ':
			return ErrJSON
		case c < utf8.RuneSelf:
			s.i++
		default:
			r, n := utf8.DecodeRuneInString(s.s[s.i:])
			if r == utf8.RuneError && n <= 1 {
				return ErrJSON
			}
			s.i += n
		}
	}
	return ErrJSON
}

// escapeLen returns the length of the escape s begins with, 0 if it is none. A
// surrogate counts only as one half of a pair: alone it is no character, and
// readers differ in what they make of it (RFC 8259, Section 8.2).
func escapeLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r, ok := hex4(s)
		if !ok {
			return 0
		}
		if !utf16.IsSurrogate(r) {
			return 6
		}
		if len(s) < 8 || s[6] != '\\' || s[7] != 'u' {
			return 0
		}
		low, ok := hex4(s[6:])
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return 0
		}
		return 12
	}
	return 0
}

// hex4 returns the code unit of the escape \uXXXX that s begins with.
func hex4(s string) (rune, bool) {
	if len(s) < 6 {
		return 0, false
	}
	var r rune
	for i := 2; i < 6; i++ {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unquote returns the text of a string that text found valid. Without escapes
// it shares memory with raw.
func unquote(raw string) string {
	raw = raw[1 : len(raw)-1]
	i := strings.IndexByte(raw, '\\')
	if i < 0 {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw))
	for ; i >= 0; i = strings.IndexByte(raw, '\\') {
		b.WriteString(raw[:i])
		raw = raw[i:]
		n := 2
		switch raw[1] {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r, _ := hex4(raw)
			n = 6
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw[6:])
				r = utf16.DecodeRune(r, low)
				n = 12
			}
			b.WriteRune(r)
		default:
			b.WriteByte(raw[1])
		}
		raw = raw[n:]
	}
	b.WriteString(raw)
	return b.String()
}

// AppendText appends s to dst as a JSON string. Control characters are escaped,
// and so are bytes that are not UTF-8, as U+FFFD: what it writes is valid JSON
// whatever s holds.
func AppendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
			i++
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			i++
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return append(dst, '"')
}
