package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// sparing keeps what testSpared says, and decides about all else as decider does.
type sparing struct {
	decider
	within *[]int // depths of the containers around that patterns match
	// asked counts the values that were shown.
	asked *int
}

func (v sparing) Container(p *Path, k Kind, e *Edit) Verdict {
	if v.covered(p); p.Matched(0) >= 0 {
		*v.within = append(*v.within, p.Depth())
	}
	return v.decider.Container(p, k, e)
}

// covered tells whether a container around a path is matched.
func (v sparing) covered(p *Path) bool {
	for n := len(*v.within); n > 0 && (*v.within)[n-1] >= p.Depth(); n-- {
		*v.within = (*v.within)[:n-1]
	}
	return len(*v.within) > 0
}

func (v sparing) Name(p *Path, text []byte, e *Edit) Verdict {
	if kept, _ := testSpared.Field(text, ""); kept {
		return Keep
	}
	return v.decider.Name(p, text, e)
}

func (v sparing) Value(p *Path, k Kind, text []byte, e *Edit) Verdict {
	*v.asked++
	if !v.covered(p) && p.Matched(0) < 0 {
		if k == True || k == False || k == Null {
			return Keep
		}
		digits := 0
		for _, c := range text {
			if c-'0' < 10 {
				digits++
			}
		}
		plain := true
		if field := p.Field(); field != "" {
			_, plain = testSpared.Field(nil, field)
		}
		if plain && len(text) > 0 && text[0] == '3' {
			return Keep
		}
		if plain && !bytes.ContainsAny(text, testSpared.Bytes) && len(text) < testSpared.Lengths[min(digits, len(testSpared.Lengths)-1)] {
			return Keep
		}
	}
	return v.decider.Value(p, k, text, e)
}

// testSpared spares texts with fewer than two digits, with fewer than four if they are
// shorter than twelve bytes.
var testSpared = func() Spared {
	s := Spared{Bytes: "@%", Field: func(name []byte, field string) (kept, plain bool) {
		return !bytes.Contains(name, []byte("n7")), !strings.HasPrefix(field, "n5")
	}}
	s.Nothing = func(text []byte, field string, number bool) bool {
		if strings.HasPrefix(field, "n5") || strings.ContainsAny(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			panic(field)
		}
		if number && bytes.ContainsAny(text, "eE") {
			panic(string(text))
		}
		return len(text) > 0 && text[0] == '3'
	}
	for digits := range s.Lengths {
		s.Lengths[digits] = 1 << 20
		if digits >= 2 {
			s.Lengths[digits] = 12
		}
		if digits >= 4 {
			s.Lengths[digits] = 0
		}
	}
	return s
}()

// sparedDocument makes a document of what is spared and of what is not.
func sparedDocument(r *rand.Rand) []byte {
	var b []byte
	pick := func(from ...string) { b = append(b, from[r.IntN(len(from))]...) }
	names := []string{"", "n", "N5", "n5b", "n7", "name", "an8bytes", "n9bytes_x", "sixteen_bytes_ab", "seventeen_bytes_a", "twenty_four_bytes_abcdef", "twenty_five_bytes_abcdefg", "a_name_of_many_more_bytes_than_there_are_in_a_slot", "esc\\u0061ped", "ü"}
	spaces := []string{"", "", "", " ", "\n", "\n        ", "\n                 ", "  \t"}
	if r.IntN(2) == 0 {
		spaces = spaces[:3]
	}
	var value func(depth int)
	value = func(depth int) {
		kind := r.IntN(12)
		if depth == 0 {
			kind = 11 - r.IntN(2)
		}
		switch {
		case kind < 4:
			b = append(b, '"')
			for range r.IntN(5) {
				pick("a", "some text", "12", "3", "x@y", "%", "\\n", "\\u00e9", "é", "{", "[", " ", "a longer piece of text without any digits in it", "\\\"")
			}
			b = append(b, '"')
		case kind < 7:
			pick("0", "1", "-1", "3456789", "39.1234567", "12", "123", "12345678", "123456789", "12345678901234567", "0.5", "-0.25", "19.99", "1e5", "1.5E-7", "0.12345678901", "100.5", "-0")
		case kind < 9 || depth > 4:
			pick("true", "false", "null")
		case kind < 11:
			b = append(b, '{')
			for i := range r.IntN(12) {
				if i > 0 {
					pick(spaces...)
					b = append(b, ',')
				}
				pick(spaces...)
				b = append(b, '"')
				pick(names...)
				pick("\":", "\": ", "\" :", "\":  ")
				value(depth + 1)
			}
			pick(spaces...)
			b = append(b, '}')
		default:
			b = append(b, '[')
			for i := range r.IntN(9) {
				if i > 0 {
					b = append(b, ',')
				}
				pick(spaces...)
				value(depth + 1)
			}
			b = append(b, ']')
		}
	}
	for range 1 + r.IntN(3) {
		value(0)
		b = append(b, '\n')
	}
	if r.IntN(4) == 0 { // broken
		b[r.IntN(len(b))] = "\"\\{}[],:0.e-\x00\n "[r.IntN(15)]
	}
	return b
}

