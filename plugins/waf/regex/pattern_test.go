package regex

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"testing"
)

func TestEscapesBytes(t *testing.T) {
	tests := []struct {
		name, pattern string
		want          bool
	}{
		{"no escapes", `union\s+select`, false},
		{"bytes that are not UTF-8", `\xac\xed\x00\x05`, true},
		{"bytes that are UTF-8", `\xc3\xa9`, false},
		{"braces", `[\x{c2}\x{b4}]`, false},
		{"braces around a lone byte", `[^>\x{bc}]`, true},
		{"a code point above 0xff counts by its first two digits", `\x{fffd}`, true},
		{"a code point that begins with ASCII", `\x{2028}`, false},
		{"one digit in braces", `\x{a}`, false},
		{"no closing brace", `\x{ff`, false},
		{"an escape too near to the end", `a\xf`, false},
		{"an escape at the end", `a\xff`, true},
		{"an escaped backslash does not hide the escape", `\\xff`, true},
		{"not hexadecimal", `\xgg..`, false},
		{"letters in UTF-8", `é`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := escapesBytes(tt.pattern); got != tt.want {
				t.Errorf("escapesBytes(%q) = %v, want %v", tt.pattern, got, tt.want)
			}
		})
	}
}

func TestCompileErrors(t *testing.T) {
	for _, pattern := range []string{"a(", "a)", "[b-a]", "*", "a**", `\8`, "(?<n", "x{1001}", "\xff", `\pX`, `\C`} {
		_, want := regexp.Compile(pattern)
		for name, compile := range map[string]func(string) (*Program, error){"Compile": Compile, "CompileSelector": CompileSelector} {
			_, err := compile(pattern)
			var syntaxError *syntax.Error
			if !errors.As(err, &syntaxError) || err.Error() != want.Error() {
				t.Errorf("%s(%q): %v, want %v", name, pattern, err, want)
			}
		}
	}
}

// TestCompileSelector wants the flags of Go's regexp, which Compile does not
// have.
func TestCompileSelector(t *testing.T) {
	tests := []struct {
		name, pattern, value string
		rx, selector         bool
	}{
		{"dot and newline", "a.b", "a\nb", true, false},
		{"end of a line", "a$", "a\nb", true, false},
		{"start of a line", "^b", "a\nb", true, false},
		{"start of the value", "^a", "a\nb", true, true},
		{"lone bytes", `\xff`, "\xff", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := CompileSelector(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			c := NewCache(1 << 20)
			if got := c.New(p).Match(tt.value); got != tt.selector {
				t.Errorf("CompileSelector(%q) matches %q: %v, want %v", tt.pattern, tt.value, got, tt.selector)
			}
			if got := c.New(compiled(t, tt.pattern)).Match(tt.value); got != tt.rx {
				t.Errorf("Compile(%q) matches %q: %v, want %v", tt.pattern, tt.value, got, tt.rx)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	tests := []struct {
		name, pattern string
		minLen        int
		literals      []string
		anchored      bool
	}{
		{"a literal", "Union", 5, []string{"union"}, false},
		{"letters that fold to other than ASCII", "(?i)disk", 4, []string{"disk", "dis\u212a", "di\u017fk", "di\u017f\u212a"}, false},
		{"alternatives", "abcd|xyz+", 3, []string{"xyz", "abcd"}, false},
		{"an alternative with nothing to require", "abcd|x*", 0, nil, false},
		{"the rarest of a concatenation", `the.*xq_z.*and`, 10, []string{"xq_z"}, false},
		{"an optional part", "(?:abc)?def", 3, []string{"def"}, false},
		{"across a class", "ab[cd]ef", 5, []string{"abcef", "abdef"}, false},
		{"an inner literal", `[a-z]+://[a-z]+`, 5, []string{"://"}, false},
		{"the start of the value", `\Aab`, 2, []string{"ab"}, true},
		{"the start of a line", `^ab`, 2, []string{"ab"}, false},
		{"U+FFFD is any byte that is no rune", "a\ufffdbcd", 5, []string{"bcd"}, false},
		{"two bytes a rune", "éa", 3, []string{"éa"}, false},
		{"a rune that folds to ASCII", "(?i)\u212a", 1, nil, false},
		{"bytes", `\xac\xed\x00`, 3, []string{"\xac\xed\x00"}, false},
		{"a count", "a{3,5}", 3, []string{"aaa"}, false},
		{"what never matches", `[^\x00-\x{10ffff}]`, maxNumber - 1, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := compiled(t, tt.pattern).Facts()
			slices.Sort(f.Literals)
			slices.Sort(tt.literals)
			if f.MinLen != tt.minLen || !slices.Equal(f.Literals, tt.literals) || f.AnchoredStart != tt.anchored {
				t.Errorf("facts of %q: %d, %q, %v, want %d, %q, %v", tt.pattern, f.MinLen, f.Literals, f.AnchoredStart, tt.minLen, tt.literals, tt.anchored)
			}
		})
	}
}

func TestFactsSets(t *testing.T) {
	has := func(s ByteSet) (bytes []byte) {
		for b := range 256 {
			if s.Has(byte(b)) {
				bytes = append(bytes, byte(b))
			}
		}
		return bytes
	}
	tests := []struct {
		name, pattern string
		want          []string
	}{
		{"each byte of a literal", `<\?`, []string{"<", "?"}},
		{"folding beyond ASCII", "(?i)k", []string{"Kk\xe2"}},
		{"the union of alternatives", "<|>", []string{"<>"}},
		{"nothing of an optional part", "<?>*", nil},
		{"nothing that most bytes are in", `[^"]`, nil},
		{"what stands for U+FFFD", "[<\ufffd]", []string{"<" + string(slices.Collect(func(yield func(byte) bool) {
			for b := 0x80; b < 0x100 && yield(byte(b)); b++ {
			}
		}))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range compiled(t, tt.pattern).Facts().Sets {
				got = append(got, string(has(s)))
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("sets of %q: %q, want %q", tt.pattern, got, tt.want)
			}
		})
	}
}
