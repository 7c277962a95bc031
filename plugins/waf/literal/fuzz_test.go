package literal

import (
	"slices"
	"strings"
	"testing"
)

// FuzzScan compares a Set with strings.Contains. Groups are separated by newlines
// and literals by spaces.
func FuzzScan(f *testing.F) {
	f.Add("abc abcd\nbc\n( ?>", "xabcd?>")
	f.Add("aaab\naab abc\nb", "aaaabc")
	f.Add("abcdefgh\ndefx fgy", "abcdefgyabcdefx")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, list, text string) {
		var groups [][]string
		for _, g := range strings.Split(list, "\n") {
			groups = append(groups, strings.Split(g, " "))
		}
		if len(groups) > 1000 {
			return
		}
		s := build(t, groups)
		if got, want := scan(t, s, text), naive(groups, text); !slices.Equal(got, want) {
			t.Fatalf("groups %q: Scan(%q) finds %x, want %x", groups, text, got, want)
		}
	})
}

// FuzzRead checks that whatever is read can be scanned with and is written as it
// was read.
func FuzzRead(f *testing.F) {
	for _, groups := range [][][]string{nil, {{"abc", "("}, {"abcdefgh", "defx"}}, {edges("abc"), {"?>", ""}}} {
		s, err := Build(groups)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s.AppendBinary(nil), "abcdefxabc(")
	}
	found := make([]uint64, 1<<16/64)
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		s, rest, err := Read(data)
		if err != nil {
			return
		}
		s.Scan(text, found)
		// the case of bytes is not taken from the data, so a second reading is enough
		b := s.AppendBinary(nil)
		if len(b)+len(rest) != len(data) {
			t.Fatalf("wrote %d bytes of %d", len(b), len(data)-len(rest))
		}
		if _, _, err := Read(b); err != nil {
			t.Fatalf("Read of what was written: %v", err)
		}
	})
}
