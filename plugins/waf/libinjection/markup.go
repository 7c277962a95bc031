package libinjection

import "strings"

// What a name of htmlNames may do.
const (
	runsTag   uint8 = 1 << iota // as a tag
	runsAny                     // as an attribute with any value
	runsURL                     // as an attribute with some URLs
	runsStyle                   // as an attribute with any value, unless another one names it
	runsName                    // as an attribute with the name of another one
)

// longest is longer than any name of htmlNames.
const longest = 64

// look finds what a name may do, without its NULs, which old browsers ignore.
func look(name string) uint8 {
	if strings.IndexByte(name, 0) < 0 {
		return htmlNames.entries[htmlNames.find(name)].value
	}
	var short [longest]byte
	n := withoutNULs(&short, name)
	return htmlNames.entries[htmlNames.find(string(short[:n]))].value
}

// withoutNULs copies a name. It returns 0 for a longer one than there may be.
func withoutNULs(to *[longest]byte, name string) int {
	n := 0
	for i := 0; i < len(name); i++ {
		if name[i] == 0 {
			continue
		}
		if n == len(to) {
			return 0
		}
		to[n] = name[i]
		n++
	}
	return n
}

// isTag tells whether a tag may run code.
func isTag(name string) bool {
	if len(name) < 3 {
		return false
	}
	var short [longest]byte
	n := withoutNULs(&short, name)
	if n >= 3 {
		if first := string(short[:3]); isFolded(first, "svg") || isFolded(first, "xsl") {
			return true
		}
	}
	return htmlNames.entries[htmlNames.find(string(short[:n]))].value&runsTag != 0
}

// isAttribute tells whether an attribute may run code with its value.
func isAttribute(name, value string) bool {
	switch may := look(name) &^ runsTag; may {
	case runsAny, runsStyle:
		return true
	case runsURL:
		return isURL(value)
	case runsName:
		return look(value)&runsAny != 0
	}
	return false
}

// isURL tells whether a URL has a scheme that may run code, whatever its first
// letters are followed by.
func isURL(s string) bool {
	i := 0
	for i < len(s) && (s[i] <= ' ' || s[i] >= 0x7f) {
		i++
	}
	s = s[i:]
	return begins(s, "DATA") || begins(s, "VIEW-SOURCE") || begins(s, "VBSCRIPT") || begins(s, "JAVA")
}

// begins tells whether text with character references, but for space in front of
// it and NULs and line feeds in it, begins with a scheme, given in capitals.
func begins(s, scheme string) bool {
	space := true
	for pos := 0; pos < len(s); {
		c, n := character(s[pos:])
		pos += n
		if space && c <= ' ' {
			continue
		}
		space = false
		if c == 0 || c == '\n' {
			continue
		}
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if byte(c) != scheme[0] {
			return false
		}
		if scheme = scheme[1:]; scheme == "" {
			return true
		}
	}
	return false
}

// character reads a byte or the numeric reference to a character, and returns how
// long it is.
func character(s string) (c, n int) {
	if s[0] != '&' || len(s) < 3 || s[1] != '#' {
		return int(s[0]), 1
	}
	base, at := 10, 2
	if s[2]|0x20 == 'x' {
		base, at = 16, 3
	}
	i := at
	for i < len(s) && digit(s[i]) < base {
		if c = c*base + digit(s[i]); c > 0x1000ff {
			return '&', 1
		}
		i++
	}
	switch {
	case i == at:
		return '&', 1
	case i < len(s) && s[i] == ';':
		i++
	}
	return c, i
}

// isComment tells whether a comment may run code, in Internet Explorer at least:
// by a "`", as a condition, or as an instruction.
func isComment(s string) bool {
	if strings.IndexByte(s, '`') >= 0 {
		return true
	}
	if len(s) >= 4 && (isFolded(s[:3], "[if") || isFolded(s[:3], "xml")) {
		return true
	}
	if len(s) < 6 {
		return false
	}
	var first [6]byte
	n := 0
	for i := 0; i < len(s) && n < len(first); i++ {
		if s[i] != 0 {
			first[n] = s[i]
			n++
		}
	}
	word := string(first[:n])
	return isFolded(word, "import") || isFolded(word, "entity")
}
