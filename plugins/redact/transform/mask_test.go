package transform

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMask(t *testing.T) {
	tests := []struct {
		name        string
		mask        MaskConfig
		value, want string
	}{
		{"all hidden", MaskConfig{}, "secret", "******"},
		{"nothing to hide", MaskConfig{}, "", ""},
		{"both ends", MaskConfig{KeepFirst: 2, KeepLast: 2}, "alexander", "al*****er"},
		{"half is kept", MaskConfig{KeepLast: 4}, "12345678", "****5678"},
		{"more than half would be kept", MaskConfig{KeepLast: 4}, "1234567", "*******"},
		{"the ends would meet", MaskConfig{KeepFirst: 3, KeepLast: 3}, "abcde", "*****"},
		{"characters of several bytes", MaskConfig{KeepFirst: 1, KeepLast: 1}, "Жанна", "Ж***а"},
		{"bytes that are not UTF-8", MaskConfig{KeepLast: 1}, "\xff\xfeab", "***b"},
		{"another character", MaskConfig{KeepLast: 2, Char: '█'}, "12345", "███45"},
		{"a length that is not told", MaskConfig{KeepLast: 4, Fixed: 4}, "4111111111111111", "****1111"},
		{"another length that is not told", MaskConfig{KeepLast: 4, Fixed: 4}, "378282246310005", "****0005"},
		{"short, its length not told", MaskConfig{KeepLast: 4, Fixed: 4}, "123", "****"},
		{"empty, its length not told", MaskConfig{Fixed: 5}, "", "*****"},
		{"separators", MaskConfig{KeepLast: 4, Separators: true}, "+44 (20) 7946-0958", "+** (**) ****-0958"},
		{"separators do not count", MaskConfig{KeepLast: 4, Separators: true}, "12-34-56", "**-**-**"},
		{"the masking character is no separator", MaskConfig{KeepLast: 2, Separators: true}, "a*c-d*f", "***-**f"},
		{"separators alone", MaskConfig{KeepLast: 2, Separators: true}, "--", "--"},
	}
	for _, tt := range tests {
		if got := apply(t, must[Transform](t)(NewMask(tt.mask)), tt.value); got != tt.want {
			t.Errorf("%s: %q becomes %q, want %q", tt.name, tt.value, got, tt.want)
		}
	}
}

// FuzzMask wants no more than half of a value to be seen, at the places that are
// kept, and the same from a second application.
func FuzzMask(f *testing.F) {
	f.Add("4111-1111-1111-1111", uint8(0), uint8(4), uint8(0), true)
	f.Add("\xdb0000\xb200", uint8(1), uint8(3), uint8(42), false)
	f.Add("s\xffcret*", uint8(1), uint8(1), uint8(5), false)
	f.Fuzz(func(t *testing.T, value string, first, last, fixed uint8, separators bool) {
		m, err := NewMask(MaskConfig{KeepFirst: int(first), KeepLast: int(last), Fixed: int(fixed), Separators: separators})
		if err != nil {
			return
		}
		got := apply(t, m, value)
		if again := apply(t, m, got); again != got {
			t.Fatalf("%q becomes %q and that %q", value, got, again)
		}
		if fixed == 0 && utf8.RuneCountInString(got) != utf8.RuneCountInString(value) {
			t.Fatalf("%q becomes %q, of another length", value, got)
		}
		if separators || strings.Contains(value, "*") {
			return
		}
		if shown := utf8.RuneCountInString(got) - strings.Count(got, "*"); shown != 0 && (shown > utf8.RuneCountInString(value)/2 || shown != int(first)+int(last)) {
			t.Fatalf("%q becomes %q: %d characters are seen", value, got, shown)
		}
	})
}
