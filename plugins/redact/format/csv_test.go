package format

import (
	"bytes"
	stdcsv "encoding/csv"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCSV(t *testing.T) {
	tests := []struct {
		name   string
		choice Choice
		doc    string
		rules  []rule
		want   string
	}{
		{"nothing", Choice{}, "", nil, ""},
		{"nothing is found", Choice{}, "a,b\r\n1,\"x \"\"y\"\"\r\n\"\n\n,\n2,3", nil, "a,b\r\n1,\"x \"\"y\"\"\r\n\"\n\n,\n2,3"},
		{"a column is replaced", Choice{}, "id,card\n1,4111\n2,\"42\"\n", []rule{{"card", Replace, "*"}}, "id,card\n1,*\n2,\"*\"\n"},
		{"a replacement is quoted if it has to be", Choice{}, "a,b\n1,2\n3,\"4\"\n", []rule{{"a", Replace, `x,"y`}}, "a,b\n\"x,\"\"y\",2\n\"x,\"\"y\",\"4\"\n"},
		{"quotes are doubled", Choice{}, "a\n\"1\"\n", []rule{{"a", Replace, `"`}}, "a\n\"\"\"\"\n"},
		{"a cell loses its text", Choice{}, "a,b\r\n1,2\r\n\"3\",4\r\n", []rule{{"a", Drop, ""}}, "a,b\r\n,2\r\n\"\",4\r\n"},
		{"a row of one empty cell stays a row", Choice{}, "a\n1\n", []rule{{"a", Nullify, ""}}, "a\n\"\"\n"},
		{"semicolons", Choice{}, "a;b\n1;x,WORD\n", []rule{{"a", Replace, "9"}}, "a;b\n9;x,**\n"},
		{"tabs by media type", Choice{Delimiter: '\t'}, "a,b\tc\n1,2\tWORD\n", []rule{{"c", Replace, "x\ty"}}, "a,b\tc\n1,2\t\"x\ty\"\n"},
		{"the first line names the delimiter", Choice{}, "sep=;\na;b,c,d\n1;2\n", []rule{{"a", Replace, "9"}}, "sep=;\na;b,c,d\n9;2\n"},
		{"without names", Choice{NoHeader: true}, "1,2\n3,4\n", []rule{{"[1]", Replace, "x"}}, "1,x\n3,x\n"},
		{"any cell without a name", Choice{NoHeader: true}, "1,2\n3,4\n", []rule{{"*", Replace, "x"}}, "x,x\nx,x\n"},
		{"more cells than names", Choice{}, "a\n1,2\n", []rule{{"[1]", Replace, "x"}}, "a\n1,x\n"},
		{"a word", Choice{}, "a,b\n1 WORD,\"2 WORD \"\"WORD\"\"\"\n", nil, "a,b\n1 **,\"2 ** \"\"**\"\"\"\n"},
		{"a word in a name", Choice{}, "a WORD,\"b WORD\"\n1,2\n", []rule{{`["a WORD"]`, Replace, "x"}}, "a **,\"b **\"\nx,2\n"},
		{"a byte order mark", Choice{}, "\ufeffa,b\n1,2\n", []rule{{"a", Replace, "x"}}, "\ufeffa,b\nx,2\n"},
		{"a quoted name with a line break", Choice{}, "\"a\nb\",c\n1,2\n", []rule{{"c", Replace, "x"}}, "\"a\nb\",c\n1,x\n"},
		{"quotes within a cell", Choice{}, "a,b\nx\"y,WORD\n", nil, "a,b\nx\"y,**\n"},
		{"a carriage return within a cell", Choice{}, "a,b\nx\ry,\r\r\n\r\n1,2\r", nil, "a,b\nx\ry,\r\r\n\r\n1,2\r"},
		{"an empty last cell", Choice{}, "a,b\n1,", []rule{{"b", Replace, "x"}}, "a,b\n1,x"},
		{"a cell is skipped", Choice{}, "a,b\nWORD,WORD\n", []rule{{"a", Skip, ""}}, "a,b\nWORD,**\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := &ruled{rules: tt.rules, word: "WORD", with: "**", names: true}
			got, err := allWays(t, tt.doc, func() Rewriter { return NewCSV(tt.choice, v, v.paths(t), Limits{}) })
			if got != tt.want || err != nil {
				t.Errorf("%q became %q, %v, want %q", tt.doc, got, err, tt.want)
			}
		})
	}
}

