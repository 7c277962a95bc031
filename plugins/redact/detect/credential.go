package detect

// password finds passwords by the names of fields, by such a name and a sign in a
// text, and in URLs.
var password = detector{
	Info: Info{
		Kind: "password", Title: "password", Group: "secret", Example: "correct-horse", ExampleField: "password",
		Source: namesSource + "; RFC 3986, Section 3.2.1 (userinfo)",
	},
	triggers: []trigger{
		{prev: nameEnd, at: "=:"},
		{prev: "0-9A-Za-z\x80-\xff", at: ">"},
		{prev: "^\n\r /@:", at: "@", next: "0-9A-Za-z["},
	},
	back: urlPassword, before: maxURLPassword,
	longest: maxValue,
	named:   true,
	find:    findPassword,
}

// secret finds tokens and keys by the names of fields, by such a name and a sign
// in a text, and behind the name of a scheme of HTTP authentication.
var secret = detector{
	Info: Info{
		Kind: "secret", Title: "token or key that its name tells", Group: "secret", Example: "Bearer 3f1c9a7e5b2d4860", ExampleField: "authorization",
		Source: namesSource + "; RFC 6750, Section 2.1; RFC 7617, Section 2",
	},
	triggers: []trigger{
		{prev: nameEnd, at: "=:"},
		{prev: "0-9A-Za-z\x80-\xff", at: ">"},
		{prev: "crCR", at: " ", next: "0-9A-Za-z+/_~.-"},
	},
	longest: maxValue,
	named:   true,
	find:    findNamedSecret,
}

const (
	// nameEnd are the bytes before the sign behind a name.
	nameEnd = "A-Za-z\"' ?.\x80-\xff"
	// maxName is how much of a name is read, back from its end.
	maxName = 32
	// maxValue is how long a value may be, with what stands between it and the
	// name. A longer one is found up to there.
	maxValue = 1024
	// minValue is how short a value may be: fewer bytes are flags and counts.
	minValue = 3
	// urlPassword is what a password in a URL is made of, in practice with at signs.
	urlPassword    = "!$%&'()*+,.0-9;=@A-Z_a-z~-"
	maxURLPassword = 64
	maxURLUser     = 24
)

func findPassword(v *view, at int) (start, end int, confidence uint8) {
	if v.text[at] == '@' {
		return findURLPassword(v, at)
	}
	return findNamedValue(v, at, "password", &passwordEnds)
}

func findNamedSecret(v *view, at int) (start, end int, confidence uint8) {
	if v.text[at] == ' ' {
		return findScheme(v, at)
	}
	start, end, confidence = findNamedValue(v, at, "secret", &secretEnds)
	if end > start && !tokenLike(v, start, end) {
		return 0, 0, 0
	}
	return start, end, confidence
}

// findNamedValue finds the value in "name=value", "name: value", "<name>value" and
// the like, with quotes around either or both, also escaped ones.
func findNamedValue(v *view, at int, kind Kind, ends *[16]uint64) (start, end int, confidence uint8) {
	element := v.text[at] == '>'
	i := at
	for !element && i > 0 && at-i < 3 && (v.text[i-1] == ' ' || v.text[i-1] == '?' || v.text[i-1] == '.') {
		i--
	}
	named := i > 0 && !element && (v.text[i-1] == '"' || v.text[i-1] == '\'')
	if named {
		i--
		if i > 0 && v.text[i-1] == '\\' {
			i--
		}
	}
	if !endsLike(v.text[:i], ends) {
		return 0, 0, 0
	}
	nameEnds := i
	for i > 0 && nameEnds-i < maxName && isNameByte(v.text[i-1]) {
		i--
	}
	if nameEnds-i < 3 || element && (i == 0 || v.text[i-1] != '<') {
		return 0, 0, 0
	}
	name := findName(v.text[i:nameEnds])
	if name == nil || name.kind != kind {
		return 0, 0, 0
	}
	start, quote, escaped := valueStart(v, at, element)
	if start-at > maxAhead {
		return 0, 0, 0
	}
	if element {
		end = elementEnd(v, start)
	} else {
		end = valueEnd(v, start, quote, escaped, kind, ends)
	}
	if end-start < minValue || placeholder(v, start, end) {
		return 0, 0, 0
	}
	switch {
	case quote != 0 || named || element:
		confidence = name.confidence
	case v.text[at] == '=':
		confidence = name.confidence - 5
	default:
		confidence = 65
	}
	return start, end, confidence
}

