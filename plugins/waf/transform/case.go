package transform

import (
	"unicode"
	"unicode/utf8"
)

// lowercase maps letters to lower case, those beyond ASCII, too. Bytes that are
// no UTF-8 become U+FFFD.
func lowercase(dst []byte, s string) ([]byte, bool) { return changeCase(dst, s, 'A', toLower) }

// uppercase maps letters to upper case, as lowercase does to lower case.
func uppercase(dst []byte, s string) ([]byte, bool) { return changeCase(dst, s, 'a', unicode.ToUpper) }

// changeCase changes the case of the 26 ASCII letters from first on, and maps
// other characters by to.
func changeCase(dst []byte, s string, first byte, to func(rune) rune) ([]byte, bool) {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && s[i]-first >= 26 {
		i++
	}
	if i == len(s) {
		return dst, false
	}
	if s[i] >= utf8.RuneSelf {
		return mapCase(dst, s, i, first, to)
	}
	base := len(dst)
	dst = append(dst, s...)
	for out := dst[base:]; i < len(out); i++ {
		c := out[i]
		if c >= utf8.RuneSelf {
			if mapped, changed := mapCase(dst[:base+i], s[i:], 0, first, to); changed {
				return mapped, true
			}
			return dst, true // the rest of s, which is there already, stays
		}
		if c-first < 26 {
			out[i] = c ^ 0x20
		}
	}
	return dst, true
}

// mapCase appends s with its case mapped, of which s[:i] is known to stay: ASCII
// letters from first on to the other case, other characters by to.
func mapCase(dst []byte, s string, i int, first byte, to func(rune) rune) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if c-first >= 26 {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = append(dst, c^0x20)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		mapped := r
		if !caseless(r) {
			mapped = to(r)
		}
		if mapped == r && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = utf8.AppendRune(dst, mapped)
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// toLower is unicode.ToLower without a search for the letters of Latin-1, Greek
// and Cyrillic.
func toLower(r rune) rune {
	switch {
	case r < 0xC0:
		return r
	case r < 0x100:
		if r < 0xDF && r != 0xD7 {
			return r + 0x20
		}
		return r
	case r >= 0x391 && r <= 0x3CE:
		if r < 0x3AC && r != 0x3A2 {
			return r + 0x20
		}
		return r
	case r >= 0x400 && r < 0x460:
		if r < 0x410 {
			return r + 0x50
		}
		if r < 0x430 {
			return r + 0x20
		}
		return r
	}
	return unicode.ToLower(r)
}

// caseless tells whether r is of a block without cases: from Hebrew to Myanmar,
// and from CJK radicals to Yi, and Hangul. It saves a search for most text that
// is not Latin, Greek or Cyrillic.
func caseless(r rune) bool {
	return r >= 0x590 && r < 0x10A0 || r >= 0x2E80 && r < 0xA640 || r >= 0xAC00 && r < 0xFB00
}
