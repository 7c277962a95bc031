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
