package regex

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Compile reads a pattern as the operator rx does: in the syntax of Go's
// regexp, with "." matching newlines and "^" and "$" matching at lines. A
// pattern whose byte escapes do not make valid UTF-8, such as `\xac\xed`, is
// read without these two flags and matches bytes as if they were Latin-1.
//
// An error is a *syntax.Error of regexp/syntax: a code and the offending part.
func Compile(pattern string) (*Program, error) {
	if escapesBytes(pattern) {
		return compile(pattern, syntax.Perl, true)
	}
	return compile(pattern, syntax.Perl&^syntax.OneLine|syntax.DotNL, false)
}

// CompileSelector reads a pattern exactly as Go's regexp.Compile does: "." does
// not match newlines, and "^" and "$" match at the ends of the value only.
// Patterns that select variables by name, as in ARGS:/^id_/, are read so.
func CompileSelector(pattern string) (*Program, error) {
	return compile(pattern, syntax.Perl, false)
}

func compile(pattern string, flags syntax.Flags, binary bool) (*Program, error) {
	tree, err := syntax.Parse(pattern, flags)
	if err != nil {
		return nil, err
	}
	groups := tree.MaxCap() + 1
	tree = tree.Simplify()
	a := newAutomaton(tree, groups, binary)
	p, _, err := Read(a.encode(factsOf(tree, binary)))
	if err != nil {
		return nil, &syntax.Error{Code: syntax.ErrLarge, Expr: pattern}
	}
	return p, nil
}

// escapesBytes tells whether the pattern is one over bytes: whether it is not
// valid UTF-8 once its hexadecimal escapes stand for single bytes. An escape is
// only recognised where three more characters follow its backslash, a backslash
// before another backslash does not hide it, and of an escape of a code point
// above 0xff the backslash alone is kept.
func escapesBytes(pattern string) bool {
	bytes := make([]byte, 0, len(pattern))
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		if rest[0] == '\\' && len(rest) <= 3 {
			bytes = append(bytes, rest...)
			break
		}
		if strings.HasPrefix(rest, `\x`) {
			if b, n, ok := byteEscape(rest); ok {
				bytes = append(bytes, b)
				i += n - 1
				continue
			}
		}
		bytes = append(bytes, rest[0])
	}
	return !utf8.Valid(bytes)
}

// byteEscape reads `\xhh` or `\x{hh}` at the front of s, which has four bytes or
// more, and tells how long it is. Of `\x{hhhh}` the first two digits count.
func byteEscape(s string) (b byte, n int, ok bool) {
	digits, n := s[2:], 4
	if s[2] == '{' && len(s) >= 6 {
		if end := strings.IndexByte(s, '}'); end >= 0 {
			digits, n = s[3:end], end+1
		}
	}
	if len(digits) < 2 {
		return 0, 0, false
	}
	v, err := strconv.ParseUint(digits[:2], 16, 8)
	if err != nil {
		return 0, 0, false
	}
	return byte(v), n, true
}
