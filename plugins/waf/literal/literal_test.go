package literal

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// naive is what a Set is compared with.
func naive(groups [][]string, text string) []uint64 {
	found := make([]uint64, len(groups)/64+1)
	for g, literals := range groups {
		for _, l := range literals {
			if strings.Contains(fold(text), fold(l)) {
				found[g/64] |= 1 << (g % 64)
			}
		}
	}
	return found
}

func scan(t testing.TB, s *Set, text string) []uint64 {
	t.Helper()
	found := make([]uint64, s.Groups()/64+1)
	hit := s.Scan(text, found)
	if hit != slices.ContainsFunc(found, func(w uint64) bool { return w != 0 }) {
		t.Fatalf("Scan(%.100q) = %v, but found is %x", text, hit, found)
	}
	return found
}

func build(t testing.TB, groups [][]string) *Set {
	t.Helper()
	s, err := Build(groups)
	if err != nil {
		t.Fatalf("Build(%.200q): %v", groups, err)
	}
	return s
}

func TestScan(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	tests := []struct {
		name   string
		groups [][]string
		texts  []string
	}{
		{"no groups", nil, []string{"", "abc"}},
		{"a group without literals", [][]string{{}, {"abc"}}, []string{"", "abc"}},
		{"the empty literal", [][]string{{"abc"}, {"", "x"}}, []string{"", "a", "abc"}},
		{"case of ASCII letters", [][]string{{"SELECT"}, {"from"}}, []string{"select", "SeLeCt FROM", "selec"}},
		{"case of other letters", [][]string{{"Ärger"}, {"\u212aelvin"}}, []string{"ärger", "ÄRGER", "kelvin", "\u212aELVIN"}},
		{"bytes that are no UTF-8", [][]string{{"\xff\xfe\x00a"}, {"\x00"}}, []string{"x\xff\xfe\x00A", "\xff", "\x00"}},
		{"short literals", [][]string{{"("}, {"?>"}, {"/"}, {"//"}, {"aA"}}, []string{"?", ">", "?>", "(", "//", "a/", "xaa", "?a>", ">?"}},
		{"a literal at the end", [][]string{{"abc"}, {"abcd"}, {"d"}}, []string{"abc", "xabc", "xabcd", "ab"}},
		{"a suffix of another", [][]string{{"abcde"}, {"bcd"}, {"cde"}}, []string{"abcde", "abcd", "abcdf", "xbcdx"}},
		{"the way out of a run", [][]string{{"abcdefgh"}, {"defx"}, {"fgy"}}, []string{"abcdefx", "abcdefgy", "abcdefgh", "abcdefgxabcdefgh"}},
		{"the filter after a run", [][]string{{"aaab"}, {"aab"}, {"abc"}}, []string{"aaaab", "aaaaaabc", "aac"}},
		{"a literal in several groups", [][]string{{"abc", "x"}, {"ABC"}, {"abcabc"}}, []string{"abc", "abcabc"}},
		{"one group's literals in each other", [][]string{{"abc", "xabcx"}, {"xabcx"}}, []string{"abc", "xabcx", "xabx"}},
		{"long literals", [][]string{{long}, {long[7:150]}, {"0123456789a"}}, []string{long, long[1:], long + "a", long[:200]}},
		{"many edges", [][]string{edges("abc"), edges("bc"), {"abcb", "bcc"}}, []string{"abc", "abca", "abcb", "xbca", "abc\xff"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, tt.groups)
			for _, text := range tt.texts {
				if got, want := scan(t, s, text), naive(tt.groups, text); !slices.Equal(got, want) {
					t.Errorf("Scan(%q) finds %b, want %b", text, got, want)
				}
			}
		})
	}
}

func edges(prefix string) (list []string) {
	for c := range 200 {
		list = append(list, prefix+string(byte(c+20))+"z")
	}
	return list
}