// TestSparedAsShown rewrites documents with and without asking about what is spared,
// cut anywhere, with the same result.
func TestSparedAsShown(t *testing.T) {
	patterns := [][]Pattern{
		nil,
		{{Text: "name"}, {Text: "**.an8bytes", Fold: true}},
		{{Text: "[*].sixteen_bytes_ab.*"}, {Text: "$..n"}},
		{{Text: "**[1]"}, {Text: "**.n*"}},
		{{Text: "[0].name[2]"}},
	}
	compile := func(i int, spare bool) *Paths {
		paths, err := Compile(patterns[i])
		if err != nil {
			t.Fatal(err)
		}
		if spare {
			paths.Spare(testSpared)
		}
		return paths
	}
	var slow, fast []*Paths
	for i := range patterns {
		slow, fast = append(slow, compile(i, false)), append(fast, compile(i, true))
	}
	random := rand.New(rand.NewPCG(1, 2))
	const documents = 6000
	asked, shown, failed := 0, 0, 0
	for n := range documents {
		doc := sparedDocument(random)
		for _, limits := range []Limits{{}, {Value: 40, Encoded: 100, Depth: 5}} {
			i := n % len(patterns)
			d := decider{uint32(n)}
			if n%3 > 0 {
				d.seed = 0 // decides to keep less often
			}
			want, wantErr := rewritten(NewJSONSequence(sparing{d, new([]int), &asked}, slow[i], limits), doc)
			if wantErr != nil {
				failed++
			}
			for _, cuts := range [][]int{nil, {random.IntN(len(doc) + 1)}, {len(doc) / 3, len(doc) / 2}} {
				got, err := rewritten(NewJSONSequence(sparing{d, new([]int), &shown}, fast[i], limits), doc, cuts...)
				if got != want || err != wantErr {
					t.Fatalf("%q with %v, cut at %v, became\n%q, %v, want\n%q, %v", doc, patterns[i], cuts, got, err, want, wantErr)
				}
			}
		}
	}
	if shown *= 10; shown/3 > asked*9 || shown == 0 {
		t.Errorf("%d values shown, %d not asking, want a tenth less", shown/30, asked)
	}
	if failed < documents/10 || failed > documents {
		t.Errorf("%d documents of %d failed", failed, 2*documents)
	}
}

// TestSparedNumbers reads numbers, good and bad, as members that are spared.
func TestSparedNumbers(t *testing.T) {
	paths, err := Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	lengths := testSpared
	for i := range lengths.Lengths {
		lengths.Lengths[i] = 1 << 20
	}
	paths.Spare(lengths)
	parts := []string{"-", "0", "1", "00", ".", "e", "E", "+", "123456789", "", "", "", "x", "tru", "true", "nul", "null", "falsy"}
	ran := 0
	for _, a := range parts {
		for _, b := range parts {
			for _, c := range parts {
				for _, d := range parts {
					doc := []byte(fmt.Sprintf(`{"n":1,"n":%s,"n":"0123456789012345678901234567890123456789"}`, a+b+c+d))
					want, wantErr := rewritten(NewJSON(keeper{}, nil, Limits{}), doc)
					got, err := rewritten(NewJSON(keeper{}, paths, Limits{}), doc)
					if got != want || err != wantErr {
						t.Fatalf("%s became %q, %v, want %q, %v", doc, got, err, want, wantErr)
					}
					ran++
				}
			}
		}
	}
	if ran < 100_000 {
		t.Errorf("ran %d", ran)
	}
}

func TestBytesThatTextsAreShownFor(t *testing.T) {
	for _, tt := range []struct {
		name, bytes string
		looks       int // at how many of the values
	}{{"two bytes", "@%", 1}, {"none", "", 0}, {"three bytes", "@%:", 4}, {"one that numbers have", ".", 4}} {
		t.Run(tt.name, func(t *testing.T) {
			paths, err := Compile(nil)
			if err != nil {
				t.Fatal(err)
			}
			s := testSpared
			s.Bytes = tt.bytes
			looks := 0
			s.Nothing = func([]byte, string, bool) bool { looks++; return true }
			for i := range s.Lengths {
				s.Lengths[i] = 1 << 20
			}
			paths.Spare(s)
			doc := []byte(`{"n":0,"n":"a@b","n":"","n":1.5,"n":true,"n":"a","rest":"0123456789012345678901234567890123456789"}`)
			if got, err := rewritten(NewJSON(keeper{}, paths, Limits{}), doc); got != string(doc) || err != nil || looks != tt.looks {
				t.Errorf("%s, %v, looked at %d, want %d", got, err, looks, tt.looks)
			}
		})
	}
}

// FuzzSpared rewrites anything with and without asking about what is spared.
func FuzzSpared(f *testing.F) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		f.Add(sparedDocument(random), uint32(0), uint16(60))
	}
	var paths [2]*Paths
	for i := range paths {
		var err error
		if paths[i], err = Compile([]Pattern{{Text: "name"}, {Text: "**.an8bytes", Fold: true}}); err != nil {
			f.Fatal(err)
		}
	}
	paths[1].Spare(testSpared)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint32, cut uint16) {
		asked := 0
		want, wantErr := rewritten(NewJSONSequence(sparing{decider{seed}, new([]int), &asked}, paths[0], Limits{}), doc)
		got, err := rewritten(NewJSONSequence(sparing{decider{seed}, new([]int), &asked}, paths[1], Limits{}), doc, int(cut)%(len(doc)+1))
		if got != want || err != wantErr {
			t.Fatalf("%q became %q, %v, want %q, %v", doc, got, err, want, wantErr)
		}
	})
}
