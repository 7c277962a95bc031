package libinjection

// The kinds of tokens, as they are in a fingerprint. Numbers are '1', brackets
// and punctuation are themselves.
const (
	kindKeyword   = 'k'
	kindUnion     = 'U'
	kindGroup     = 'B' // GROUP BY, LIMIT, HAVING
	kindClause    = 'E' // SELECT, INSERT, EXECUTE
	kindType      = 't'
	kindFunction  = 'f'
	kindBareword  = 'n'
	kindNumber    = '1'
	kindVariable  = 'v'
	kindString    = 's'
	kindOperator  = 'o'
	kindLogic     = '&'
	kindComment   = 'c'
	kindCollate   = 'A'
	kindTSQL      = 'T' // what begins a statement of Transact-SQL
	kindEvil      = 'X' // what cannot be told, or has no harmless use
	kindUnknown   = '?'
	kindBackslash = '\\'
)

const (
	maxTokens = 5  // in a fingerprint
	maxText   = 31 // bytes of a token that are looked at
)

// token is a token of SQL. Its text is in the value, but for that of a phrase,
// which begins there and is the word otherwise.
type token struct {
	at    int    // where the text begins
	word  uint16 // what the text is in sqlWords, 0 for a text that is not there
	n     uint8  // length of the text, at most maxText
	kind  uint8
	open  uint8 // the quote that the text follows, 0 for none
	shut  uint8 // the quote that the text ends with, 0 for none
	unary bool  // whether it is an operator that may have one operand
	inert bool  // whether it is folded with no token like it, see lexer.settle
	head  bool  // whether it is inert before an inert token that is not a known word
}

// set makes a token of n bytes, of which the first ones count.
func (t *token) set(kind uint8, at, n int) {
	t.kind, t.at, t.n = kind, at, uint8(min(n, maxText))
}

// is tells whether the text is a word with the role, written in ASCII: ſ and ı
// are an S and an I when a word is looked up, and not where its role counts.
func (t *token) is(role uint8) bool {
	w := &sqlWords.entries[t.word]
	return w.roles&role != 0 && w.n == t.n
}

// isUnary tells whether the token is an operator that may have one operand.
func (t *token) isUnary() bool { return t.unary && t.kind == kindOperator }

// The roles of words that folding treats in their own ways.
const (
	roleCall  uint8 = 1 << iota // a name that is a function before a bracket
	roleUser                    // USER
	roleIn                      // IN and NOT IN
	roleLike                    // LIKE and NOT LIKE
	roleNot                     // NOT
	roleHead                    // the beginning of a phrase that is inert before a word of none
	roleFolds                   // all others that are not inert
)

// The classes of bytes by what begins with them. What is not listed begins a
// word.
const (
	classWord = iota
	classSpace
	classNumber
	classQuote
	classTick
	classMoney
	classVariable
	classBracket
	classHash
	classDash
	classSlash
	classBackslash
	classOperator  // of one byte
	classOperator2 // of one or two
	classItself
	classUnknown
	classB // words that may be a prefix of a string
	classE
	classN
	classQ
	classU
	classX
)

var classes = [256]uint8{
	0: classSpace, 1: classSpace, 2: classSpace, 3: classSpace, 4: classSpace, 5: classSpace, 6: classSpace, 7: classSpace,
	8: classSpace, 9: classSpace, 10: classSpace, 11: classSpace, 12: classSpace, 13: classSpace, 14: classSpace, 15: classSpace,
	16: classSpace, 17: classSpace, 18: classSpace, 19: classSpace, 20: classSpace, 21: classSpace, 22: classSpace, 23: classSpace,
	24: classSpace, 25: classSpace, 26: classSpace, 27: classSpace, 28: classSpace, 29: classSpace, 30: classSpace, 31: classSpace,
	' ': classSpace, 0x7f: classSpace, 0xa0: classSpace,
	'0': classNumber, '1': classNumber, '2': classNumber, '3': classNumber, '4': classNumber, '5': classNumber,
	'6': classNumber, '7': classNumber, '8': classNumber, '9': classNumber, '.': classNumber,
	'\'': classQuote, '"': classQuote, '`': classTick, '$': classMoney, '@': classVariable, '[': classBracket,
	'#': classHash, '-': classDash, '/': classSlash, '\\': classBackslash,
	'%': classOperator, '+': classOperator, '^': classOperator, '~': classOperator,
	'!': classOperator2, '&': classOperator2, '*': classOperator2, ':': classOperator2,
	'<': classOperator2, '=': classOperator2, '>': classOperator2, '|': classOperator2,
	'(': classItself, ')': classItself, ',': classItself, ';': classItself, '{': classItself, '}': classItself,
	'?': classUnknown, ']': classUnknown,
	'B': classB, 'b': classB, 'E': classE, 'e': classE, 'N': classN, 'n': classN,
	'Q': classQ, 'q': classQ, 'U': classU, 'u': classU, 'X': classX, 'x': classX,
}

// What bytes mean within a word.
const (
	endsWord     uint8 = 1 << iota
	endsVariable       // ends the name of a variable
	partsWord          // a word may end before it
	foldsWord          // begins ı or ſ
	isQuote            // ' or "
	isStrange          // may be part of an evil token
)

var inWord = [256]uint8{
	0: endsWord, '\t': endsWord | endsVariable, '\n': endsWord | endsVariable, '\v': endsWord | endsVariable,
	'\f': endsWord | endsVariable, '\r': endsWord | endsVariable, ' ': endsWord | endsVariable, 0xa0: endsWord,
	'[': endsWord, ']': endsWord, '{': endsWord | isStrange, '}': endsWord,
	'<': endsWord | endsVariable, '>': endsWord | endsVariable, ':': endsWord | endsVariable, '\\': endsWord | endsVariable,
	'?': endsWord | endsVariable, '=': endsWord | endsVariable, '@': endsWord | endsVariable, '!': endsWord | endsVariable,
	'#': endsWord | endsVariable, '~': endsWord | endsVariable, '+': endsWord | endsVariable, '-': endsWord | endsVariable,
	'*': endsWord | endsVariable | isStrange, '/': endsWord | endsVariable, '&': endsWord | endsVariable, '|': endsWord | endsVariable,
	'^': endsWord | endsVariable, '%': endsWord | endsVariable, '(': endsWord | endsVariable, ')': endsWord | endsVariable,
	',': endsWord | endsVariable, '\'': endsWord | endsVariable | isQuote, ';': endsWord | endsVariable, '"': endsWord | endsVariable | isQuote,
	'`': partsWord | endsVariable, '.': partsWord, 0xc4: foldsWord, 0xc5: foldsWord,
}
