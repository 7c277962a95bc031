package detect

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func customSet(t testing.TB, custom ...Custom) *Set {
	t.Helper()
	s, err := New(nil, custom)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCustomLiteral(t *testing.T) {
	checkTexts(t, customSet(t, Custom{Kind: "project", Literals: []string{"Nightfall", "Night", "^-", "-"}}), []textCase{
		{"the longest", "Night of Nightfallen ^- Nigh", "[project Night] of [project Nightfall]en [project ^-] Nigh"},
		{"one byte at the end", "x-", "x[project -]"},
		{"in another case", "night", ""},
	})
	checkTexts(t, customSet(t, Custom{Kind: "name", Literals: []string{"Łukasz", "Ann"}, AnyCase: true, Words: true}), []textCase{
		{"in any case", "ANN, ann and Ann", "[name ANN], [name ann] and [name Ann]"},
		{"beyond ASCII", "pan Łukasz", "pan [name Łukasz]"},
		{"in a word", "Annex Joann ann_1", ""},
	})
}

func TestCustomPattern(t *testing.T) {
	checkTexts(t, customSet(t, Custom{Kind: "employee", Pattern: `\bEMP-\d{4,6}\b`}), []textCase{
		{"of fixed form", "by EMP-12345, EMP-1234567, XEMP-1234", "by [employee EMP-12345], EMP-1234567, XEMP-1234"},
		{"at the end", "EMP-1234", "[employee EMP-1234]"},
	})
	checkTexts(t, customSet(t, Custom{Kind: "order", Pattern: `(?i)(ord|inv)[a-z]*-(\d+|none)`}), []textCase{
		{"with alternatives", "Order-17 INVOICE-none ord-", "[order Order-17] [order INVOICE-none] ord-"},
	})
	checkTexts(t, customSet(t, Custom{Kind: "long", Pattern: `ab*`, Confidence: 30}), []textCase{
		{"beyond the bound", "a" + strings.Repeat("b", 2*maxMatch), "[long a" + strings.Repeat("b", maxMatch-1) + "]" + strings.Repeat("b", maxMatch+1)},
	})
}

// TestPatternsAsRegexpMatchesThem compares with the engine of the standard library,
// on chance texts.
func TestPatternsAsRegexpMatchesThem(t *testing.T) {
	patterns := []string{
		`abc`, `a|ab|abc`, `a(b|c)*d`, `a?b`, `a{2}b{1,3}`, `a{2,}`, `[abc]{3}d`, `x[^a]b`, `a.c`, `(?i)aBc`, `a\.b`, `\da`,
		`\w\s`, `(ab?){2,3}c`, `((a|b)c){1,2}d?`, `a[b-d]+`, `a[]b]`, `a[b-]`, `x(|a)b`, `(a{0,2}b){2}`, `a\D\S\W`, `b+a+b`, `a{0}b`, `[\d-]a`,
	}
	random := rand.New(rand.NewPCG(3, 4))
	const alphabet = "aaabbbcccdd.-1 ABC]x\n"
	matches := 0
	for _, text := range patterns {
		p, err := compilePattern(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		oracle := regexp.MustCompile("^(?:" + text + ")")
		oracle.Longest()
		for range 3000 {
			b := make([]byte, 1+random.IntN(12))
			for i := range b {
				b[i] = alphabet[random.IntN(len(alphabet))]
			}
			want := max(0, len(oracle.Find(b)))
			v := view{text: b, final: true, stop: len(b)}
			if got := p.match(&v, 0); got != want {
				t.Fatalf("%s on %q: %d, want %d", text, b, got, want)
			}
			matches += min(want, 1)
		}
	}
	if matches < 2000 {
		t.Errorf("%d matches, want at least 2000", matches)
	}
}

func TestCustomRefuses(t *testing.T) {
	tests := []struct {
		name   string
		custom Custom
		want   string
	}{
		{"no kind", Custom{Literals: []string{"a"}}, `custom[0]: kind: required`},
		{"nothing to find", Custom{Kind: "x"}, `custom[0]: want literals or a pattern`},
		{"both", Custom{Kind: "x", Literals: []string{"a"}, Pattern: "a"}, `custom[0]: want literals or a pattern, not both`},
		{"an empty literal", Custom{Kind: "x", Literals: []string{""}}, `custom[0]: literals[0]: empty`},
		{"the name of another", Custom{Kind: "email", Literals: []string{"a"}}, `custom[0]: "email" is the name of another detector`},
		{"too sure", Custom{Kind: "x", Pattern: "a", Confidence: 101}, `custom[0]: confidence: 101, want at most 100`},
		{"the empty text", Custom{Kind: "x", Pattern: "a*"}, `custom[0]: pattern: matches the empty text, want at least one byte`},
		{"anything", Custom{Kind: "x", Pattern: ".a"}, `custom[0]: pattern: begins with any of 255 bytes, want at most 128`},
		{"an open group", Custom{Kind: "x", Pattern: "a(b"}, `custom[0]: pattern: missing ) at byte 3`},
		{"a group that is not open", Custom{Kind: "x", Pattern: "a)b"}, `custom[0]: pattern: unexpected ) at byte 1`},
		{"an open set", Custom{Kind: "x", Pattern: "a[b"}, `custom[0]: pattern: missing ] at byte 3`},
		{"a range out of order", Custom{Kind: "x", Pattern: "[b-a]"}, `custom[0]: pattern: a range in brackets, want two characters in order at byte 4`},
		{"a look-ahead", Custom{Kind: "x", Pattern: "a(?=b)"}, `custom[0]: pattern: a group that begins with ?, want (?:…) at byte 2`},
		{"an anchor", Custom{Kind: "x", Pattern: "^a"}, `custom[0]: pattern: '^': texts come in pieces and have no ends, write \^ for the character at byte 1`},
		{"a lazy repeat", Custom{Kind: "x", Pattern: "ab+?"}, `custom[0]: pattern: a repeat of a repeat, want parentheses around the first at byte 3`},
		{"too long a repeat", Custom{Kind: "x", Pattern: "(a{100}){3}"}, `custom[0]: pattern: more than 256 positions when repeats are written out at byte 2`},
		{"repeats of nothing", Custom{Kind: "x", Pattern: "a(((){256}){256}){256}"}, `custom[0]: pattern: more than 256 positions when repeats are written out at byte 3`},
		{"a back-reference", Custom{Kind: "x", Pattern: `(a)\1`}, `custom[0]: pattern: \1, which is not known at byte 5`},
	}
	for _, tt := range tests {
		_, err := New(nil, []Custom{tt.custom})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// hostile are patterns and texts in which a match may begin at every byte and few do.
var hostile = []struct{ pattern, text, match string }{
	{`[a-z0-9]{8,64}-X`, "a", "abcdefgh12-X"},
	{`[a-z0-9]{8,64}-X`, "0a1b2c3d4e5f", "abcdefgh12-X"},
	{`[a-z.]{1,64}@corp`, "a.b", "jo.doe@corp"},
	{`a.{0,100}b[0-9]`, "ab", "a, then b7"},
	{`[0-9a-f]{32}`, "0123456789abcdef0123456789abcde ", "00112233445566778899aabbccddeeff"},
	{`(ab?|b){2,40}c\d`, "ab", "ababc1"},
	{`(?i)\b[a-z]{3,60}:[0-9]\b`, "abc ", "key:1"},
}

// TestPatternsInHostileTexts compares with the leftmost longest matches of the standard
// library, and looks at texts in pieces.
func TestPatternsInHostileTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	matches := 0
	for _, tt := range hostile {
		oracle := regexp.MustCompile(tt.pattern)
		oracle.Longest()
		s := customSet(t, Custom{Kind: "x", Pattern: tt.pattern})
		for round := range 8 {
			text := ""
			for len(text) < 4000 {
				text += strings.Repeat(tt.text, 1+random.IntN(600/len(tt.text)))
				if round > 0 {
					text += [...]string{" ", "", "-", "\n"}[random.IntN(4)] + tt.match + [...]string{" ", "", "-X", "1"}[random.IntN(4)]
				}
			}
			want := oracle.FindAllStringIndex(text, -1)
			got := inPieces(t, s, text, "")
			if len(got) != len(want) {
				t.Fatalf("%s finds %d in %q, want %d", tt.pattern, len(got), text, len(want))
			}
			for i, span := range got {
				if span.Start != want[i][0] || span.End != want[i][1] {
					t.Fatalf("%s finds %v in %q, want %v", tt.pattern, span, text, want[i])
				}
			}
			matches += len(want)
			for range 40 {
				if again := inPieces(t, s, text, "", random.IntN(len(text))); !slices.Equal(again, got) {
					t.Fatalf("%s in pieces: %v, want %v", tt.pattern, again, got)
				}
			}
		}
	}
	if matches < 300 {
		t.Errorf("%d matches, want at least 300", matches)
	}
}

func BenchmarkHostile(b *testing.B) {
	for _, tt := range hostile {
		b.Run(tt.pattern+" in "+tt.text, func(b *testing.B) {
			s := customSet(b, Custom{Kind: "x", Pattern: tt.pattern})
			text := []byte(strings.Repeat(tt.text, 64<<10/len(tt.text)))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.Find(nil, text, Context{}, true)
				s.Find(nil, []byte("other"), Context{}, true) // so that the finds are not remembered
			}
		})
	}
}
