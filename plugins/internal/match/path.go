package match

import (
	"strings"
	"unicode/utf8"
)

// Classes of bytes in a path, for the scan that most paths need nothing beyond.
const (
	plain   = iota // a segment may hold it as it is
	slash          //
	query          // the path ends before it
	special        // to be decoded, encoded, resolved or refused
)

// classes follows RFC 3986, Section 3.3: pchar without pct-encoded and ";".
var classes = func() (t [256]uint8) {
	for i := range t {
		t[i] = special
	}
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,=:@" {
		t[c] = plain
	}
	t['/'], t['?'] = slash, query
	return t
}()

// Normalize returns the one reading of a request target's path, or the form
// that keeps it from having one. A target with several such forms reports one
// of them. The result begins with "/", is its own normal form, and shares
// memory with the target where nothing had to be changed.
func Normalize(target string, allowed Forms) (string, Form) {
	if target == "" || target[0] != '/' {
		return "", NotAbsolute
	}
	for i := 0; i < len(target); i++ {
		switch classes[target[i]] {
		case plain:
		case slash:
			if i+1 == len(target) {
				return target, Unambiguous
			}
			switch target[i+1] {
			case '/':
				return resolve(target, allowed)
			case '.':
				// "/.well-known" is common and no dot segment
				if i+2 == len(target) || target[i+2] == '.' || classes[target[i+2]] != plain {
					return resolve(target, allowed)
				}
			}
		case query:
			return target[:i], Unambiguous
		default:
			return resolve(target, allowed)
		}
	}
	return target, Unambiguous
}

// resolver builds the normal form of a path segment by segment.
type resolver struct {
	allowed Forms
	form    Form
	out     []byte
	// stack has where each segment begins in out, -1 for an empty one.
	stack []int
	// full counts the segments of stack that are not empty.
	full int
	// slash is whether the path so far ends in one.
	slash bool
}

// found records a form and tells whether it is allowed.
func (r *resolver) found(f Form) bool {
	if r.allowed.Has(f) {
		return true
	}
	if r.form == Unambiguous {
		r.form = f
	}
	return false
}

func resolve(target string, allowed Forms) (string, Form) {
	rest, _, _ := strings.Cut(target, "?")
	r := resolver{allowed: allowed, out: make([]byte, 0, len(rest)+16), stack: make([]int, 0, 32)}
	if i := strings.IndexByte(rest, '#'); i >= 0 && r.found(Fragment) {
		rest = rest[:i]
	}
	rest = rest[1:]
	var scratch [128]byte
	for more := true; more && r.form == Unambiguous; {
		var raw string
		raw, rest, more = strings.Cut(rest, "/")
		segment, kind := r.decode(scratch[:0], raw)
		switch kind {
		case parent:
			r.pop()
			fallthrough
		case here:
			r.slash = true
			if !more && r.full > 0 {
				r.found(FinalDotSegment)
			}
		default:
			r.push(segment)
		}
	}
	if r.form != Unambiguous {
		return "", r.form
	}
	if r.full == 0 {
		return "/", Unambiguous
	}
	if r.slash {
		r.out = append(r.out, '/')
	}
	return string(r.out), Unambiguous
}

// Kinds of segments.
const (
	named  = iota
	here   // "."
	parent // ".."
)

// decode appends the bytes that a segment stands for to buf, and reports the
// forms found on the way.
func (r *resolver) decode(buf []byte, raw string) (segment []byte, kind int) {
	encodedDot, separator := false, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			if i+2 < len(raw) && hex(raw[i+1]) >= 0 && hex(raw[i+2]) >= 0 {
				c = byte(hex(raw[i+1])<<4 | hex(raw[i+2]))
				i += 2
				encodedDot = encodedDot || c == '.'
				if c == '/' {
					separator = true
					r.found(EncodedSlash)
				}
			} else {
				r.found(MalformedPercent)
			}
		}
		switch {
		case c == ';':
			if r.found(PathParameter) {
				// nothing that follows in the segment is part of the name
				i = len(raw)
				continue
			}
		case c == '\\':
			separator = true
			r.found(Backslash)
		case c == 0:
			r.found(NUL)
		case c < 0x20 || c == 0x7f:
			r.found(ControlCharacter)
		}
		buf = append(buf, c)
	}
	for i := 0; i+2 < len(buf); i++ {
		if buf[i] == '%' && hex(buf[i+1]) >= 0 && hex(buf[i+2]) >= 0 {
			r.found(DoubleEncoding)
			break
		}
	}
	if !utf8.Valid(buf) {
		if overlong(buf) {
			r.found(OverlongUTF8)
		} else {
			r.found(InvalidUTF8)
		}
	}
	if separator && dotBesideSeparator(buf) {
		r.found(EncodedDotSegment)
	}
	switch string(buf) {
	case ".":
		kind = here
	case "..":
		kind = parent
	default:
		return buf, named
	}
	if encodedDot {
		r.found(EncodedDotSegment)
	}
	return buf, kind
}

// push adds a named segment, in its one spelling.
func (r *resolver) push(segment []byte) {
	if len(segment) == 0 {
		r.stack = append(r.stack, -1)
		r.slash = true
		return
	}
	r.stack = append(r.stack, len(r.out))
	r.full++
	r.slash = false
	r.out = append(r.out, '/')
	const digits = "0123456789ABCDEF"
	for _, c := range segment {
		if classes[c] == plain {
			r.out = append(r.out, c)
		} else {
			r.out = append(r.out, '%', digits[c>>4], digits[c&15])
		}
	}
}

// pop goes back one segment. Above the root there is nothing to go back to, RFC
// 3986, Section 5.2.4.
func (r *resolver) pop() {
	for len(r.stack) > 0 {
		top := r.stack[len(r.stack)-1]
		r.stack = r.stack[:len(r.stack)-1]
		if top >= 0 {
			r.out = r.out[:top]
			r.full--
			return
		}
		if r.full > 0 && !r.found(EmptySegmentParent) {
			return
		}
	}
}

// overlong tells whether bytes that are not UTF-8 hold a lead byte of a form
// that encodes too little for its length, RFC 3629, Section 3.
func overlong(b []byte) bool {
	for i, c := range b {
		if c == 0xc0 || c == 0xc1 {
			return true
		}
		if i+1 < len(b) && (c == 0xe0 && b[i+1]&0xe0 == 0x80 || c == 0xf0 && b[i+1]&0xf0 == 0x80 || c == 0xf8 || c == 0xfc) {
			return true
		}
	}
	return false
}

// dotBesideSeparator tells whether a segment holds a dot segment for a reader
// that takes "/" or "\" in it for a separator.
func dotBesideSeparator(b []byte) bool {
	start := 0
	for i := 0; i <= len(b); i++ {
		if i == len(b) || b[i] == '/' || b[i] == '\\' {
			if part := string(b[start:i]); part == "." || part == ".." {
				return true
			}
			start = i + 1
		}
	}
	return false
}

// hex is the value of a hexadecimal digit, -1 for any other byte.
func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
