package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

func TestWordAcrossWindows(t *testing.T) {
	const word = "1234567890"
	for _, unit := range []string{"x", `\n`, `\u00e9`, `\ud83d\ude00`, "€", `\\`, "\xf0\x9f\x98\x80"} {
		for before := range 90 {
			doc := `{"a":["` + strings.Repeat(unit, before) + word + strings.Repeat(unit, 20) + `12345678\u0039\u0030` + `"],"b":1}`
			want := strings.ReplaceAll(strings.ReplaceAll(doc, word, `<\">`), `12345678\u0039\u0030`, `<\">`)
			start := func() Rewriter {
				return NewJSON(&ruled{word: word, with: `<">`}, nil, Limits{Value: 100, Encoded: 150})
			}
			if got, err := rewritten(start(), []byte(doc), everyByte([]byte(doc))...); got != want || err != nil {
				t.Fatalf("%s\n became %s, %v\n want   %s", doc, got, err, want)
			}
			if before%7 == 0 {
				if got, err := allWays(t, doc, start); got != want || err != nil {
					t.Fatalf("%s\n became %s, %v\n want   %s", doc, got, err, want)
				}
			}
		}
	}
}

func TestRandomLongStrings(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	g := generator{rand.New(rand.NewPCG(8, 3))}
	alphabet := []rune("ab1111\"\\/\n\x00é€😀{[")
	for range rounds {
		var text strings.Builder
		for range g.IntN(400) {
			text.WriteRune(alphabet[g.IntN(len(alphabet))])
		}
		doc := g.quoted([]byte(`{"k":`), text.String())
		doc = append(doc, '}')
		v := &ruled{word: "111", with: "<\">"}
		got, err := rewritten(NewJSON(v, nil, Limits{Value: 40, Encoded: 80}), doc)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		tree := parseNode([]byte(got))
		if want := strings.ReplaceAll(text.String(), "111", "<\">"); tree == nil || tree.members[0].text != want {
			t.Fatalf("%s\n became %s\n want the text %q", doc, got, want)
		}
		for _, cuts := range [][]int{everyByte(doc), {g.IntN(len(doc))}} {
			if again, err := rewritten(NewJSON(v, nil, Limits{Value: 40, Encoded: 80}), doc, cuts...); again != got || err != nil {
				t.Fatalf("%s cut at %v\n became %s, %v\n want   %s", doc, cuts, again, err, got)
			}
		}
		if kept, err := rewritten(NewJSON(keeper{}, nil, Limits{Value: 40, Encoded: 80}), doc, everyByte(doc)...); kept != string(doc) || err != nil {
			t.Fatalf("%s became %s, %v", doc, kept, err)
		}
	}
}

// windows answers by the number of the window.
type windows struct {
	keeper
	answers []Verdict
	settle  int
	seen    *[]string
}

func (w windows) Value(_ *Path, k Kind, text []byte, e *Edit) Verdict {
	if k != String {
		return Keep
	}
	*w.seen = append(*w.seen, fmt.Sprint(e.Part, e.More, len(text)))
	if w.settle > 0 && e.More {
		e.Settled = w.settle
	}
	if e.Part >= len(w.answers) {
		return Keep
	}
	e.Out = append(e.Out, `"gone"`...)
	return w.answers[e.Part]
}

func TestVerdictsAboutWindows(t *testing.T) {
	text := strings.Repeat("0123456789", 10)
	doc := `[1,"` + text + `",2]`
	tests := []struct {
		name    string
		answers []Verdict
		settle  int
		want    string
		err     error
		seen    string
	}{
		{"kept", nil, 0, doc, nil, "0 true 40, 1 true 40, 2 false 20"},
		{"settled in part", nil, 30, doc, nil, "0 true 40, 1 true 40, 2 false 40"},
		{"not settled", nil, 9, `[1`, ErrSettled, "0 true 40"},
		{"skipped", []Verdict{Skip}, 0, doc, nil, "0 true 40"},
		{"skipped later", []Verdict{Keep, Skip}, 0, doc, nil, "0 true 40, 1 true 40"},
		{"replaced", []Verdict{Replace}, 0, `[1,"\"gone\"",2]`, nil, "0 true 40"},
		{"replaced later", []Verdict{Keep, Replace}, 0, `[1,"` + text[:40] + `\"gone\"",2]`, nil, "0 true 40, 1 true 40"},
		{"replaced at last", []Verdict{Keep, Keep, Replace}, 0, `[1,"` + text[:80] + `\"gone\"",2]`, nil, "0 true 40, 1 true 40, 2 false 20"},
		{"dropped", []Verdict{Drop}, 0, `[1,2]`, nil, "0 true 40"},
		{"dropped later", []Verdict{Keep, Drop}, 0, `[1,"` + text[:40] + `",2]`, nil, "0 true 40, 1 true 40"},
		{"nullified", []Verdict{Nullify}, 0, `[1,null,2]`, nil, "0 true 40"},
		{"blocked", []Verdict{Block}, 0, `[1`, ErrBlocked, "0 true 40"},
		{"blocked later", []Verdict{Keep, Block}, 0, `[1,"` + text[:40], ErrBlocked, "0 true 40, 1 true 40"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen []string
			start := func() Rewriter {
				seen = seen[:0]
				return NewJSON(windows{answers: tt.answers, settle: tt.settle, seen: &seen}, nil, Limits{Value: 40})
			}
			got, err := allWays(t, doc, start)
			if got != tt.want || err != tt.err {
				t.Errorf("%s, %v, want %s, %v", got, err, tt.want, tt.err)
			}
			if seen := strings.Join(seen, ", "); seen != tt.seen {
				t.Errorf("windows %s, want %s", seen, tt.seen)
			}
		})
	}
}