func TestWhatIsNotCSV(t *testing.T) {
	tests := []struct {
		name, doc string
		want      error
	}{
		{"a quote that is not closed", "a,\"b\n1,2\n", ErrTruncated},
		{"text behind a closing quote", "a,b\n\"x\"y,1\n", ErrSyntax},
		{"UTF-16", "\xff\xfea\x00", ErrEncoding},
		{"a zero", "a,b\n1,\x002\n", ErrEncoding},
		{"a quote behind a carriage return", "a\n\"x\"\r\"y\"\n", ErrSyntax},
		{"a carriage return behind a closing quote", "a\n\"x\"\ry\n", ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := allWays(t, tt.doc, func() Rewriter { return NewCSV(Choice{}, keeper{}, nil, Limits{}) })
			if err != tt.want {
				t.Errorf("%q: %v, want %v", tt.doc, err, tt.want)
			}
		})
	}
}

// nameVerdict answers about one name.
type nameVerdict struct {
	keeper
	name string
	v    Verdict
}

func (n nameVerdict) Name(_ *Path, text []byte, _ *Edit) Verdict {
	if string(text) == n.name {
		return n.v
	}
	return Keep
}

func (nameVerdict) Value(_ *Path, _ Kind, _ []byte, e *Edit) Verdict {
	e.Out = append(e.Out, '*')
	return Replace
}

func TestVerdictsAboutColumns(t *testing.T) {
	for verdict, want := range map[Verdict]string{
		Keep: "a,\"b\"\n*,\"*\"\n", Skip: "a,\"b\"\n*,\"2\"\n", Drop: "a,\"\"\n*,\"\"\n", Nullify: "a,\"\"\n*,\"\"\n",
	} {
		v := nameVerdict{name: "b", v: verdict}
		got, err := allWays(t, "a,\"b\"\n1,\"2\"\n", func() Rewriter { return NewCSV(Choice{}, v, nil, Limits{}) })
		if got != want || err != nil {
			t.Errorf("verdict %d: %q, %v, want %q", verdict, got, err, want)
		}
	}
	if _, err := rewritten(NewCSV(Choice{}, nameVerdict{name: "b", v: Block}, nil, Limits{}), []byte("a,b\n")); err != ErrBlocked {
		t.Errorf("Block: %v", err)
	}
}

// TestRandomCSVAsEncodingCSV changes cells that the standard library finds.
func TestRandomCSVAsEncodingCSV(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	const alphabet = "ab,;\"\n\r WORD"
	rounds := 800
	if testing.Short() {
		rounds = 100
	}
	for range rounds {
		rows := [][]string{{"one", "two", "three"}}
		for range r.IntN(4) {
			row := make([]string, 3)
			for i := range row {
				for range r.IntN(6) {
					row[i] += string(alphabet[r.IntN(len(alphabet))])
				}
				if r.IntN(3) == 0 {
					row[i] += "WORD"
				}
			}
			rows = append(rows, row)
		}
		var doc bytes.Buffer
		w := stdcsv.NewWriter(&doc)
		w.UseCRLF = r.IntN(2) == 0
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		read := func(b []byte) [][]string {
			d := stdcsv.NewReader(bytes.NewReader(b))
			d.FieldsPerRecord = -1
			out, err := d.ReadAll()
			if err != nil {
				t.Fatalf("%q: %v", b, err)
			}
			return out
		}
		v := &ruled{rules: []rule{{"two", Replace, "a,\"\nb"}}, word: "WORD", with: "\"*\n,", names: true}
		want := read(doc.Bytes())
		for _, row := range want[1:] {
			for i := range row {
				if i == 1 {
					row[i] = "a,\"\nb"
				} else {
					row[i] = string(bytes.ReplaceAll([]byte(row[i]), []byte("WORD"), []byte("\"*\n,")))
				}
			}
		}
		got, err := allWays(t, doc.String(), func() Rewriter { return NewCSV(Choice{Delimiter: ','}, v, v.paths(t), Limits{}) })
		if err != nil {
			t.Fatalf("%q: %v", doc.String(), err)
		}
		if g := read([]byte(got)); !slices.EqualFunc(g, want, slices.Equal) {
			t.Fatalf("%q\n became %q\n which is %q\n want %q", doc.String(), got, g, want)
		}
		if kept, err := rewritten(NewCSV(Choice{}, keeper{}, nil, Limits{}), doc.Bytes(), everyByte(doc.Bytes())...); kept != doc.String() || err != nil {
			t.Fatalf("%q became %q, %v", doc.String(), kept, err)
		}
	}
}
