package libinjection

import "strings"

// fold reads tokens and folds what a database evaluates to one thing into one
// token, until there are enough for a fingerprint or no more. It returns how many
// there are.
func (l *lexer) fold() int {
	tok := &l.tokens
	// what an expression may begin with says nothing
	more := true
	for more {
		more = l.next(&tok[0])
		if first := &tok[0]; first.kind != kindComment && first.kind != '(' && first.kind != kindType && !first.isUnary() {
			break
		}
	}
	if !more {
		return 0
	}
	left, n := 0, 1 // tok[:left] are done, tok[:n] are read
	var comment token
	commented := false // whether comment was read last
	for {
		if left == 0 && n == 1 && tok[0].inert {
			if n, more, commented = l.settle(); n == 0 {
				return 0
			}
			if commented {
				comment = tok[n]
			}
		}
		if n >= maxTokens && l.enclosed() {
			if n > maxTokens {
				tok[1] = tok[maxTokens]
				left, n = 1, 2
			} else {
				left, n = 0, 1
			}
		}
		if !more || left >= maxTokens {
			left = n
			break
		}
		for more && n <= maxTokens && n-left < 2 {
			if more = l.next(&tok[n]); !more {
				break
			}
			if commented = tok[n].kind == kindComment; commented {
				comment = tok[n]
			} else {
				n++
			}
		}
		if n-left < 2 {
			left = n
			continue
		}
		switch l.foldTwo(left) {
		case foldNone:
		case foldStart:
			left = 0
		case foldAgain:
			continue
		case foldLast:
			n--
			continue
		case foldBack:
			n--
			left = max(left-1, 0)
			continue
		case foldDrop0:
			left = 0
			continue
		case foldDrop1:
			n--
			left = 0
			continue
		case foldDrop2:
			n -= 2
			left = 0
			continue
		case foldEvil:
			return left + 2
		}
		for more && n <= maxTokens && n-left < 3 {
			if more = l.next(&tok[n]); !more {
				break
			}
			if commented = tok[n].kind == kindComment; commented {
				comment = tok[n]
			} else {
				n++
			}
		}
		if n-left < 3 {
			left = n
			continue
		}
		if drop := l.foldThree(left); drop > 0 {
			n -= drop
			left = 0
		} else {
			left++
		}
	}
	// a comment at the end counts
	if left < maxTokens && commented {
		tok[left] = comment
		left++
	}
	// a token more was read to know about the last one
	return min(left, maxTokens)
}

// settle reads tokens behind the first one for as long as nothing is ever folded
// with them. It returns how many there are, whether there may be more, and whether
// a comment was read last, which is none of them. It returns 0 if no fingerprint
// begins with their kinds, so that it does not matter what follows.
//
// What foldTwo and foldThree do to a number or a word depends on an operator, a
// separator or a bracket behind it, but for words with a role and the beginnings
// of phrases. All others are inert: if the first tokens are, they are the first
// ones of the fingerprint. The beginning of a phrase is as good as inert before an
// inert token that is in no phrase; IN is a bareword there. Only evil tokens make
// that another fingerprint.
func (l *lexer) settle() (n int, more, commented bool) {
	s := uint16(0)
	head, known := false, true
	for n = 1; ; n++ {
		t := &l.tokens[n-1]
		if n > maxTokens || !t.inert && !t.head || head && (t.word != 0 || !t.inert) {
			return n, true, false
		}
		if known {
			kind := t.kind
			if t.head && t.is(roleIn) {
				kind = kindBareword
			}
			s, known = nextState(s, kind)
		}
		if head = t.head; !known && !head {
			if l.harmless {
				return 0, false, false
			}
			return n, true, false
		}
		t = &l.tokens[n]
		if !l.next(t) {
			return n, false, false
		}
		if t.kind == kindComment {
			return n, true, true
		}
	}
}

// enclosed tells whether the first five tokens are an operand in brackets.
func (l *lexer) enclosed() bool {
	tok := &l.tokens
	a, b, c, d, e := tok[0].kind, tok[1].kind, tok[2].kind, tok[3].kind, tok[4].kind
	switch a {
	case kindNumber:
		return (b == kindOperator || b == ',') && c == '(' && d == kindNumber && e == ')' ||
			b == ')' && c == ',' && d == '(' && e == kindNumber
	case kindBareword:
		return b == kindOperator && c == '(' && (d == kindBareword || d == kindNumber) && e == ')' ||
			b == ')' && c == kindOperator && d == '(' && e == kindBareword
	}
	return false
}

// What foldTwo has found.
const (
	foldNone  = iota // three tokens have to be looked at
	foldStart        // the same, from the first token
	foldAgain        // two tokens have changed
	foldLast         // the last token is part of the one before
	foldBack         // the same, which makes another with the one before that
	foldDrop0        // begin again with the first token
	foldDrop1        // without the last token
	foldDrop2        // without the last two
	foldEvil         // the second token is evil
)

