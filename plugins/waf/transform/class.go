package transform

// hexDigit is, for a hexadecimal digit, 0x10 plus its value, else 0. So
// a<<4|b&15 is the byte that the digits with entries a and b spell.
var hexDigit = [256]uint8{
	'0': 0x10, '1': 0x11, '2': 0x12, '3': 0x13, '4': 0x14, '5': 0x15, '6': 0x16, '7': 0x17, '8': 0x18, '9': 0x19,
	'A': 0x1A, 'B': 0x1B, 'C': 0x1C, 'D': 0x1D, 'E': 0x1E, 'F': 0x1F,
	'a': 0x1A, 'b': 0x1B, 'c': 0x1C, 'd': 0x1D, 'e': 0x1E, 'f': 0x1F,
}

const lowerHex = "0123456789abcdef"

// hexByte returns the byte that the digits a and b spell, and whether both are
// hexadecimal digits.
func hexByte(a, b byte) (byte, bool) {
	x, y := hexDigit[a], hexDigit[b]
	return x<<4 | y&15, x&y&0x10 != 0
}

// Classes of bytes, which scans skip the rest by.
const (
	isURL     = 1 << iota // what urlDecode decodes
	isComment             // what a delimiter of a comment begins with
	isBlank               // isspace of C in its own locale
	isHigh                // not ASCII
)

var classes = [256]uint8{
	'%': isURL, '+': isURL,
	'/': isComment, '*': isComment, '<': isComment, '-': isComment, '#': isComment,
	'\t': isBlank, '\n': isBlank, '\v': isBlank, '\f': isBlank, '\r': isBlank, ' ': isBlank,
	0x80: isHigh, 0x81: isHigh, 0x82: isHigh, 0x83: isHigh, 0x84: isHigh, 0x85: isHigh, 0x86: isHigh, 0x87: isHigh,
	0x88: isHigh, 0x89: isHigh, 0x8A: isHigh, 0x8B: isHigh, 0x8C: isHigh, 0x8D: isHigh, 0x8E: isHigh, 0x8F: isHigh,
	0x90: isHigh, 0x91: isHigh, 0x92: isHigh, 0x93: isHigh, 0x94: isHigh, 0x95: isHigh, 0x96: isHigh, 0x97: isHigh,
	0x98: isHigh, 0x99: isHigh, 0x9A: isHigh, 0x9B: isHigh, 0x9C: isHigh, 0x9D: isHigh, 0x9E: isHigh, 0x9F: isHigh,
	0xA0: isHigh, 0xA1: isHigh, 0xA2: isHigh, 0xA3: isHigh, 0xA4: isHigh, 0xA5: isHigh, 0xA6: isHigh, 0xA7: isHigh,
	0xA8: isHigh, 0xA9: isHigh, 0xAA: isHigh, 0xAB: isHigh, 0xAC: isHigh, 0xAD: isHigh, 0xAE: isHigh, 0xAF: isHigh,
	0xB0: isHigh, 0xB1: isHigh, 0xB2: isHigh, 0xB3: isHigh, 0xB4: isHigh, 0xB5: isHigh, 0xB6: isHigh, 0xB7: isHigh,
	0xB8: isHigh, 0xB9: isHigh, 0xBA: isHigh, 0xBB: isHigh, 0xBC: isHigh, 0xBD: isHigh, 0xBE: isHigh, 0xBF: isHigh,
	0xC0: isHigh, 0xC1: isHigh, 0xC2: isHigh, 0xC3: isHigh, 0xC4: isHigh, 0xC5: isHigh, 0xC6: isHigh, 0xC7: isHigh,
	0xC8: isHigh, 0xC9: isHigh, 0xCA: isHigh, 0xCB: isHigh, 0xCC: isHigh, 0xCD: isHigh, 0xCE: isHigh, 0xCF: isHigh,
	0xD0: isHigh, 0xD1: isHigh, 0xD2: isHigh, 0xD3: isHigh, 0xD4: isHigh, 0xD5: isHigh, 0xD6: isHigh, 0xD7: isHigh,
	0xD8: isHigh, 0xD9: isHigh, 0xDA: isHigh, 0xDB: isHigh, 0xDC: isHigh, 0xDD: isHigh, 0xDE: isHigh, 0xDF: isHigh,
	0xE0: isHigh, 0xE1: isHigh, 0xE2: isHigh, 0xE3: isHigh, 0xE4: isHigh, 0xE5: isHigh, 0xE6: isHigh, 0xE7: isHigh,
	0xE8: isHigh, 0xE9: isHigh, 0xEA: isHigh, 0xEB: isHigh, 0xEC: isHigh, 0xED: isHigh, 0xEE: isHigh, 0xEF: isHigh,
	0xF0: isHigh, 0xF1: isHigh, 0xF2: isHigh, 0xF3: isHigh, 0xF4: isHigh, 0xF5: isHigh, 0xF6: isHigh, 0xF7: isHigh,
	0xF8: isHigh, 0xF9: isHigh, 0xFA: isHigh, 0xFB: isHigh, 0xFC: isHigh, 0xFD: isHigh, 0xFE: isHigh, 0xFF: isHigh,
}

// skip returns the first byte of s from i on that is of one of the classes, or
// the length of s.
func skip(s string, i int, class uint8) int {
	for i < len(s) && classes[s[i]]&class == 0 {
		i++
	}
	return i
}

// isSpace is isspace of C in its own locale.
func isSpace(c byte) bool { return c == ' ' || c-'\t' < 5 }

// isOctal tells whether c is an octal digit.
func isOctal(c byte) bool { return c&^7 == '0' }

// controls are the letters that stand for control characters after a backslash,
// in the languages that descend from C.
var controls = [256]uint8{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// replacement is U+FFFD in UTF-8, which Coraza, by way of strings.Map, puts in
// the place of every byte that is no UTF-8.
const replacement = "\uFFFD"
