package format

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding is a character encoding of Unicode.
type Encoding uint8

const (
	UTF8 Encoding = iota
	UTF16LE
	UTF16BE
	UTF32LE
	UTF32BE
)

// detectSize is how many bytes tell an encoding.
const detectSize = 4

// DetectEncoding tells by a byte order mark, or else by where its zeros are (RFC
// 4627, Section 3), in what encoding a text is whose first four bytes, or all if
// they are fewer, are given.
func DetectEncoding(first []byte) Encoding {
	var b [detectSize]byte
	n := copy(b[:], first)
	switch {
	case n < 2:
		return UTF8
	case n == 4 && b == [4]byte{0xff, 0xfe, 0, 0}:
		return UTF32LE
	case n == 4 && b == [4]byte{0, 0, 0xfe, 0xff}:
		return UTF32BE
	case b[0] == 0xff && b[1] == 0xfe:
		return UTF16LE
	case b[0] == 0xfe && b[1] == 0xff:
		return UTF16BE
	case b[0] == 0 && b[1] == 0 && n == 4 && b[3] != 0:
		return UTF32BE
	case b[0] == 0 && b[1] != 0:
		return UTF16BE
	case b[0] != 0 && b[1] == 0 && n == 4 && b[2] == 0 && b[3] == 0:
		return UTF32LE
	case b[0] != 0 && b[1] == 0:
		return UTF16LE
	}
	return UTF8
}

// Sniffed returns a rewriter of a text in the encoding that its first bytes tell
// around a rewriter of UTF-8.
func Sniffed(inner Rewriter) Rewriter { return &sniffed{inner: inner} }

type sniffed struct {
	inner Rewriter
	known bool
	first [detectSize]byte
	have  int
}

func (s *sniffed) Write(dst, piece []byte) ([]byte, error) {
	if s.known {
		return s.inner.Write(dst, piece)
	}
	n := copy(s.first[s.have:], piece)
	s.have += n
	if s.have < detectSize {
		return dst, nil
	}
	dst, err := s.decide(dst)
	if err != nil || n == len(piece) {
		return dst, err
	}
	return s.inner.Write(dst, piece[n:])
}

func (s *sniffed) Close(dst []byte) ([]byte, error) {
	if !s.known {
		var err error
		if dst, err = s.decide(dst); err != nil {
			return dst, err
		}
	}
	return s.inner.Close(dst)
}

// decide passes the first bytes to a rewriter of their encoding.
func (s *sniffed) decide(dst []byte) ([]byte, error) {
	s.known = true
	s.inner = Transcoded(s.inner, DetectEncoding(s.first[:s.have]))
	return s.inner.Write(dst, s.first[:s.have])
}

// Transcoded returns a rewriter of a text in an encoding around a rewriter of
// UTF-8. What inner passes on as it was leaves as it came, halves of surrogate
// pairs that stand alone too: to inner they are shown as three bytes that are not
// UTF-8. The document ends with an error where UTF-32 has more than U+10FFFF, or
// within a character.
func Transcoded(inner Rewriter, enc Encoding) Rewriter {
	if enc == UTF8 {
		return inner
	}
	t := &transcoded{inner: inner, wide: enc >= UTF32LE, order: binary.LittleEndian}
	if enc == UTF16BE || enc == UTF32BE {
		t.order = binary.BigEndian
	}
	return t
}