// foldTwo folds the two tokens at left.
func (l *lexer) foldTwo(left int) int {
	a, b := &l.tokens[left], &l.tokens[left+1]
	switch a.kind {
	case kindString:
		if b.kind == kindString {
			return foldLast
		}
	case ';':
		if b.kind == ';' {
			return foldLast
		}
		// IF is a function, but begins a statement of Transact-SQL
		if b.kind == kindFunction && l.s[b.at]|0x20 == 'i' && l.s[b.at+1]|0x20 == 'f' {
			b.kind = kindTSQL
			return foldAgain
		}
	case kindOperator:
		if b.isUnary() || b.kind == kindType {
			return foldDrop1
		}
		if a.merge(b) {
			return foldBack
		}
		if a.is(roleLike) {
			if b.kind == '(' {
				a.kind = kindFunction
			}
			return foldNone
		}
	case kindLogic:
		if b.isUnary() || b.kind == kindType {
			return foldDrop1
		}
	case '(':
		if b.isUnary() {
			return foldBack
		}
		if b.kind == '(' {
			return foldDrop1
		}
	case ')':
		if b.kind == ')' {
			return foldDrop1
		}
	case kindKeyword:
		if a.merge(b) {
			return foldBack
		}
		if a.is(roleIn) {
			a.kind = kindBareword
			if b.kind == '(' {
				a.kind = kindOperator
			}
			return foldAgain
		}
	case kindBareword:
		if a.merge(b) {
			return foldBack
		}
		if b.kind == '(' && a.is(roleCall) {
			a.kind = kindFunction
			return foldAgain
		}
	case kindVariable:
		if b.kind == '(' && a.is(roleCall) {
			a.kind = kindFunction
			return foldAgain
		}
	case kindType:
		if a.merge(b) {
			return foldBack
		}
		switch b.kind {
		case kindBareword, kindNumber, kindType, '(', kindFunction, kindVariable, kindString:
			*a = *b
			return foldDrop1
		}
	case kindUnion, kindFunction, kindClause, kindTSQL:
		if a.merge(b) {
			return foldBack
		}
	case kindCollate:
		if b.kind == kindBareword {
			// there are many collations, and their names have a "_"
			text := l.s[b.at : b.at+int(b.n)]
			if w := &sqlWords.entries[b.word]; w.n > 0 {
				text = sqlWords.text[w.at : int(w.at)+int(w.n)]
			}
			if strings.IndexByte(text, '_') >= 0 {
				b.kind = kindType
				return foldStart
			}
			return foldNone
		}
	case kindBackslash:
		// Transact-SQL reads \ as 0 before an operator, and over it elsewhere
		if b.kind == kindOperator && b.n == 1 && strings.IndexByte("*/+-%", l.s[b.at]) >= 0 {
			a.kind = kindNumber
			return foldDrop0
		}
		*a = *b
		return foldDrop1
	case '{':
		if b.kind == kindBareword {
			if b.n == 0 { // {``.``.id} of MySQL
				b.kind = kindEvil
				return foldEvil
			}
			return foldDrop2 // {foo expr} of ODBC is the expression
		}
	}
	if b.kind == '}' {
		return foldDrop1
	}
	return foldNone
}

// merge makes one token of two that are a phrase.
func (t *token) merge(b *token) bool {
	p := sqlWords.entries[t.word].phrases
	if p == 0 || b.word == 0 {
		return false
	}
	switch b.kind {
	case kindKeyword, kindBareword, kindOperator, kindUnion, kindFunction, kindClause, kindTSQL, kindType, kindLogic:
	default:
		return false
	}
	for ; phrases[p].head == t.word; p++ {
		if phrases[p].tail == b.word {
			t.word = phrases[p].whole
			t.kind = sqlWords.entries[t.word].value
			t.n += b.n + 1
			t.unary = false
			return true
		}
	}
	return false
}

// foldThree folds the three tokens at left. It returns how many tokens are to be
// dropped before the first is looked at again, or 0.
func (l *lexer) foldThree(left int) (drop int) {
	a, b, c := &l.tokens[left], &l.tokens[left+1], &l.tokens[left+2]
	switch a.kind {
	case kindNumber:
		switch {
		case b.kind == kindOperator && (c.kind == kindNumber || c.kind == kindBareword),
			l.isCast(b, c), b.kind == ',' && c.isOperand():
			drop = 2
		}
	case kindBareword:
		switch {
		case b.kind == kindOperator && (c.kind == kindNumber || c.kind == kindBareword),
			l.isCast(b, c), b.kind == ',' && c.isOperand(),
			b.kind == '.' && c.kind == kindBareword:
			drop = 2
		}
	case kindVariable:
		switch {
		case b.kind == kindOperator && (c.kind == kindVariable || c.kind == kindNumber || c.kind == kindBareword),
			l.isCast(b, c), b.kind == ',' && c.isOperand():
			drop = 2
		}
	case kindString:
		if l.isCast(b, c) || b.kind == ',' && c.isOperand() {
			drop = 2
		}
	case kindOperator:
		if b.kind != '(' && c.kind == kindOperator {
			drop = 2
		}
	case kindLogic:
		if c.kind == kindLogic {
			drop = 2
		}
	case kindClause, kindGroup, kindKeyword:
		switch {
		case b.isUnary() && (c.isOperand() || c.kind == kindFunction || c.kind == '(' && a.kind != kindKeyword),
			a.kind == kindClause && b.kind == '.' && c.kind == kindBareword:
			*b = *c
			drop = 1
		}
	case ',':
		if b.isUnary() {
			switch {
			case c.isOperand():
				*b = *c
				drop = 3 // "1, -1" is "1"
			case c.kind == '(' || c.kind == kindFunction:
				*b = *c
				drop = 1
			}
		}
	case kindFunction:
		// USER() is a function, and USER(foo) is not
		if b.kind == '(' && c.kind != ')' && a.is(roleUser) {
			a.kind = kindBareword
		}
	}
	return drop
}

// isOperand tells whether the token is a number, a word, a string or a variable.
func (t *token) isOperand() bool {
	switch t.kind {
	case kindNumber, kindBareword, kindString, kindVariable:
		return true
	}
	return false
}

// isCast tells whether two tokens are "::" and a type.
func (l *lexer) isCast(b, c *token) bool {
	return b.kind == kindOperator && c.kind == kindType && b.n == 2 && l.s[b.at] == ':' && l.s[b.at+1] == ':'
}
