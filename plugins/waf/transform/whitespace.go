package transform

import "unicode/utf8"

// compressWhitespace makes one space of white space, which is isspace of C,
// U+0085 and U+00A0, and the byte 0xA0 where it is no part of UTF-8.
func compressWhitespace(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	inSpace := false
	for i := 0; i < len(s); {
		c := s[i]
		class := classes[c]
		if class&(isBlank|isHigh) == 0 {
			inSpace = false
			i++
			continue
		}
		size := 1
		switch {
		case c == ' ' && !inSpace:
			inSpace = true
			i++
			continue
		case class&isHigh != 0 && c != 0xA0:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != 0x85 && r != 0xA0 {
				inSpace = false
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		if !inSpace {
			dst = append(dst, ' ')
		}
		inSpace = true
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// removeWhitespace removes what Unicode calls White_Space. Bytes that are no
// UTF-8 become U+FFFD.
func removeWhitespace(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i := skip(s, 0, isBlank|isHigh); i < len(s); i = skip(s, i, isBlank|isHigh) {
		if s[i] < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		invalid := r == utf8.RuneError && size == 1
		if !invalid && !isWideSpace(r) {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		if invalid {
			dst = append(dst, replacement...)
		}
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// isWideSpace tells whether r, not of ASCII, has the property White_Space.
func isWideSpace(r rune) bool {
	switch r {
	case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

// trim removes isspace of C from both ends.
func trim(dst []byte, s string) ([]byte, bool) {
	return trimmed(dst, s, leading(s), trailing(s))
}

// trimLeft removes isspace of C from the beginning.
func trimLeft(dst []byte, s string) ([]byte, bool) {
	return trimmed(dst, s, leading(s), 0)
}

// trimRight removes isspace of C from the end.
func trimRight(dst []byte, s string) ([]byte, bool) {
	return trimmed(dst, s, 0, trailing(s))
}

// trimmed appends s without so many bytes at its ends, which overlap if s is
// white space only.
func trimmed(dst []byte, s string, left, right int) ([]byte, bool) {
	if left == 0 && right == 0 {
		return dst, false
	}
	return append(dst, s[left:max(left, len(s)-right)]...), true
}

func leading(s string) int {
	n := 0
	for n < len(s) && isSpace(s[n]) {
		n++
	}
	return n
}

func trailing(s string) int {
	n := 0
	for n < len(s) && isSpace(s[len(s)-1-n]) {
		n++
	}
	return n
}
