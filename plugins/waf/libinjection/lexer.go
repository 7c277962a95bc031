package libinjection

import "strings"

// lexer reads the tokens of a value in one of its readings.
type lexer struct {
	s      string
	pos    int
	quote  byte // that the value is taken to follow, 0 for none
	mysql  bool // whether comments are read as MySQL does
	mixed  bool // whether MySQL would read a comment in another way
	read   int  // tokens that were read
	tokens [maxTokens + 3]token

	// harmless says that there is nothing in the value that makes an evil token.
	harmless bool

	searched int      // bytes that were searched for the first place of something
	repeats  []uint32 // see repeat.go, nil until too many were
}

// next reads a token and tells whether there was one.
func (l *lexer) next(t *token) bool {
	*t = token{}
	s, pos := l.s, l.pos
	if pos == 0 && l.quote != 0 {
		l.pos = t.text(l, 0, l.quote)
		t.inert = true
		l.read++
		return true
	}
	for ; pos < len(s); pos++ {
		c := s[pos]
		class := classes[c]
		if class >= classB {
			if end := t.prefixed(l, pos, class); end > 0 {
				l.pos = end
				l.read++
				return true
			}
			class = classWord
		}
		end := pos + 1
		switch class {
		case classSpace:
			continue
		case classWord:
			end = t.wordAt(s, pos)
		case classNumber:
			if end = t.number(s, pos); t.kind == 0 {
				pos = end - 1
				continue
			}
		case classQuote:
			end = t.text(l, end, c)
			t.open = c
		case classTick:
			end = t.tick(l, end)
		case classMoney:
			end = t.money(s, pos)
		case classVariable:
			end = t.variable(l, end)
		case classBracket:
			// a word of Transact-SQL
			if end = pos + strings.IndexByte(s[pos:], ']') + 1; end == pos {
				end = len(s)
			}
			t.set(kindBareword, pos, end-pos)
		case classHash:
			l.mixed = true
			if l.mysql {
				end = t.line(s, pos)
			} else {
				t.set(kindOperator, pos, 1)
			}
		case classDash:
			// "--" is a comment for all before space and at the end, and before
			// anything else two operators for MySQL
			if end == len(s) || s[end] != '-' {
				t.set(kindOperator, pos, 1)
				t.unary = true
			} else if end+1 == len(s) || inSpace(s[end+1]) {
				end = t.line(s, pos)
			} else if l.mysql {
				t.set(kindOperator, pos, 1)
				t.unary = true
			} else {
				l.mixed = true
				end = t.line(s, pos)
			}
		case classSlash:
			end = t.slash(s, pos)
		case classBackslash:
			if end < len(s) && s[end] == 'N' { // NULL of MySQL
				end++
				t.set(kindNumber, pos, 2)
			} else {
				t.set(kindBackslash, pos, 1)
			}
		case classOperator:
			t.set(kindOperator, pos, 1)
			t.unary = c == '+' || c == '~'
		case classOperator2:
			end = t.operator(s, pos)
		case classItself:
			t.set(c, pos, 1)
		case classUnknown:
			t.set(kindUnknown, pos, 1)
			t.inert = true
		}
		l.pos = end
		l.read++
		return true
	}
	l.pos = pos
	return false
}

// inSpace tells whether a byte is space behind "--" and a number.
func inSpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\r' || c == 0xa0 || c == 0
}

// wordAt reads a word, and ends it before a "." or "`" that a keyword is before.
func (t *token) wordAt(s string, pos int) int {
	end := pos
	var marks uint8
	for end < len(s) {
		b := inWord[s[end]]
		if b&endsWord != 0 {
			break
		}
		marks |= b
		end++
	}
	n := end - pos
	t.at, t.kind = pos, kindBareword
	if marks&(partsWord|foldsWord) != 0 {
		for i := range min(n, maxText) {
			if inWord[s[pos+i]]&partsWord == 0 {
				continue
			}
			w := sqlWords.findFolded(s[pos : pos+i])
			if kind := sqlWords.entries[w].value; kind != 0 && kind != kindBareword {
				t.set(kind, pos, i)
				t.word = w
				t.unary = t.is(roleNot)
				return pos + i
			}
		}
	}
	if n > maxText {
		t.n = maxText
		t.inert = true
		return end
	}
	t.n = uint8(n)
	if marks&foldsWord != 0 {
		t.word = sqlWords.findFolded(s[pos:end])
	} else {
		t.word = sqlWords.find(s[pos:end])
	}
	w := &sqlWords.entries[t.word]
	if w.value != 0 {
		t.kind = w.value
		t.unary = w.roles&roleNot != 0 && w.n == t.n
	}
	t.inert, t.head = w.roles == 0, w.roles&roleHead != 0
	return end
}

