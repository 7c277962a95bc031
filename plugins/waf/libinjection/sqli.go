package libinjection

import "strings"

// Fingerprint is the kinds of up to five tokens, for example "s&sos".
type Fingerprint struct {
	kinds [maxTokens]byte
	n     uint8
}

// String returns the kinds as text, the only thing here that allocates.
func (f Fingerprint) String() string { return string(f.kinds[:f.n]) }

// SQLi tells whether a value is an SQL injection, and the fingerprint that says
// so. It reads the value as it is and, if there is a quote in it, as what follows
// such a quote.
func SQLi(value string) (Fingerprint, bool) {
	none, rest := barren(value)
	if none && rest == 0 {
		return Fingerprint{}, false
	}
	l := lexer{s: value}
	if none && rest == isQuote {
		l.harmless = true
	} else {
		// comments in comments or with a "!", and "{``"
		l.harmless = (strings.IndexByte(value, '*') < 0 || !strings.Contains(value, "/*")) &&
			(strings.IndexByte(value, '{') < 0 || strings.IndexByte(value, '`') < 0)
		if f, found := l.try(0, false); found {
			return f, true
		}
		if l.mixed {
			if f, found := l.try(0, true); found {
				return f, true
			}
		}
	}
	if strings.IndexByte(value, '\'') >= 0 {
		if f, found := l.try('\'', false); found {
			return f, true
		}
		if l.mixed {
			if f, found := l.try('\'', true); found {
				return f, true
			}
		}
	}
	if strings.IndexByte(value, '"') >= 0 {
		return l.try('"', true)
	}
	return Fingerprint{}, false
}

// try tells whether the value is an injection in one of its readings.
func (l *lexer) try(quote byte, mysql bool) (f Fingerprint, found bool) {
	l.pos, l.read, l.quote, l.mysql, l.mixed = 0, 0, quote, mysql, false
	n := l.fold()
	if n > 2 {
		// PHP takes an empty "`" that nothing closes for a comment
		last := &l.tokens[n-1]
		if last.kind == kindBareword && last.open == '`' && last.n == 0 && last.shut == 0 {
			last.kind = kindComment
		}
	}
	state := uint16(0)
	known := true
	for i := range n {
		kind := l.tokens[i].kind
		if kind == kindEvil {
			return Fingerprint{[maxTokens]byte{kindEvil}, 1}, true
		}
		f.kinds[i] = kind
		if known {
			state, known = nextState(state, kind)
		}
	}
	f.n = uint8(n)
	if !known || !states[state].ends || !l.serious(&f) {
		return Fingerprint{}, false
	}
	return f, true
}

// serious tells whether a fingerprint of an injection is one here, as the short
// ones are often that of something else.
func (l *lexer) serious(f *Fingerprint) bool {
	a, b, c := &l.tokens[0], &l.tokens[1], &l.tokens[2]
	if f.n > 1 && f.kinds[f.n-1] == kindComment && strings.Contains(l.s, "sp_password") {
		return true // that keeps a statement out of the log of SQL Server
	}
	switch f.n {
	case 2:
		if b.kind == kindUnion {
			return l.read != 2
		}
		switch comment := l.s[b.at]; {
		case comment == '#':
			return false
		case a.kind == kindBareword:
			return comment == '/'
		case a.kind == kindNumber:
			if comment != '/' || l.read > 2 {
				return true
			}
			// what is behind a number as long as the first token, from the
			// beginning of the value
			next := l.s[a.n:]
			return next[0] <= ' ' || strings.HasPrefix(next, "/*") || strings.HasPrefix(next, "--")
		default:
			return comment != '-' || b.n <= 2
		}
	case 3:
		switch f.kinds {
		case [maxTokens]byte{'s', 'o', 's'}, [maxTokens]byte{'s', '&', 's'}:
			// foo' + 'bar
			return a.open == 0 && c.shut == 0 && a.shut == c.open
		case [maxTokens]byte{'s', '&', 'n'}, [maxTokens]byte{'n', '&', '1'}, [maxTokens]byte{'1', '&', '1'},
			[maxTokens]byte{'1', '&', 'v'}, [maxTokens]byte{'1', '&', 's'}:
			if l.read == 3 {
				return false
			}
		}
		if b.kind == kindKeyword {
			return b.n > 4 && isFolded(l.s[b.at:b.at+4], "into") // INTO OUTFILE and INTO DUMPFILE
		}
	}
	return true
}

// isFolded tells whether a text is a word in small letters, in any case.
func isFolded(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
