package transform

import (
	"strings"
	"testing"
	"unicode"
)

func TestCaseOfEachCharacter(t *testing.T) {
	var b strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if caseless(r) && (unicode.ToLower(r) != r || unicode.ToUpper(r) != r) {
			t.Errorf("caseless(%U) = true", r)
		}
		if got := toLower(r); r >= 0x80 && got != unicode.ToLower(r) {
			t.Errorf("toLower(%U) = %U, want %U", r, got, unicode.ToLower(r))
		}
		b.WriteRune(r)
		b.WriteString("aA")
		if r%64 != 63 {
			continue
		}
		s := b.String()
		b.Reset()
		if got := check(t, Lowercase, s); got != strings.ToLower(s) {
			t.Errorf("lowercase(%q) = %q, want %q", s, got, strings.ToLower(s))
		}
		if got := check(t, Uppercase, s); got != strings.ToUpper(s) {
			t.Errorf("uppercase(%q) = %q, want %q", s, got, strings.ToUpper(s))
		}
	}
}
