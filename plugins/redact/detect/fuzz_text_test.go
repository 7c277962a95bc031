package detect

import (
	"regexp"
	"slices"
	"testing"
)

// FuzzTextHoweverItIsCut tries all detectors of text on a text in one piece, in two
// or three, and in small ones: the finds are the same, in order and without
// overlaps, which inPieces checks.
func FuzzTextHoweverItIsCut(f *testing.F) {
	for i := range texts {
		f.Add(texts[i].Example, texts[i].ExampleField, uint16(3), uint16(9))
	}
	for i, e := range gitleaksExamples(f) {
		if i%40 == 0 && len(e.text) < 1000 {
			f.Add(e.text, "", uint16(10), uint16(20))
		}
	}
	for _, text := range []string{
		`{"password":"a\"b","token":"x"} user:pw@h://a:b@c@d.e`, "::ffff:1.2.3.4:80 1.2.3.4.5 v1.2.3.4 fe80::1%eth0", `a%40b.cc"x"@[1.2.3.4] a@b.c-d_e`,
		"-----BEGIN PRIVATE KEY-----\\nAAAAAAAAAAAAAAAAAAAAAAAAA\\n-----END PRIVATE KEY-----", "Bearer  Basic dXNlcjpwYXNz== <secret>  x9 </secret>",
	} {
		f.Add(text, "", uint16(5), uint16(17))
	}
	kinds := textKinds()
	s, err := New(kinds, []Custom{{Kind: "own", Literals: []string{"a", "own", "-x"}, AnyCase: true}, {Kind: "form", Pattern: `\b[A-C]\d{2,4}(-x)?\b`}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, field string, a, b uint16) {
		if len(text) > 4096 {
			return
		}
		want := inPieces(t, s, text, field)
		cuts := []int{min(int(a), len(text)), min(int(b), len(text))}
		slices.Sort(cuts)
		small := []int{}
		for i := 1 + int(a%7); i < len(text); i += 1 + int(b%11) {
			small = append(small, i)
		}
		for _, c := range [][]int{cuts, cuts[:1], small} {
			if got := inPieces(t, s, text, field, c...); !slices.Equal(got, want) {
				t.Fatalf("%q in field %q cut at %d: %v, want %v", text, field, c, got, want)
			}
		}
	})
}

// FuzzPattern compares patterns that both engines can compile.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{`ab|c`, "abc"}, {`(?i)a[b-d]{2,3}x?`, "ABDx"}, {`\w+\s\d`, "ab 1"}, {`(a|b*)+c`, "abbc"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := compilePattern(pattern)
		if err != nil || !ascii(pattern) || !ascii(text) || p.wordStart || p.wordEnd || len(text) > maxMatch {
			return
		}
		// Set operations of Go in brackets are other members here.
		oracle, err := regexp.Compile("^(?:" + pattern + ")")
		if err != nil {
			return
		}
		oracle.Longest()
		want := max(0, len(oracle.FindString(text)))
		v := view{text: []byte(text), final: true, stop: len(text)}
		if got := p.match(&v, 0); got != want {
			t.Fatalf("%q on %q: %d, want %d", pattern, text, got, want)
		}
	})
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