// endsLike tells whether a name that ends here can be one of those that ends is of. It
// is quick, and never says no where findName finds one.
func endsLike(text []byte, ends *[16]uint64) bool {
	if n := len(text); n > 2 && isLetter(text[n-1]) && isLetter(text[n-2]) && isLetter(text[n-3]) {
		h := endHash(text[n-1]|0x20, text[n-2]|0x20, text[n-3]|0x20)
		return ends[h/64]>>(h%64)&1 != 0
	}
	var end [3]byte
	n := 0
	for i := len(text) - 1; i >= 0 && n < 3 && len(text)-i < 8; i-- {
		if c := text[i]; !isSeparator(c) {
			end[n] = lower(c)
			n++
		}
	}
	h := endHash(end[0], end[1], end[2])
	return ends[h/64]>>(h%64)&1 != 0
}

func endHash(last, second, third byte) int {
	return (int(last)*37 + int(second)*7 + int(third)*131) & 0x3ff
}

// valueStart returns where the value begins behind a sign, and its quote.
func valueStart(v *view, at int, element bool) (start int, quote byte, escaped bool) {
	start = at + 1
	if element {
		for start-at <= maxAhead && (v.at(start) == ' ' || v.at(start) == '\n' || v.at(start) == '\r' || v.at(start) == '\t') && start < v.stop {
			start++
		}
		return start, 0, false
	}
	// "::=", "==", "=>", then spaces and a quote.
	for n := 0; n < 3 && (v.at(start) == ':' || v.at(start) == '=' || v.at(start) == '>'); n++ {
		start++
	}
	for n := 0; n < 4 && v.at(start) == ' '; n++ {
		start++
	}
	escaped = v.at(start) == '\\' && (v.at(start+1) == '"' || v.at(start+1) == '\'')
	if escaped {
		start++
	}
	switch c := v.at(start); c {
	case '"', '\'', '`':
		return behindScheme(v, start+1), c, escaped
	}
	return behindScheme(v, start), 0, escaped
}

// isNameByte tells whether a byte may be part of a name in a text.
func isNameByte(c byte) bool {
	return isWord(c) || c == '-' || c == '.' || c == ' ' || c >= 0x80
}

// valueEnd returns where a value ends: at its quote or, without one, at a space or a
// delimiter, or at the sign behind another name of the kind: the value behind that is
// a find of its own, and a row of names is read once.
func valueEnd(v *view, start int, quote byte, escaped bool, kind Kind, ends *[16]uint64) (end int) {
	i := start
	for ; ; i++ {
		c := v.at(i)
		if i >= v.stop || c == '\n' || c == '\r' {
			return i
		}
		if quote != 0 {
			if c == '\\' && !escaped {
				i++
				if i >= v.stop {
					v.at(i)
					return v.stop
				}
				continue
			}
			if c == quote || escaped && c == '\\' && v.at(i+1) == quote {
				return i
			}
			continue
		}
		switch c {
		case '=':
			if endsLike(v.text[start:i], ends) {
				if n := findName(v.text[max(start, i-maxName):i]); n != nil && n.kind == kind {
					return i
				}
			}
		case ' ', '\t', '"', '\'', '`', ',', ';', '&', '<', '>', ')', '}', ']', '\\', '|':
			return i
		}
	}
}

// elementEnd returns where the text of an element ends, without white space.
func elementEnd(v *view, start int) (end int) {
	i := start
	for i < v.stop && v.text[i] != '<' {
		i++
	}
	v.at(i)
	for i > start && (v.text[i-1] == ' ' || v.text[i-1] == '\n' || v.text[i-1] == '\r' || v.text[i-1] == '\t') {
		i--
	}
	return i
}

// behindScheme returns where the credentials begin that a scheme of
// authentication introduces, as in "Authorization: Bearer x".
func behindScheme(v *view, start int) int {
	for _, scheme := range [...]string{"bearer ", "basic ", "token ", "apikey ", "dpop "} {
		if hasPrefixFold(v, start, scheme) {
			return start + len(scheme)
		}
	}
	return start
}

// placeholders are values that say there is no secret here.
var placeholders = [...]string{"null", "none", "nil", "true", "false", "undefined", "required", "optional", "string", "redacted", "hidden", "masked", "empty", "n/a", "yes", "no"}