// TestScanLeavesOtherBits checks that bits set before a scan stay.
func TestScanLeavesOtherBits(t *testing.T) {
	s := build(t, [][]string{{"abc"}, {"x"}, {"def"}})
	found := []uint64{1 << 1, 5}
	if !s.Scan("..abc", found) || !slices.Equal(found, []uint64{3, 5}) {
		t.Errorf("found %b, want [11 101]", found)
	}
	if s.Scan("nothing", found) || !slices.Equal(found, []uint64{3, 5}) {
		t.Errorf("found %b, want [11 101]", found)
	}
}

// TestScanAgainstContains compares with strings.Contains over few letters, where
// literals overlap in every way.
func TestScanAgainstContains(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 500
	if testing.Short() {
		n = 100
	}
	for range n {
		letters := "abcAB\xe9"[:1+rng.IntN(6)]
		word := func(max int) string {
			b := make([]byte, rng.IntN(max+1))
			for i := range b {
				b[i] = letters[rng.IntN(len(letters))]
			}
			return string(b)
		}
		groups := make([][]string, 1+rng.IntN(70))
		for g := range groups {
			for range rng.IntN(8) {
				if w := word(2 + rng.IntN(70)); w != "" || rng.IntN(50) == 0 {
					groups[g] = append(groups[g], w)
				}
			}
		}
		s := build(t, groups)
		for range 20 {
			text := word(100)
			if rng.IntN(2) == 0 {
				if g := groups[rng.IntN(len(groups))]; len(g) > 0 {
					text += g[0] + word(5)
				}
			}
			if got, want := scan(t, s, text), naive(groups, text); !slices.Equal(got, want) {
				t.Fatalf("groups %q: Scan(%q) finds %x, want %x", groups, text, got, want)
			}
		}
	}
}

func TestBinary(t *testing.T) {
	groups := [][]string{{"abc", "(", "?>"}, {"abcdefgh", "defx"}, edges("ab"), {""}}
	s := build(t, groups)
	b := s.AppendBinary([]byte("before"))
	r, rest, err := Read(append(b[len("before"):], "after"...))
	if err != nil || string(rest) != "after" {
		t.Fatalf("Read = rest %q, %v", rest, err)
	}
	if !bytes.Equal(r.AppendBinary([]byte("before")), b) {
		t.Error("a Set that was read has another binary form")
	}
	for _, text := range []string{"", "abc", "abcdefx?>", "xx"} {
		if got, want := scan(t, r, text), naive(groups, text); !slices.Equal(got, want) {
			t.Errorf("Scan(%q) finds %x, want %x", text, got, want)
		}
	}
	for n := range len(b) - len("before") {
		if _, _, err := Read(b[len("before") : len("before")+n]); err == nil {
			t.Fatalf("Read of %d bytes of %d: no error", n, len(b))
		}
	}
}

// TestReadCorrupt changes every byte of a binary form: the result is an error or
// can be scanned with.
func TestReadCorrupt(t *testing.T) {
	groups := [][]string{{"abc", "(", "?>"}, {"abcdefgh", "defx", "defghij"}, edges("ab")[:20], {"deg", "abcx"}}
	b := build(t, groups).AppendBinary(nil)
	text := "abcdefx?>abcdefghij(deg" + strings.Join(edges("ab"), "") + "abcabcxde"
	found := make([]uint64, 1<<16/64)
	errs := 0
	for i := range b {
		for _, change := range []byte{1, 2, 8, 0x40, 0x80, 0xff} {
			c := bytes.Clone(b)
			c[i] ^= change
			s, _, err := Read(c)
			if err != nil {
				errs++
				continue
			}
			for n := range 40 {
				s.Scan(text[n:len(text)-n], found)
			}
		}
	}
	if errs == 0 {
		t.Error("no error for corrupt data")
	}
}

func TestScanAllocates(t *testing.T) {
	s := build(t, [][]string{{"abc", "(", "abcdefgh"}})
	found := make([]uint64, 1)
	if n := testing.AllocsPerRun(100, func() { s.Scan("xxabcdefgabc(", found) }); n != 0 {
		t.Errorf("Scan allocates %v times", n)
	}
}
