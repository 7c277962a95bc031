package detect

// Bounds of RFC 5321, Section 4.5.3.1.
const (
	maxLocal  = 64
	maxDomain = 255
	maxLabel  = 63
)

// email finds addresses as they are written: a dot-atom before the at sign, and
// behind it a domain of at least two labels or an address in brackets. Characters
// that RFC 5322 allows before the at sign and that delimit addresses in real
// texts, such as "=" and "/", end an address.
var email = detector{
	Info: Info{
		Kind: "email", Title: "e-mail address", Group: "contact", Example: "jane.doe@example.com",
		Source: "RFC 5321, Section 4.1.2; RFC 6531, Section 3.3",
	},
	triggers: []trigger{
		{prev: localEnd, at: "@", next: "0-9A-Za-z[\x80-\xff"},
		{prev: "%", at: "4", next: "0"},
	},
	back: localBytes + "\"", before: maxLocal + 3,
	longest: 2 + maxDomain + 64,
	find:    findEmail,
}

const (
	localEnd   = "0-9A-Za-z_+\"\x80-\xff-"
	localBytes = "0-9A-Za-z_.+%'\x80-\xff-"
)

func findEmail(v *view, at int) (start, end int, confidence uint8) {
	left, right := at, at+1
	if v.text[at] == '4' { // "%40", as in a URL
		left, right = at-1, at+2
	}
	start = emailLocal(v, left)
	if start == left || masked(v, start) {
		return 0, 0, 0
	}
	end, lastLabel := emailDomain(v, right)
	if end == 0 {
		return 0, 0, 0
	}
	confidence = 95
	if lastLabel >= 0 {
		if fileExtension(v, lastLabel, end) {
			return 0, 0, 0
		}
		if remotePath(v, end) {
			if left-start == 3 && v.text[start] == 'g' && v.text[start+1] == 'i' && v.text[start+2] == 't' {
				return 0, 0, 0
			}
			confidence = 50
		}
	}
	if start > 0 && v.text[start-1] == '/' && start > 1 && v.text[start-2] == '/' {
		// The name in "ssh://name@host".
		confidence = 50
	}
	return start, end, confidence
}

// emailLocal returns where the local part that ends before end begins.
func emailLocal(v *view, end int) (start int) {
	low := max(0, end-maxLocal)
	start = end
	quoted := start > low && v.text[start-1] == '"'
	if quoted {
		start--
	}
	for start > low {
		c := v.text[start-1]
		switch {
		case isWord(c), c == '+', c == '-', c >= 0x80:
		case c == '.':
			// Dots stand between atoms only: RFC 5321, Section 4.1.2, Dot-string.
			if start == end || v.text[start] == '.' {
				return trimLocal(v, start, end)
			}
		case c == '%':
			if start+2 <= end && isHex(v.text[start]) && isHex(v.text[start+1]) && !localEscape(v.text[start], v.text[start+1]) {
				return trimLocal(v, start+2, end)
			}
		case c == '\'':
			if start == end || start-1 == low || !isAlnum(v.text[start]) || !isAlnum(v.text[start-2]) {
				return trimLocal(v, start, end)
			}
		case c == '"' && quoted && start < end-1:
			return start - 1
		default:
			return trimLocal(v, start, end)
		}
		start--
	}
	return trimLocal(v, start, end)
}

// masked tells whether asterisks and a letter or digit stand before i: what follows
// is the rest of an address that somebody has masked.
func masked(v *view, i int) bool {
	j := i
	for j > 0 && i-j < 32 && v.text[j-1] == '*' {
		j--
	}
	return j < i && j > 0 && isAlnum(v.text[j-1])
}

// localEscape tells whether percent-encoded digits are those of a plus, hyphen, dot
// or underscore, which a local part may have in it. Others delimit it: "%20jane" is
// jane.
func localEscape(a, b byte) bool {
	switch b |= 0x20; a {
	case '2':
		return b == 'b' || b == 'd' || b == 'e'
	case '5':
		return b == 'f'
	}
	return false
}