// placeholder tells whether a value stands for another or for none: one mark
// repeated, a variable, or one of placeholders, also in brackets.
func placeholder(v *view, start, end int) bool {
	first, second := v.text[start], byte(0)
	if end-start > 1 {
		second = v.text[start+1]
	}
	same, variable := true, first == '$'
	for i := start + 1; i < end; i++ {
		c := v.text[i]
		same = same && c == first
		variable = variable && (c-'A' < 26 || c == '_' || isDigit(c))
	}
	switch {
	case variable:
		return true
	case same && (first == '*' || first|0x20 == 'x' || first == '.' || first == '-' || first == '#' || first == '_'),
		first == '$' && (second == '{' || second == '('),
		first == '{' && (second == '{' || v.at(end) == '}'),
		first == '<' && (v.text[end-1] == '>' || v.at(end) == '>'),
		first == '%' && (end-start == 2 || v.text[end-1] == '%'):
		return true
	}
	for start < end && isBracket(v.text[start]) {
		start++
	}
	for end > start && isBracket(v.text[end-1]) {
		end--
	}
	for _, p := range placeholders {
		if len(p) == end-start && hasPrefixFold(v, start, p) {
			return true
		}
	}
	return start == end
}

func isBracket(c byte) bool {
	switch c {
	case '[', ']', '(', ')', '{', '}', '<', '>', '*':
		return true
	}
	return false
}

// tokenLike tells whether a value is no word of a sentence: it is long, or has
// more than letters of one case.
func tokenLike(v *view, start, end int) bool {
	if end-start < 6 {
		return false
	}
	if end-start >= 20 {
		return true
	}
	upper, digits := false, false
	for i := start; i < end; i++ {
		c := v.text[i]
		digits = digits || isDigit(c)
		upper = upper || i > start && c-'A' < 26
	}
	return digits || upper
}

// findScheme finds the credentials behind "Bearer" and "Basic".
func findScheme(v *view, at int) (start, end int, confidence uint8) {
	word := wordBefore(v, at, 7)
	start = at + 1
	switch {
	case at-word == 6 && hasPrefixFold(v, word, "bearer"):
		// token68: RFC 9110, Section 11.2
		end = start
		for end < v.stop && isToken68(v.at(end)) {
			end++
		}
		for v.at(end) == '=' {
			end++
		}
		for end > start && v.text[end-1] == '.' {
			end--
		}
		if end-start < 12 || !tokenLike(v, start, end) {
			return 0, 0, 0
		}
		return start, end, 92
	case at-word == 5 && hasPrefixFold(v, word, "basic"):
		if end = basicCredentials(v, start); end > 0 {
			return start, end, 97
		}
	}
	return 0, 0, 0
}

func isToken68(c byte) bool {
	return isWord(c) || c == '-' || c == '.' || c == '~' || c == '+' || c == '/'
}

// basicCredentials returns where base64 ends that decodes to a name, a colon and a
// password (RFC 7617, Section 2), 0 if there is none.
func basicCredentials(v *view, start int) (end int) {
	var bits, n uint32
	colon := false
	i := start
	for ; i < v.stop; i++ {
		c := v.at(i)
		if !isAlnum(c) && c != '+' && c != '/' {
			break
		}
		switch c {
		case '+':
			c = '-'
		case '/':
			c = '_'
		}
		bits = bits<<6 | uint32(base64Value(c))
		if n += 6; n < 8 {
			continue
		}
		n -= 8
		b := byte(bits >> n)
		if b < ' ' || b == 0x7f {
			return 0
		}
		colon = colon || b == ':'
	}
	for pad := 0; pad < 2 && v.at(i) == '='; pad++ {
		i++
	}
	if !colon || i-start < 4 {
		return 0
	}
	return i
}

// findURLPassword finds the password in "scheme://user:password@host".
func findURLPassword(v *view, at int) (start, end int, confidence uint8) {
	start = at
	for start > 0 && at-start < maxURLPassword && v.text[start-1] != ':' && isURLPassword(v.text[start-1]) {
		start--
	}
	if start == at || start == 0 || v.text[start-1] != ':' {
		return 0, 0, 0
	}
	user := start - 1
	for user > 0 && start-user <= maxURLUser && v.text[user-1] != '@' && isURLPassword(v.text[user-1]) {
		user--
	}
	if user < 3 || v.text[user-1] != '/' || v.text[user-2] != '/' || v.text[user-3] != ':' || placeholder(v, start, at) {
		return 0, 0, 0
	}
	return start, at, 95
}

func isURLPassword(c byte) bool {
	switch c {
	case '!', '$', '%', '&', '\'', '(', ')', '*', '+', ',', '.', ';', '=', '@', '_', '~', '-':
		return true
	}
	return isAlnum(c)
}
