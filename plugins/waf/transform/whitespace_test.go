package transform

import (
	"strings"
	"testing"
	"unicode"
)

func TestWhiteSpaceOfEachCharacter(t *testing.T) {
	var value, compressed strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := unicode.IsSpace(r)
		if got := isWideSpace(r); r >= 0x80 && got != want {
			t.Errorf("isWideSpace(%U) = %v, want %v", r, got, want)
		}
		if got := r < 0x80 && isSpace(byte(r)); r < 0x80 && got != want {
			t.Errorf("isSpace(%U) = %v, want %v", r, got, want)
		}
		// compressWhitespace knows the white space of Latin-1 only.
		twice := string(r) + string(r)
		value.WriteString("a" + twice)
		if want && r <= 0xFF {
			twice = " "
		}
		compressed.WriteString("a" + twice)
		if r%64 != 63 {
			continue
		}
		if got := check(t, CompressWhitespace, value.String()); got != compressed.String() {
			t.Errorf("compressWhitespace(%q) = %q, want %q", value.String(), got, compressed.String())
		}
		value.Reset()
		compressed.Reset()
	}
}

func TestTrimKeepsTheMiddle(t *testing.T) {
	const spaces = " \t\n\r\f\v"
	for _, s := range []string{"", " ", spaces, "a", " a ", spaces + "a" + spaces + "b" + spaces, "\u00a0a\u00a0", "\x85a"} {
		if got, want := check(t, Trim, s), strings.Trim(s, spaces); got != want {
			t.Errorf("trim(%q) = %q, want %q", s, got, want)
		}
		if got, want := check(t, TrimLeft, s), strings.TrimLeft(s, spaces); got != want {
			t.Errorf("trimLeft(%q) = %q, want %q", s, got, want)
		}
		if got, want := check(t, TrimRight, s), strings.TrimRight(s, spaces); got != want {
			t.Errorf("trimRight(%q) = %q, want %q", s, got, want)
		}
	}
}