// trimLocal moves the start behind bytes that a local part does not begin with.
func trimLocal(v *view, start, end int) int {
	if end > start && v.text[end-1] == '"' {
		return end
	}
	for start < end {
		switch c := v.text[start]; {
		case c == '.' || c == '%' || c == '-' || c == '\'' || c >= 0x80 && c < 0xc0:
			start++
		default:
			return start
		}
	}
	return start
}

// emailDomain returns where the domain that begins at start ends, and where its
// last label begins, -1 for an address in brackets. End is 0 if there is none.
func emailDomain(v *view, start int) (end, lastLabel int) {
	if v.at(start) == '[' {
		return addressLiteral(v, start), -1
	}
	labels, label, i := 0, start, start
	for ; i <= start+maxDomain; i++ {
		c := v.at(i)
		if isAlnum(c) || c >= 0x80 {
			continue
		}
		if c == '-' && i > label {
			continue
		}
		// A label ends here: of letters, digits and hyphens, no hyphen last
		// (RFC 1123, Section 2.1).
		stop := i
		for stop > label && v.text[stop-1] == '-' {
			stop--
		}
		if stop == label || stop-label > maxLabel {
			break
		}
		if labels++; labels >= 2 && topLevel(v, label, stop) {
			end, lastLabel = stop, label
		} else if stop < i || c != '.' {
			break
		}
		if c != '.' || stop < i {
			break
		}
		label = i + 1
	}
	if end == 0 {
		return 0, 0
	}
	// "1.0.x.y" behind a good beginning is no domain: the rest must not be digits.
	if c := v.at(end); c == '.' && isDigit(v.at(end+1)) {
		return 0, 0
	}
	return end, lastLabel
}

// topLevel tells whether a label can be the last one of a domain: letters, or an
// internationalised one in either form.
func topLevel(v *view, start, end int) bool {
	if end-start < 2 {
		return false
	}
	if end-start > 4 && v.text[start]|0x20 == 'x' && v.text[start+1]|0x20 == 'n' && v.text[start+2] == '-' && v.text[start+3] == '-' {
		return true
	}
	for i := start; i < end; i++ {
		if c := v.text[i]; !isLetter(c) && c < 0x80 {
			return false
		}
	}
	return true
}

// addressLiteral returns where an address in brackets ends: RFC 5321, Section
// 4.1.3.
func addressLiteral(v *view, start int) (end int) {
	i := start + 1
	for ; i < start+56; i++ {
		if c := v.at(i); !isAlnum(c) && c != '.' && c != ':' {
			break
		}
	}
	if v.at(i) != ']' || i-start < 3 || !isHex(v.at(i-1)) && v.at(i-1) != ':' {
		return 0
	}
	if n := octets(v, start+1); n == i {
		return i + 1
	}
	if hasPrefixFold(v, start+1, "ipv6:") {
		if n, _ := ipv6Groups(v, start+6); n == i {
			return i + 1
		}
	}
	return 0
}

// remotePath tells whether a path follows, as in "git@example.com:group/name".
func remotePath(v *view, end int) bool {
	if v.at(end) != ':' {
		return false
	}
	for i := end + 1; i < end+64; i++ {
		c := v.at(i)
		if c == '/' {
			return true
		}
		if !isWord(c) && c != '-' && c != '.' && c != '~' {
			return false
		}
	}
	return false
}

// extensions of files that are no top-level domain, each behind a space.
const extensions = " png jpg jpeg gif svg webp js css json html php txt xml yml yaml exe dll jar "

// fileExtension tells whether the last label is that of a file, as in
// "logo@2x.png".
func fileExtension(v *view, start, end int) bool {
	n := end - start
	if n < 2 || n > 4 {
		return false
	}
	for i := 0; i+n+1 < len(extensions); i++ {
		if extensions[i] == ' ' && extensions[i+n+1] == ' ' && hasPrefixFold(v, start, extensions[i+1:i+n+1]) {
			return true
		}
	}
	return false
}
