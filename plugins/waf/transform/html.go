package transform

import (
	"strings"
	"unicode/utf8"
)

// htmlEntityDecode resolves the character references of HTML, Section 13.2.5.72,
// as golang.org/x/net/html does: a semicolon is not needed after a number or one
// of the names of HTML 4.
func htmlEntityDecode(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i := 0; ; {
		next := strings.IndexByte(s[i:], '&')
		if next < 0 {
			break
		}
		i += next
		var size int
		var value string
		var code rune
		if i+1 < len(s) && s[i+1] == '#' {
			code, size = numericReference(s[i:])
		} else {
			value, size = namedReference(s[i:])
		}
		if size == 0 {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		if value != "" {
			dst = append(dst, value...)
		} else {
			dst = utf8.AppendRune(dst, code)
		}
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// windows1252 are the code points for the numbers 0x80 to 0x9F (HTML, Section
// 13.2.5.80).
var windows1252 = [32]uint16{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// numericReference returns the code point of the reference that s, which begins
// with "&#", begins with, and its size; 0 if it is none.
func numericReference(s string) (rune, int) {
	i := 2
	base := rune(10)
	if i < len(s) && s[i]|0x20 == 'x' {
		base = 16
		i++
	}
	digits := i
	var code rune
	for ; i < len(s); i++ {
		d := hexDigit[s[i]]
		if d == 0 || base == 10 && d >= 0x1A {
			break
		}
		if code <= utf8.MaxRune {
			code = code*base + rune(d&15)
		}
	}
	if i == digits {
		return 0, 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	switch {
	case code >= 0x80 && code < 0xA0:
		code = rune(windows1252[code-0x80])
	case code == 0 || !utf8.ValidRune(code):
		code = utf8.RuneError
	}
	return code, i
}

// namedReference returns what the reference that s, which begins with "&",
// begins with stands for, and its size; 0 if it is none.
func namedReference(s string) (string, int) {
	end := 1
	for end < len(s) && end < 2+longestEntity && isAlphanumeric(s[end]) {
		end++
	}
	name := s[1:end]
	closed := end < len(s) && s[end] == ';'
	if closed {
		if value, _ := entity(name); value != "" {
			return value, end + 1
		}
	}
	// The longest name that needs no semicolon and that the text begins with.
	if len(name) < 2 || name[0] < 'A' || legacyPairs[name[0]-'A']>>(name[1]&31)&1 == 0 {
		return "", 0
	}
	for n := min(len(name), longestLegacyEntity); n > 1; n-- {
		if value, legacy := entity(name[:n]); legacy {
			return value, 1 + n
		}
	}
	return "", 0
}

func isAlphanumeric(c byte) bool { return c-'0' < 10 || (c|0x20)-'a' < 26 }

// entity returns what the name of a character reference stands for, "" if there
// is no such name, and whether it needs no semicolon.
func entity(name string) (value string, legacy bool) {
	for slot := entitySlot(name); ; slot++ {
		at := int(entitySlots[slot%uint32(len(entitySlots))])
		if at == 0 {
			return "", false
		}
		size := int(entityText[at] & 0x7F)
		if from := at + 2; entityText[from:from+size] == name {
			value = entityText[from+size : from+size+int(entityText[at+1])]
			return value, entityText[at]&0x80 != 0
		}
	}
}

// entitySlot returns where in entitySlots a name is, or the first of the slots
// that it would be in: FNV-1a.
func entitySlot(name string) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h ^ h>>15
}
