package transform

import (
	"bytes"
	"errors"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// MaskConfig is what a mask shows and what it puts over the rest.
type MaskConfig struct {
	// KeepFirst and KeepLast are how many characters stay at either end. Default 0.
	KeepFirst, KeepLast int
	// Char is written for each character that is hidden: a graphic one that is
	// neither a space nor a letter nor a digit. Default '*'.
	Char rune
	// Fixed is how many of Char are written for what is hidden, whatever its
	// length, which is then not told: at least KeepFirst+KeepLast. Default 0: as
	// many as characters are hidden.
	Fixed int
	// Separators leaves the ASCII characters that are neither letters nor digits
	// where they are, and does not count them: "4111-1111-1111-1111" to
	// "****-****-****-1111". Not together with Fixed.
	Separators bool
}

// mask is [NewMask].
type mask struct {
	opaque
	MaskConfig
	char  [utf8.UTFMax]byte
	width int
}

// NewMask returns the transform that hides all but the first and last characters.
// It never shows more than half: of a value that has fewer than twice KeepFirst and
// KeepLast together nothing is kept. A character is a code point; a byte that is not
// UTF-8 counts as one.
func NewMask(c MaskConfig) (Transform, error) {
	const most = 1 << 16
	if c.Char == 0 {
		c.Char = '*'
	}
	switch {
	case c.KeepFirst < 0 || c.KeepFirst > most:
		return nil, errors.New("keep first: " + strconv.Itoa(c.KeepFirst) + ", want 0 to 65536")
	case c.KeepLast < 0 || c.KeepLast > most:
		return nil, errors.New("keep last: " + strconv.Itoa(c.KeepLast) + ", want 0 to 65536")
	case !unicode.IsGraphic(c.Char) || unicode.IsLetter(c.Char) || unicode.IsNumber(c.Char) || unicode.IsSpace(c.Char) || unicode.IsMark(c.Char) || c.Char == utf8.RuneError:
		return nil, errors.New(`character: want a graphic one, no space, letter or digit, such as "*"`)
	case c.Fixed != 0 && (c.Fixed < max(1, c.KeepFirst+c.KeepLast) || c.Fixed > most):
		return nil, errors.New("fixed: " + strconv.Itoa(c.Fixed) + ", want at least as many as are kept, at most 65536")
	case c.Fixed != 0 && c.Separators:
		return nil, errors.New("separators: kept, want no fixed length beside them")
	}
	m := &mask{opaque: "mask", MaskConfig: c}
	m.width = utf8.EncodeRune(m.char[:], c.Char)
	return m, nil
}

// Apply appends the value with all but its ends hidden.
func (m *mask) Apply(dst, value []byte, _ string) ([]byte, error) {
	if m.Separators {
		return m.between(dst, value), nil
	}
	if m.Fixed > 0 && m.hidden(value) {
		return append(dst, value...), nil
	}
	count := utf8.RuneCount(value)
	first, last := m.kept(count)
	start, end := 0, len(value)
	for range first {
		_, size := utf8.DecodeRune(value[start:])
		start += size
	}
	for range last {
		_, size := utf8.DecodeLastRune(value[start:end])
		end -= size
	}
	n := m.Fixed
	if n == 0 {
		n = count - first - last
	}
	dst = append(dst, value[:start]...)
	for range n {
		dst = append(dst, m.char[:m.width]...)
	}
	return append(dst, value[end:]...), nil
}

// kept is how much is kept of a number of characters.
func (m *mask) kept(count int) (first, last int) {
	if m.KeepFirst+m.KeepLast > count/2 {
		return 0, 0
	}
	return m.KeepFirst, m.KeepLast
}

// between appends the value with what is between separators hidden.
func (m *mask) between(dst, value []byte) []byte {
	count := utf8.RuneCount(value)
	for _, c := range value {
		if m.stays(c) {
			count--
		}
	}
	first, last := m.kept(count)
	for i, n := 0, 0; i < len(value); {
		if m.stays(value[i]) {
			dst = append(dst, value[i])
			i++
			continue
		}
		_, size := utf8.DecodeRune(value[i:])
		if n < first || n >= count-last {
			dst = append(dst, value[i:i+size]...)
		} else {
			dst = append(dst, m.char[:m.width]...)
		}
		n++
		i += size
	}
	return dst
}

// stays tells whether a character is a separator to keep. The one that hides is
// none, so that a mask is the same over its own result.
func (m *mask) stays(c byte) bool {
	return m.Separators && c < utf8.RuneSelf && rune(c) != m.Char && !alphanumeric(c)
}

// hidden tells whether a value is a fixed mask that shows nothing.
func (m *mask) hidden(value []byte) bool {
	return len(value) == m.Fixed*m.width && bytes.Count(value, m.char[:m.width]) == m.Fixed
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