// prefixed reads a string with a letter before the quote, and returns 0 if there
// is none.
func (t *token) prefixed(l *lexer, pos int, class uint8) int {
	s := l.s
	if pos+2 >= len(s) {
		return 0
	}
	c := s[pos+1]
	if c != '\'' {
		switch {
		case class == classU && c == '&' && s[pos+2] == '\'': // of Unicode
			end := t.text(l, pos+3, '\'')
			t.open = 'u'
			if t.shut != 0 {
				t.shut = 'u'
			}
			return end
		case class == classN && c|0x20 == 'q' && pos+3 < len(s) && s[pos+2] == '\'':
			return t.chosen(s, pos+3)
		}
		return 0
	}
	digits := 0
	switch class {
	case classQ:
		return t.chosen(s, pos+2)
	case classE, classN: // with escapes, or of the national character set
		end := t.text(l, pos+2, '\'')
		t.open = '\''
		return end
	case classX:
		digits = span(s[pos+2:], 16)
	case classB:
		digits = span(s[pos+2:], 2)
	default:
		return 0
	}
	end := pos + 2 + digits
	if end >= len(s) || s[end] != '\'' {
		return 0
	}
	t.set(kindNumber, pos, digits+3)
	return end + 1
}

// chosen reads a string of Oracle, whose delimiter is the first byte after the
// quote, and returns 0 if there is none.
func (t *token) chosen(s string, at int) int {
	c := s[at]
	if c <= ' ' {
		return 0
	}
	switch c {
	case '(':
		c = ')'
	case '[':
		c = ']'
	case '{':
		c = '}'
	case '<':
		c = '>'
	}
	t.open = 'q'
	at++
	// a byte from 0x80 ends as the UTF-8 of the character with its number
	before, last := byte(0), c
	if c >= 0x80 {
		before, last = 0xc0|c>>6, 0x80|c&0x3f
	}
	for p := at; ; p++ {
		i := strings.IndexByte(s[p:], '\'')
		if i < 0 {
			t.set(kindString, at, len(s)-at)
			return len(s)
		}
		p += i
		end := p - 1
		if before != 0 {
			end--
		}
		if end >= at && s[p-1] == last && (before == 0 || s[end] == before) {
			t.set(kindString, at, end-at)
			t.shut = 'q'
			return end + 2
		}
	}
}

// span counts the digits that a text begins with.
func span(s string, base int) int {
	n := 0
	for n < len(s) && digit(s[n]) < base {
		n++
	}
	return n
}

// digit returns the value of a hexadecimal digit, and more for any other byte.
func digit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return 256
}

// number reads a number, or a "." alone. It reads over an exponent without
// digits, as MySQL does, and makes no token of what is before it.
func (t *token) number(s string, pos int) int {
	end := pos
	if s[pos] == '0' && pos+1 < len(s) {
		base := 0
		switch s[pos+1] | 0x20 {
		case 'x':
			base = 16
		case 'b':
			base = 2
		}
		if base != 0 {
			n := span(s[pos+2:], base)
			if n == 0 {
				t.set(kindBareword, pos, 2)
			} else {
				t.set(kindNumber, pos, n+2)
			}
			return pos + 2 + n
		}
	}
	for end < len(s) && s[end]-'0' <= 9 {
		end++
	}
	if end < len(s) && s[end] == '.' {
		end++
		for end < len(s) && s[end]-'0' <= 9 {
			end++
		}
		if end == pos+1 {
			t.set('.', pos, 1)
			return end
		}
	}
	nothing := false
	if end < len(s) && s[end]|0x20 == 'e' {
		end++
		if end < len(s) && (s[end] == '+' || s[end] == '-') {
			end++
		}
		nothing = true
		for end < len(s) && s[end]-'0' <= 9 {
			nothing = false
			end++
		}
	}
	// the suffix of a floating-point number of Oracle
	if end < len(s) && (s[end]|0x20 == 'd' || s[end]|0x20 == 'f') {
		if end+1 == len(s) || inSpace(s[end+1]) || s[end+1] == ';' || s[end+1]|0x20 == 'u' {
			end++
		}
	}
	if !nothing {
		t.set(kindNumber, pos, end-pos)
		t.inert = true
	}
	return end
}

// tick reads a word of MySQL from behind its opening "`".
func (t *token) tick(l *lexer, at int) int {
	end := t.text(l, at, '`')
	t.open = '`'
	t.kind = kindBareword
	t.word = sqlWords.findFolded(l.s[at : at+int(t.n)])
	if sqlWords.entries[t.word].value == kindFunction {
		t.kind = kindFunction
	}
	return end
}

