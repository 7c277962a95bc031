package event

import (
	"strconv"
	"unicode/utf8"
)

// line builds one JSON object without reflection. Members with an empty string
// are left out.
type line struct {
	b []byte
}

func (l *line) begin() { l.b = append(l.b, '{') }
func (l *line) end()   { l.b = append(l.b, '}') }
func (l *line) close() { l.b = append(l.b, '}') }

// comma separates from what comes before in the same object.
func (l *line) comma() {
	if n := len(l.b); n > 0 && l.b[n-1] != '{' && l.b[n-1] != '[' {
		l.b = append(l.b, ',')
	}
}

// key writes a member's name, a constant of this package.
func (l *line) key(key string) {
	l.comma()
	l.b = append(l.b, '"')
	l.b = append(l.b, key...)
	l.b = append(l.b, '"', ':')
}

func (l *line) open(key string) {
	l.key(key)
	l.b = append(l.b, '{')
}

// openList opens a list of one object.
func (l *line) openList(key string) {
	l.key(key)
	l.b = append(l.b, '[', '{')
}

func (l *line) closeList() { l.b = append(l.b, '}', ']') }

// list opens a list, item an object in it, which close closes.
func (l *line) list(key string) {
	l.key(key)
	l.b = append(l.b, '[')
}

func (l *line) item() {
	l.comma()
	l.b = append(l.b, '{')
}

func (l *line) closeArray() { l.b = append(l.b, ']') }

// raw writes members that are JSON already.
func (l *line) raw(members string) {
	l.comma()
	l.b = append(l.b, members...)
}

func (l *line) integer(key string, n int64) {
	l.key(key)
	l.b = strconv.AppendInt(l.b, n, 10)
}

// number writes an item of a list of integers.
func (l *line) number(n int64) {
	l.comma()
	l.b = strconv.AppendInt(l.b, n, 10)
}

// text writes a string of at most most bytes, the rest replaced by an ellipsis.
func (l *line) text(key, s string, most int) {
	if s == "" {
		return
	}
	l.key(key)
	l.quote(s, most)
}

// words writes a list of strings, at most so many of at most so many bytes each.
func (l *line) words(key string, list []string, many, most int) {
	if len(list) == 0 {
		return
	}
	l.list(key)
	for _, s := range list[:min(len(list), many)] {
		l.comma()
		l.quote(s, most)
	}
	l.closeArray()
}

func (l *line) quote(s string, most int) {
	cut := false
	if len(s) > most {
		for most > 0 && !utf8.RuneStart(s[most]) {
			most--
		}
		s, cut = s[:most], true
	}
	l.b = append(l.b, '"')
	l.b = appendASCII(l.b, s)
	if cut {
		l.b = append(l.b, `\u2026`...)
	}
	l.b = append(l.b, '"')
}

// appendASCII escapes everything but printable ASCII, so that a line stays one
// line, in any viewer.
func appendASCII(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c >= 0x20 && c < 0x7f:
			b = append(b, c)
			i++
		case c < utf8.RuneSelf:
			b = appendEscape(b, rune(c))
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			i += size
			if r >= 0x10000 {
				r -= 0x10000
				b = appendEscape(b, 0xd800+r>>10)
				r = 0xdc00 + r&0x3ff
			}
			b = appendEscape(b, r)
		}
	}
	return b
}

func appendEscape(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