func TestLongEncodedDocuments(t *testing.T) {
	tests := []struct {
		name, pad string
		want      bool // visited as a document
	}{
		{"within a window", "", true},
		{"longer than a window", strings.Repeat("x", 100), true},
		{"longer than may be held", strings.Repeat("x", 300), false},
	}
	for _, tt := range tests {
		for _, begin := range []string{`{`, `\u007b`, `\n \t{`} {
			doc := `["` + begin + `\"a\":\"` + tt.pad + `\",\"card\":41}"]`
			v := &ruled{rules: []rule{{"**.card", Drop, ""}}}
			got, err := allWays(t, doc, func() Rewriter { return NewJSON(v, v.paths(t), Limits{Value: 40, Encoded: 200}) })
			if err != nil || strings.Contains(got, "card") == tt.want {
				t.Errorf("%s: %s became %s, %v", tt.name, doc, got, err)
			}
		}
	}
}

func TestBounds(t *testing.T) {
	nested := func(n int) string {
		doc := "[41]"
		for range n {
			doc = string(appendEscaped([]byte(`["`), []byte(doc))) + `"]`
		}
		return doc
	}
	limits := Limits{Value: 40, Encoded: 200, Depth: 8, Nested: 2}
	tests := []struct {
		name, doc string
		err       error
	}{
		{"as deep as may be", strings.Repeat("[", 8) + strings.Repeat("]", 8), nil},
		{"too deep", strings.Repeat("[", 9) + strings.Repeat("]", 9), ErrDepth},
		{"too deep with objects", strings.Repeat(`{"a":`, 9), ErrDepth},
		{"an encoded document that is too deep", `[["` + strings.Repeat("[", 7) + strings.Repeat("]", 7) + `"]]`, ErrDepth},
		{"an encoded document that is as deep as may be", `[["` + strings.Repeat("[", 6) + strings.Repeat("]", 6) + `"]]`, nil},
		{"documents in documents", nested(2), nil},
		{"documents in documents, too deep", nested(3), ErrDepth},
		{"a long name", `{"` + strings.Repeat("a", 40) + `":1}`, nil},
		{"a name that is too long", `{"` + strings.Repeat("a", 41) + `":1}`, ErrSize},
		{"a long number", `[` + strings.Repeat("1", 40) + `]`, nil},
		{"a number that is too long", `[` + strings.Repeat("1", 41) + `]`, ErrSize},
		{"white space before a value", `[` + strings.Repeat(" ", 80) + `1]`, nil},
		{"too much white space before a value", `[` + strings.Repeat(" ", 81) + `1]`, ErrSize},
		{"too much white space before a bracket", `[1` + strings.Repeat(" ", 81) + `]`, ErrSize},
		{"any white space around a document", strings.Repeat(" ", 999) + `[]` + strings.Repeat(" ", 999), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rewritten(NewJSON(keeper{}, nil, limits), []byte(tt.doc))
			if err != tt.err || err == nil && got != tt.doc {
				t.Errorf("%q, %v, want %v", got, err, tt.err)
			}
			got, err = rewritten(NewJSON(keeper{}, nil, limits), []byte(tt.doc), everyByte([]byte(tt.doc))...)
			if err != tt.err || err == nil && got != tt.doc {
				t.Errorf("byte by byte: %q, %v, want %v", got, err, tt.err)
			}
		})
	}
}

func TestDepthBomb(t *testing.T) {
	for _, piece := range []string{"[", `{"a":`, `[{"a":`} {
		j := NewJSON(keeper{}, nil, Limits{})
		out, err := j.Write(nil, bytes.Repeat([]byte(piece), 1<<20))
		if err != ErrDepth || len(out) > 4096 {
			t.Errorf("%s: %d bytes, %v", piece, len(out), err)
		}
	}
}

// TestMemoryIsBounded passes one string of 100 MB.
func TestMemoryIsBounded(t *testing.T) {
	total := 100 << 20
	if testing.Short() {
		total = 10 << 20
	}
	for _, piece := range []int{1000, 16 << 10, 1 << 20} {
		for _, begin := range []string{`{"a":"`, `{"a":"[`} {
			v := &ruled{word: "4111111111111111", with: "*"}
			j := NewJSON(v, nil, Limits{})
			text := bytes.Repeat([]byte(`0123\n56789 4111111111111111 abcdefghijklmnopqrstuvwxyz`), piece/40+1)[:piece]
			text[piece-1] = ' '
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			out, err := j.Write(nil, []byte(begin))
			written := len(out)
			var peak uint64
			for at := 0; at < total && err == nil; at += piece {
				out, err = j.Write(out[:0], text)
				if bytes.Contains(out, []byte(v.word)) {
					t.Fatal("the word left")
				}
				written += len(out)
				if at%(8<<20) < piece {
					runtime.ReadMemStats(&now)
					peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
				}
			}
			out, err = j.Write(out[:0], []byte(`"}`))
			if err != nil || !strings.HasSuffix(string(out), `"}`) || written < total/2 {
				t.Errorf("pieces of %d: %d bytes, %v", piece, written, err)
			}
			if peak > 24<<20 {
				t.Errorf("pieces of %d: %d bytes of memory, want a few windows", piece, peak)
			}
		}
	}
}

func TestTokensByteByByteAreReadOnce(t *testing.T) {
	// Were they read anew with each byte, this would take minutes.
	doc := []byte(`{"` + strings.Repeat("n", 60<<10) + `":["` + strings.Repeat("x", 1<<20) + `",` + strings.Repeat("1", 60<<10) + `,"{` + strings.Repeat("y", 1<<20) + `"]}`)
	got, err := rewritten(NewJSON(keeper{}, nil, Limits{}), doc, everyByte(doc)...)
	if got != string(doc) || err != nil {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(doc))
	}
}
