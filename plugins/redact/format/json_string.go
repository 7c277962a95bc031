package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special returns where the first quote, backslash or control character is in b,
// from i on; len(b) if there is none.
func special(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote := w ^ ones*'"'
		slash := w ^ ones*'\\'
		// The lowest byte that is flagged is right; others may be flagged by a
		// borrow.
		hit := ((w-ones*0x20)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}

// scan is where scanning a string has come to.
type scan uint8

const (
	scanOpen  scan = iota // more has to come: the rest is an escape that is cut off, or nothing
	scanEnd               // at the closing quote
	scanFault             // at what must not be in a string
)

// scanString goes on with a string (RFC 8259, Section 7) from i, and returns
// where it came to and whether there were escapes. Bytes from 0x80 up are not
// checked to be UTF-8.
func scanString(b []byte, i int) (end int, escaped bool, s scan) {
	for {
		i = special(b, i)
		if i == len(b) {
			return i, escaped, scanOpen
		}
		if b[i] == '"' {
			return i, escaped, scanEnd
		}
		if b[i] != '\\' {
			return i, escaped, scanFault
		}
		escaped = true
		n := escapeLen(b[i:])
		if n <= 0 {
			if n == 0 {
				return i, escaped, scanOpen
			}
			return i, escaped, scanFault
		}
		i += n
	}
}

// escapeLen returns the length of the escape that b begins with, 0 if it is cut off,
// -1 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		for i := 2; i < 6; i++ {
			if i == len(b) {
				return 0
			}
			if unhex(b[i]) < 0 {
				return -1
			}
		}
		return 6
	}
	return -1
}

func unhex(c byte) rune {
	switch {
	case c-'0' < 10:
		return rune(c - '0')
	case c|0x20-'a' < 6:
		return rune(c|0x20-'a') + 10
	}
	return -1
}

func hex4(b []byte) rune {
	return unhex(b[0])<<12 | unhex(b[1])<<8 | unhex(b[2])<<4 | unhex(b[3])
}

// unit decodes the escape, which is a good one, that b begins with: what it
// stands for and its length. Two escapes that are a surrogate pair are one unit;
// half of a pair is U+FFFD.
func unit(b []byte) (r rune, n int) {
	switch c := b[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r = hex4(b[2:])
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if pair := utf16.DecodeRune(r, hex4(b[8:])); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	default:
		return rune(c), 2
	}
}

// appendUnescaped appends what the text of a string stands for. Its escapes are good.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		end := special(raw, i)
		dst = append(dst, raw[i:end]...)
		if i = end; i == len(raw) {
			break
		}
		r, n := unit(raw[i:])
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst
}

// whole returns how much of a string's text can be shown if the rest has yet to come:
// not half an escape, half a surrogate pair or half a character.
func whole(raw []byte) int {
	for i := 0; ; {
		end := special(raw, i)
		if end == len(raw) {
			return i + wholeUTF8(raw[i:])
		}
		n := escapeLen(raw[end:])
		if n <= 0 {
			return end
		}
		if n == 6 && len(raw)-end < 12 && utf16.IsSurrogate(hex4(raw[end+2:])) {
			return end
		}
		if n == 6 {
			_, n = unit(raw[end:])
		}
		i = end + n
	}
}

// wholeUTF8 returns the length of b without a character at its end that is cut off.
func wholeUTF8(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// cursor finds where bytes of a decoded text stand as written.
type cursor struct {
	raw     []byte
	i       int // in raw
	decoded int // of the text before i
}

// seek moves on to the unit that holds byte n of the text, and returns where it
// begins; if after, where it ends unless it begins at n.
func (c *cursor) seek(n int, after bool) int {
	for c.decoded < n && c.i < len(c.raw) {
		if c.raw[c.i] != '\\' {
			step := max(min(special(c.raw, c.i)-c.i, n-c.decoded), 1)
			c.i += step
			c.decoded += step
			continue
		}
		r, length := unit(c.raw[c.i:])
		size := utf8.RuneLen(r)
		if c.decoded+size > n {
			if after {
				return c.i + length
			}
			return c.i
		}
		c.i += length
		c.decoded += size
	}
	return c.i
}

const hexDigits = "0123456789abcdef"

// appendEscaped appends text as it has to be written in a string. What is not
// UTF-8 becomes U+FFFD.
func appendEscaped(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}
