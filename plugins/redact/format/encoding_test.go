package format

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"unicode/utf16"
)

// encoded returns text in an encoding.
func encoded(text string, enc Encoding) []byte {
	var dst []byte
	order := byteOrder(binary.LittleEndian)
	if enc == UTF16BE || enc == UTF32BE {
		order = binary.BigEndian
	}
	switch enc {
	case UTF8:
		return []byte(text)
	case UTF16LE, UTF16BE:
		for _, u := range utf16.Encode([]rune(text)) {
			dst = order.AppendUint16(dst, u)
		}
	default:
		for _, r := range text {
			dst = order.AppendUint32(dst, uint32(r))
		}
	}
	return dst
}

var encodings = []Encoding{UTF8, UTF16LE, UTF16BE, UTF32LE, UTF32BE}

func TestEncodingsOfJSON(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"an object", `{"é😀":"WORD €😀","card":1}`, `{"é😀":"** €😀"}`},
		{"a byte order mark", "\ufeff[\"WORD\"]", "\ufeff[\"**\"]"},
		{"a byte order mark before an ideograph", "\ufeff\"中WORD\"", "\ufeff\"中**\""},
		{"a number", "12", "12"},
		{"white space", "  ", "  "},
		{"one digit", "1", "1"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		for _, enc := range encodings {
			start := func() Rewriter {
				v := &ruled{rules: []rule{{"card", Drop, ""}}, word: "WORD", with: "**"}
				return Sniffed(NewJSON(v, v.paths(t), Limits{}))
			}
			if got, err := allWays(t, string(encoded(tt.doc, enc)), start); got != string(encoded(tt.want, enc)) || err != nil {
				t.Errorf("%s in encoding %d: %q, %v", tt.name, enc, got, err)
			}
		}
	}
}

func TestDetectEncoding(t *testing.T) {
	for _, text := range []string{`{"a":1}`, `"é"`, `"中"`, `[]`, "\ufeff{}", "\ufeff\"中\"", "12"} {
		for _, enc := range encodings {
			b := encoded(text, enc)
			if got := DetectEncoding(b[:min(4, len(b))]); got != enc {
				t.Errorf("%q is in encoding %d, want %d", b, got, enc)
			}
		}
	}
	for _, text := range []string{"", "1", "a\xff", "\xff", "\x00", "\x00\x00", "\x00\x00\x00\x00"} {
		if got := DetectEncoding([]byte(text)); got != UTF8 {
			t.Errorf("%q is in encoding %d, want UTF-8", text, got)
		}
	}
}

func TestEncodingFaults(t *testing.T) {
	tests := []struct {
		name, doc string
		enc       Encoding
		err       error
	}{
		{"half a unit at the end", "[\x001\x00]\x00 ", UTF16LE, ErrTruncated},
		{"beyond Unicode", "\x00\x00\x00[\x00\x11\x00\x00", UTF32BE, ErrEncoding},
		{"part of a unit", "[\x00\x00\x00]\x00\x00", UTF32LE, ErrTruncated},
		{"no JSON", "[\x00x\x00", UTF16LE, ErrSyntax},
	}
	for _, tt := range tests {
		if got, err := allWays(t, tt.doc, func() Rewriter { return Transcoded(NewJSON(keeper{}, nil, Limits{}), tt.enc) }); err != tt.err {
			t.Errorf("%s: %q, %v, want %v", tt.name, got, err, tt.err)
		}
	}
}

// TestUnitsStay passes units of all kinds, also halves of surrogate pairs, in
// strings.
func TestUnitsStay(t *testing.T) {
	g := rand.New(rand.NewPCG(8, 5))
	units := []uint16{'a', 'x', 0xe9, 0x20ac, 0xd83d, 0xde00, 0xd800, 0xdfff, 0xdbff, 0xdc00, 0xfffd, 0xffff}
	for range 200 {
		for _, enc := range encodings[1:] {
			order := byteOrder(binary.LittleEndian)
			if enc == UTF16BE || enc == UTF32BE {
				order = binary.BigEndian
			}
			var doc []byte
			add := func(u uint16) {
				if enc >= UTF32LE {
					doc = order.AppendUint32(doc, uint32(u))
				} else {
					doc = order.AppendUint16(doc, u)
				}
			}
			add('[')
			add('"')
			for range g.IntN(12) {
				add(units[g.IntN(len(units))])
			}
			add('"')
			add(']')
			if got, err := allWays(t, string(doc), func() Rewriter { return Sniffed(NewJSON(keeper{}, nil, Limits{})) }); got != string(doc) || err != nil {
				t.Fatalf("%q became %q, %v", doc, got, err)
			}
		}
	}
}
