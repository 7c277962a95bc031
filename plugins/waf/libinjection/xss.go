package libinjection

import "strings"

// XSS tells whether a value is cross-site scripting: whether it has a tag, a
// comment or a document type that may run code, or an attribute that may with its
// value. It reads the value as text, as what is in a tag, and as what follows a
// quote of an attribute's value.
func XSS(value string) bool {
	tag := strings.IndexByte(value, '<') >= 0
	if !tag && strings.IndexByte(value, '=') < 0 {
		return false
	}
	if tag && runs(value, 0, inText) || runs(value, 0, inTag) {
		return true
	}
	for _, quote := range [...]byte{'\'', '"', '`'} {
		// what is before the quote is a value without a name
		if i := strings.IndexByte(value, quote); i >= 0 && runs(value, i+1, afterValue) {
			return true
		}
	}
	return false
}

// The states of reading HTML, by what is at a position.
const (
	inText     = iota // text outside of tags
	afterLess         // what follows a "<"
	inTagName         // the name of a tag
	inTag             // attributes, or the end of a tag
	inName            // the name of an attribute
	afterName         // a "=", another attribute, or the end of a tag
	afterEqual        // the value of an attribute
	afterValue        // what follows a quoted value
	afterMark         // what follows a "<!"
)

// runs tells whether HTML from a position on, in a state there, may run code.
func runs(s string, pos, state int) bool {
	closing := false // whether a "</" was read, and no end of a tag since
	name := ""       // the attribute that was read last
	for pos <= len(s) {
		switch state {
		case inText:
			i := strings.IndexByte(s[pos:], '<')
			if i < 0 {
				return false
			}
			pos += i + 1
			state = afterLess

		case afterLess:
			if pos == len(s) {
				return false
			}
			switch c := s[pos]; {
			case c == '!':
				pos++
				state = afterMark
			case c == '/':
				pos++
				closing = true
				switch {
				case pos == len(s):
					return false
				case s[pos] == '>':
					state = inText
				case isLetter(s[pos]):
					state = inTagName
				default:
					closing = false
					end, found := comment(s, pos)
					if found {
						return true
					}
					pos, state = end, inText
				}
			case c == '?':
				end, found := comment(s, pos+1)
				if found {
					return true
				}
				pos, state = end, inText
			case c == '%':
				end, next := percent(s, pos+1)
				if isComment(s[pos+1 : end]) {
					return true
				}
				pos, state = next, inText
			case isLetter(c), c == 0:
				state = inTagName
			default:
				state = inText
			}

		case inTagName:
			end := pos
			for end < len(s) && inMarkup[s[end]]&endsTag == 0 {
				end++
			}
			if closing && end < len(s) && s[end] == '>' {
				closing = false
				pos, state = end+1, inText
				continue
			}
			if isTag(s[pos:end]) {
				return true
			}
			if end < len(s) && s[end] == '>' {
				state = inText
			} else {
				state = inTag
			}
			pos = end + 1

		case inTag:
			for pos < len(s) && inMarkup[s[pos]]&fillsTag != 0 {
				pos++
			}
			if pos == len(s) {
				return false
			}
			state = inName
			if s[pos] == '>' {
				pos++
				state = inText
			}

		case inName:
			end := pos + 1
			for end < len(s) && inMarkup[s[end]]&endsName == 0 {
				end++
			}
			if end >= len(s) {
				return false
			}
			name = s[pos:end]
			pos = end + 1
			switch s[end] {
			case '=':
				state = afterEqual
			case '/':
				state = inTag
			case '>':
				closing = false
				state = inText
			default:
				state = afterName
			}

		case afterName:
			for pos < len(s) && inMarkup[s[pos]]&fillsTag != 0 && s[pos] != '/' {
				pos++
			}
			if pos == len(s) {
				return false
			}
			switch s[pos] {
			case '/':
				pos++
				state = inTag
			case '=':
				pos++
				state = afterEqual
			case '>':
				pos++
				closing = false
				state = inText
			default:
				state = inName
			}

		case afterEqual:
			for pos < len(s) && inMarkup[s[pos]]&fillsTag != 0 && s[pos] != '/' {
				pos++
			}
			if pos == len(s) {
				return false
			}
			end := pos
			switch c := s[pos]; c {
			case '"', '\'', '`':
				pos++
				if end = strings.IndexByte(s[pos:], c); end < 0 {
					return isAttribute(name, s[pos:])
				}
				end += pos
				state = afterValue
			default:
				for end < len(s) && inMarkup[s[end]]&endsValue == 0 {
					end++
				}
				state = inTag
				if end < len(s) && s[end] == '>' {
					state = inText
				}
			}
			if isAttribute(name, s[pos:end]) {
				return true
			}
			if state == inText {
				closing = false
			}
			pos = end + 1

		case afterValue:
			// space, "/" and ">" mean here what they mean in a tag
			state = inTag

		case afterMark:
			switch rest := s[pos:]; {
			case len(rest) >= 7 && isFolded(rest[:7], "doctype"):
				return true
			case strings.HasPrefix(rest, "[CDATA["):
				i := strings.Index(rest[7:], "]]>")
				if i < 0 {
					return false
				}
				pos += 7 + i + 3
			case strings.HasPrefix(rest, "--"):
				end, next := dashes(s, pos+2)
				if isComment(s[pos+2 : end]) {
					return true
				}
				pos = next
			default:
				end, found := comment(s, pos)
				if found {
					return true
				}
				pos = end
			}
			state = inText
		}
	}
	return false
}

// comment reads what is up to a ">", and tells whether it may run code. It returns
// what is behind.
func comment(s string, pos int) (next int, found bool) {
	end := strings.IndexByte(s[pos:], '>')
	if end < 0 {
		return len(s) + 1, isComment(s[pos:])
	}
	end += pos
	return end + 1, isComment(s[pos:end])
}

// percent finds the end of a comment that "<%" begins, and what is behind. The ">"
// of its "%>" is looked for where libinjection-go does, as far from the beginning
// of the comment as the "%" is from the last one.
func percent(s string, pos int) (end, next int) {
	from := pos
	for {
		i := strings.IndexByte(s[from:], '%')
		if i < 0 || from+i+1 >= len(s) {
			return len(s), len(s) + 1
		}
		if s[pos+i+1] == '>' {
			return pos + i, from + i + 2
		}
		from += i + 1
	}
}

// dashes finds the end of a comment that "<!--" begins, "-->" or "-!>" with any
// NUL behind the first dash, and what is behind.
func dashes(s string, pos int) (end, next int) {
	for from := pos; ; {
		i := strings.IndexByte(s[from:], '-')
		if i < 0 || from+i+3 > len(s) {
			break
		}
		from += i + 1
		at := from
		for at < len(s) && s[at] == 0 {
			at++
		}
		if at == len(s) {
			break
		}
		if s[at] != '-' && s[at] != '!' {
			continue
		}
		if at+1 == len(s) {
			break
		}
		if s[at+1] == '>' {
			return from - 1, at + 2
		}
	}
	return len(s), len(s) + 1
}

// What bytes mean within a tag.
const (
	endsTag   uint8 = 1 << iota // ends its name
	endsName                    // ends the name of an attribute
	endsValue                   // ends a value without quotes
	fillsTag                    // is skipped between attributes
	space     = endsTag | endsName | endsValue | fillsTag
)

var inMarkup = [256]uint8{
	0: fillsTag, '\t': space, '\n': space, '\v': space, '\f': space, '\r': space, ' ': space,
	'/': endsTag | endsName | fillsTag, '>': endsTag | endsName | endsValue, '=': endsName,
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