type transcoded struct {
	inner Rewriter
	order byteOrder
	err   error
	wide  bool // UTF-32
	// high is the first half of a surrogate pair of which the second has not come.
	high rune
	// part is a unit that has come in part; tail a character of inner's that has.
	part, tail []byte
	in, out    []byte
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func (t *transcoded) Write(dst, piece []byte) ([]byte, error) {
	for t.err == nil && len(piece) > 0 {
		n := min(len(piece), 16<<10)
		fault := t.decode(piece[:n])
		piece = piece[n:]
		t.out, t.err = t.inner.Write(t.out[:0], t.in)
		dst = t.encode(dst, t.out, false)
		if t.err == nil && fault {
			t.err = ErrEncoding
		}
	}
	return dst, t.err
}

func (t *transcoded) Close(dst []byte) ([]byte, error) {
	if t.err == nil && len(t.part) > 0 {
		t.err = ErrTruncated
	}
	if t.err != nil {
		return dst, t.err
	}
	t.out = t.out[:0]
	if t.high != 0 {
		t.out, t.err = t.inner.Write(t.out, appendHalf(t.in[:0], t.high))
		t.high = 0
	}
	if t.err == nil {
		t.out, t.err = t.inner.Close(t.out)
	}
	return t.encode(dst, t.out, true), t.err
}

// decode puts what a piece stands for into in, up to what is not in the encoding.
func (t *transcoded) decode(piece []byte) (fault bool) {
	t.in = t.in[:0]
	size := 2
	if t.wide {
		size = 4
	}
	for len(t.part) > 0 && len(piece) > 0 {
		t.part = append(t.part, piece[0])
		piece = piece[1:]
		if len(t.part) == size {
			if !t.unit(t.part) {
				return true
			}
			t.part = t.part[:0]
		}
	}
	for ; len(piece) >= size; piece = piece[size:] {
		if !t.unit(piece) {
			return true
		}
	}
	t.part = append(t.part, piece...)
	return false
}

// unit decodes a code unit.
func (t *transcoded) unit(b []byte) bool {
	if t.wide {
		u := t.order.Uint32(b)
		switch {
		case u > utf8.MaxRune:
			return false
		case utf16.IsSurrogate(rune(u)):
			t.in = appendHalf(t.in, rune(u))
		default:
			t.in = utf8.AppendRune(t.in, rune(u))
		}
		return true
	}
	u := rune(t.order.Uint16(b))
	if t.high != 0 {
		pair := utf16.DecodeRune(t.high, u)
		if pair != utf8.RuneError {
			t.high = 0
			t.in = utf8.AppendRune(t.in, pair)
			return true
		}
		t.in = appendHalf(t.in, t.high)
		t.high = 0
	}
	switch {
	case u >= 0xd800 && u < 0xdc00:
		t.high = u
	case utf16.IsSurrogate(u):
		t.in = appendHalf(t.in, u)
	default:
		t.in = utf8.AppendRune(t.in, u)
	}
	return true
}

// appendHalf appends half a surrogate pair as UTF-8 would have it, if it had it.
func appendHalf(dst []byte, r rune) []byte {
	return append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
}

// encode appends in the encoding what inner has passed on.
func (t *transcoded) encode(dst, text []byte, final bool) []byte {
	for len(t.tail) > 0 && len(text) > 0 && !fullRune(t.tail) {
		t.tail = append(t.tail, text[0])
		text = text[1:]
	}
	if len(t.tail) > 0 && (final || fullRune(t.tail)) {
		dst = t.runes(dst, t.tail)
		t.tail = t.tail[:0]
	}
	end := len(text)
	if !final {
		for k := 1; k < utf8.UTFMax && k <= len(text); k++ {
			if c := text[len(text)-k]; utf8.RuneStart(c) {
				if !fullRune(text[len(text)-k:]) {
					end = len(text) - k
				}
				break
			}
		}
	}
	dst = t.runes(dst, text[:end])
	t.tail = append(t.tail, text[end:]...)
	return dst
}

// half tells whether b begins with half a surrogate pair, as far as it goes.
func half(b []byte) bool {
	return len(b) >= 2 && b[0] == 0xed && b[1] >= 0xa0 && b[1] <= 0xbf
}

func fullRune(b []byte) bool {
	if half(b) {
		return len(b) >= 3
	}
	return utf8.FullRune(b)
}

func (t *transcoded) runes(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if half(text) && len(text) >= 3 && text[2]&0xc0 == 0x80 {
			r, n = rune(text[0]&0xf)<<12|rune(text[1]&0x3f)<<6|rune(text[2]&0x3f), 3
		}
		text = text[n:]
		switch {
		case t.wide:
			dst = t.order.AppendUint32(dst, uint32(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = t.order.AppendUint16(t.order.AppendUint16(dst, uint16(high)), uint16(low))
		default:
			dst = t.order.AppendUint16(dst, uint16(r))
		}
	}
	return dst
}