// variable reads the name of a variable from behind its first "@".
func (t *token) variable(l *lexer, at int) int {
	s := l.s
	if at < len(s) && s[at] == '@' {
		at++
	}
	end := at
	switch {
	case at < len(s) && s[at] == '`':
		end = t.tick(l, at+1)
		t.kind = kindVariable
		return end
	case at < len(s) && (s[at] == '\'' || s[at] == '"'):
		end = t.text(l, at+1, s[at])
		t.open = s[at]
		t.kind = kindVariable
	default:
		for end < len(s) && inWord[s[end]]&endsVariable == 0 {
			end++
		}
		t.set(kindVariable, at, end-at)
	}
	t.word = sqlWords.findFolded(s[t.at : t.at+int(t.n)])
	t.inert = t.word == 0
	return end
}

// money reads a number with a "$", a string between two "$$" or "$tag$", or "$".
func (t *token) money(s string, pos int) int {
	at := pos + 1
	n := 0
	for at+n < len(s) && (s[at+n]-'0' <= 9 || s[at+n] == '.' || s[at+n] == ',') {
		n++
	}
	switch {
	case n == 1 && s[at] == '.':
		return t.wordAt(s, pos)
	case n > 0:
		t.set(kindNumber, pos, n+1)
		return at + n
	}
	for at < len(s) && 'a' <= s[at]|0x20 && s[at]|0x20 <= 'z' {
		at++
	}
	if at == len(s) || s[at] != '$' {
		t.set(kindBareword, pos, 1)
		return pos + 1
	}
	at++
	t.open = '$'
	n = strings.Index(s[at:], s[pos:at])
	if n < 0 {
		t.set(kindString, at, len(s)-at)
		return len(s)
	}
	t.set(kindString, at, n)
	t.shut = '$'
	return at + n + at - pos
}

// line reads a comment up to the end of the line.
func (t *token) line(s string, pos int) int {
	n := strings.IndexByte(s[pos:], '\n')
	if n < 0 {
		t.set(kindComment, pos, len(s)-pos)
		return len(s)
	}
	t.set(kindComment, pos, n)
	return pos + n + 1
}

// slash reads a comment, or an operator. Comments of MySQL with a "!" and those
// within others, which some databases know, are evil.
func (t *token) slash(s string, pos int) int {
	if pos+1 == len(s) || s[pos+1] != '*' {
		t.set(kindOperator, pos, 1)
		return pos + 1
	}
	kind := uint8(kindComment)
	if pos+2 < len(s) && s[pos+2] == '!' {
		kind = kindEvil
	}
	n := strings.Index(s[pos+2:], "*/")
	if n < 0 {
		t.set(kind, pos, len(s)-pos)
		return len(s)
	}
	if strings.Contains(s[pos+2:pos+2+n+1], "/*") {
		kind = kindEvil
	}
	t.set(kind, pos, n+4)
	return pos + n + 4
}

// operator reads an operator of up to three bytes, or a ":".
func (t *token) operator(s string, pos int) int {
	c, d, e := s[pos], byte(0), byte(0)
	if pos+1 < len(s) {
		d = s[pos+1]
	}
	if pos+2 < len(s) {
		e = s[pos+2]
	}
	n, kind := 1, uint8(kindOperator)
	switch {
	case c == '<' && d == '=' && e == '>':
		n = 3
	case c == '&' && d == '&', c == '|' && d == '|':
		n, kind = 2, kindLogic
	case c == '!' && d == '!':
		n, t.unary = 2, true
	case d == '=' && c != '=', c == '!' && (d == '<' || d == '>'), c == ':' && d == ':',
		c == '<' && (d == '<' || d == '>' || d == '@'), c == '>' && d == '>', c == '|' && d == '/':
		n = 2
	case c == ':' && pos+1 < len(s):
		kind = ':'
	case c == '!':
		t.unary = true
	}
	t.set(kind, pos, n)
	t.inert = kind == ':'
	return pos + n
}

// text reads a string from behind its opening quote, and returns what is behind
// its closing one. A quote that is doubled or behind an odd number of backslashes
// does not close it; libinjection-go counts the backslashes where what follows,
// up to the end of the value, stands for the first time.
func (t *token) text(l *lexer, at int, quote byte) int {
	s := l.s
	slashed := false // whether a quote followed a backslash
	for p := at; ; {
		i := strings.IndexByte(s[p:], quote)
		if i < 0 {
			t.set(kindString, at, len(s)-at)
			return len(s)
		}
		p += i
		slashed = slashed || p > at && s[p-1] == '\\'
		escaped := false
		if slashed {
			for q := l.first(at, p); q > at && s[q-1] == '\\'; q-- {
				escaped = !escaped
			}
		}
		switch {
		case escaped:
			p++
		case p+1 < len(s) && s[p+1] == quote:
			p += 2
		default:
			t.set(kindString, at, p-at)
			t.shut = quote
			return p + 1
		}
	}
}
