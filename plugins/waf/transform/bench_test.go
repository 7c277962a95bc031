package transform

import (
	"strings"
	"testing"
)

// benign is a value that most transformations leave as it is, 1,000 bytes.
var benign = strings.Repeat("a plain sentence of forty letters in all", 25)

// heavy are 1,000 bytes, or a few more, that a transformation has much to do
// with.
var heavy = map[ID]string{
	Base64Decode:       repeat("QUJDREVG"),
	Base64DecodeExt:    repeat("QUJD\nRE-_ ."),
	CmdLine:            repeat(`C^M"D" ,; /C`),
	CompressWhitespace: repeat("a \t\u00a0é  b"),
	CSSDecode:          repeat(`\61 l\000065rt`),
	EscapeSeqDecode:    repeat(`\x41\101\nab`),
	HexDecode:          repeat("4a6F"),
	HTMLEntityDecode:   repeat("&lt;&#x41;&nbsp&Sigma;&none;"),
	JSDecode:           repeat(`\u0041\x41\u{41}b`),
	Lowercase:          repeat("SELECT É ÀЯ FROM "),
	NormalisePath:      repeat("/a/./b/../c//d"),
	NormalisePathWin:   repeat(`\a\.\b \..\c.\d`),
	RemoveComments:     repeat("a/*b*/c<!--d-->"),
	RemoveCommentsChar: repeat("a/*b*/c<!--d-->#"),
	RemoveNulls:        repeat("a\x00b\x00\x00"),
	RemoveWhitespace:   repeat("a b\u3000\xffc"),
	ReplaceComments:    repeat("a/*b*/c"),
	ReplaceNulls:       repeat("a\x00b\x00\x00"),
	Trim:               " " + repeat("a b") + " ",
	TrimLeft:           " " + repeat("a b"),
	TrimRight:          repeat("a b") + " ",
	Uppercase:          repeat("select é àя from "),
	URLDecode:          repeat("%41%zz+%2520ab"),
	URLDecodeUni:       repeat("%u0041%41+%uff1cab"),
	URLEncode:          repeat("<a b>*é"),
	UTF8ToUnicode:      repeat("é你😀\xffa"),
}

func repeat(s string) string { return strings.Repeat(s, 1+999/len(s)) }

func BenchmarkApply(b *testing.B) {
	for id := range count {
		for _, c := range []struct{ name, value string }{{"benign", benign}, {"heavy", heavy[id]}} {
			if c.value == "" {
				continue
			}
			b.Run(id.String()+"/"+c.name, func(b *testing.B) {
				want := check(b, id, c.value)
				if c.name == "heavy" && want == c.value {
					b.Fatalf("%s does not change its heavy value", id)
				}
				dst := make([]byte, 0, 4*len(c.value))
				b.ReportAllocs()
				b.SetBytes(int64(len(c.value)))
				changed := false
				var out []byte
				for b.Loop() {
					out, changed = id.Apply(dst, c.value)
				}
				if got := string(out); changed && got != want || !changed && want != c.value {
					b.Errorf("%s gives %q, want %q", id, got, want)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.value)), "ns/byte")
			})
		}
	}
}
